"""A region of a card's memory as its owner declares it: which cells count failures, which hold secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from dualcos.explain.memory_cells import kinds_of
from firewall.cellkind import CellKind, Count, kind_of

Cells = Mapping[bytes, bytes]


class Memory:
    """The kinds of cell of a region. What a key tells is looked up once: every exchange is compared."""

    __slots__ = ("_counted", "_known", "kinds")

    def __init__(self, kinds: Iterable[CellKind]) -> None:
        self.kinds = tuple(kinds)
        self._known: dict[bytes, CellKind | None] = {}
        self._counted: dict[bytes, tuple[Count, ...]] = {}  # of the known keys those that count failures

    def kind(self, key: bytes) -> CellKind | None:
        """What the cell under ``key`` is, None if unknown."""
        if key not in self._known:
            kind = self._known[key] = kind_of(self.kinds, key)
            if kind is not None and kind.failures:
                self._counted[key] = kind.failures
        return self._known[key]

    def _failures(self, cells: Cells) -> list[tuple[bytes, Count]]:
        if not cells.keys() <= self._known.keys():
            for key in sorted(cells.keys() - self._known.keys()):
                self.kind(key)
        return [(key, count) for key, counts in self._counted.items() if key in cells for count in counts]

    def counters(self, cells: Cells) -> dict[bytes, int]:
        """Failures still allowed, by cell."""
        found = ((key, count.left(cells[key])) for key, count in self._failures(cells))
        return {key: left for key, left in found if left is not None}

    def secrets(self, cells: Cells) -> tuple[bytes, ...]:
        """Keys, PINs and parts of private keys."""
        kinds = ((self.kind(key), raw) for key, raw in cells.items())
        return tuple(kind.hidden(raw) for kind, raw in kinds if kind is not None and kind.secret)

    def alike(self, one: Cells, other: Cells) -> bool:
        """True if both say the same but for counts of failures: equal, ``masked``."""
        odd = [key for key in one.keys() | other.keys() if one.get(key) != other.get(key)]
        masked = (self.masked({key: cells[key] for key in odd if key in cells}) for cells in (one, other))
        return next(masked) == next(masked)

    def masked(self, cells: Cells) -> dict[bytes, bytes]:
        """The cells without the counts of failures, and without those that then say what a missing cell says."""
        masked = dict(cells)
        for key, count in self._failures(cells):
            raw, kind = masked[key], self.kind(key)
            if not count.at and count.length == len(raw):
                del masked[key]
            elif count.read(raw) is not None:
                masked[key] = count.write(raw, 0)
                if kind is not None and masked[key] == kind.unset:
                    del masked[key]
        return masked


@cache
def memory_of(region: str) -> Memory:
    """The region of that label; of one that is not known nothing is."""
    return Memory(kinds_of(region))
