"""The card in a payment terminal's slot: whole answers, and how it fails told as ``TransactionEnded``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from apdu.atr import AtrError, is_contactless, parse
from apdu.link import SmartCard
from apdu.response import ResponseAPDU
from apdu.status import SW
from apdu.tlv import TlvError
from dualcos.dialogue.driver import USUAL, Manner, Reply, apdu, perform, send
from dualcos.reader.pcsc import PcscError
from dualcos.reader.silent_card import CardGone, CardMute
from dualcos.terminal.card_contacts import AnsweringCard, let_go, started
from dualcos.terminal.financial.kernel.card_objects import only
from dualcos.terminal.financial.kernel.transaction_ended import EndCause, TransactionEnded

T = TypeVar("T")


class CardOfPayment:
    """One card, one link. All methods raise TransactionEnded where no answer came."""

    def __init__(self, card: SmartCard, manner: Manner = USUAL) -> None:
        self._card = card
        self._answering = AnsweringCard(card)
        self._manner = manner
        self._in_blocks = False

    def start(self) -> bytes:
        """The ATR; what it says is not judged: any bank's card is taken (总体方案 一（二）). It tells T=1 from T=0."""
        answer = _carried_out(lambda: started(self._card))
        with suppress(AtrError):
            self._in_blocks = is_contactless(answer) or parse(answer).protocols[:1] == (1,)
        return answer

    def send(self, command: bytes, *, answered: bool = False) -> ResponseAPDU:
        """One command, its whole answer. ``answered``: it has data and is answered with data. T=1 is told so by an Le
        behind them; under T=0 they are asked for behind a warning, too (PBOC-3 §9.3.1.1.4).
        """
        if not answered:
            return self.asked(send(command, self._manner))
        if self._in_blocks:
            return self.asked(send(command + b"\0", self._manner))
        return self.asked(send(command, self._manner._replace(behind_warnings=True)))

    def asked(self, reply: Reply) -> ResponseAPDU:
        """A dialogue of one command."""
        return _carried_out(lambda: perform(self._answering, reply))

    def get_data(self, tag: int) -> bytes | None:
        """The value of GET DATA (9F36, 9F13, 9F17: PBOC-6 §9); None if the card does not give it."""
        answer = self.send(apdu(f"80CA{tag:04X}", le=256))
        if answer.sw != SW.OK:
            return None
        try:
            return only(answer.data, tag).value
        except TlvError:
            return None

    def release(self) -> None:
        """Power off."""
        let_go(self._card)


def _carried_out(act: Callable[[], T]) -> T:
    try:
        return act()
    except CardGone:
        raise TransactionEnded(EndCause.NO_CARD) from None
    except CardMute:
        raise TransactionEnded(EndCause.NO_ANSWER) from None
    except PcscError as error:
        raise TransactionEnded(EndCause.READER, detail=("", str(error))) from None
