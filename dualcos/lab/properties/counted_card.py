"""A card in the laboratory's hand, and what it was put through, counted where the bytes go in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from apdu.link import AroundCard, SmartCard
from firewall.hardware.power import PowerLoss, PowerRail

_CARRIED_OUT = (0x90, 0x61, 0x62)


def carried_out(answer: bytes) -> bool:
    """True if a command so answered was carried out: 9000, 61xx, or a warning 62xx; False for no answer at all."""
    return len(answer) >= 2 and answer[-2] in _CARRIED_OUT


class LabCard(SmartCard, Protocol):
    """A card in the laboratory's hand (``cos.card.Card`` is one)."""

    @property
    def environment(self) -> str:
        """Which environment is current."""
        ...

    @property
    def rail(self) -> PowerRail:
        """The power rail, to arm a power loss."""
        ...

    def snapshot(self) -> Any:  # noqa: ANN401 - each card's own kind of image; nobody here looks inside but tearing
        """The card at rest."""
        ...

    def restore(self, snapshot: Any) -> None:  # noqa: ANN401 - as above
        """Become a snapshot again, powered off."""
        ...

    def dump(self) -> dict[str, dict[bytes, bytes]]:
        """All non-volatile cells by region."""
        ...

    def overwrite(self, region: str, cell: bytes, value: bytes | None) -> None:
        """Change one cell by hand, None: erase it; with power or without."""
        ...


class Counts(NamedTuple):
    """Commands sent, how many of them were carried out (9000, 61xx, 62xx), power losses; verdicts by environment."""

    commands: int
    accepted: int
    cuts: int
    judged: Mapping[str, int] = MappingProxyType({})


class Tally:
    """The counts of all cards that share it."""

    __slots__ = ("_judged", "accepted", "commands", "cuts")

    def __init__(self) -> None:
        self.commands = 0
        self.accepted = 0
        self.cuts = 0
        self._judged: Counter[str] = Counter()

    def judge(self, label: str) -> None:
        """A property has compared something of this environment with what it should be. Traffic alone is no verdict:
        who plays and compares nothing does not call this, and is reported as not having asked.
        """
        self._judged[label] += 1

    def now(self) -> Counts:
        """So far."""
        return Counts(self.commands, self.accepted, self.cuts, MappingProxyType(dict(self._judged)))

    def since(self, then: Counts) -> Counts:
        """What has been added to ``then``."""
        judged = self._judged - Counter(then.judged)
        return Counts(
            self.commands - then.commands,
            self.accepted - then.accepted,
            self.cuts - then.cuts,
            MappingProxyType(dict(judged)),
        )


class CountedCard(AroundCard[LabCard]):
    """``card`` as a ``LabCard``; answers as the card does."""

    __slots__ = ("_tally",)

    def __init__(self, card: LabCard, tally: Tally) -> None:
        super().__init__(card)
        self._tally = tally

    def exchange(self, command: bytes) -> bytes:
        """As the card."""
        self._tally.commands += 1
        try:
            answer = self.card.exchange(command)
        except PowerLoss:
            self._tally.cuts += 1
            raise
        if carried_out(answer):
            self._tally.accepted += 1
        return answer

    def power_on(self) -> bytes:
        """As the card."""
        try:
            return self.card.power_on()
        except PowerLoss:
            self._tally.cuts += 1
            raise

    @property
    def environment(self) -> str:
        """As the card."""
        return self.card.environment

    @property
    def rail(self) -> PowerRail:
        """As the card."""
        return self.card.rail

    def snapshot(self) -> Any:  # noqa: ANN401 - each card's own kind of image
        """As the card."""
        return self.card.snapshot()

    def restore(self, snapshot: Any) -> None:  # noqa: ANN401 - as above
        """As the card."""
        self.card.restore(snapshot)

    def dump(self) -> dict[str, dict[bytes, bytes]]:
        """As the card."""
        return self.card.dump()

    def overwrite(self, region: str, cell: bytes, value: bytes | None) -> None:
        """As the card."""
        self.card.overwrite(region, cell, value)
