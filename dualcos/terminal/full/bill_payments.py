"""What becomes of a bill's payments behind the try that made them: voided, refunded, found out about by a person."""

from __future__ import annotations

from dualcos.messages.authorisation import Business
from dualcos.terminal.financial.payment_journal import StoredPayment
from dualcos.terminal.financial.payment_record import OriginalPayment
from dualcos.terminal.financial.payment_states import PaymentState, WaitingState
from dualcos.terminal.full.bill_messages import premium_cancelled, premium_paid
from dualcos.terminal.full.bill_refused import BillRefusal, BillRefused
from dualcos.terminal.full.bill_states import BillEvent, BillKind, BillState
from dualcos.terminal.full.full_journal import FullJournal, StoredBill
from dualcos.terminal.full.whole_bill import whole_bill

REFUND_WAITS = (PaymentState.ASKED, PaymentState.MANUAL)
"""The bank has not said that a refund is taken, or not for certain."""
_CASH_BACK = "已退还所收款项", "what was taken was given back"


class BillPayments:
    """On one journal, as long as it is open: refunds are looked for among the payments that are new to it."""

    def __init__(self, journal: FullJournal) -> None:
        self._journal, self._payments = journal, journal.payments
        self._looked_to = 0
        self._refunds = set[int]()

    def follow(self) -> None:
        """Bills whose payment was voided or refunded since, by the bill or without it."""
        for stored in self._journal.paid_and_voided():
            self.taken_back(stored)
        self._follow_refunds()
        for stored in self._journal.unsaid():
            if stored.bill.refund:
                self._refund_failed(stored)

    def taken_back(self, stored: StoredBill) -> StoredBill:
        """What was paid went back to the holder; of a premium the back end is to hear that, and one that it has refused
        is not paid any more.
        """
        bill = stored.bill
        paid = self._payments.payment(bill.payment) if bill.payment else None
        why = ("", "") if bill.state is BillState.PAID else _CASH_BACK
        with self._journal.transaction():
            reports = bill.reports
            if bill.kind is BillKind.PREMIUM:
                reports = (*reports, premium_cancelled(bill, self._next(), None if paid is None else paid.record))
            after = self._journal.step(
                stored,
                BillEvent.TAKEN_BACK,
                payment=0,
                refund=0,
                elsewhere="",
                elsewhere_at="",
                why=why,
                reports=reports,
                refusal=bill.refusal if bill.kind is BillKind.PREMIUM else None,
            )
            if bill.kind is BillKind.PREMIUM and bill.refusal is not None:
                after = self._journal.step(after, BillEvent.DROPPED)
            return after

    def found_out(self, stored: StoredBill, *, holds: bool) -> StoredBill:
        """A person has found out whether the bank ``holds`` the holder's money for this bill, where it is in doubt: a
        try whose reversal nobody took, a payment that the acquirer did not take up, a refund without an answer. Raises
        BillRefused: nothing of it is.
        """
        bill, whole = stored.bill, whole_bill(self._journal, stored)
        refund = self._payments.payment(bill.refund) if bill.refund else None
        if refund is not None and refund.record.state is PaymentState.MANUAL:
            self._send_no_more(refund.number)
            return self._journal.amend(stored, refund=0, told=False) if holds else self.taken_back(stored)
        if bill.state is BillState.PAID and bill.payment in whole.in_doubt:
            stored = self._cleared(stored, (bill.payment,))
            return stored if holds else self.taken_back(stored)
        if bill.state is not BillState.DUE or not whole.in_doubt:
            raise BillRefused(BillRefusal.NOT_IN_DOUBT, stored.number, bill.state.words)
        stored = self._cleared(stored, whole.in_doubt)
        return self._pays(stored, whole.in_doubt[-1]) if holds else stored

    def _pays(self, stored: StoredBill, number: int) -> StoredBill:
        """That payment has paid the bill, as it turns out."""
        paid = self._payments.payment(number)
        with self._journal.transaction():
            reports = stored.bill.reports
            if stored.bill.kind is BillKind.PREMIUM and paid is not None:
                reports = (*reports, premium_paid(stored.bill, self._next(), paid.record.moment, paid.record))
            return self._journal.step(stored, BillEvent.PAID, payment=number, reports=reports, refusal=None)

    def _cleared(self, stored: StoredBill, numbers: tuple[int, ...]) -> StoredBill:
        with self._journal.transaction():
            for number in numbers:
                self._send_no_more(number)
            return self._journal.amend(stored, cleared=(*stored.bill.cleared, *numbers), told=False)

    def _send_no_more(self, number: int) -> None:
        """What a person has spoken for is not sent again either: it would move the money behind his word."""
        for waits in self._payments.waiting_of(number):
            if waits.state in (WaitingState.WAITING, WaitingState.MANUAL, WaitingState.REFUSED):
                self._payments.ended(waits, WaitingState.CLEARED, waits.code)

    def _follow_refunds(self) -> None:
        """One that was asked for without its bill gives the bill's payment back all the same, if it is all of it."""
        new = self._payments.behind(self._looked_to)
        self._refunds |= {each.number for each in new if each.record.kind is Business.REFUND}
        self._looked_to = new[-1].number if new else self._looked_to
        for number in sorted(self._refunds):
            back = self._payments.payment(number)
            if back is not None and back.record.state is PaymentState.APPROVED:
                self._refunded(back)
            if back is None or back.record.state not in REFUND_WAITS:
                self._refunds.discard(number)  # behind it: where the storage fails it is looked at again

    def _refunded(self, back: StoredPayment) -> None:
        original = back.record.original
        paid = None if original is None else self._payments.of_voucher(original.batch, original.voucher)
        if paid is None or back.record.amount != paid.record.amount or not _gives_back(back, paid):
            return
        stored = self._journal.paid_by(paid.number)
        if stored is not None:
            self.taken_back(stored)

    def _refund_failed(self, stored: StoredBill) -> None:
        """What the bank has refused, or was never asked, can be asked for again."""
        back, paid = self._payments.payment(stored.bill.refund), self._payments.payment(stored.bill.payment)
        if back is None or paid is None or not _gives_back(back, paid) or back.record.state not in REFUND_WAITS:
            self._journal.amend(stored, refund=0)

    def _next(self) -> int:
        return self._journal.social.next_running()


def _gives_back(back: StoredPayment, paid: StoredPayment) -> bool:
    """What has its number may be another payment: the power went before the refund was begun."""
    return _named(back.record.original) == _named(paid.record.as_original)


def _named(original: OriginalPayment | None) -> tuple[str, ...]:
    """What names it; whoever reads that off a slip may leave the approval code out."""
    return tuple(getattr(original, each, "") for each in ("batch", "voucher", "day", "reference"))
