"""What a bill's settlement or payment has come to, and what that is for the bill: pure, from what the journal has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dualcos.terminal.financial.payment_journal import StoredPayment
from dualcos.terminal.financial.payment_states import OPEN_PAYMENT_STATES, PaymentState
from dualcos.terminal.full.bill_record import Bill
from dualcos.terminal.full.bill_states import BillEvent, BillState
from dualcos.terminal.social.medical_record_states import RecordState
from dualcos.terminal.social.terminal_journal import StoredRecord

_STANDS = (PaymentState.APPROVED, PaymentState.NOT_TAKEN)
"""Goods may have gone out for it: one that the acquirer does not take up is settled between persons."""
_SETTLED = {
    RecordState.ASKED: BillEvent.NOT_SETTLED,
    RecordState.AGREED: BillEvent.NOT_SETTLED,
    RecordState.GIVEN_UP: BillEvent.NOT_SETTLED,
    RecordState.SUSPICIOUS: BillEvent.DISTRUSTED,
    RecordState.UNKNOWN: BillEvent.LOST,
}
"""What was never asked of a card comes to nothing: behind its insertion it is only given up."""
_ALREADY = {
    BillState.UNKNOWN: BillEvent.LOST,
    BillState.SUSPICIOUS: BillEvent.DISTRUSTED,
}


class Followed(NamedTuple):
    """What has happened to a bill, and the fields that say so."""

    event: BillEvent
    changes: dict[str, object]


def settled(bill: Bill, found: StoredRecord | None) -> Followed | None:
    """Of a bill whose settlement's end was open and whose insertion is over; ``found``: the record that belongs to it,
    None if none was begun. None: nothing has changed, or it is open still.
    """
    if found is None:
        return Followed(BillEvent.NOT_SETTLED, {}) if bill.state is BillState.SETTLING else None
    record = found.record
    if record.state is RecordState.COMPLETE:
        due = (record.shares[2] if record.shares is not None else 0) + bill.own
        event = BillEvent.SETTLED if due else BillEvent.COVERED
        return Followed(event, {"record": found.number, "due": due})
    other = _SETTLED.get(record.state)
    if other is None or _ALREADY.get(bill.state) is other:
        return None
    return Followed(other, {"record": found.number})


def paid(bill: Bill, found: Sequence[StoredPayment]) -> Followed | None:
    """Of a bill that is being paid; ``found``: all payments that came of the try. None: one of them is open still. If
    there are none, whoever stands there has no less of it on paper than before.
    """
    if not found:
        return Followed(BillEvent.NOT_PAID, {"payment": 0, "told": bill.told})
    if any(each.record.state in OPEN_PAYMENT_STATES for each in found):
        return None
    tries = (*bill.tries, *(each.number for each in found))
    standing = next((each.number for each in found if each.record.state in _STANDS), 0)
    event = BillEvent.PAID if standing else BillEvent.NOT_PAID
    return Followed(event, {"tries": tries, "payment": standing})
