"""The file that a trace is kept in: raw records, masked, written behind the exchange and not in it.

What was put is in the file a moment later (``_MOMENT``, in seconds), and all of it when the file is closed. A thread of
its own masks, writes and flushes, many records at once: one by one that would cost more than a command does.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, BinaryIO

from dualcos.cli.screen import note_loss
from dualcos.cli.user_faults import Fault
from dualcos.explain.raw_record import RawRecord
from dualcos.explain.secret_masking import SecretMasking
from dualcos.explain.trace_file_lines import banner, written
from dualcos.reader.bug_place import place_of
from dualcos.reader.observers import FAILURES
from keys.custody.whole_file import open_new

_MOMENT = 0.05


class TraceFile:
    """A new trace file that only its owner can read. Safe from several threads.

    It is made when there is a record to write, when ``begin`` is called, or when it is closed: a command that fails
    before leaves none, and with ``replace`` leaves the one that was there. ``unsafe``: keep what is secret. If the file
    cannot be written, says so once and goes on without; a record that a bug keeps from being written has a line that
    says so. Either is a loss that the exit code tells.
    """

    def __init__(self, path: str, *, unsafe: bool = False, replace: bool = False) -> None:
        self._path = path
        self._replace = replace
        self._file: BinaryIO | None = None
        self._making = threading.Lock()
        self._wanted = False  # somebody has something to write, or waits for the file
        self._made = False
        self._unsafe = unsafe
        # Records of the first slot as they are, so that an exchange costs no more; else what makes a line, and of what.
        self._put: deque[RawRecord | tuple[Callable[[Any], bytes], Any]] = deque()
        self._first: Callable[[RawRecord], bytes] = _SlotLines("", unsafe=unsafe).line
        self._slots = 0
        self._closing = threading.Event()
        self._writer = threading.Thread(target=self._write_on, name="trace file", daemon=True)
        self._writer.start()

    def keep(self, slot: str) -> Callable[[RawRecord], None]:
        """Who takes the records of the card in ``slot``, in order."""
        line, put = _SlotLines(slot, unsafe=self._unsafe).line, self._put.append
        self._slots += 1
        if self._slots == 1:
            self._first = line
            return put
        return lambda record: put((line, record))

    def say(self, line: str) -> None:
        """A line of its own, among the records."""
        self._put.append((_line, line))

    def begin(self) -> None:
        """Make the file now. Raises Fault if it cannot be made."""
        try:
            self._make()
        except OSError as error:
            raise Fault(f"trace file {self._path} cannot be written: {error.strerror}") from None

    def close(self, *, failed: bool = False) -> None:
        """Everything that was put is in the file; ``failed``: there is none if there was no record."""
        self._wanted = self._wanted or not failed
        self._closing.set()
        self._writer.join()
        if self._file is not None:
            try:
                self._file.close()
            except OSError as error:
                self._lost(error)
            self._file = None

    def _write_on(self) -> None:
        while not self._closing.wait(_MOMENT):
            self._write()
        self._write()

    def _make(self) -> None:
        with self._making:
            if not self._made:
                self._made = True
                self._file = open_new(self._path, replace=self._replace)
            self._wanted = True

    def _write(self) -> None:
        self._wanted = self._wanted or any(_is_record(each) for each in self._put.copy())
        if not self._wanted:
            return
        try:
            self._make()
        except OSError as error:
            self._lost(error)
        first, taken = self._first, [self._put.popleft() for _ in range(len(self._put))]
        lines = b"".join([each[0](each[1]) if isinstance(each, tuple) else first(each) for each in taken])
        if self._file is None or not lines:
            return
        try:
            self._file.write(lines)
            self._file.flush()
        except OSError as error:
            self._lost(error)
            with contextlib.suppress(OSError):  # what is left in its buffer cannot be written either
                self._file.close()
            self._file = None

    def _lost(self, error: OSError) -> None:
        note_loss(error)
        print(f"dualcos: {self._path} cannot be written: {error.strerror}; no trace from here", file=sys.stderr)


class _SlotLines:
    """The lines of one slot, numbered in order; ``unsafe``: with what is secret."""

    def __init__(self, slot: str, *, unsafe: bool) -> None:
        self._slot = slot
        self._unsafe = unsafe
        self._masked = SecretMasking().masked
        self._seq = 0

    def line(self, record: RawRecord) -> bytes:
        """The next."""
        self._seq += 1
        try:
            masked = self._masked(record)
            secret = self._unsafe and masked is not record
            return written(record if secret else masked, self._seq, self._slot, secret=secret)
        except FAILURES as bug:  # of a record in words nobody foresaw: the others are kept
            note_loss(bug)
            why = f"a bug: {type(bug).__name__} at {place_of(bug)}"
            return _line(banner(f"record {self._seq} could not be kept: {why}", self._slot))


def _is_record(put: RawRecord | tuple[Callable[[Any], bytes], Any]) -> bool:
    return not isinstance(put, tuple) or put[0] is not _line


def _line(text: str) -> bytes:
    return f"{text}\n".encode(errors="backslashreplace")
