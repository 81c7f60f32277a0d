"""Both ends of a stream through a library that loses what went wrong at them: here it is remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BufferedReader, RawIOBase
from typing import IO, Any, NoReturn


class WatchedPipe:
    """``reader`` gives the bytes of ``chunks``, ``writer`` takes what is for ``file``; ``run`` moves them."""

    def __init__(self, chunks: Iterable[bytes], file: IO[bytes]) -> None:
        self.reader = BufferedReader(_Chunks(chunks, self._remember))
        self.writer = _Taking(file, self._remember)
        self._fault: Exception | None = None

    def _remember(self, fault: Exception) -> NoReturn:
        self._fault = fault
        raise fault

    def run(self, move: Callable[[], Any]) -> None:
        """Call ``move``. Raises what an end raised, even if ``move`` does not tell; else what ``move`` raises."""
        try:
            move()
        except Exception:
            if self._fault is None:
                raise
        if self._fault is not None:
            raise self._fault from None


class _Chunks(RawIOBase):
    def __init__(self, chunks: Iterable[bytes], fault: Callable[[Exception], NoReturn]) -> None:
        self._chunks = iter(chunks)
        self._left = memoryview(b"")
        self._fault = fault

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:  # noqa: ANN401 - any writable buffer, which has no name in typing before 3.12
        try:
            while not self._left:
                self._left = memoryview(next(self._chunks))
        except StopIteration:
            return 0
        except Exception as fault:
            self._fault(fault)
        size = min(len(into), len(self._left))
        into[:size] = self._left[:size]
        self._left = self._left[size:]
        return size


class _Taking(RawIOBase):
    def __init__(self, file: IO[bytes], fault: Callable[[Exception], NoReturn]) -> None:
        self._file = file
        self._fault = fault

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:  # noqa: ANN401 - any buffer, as above
        try:
            return self._file.write(content)
        except Exception as fault:
            self._fault(fault)
