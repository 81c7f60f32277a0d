"""What the user, the disk or another program got wrong, as one line; how a command ends, as its exit code.

``ENDS`` is the one list of all exit codes; ``dualcos --help`` shows it.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class End(NamedTuple):
    """One way a command ends."""

    code: int
    name: str
    meaning: str


DONE, DIFFERS, WRONG, BUG, UNWRITTEN = 0, 1, 2, 70, 74  # 70 and 74 as in sysexits.h
INTERRUPTED, READER_GONE = 128 + 2, 128 + 13  # as a shell tells of SIGINT and SIGPIPE

ENDS = (
    End(DONE, "done", "everything that was asked for is done, and all of its output is where it should be"),
    End(DIFFERS, "differs", "done, and the answer is no: a difference, a violation, rows or cards that did not pass"),
    End(WRONG, "wrong", "the input or the surroundings are wrong, or nothing was there to do; one line says what"),
    End(BUG, "bug", "a bug of dualcos; DUALCOS_DEBUG=1 shows where it came from"),
    End(UNWRITTEN, "unwritten", "all is done, but output of it is lost: disk full, stream closed"),
    End(INTERRUPTED, "interrupted", "Ctrl-C"),
    End(READER_GONE, "reader gone", "all is done, but whoever read the output went away before its end"),
)
"""`dualcos run` ends as the program does that it ran, if that was not 0."""


_HEX = re.compile(r"(?<![\w./-])(-*)(?=[A-Fa-f]*[0-9])[0-9A-Fa-f]{2}(?:[ :]?[0-9A-Fa-f]{2}){2,}(?![\w./-])")


class Fault(Exception):
    """Nothing that a stack trace would help with: what is wrong, where, and what to do, in one line."""


def without_hex(words: str) -> str:
    """``words`` of the user without what may be a command or a key, as a line of errors may repeat them."""
    return _HEX.sub(r"\1…", words)
