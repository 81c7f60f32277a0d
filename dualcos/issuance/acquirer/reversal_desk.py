"""Reversals and script reports (冲正、脚本结果通知): a terminal sends them until they are answered.

A reversal with nothing to reverse is answered 00, for the terminal must be able to stop; the issuer is told all the
same, and declines the original if it comes behind (seen in the field).
"""

from __future__ import annotations

from msgspec import structs

from dualcos.issuance.acquirer.acquired_transaction import AcquiredTransaction, MessageStanding
from dualcos.issuance.acquirer.acquirer_books import AcquirerBooks
from dualcos.issuance.acquirer.acquirer_day import business_day
from dualcos.issuance.acquirer.acquirer_settings import AcquirerSettings
from dualcos.issuance.acquirer.asked_of_acquirer import AskedOfAcquirer
from dualcos.issuance.acquirer.issuer_questions import UnfitForIssuer, reversal, script_report
from dualcos.issuance.acquirer.payment_desk import answer_fields, kept_fields, taken_back
from dualcos.issuance.acquirer.pos_answers import answer_to, issuers_fields
from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.authorisation import AuthorisationAnswer, AuthorisingIssuer
from dualcos.messages.pos_messages import POS_MESSAGES, reversed_kind
from dualcos.messages.response_codes import APPROVED

_NO_ORIGINAL, _NOT_THIS = "25", "12"


class ReversalDesk:
    """Use it in one thread at a time."""

    def __init__(self, issuer: AuthorisingIssuer, books: AcquirerBooks, settings: AcquirerSettings) -> None:
        self._issuer = issuer
        self._books = books
        self._settings = settings

    def answer(self, asked: AskedOfAcquirer) -> AcquirerMessage:
        """Raises as ``PaymentDesk.answer``."""
        before = self._books.acquired(asked.key, asked.message.mti)
        if before is not None and before.content == asked.content:
            return answer_to(asked, before.code, answer_fields(before.answer))
        return self._reversed(asked) if asked.kind.name == "reversal" else self._reported(asked)

    def _reversed(self, asked: AskedOfAcquirer) -> AcquirerMessage:
        kind = reversed_kind(asked.message)
        if kind is None or kind.business is None:
            return answer_to(asked, _NOT_THIS)
        original = self._original(asked)
        if original is not None:
            pan = asked.pan or original.pan  # behind a stripe alone it tells none
            told = (original.kind, original.amount, original.pan, original.refunded)
            if told != (kind.name, asked.amount, pan, 0):
                return answer_to(asked, _NO_ORIGINAL)
            if original.standing is not MessageStanding.APPROVED:
                return self._kept(asked, None, AuthorisationAnswer(code=APPROVED, reference=original.reference))
        answer = self._issuer.answer(reversal(asked, self._settings, kind.business))
        if answer.code == _NO_ORIGINAL:
            if original is not None:  # it stands here: nothing is moved by one side alone
                return answer_to(asked, _NO_ORIGINAL)
            answer = AuthorisationAnswer(code=APPROVED)
        return self._kept(asked, original, answer)

    def _original(self, asked: AskedOfAcquirer) -> AcquiredTransaction | None:
        """What a terminal asked under this number, whatever the reversal says that it was."""
        found = [each for each in self._books.asked_under(asked.key) if POS_MESSAGES[each.kind].business is not None]
        return found[0] if found else None

    def _kept(
        self, asked: AskedOfAcquirer, original: AcquiredTransaction | None, answer: AuthorisationAnswer
    ) -> AcquirerMessage:
        with self._books.transaction():
            if answer.code == APPROVED and original is not None:
                self._take_out(original, asked.message.text(39))
            return self._journalled(asked, original, answer)

    def _take_out(self, original: AcquiredTransaction, reason: str) -> None:
        """A void has given back what it voided: once that is reversed, too, reversing either moves nothing more."""
        out = structs.replace(original, standing=MessageStanding.REVERSED, reason=reason)
        self._books.keep_acquired(out)
        if not original.counts or original.voided:
            return
        first = None if out.original is None else self._books.acquired(out.original, "0200")
        if first is not None:
            self._books.keep_acquired(taken_back(first, out))
        if first is None or first.standing is MessageStanding.APPROVED:
            self._books.book(out)

    def _reported(self, asked: AskedOfAcquirer) -> AcquirerMessage:
        try:
            answer = self._issuer.answer(script_report(asked, self._settings))
        except UnfitForIssuer as unfit:
            return answer_to(asked, unfit.code)
        with self._books.transaction():
            return self._journalled(asked, None, answer)

    def _journalled(
        self, asked: AskedOfAcquirer, original: AcquiredTransaction | None, answer: AuthorisationAnswer
    ) -> AcquirerMessage:
        """Keep the message itself; its answer. Inside a transaction."""
        day = business_day(self._settings, asked.now)
        reference = answer.reference or (original.reference if original else "")
        reference = reference or f"{self._books.next_number('reference'):012d}"
        answer = structs.replace(answer, day=answer.day or day[4:], reference=reference)
        told = answer_to(asked, answer.code, issuers_fields(asked, answer, self._settings))
        self._books.keep_acquired(
            AcquiredTransaction(
                key=asked.key,
                mti=asked.message.mti,
                kind=asked.kind.name,
                content=asked.content,
                time=asked.now,
                day=day,
                pan=asked.pan,
                amount=asked.amount,
                standing=MessageStanding.APPROVED if answer.code == APPROVED else MessageStanding.DECLINED,
                code=answer.code,
                reference=reference,
                reason=asked.message.text(39),
                answer=kept_fields(told.fields),
            )
        )
        return told
