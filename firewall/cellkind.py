"""Kinds of cell (存储单元): what lies under which keys of a region, declared by whoever writes it, beside its layout.

Who shows, masks, compares or damages memory reads these declarations and knows no key by heart. A cell that no kind of
its region fits is unknown, and whatever is unknown is secret.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from enum import Enum
from typing import NamedTuple


def _digits(raw: bytes) -> str:
    return raw.hex().upper()


def decimal(raw: bytes) -> str:
    """A number as people count: for a ``Part``."""
    return str(int.from_bytes(raw, "big"))


def letters(raw: bytes) -> str:
    """A word: for a ``Part``."""
    return raw.decode("ascii", "replace")


class Part(NamedTuple):
    """A part of a cell's key, ``length`` bytes; 0: whatever is left, at least one byte.

    ``only``: the values it can have, if not any. ``shown`` makes text of it. A part without ``name`` is a mark that
    tells kinds apart.
    """

    name: str
    length: int
    only: Collection[bytes] = ()
    shown: Callable[[bytes], str] = _digits


class Counting(Enum):
    """How a number in a cell moves."""

    TRIES = "tries left: down by one with each failure, up to its limit again by success"
    FAILURES = "failures: up by one, to none by success; at the most of them it is over"
    NUMBER = "rises, and never comes again"
    AMOUNT = "a total or balance: rises and falls by what is booked"
    COPY = "what another number was at some time"


class Count(NamedTuple):
    """A number inside a cell's value: ``length`` bytes from ``at``, big-endian, of these the bits of ``mask`` from the
    lowest on (0: all). ``most`` is the largest it may be.
    """

    name: str
    counting: Counting
    at: int
    length: int
    most: int
    mask: int = 0

    @property
    def room(self) -> int:
        """The largest number the place holds; above ``most`` it is a damaged cell."""
        return self.mask or (1 << 8 * self.length) - 1

    def read(self, value: bytes) -> int | None:
        """The number; None if the value is too short to have it."""
        if len(value) < self.at + self.length:
            return None
        return int.from_bytes(value[self.at : self.at + self.length], "big") & self.room

    def write(self, value: bytes, number: int) -> bytes:
        """``value`` with another number in its place. Raises ValueError if it has no such place or room."""
        if len(value) < self.at + self.length or not 0 <= number <= self.room:
            raise ValueError(f"{self.name}: no place for {number} in {len(value)} bytes")
        end = self.at + self.length
        whole = int.from_bytes(value[self.at : end], "big") & ~self.room | number
        return value[: self.at] + whole.to_bytes(self.length, "big") + value[end:]

    def left(self, value: bytes) -> int | None:
        """Failures that are still allowed; None if this counts no failures or is not there."""
        number = self.read(value)
        if number is None or self.counting is Counting.TRIES:
            return number
        return self.most - number if self.counting is Counting.FAILURES else None


class CellKind(NamedTuple):
    """One kind of cell: its key is ``prefix`` and ``parts``.

    ``name``: what it is in words, with the parts by name in braces. ``secret``: it holds a key or PIN, behind
    ``head`` open bytes. ``counts``: the numbers in its value. ``unset``: a value that says what a missing cell says.
    ``told``: where the key alone does not tell, whether it is such a cell, from the memory and the key; such a kind,
    and one with fewer values of a part, stands before the general one.
    """

    name: str
    prefix: bytes
    parts: tuple[Part, ...] = ()
    secret: bool = False
    head: int = 0
    counts: tuple[Count, ...] = ()
    unset: bytes | None = None
    told: Callable[[Mapping[bytes, bytes], bytes], bool] | None = None

    @property
    def special(self) -> bool:
        """True if another kind may fit the same keys and more: this one stands before it."""
        return self.told is not None or any(part.name and part.only for part in self.parts)

    def fits(self, key: bytes) -> bool:
        """True if ``key`` is one of a cell of this kind, as far as the key tells."""
        if not key.startswith(self.prefix):
            return False
        at = len(self.prefix)
        for part in self.parts:
            piece = key[at : at + part.length] if part.length else key[at:]
            if len(piece) != (part.length or len(piece)) or not piece or (part.only and piece not in part.only):
                return False
            at += len(piece)
        return at == len(key)

    def split(self, key: bytes) -> dict[str, bytes]:
        """The parts of a key that fits, by name, without the marks."""
        found, at = {}, len(self.prefix)
        for part in self.parts:
            end = at + part.length if part.length else len(key)
            if part.name:
                found[part.name] = key[at:end]
            at = end
        return found

    def named(self, key: bytes) -> str:
        """What the cell under a key that fits is, in words."""
        shown = {part.name: part.shown for part in self.parts}
        return self.name.format(**{name: shown[name](piece) for name, piece in self.split(key).items()})

    def key(self, **parts: bytes) -> bytes:
        """The key of a cell from its parts by name. Raises KeyError if one is missing."""
        return self.prefix + b"".join(parts[part.name] if part.name else min(part.only) for part in self.parts)

    def hidden(self, value: bytes) -> bytes:
        """Of a cell's value what is secret."""
        return value[self.head :] if self.secret else b""

    @property
    def failures(self) -> tuple[Count, ...]:
        """The numbers that count failures."""
        return tuple(count for count in self.counts if count.counting in (Counting.TRIES, Counting.FAILURES))

    def only_failures(self, value: bytes) -> bool:
        """True if the value is a count of failures and nothing else."""
        return any(not count.at and count.length == len(value) for count in self.failures)


def kind_of(kinds: Iterable[CellKind], key: bytes, memory: Mapping[bytes, bytes] | None = None) -> CellKind | None:
    """The first of ``kinds`` that fits, None for an unknown cell. What only ``memory`` tells needs it."""
    for kind in kinds:
        if kind.fits(key) and (kind.told is None or (memory is not None and kind.told(memory, key))):
            return kind
    return None
