"""What all transactions of a payment terminal share."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dualcos.terminal.financial.kernel.debit_kernel import DebitKernel, TransactionAsked
from dualcos.terminal.financial.kernel.kernel_parts import (
    BankPinAsked,
    BankPinPad,
    KernelParts,
    PadNotWorking,
)
from dualcos.terminal.financial.kernel.kernel_record import KernelRecord
from dualcos.terminal.financial.parameter_download import downloaded
from dualcos.terminal.financial.payment_journal import PaymentJournal, StoredPayment
from dualcos.terminal.financial.payment_outcome import PaymentOutcome
from dualcos.terminal.financial.payment_parts import FinancialParts, PinEntry
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused, refused_by_form
from dualcos.terminal.financial.payment_settings import FinancialSettings
from dualcos.terminal.financial.slip_press import SlipPress
from dualcos.terminal.financial.store_and_forward import StoreAndForward
from dualcos.terminal.financial.terminal_line import NoPinBlock, TerminalLine
from dualcos.terminal.terminal_forms import TerminalBusiness

MOST_FEN = 0xFFFFFFFF
"""What 81 takes."""
MOST_IN_BATCH = 900
"""Totals have three digits for how many (field 48)."""


class TerminalPinPad:
    """The kernel's PIN pad: what is typed goes to the card in clear, to the host under the line's PIN key."""

    def __init__(self, entry: PinEntry, line: TerminalLine) -> None:
        self._entry, self._line = entry, line

    def digits(self, asked: BankPinAsked, tries: int | None, amount: int) -> str:
        """See ``BankPinPad``."""
        return self._entry.digits(asked, tries, amount)

    def enciphered(self, pan: str, amount: int) -> bytes:
        """See ``BankPinPad``. A pad without a key, or for an account that makes no block, does not work."""
        digits = self._entry.digits(BankPinAsked.ONLINE, None, amount)
        try:
            return self._line.pin_block(digits, pan)
        except NoPinBlock:
            raise PadNotWorking from None


@dataclass(frozen=True, slots=True)
class PaymentMeans:
    """See the module."""

    parts: FinancialParts
    settings: FinancialSettings
    journal: PaymentJournal
    line: TerminalLine
    forwarding: StoreAndForward
    press: SlipPress

    def demand_open(self) -> None:
        """Nothing that the terminal knows by itself is in the way of a transaction; nobody is asked, nothing is sent.
        Raises PaymentRefused.
        """
        self._demand_room()
        if self.line.batch_lost:
            raise PaymentRefused(PaymentRefusal.SETTLE_FIRST)
        if not self.line.is_signed_on:
            raise PaymentRefused(PaymentRefusal.NOT_SIGNED_ON)

    def _demand_room(self) -> None:
        if self.journal.settling:
            raise PaymentRefused(PaymentRefusal.SETTLE_FIRST)
        if self.journal.count_in_batch() >= MOST_IN_BATCH:
            raise PaymentRefused(PaymentRefusal.BATCH_FULL)

    def ready(self) -> bool:
        """What must be before any transaction; what waits has gone out. False: it has not, and nobody is asked on line.

        Raises PaymentRefused.
        """
        self._demand_room()
        try:
            self.line.demand_signed_on()
        except PaymentRefused as refused:
            if refused.cause is not PaymentRefusal.NO_LINE:
                raise
            return False
        if self.line.batch_lost:
            raise PaymentRefused(PaymentRefusal.SETTLE_FIRST)
        clear = self.forwarding.send()
        self.press.tell_untold()
        return clear

    def demand_business(self, business: TerminalBusiness) -> None:
        """Raises PaymentRefused: this form of terminal is not for it."""
        refusal = self.settings.cell.refusal(business)
        if refusal is not None:
            raise refused_by_form(PaymentRefusal.OTHER_TERMINAL, refusal)

    def demand_online(self) -> None:
        """The same for what no terminal decides alone. Raises PaymentRefused."""
        if not self.ready():
            raise PaymentRefused(PaymentRefusal.NO_LINE)

    def outcome(self, stored: StoredPayment, card: KernelRecord) -> PaymentOutcome:
        """What a payment came to, told to whoever stands there."""
        slips = self.press.tell(stored)
        return PaymentOutcome(self.journal.payment(stored.number) or stored, slips, card)

    def demand_amount(self, amount: int) -> None:
        """Raises PaymentRefused."""
        if not 0 < amount <= MOST_FEN:
            raise PaymentRefused(PaymentRefusal.AMOUNT)

    def kernel(self, asked: TransactionAsked) -> DebitKernel:
        """For one transaction."""
        parts = self.parts
        pad: BankPinPad | None = None if parts.pad is None else TerminalPinPad(parts.pad, self.line)
        settings = downloaded(self.settings.kernel, self.journal)
        if settings.risk.spent_before is None:
            settings = replace(settings, risk=settings.risk._replace(spent_before=self.journal.spent_offline))
        attendant = parts.attendant if self.settings.cell.is_attended else None
        return DebitKernel(KernelParts(parts.card, parts.holder, pad, attendant), settings, asked)
