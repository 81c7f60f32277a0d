"""A bill with all that belongs to it, out of one journal: what slips, displays and tools say is made of this alone."""

from __future__ import annotations

from typing import NamedTuple

from dualcos.terminal.financial.payment_record import PaymentRecord
from dualcos.terminal.full.bill_record import Bill
from dualcos.terminal.full.full_journal import FullJournal, StoredBill
from dualcos.terminal.social.medical_records import MedicalRecord


class WholeBill(NamedTuple):
    """``number``: in the journal. ``settlement``: None where there is none (yet). ``payments``: all that came of its
    tries to pay, by their numbers, oldest first. Amounts are fen.
    """

    number: int
    bill: Bill
    settlement: MedicalRecord | None = None
    payments: tuple[tuple[int, PaymentRecord], ...] = ()

    @property
    def standing(self) -> PaymentRecord | None:
        """The payment that has paid it."""
        return next((record for number, record in self.payments if number == self.bill.payment), None)

    @property
    def failed(self) -> tuple[PaymentRecord, ...]:
        """Tries that have not paid it, or do so no more, oldest first."""
        return tuple(record for number, record in self.payments if number != self.bill.payment)

    @property
    def shares(self) -> tuple[int, int, int] | None:
        """Account, fund and holder, of what was settled; None while nobody has said it."""
        return None if self.settlement is None else self.settlement.shares


def whole_bill(journal: FullJournal, stored: StoredBill) -> WholeBill:
    """Raises JournalFault."""
    bill = stored.bill
    settled = journal.social.record(bill.record) if bill.record else None
    found = ((number, journal.payments.payment(number)) for number in bill.tries)
    return WholeBill(
        stored.number,
        bill,
        None if settled is None else settled.record,
        tuple((number, paid.record) for number, paid in found if paid is not None),
    )
