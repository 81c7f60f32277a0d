"""The results of a campaign: one line of JSON per shard, appended as they come, read again to go on.

A shard counts once, however often it stands in the file; a line that was being written when the power went is cut
off. One campaign at a time may write a file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType, TracebackType
from typing import BinaryIO, Self

import msgspec

from dualcos.lab.search.shard import Shard, ShardResult, fingerprint
from dualcos.textforms.json_and_toml import BadText, from_json

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows has no such lock: there the user is trusted
    fcntl = None


_BEGINNING = b'{"shard":{"claim":"'
"""Of every line: what else stands behind the last whole one was not cut short, it is somebody else's."""


class ResultsError(Exception):
    """The results file cannot be used; the message says why and what to do."""


class Results:
    """What is known so far; with a path, kept there. Use as a context manager. Raises ResultsError, OSError."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._code = fingerprint()
        self._known: dict[Shard, ShardResult] = {}
        self._file: BinaryIO | None = None
        self._new = False

    def __enter__(self) -> Self:
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._new = not self._path.exists()
            self._file = self._path.open("a+b")
            try:
                self._lock(self._file)
                self._read(self._file)
            except BaseException:
                self._file.close()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None and self._path is not None:
            if self._new and error is not None and not self._known:  # nothing came of it
                self._path.unlink(missing_ok=True)
            self._file.close()

    def __contains__(self, shard: Shard) -> bool:
        """True if ``shard`` has been judged. One that failed for want of a worker has not."""
        known = self._known.get(shard)
        return known is not None and known.verdict != "failed"

    def __iter__(self) -> Iterator[ShardResult]:
        """Each shard's result once, in the order they first came."""
        return iter(tuple(self._known.values()))

    def add(self, result: ShardResult) -> None:
        """Keep a result, on disk before this returns. A shard already judged is not counted again."""
        if result.shard in self:
            return
        self._known[result.shard] = result
        if self._file is not None:
            self._file.write(msgspec.json.encode(result) + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def failed(self, shard: Shard, why: str) -> ShardResult:
        """The result of a shard that nobody could judge."""
        return ShardResult(shard=shard, verdict="failed", why=why)

    def _lock(self, file: BinaryIO) -> None:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise ResultsError(f"{self._path} is being written by another campaign") from None

    def _read(self, file: BinaryIO) -> None:
        file.seek(0)
        whole = file.read()
        end = whole.rfind(b"\n") + 1
        for result in parse(whole[:end].splitlines(), str(self._path)):
            if result.shard.code != self._code:
                raise ResultsError(f"{self._path} holds results of another dualcos or hypothesis: give another file")
            if result.shard not in self:
                self._known[result.shard] = result
        torn = whole[end:]
        if not (torn.startswith(_BEGINNING) or _BEGINNING.startswith(torn)):
            number = whole.count(b"\n") + 1
            raise ResultsError(f"{self._path}, line {number}, is no campaign result, nor the beginning of one")
        # Only now: a file that is no results file has been refused and stays as it was.
        if end != len(whole):
            file.truncate(end)


def parse(lines: Iterable[bytes], name: str) -> Iterator[ShardResult]:
    """Results of a file's lines. Raises ResultsError."""
    for number, line in enumerate(lines, 1):
        try:
            yield from_json(line, ShardResult)
        except BadText as error:
            raise ResultsError(f"{name}, line {number}, is no campaign result: {error}") from None
