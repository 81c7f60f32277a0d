"""The ceremony log (密钥仪式记录): who did what to which key, when, with which check values; never a value.

One file beside the store, one JSON line an action, appended and synced. Each line carries the digest of the line
before it, and the sealed store the digest of its last line: a line changed, taken out or cut off behind is seen
(PBOC-10 §8.4.2, SSC-10 §6.3.3 want each opening and step recorded). Time and names come from whoever calls.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

LOG = ".log"
"""A store's log lies beside it and is called as it is, with this behind."""


class JournalError(Exception):
    """The log is not whole, or not the store's. Names the line."""


class CeremonyEntry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One action. ``who``: everybody who took part; ``keys``: label to check value; ``previous``: digest, hex."""

    time: str
    who: tuple[str, ...]
    action: str
    keys: dict[str, str]
    note: str
    previous: str


def append(
    path: Path, last: str, time: str, who: tuple[str, ...], action: str, keys: Mapping[str, str], note: str = ""
) -> str:
    """Write one entry behind the others; durable on return. Returns its digest. Raises JournalError."""
    previous = check(path, last)
    entry = CeremonyEntry(time=time, who=who, action=action, keys=dict(keys), note=note, previous=previous)
    line = msgspec.json.encode(entry)
    handle = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return _digest(line)


def read(path: Path, last: str) -> tuple[CeremonyEntry, ...]:
    """All entries, the chain checked; ``last`` is the digest the store remembers, empty for none. JournalError."""
    lines = _lines(path)
    entries = []
    previous = ""
    met = not last
    for number, line in enumerate(lines, 1):
        try:
            entry = msgspec.json.decode(line, type=CeremonyEntry)
        except msgspec.DecodeError:
            raise JournalError(f"{path} line {number} is no entry of a ceremony log") from None
        if entry.previous != previous:
            raise JournalError(f"{path} line {number} does not follow the line before it: changed or taken out")
        previous = _digest(line)
        met = met or previous == last
        entries.append(entry)
    if not met:
        raise JournalError(f"{path} does not hold the last action its key store remembers: cut off or replaced")
    return tuple(entries)


def check(path: Path, last: str) -> str:
    """The digest of the last line, the whole chain checked. Raises JournalError."""
    read(path, last)
    lines = _lines(path)
    return _digest(lines[-1]) if lines else ""


def _lines(path: Path) -> list[bytes]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror}") from None
    lines = content.splitlines()
    if content and not content.endswith(b"\n"):
        # An entry is on disk before its action is done.
        raise JournalError(
            f"{path} line {len(lines)} was cut off while it was written; its action was not done: take it out"
        )
    return lines


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
