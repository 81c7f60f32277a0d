"""Tests of ``dualcos/profile`` as far as a command shows it."""
