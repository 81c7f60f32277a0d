"""A card in a terminal's contacts: power for it, answers that are whole, and no power behind a fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from apdu.link import SmartCard
from dualcos.reader.pcsc import PcscError
from dualcos.reader.silent_card import CardGone, CardMute
from dualcos.reader.supervised_card import SHORTEST_ANSWER


class AnsweringCard:
    """The card, whose answers end in a status word at least: what is shorter is none."""

    def __init__(self, card: SmartCard) -> None:
        self._card = card

    def exchange(self, command: bytes) -> bytes:
        """As the card. Raises CardMute too."""
        answer = self._card.exchange(command)
        if len(answer) < SHORTEST_ANSWER:
            raise CardMute("an answer without a status word")
        return answer


def started(card: SmartCard) -> bytes:
    """The ATR: cold reset, then one warm reset if the card stayed silent (SSC-8 A1.3, PBOC-3). Raises CardGone,
    CardMute, PcscError.
    """
    try:
        return card.power_on()
    except (CardGone, CardMute, PcscError):
        return card.reset()


def let_go(card: SmartCard) -> None:
    """Take power away from a card whose transaction has failed or is over; one that is gone has none."""
    try:
        card.power_off()
    except (CardGone, CardMute, PcscError):
        return


@contextmanager
def powerless_behind_faults(card: SmartCard) -> Iterator[None]:
    """Whatever ends what is done inside leaves the card without power (SSC-7 §5.5)."""
    try:
        yield
    except BaseException:
        let_go(card)
        raise
