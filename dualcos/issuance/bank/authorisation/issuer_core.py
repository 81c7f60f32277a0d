"""The issuer that authorises (发卡行授权): one request, one answer, everything of it in one transaction of the books.

It knows no connection and no clock of its own, so that it is asked in process as well as behind a host.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from threading import Lock
from types import MappingProxyType

import msgspec
from msgspec import structs

from apdu import tlv
from dualcos.issuance.bank.authorisation import businesses, card_proofs, request_checks
from dualcos.issuance.bank.authorisation.bank_books import AnsweredMessage, Authorisation
from dualcos.issuance.bank.authorisation.businesses import BusinessDone
from dualcos.issuance.bank.authorisation.card_orders import CardOrder, OrderCarriedOut, carry_out
from dualcos.issuance.bank.authorisation.issuer_declines import APPROVED, DECLINES, IssuerDecline
from dualcos.issuance.bank.authorisation.issuer_means import AuthorisingCase, CardProof, IssuerMeans
from dualcos.issuance.bank.authorisation.offline_uploads import check_upload
from dualcos.issuance.bank.authorisation.registered_bank_cards import RegisteredBankCard
from dualcos.issuance.bank.authorisation.reversals import came_early, reverse
from dualcos.issuance.bank.authorisation.script_desk import ScriptDesk, ScriptOrder
from dualcos.messages.authorisation import (
    AuthorisationAnswer,
    AuthorisationRequest,
    IssuerRequest,
    ReversalRequest,
    ScriptReport,
)

_ISSUER_AUTHENTICATION = 0x91
_APPROVAL_DIGITS = 6


class IssuerCore:
    """An ``AuthorisingIssuer``. Any thread may ask it; one is served at a time. It closes the books of its means.

    ``cards``: the register, which may change meanwhile; ``scripts``: what waits for cards.
    """

    def __init__(self, means: IssuerMeans) -> None:
        self.books, self.cards = means.books, means.cards
        self.scripts = ScriptDesk(means.books, means.pins)
        self._means = means
        self._one_at_a_time = Lock()

    def answer(self, request: IssuerRequest) -> AuthorisationAnswer:
        """The answer; what it books is on disk on return. A message of the same key, kind and content is answered as
        before and not carried out again (what may differ: ``_PASSING``); one that has been reversed since is declined,
        or its sender would book what nobody owes. Raises BooksError: nothing was done.
        """
        kind, content = type(request).__name__, _digest(request)
        with self._one_at_a_time, self.books.transaction():
            before = self.books.answered(kind, request.acquirer, request.key)
            if before is not None:
                return self._again(request, before, content)
            answer = self._answered(request)
            self.books.keep_answer(kind, request.acquirer, request.key, AnsweredMessage(content, answer))
            return answer

    def queue_script(self, pan: str, order: ScriptOrder) -> str:
        """``ScriptDesk.queue``, durable on return."""
        with self._one_at_a_time, self.books.transaction():
            return self.scripts.queue(pan, order)

    def order(self, pan: str, order: CardOrder) -> OrderCarriedOut:
        """``card_orders.carry_out``, durable on return. Of states only a ``KeptRegister`` takes notice."""
        with self._one_at_a_time, self.books.transaction():
            return carry_out(order, pan, self._means.now(), self.books, self.scripts)

    def close(self) -> None:
        """The books are closed."""
        self.books.close()

    def _again(self, request: IssuerRequest, before: AnsweredMessage, content: bytes) -> AuthorisationAnswer:
        if before.content != content:
            return self._no("number-used")
        if isinstance(request, AuthorisationRequest):
            row = self.books.authorisation(request.acquirer, request.key)
            if row is not None and row.state == "reversed":
                return self._no("reversed-since")
        return before.answer

    def _no(self, reason: str) -> AuthorisationAnswer:
        """The answer to what is no authorisation of its own."""
        return AuthorisationAnswer(code=DECLINES[reason].code, day=self._means.business_day()[4:])

    def _yes(self, row: Authorisation) -> AuthorisationAnswer:
        """The answer to what belongs to an authorisation."""
        return AuthorisationAnswer(code=APPROVED, reference=row.reference, day=self._means.business_day()[4:])

    def _answered(self, request: IssuerRequest) -> AuthorisationAnswer:
        if isinstance(request, ReversalRequest):
            return self._reversed(request)
        if isinstance(request, ScriptReport):
            return self._reported(request)
        return self._authorised(request)

    # --- authorisation -----------------------------------------------------------------------------------------------

    def _authorised(self, request: AuthorisationRequest) -> AuthorisationAnswer:
        row = self._row(request)
        try:
            if came_early(self.books, request.acquirer, request.key):
                raise IssuerDecline("reversed-before")
            card = request_checks.demand_card(self._means, request)
        except IssuerDecline as decline:
            return self._declined(row, decline.reason)
        return self._of_card(self._case(request, card, row), row)

    def _row(self, request: AuthorisationRequest) -> Authorisation:
        day, number = self._means.business_day(), self.books.next_number("authorisation")
        return Authorisation(
            number=number,
            acquirer=request.acquirer,
            key=request.key,
            time=self._means.now(),
            day=day,
            business=request.business.name,
            pan=request.pan,
            amount=request.amount,
            code="",
            reference=f"{day[4:]}{number % 100_000_000:08d}",
        )

    def _case(self, request: AuthorisationRequest, card: RegisteredBankCard, row: Authorisation) -> AuthorisingCase:
        businesses.open_account(self.books, card, row.time)
        case = AuthorisingCase(self._means, request, card, self.books.memory(card.pan), row.day)
        if not request.offline:
            card_proofs.prove(case)
        if case.keys is not None and case.chip is not None:
            self.scripts.learn(card.pan, case.chip)
        return case

    def _of_card(self, case: AuthorisingCase, row: Authorisation) -> AuthorisationAnswer:
        """The answer to a request of a known card. What is remembered of it stays, whatever the answer is."""
        row = structs.replace(row, account=case.card.account)
        try:
            check_upload(case) if case.request.offline else request_checks.check(case)
            with self.books.attempt():
                done = businesses.do(case, structs.replace(row, atc=_booked_at(case)))
        except IssuerDecline as decline:
            answer = self._declined(
                structs.replace(row, atc=_asked_at(case), remarks=tuple(case.remarks)), decline.reason
            )
        else:
            answer = self._approved(case, done)
        self.books.remember(case.memory)
        return structs.replace(answer, chip=self._back(case, answer))

    def _approved(self, case: AuthorisingCase, done: BusinessDone) -> AuthorisationAnswer:
        row = structs.replace(done.authorisation, code=APPROVED, approval=self._approval(), remarks=tuple(case.remarks))
        self.books.keep(row, done.debited)
        return AuthorisationAnswer(
            code=APPROVED,
            reference=row.reference,
            approval=row.approval,
            day=row.day[4:],
            balances=done.balances,
            points=done.points,
            price=done.price,
        )

    def _declined(self, row: Authorisation, reason: str) -> AuthorisationAnswer:
        row = structs.replace(row, code=DECLINES[reason].code, reason=reason, state="declined")
        self.books.keep(row)
        return AuthorisationAnswer(code=row.code, reference=row.reference, day=row.day[4:])

    def _back(self, case: AuthorisingCase, answer: AuthorisationAnswer) -> bytes:
        """Field 55 back: the issuer proves itself, declining too, and one script rides on it."""
        data = card_proofs.issuer_authentication(case, answer.code)
        if not data:
            return b""
        return tlv.encode(_ISSUER_AUTHENTICATION, data) + self.scripts.send(case, answer.reference)

    def _approval(self) -> str:
        return f"{int.from_bytes(self._means.random(8), 'big') % 10**_APPROVAL_DIGITS:06d}"

    # --- what comes behind -------------------------------------------------------------------------------------------

    def _reversed(self, request: ReversalRequest) -> AuthorisationAnswer:
        try:
            with self.books.attempt():
                row = reverse(self._means, request, self.scripts)
        except IssuerDecline as decline:
            return self._no(decline.reason)
        return self._no("original-unknown") if row is None else self._yes(row)

    def _reported(self, report: ScriptReport) -> AuthorisationAnswer:
        row = self.books.authorisation(report.acquirer, report.original)
        try:
            if row is None or report.pan not in ("", row.pan):
                raise IssuerDecline("original-unknown")
            with self.books.attempt():
                self.scripts.report(row, report.results)
        except IssuerDecline as decline:
            return self._no(decline.reason)
        return self._yes(row)


def _asked_at(case: AuthorisingCase) -> int | None:
    """The card's counter, where its cryptogram is right; what anybody could have told is none."""
    return case.chip.counter if case.chip is not None and case.proof is CardProof.FRESH else None


def _booked_at(case: AuthorisingCase) -> int | None:
    """The same of what is approved; an upload was looked at for it."""
    return case.chip.counter if case.chip is not None and case.request.offline else _asked_at(case)


_PASSING: Mapping[type, dict[str, object]] = MappingProxyType(
    {
        AuthorisationRequest: {"moment": "0000000000"},
        ReversalRequest: {"moment": "0000000000", "reason": "", "chip": b""},
        ScriptReport: {"moment": "0000000000"},
    }
)
"""What may differ when a message comes again: when it was passed on, and why a terminal still reverses."""


def _digest(request: IssuerRequest) -> bytes:
    fields = structs.asdict(request) | _PASSING[type(request)]
    if isinstance(request, AuthorisationRequest):
        fields["business"] = request.business.name
    return hashlib.sha256(msgspec.json.encode(fields)).digest()
