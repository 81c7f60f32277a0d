"""What a machine holds of its holder, card and notes, and where they go when it is decided, behind a power cut too."""

from __future__ import annotations

from dualcos.messages.authorisation import Business
from dualcos.terminal.financial.payment_journal import PaymentJournal, StoredPayment
from dualcos.terminal.financial.payment_parts import FinancialParts
from dualcos.terminal.financial.payment_states import PaymentState

_NOT_BOOKED = (PaymentState.DECLINED, PaymentState.NOT_SENT)


def notes_go_back(state: PaymentState) -> bool:
    """Only what surely was not booked is given back; of what is in doubt the slip is the holder's proof."""
    return state in _NOT_BOOKED


def let_go_of(parts: FinancialParts, journal: PaymentJournal, stored: StoredPayment) -> StoredPayment:
    """Card and notes of a payment that is decided are kept or given back, once."""
    record = stored.record
    if not record.in_machine:
        return stored
    if record.retained and parts.tray is not None:
        parts.tray.retain()
    if record.kind is Business.DEPOSIT and parts.acceptor is not None:
        (parts.acceptor.give_back if notes_go_back(record.state) else parts.acceptor.keep)()
    return journal.amend(stored, in_machine=False)


def let_go_of_all(parts: FinancialParts, journal: PaymentJournal) -> bool:
    """The same of all that is decided and was cut off there. True if a card among them was kept."""
    held = [each for each in journal.untold() if each.record.in_machine and not each.record.is_open]
    for each in held:
        let_go_of(parts, journal, each)
    return any(each.record.retained for each in held)
