"""存储转发: what waits in the journal goes out before anything else is asked, and again until it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from dualcos.messages.acquirer_messages import NoLineAnswer
from dualcos.messages.pos_messages import POS_MESSAGES, PosMessage
from dualcos.terminal.financial.payment_journal import PaymentJournal, StoredWaiting
from dualcos.terminal.financial.payment_messages import AnswerFacts, answer_facts
from dualcos.terminal.financial.payment_refused import PaymentRefused
from dualcos.terminal.financial.payment_states import PaymentEvent, WaitingKind, WaitingState
from dualcos.terminal.financial.terminal_line import SIGN_ON_AGAIN, TerminalLine, UnbelievedAnswer

_NOT_NOW = (*SIGN_ON_AGAIN, "68", "90", "91", "92", "96", "98")
"""Answers that say nothing about the message: it is sent again."""


class ForwardRow(NamedTuple):
    """``message``: its kind. ``done``: codes that end it. ``others``: any other code ends it as well, by a refusal;
    else it is no answer, and the message is sent again. ``then``: what ``done`` is for the payment, ``refused``: what
    another code is, ``given_up``: when it was sent often enough. ``heard``: what of the answer the payment keeps.
    """

    message: PosMessage
    done: tuple[str, ...]
    others: bool
    then: PaymentEvent | None = None
    refused: PaymentEvent | None = None
    given_up: PaymentEvent | None = None
    heard: tuple[str, ...] = ()


_GONE = ("00", "12", "25")
"""An acquirer that has no such original, or not any more, has nothing to reverse (seen in the field)."""
_ROWS: Mapping[WaitingKind, ForwardRow] = MappingProxyType(
    {
        WaitingKind.REVERSAL: ForwardRow(
            POS_MESSAGES["reversal"], _GONE, others=False, then=PaymentEvent.REVERSED, given_up=PaymentEvent.GIVEN_UP
        ),
        WaitingKind.SCRIPT_REPORT: ForwardRow(POS_MESSAGES["script report"], _GONE, others=False),
        WaitingKind.OFFLINE_SALE: ForwardRow(
            POS_MESSAGES["offline sale"], ("00", "94"), others=True, heard=("reference", "day", "issuer")
        ),
        WaitingKind.ADVICE: ForwardRow(
            POS_MESSAGES["refund"],
            ("00",),
            others=True,
            then=PaymentEvent.APPROVED,
            refused=PaymentEvent.REFUSED,
            given_up=PaymentEvent.GIVEN_UP,
            heard=AnswerFacts._fields,
        ),
    }
)


class StoreAndForward:
    """``tries``: after so many without an answer a person has to see to a message."""

    def __init__(self, journal: PaymentJournal, line: TerminalLine, tries: int) -> None:
        self._journal, self._line, self._tries = journal, line, tries

    def send(self) -> bool:
        """All that waits, in order, each once; the second silence ends it. True if nothing waits any more.

        An upload stays behind a reversal that is not answered: both may be of one transaction of a card, which the
        acquirer approved unheard and the card then off line, and would be taken for booked already.
        """
        silences, reversal_waits = 0, False
        for waits in self._journal.waiting():
            if silences > 1:
                return False
            if reversal_waits and waits.kind is WaitingKind.OFFLINE_SALE:
                continue
            try:
                self._line.demand_signed_on()
            except PaymentRefused:
                return False
            if not self._sent(waits):
                silences += 1
                reversal_waits = reversal_waits or waits.kind is WaitingKind.REVERSAL
        return not self._journal.waiting()

    def _sent(self, waits: StoredWaiting) -> bool:
        """False if no answer came that can be believed."""
        row = _ROWS[waits.kind]
        try:
            answer = self._line.ask(row.message, waits.request.message)
        except NoLineAnswer as silent:
            if silent.sent:
                self._tried(waits)
            return False
        except UnbelievedAnswer:
            self._tried(waits)
            return False
        self._answered(waits, row, answer_facts(answer))
        return True

    def _answered(self, waits: StoredWaiting, row: ForwardRow, facts: AnswerFacts) -> None:
        if facts.code in row.done:
            heard = {name: value for name, value in facts._asdict().items() if name in row.heard and value}
            self._journal.ended(waits, WaitingState.ANSWERED, facts.code, row.then, heard)
        elif row.others and facts.code not in _NOT_NOW:
            heard = {"code": facts.code} if row.refused is not None else {}
            self._journal.ended(waits, WaitingState.REFUSED, facts.code, row.refused, heard)
        else:
            self._tried(waits)

    def _tried(self, waits: StoredWaiting) -> None:
        after = self._journal.tried(waits)
        if after.tries >= self._tries:
            self._journal.ended(after, WaitingState.MANUAL, "", _ROWS[waits.kind].given_up)
