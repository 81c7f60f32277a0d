"""Sequences too long for memory: a million people's rows wait on a disk, where nobody can read them.

A file without a name takes the values, each enciphered under a key that only this process has and that ends with it:
personal data and PINs do not lie about, not in a swapped page's place and not after a crash. What is short stays in
memory.
"""

from __future__ import annotations

import weakref
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from tempfile import SpooledTemporaryFile, gettempdir
from typing import Any, Generic, TypeVar, overload

import msgspec

from keys.custody.passing_cipher import PassingCipher

Entry = TypeVar("Entry")
_IN_MEMORY = 1 << 20


class EncipheredSpool(Sequence[Entry]):
    """Values of one ``kind`` (what msgspec can say again), added behind and read any number of times, each anew.

    Raises OSError if the disk for temporary files is full.
    """

    def __init__(self, kind: type[Entry], values: Iterable[Entry] = ()) -> None:
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder: msgspec.msgpack.Decoder[Entry] = msgspec.msgpack.Decoder(kind)
        self._cipher = PassingCipher()
        self._ends = array("Q", (0,))
        # No block to close it in: it is kept as long as the sequence is in use, and gone with it.
        self._file: Any = SpooledTemporaryFile(_IN_MEMORY, buffering=_IN_MEMORY)  # noqa: SIM115
        weakref.finalize(self, self._file.close)
        self._at_end = True
        for value in values:
            self.append(value)

    def append(self, value: Entry) -> None:
        """Add ``value`` behind."""
        sealed = self._cipher.seal(len(self), self._encoder.encode(value))
        try:
            if not self._at_end:
                self._file.seek(self._ends[-1])
                self._at_end = True
            self._file.write(sealed)
        except OSError as error:
            raise OSError(error.errno, f"{error.strerror}, TMPDIR can name another folder", gettempdir()) from None
        self._ends.append(self._ends[-1] + len(sealed))

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, at: int) -> Entry: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Entry]: ...
    def __getitem__(self, at: int | slice) -> Entry | Sequence[Entry]:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        at = range(len(self))[at]  # as a tuple's: from behind, and IndexError
        self._file.seek(self._ends[at])
        self._at_end = False
        sealed = self._file.read(self._ends[at + 1] - self._ends[at])
        return self._decoder.decode(self._cipher.unseal(at, sealed))

    def __iter__(self) -> Iterator[Entry]:
        return (self[at] for at in range(len(self)))

    def __repr__(self) -> str:
        return f"<EncipheredSpool of {len(self)}>"


class Computed(Sequence[Entry], Generic[Entry]):
    """A sequence whose members are made when they are asked for, each time anew."""

    def __init__(self, length: int, member: Callable[[int], Entry]) -> None:
        self._length = length
        self._member = member

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, at: int) -> Entry: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Entry]: ...
    def __getitem__(self, at: int | slice) -> Entry | Sequence[Entry]:
        if isinstance(at, slice):
            return [self._member(each) for each in range(*at.indices(self._length))]
        return self._member(range(self._length)[at])

    def __repr__(self) -> str:
        return f"<Computed, {self._length}>"
