"""Non-volatile cells (EEPROM): one region of the chip, a map from small keys to bytes.

Programming is byte by byte: one tick to open the cell, one per byte. A cut leaves the first bytes new and the
rest as they were. Atomic updates are the partition's work, not the cells'.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from firewall.hardware.power import PowerLoss, PowerRail

_SHELF = 4  # the index keeps keys together by their first bytes: what a cell is and the directory it belongs to


class CellsFull(Exception):
    """The region has no room for that much."""


class CellsImage(NamedTuple):
    """A region at rest: its cells and the bytes in use. Shares nothing with the live region; never changed.

    Cells hold keys and PINs: ``repr`` counts them and shows none.
    """

    cells: Mapping[bytes, bytes]
    used: int

    def __repr__(self) -> str:
        return f"<{len(self.cells)} cells, {self.used} bytes>"


class Cells:
    """One region with ``capacity`` bytes, counting keys and values."""

    __slots__ = (
        "_base",
        "_cells",
        "_dirty",
        "_index",
        "_rail",
        "_replaced",
        "_since",
        "_used",
        "_wiped",
        "capacity",
        "get",
    )

    def __init__(self, rail: PowerRail, capacity: int) -> None:
        self._rail = rail
        self._cells: dict[bytes, bytes] = {}
        self._used = 0
        self._dirty: set[bytes] = set()
        self._replaced = False  # by another image since ``take_dirty``: every cell may be another one
        self._base: CellsImage | None = None  # the image last taken or become; which cells were written since
        self._since: set[bytes] = set()
        self._wiped = False  # a cell of it since, which has another place in their order if it comes back
        # Keys by their first bytes, by their first one; made when first asked for.
        self._index: dict[bytes, dict[bytes, set[bytes]]] | None = None
        self.capacity = capacity
        # The bytes under a key, None if the cell does not exist. The dictionary's own method: reading cells is
        # what a card does most. The dictionary is therefore never replaced, only emptied and refilled.
        self.get: Callable[[bytes], bytes | None] = self._cells.get

    def __contains__(self, key: bytes) -> bool:
        return key in self._cells

    def __iter__(self) -> Iterator[bytes]:
        return iter(tuple(self._cells))

    def starting(self, prefix: bytes) -> list[bytes]:
        """The keys that start with ``prefix`` (at least one byte), in no particular order."""
        if self._index is None:
            self._index = {}
            for key in self._cells:
                self._shelve(key)
        shelves = self._index.get(prefix[:1], {})
        if len(prefix) == _SHELF:
            return list(shelves.get(prefix, ()))
        if len(prefix) > _SHELF:
            return [key for key in shelves.get(prefix[:_SHELF], ()) if key.startswith(prefix)]
        return [key for shelf, keys in shelves.items() if shelf.startswith(prefix) for key in keys]

    @property
    def last(self) -> bytes:
        """The last key in byte order, empty if there is no cell: what is not beyond it is not there."""
        return max(self._cells, default=b"")

    @property
    def free(self) -> int:
        """Bytes left."""
        return self.capacity - self._used

    def program(self, key: bytes, value: bytes) -> None:
        """Write ``value``. Raises CellsFull (nothing changed) or PowerLoss (a prefix may be written)."""
        old = self._cells.get(key)
        growth = len(value) - len(old) if old is not None else len(value) + len(key)
        if growth > self.capacity - self._used and growth > 0:
            raise CellsFull(f"{growth} bytes wanted, {self.free} free")
        self._burn(key, value, old)

    def _burn(self, key: bytes, value: bytes, old: bytes | None) -> None:
        need = len(value) + 1
        done = self._rail.spend(need)
        if done < need:
            if done:
                self._store(key, value[: done - 1] + (old or b"")[done - 1 : len(value)])
            raise PowerLoss
        self._store(key, value)

    def erase(self, key: bytes) -> None:
        """Wipe a cell: its bytes are gone, not only unreachable. A missing cell costs nothing."""
        if key not in self._cells:
            return
        if not self._rail.spend(1):
            raise PowerLoss
        self._wipe(key)

    def change(self, steps: Sequence[tuple[bytes, bytes | None]]) -> None:
        """``program`` and, for None, ``erase`` in this order; the room is the caller's care. Raises PowerLoss only."""
        if self._rail.armed:
            for key, value in steps:
                self.erase(key) if value is None else self._burn(key, value, self._cells.get(key))
            return
        # Power holds to the end and nobody looks in between: count every tick, then do what remains of the steps.
        cells = self._cells
        ticks = 0
        left: dict[bytes, bytes | None] = {}
        for key, value in steps:
            if value is not None:
                ticks += len(value) + 1
            elif (left[key] if key in left else cells.get(key)) is not None:
                ticks += 1
            left[key] = value
        self._rail.spend(ticks)
        for key, value in left.items():
            if value is not None:
                self._store(key, value)
            elif key in cells:
                self._wipe(key)

    def _store(self, key: bytes, value: bytes) -> None:
        cells = self._cells
        old = cells.get(key)
        cells[key] = value
        self._dirty.add(key)
        self._since.add(key)
        if old is not None:
            self._used += len(value) - len(old)
            return
        self._used += len(value) + len(key)
        if self._index is not None:
            self._shelve(key)

    def _shelve(self, key: bytes) -> None:
        if self._index is not None:
            self._index.setdefault(key[:1], {}).setdefault(key[:_SHELF], set()).add(key)

    def _wipe(self, key: bytes) -> None:
        self._used -= len(self._cells.pop(key)) + len(key)
        self._dirty.add(key)
        self._since.add(key)
        if self._base is not None and key in self._base.cells:
            self._wiped = True
        self._unshelve(key)

    def _unshelve(self, key: bytes) -> None:
        if self._index is not None:
            self._index[key[:1]][key[:_SHELF]].discard(key)

    def image(self) -> CellsImage:
        """The region as it is now; the same object as long as nothing is written."""
        base = self._base
        if base is None or self._since:
            base = self._stands_at(CellsImage(self._cells.copy(), self._used))
        return base

    def restore(self, image: CellsImage) -> None:
        """Become ``image`` again, in its order; costs no ticks (this is the laboratory's hand, not the chip's)."""
        if image is self._base and not self._wiped:
            self._undo(image)
        else:
            self._become(image)
        self._used = image.used
        self._stands_at(image)

    def _stands_at(self, image: CellsImage) -> CellsImage:
        self._base = image
        self._since.clear()
        self._wiped = False
        return image

    def _undo(self, image: CellsImage) -> None:
        """Take back what was written since ``image``, of which no cell was wiped."""
        cells, old, since = self._cells, image.cells, self._since
        self._dirty |= since
        for key in since:
            if key in old:
                cells[key] = old[key]
            elif key in cells:
                del cells[key]
                self._unshelve(key)

    def _become(self, image: CellsImage) -> None:
        cells, new = self._cells, image.cells
        if cells.keys() != new.keys():
            gone = cells.keys() - new.keys()
            self._dirty |= gone
            if self._index is not None:  # most keys stay: those that do not are fewer than an index is made of
                for key in gone:
                    self._unshelve(key)
                for key in new.keys() - cells.keys():
                    self._shelve(key)
        self._replaced = True
        cells.clear()
        cells.update(new)

    def load(self, cells: Mapping[bytes, bytes]) -> None:
        """Become exactly ``cells`` (from a card file)."""
        self.restore(CellsImage(dict(cells), sum(map(len, cells)) + sum(map(len, cells.values()))))

    def take_dirty(self) -> dict[bytes, bytes | None]:
        """What changed since the last call: key to new bytes, None for erased. Forgets it."""
        if self._replaced:
            self._dirty.update(self._cells)
            self._replaced = False
        if not self._dirty:
            return {}
        changed = {key: self._cells.get(key) for key in self._dirty}
        self._dirty = set()
        return changed
