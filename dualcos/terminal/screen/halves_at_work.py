"""Which half of a card is at work: the social security environment or the bank's."""

from __future__ import annotations

from enum import Enum

from dualcos.terminal.terminal_parts import PartText


class CardHalf(Enum):
    """Each with the sign that stands before its lines. Whoever has the connection says which one it is."""

    SOCIAL = PartText("社保", "social")
    BANK = PartText("银行", "bank")

    @property
    def style(self) -> str:
        """Its colours."""
        return "bold #0d1117 on #56d4dd" if self is CardHalf.SOCIAL else "bold #0d1117 on #e3b341"
