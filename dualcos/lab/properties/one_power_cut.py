"""One power cut, whatever was going on: what was being programmed, cuts in the recovery, which counters may differ."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from dualcos.lab.properties.counted_card import LabCard
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.region_memory import Cells, memory_of
from dualcos.lab.properties.specimen import changed
from firewall.hardware.power import PowerLoss

Dump = dict[str, dict[bytes, bytes]]


class Programming:
    """Follows, from the raw memory at one cut after another, which cell is being programmed and what was in it."""

    def __init__(self) -> None:
        self._last: Dump | None = None
        self._cell: tuple[str, bytes] | None = None
        self._old = b""

    def saw(self, raw: Dump) -> None:
        """The memory as the next later cut left it."""
        if self._last is not None:
            moved = list(changed(self._last, raw))
            if len(moved) == 1 and moved[0] != self._cell:
                region, key = self._cell = moved[0]
                self._old = self._last.get(region, {}).get(key, b"")
        self._last = raw

    def scatter(self, card: LabCard, at_rest: Any) -> bool:  # noqa: ANN401 - the card's own kind of image
        """Power the card on over ``at_rest`` with every second byte of that cell as it was; False if that is no
        other memory than the plain cut's.
        """
        if self._cell is None or self._last is None:
            return False
        region, key = self._cell
        torn = self._last.get(region, {}).get(key, b"")
        mixed = bytes(self._old[n] if n % 2 and n < len(self._old) else byte for n, byte in enumerate(torn))
        if mixed == torn:
            return False
        card.restore(at_rest)
        image = card.snapshot()
        regions = image.chip.regions
        regions[region] = regions[region]._replace(cells={**regions[region].cells, key: mixed})
        card.restore(image)
        card.power_on()
        return True


def cut_recovery(card: LabCard, at_rest: Any, where: str, most: int) -> int:  # noqa: ANN401 - as above
    """T3: cut the recovery at each of its ticks (at most ``most``, evenly spread; 0: all), recover again, and compare
    with the recovery that was not cut. Returns how many cuts; raises Violation.
    """
    card.restore(at_rest)
    start = card.rail.ticks
    card.power_on()
    needed, expected = card.rail.ticks - start, card.dump()
    seconds = range(0, needed, max(1, needed // most) if most else 1)
    for second in seconds:
        card.restore(at_rest)
        card.rail.cut_after(second)
        with suppress(PowerLoss):
            card.power_on()
        card.rail.cut_after(None)
        card.power_on()
        for region, key in changed(expected, card.dump()):
            text = f"{where}, recovery cut at {second}: cell {key.hex()} of {region} differs"
            raise Violation("T3", text)
    return len(seconds)


def tries(dump: Mapping[str, Cells]) -> dict[tuple[str, bytes], int]:
    """Every try counter of a card, by region and cell."""
    return {(region, key): left for region in dump for key, left in memory_of(region).counters(dump[region]).items()}


def without_tries(dump: Mapping[str, Cells]) -> Dump:
    """All cells but the try counters, which are committed for themselves (T2)."""
    return {region: memory_of(region).masked(cells) for region, cells in dump.items()}
