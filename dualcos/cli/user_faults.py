"""What the user, the disk or another program got wrong, as one line; exit codes."""

from __future__ import annotations

DONE, DIFFERS, WRONG, BUG = 0, 1, 2, 70
INTERRUPTED = 130


class Fault(Exception):
    """Nothing that a stack trace would help with: what is wrong, where, and what to do, in one line."""
