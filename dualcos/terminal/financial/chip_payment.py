"""完整流程: one transaction by chip, from the first command to the card's last word (PBOC-6 §7; PBOC-4 §6.2.12.5).

The order is what matters. Before the request leaves, payment and reversal are stored; the answer that is believed is
stored before the card hears of it; the card's word is stored before anything is handed out for it. Whatever is cut off
in between is taken back by the reversal.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from dualcos.messages.acquirer_messages import AcquirerMessage, FieldValue, NoLineAnswer
from dualcos.messages.authorisation import Business
from dualcos.messages.field55 import MissingChipData
from dualcos.messages.pos_messages import BUSINESS_MESSAGES, PosMessage
from dualcos.messages.response_codes import response_code
from dualcos.terminal.financial.held_in_machine import let_go_of
from dualcos.terminal.financial.kernel.debit_kernel import (
    APPROVED_CODES,
    CardVerdict,
    TransactionAsked,
    Verdict,
)
from dualcos.terminal.financial.kernel.issuer_answer import issuer_answer
from dualcos.terminal.financial.kernel.kernel_record import KernelRecord
from dualcos.terminal.financial.kernel.processing_restrictions import NEITHER_CASH_NOR_PURCHASE, Requested
from dualcos.terminal.financial.kernel.transaction_ended import TransactionEnded
from dualcos.terminal.financial.payment_journal import StoredPayment
from dualcos.terminal.financial.payment_means import PaymentMeans
from dualcos.terminal.financial.payment_messages import NO_ANSWER, code_said
from dualcos.terminal.financial.payment_outcome import PaymentOutcome
from dualcos.terminal.financial.payment_record import PaymentRecord
from dualcos.terminal.financial.payment_refused import PaymentRefused
from dualcos.terminal.financial.payment_states import PaymentState
from dualcos.terminal.financial.payment_writer import UNABLE, Agreed, PaymentWriter
from dualcos.terminal.financial.terminal_line import UnbelievedAnswer, UnwritableRequest
from dualcos.terminal.financial.value_added import special_price


class ChipWanted(NamedTuple):
    """``requested``: what the card is asked to allow. ``must_be_online``: no terminal decides it alone; ``forced``: the
    merchant's key. ``usual_price``: no host is asked for a special one. ``verified``: called when the holder has been
    verified and the card has no cryptogram to give yet. ``more``: further fields of the request, when the kernel has
    the PIN. ``pays``: hands something out behind the card's word; empty, or why it could not (field 39 of the
    reversal).
    """

    business: Business
    amount: int = 0
    requested: Requested = NEITHER_CASH_NOR_PURCHASE
    must_be_online: bool = True
    forced: bool = False
    usual_price: bool = False
    verified: Callable[[KernelRecord], None] = lambda _: None
    more: Callable[[KernelRecord], dict[int, FieldValue]] | None = None
    pays: Callable[[PaymentRecord], str] | None = None
    account_to: str = ""

    @property
    def row(self) -> PosMessage:
        """The message."""
        return BUSINESS_MESSAGES[self.business]


class ChipPayment:
    """One transaction; ``pay`` is called once. ``online``: the acquirer may be asked, for nothing else waits."""

    def __init__(self, means: PaymentMeans, wanted: ChipWanted, *, online: bool) -> None:
        self._means, self._wanted, self._online = means, wanted, online
        self._asked = TransactionAsked(
            wanted.row.processing[:2],
            wanted.amount,
            means.parts.clock.now(),
            means.journal.next_counter(),
            wanted.requested,
            forced_online=wanted.forced or wanted.must_be_online,
        )
        self._kernel = means.kernel(self._asked)

    def pay(self) -> PaymentOutcome:
        """The whole of it; slips are printed when the card has no power any more. Raises TransactionEnded before
        anything is asked or booked, PaymentRefused.
        """
        try:
            stored = self._paid()
        finally:
            self._kernel.release()
        *before, last = stored
        for each in before:
            self._means.press.leave(each)
        last = let_go_of(self._means.parts, self._means.journal, last)
        return self._means.outcome(last, self._kernel.record)

    def _paid(self) -> list[StoredPayment]:
        """What was stored; the last one is what it came to."""
        selected = self._kernel.read()
        writer = PaymentWriter(self._means, self._kernel.record, self._agreed(selected.proprietary))
        verdict = self._kernel.begin(lambda: self._wanted.verified(self._kernel.record))
        if verdict.verdict is not Verdict.ONLINE:
            return [self._decided_alone(writer, verdict)]
        if not self._online:
            return [self._unreached(writer) or writer.alone(PaymentState.NOT_SENT, UNABLE)]
        return self._asked_online(writer)

    def _agreed(self, proprietary: dict[int, bytes]) -> Agreed:
        wanted = self._wanted
        agreed = Agreed(wanted.business, wanted.amount, self._asked.moment, account_to=wanted.account_to)
        if wanted.business is not Business.PURCHASE or wanted.usual_price or not self._online:
            return agreed
        special = special_price(self._means, self._kernel, proprietary, wanted.amount)
        return agreed if special is None else agreed._replace(amount=special.amount, added=special.added)

    # --- the terminal alone -------------------------------------------------------------------------------------------

    def _decided_alone(self, writer: PaymentWriter, verdict: CardVerdict) -> StoredPayment:
        code = code_said(verdict.code)
        if verdict.verdict is Verdict.APPROVED and not self._wanted.must_be_online:
            return writer.offline_sale(code, "")
        return writer.alone(PaymentState.DECLINED, code, verdict)

    def _unreached(self, writer: PaymentWriter) -> StoredPayment | None:
        """The issuer was not asked, or did not answer: card and terminal may approve all the same (Y3)."""
        verdict = None
        with suppress(TransactionEnded):
            verdict = self._kernel.complete(None)
        return self._taken_alone(writer, verdict)

    def _taken_alone(self, writer: PaymentWriter, verdict: CardVerdict | None) -> StoredPayment | None:
        """What card and terminal approve without the issuer's answer: a payment of its own."""
        if verdict is None or verdict.verdict is not Verdict.APPROVED or self._wanted.must_be_online:
            return None
        return writer.offline_sale(code_said(verdict.code), verdict.approval)

    # --- the acquirer -------------------------------------------------------------------------------------------------

    def _asked_online(self, writer: PaymentWriter) -> list[StoredPayment]:
        row, more = self._wanted.row, self._wanted.more
        try:
            stored, request = writer.asked({} if more is None else more(self._kernel.record))
        except (MissingChipData, UnwritableRequest):
            self._kernel.give_up()  # what cannot be asked on line is not taken off line either
            return [writer.alone(PaymentState.NOT_SENT, UNABLE)]
        except PaymentRefused:
            self._kernel.give_up()
            raise
        try:
            answer = self._means.line.ask(row, request)
        except NoLineAnswer as silent:
            stored = writer.unanswered(stored, request, NO_ANSWER) if silent.sent else writer.not_sent(stored)
        except UnbelievedAnswer as unbelieved:
            stored = writer.unanswered(stored, request, unbelieved.reason)
        else:
            return self._answered(writer, stored, request, answer)
        taken = self._unreached(writer)
        return [stored] if taken is None else [stored, taken]

    def _answered(
        self, writer: PaymentWriter, stored: StoredPayment, request: AcquirerMessage, answer: AcquirerMessage
    ) -> list[StoredPayment]:
        said = issuer_answer(answer.text(39), answer.raw(55), answer.text(38))
        if said.code not in APPROVED_CODES:
            return self._declined(writer, stored, answer)
        stored = writer.agreed(stored, request, answer)
        verdict = self._kernel.complete(said)
        if verdict.verdict is not Verdict.APPROVED:
            stored = writer.card_refused(stored, request, verdict)
            self._kernel.run_scripts(said)
            return [writer.reported(stored)]
        pays = self._wanted.pays
        stored = writer.card_took(stored, request, answer, pays=pays is not None)
        self._kernel.run_scripts(said)
        stored = writer.reported(stored)
        return [stored if pays is None else writer.handed_out(stored, request, pays(stored.record))]

    def _declined(self, writer: PaymentWriter, stored: StoredPayment, answer: AcquirerMessage) -> list[StoredPayment]:
        """The card hears of it, and scripts are carried out (PBOC-6 §7.12). A referral that the telephone approves is a
        payment of the terminal's own, to be uploaded with that code (PBOC-6 §7.13.5.1).
        """
        said = issuer_answer(answer.text(39), answer.raw(55))
        keeps = self._means.parts.tray is not None and response_code(answer.text(39)).takes_card
        stored = writer.refused(stored, answer, retained=keeps)
        verdict = None
        with suppress(TransactionEnded):
            verdict = self._kernel.complete(said)
        self._kernel.run_scripts(said)
        stored = writer.reported(stored)
        taken = self._taken_alone(writer, verdict)
        return [stored] if taken is None else [stored, taken]
