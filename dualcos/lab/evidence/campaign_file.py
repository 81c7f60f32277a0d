"""The campaign file: JSON Lines, each line chained to all lines before it.

A line is ``{"chain":"…","record":{…}}``: ``chain`` is the SHA-256 over the ``chain`` of the line before (32 zero bytes
for the first) and the bytes of this line's record as they stand. So every byte is held by the chain or by the frame,
which is fixed; and whoever knows the last ``chain``, the *root*, holds all. Whatever was being written when the power
went is cut off when the file is opened again: a line counts once its end is there.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType, ModuleType, TracebackType
from typing import Any, NamedTuple, Self

import msgspec

from dualcos.lab.evidence.campaign_records import AnyRecord
from dualcos.textforms.json_and_toml import BadText, from_json, named_twice
from keys.custody.whole_file import sync_folder

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows has no such lock: there the user is trusted
    fcntl = None

FIRST = bytes(32)
_HEAD, _MIDDLE, _TAIL = b'{"chain":"', b'","record":', b"}\n"
_DIGEST = 64
_ID = re.compile(rb'"id":"([!#-\[\]-~]+)"')
_CHUNK = 1 << 20
_NEW_FILE = 0o666  # as the owner's umask says: no secret is in it
_ANY: Any = AnyRecord  # a union is no type to mypy where a value is wanted
_ENCODER = msgspec.json.Encoder()


class CampaignFileError(Exception):
    """The file cannot be used; the message says why and what to do."""


class ChainBrokenError(CampaignFileError):
    """A line is not what was written. ``number``: which, from 1; ``line``: its bytes; ``why``: what is wrong."""

    def __init__(self, number: int, line: bytes, why: str) -> None:
        super().__init__(f"record {number}: {why}")
        self.number, self.line, self.why = number, line, why


class CampaignChain(NamedTuple):
    """The whole lines of a campaign file: their records, the ``chain`` of each, where each ends in the file, and how
    many bytes behind them are no whole line.
    """

    records: tuple[AnyRecord, ...]
    links: tuple[bytes, ...]
    ends: tuple[int, ...]
    torn: int

    @property
    def root(self) -> bytes:
        """The ``chain`` of the last line."""
        return self.links[-1] if self.links else FIRST

    @property
    def size(self) -> int:
        """Bytes of all whole lines."""
        return self.ends[-1] if self.ends else 0


def link(before: bytes, record: bytes) -> bytes:
    """The ``chain`` of a line, 32 bytes, by that of the line before and its record's bytes."""
    return hashlib.sha256(before + record).digest()


def chain_of(content: bytes) -> CampaignChain:
    """The chain in a file's content. Raises ChainBrokenError for the first line that is not what was written."""
    chain, broken = sound_part(content)
    if broken is not None:
        raise broken
    return chain


def sound_part(content: bytes) -> tuple[CampaignChain, ChainBrokenError | None]:
    """The chain in a file's content as far as it holds, and what is wrong behind it."""
    end = content.rfind(b"\n") + 1
    records: list[AnyRecord] = []
    links: list[bytes] = []
    ends: list[int] = []
    root, at, broken = FIRST, 0, None
    while at < end:
        behind = content.index(b"\n", at) + 1
        try:
            root, record = _read(content[at:behind], root, len(records) + 1)
        except ChainBrokenError as error:
            broken = error
            break
        at = behind
        records.append(record)
        links.append(root)
        ends.append(at)
    return CampaignChain(tuple(records), tuple(links), tuple(ends), len(content) - end), broken


def looks_like_campaign(content: bytes) -> bool:
    """True if any line of ``content`` begins or goes on as lines of a campaign file do: not all of it is foreign."""
    return _MIDDLE in content or content.startswith(_HEAD)


def kind_in(line: bytes) -> str:
    """What kind of record a line says it is, as far as that can be read; for lines that are not what was written."""
    tag = line.partition(b'{"record":"')[2].partition(b'"')[0]
    return _TAGS.get(tag, "")


def vector_in(line: bytes) -> str:
    """The id of the vector that a line is about, as it stands there."""
    found = _ID.search(line)
    return found[1].decode() if found is not None else ""


def _read(line: bytes, before: bytes, number: int) -> tuple[bytes, AnyRecord]:
    """The ``chain`` of a line and its record. Raises ChainBrokenError."""
    frame = len(_HEAD) + _DIGEST
    if not (line.startswith(_HEAD) and line[frame : frame + len(_MIDDLE)] == _MIDDLE and line.endswith(_TAIL)):
        raise ChainBrokenError(number, line, "it is no line of a campaign file")
    body = line[frame + len(_MIDDLE) : -len(_TAIL)]
    root = link(before, body)
    if line[len(_HEAD) : frame] != root.hex().encode():
        raise ChainBrokenError(number, line, "it is not what was written here")
    try:
        found: AnyRecord = from_json(body, _ANY)
        twice = named_twice(body)
    except BadText as error:
        raise ChainBrokenError(number, line, str(error)) from None
    if twice:  # of which other programs may read the other one
        raise ChainBrokenError(number, line, f"it has {twice} twice")
    return root, found


_TAGS: Mapping[bytes, str] = MappingProxyType(
    {tag.encode(): tag for kind in _ANY.__args__ if isinstance(tag := kind.__struct_config__.tag, str)}
)


class CampaignFile:
    """A campaign file that is written. Use as a context manager; one process at a time.

    ``records`` are those there when it was opened and those appended since. An append that is left by an exception
    (disk full, Ctrl-C) has not happened, and the next one goes on behind the last that has. Raises CampaignFileError,
    OSError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._records: list[AnyRecord] = []
        self._end = _End(0, FIRST, 0)
        self._unsure = False
        self._fresh = False
        self._file: int | None = None

    def __enter__(self) -> Self:
        self._fresh = not self.path.exists()
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), _NEW_FILE)
        try:
            self._lock(file)
            self._read(file)
            if self._fresh:
                sync_folder(self.path.parent)
        except BaseException:
            os.close(file)
            raise
        self._file = file
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        file, self._file = self._file, None
        nothing = self._fresh and not self._end.number
        try:
            if self._unsure:
                self._back(file)
            if nothing and fcntl is not None:  # while it is still locked: nobody else has begun to write it
                self.path.unlink(missing_ok=True)
            os.fsync(file)
        finally:
            os.close(file)
        if nothing and fcntl is None:
            with suppress(OSError):
                self.path.unlink()

    @property
    def records(self) -> Sequence[AnyRecord]:
        """All of them, in order."""
        return tuple(self._records[: self._end.number])

    @property
    def root(self) -> bytes:
        """The ``chain`` of the last of them."""
        return self._end.root

    def append(self, record: AnyRecord, *, durable: bool = False) -> None:
        """One more line. It survives the end of this process when this returns; with ``durable`` also a power loss."""
        if self._file is None:
            raise CampaignFileError(f"{self.path} is not open")
        if self._unsure:
            self._back(self._file)
        body = _ENCODER.encode(record)
        root = link(self._end.root, body)
        line = _HEAD + root.hex().encode() + _MIDDLE + body + _TAIL
        self._unsure = True
        _write_all(self._file, line)
        if durable:
            os.fsync(self._file)
        self._records.append(record)
        self._end = _End(self._end.number + 1, root, self._end.size + len(line))
        self._unsure = False

    def _back(self, file: int) -> None:
        """Take back what an append has left that was not brought to its end."""
        os.ftruncate(file, self._end.size)
        del self._records[self._end.number :]
        self._unsure = False

    def _lock(self, file: int) -> None:
        if fcntl is None:
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CampaignFileError(f"{self.path} is being written by another campaign") from None
        except OSError:  # a file system without locks: the user is trusted there too
            return
        if not self.path.exists() or not os.path.samestat(os.fstat(file), self.path.stat()):
            raise CampaignFileError(f"{self.path} was taken away by another campaign just now; do it again")

    def _read(self, file: int) -> None:
        content = _read_all(file)
        try:
            chain = chain_of(content)
        except ChainBrokenError as error:
            raise CampaignFileError(f"{self.path}, {error}; a campaign cannot go on from there") from None
        torn = content[chain.size :]
        # A power loss leaves a line's beginning, and zeros where a length came to the disk before what it is of.
        begun = torn.rstrip(b"\0")
        if not (begun.startswith(_HEAD) or _HEAD.startswith(begun)):
            raise CampaignFileError(f"{self.path} ends in what is no line of a campaign file")
        # Only now: a file that is no campaign file has been refused and stays as it was.
        if torn:
            os.ftruncate(file, chain.size)
        self._records = list(chain.records)
        self._end = _End(len(chain.records), chain.root, chain.size)


class _End(NamedTuple):
    """How many lines there are, the ``chain`` of the last, and how many bytes they are: set in one step."""

    number: int
    root: bytes
    size: int


def _read_all(file: int) -> bytes:
    chunks = []
    os.lseek(file, 0, os.SEEK_SET)
    while chunk := os.read(file, _CHUNK):
        chunks.append(chunk)
    return b"".join(chunks)


def _write_all(file: int, line: bytes) -> None:
    rest = memoryview(line)
    while rest:
        rest = rest[os.write(file, rest) :]
