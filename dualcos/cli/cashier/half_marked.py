"""Which side of a card is at work, said between what passes, whenever that changes."""

from __future__ import annotations

from collections.abc import Callable

from apdu.link import AroundCard, SmartCard
from dualcos.terminal.terminal_parts import PartText

SOCIAL_SIDE, BANK_SIDE = PartText("社保侧", "social side"), PartText("银行侧", "bank side")


class SideTold:
    """``tell``: called with the side that begins."""

    def __init__(self, tell: Callable[[PartText], None]) -> None:
        self._tell = tell
        self._now: PartText | None = None

    def works(self, side: PartText) -> None:
        """It does something."""
        if side is not self._now:
            self._now = side
            self._tell(side)


class CardOfSide(AroundCard[SmartCard]):
    """``card``, as one side has it."""

    def __init__(self, card: SmartCard, side: PartText, told: SideTold) -> None:
        super().__init__(card)
        self._side, self._told = side, told

    def power_on(self) -> bytes:
        """The ATR."""
        self._told.works(self._side)
        return self.card.power_on()

    def reset(self) -> bytes:
        """The ATR."""
        self._told.works(self._side)
        return self.card.reset()

    def exchange(self, command: bytes) -> bytes:
        """The card's answer."""
        self._told.works(self._side)
        return self.card.exchange(command)
