"""Which half of a card is at work: the social security environment or the bank's."""

from __future__ import annotations

from enum import Enum

from dualcos.terminal.screen.seen_at_terminal import ExchangeSeen, MessageSeen, Passed
from dualcos.terminal.terminal_parts import PartText


class CardHalf(Enum):
    """Each with the sign that stands before its lines."""

    SOCIAL = PartText("社保", "social")
    BANK = PartText("银行", "bank")

    @property
    def style(self) -> str:
        """Its colours."""
        return "bold #0d1117 on #56d4dd" if self is CardHalf.SOCIAL else "bold #0d1117 on #e3b341"


_ENVIRONMENTS = (("SSSE", CardHalf.SOCIAL), ("PSAM", CardHalf.SOCIAL), ("PSE", CardHalf.BANK))


def half_of(passed: Passed) -> CardHalf | None:
    """By the place that an exchange was in, which is the environment's; a message of the line is the bank's. None
    where neither half is: power, the card's root.
    """
    if isinstance(passed, MessageSeen):
        return CardHalf.BANK
    if not isinstance(passed, ExchangeSeen):
        return None
    if passed.slot:
        return CardHalf.SOCIAL
    place = next((piece.text.strip() for piece in passed.text.pieces if piece.role == "place"), "")
    return next((half for name, half in _ENVIRONMENTS if place.startswith(name)), None)
