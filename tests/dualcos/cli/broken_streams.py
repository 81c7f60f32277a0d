"""Standard streams as they are elsewhere: another encoding, a full disk behind them, no reader any more, closed."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import sys
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple
from unittest.mock import patch

from dualcos.cli.main import parser, run

PARSER = cache(parser)
FULL, GONE, CLOSED = errno.ENOSPC, errno.EPIPE, errno.EBADF


class Beneath(io.RawIOBase):
    """Where a stream's bytes arrive, or do not: ``fault`` is the error number of every write."""

    def __init__(self, fault: int = 0) -> None:
        self.fault = fault
        self.arrived = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece) -> int:
        if self.fault:
            raise OSError(self.fault, os.strerror(self.fault))
        self.arrived += piece
        return len(piece)


class Stream(NamedTuple):
    """``closed``: Python has None in its place."""

    encoding: str = "utf-8"
    fault: int = 0
    closed: bool = False

    @property
    def lossy(self) -> bool:
        return bool(self.fault) or self.closed


SOUND = Stream()


class Said(NamedTuple):
    code: int
    out: str
    err: str


def say(argv: Sequence[str], out: Stream = SOUND, err: Stream = SOUND, stdin: str | None = "") -> Said:
    """``run`` with these streams; what arrived, decoded. ``stdin`` None: closed."""
    beneath = Beneath(out.fault), Beneath(err.fault)
    text = [
        None if each.closed else io.TextIOWrapper(io.BufferedWriter(raw), encoding=each.encoding)
        for each, raw in zip((out, err), beneath, strict=True)
    ]
    before = sys.stdin, sys.stdout, sys.stderr
    sys.stdin = None if stdin is None else io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    sys.stdout, sys.stderr = text
    try:
        with patch("dualcos.cli.main.parser", PARSER):  # making it takes longer than most commands
            code = run(argv)
        assert [sys.stdout, sys.stderr] == text, "the streams are not as they were"
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
        arrived = [bytes(raw.arrived) for raw in beneath]  # what is still in a buffer has not arrived
        for raw in beneath:
            raw.fault = 0
    return Said(code, *(raw.decode(each.encoding) for raw, each in zip(arrived, (out, err), strict=True)))


def unspelled(text: str) -> str:
    """With what stands there as JSON escapes it."""
    return re.sub(r"(?:\\u[0-9a-f]{4})+", lambda found: json.loads(f'"{found[0]}"'), text)
