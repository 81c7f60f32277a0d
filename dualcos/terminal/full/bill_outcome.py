"""What came of a business at a full-function terminal."""

from __future__ import annotations

from dataclasses import dataclass

from dualcos.terminal.financial.kernel.transaction_ended import TransactionEnded
from dualcos.terminal.financial.payment_outcome import PaymentOutcome
from dualcos.terminal.financial.payment_refused import PaymentRefused
from dualcos.terminal.financial.slip_layout import SalesSlip
from dualcos.terminal.full.bill_refused import BillRefused
from dualcos.terminal.full.bill_states import BillKind, BillState
from dualcos.terminal.full.full_journal import StoredBill
from dualcos.terminal.social.medical_desk import MedicalOutcome
from dualcos.terminal.social.terminal_stopped import TerminalStopped


@dataclass(frozen=True, slots=True)
class BillOutcome:
    """``stored``: the bill as the journal has it. ``settlement``: the social half; None where there was none, or it was
    stopped: ``stopped`` says why, or why nothing was asked of the bank, as nobody said that a premium is still wanted.
    ``payment``: the bank half; None where there was none, or it came to no payment: ``unpaid`` says why; ``refused``:
    that nothing was begun, as for a premium that is not wanted any more. ``slips``: what is, or is to be, printed; the
    journal had it first.
    """

    stored: StoredBill
    slips: tuple[SalesSlip, ...] = ()
    settlement: MedicalOutcome | None = None
    stopped: TerminalStopped | None = None
    payment: PaymentOutcome | None = None
    unpaid: PaymentRefused | TransactionEnded | None = None
    refused: BillRefused | None = None

    @property
    def is_done(self) -> bool:
        """True if nothing is left to settle or to pay: what was bought may be handed out. A premium that is paid and
        that the back end refuses is to be given back; a settlement that it refuses is to be looked at.
        """
        bill = self.stored.bill
        if bill.distrusted:
            return False
        if bill.kind is BillKind.PREMIUM and bill.refusal is not None:
            return False
        return bill.state in (BillState.PAID, BillState.COVERED, BillState.ELSEWHERE)
