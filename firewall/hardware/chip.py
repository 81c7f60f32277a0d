"""The chip: power rail, random source, and regions of non-volatile cells by label.

Region ``chip`` belongs to the hardware layer itself and holds the chip data (serial, historical bytes). Every
other region backs one partition. A region, once allotted, has its capacity for life.
"""

from __future__ import annotations

from typing import NamedTuple

from firewall.cellkind import CellKind
from firewall.hardware.cells import Cells, CellsImage
from firewall.hardware.power import PowerRail
from firewall.hardware.randomness import Rng

_HISTORICAL = b"historical"
CELLS = (CellKind("historical", _HISTORICAL),)
"""The hardware layer's own."""
CHIP_REGION = "chip"
_CHIP_REGION_BYTES = 4096
_MOST_HISTORICAL = 15  # T0 has a nibble for their number


class ChipImage(NamedTuple):
    """Everything the chip keeps without power: regions by label, positions of the random streams."""

    regions: dict[str, CellsImage]
    positions: dict[str, int]


class Chip:
    """One chip. ``rng`` is the injected source; streams are forked from it by region label."""

    def __init__(self, rng: Rng) -> None:
        self.rail = PowerRail()
        self._rng = rng
        self._regions: dict[str, Cells] = {}
        self._streams: dict[str, Rng] = {}
        self.data = self.region(CHIP_REGION, _CHIP_REGION_BYTES)

    def region(self, label: str, capacity: int) -> Cells:
        """The region ``label``, allotted with ``capacity`` bytes at first use."""
        cells = self._regions.get(label)
        if cells is None:
            cells = self._regions[label] = Cells(self.rail, capacity)
        return cells

    def stream(self, label: str) -> Rng:
        """The random stream of ``label``; always the same object, so its position is kept."""
        stream = self._streams.get(label)
        if stream is None:
            stream = self._streams[label] = self._rng.fork(label)
        return stream

    @property
    def labels(self) -> tuple[str, ...]:
        """The regions that exist."""
        return tuple(self._regions)

    @property
    def historical(self) -> bytes:
        """Historical bytes of the ATR: the first 0..15 bytes of whatever their cell holds."""
        return (self.data.get(_HISTORICAL) or b"")[:_MOST_HISTORICAL]

    @historical.setter
    def historical(self, value: bytes) -> None:
        self.data.program(_HISTORICAL, value)

    def image(self) -> ChipImage:
        """The chip at rest."""
        return ChipImage(
            {label: cells.image() for label, cells in self._regions.items()},
            {label: stream.position for label, stream in self._streams.items()},
        )

    def restore(self, image: ChipImage) -> None:
        """Become ``image``: regions born later are emptied, streams stand where they stood."""
        for label, cells in self._regions.items():
            cells.restore(image.regions.get(label) or CellsImage({}, 0))
        for label in (*self._streams, *(image.positions.keys() - self._streams.keys())):
            self.stream(label).seek(image.positions.get(label, 0))
