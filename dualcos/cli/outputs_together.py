"""Several files that one command makes: all are there in the end, or no new one is.

Whoever types the same command again, after the disk was full, must not be told that half of its outputs exist already.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from keys.custody.whole_file import PRIVATE, open_whole


class OutputsTogether:
    """A context manager: each file is put in place at the end of the block. ``replace``: old ones are replaced."""

    def __init__(self, *, replace: bool) -> None:
        self._replace = replace
        self._made: list[Path] = []
        self._files = ExitStack()

    def begin(self, path: str | Path, *, mode: int = PRIVATE) -> BinaryIO:
        """What is written into it is ``path`` in the end. Raises as ``whole_file.open_whole``."""
        return self._files.enter_context(open_whole(path, replace=self._replace, mode=mode, made=self._made))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self._files.__exit__(kind, error, at)
        except BaseException:
            for path in self._made:
                with suppress(OSError):
                    path.unlink(missing_ok=True)
            raise
