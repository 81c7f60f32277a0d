"""存储转发: what waits in the journal goes out before anything else is asked, and again until it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from dualcos.messages.acquirer_messages import NoLineAnswer
from dualcos.messages.pos_messages import POS_MESSAGES, PosMessage
from dualcos.messages.response_codes import APPROVED, APPROVING, response_code
from dualcos.terminal.financial.payment_journal import PaymentJournal, StoredWaiting
from dualcos.terminal.financial.payment_messages import AnswerFacts, answer_facts
from dualcos.terminal.financial.payment_refused import PaymentRefused
from dualcos.terminal.financial.payment_states import PaymentEvent, WaitingKind, WaitingState
from dualcos.terminal.financial.terminal_line import (
    SIGN_ON_AGAIN,
    TerminalLine,
    UnbelievedAnswer,
    UnwritableRequest,
)

_NOT_NOW = (*SIGN_ON_AGAIN, "68", "90", "91", "92", "96", "98")
"""Answers that say nothing about the message: it is sent again, without end."""
_TWICE = "94"
"""Of a message that was sent before it says that it was taken then; of one that was not, that something else was."""


class ForwardRow(NamedTuple):
    """``message``: its kind. ``done``: codes that end it, beside 94 for one that was sent already. ``otherwise``: what
    it becomes by any other answer. ``then``: what ``done`` is for the payment, ``refused``: what another code is,
    ``given_up``: that a person has closed it, ``again``: that he has it sent again. ``heard``: what of the answer the
    payment keeps.
    """

    message: PosMessage
    done: tuple[str, ...]
    otherwise: WaitingState
    then: PaymentEvent | None = None
    refused: PaymentEvent | None = None
    given_up: PaymentEvent | None = None
    again: PaymentEvent | None = None
    heard: tuple[str, ...] = ()


_ROWS: Mapping[WaitingKind, ForwardRow] = MappingProxyType(
    {
        WaitingKind.REVERSAL: ForwardRow(
            POS_MESSAGES["reversal"],
            (APPROVED,),
            WaitingState.MANUAL,  # 12, 25: nobody knows whether the money is back
            then=PaymentEvent.REVERSED,
            refused=PaymentEvent.GIVEN_UP,
            given_up=PaymentEvent.GIVEN_UP,
            again=PaymentEvent.REVERSED_AGAIN,
        ),
        WaitingKind.SCRIPT_REPORT: ForwardRow(
            POS_MESSAGES["script report"], (APPROVED, "12", "25"), WaitingState.MANUAL
        ),
        WaitingKind.OFFLINE_SALE: ForwardRow(
            POS_MESSAGES["offline sale"],
            APPROVING,
            WaitingState.REFUSED,
            refused=PaymentEvent.UPLOAD_REFUSED,
            given_up=PaymentEvent.UPLOAD_REFUSED,
            again=PaymentEvent.UPLOADED_AGAIN,
            heard=("reference", "day", "issuer"),
        ),
        WaitingKind.ADVICE: ForwardRow(
            POS_MESSAGES["refund"],
            APPROVING,
            WaitingState.REFUSED,
            then=PaymentEvent.APPROVED,
            refused=PaymentEvent.REFUSED,
            given_up=PaymentEvent.GIVEN_UP,
            again=PaymentEvent.ASKED_AGAIN,
            heard=AnswerFacts._fields,
        ),
    }
)
_UNWRITABLE = "报文无法编写，须人工处理", "no message can be made of it, a person must see to it"


class StoreAndForward:
    """A message is sent until it is answered; only an answer ends it, or a person (``close``). One that no message can
    be made of is left to a person at once.
    """

    def __init__(self, journal: PaymentJournal, line: TerminalLine) -> None:
        self._journal, self._line = journal, line

    def send(self) -> bool:
        """All that waits, in order, each once; the second silence ends it. True if nothing waits any more.

        An upload stays behind a reversal of the same transaction of a card, which the acquirer may have approved
        unheard and the card then off line: to the issuer it would be the same once more.
        """
        silences = 0
        for waits in self._journal.waiting():
            if silences > 1:
                return False
            if waits.kind is WaitingKind.OFFLINE_SALE and self._is_being_reversed(waits):
                continue
            try:
                self._line.demand_signed_on()
            except PaymentRefused:
                return False
            silences += not self._sent(waits)
        return not self._journal.waiting()

    def close(self, waits: StoredWaiting) -> None:
        """A person has seen to it: it is not sent any more."""
        self._journal.ended(waits, WaitingState.MANUAL, waits.code, _ROWS[waits.kind].given_up)

    @staticmethod
    def may_go_again(waits: StoredWaiting) -> bool:
        """True for what was left to a person, and for an upload that was refused."""
        refused_upload = waits.state is WaitingState.REFUSED and waits.kind is WaitingKind.OFFLINE_SALE
        return waits.state is WaitingState.MANUAL or refused_upload

    def again(self, waits: StoredWaiting) -> None:
        """A person has had it put right: it waits once more."""
        self._journal.sent_again(waits, _ROWS[waits.kind].again)

    def _is_being_reversed(self, upload: StoredWaiting) -> bool:
        own = self._transaction(upload)
        reversals = (each for each in self._journal.waiting() if each.kind is WaitingKind.REVERSAL)
        return any(self._transaction(each) == own for each in reversals)

    def _transaction(self, waits: StoredWaiting) -> tuple[str, str, str] | None:
        """Whose card's, and its number there."""
        found = self._journal.payment(waits.payment)
        if found is None or found.record.chip is None:
            return None
        return found.record.pan, found.record.sequence, found.record.chip.atc

    def _sent(self, waits: StoredWaiting) -> bool:
        """False if no answer came that can be believed. That it is sent is on disk first."""
        row, tried = _ROWS[waits.kind], self._journal.tried(waits)
        try:
            answer = self._line.ask(row.message, waits.request.message)
        except NoLineAnswer as silent:
            if not silent.sent:
                self._journal.tried(tried, -1)
            return False
        except UnbelievedAnswer:
            return False
        except UnwritableRequest:
            self._journal.ended(tried, WaitingState.MANUAL, "", row.given_up, {"note": _UNWRITABLE})
            return True
        self._answered(tried, row, answer_facts(answer))
        return True

    def _answered(self, waits: StoredWaiting, row: ForwardRow, facts: AnswerFacts) -> None:
        if facts.code in row.done or (facts.code == _TWICE and waits.tries > 1):
            heard = {name: value for name, value in facts._asdict().items() if name in row.heard and value}
            self._journal.ended(waits, WaitingState.ANSWERED, facts.code, row.then, heard)
        elif facts.code not in _NOT_NOW:
            self._journal.ended(waits, row.otherwise, facts.code, row.refused, _refused(waits, facts.code))


def _refused(waits: StoredWaiting, code: str) -> dict[str, object]:
    """What the payment keeps of an answer that is none of those wanted."""
    if waits.kind is WaitingKind.ADVICE:
        return {"code": code}
    if waits.kind is WaitingKind.SCRIPT_REPORT:
        return {}
    said, of = response_code(code), waits.kind.words
    return {"note": (f"{of.zh}应答码 {code} {said.zh}", f"the answer to the {of.en} was {code}, {said.en}")}
