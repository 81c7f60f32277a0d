"""A bill with all that belongs to it, out of one journal: what slips, displays and tools say is made of this alone."""

from __future__ import annotations

from typing import NamedTuple

from dualcos.messages.social_services import SettlementTaken
from dualcos.terminal.financial.payment_record import PaymentRecord
from dualcos.terminal.financial.payment_states import PaymentState
from dualcos.terminal.full.bill_record import Bill
from dualcos.terminal.full.full_journal import FullJournal, StoredBill
from dualcos.terminal.social.medical_records import MedicalRecord, SettlementMode


class GoingBack(NamedTuple):
    """What goes back where a settlement is taken back, fen: to the personal account, to the fund, to the holder of what
    he paid of it. ``to_load``: of ``account``, what comes onto the card by its next load.
    """

    account: int
    pooled: int
    self_paid: int
    to_load: int


class WholeBill(NamedTuple):
    """``number``: in the journal. ``settlement``: None where there is none (yet). ``payments``: all that came of its
    tries to pay, by their numbers, oldest first. ``voucher``: the back end's number of the settlement, empty while it
    has not said one. Amounts are fen.
    """

    number: int
    bill: Bill
    settlement: MedicalRecord | None = None
    payments: tuple[tuple[int, PaymentRecord], ...] = ()
    voucher: str = ""

    @property
    def standing(self) -> PaymentRecord | None:
        """The payment that has paid it."""
        return next((record for number, record in self.payments if number == self.bill.payment), None)

    @property
    def failed(self) -> tuple[PaymentRecord, ...]:
        """Tries that have not paid it, or do so no more, oldest first."""
        return tuple(record for number, record in self.payments if number != self.bill.payment)

    @property
    def in_doubt(self) -> tuple[int, ...]:
        """Numbers of payments of which nobody has found out yet what the bank did."""
        doubtful = (PaymentState.MANUAL, PaymentState.NOT_TAKEN)
        cleared = self.bill.cleared
        return tuple(number for number, each in self.payments if each.state in doubtful and number not in cleared)

    @property
    def shares(self) -> tuple[int, int, int] | None:
        """Account, fund and holder, of what was settled; None while nobody has said it."""
        return None if self.settlement is None else self.settlement.shares

    @property
    def left_to_persons(self) -> bool:
        """True if it was approved off line, and the acquirer does not take it up, and nobody has found out about it."""
        return self.bill.payment in self.in_doubt

    @property
    def to_go_back(self) -> GoingBack | None:
        """What goes back by what was settled; None while nobody has said that."""
        if self.settlement is None or self.shares is None:
            return None
        account, pooled, self_paid = self.shares
        return GoingBack(account, pooled, self_paid, account if self.settlement.mode is SettlementMode.OFFLINE else 0)

    @property
    def going_back(self) -> GoingBack | None:
        """The same by the back end's word, where there is one."""
        back = self.bill.taken_back
        return self.to_go_back if back is None else GoingBack(back.account, back.pooled, back.self_paid, back.to_load)

    @property
    def taken_back_otherwise(self) -> bool:
        """True if the back end has taken back another settlement, or other sums, than this was."""
        back = self.bill.taken_back
        return back is not None and (back.voucher != self.voucher or self.going_back != self.to_go_back)


def whole_bill(journal: FullJournal, stored: StoredBill) -> WholeBill:
    """Raises JournalFault."""
    bill = stored.bill
    settled = journal.social.record(bill.record) if bill.record else None
    answers = (each.answer for each in journal.social.uploads_of(bill.record)) if bill.record else ()
    given = next((each.voucher for each in answers if isinstance(each, SettlementTaken)), "")
    found = ((number, journal.payments.payment(number)) for number in bill.tries)
    return WholeBill(
        stored.number,
        bill,
        None if settled is None else settled.record,
        tuple((number, paid.record) for number, paid in found if paid is not None),
        given,
    )
