"""金融业务功能终端: a payment terminal at work (PBOC-6; 总体方案 一（二）). POS and ATM are one, with other data and parts.

Every transaction: what waits goes out first; then the card, then the acquirer, then the card's last word; the slip is
durable before it is printed.
"""

from __future__ import annotations

from dualcos.messages.acquirer_messages import AcquirerLine
from dualcos.terminal.financial.payment_journal import PaymentJournal
from dualcos.terminal.financial.payment_outcome import PaymentOutcome
from dualcos.terminal.financial.payment_parts import FinancialParts
from dualcos.terminal.financial.payment_record import OriginalPayment
from dualcos.terminal.financial.payment_settings import FinancialSettings
from dualcos.terminal.financial.sales_slip import SalesSlip


class FinancialTerminal:
    """Methods raise PaymentRefused where nothing is begun, TransactionEnded where the card ends it before the acquirer
    is asked, JournalFault where the storage fails. What a payment came to is a PaymentOutcome, never an exception.
    """

    def __init__(
        self, parts: FinancialParts, settings: FinancialSettings, journal: PaymentJournal, line: AcquirerLine
    ) -> None:
        self.parts, self.settings, self.journal, self._line = parts, settings, journal, line

    def power_up(self) -> tuple[PaymentOutcome, ...]:
        """What an earlier power cut has left open is decided, and its slips are printed. Asks nobody but the parts."""
        raise NotImplementedError

    def sign_on(self) -> None:
        """签到: working keys, batch."""
        raise NotImplementedError

    def sign_off(self) -> None:
        """签退."""
        raise NotImplementedError

    def send_waiting(self) -> int:
        """Reversals, reports, uploads. How many still wait."""
        raise NotImplementedError

    # --- POS ---------------------------------------------------------------------------------------------------------

    def balance(self) -> PaymentOutcome:
        """余额查询; at an ATM, too. ``stored.record.balances``: ledger and available; None if the card declined."""
        raise NotImplementedError

    def purchase(self, amount: int, *, forced_online: bool = False) -> PaymentOutcome:
        """消费."""
        raise NotImplementedError

    def void(self, voucher: str) -> PaymentOutcome:
        """消费撤销 of a purchase in this batch, with its card."""
        raise NotImplementedError

    def refund(self, amount: int, original: OriginalPayment) -> PaymentOutcome:
        """退货 with the card, by what the holder's slip says."""
        raise NotImplementedError

    # --- ATM ---------------------------------------------------------------------------------------------------------

    def withdraw(self, amount: int) -> PaymentOutcome:
        """取款."""
        raise NotImplementedError

    def deposit(self, amount: int) -> PaymentOutcome:
        """存款."""
        raise NotImplementedError

    def transfer(self, amount: int, account_to: str) -> PaymentOutcome:
        """转账."""
        raise NotImplementedError

    def change_pin(self) -> PaymentOutcome:
        """改密: the bank's PIN, not the card's."""
        raise NotImplementedError

    # --- day's end ---------------------------------------------------------------------------------------------------

    def settle(self) -> SalesSlip:
        """批结算: totals, batch upload, next batch. Goes on where it was cut off."""
        raise NotImplementedError

    def download(self) -> None:
        """Parameters and public keys from the acquirer; they stay in the journal."""
        raise NotImplementedError

    def reprint(self, voucher: str) -> tuple[SalesSlip, ...]:
        """The slips of a payment of this batch again, marked so."""
        raise NotImplementedError
