"""ATM 交易: what a machine without an attendant does; cash goes out behind the card's certificate alone (PBOC-6 §5)."""

from __future__ import annotations

from dualcos.messages.acquirer_messages import FieldValue
from dualcos.messages.authorisation import Business
from dualcos.messages.pos_messages import BUSINESS_MESSAGES, PosMessage
from dualcos.messages.pos_subfields import joined
from dualcos.messages.subfield_tables import BadSubfields
from dualcos.terminal.financial.chip_payment import ChipPayment, ChipWanted
from dualcos.terminal.financial.kernel.debit_kernel import DebitKernel
from dualcos.terminal.financial.kernel.kernel_parts import (
    BankPinCancelled,
    BankPinTimedOut,
    PadNotWorking,
    PinBypassed,
)
from dualcos.terminal.financial.kernel.processing_restrictions import CASH_ALONE
from dualcos.terminal.financial.payment_means import PaymentMeans
from dualcos.terminal.financial.payment_messages import TERMINAL_FAULT
from dualcos.terminal.financial.payment_outcome import PaymentOutcome
from dualcos.terminal.financial.payment_parts import DispenserFailed, PinChangeAsked
from dualcos.terminal.financial.payment_record import PaymentRecord
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.financial.terminal_line import NoPinBlock


class AtmTransactions:
    """See ``FinancialTerminal``."""

    def __init__(self, means: PaymentMeans) -> None:
        self._means = means

    def withdraw(self, amount: int) -> PaymentOutcome:
        """取款."""
        if self._means.parts.dispenser is None:
            raise PaymentRefused(PaymentRefusal.NO_PART, detail=("出钞模块", "a cash dispenser"))
        return self._done(
            Business.WITHDRAWAL, amount, ChipWanted(_row(Business.WITHDRAWAL), requested=CASH_ALONE, pays=self._pay)
        )

    def deposit(self, amount: int) -> PaymentOutcome:
        """存款: of notes that were counted before."""
        return self._done(Business.DEPOSIT, amount, ChipWanted(_row(Business.DEPOSIT)))

    def transfer(self, amount: int, account_to: str) -> PaymentOutcome:
        """转账."""
        try:
            field: dict[int, FieldValue] = {48: joined(48, {"account_to": account_to})}
        except BadSubfields:
            field = {}
        if not field or not account_to.isdecimal():
            raise PaymentRefused(PaymentRefusal.ORIGINAL, detail=("转入账号", "the account that it goes to"))
        wanted = ChipWanted(_row(Business.TRANSFER), more=lambda _kernel: field, account_to=account_to)
        return self._done(Business.TRANSFER, amount, wanted)

    def change_pin(self) -> PaymentOutcome:
        """改密: the PIN that the bank keeps; the card's own is the issuer's to change, by a script."""
        if self._means.parts.new_pin is None:
            raise PaymentRefused(PaymentRefusal.NO_PART, detail=("密码键盘", "a PIN pad"))
        return self._done(Business.PIN_CHANGE, 0, ChipWanted(_row(Business.PIN_CHANGE), more=self._new_pin))

    def _done(self, business: Business, amount: int, wanted: ChipWanted) -> PaymentOutcome:
        means = self._means
        if business.posts:
            means.demand_amount(amount)
        if not means.ready():
            raise PaymentRefused(PaymentRefusal.NO_LINE)
        tray = means.parts.tray
        outcome = ChipPayment(means, wanted._replace(amount=amount, keeps_cards=tray is not None), online=True).pay()
        if tray is not None and outcome.stored.record.retained:
            tray.retain()
        return outcome

    def _pay(self, record: PaymentRecord) -> str:
        dispenser = self._means.parts.dispenser
        try:
            if dispenser is not None:
                dispenser.pay(payment_mark(record), record.amount)
        except DispenserFailed:
            return TERMINAL_FAULT
        return ""

    def _new_pin(self, kernel: DebitKernel) -> dict[int, FieldValue]:
        """The new PIN, twice, under the line's key; without the old one there is nothing to change."""
        entry, card = self._means.parts.new_pin, kernel.record
        if not card.pin_block or entry is None:
            raise PaymentRefused(PaymentRefusal.PIN)
        try:
            new, again = (entry.new_digits(asked) for asked in PinChangeAsked)
        except (PinBypassed, BankPinCancelled, BankPinTimedOut, PadNotWorking):
            raise PaymentRefused(PaymentRefusal.PIN) from None
        if new != again:
            raise PaymentRefused(PaymentRefusal.PINS_DIFFER)
        try:
            return {62: self._means.line.pin_block(new, card.pan)}
        except NoPinBlock:
            raise PaymentRefused(PaymentRefusal.PIN) from None


def _row(business: Business) -> PosMessage:
    return BUSINESS_MESSAGES[business]


def payment_mark(record: PaymentRecord) -> str:
    """What a dispenser remembers a payment by."""
    return f"{record.batch}{record.voucher}"
