"""The campaign file: JSON Lines, each line chained to all lines before it.

A line is ``{"chain":"…","record":{…}}``: ``chain`` is the SHA-256 over the ``chain`` of the line before (32 zero bytes
for the first) and the bytes of this line's record as they stand. So every byte is held by the chain or by the frame,
which is fixed; and whoever knows the last ``chain``, the *root*, holds all. Whatever was being written when the power
went is cut off when the file is opened again: a line counts once its end is there.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, BinaryIO, NamedTuple, Self

import msgspec

from dualcos.lab.evidence.campaign_records import AnyRecord
from dualcos.textforms.json_and_toml import BadText, from_json
from keys.custody.whole_file import sync_folder

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows has no such lock: there the user is trusted
    fcntl = None

FIRST = bytes(32)
_HEAD, _MIDDLE, _TAIL = b'{"chain":"', b'","record":', b"}\n"
_DIGEST = 64
_ANY: Any = AnyRecord  # a union is no type to mypy where a value is wanted
_ENCODER = msgspec.json.Encoder()


class CampaignFileError(Exception):
    """The file cannot be used; the message says why and what to do."""


class ChainBrokenError(CampaignFileError):
    """A line is not what was written. ``number``: which, from 1."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(f"record {number}: {why}")
        self.number = number


class Chain(NamedTuple):
    """The whole lines of a campaign file: their records, the root behind the last, how many bytes they are, and how
    many bytes behind them are no whole line.
    """

    records: tuple[AnyRecord, ...]
    root: bytes
    size: int
    torn: int


def link(before: bytes, record: bytes) -> bytes:
    """The ``chain`` of a line, 32 bytes, by that of the line before and its record's bytes."""
    return hashlib.sha256(before + record).digest()


def chain_of(content: bytes) -> Chain:
    """The chain in a file's content. Raises ChainBrokenError for the first line that is not what was written."""
    end = content.rfind(b"\n") + 1
    records: list[AnyRecord] = []
    root = FIRST
    for number, line in enumerate(content[:end].splitlines(keepends=True), 1):
        body = _body(line, number)
        root = link(root, body)
        if line[len(_HEAD) : len(_HEAD) + _DIGEST] != root.hex().encode():
            raise ChainBrokenError(number, "it, or one before it, is not what was written")
        records.append(_record(body, number))
    return Chain(tuple(records), root, end, len(content) - end)


def _body(line: bytes, number: int) -> bytes:
    frame = len(_HEAD) + _DIGEST
    if not (line.startswith(_HEAD) and line[frame : frame + len(_MIDDLE)] == _MIDDLE and line.endswith(_TAIL)):
        raise ChainBrokenError(number, "it is no line of a campaign file")
    return line[frame + len(_MIDDLE) : -len(_TAIL)]


def _record(body: bytes, number: int) -> AnyRecord:
    try:
        found: AnyRecord = from_json(body, _ANY)
    except BadText as error:
        raise ChainBrokenError(number, str(error)) from None
    return found


class CampaignFile:
    """A campaign file that is written. Use as a context manager; one process at a time.

    ``records`` are those there when it was opened and those appended since. Raises CampaignFileError, OSError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._records: list[AnyRecord] = []
        self._root = FIRST
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        fresh = not self.path.exists()
        file = self.path.open("a+b")
        try:
            self._lock(file)
            self._read(file)
            if fresh:
                sync_folder(self.path.parent)
        except BaseException:
            file.close()
            raise
        self._file = file
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        with self._file as file:
            file.flush()
            os.fsync(file.fileno())
        if not self._records:  # nothing came of it
            self.path.unlink(missing_ok=True)

    @property
    def records(self) -> Sequence[AnyRecord]:
        """All of them, in order."""
        return tuple(self._records)

    def append(self, record: AnyRecord, *, durable: bool = False) -> None:
        """One more line. It survives the end of this process when this returns; with ``durable`` also a power loss."""
        if self._file is None:
            raise CampaignFileError(f"{self.path} is not open")
        body = _ENCODER.encode(record)
        self._root = link(self._root, body)
        self._file.write(_HEAD + self._root.hex().encode() + _MIDDLE + body + _TAIL)
        self._file.flush()
        if durable:
            os.fsync(self._file.fileno())
        self._records.append(record)

    def _lock(self, file: BinaryIO) -> None:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise CampaignFileError(f"{self.path} is being written by another campaign") from None

    def _read(self, file: BinaryIO) -> None:
        file.seek(0)
        content = file.read()
        try:
            chain = chain_of(content)
        except ChainBrokenError as error:
            raise CampaignFileError(f"{self.path}, {error}; a campaign cannot go on from there") from None
        torn = content[chain.size :]
        if not (torn.startswith(_HEAD) or _HEAD.startswith(torn)):
            raise CampaignFileError(f"{self.path} ends in what is no line of a campaign file")
        # Only now: a file that is no campaign file has been refused and stays as it was.
        if torn:
            file.truncate(chain.size)
        self._records, self._root = list(chain.records), chain.root
