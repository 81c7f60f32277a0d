"""The parts of a payment terminal around its kernel (PBOC-6 §5): devices, or scripts in their place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from apdu.link import SmartCard
from dualcos.terminal.financial.kernel.kernel_parts import Attendant, BankPinAsked, HolderAtTerminal
from dualcos.terminal.financial.slip_layout import SalesSlip
from dualcos.terminal.terminal_hardware import TerminalPart
from dualcos.terminal.terminal_parts import Clock, Display, PartText


class PinEntry(Protocol):
    """The keys of a PIN pad. The pad enciphers for the host what they give (``TerminalPinPad``)."""

    def digits(self, asked: BankPinAsked, tries: int | None, amount: int) -> str:
        """4 to 12 digits. ``amount``: fen, shown with what is asked; 0 for none. Raises PinBypassed, BankPinCancelled,
        BankPinTimedOut, PadNotWorking, CardGone.
        """
        ...


class SlipPrinter(Protocol):
    """打印机."""

    def print(self, slip: SalesSlip) -> None:
        """One copy. Raises PrinterFailed; then it is printed again later."""
        ...


class PrinterFailed(Exception):
    """No paper, or no printer."""


class DispenserFailed(Exception):
    """Nothing was paid."""


class CashDispenser(Protocol):
    """出钞模块. It counts what it pays in storage of its own, which the terminal's power does not touch."""

    def pay(self, mark: str, amount: int) -> None:
        """Pay ``amount`` fen, once for a mark. Raises DispenserFailed."""
        ...

    def has_paid(self, mark: str) -> bool:
        """Whether it has paid for that mark."""
        ...


class AcceptorFailed(Exception):
    """Nothing was taken in, or it is out again."""


class CashAcceptor(Protocol):
    """存款模块: notes that it has counted are held (暂存) until the bank has answered."""

    def take(self, amount: int) -> None:
        """Count notes of that amount, and hold them. Raises AcceptorFailed."""
        ...

    def keep(self) -> None:
        """What is held, if anything, goes where nobody but the bank reaches it."""
        ...

    def give_back(self) -> None:
        """What is held, if anything, comes out again."""
        ...


class CardTray(Protocol):
    """吞卡: a reader that can keep a card."""

    def retain(self) -> None:
        """Keep it."""
        ...

    def give_back(self) -> None:
        """Out again, with no power (PBOC-6 §5.3)."""
        ...


class PinChangeAsked(Enum):
    """What the pad asks for where the bank's PIN is changed."""

    NEW = PartText("请输入新银行卡密码", "enter your new bank card PIN")
    NEW_AGAIN = PartText("请再次输入新银行卡密码", "enter your new bank card PIN again")


class NewPinEntry(Protocol):
    """The same keys, for a new PIN."""

    def new_digits(self, asked: PinChangeAsked) -> str:
        """6 digits. Raises as ``PinEntry`` does."""
        ...


@dataclass(frozen=True, slots=True)
class FinancialParts:
    """There is no slot for a SAM. ``pad`` and ``printer``: None for a terminal without one, where its form allows that
    (``dualcos.terminal.terminal_hardware``); a dispenser, an acceptor and a tray may be missing as well.
    """

    card: SmartCard
    holder: HolderAtTerminal
    clock: Clock
    display: Display
    pad: PinEntry | None = None
    new_pin: NewPinEntry | None = None
    attendant: Attendant | None = None
    printer: SlipPrinter | None = None
    dispenser: CashDispenser | None = None
    acceptor: CashAcceptor | None = None
    tray: CardTray | None = None

    @property
    def missing(self) -> frozenset[TerminalPart]:
        """What of a terminal's hardware is not there."""
        fitted = {TerminalPart.PIN_PAD: self.pad, TerminalPart.PRINTER: self.printer}
        return frozenset(part for part, device in fitted.items() if device is None)
