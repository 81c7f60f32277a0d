"""ATM 交易: what a machine without an attendant does; cash goes out behind the card's certificate alone (PBOC-6 §5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from dualcos.messages.acquirer_messages import FieldValue
from dualcos.messages.authorisation import Business
from dualcos.messages.pos_subfields import joined
from dualcos.messages.subfield_tables import BadSubfields
from dualcos.reader.silent_card import CardGone
from dualcos.terminal.financial.chip_payment import ChipPayment, ChipWanted
from dualcos.terminal.financial.kernel.kernel_parts import (
    BankPinCancelled,
    BankPinTimedOut,
    PadNotWorking,
    PinBypassed,
)
from dualcos.terminal.financial.kernel.kernel_record import KernelRecord
from dualcos.terminal.financial.kernel.processing_restrictions import CASH_ALONE
from dualcos.terminal.financial.kernel.transaction_ended import EndCause, TransactionEnded
from dualcos.terminal.financial.payment_means import PaymentMeans
from dualcos.terminal.financial.payment_messages import TERMINAL_FAULT
from dualcos.terminal.financial.payment_outcome import PaymentOutcome
from dualcos.terminal.financial.payment_parts import (
    AcceptorFailed,
    CashDispenser,
    DispenserFailed,
    NewPinEntry,
    PinChangeAsked,
)
from dualcos.terminal.financial.payment_record import PaymentRecord
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.financial.terminal_line import NoPinBlock
from dualcos.terminal.terminal_forms import TerminalBusiness

_DIGITS = re.compile("[0-9]+", re.ASCII)
_NEW_PIN = re.compile("[0-9]{6}", re.ASCII)


class AtmTransactions:
    """See ``FinancialTerminal``."""

    def __init__(self, means: PaymentMeans) -> None:
        self._means = means

    def withdraw(self, amount: int) -> PaymentOutcome:
        """取款."""
        self._means.demand_business(TerminalBusiness.WITHDRAWAL)
        dispenser = self._means.parts.dispenser
        if dispenser is None:
            raise PaymentRefused(PaymentRefusal.NO_PART, detail=("出钞模块", "a cash dispenser"))
        return self._done(ChipWanted(Business.WITHDRAWAL, amount, CASH_ALONE, pays=partial(_paid, dispenser)))

    def deposit(self, amount: int) -> PaymentOutcome:
        """存款: the notes are held until it is decided, and come out again if it is surely not booked."""
        self._means.demand_business(TerminalBusiness.DEPOSIT)
        acceptor = self._means.parts.acceptor
        if acceptor is None:
            raise PaymentRefused(PaymentRefusal.NO_PART, detail=("存款模块", "a module that takes notes in"))
        try:
            return self._done(ChipWanted(Business.DEPOSIT, amount), partial(acceptor.take, amount))
        except (TransactionEnded, PaymentRefused):
            acceptor.give_back()
            raise
        except AcceptorFailed:
            raise PaymentRefused(PaymentRefusal.NOTES) from None

    def transfer(self, amount: int, account_to: str) -> PaymentOutcome:
        """转账."""
        self._means.demand_business(TerminalBusiness.TRANSFER)
        try:
            field: dict[int, FieldValue] = {48: joined(48, {"account_to": account_to})}
        except BadSubfields:
            field = {}
        if not field or _DIGITS.fullmatch(account_to) is None:
            raise PaymentRefused(PaymentRefusal.ACCOUNT)
        return self._done(ChipWanted(Business.TRANSFER, amount, more=lambda _: field, account_to=account_to))

    def change_pin(self) -> PaymentOutcome:
        """改密: the PIN that the bank keeps; the card's own is the issuer's to change, by a script."""
        self._means.demand_business(TerminalBusiness.BANK_PIN_CHANGE)
        entry = self._means.parts.new_pin
        if entry is None:
            raise PaymentRefused(PaymentRefusal.NO_PART, detail=("密码键盘", "a PIN pad"))
        asked = NewPin(self._means, entry)
        return self._done(ChipWanted(Business.PIN_CHANGE, verified=asked.ask, more=asked.field))

    def _done(self, wanted: ChipWanted, first: Callable[[], None] = lambda: None) -> PaymentOutcome:
        """``first``: done when nothing speaks against it any more and no card has been asked."""
        means = self._means
        if wanted.business.posts:
            means.demand_amount(wanted.amount)
        means.demand_online()
        first()
        return ChipPayment(means, wanted, online=True).pay()


class NewPin:
    """The new PIN of one change: typed behind the old one, before the card has a cryptogram to give."""

    def __init__(self, means: PaymentMeans, entry: NewPinEntry) -> None:
        self._means, self._entry, self._block = means, entry, b""

    def ask(self, card: KernelRecord) -> None:
        """Twice; from now on it is under the line's key. Without the old PIN, or for the same, there is nothing to
        change. Raises PaymentRefused.
        """
        if not card.pin_block:
            raise PaymentRefused(PaymentRefusal.PIN)
        try:
            new, again = (self._entry.new_digits(asked) for asked in PinChangeAsked)
        except (PinBypassed, BankPinCancelled, BankPinTimedOut, PadNotWorking):
            raise PaymentRefused(PaymentRefusal.PIN) from None
        except CardGone:
            raise TransactionEnded(EndCause.NO_CARD) from None
        if _NEW_PIN.fullmatch(new) is None:
            raise PaymentRefused(PaymentRefusal.PIN_LENGTH)
        if new != again:
            raise PaymentRefused(PaymentRefusal.PINS_DIFFER)
        try:
            self._block = self._means.line.pin_block(new, card.pan)
        except NoPinBlock:
            raise PaymentRefused(PaymentRefusal.PIN) from None
        if card.pin_block == self._block:  # one PIN, account and key make one block (ISO 9564 format 0)
            raise PaymentRefused(PaymentRefusal.SAME_PIN)

    def field(self, _: KernelRecord) -> dict[int, FieldValue]:
        """62."""
        return {62: self._block}


def _paid(dispenser: CashDispenser, record: PaymentRecord) -> str:
    try:
        dispenser.pay(payment_mark(record), record.amount)
    except DispenserFailed:
        return TERMINAL_FAULT
    return ""


def payment_mark(record: PaymentRecord) -> str:
    """What a dispenser remembers a payment by: its moment, too, for numbers come again in a storage that is new."""
    return f"{record.moment}{record.batch}{record.voucher}"
