"""The laboratory's white box with somebody watching: told each time the card is put back into its first state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from apdu.link import SmartCard
from dualcos.explain import Happening, RawRecord
from dualcos.lab.conformance.card_on_bench import Dump, WhiteBox
from dualcos.lab.conformance.judged_answers import WhyRefused
from dualcos.lab.conformance.vector_schema import VectorDamage


class WatchedBox:
    """``box`` as it is; ``begun`` is called when a run of a vector begins, with the card ready for it."""

    def __init__(self, box: WhiteBox, begun: Callable[[], None]) -> None:
        self._box = box
        self._begun = begun

    def begin(self, random: Mapping[str, list[str]]) -> None:
        """As the box."""
        self._box.begin(random)
        self._begun()

    def cut_after(self, ticks: int | None) -> None:
        """As the box."""
        self._box.cut_after(ticks)

    def damage(self, what: VectorDamage) -> None:
        """As the box."""
        self._box.damage(what)

    def dump(self) -> Dump:
        """As the box."""
        return self._box.dump()

    def standing(self) -> object:
        """As the box."""
        return self._box.standing()

    @property
    def environment(self) -> str:
        """As the box."""
        return self._box.environment

    def hear(self, record: RawRecord) -> None:
        """As the box."""
        self._box.hear(record)

    @property
    def heard(self) -> Sequence[RawRecord]:
        """As the box."""
        return self._box.heard

    def reasons(self) -> WhyRefused:
        """As the box."""
        return self._box.reasons()

    def explained(self) -> tuple[Happening, ...]:
        """As the box."""
        return self._box.explained()

    def has_bare(self, card: SmartCard) -> bool:  # noqa: ARG002 - whatever it is, somebody watches it
        """Never: who watches sees every run from its beginning."""
        return False

    def standstill(self) -> object:
        """As the box."""
        return self._box.standstill()

    def go_on(self, standstill: object) -> None:
        """As the box."""
        self._box.go_on(standstill)
