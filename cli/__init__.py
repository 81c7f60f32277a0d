"""The ``dualcos`` command."""
