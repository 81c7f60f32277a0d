"""The ceremony log (密钥仪式记录): who did what to which key, when, with which check values; never a value.

One file beside the store, one JSON line an action, appended and synced. Each line carries the digest of the line
before it, and the sealed store the digest of its last line: a line changed, taken out or cut off behind is seen
(PBOC-10 §8.4.2, SSC-10 §6.3.3 want each opening and step recorded). Time and names come from whoever calls.

The line is written before the store is, so a cut in between leaves one of two things behind the last line that the
store knows, and neither is an action that was done:

* a whole line: the action was noted, and the store not saved. The next line names the last action that was done
  (``done``) where that is not the line before it.
* the beginning of a line. It stays where it is, ended by a line break, and the next line carries its digest (``torn``):
  nothing is ever taken out of the log, and what stands in it can be changed as little as any entry. Only what begins as
  an entry does is taken for a torn one.

Whoever appends holds the store's lock (``exclusive_use``).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import UNSET, Struct, UnsetType

from keys.custody.whole_file import sync_folder, write_whole

LOG = ".log"
"""A store's log lies beside it and is called as it is, with this behind."""
_BEGINNING = b'{"time":"'
_NOTHING = b"\0"  # what some file systems leave where a write was cut


class JournalError(Exception):
    """The log is not whole, or not the store's. Names the line."""


class CeremonyEntry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One action. ``who``: everybody who took part; ``keys``: label to check value; ``previous``: digest, hex.

    ``done``: digest of the last action before this one that was done, if that is not the entry before; ``torn``: digest
    of what stands between that entry and this one.
    """

    time: str
    who: tuple[str, ...]
    action: str
    keys: dict[str, str]
    note: str
    previous: str
    done: str | UnsetType = UNSET
    torn: str | UnsetType = UNSET


class LogLine(NamedTuple):
    """One line of a log. ``entry``: None if it was cut off while it was written. ``done``: the store knows it."""

    number: int
    entry: CeremonyEntry | None
    digest: str
    done: bool


class CeremonyLog(NamedTuple):
    """A whole log, checked. ``last``: digest of its last entry; ``torn``: digest of what follows that, UNSET for none.

    ``open_end``: the last line has no end.
    """

    path: Path
    lines: tuple[LogLine, ...]
    last: str
    torn: str | UnsetType
    open_end: bool

    @property
    def entries(self) -> tuple[CeremonyEntry, ...]:
        """All entries, those that were not done too."""
        return tuple(line.entry for line in self.lines if line.entry is not None)

    @property
    def remarks(self) -> tuple[str, ...]:
        """A sentence for each line behind the last that was done: what the next action will pass over."""
        behind: list[LogLine] = []
        for line in self.lines:
            behind = [] if line.done else [*behind, line]
        return tuple(self._remark(line) for line in behind)

    def _remark(self, line: LogLine) -> str:
        where = f"{self.path} line {line.number}"
        if line.entry is None:
            return f"{where} was cut off while it was written: its action was not done; the line stays in the log"
        return (
            f"{where} notes «{line.entry.action}», which this key store does not know: the store was not saved then, "
            "or is an older copy"
        )


def append(  # noqa: PLR0913 - what an entry says
    path: Path,
    last: str,
    time: str,
    who: tuple[str, ...],
    action: str,
    keys: Mapping[str, str],
    note: str = "",
    *,
    new: bool = False,
) -> str:
    """Write one entry behind the others; durable on return. Returns its digest.

    ``last`` is the digest the store remembers, empty for none. ``new``: there must be no log, and none is left if this
    fails; its name is on disk when the store's is. Raises JournalError, FileExistsError, OSError.
    """
    log = read(path, last)
    entry = CeremonyEntry(
        time=time,
        who=who,
        action=action,
        keys=dict(keys),
        note=note,
        previous=log.last,
        done=last if last != log.last else UNSET,
        torn=log.torn,
    )
    line = msgspec.json.encode(entry)
    if new:
        write_whole(path, line + b"\n", sync_name=False)  # the store's own name is synced with it
        return _digest(line)
    fresh = not path.exists()
    try:
        handle = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write((b"\n" if log.open_end else b"") + line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if fresh:
            sync_folder(path.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    return _digest(line)


def read(path: Path, last: str) -> CeremonyLog:
    """The whole log, the chain checked; ``last`` is the digest the store remembers, empty for none. JournalError."""
    content = _content(path)
    found = list(_checked(path, content))
    entries = [line for line in found if line.entry is not None]
    known = next((at for at, line in enumerate(entries) if line.digest == last), None) if last else -1
    if known is None:
        raise JournalError(f"{path} does not hold the last action its key store remembers: cut off or replaced")
    undone = _passed_over(entries) | {line.number for line in entries[known + 1 :]}
    lines = tuple(line._replace(done=line.entry is not None and line.number not in undone) for line in found)
    return CeremonyLog(
        path,
        lines,
        entries[-1].digest if entries else "",
        _digest_of_torn(content.splitlines()[entries[-1].number if entries else 0 :]),
        bool(content) and not content.endswith(b"\n"),
    )


def _checked(path: Path, content: bytes) -> Iterator[LogLine]:
    """Every line, each entry held against the one before and what lies between."""
    previous, torn_number = "", 0
    torn: list[bytes] = []
    for number, line in enumerate(content.splitlines(), 1):
        entry = _entry(line)
        if entry is None:
            if not _begins_an_entry(line):
                raise JournalError(f"{path} line {number} is no entry of a ceremony log")
            torn.append(line)
            torn_number = number
            yield LogLine(number, None, "", done=False)
            continue
        if entry.previous != previous:
            raise JournalError(f"{path} line {number} does not follow the line before it: changed or taken out")
        if entry.torn != _digest_of_torn(torn):
            where = torn_number or number
            raise JournalError(f"{path} line {where} is not what the line behind it says: changed or taken out")
        previous, torn = _digest(line), []
        yield LogLine(number, entry, previous, done=True)


def _passed_over(entries: list[LogLine]) -> set[int]:
    """Numbers of entries that a later one says were not done."""
    undone: set[int] = set()
    for at, line in enumerate(entries):
        if line.entry is not None and line.entry.done is not UNSET:
            back = at - 1
            while back >= 0 and entries[back].digest != line.entry.done:
                undone.add(entries[back].number)
                back -= 1
    return undone


def _entry(line: bytes) -> CeremonyEntry | None:
    try:
        return msgspec.json.decode(line, type=CeremonyEntry)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _begins_an_entry(line: bytes) -> bool:
    begun = line.rstrip(_NOTHING)
    return begun.startswith(_BEGINNING) or _BEGINNING.startswith(begun)


def _digest_of_torn(lines: Sequence[bytes]) -> str | UnsetType:
    return _digest(b"\n".join(lines)) if lines else UNSET


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror}") from None


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
