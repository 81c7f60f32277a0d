"""What a power cut has left open: every payment ends approved, declined, or on its way back (PBOC-4 §6.2.12.5)."""

from __future__ import annotations

from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.authorisation import Business
from dualcos.terminal.financial.atm_transactions import payment_mark
from dualcos.terminal.financial.payment_journal import StoredPayment
from dualcos.terminal.financial.payment_means import PaymentMeans
from dualcos.terminal.financial.payment_messages import NO_ANSWER, TERMINAL_FAULT
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.financial.payment_states import (
    OPEN_PAYMENT_STATES,
    PaymentEvent,
    PaymentState,
    WaitingState,
)

_LOST = {
    PaymentState.ASKED: (PaymentEvent.UNKNOWN, NO_ANSWER),
    PaymentState.AGREED: (PaymentEvent.CARD_REFUSED, TERMINAL_FAULT),
}
"""What it is for a payment that the power went, and the reason of its reversal."""


def recover(means: PaymentMeans) -> tuple[StoredPayment, ...]:
    """What was open, as it stands now; a refund goes on waiting for its answer. Raises PaymentRefused where cash may be
    out and no dispenser says so.
    """
    found = means.journal.in_state(*OPEN_PAYMENT_STATES)
    return tuple(_closed(means, each) for each in found if each.record.kind is not Business.REFUND)


def _closed(means: PaymentMeans, stored: StoredPayment) -> StoredPayment:
    standing = [each for each in means.journal.waiting_of(stored.number) if each.state is WaitingState.STANDING]
    if not standing:
        return means.journal.step(stored, PaymentEvent.DROPPED)
    reversal = standing[0].request.message
    if stored.record.state is PaymentState.PAYING:
        return _after_paying(means, stored, reversal)
    event, reason = _LOST[stored.record.state]
    return means.journal.step(stored, event, reversal=reversal.having({39: reason}), reason=reason)


def _after_paying(means: PaymentMeans, stored: StoredPayment, reversal: AcquirerMessage) -> StoredPayment:
    dispenser = means.parts.dispenser
    if dispenser is None:
        raise PaymentRefused(PaymentRefusal.NO_PART, detail=("出钞模块", "the dispenser that was paying"))
    if dispenser.has_paid(payment_mark(stored.record)):
        return means.journal.step(stored, PaymentEvent.PAID)
    event = PaymentEvent.NOT_PAID
    return means.journal.step(stored, event, reversal=reversal.having({39: TERMINAL_FAULT}), reason=TERMINAL_FAULT)
