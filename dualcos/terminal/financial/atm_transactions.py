"""ATM 交易: what a machine without an attendant does; cash goes out behind the card's certificate alone (PBOC-6 §5)."""

from __future__ import annotations

import re
from functools import partial

from dualcos.messages.acquirer_messages import FieldValue
from dualcos.messages.authorisation import Business
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
from dualcos.terminal.financial.payment_parts import CashDispenser, DispenserFailed, NewPinEntry, PinChangeAsked
from dualcos.terminal.financial.payment_record import PaymentRecord
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.financial.terminal_line import NoPinBlock

_NEW_PIN = re.compile("[0-9]{6}", re.ASCII)
_DIGITS = re.compile("[0-9]+", re.ASCII)


class AtmTransactions:
    """See ``FinancialTerminal``."""

    def __init__(self, means: PaymentMeans) -> None:
        self._means = means

    def withdraw(self, amount: int) -> PaymentOutcome:
        """取款."""
        dispenser = self._means.parts.dispenser
        if dispenser is None:
            raise PaymentRefused(PaymentRefusal.NO_PART, detail=("出钞模块", "a cash dispenser"))
        return self._done(ChipWanted(Business.WITHDRAWAL, amount, CASH_ALONE, pays=partial(_paid, dispenser)))

    def deposit(self, amount: int) -> PaymentOutcome:
        """存款: of notes that were counted before."""
        return self._done(ChipWanted(Business.DEPOSIT, amount))

    def transfer(self, amount: int, account_to: str) -> PaymentOutcome:
        """转账."""
        try:
            field: dict[int, FieldValue] = {48: joined(48, {"account_to": account_to})}
        except BadSubfields:
            field = {}
        if not field or _DIGITS.fullmatch(account_to) is None:
            raise PaymentRefused(PaymentRefusal.ORIGINAL, detail=("转入账号", "the account that it goes to"))
        return self._done(ChipWanted(Business.TRANSFER, amount, more=lambda _: field, account_to=account_to))

    def change_pin(self) -> PaymentOutcome:
        """改密: the PIN that the bank keeps; the card's own is the issuer's to change, by a script."""
        entry = self._means.parts.new_pin
        if entry is None:
            raise PaymentRefused(PaymentRefusal.NO_PART, detail=("密码键盘", "a PIN pad"))
        return self._done(ChipWanted(Business.PIN_CHANGE, more=partial(self._new_pin, entry)))

    def _done(self, wanted: ChipWanted) -> PaymentOutcome:
        means, tray = self._means, self._means.parts.tray
        if wanted.business.posts:
            means.demand_amount(wanted.amount)
        means.demand_online()
        outcome = ChipPayment(means, wanted._replace(keeps_cards=tray is not None), online=True).pay()
        if tray is not None and outcome.stored.record.retained:
            tray.retain()
        return outcome

    def _new_pin(self, entry: NewPinEntry, kernel: DebitKernel) -> dict[int, FieldValue]:
        """The new PIN, twice, under the line's key; without the old one there is nothing to change."""
        if not kernel.record.pin_block:
            raise PaymentRefused(PaymentRefusal.PIN)
        try:
            new, again = (entry.new_digits(asked) for asked in PinChangeAsked)
        except (PinBypassed, BankPinCancelled, BankPinTimedOut, PadNotWorking):
            raise PaymentRefused(PaymentRefusal.PIN) from None
        if new != again:
            raise PaymentRefused(PaymentRefusal.PINS_DIFFER)
        if _NEW_PIN.fullmatch(new) is None:
            raise PaymentRefused(PaymentRefusal.PIN)
        try:
            return {62: self._means.line.pin_block(new, kernel.record.pan)}
        except NoPinBlock:
            raise PaymentRefused(PaymentRefusal.PIN) from None


def _paid(dispenser: CashDispenser, record: PaymentRecord) -> str:
    try:
        dispenser.pay(payment_mark(record), record.amount)
    except DispenserFailed:
        return TERMINAL_FAULT
    return ""


def payment_mark(record: PaymentRecord) -> str:
    """What a dispenser remembers a payment by: its moment, too, for numbers come again in a storage that is new."""
    return f"{record.moment}{record.batch}{record.voucher}"
