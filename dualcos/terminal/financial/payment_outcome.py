"""What came of a transaction at a payment terminal."""

from __future__ import annotations

from dataclasses import dataclass

from dualcos.terminal.financial.kernel.kernel_record import KernelRecord
from dualcos.terminal.financial.payment_journal import StoredPayment
from dualcos.terminal.financial.payment_states import COUNTED
from dualcos.terminal.financial.slip_layout import SalesSlip


@dataclass(frozen=True, slots=True)
class PaymentOutcome:
    """``stored``: the payment as the journal has it. ``kernel``: what was decided with the card and why; None where no
    card was asked. ``slips``: what is, or is to be, printed; the journal had it first.
    """

    stored: StoredPayment
    slips: tuple[SalesSlip, ...]
    kernel: KernelRecord | None = None

    @property
    def is_approved(self) -> bool:
        """True if goods may be handed out."""
        return self.stored.record.state in COUNTED
