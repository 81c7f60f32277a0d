"""Payments and questions (交易): issuer, journal, answer. A message that came before has the answer it had.

Guarantees: what counts is on disk before the answer goes out. A crash between the issuer's books and the journal leaves
nothing here: the same message again has the issuer's answer, and its reversal goes on to the issuer.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs

from dualcos.issuance.acquirer.acquired_transaction import AcquiredTransaction, MessageStanding
from dualcos.issuance.acquirer.acquirer_books import AcquirerBooks
from dualcos.issuance.acquirer.acquirer_day import business_day, is_cutting_over
from dualcos.issuance.acquirer.acquirer_settings import AcquirerSettings
from dualcos.issuance.acquirer.asked_of_acquirer import AskedOfAcquirer
from dualcos.issuance.acquirer.issuer_questions import UnfitForIssuer, authorisation
from dualcos.issuance.acquirer.pos_answers import answer_to, issuers_fields
from dualcos.messages.acquirer_messages import AcquirerMessage, FieldValue
from dualcos.messages.authorisation import AuthorisationAnswer, AuthorisingIssuer, Business
from dualcos.messages.pos_messages import POS_MESSAGES
from dualcos.messages.response_codes import APPROVED
from keys.key_handle import KeyHandle

_CUTTING_OVER, _OTHER_BATCH, _OTHER_UNDER_NUMBER = "90", "77", "94"
_TAKES_BACK = (Business.VOID, Business.REFUND)


class PaymentDesk:
    """``zone``: the key of PIN blocks between acquirer and issuer. Use it in one thread at a time."""

    def __init__(
        self, issuer: AuthorisingIssuer, books: AcquirerBooks, settings: AcquirerSettings, zone: KeyHandle
    ) -> None:
        self._issuer = issuer
        self._books = books
        self._settings = settings
        self._zone = zone

    def answer(self, asked: AskedOfAcquirer) -> AcquirerMessage:
        """Raises BooksError, and whatever the issuer does: then nobody knows, and the terminal gets no answer."""
        before = self._books.acquired(asked.key, asked.message.mti)
        if before is not None:
            if before.content != asked.content or before.standing is MessageStanding.REVERSED:
                return answer_to(asked, _OTHER_UNDER_NUMBER)
            return answer_to(asked, before.code, answer_fields(before.answer))
        if self._came_behind_its_reversal(asked):
            return answer_to(asked, _OTHER_UNDER_NUMBER)
        if code := self._too_late(asked):
            return answer_to(asked, code)
        pending = self._begun(asked)
        try:
            original = self._original(pending, asked)
            question = authorisation(asked, self._settings, self._zone, original)
        except UnfitForIssuer as unfit:
            return self._ended(asked, pending, None, AuthorisationAnswer(code=unfit.code))
        return self._ended(asked, pending, original, self._issuer.answer(question))

    def _came_behind_its_reversal(self, asked: AskedOfAcquirer) -> bool:
        """True if this number has been reversed, whatever the issuer still knows of it."""
        reversal = self._books.acquired(asked.key, POS_MESSAGES["reversal"].mti)
        return reversal is not None and reversal.standing is MessageStanding.APPROVED

    def _too_late(self, asked: AskedOfAcquirer) -> str:
        """The code for what cannot be taken at this time; empty if it can."""
        if is_cutting_over(self._settings, asked.now):
            return _CUTTING_OVER
        return "" if asked.batch.number == asked.terminal.batch else _OTHER_BATCH

    def _begun(self, asked: AskedOfAcquirer) -> AcquiredTransaction:
        business = asked.kind.business
        side = "" if business is None or not business.posts else "C" if business.credit else "D"
        return AcquiredTransaction(
            key=asked.key,
            mti=asked.message.mti,
            kind=asked.kind.name,
            content=asked.content,
            time=asked.now,
            day=business_day(self._settings, asked.now),
            pan=asked.pan,
            amount=asked.amount,
            side=side,
        )

    def _original(self, pending: AcquiredTransaction, asked: AskedOfAcquirer) -> AcquiredTransaction | None:
        """What a void or a refund takes back; None for what takes nothing back. Raises UnfitForIssuer."""
        if asked.kind.business not in _TAKES_BACK:
            return None
        found = self._named_original(asked)
        if found is None:
            raise UnfitForIssuer("25", "no such original")
        if (
            found.kind not in ("purchase", "offline sale")
            or found.standing is not MessageStanding.APPROVED
            or found.voided
        ):
            raise UnfitForIssuer("12", "the original was declined, taken back, or is no purchase")
        if asked.pan != found.pan:
            raise UnfitForIssuer("63", "the original is another card's")
        if asked.kind.business is Business.VOID:
            if pending.amount != found.amount:
                raise UnfitForIssuer("64", "not the amount of the original")
            if pending.day != found.day or found.refunded:
                raise UnfitForIssuer("12", "a void is of the same business day, before any refund")
        elif pending.amount > found.amount - found.refunded:
            raise UnfitForIssuer("13", "more than is left of the original")
        return found

    def _named_original(self, asked: AskedOfAcquirer) -> AcquiredTransaction | None:
        """By field 37; at the same terminal by field 61 as well. A refund may be made at another terminal."""
        reference, named = asked.message.text(37), asked.original
        for each in self._books.by_reference(asked.terminal.merchant, reference):
            elsewhere = each.key.terminal != asked.terminal.number and asked.kind.business is Business.REFUND
            if (each.key.batch, each.key.stan) == (named.batch, named.stan) and (each.key == named or elsewhere):
                return each
        return None

    def _ended(
        self,
        asked: AskedOfAcquirer,
        pending: AcquiredTransaction,
        original: AcquiredTransaction | None,
        answer: AuthorisationAnswer,
    ) -> AcquirerMessage:
        """Keep what came of it, with what it does to its original and to the merchant's account; the answer."""
        with self._books.transaction():
            if not answer.reference:
                answer = structs.replace(answer, reference=f"{self._books.next_number('reference'):012d}")
            told = answer_to(asked, answer.code, self._fields(asked, pending, answer))
            ended = structs.replace(
                pending,
                standing=MessageStanding.APPROVED if answer.code == APPROVED else MessageStanding.DECLINED,
                code=answer.code,
                approval=answer.approval,
                reference=answer.reference,
                original=original.key if original else None,
                answer=kept_fields(told.fields),
            )
            self._books.enter_acquired(ended)
            if ended.counts:
                self._books.book(ended)
                if original is not None:
                    self._books.keep_acquired(taken_back(original, ended))
        return told

    def _fields(
        self, asked: AskedOfAcquirer, pending: AcquiredTransaction, answer: AuthorisationAnswer
    ) -> dict[int, FieldValue]:
        return issuers_fields(asked, structs.replace(answer, day=answer.day or pending.day[4:]), self._settings)


def taken_back(original: AcquiredTransaction, by: AcquiredTransaction) -> AcquiredTransaction:
    """The original after a void or a refund, or, if that stands reversed, as it was before."""
    undone = by.standing is MessageStanding.REVERSED
    if by.kind == "void":
        return structs.replace(original, voided=not undone)
    return structs.replace(original, refunded=original.refunded + (-by.amount if undone else by.amount))


def kept_fields(fields: Mapping[int, FieldValue]) -> dict[str, str]:
    """An answer as a journal keeps it: binary fields in hex behind an x."""
    return {
        str(number): f"x{value.hex()}" if isinstance(value, bytes) else f"t{value}" for number, value in fields.items()
    }


def answer_fields(kept: Mapping[str, str]) -> dict[int, FieldValue]:
    """The fields that were kept so."""
    return {
        int(number): bytes.fromhex(value[1:]) if value.startswith("x") else value[1:] for number, value in kept.items()
    }
