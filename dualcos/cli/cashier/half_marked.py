"""Which half of a card is at work, said before what passes, whenever that changes."""

from __future__ import annotations

from collections.abc import Callable

from apdu.link import AroundCard, SmartCard
from dualcos.terminal.screen.halves_at_work import CardHalf


class HalfTold:
    """``tell``: called with the half that begins."""

    def __init__(self, tell: Callable[[CardHalf], None]) -> None:
        self._tell = tell
        self._now: CardHalf | None = None

    def works(self, half: CardHalf) -> None:
        """It does something."""
        if half is not self._now:
            self._now = half
            self._tell(half)


class CardOfHalf(AroundCard[SmartCard]):
    """``card``, as one half of the terminal has it."""

    def __init__(self, card: SmartCard, half: CardHalf, told: HalfTold) -> None:
        super().__init__(card)
        self._half, self._told = half, told

    def power_on(self) -> bytes:
        """The ATR."""
        self._told.works(self._half)
        return self.card.power_on()

    def reset(self) -> bytes:
        """The ATR."""
        self._told.works(self._half)
        return self.card.reset()

    def exchange(self, command: bytes) -> bytes:
        """The card's answer."""
        self._told.works(self._half)
        return self.card.exchange(command)
