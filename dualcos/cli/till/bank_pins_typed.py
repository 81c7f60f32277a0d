"""The bank's PIN as it comes to a till: its pad asks through the terminal's view; for scripts, lines of a file answer.

Nothing typed is cancel; ``-`` goes on without a PIN. A script never tries a PIN again that was wrong, nor another one
in its place: neither card nor account is locked by a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from dualcos.cli.standing.console_answers import BYPASS
from dualcos.cli.standing.pins_typed import PIN_FILE, digits_entered, pins_of
from dualcos.cli.standing.step_kinds import yuan
from dualcos.cli.user_faults import Fault
from dualcos.reader.silent_card import CardGone
from dualcos.terminal.financial.kernel.kernel_parts import (
    BankPinAsked,
    BankPinCancelled,
    BankPinKnownWrong,
    BankPinTimedOut,
    PinBypassed,
)
from dualcos.terminal.financial.payment_parts import PinChangeAsked
from dualcos.terminal.screen.halves_at_work import CardHalf
from dualcos.terminal.screen.terminal_view import TerminalView
from dualcos.terminal.screen.view_questions import Answerer, AnswersInFront, PadKey, PinDigits, PinQuestion
from dualcos.terminal.terminal_parts import PartText

_AGAIN = (BankPinAsked.OFFLINE_AGAIN, BankPinAsked.LAST_AGAIN)
_LEAST, _MOST = 4, 12
_LENGTH = PartText("银行卡密码为4至12位数字", "a bank PIN is 4 to 12 digits")
_LEFT: Mapping[PadKey, type[Exception]] = MappingProxyType(
    {
        PadKey.CANCEL: BankPinCancelled,
        PadKey.BYPASS: PinBypassed,
        PadKey.TIMED_OUT: BankPinTimedOut,
        PadKey.KNOWN_WRONG: BankPinKnownWrong,
        PadKey.CARD_OUT: CardGone,
    }
)


def asked_bank_pins(view: TerminalView, file: str | None, option: str = PIN_FILE) -> BankPinKeys:
    """The keys, answered by the file that --pin-file names, or ``option``. Raises Fault, UnreadableText."""
    if file is not None:
        pins = pins_of(file, BYPASS, option)
        for number, pin in enumerate(pins, 1):
            if pin != BYPASS and not is_bank_pin(pin):
                raise Fault(f"{option} {file}: PIN {number}: {_LENGTH.en}")
        view.answered_first(lambda behind: ListedBankPins(pins, behind))
    return BankPinKeys(view, option)


def is_bank_pin(digits: str) -> bool:
    """True if a pad would take them (PBOC-6 §5.9)."""
    return _question(BankPinAsked.ONLINE, None).takes(digits)


def _question(asked: BankPinAsked | PinChangeAsked, tries: int | None, amount: int = 0) -> PinQuestion:
    prompt = asked.value
    if amount:  # what the PIN is for comes before it
        prompt = PartText(f"金额{yuan(amount)}元，{prompt.zh}", f"amount {yuan(amount)}: {prompt.en}")
    return PinQuestion(
        prompt, asked, CardHalf.BANK, tries, least=_LEAST, most=_MOST, wrong_length=_LENGTH, may_bypass=True
    )


class BankPinKeys:
    """See ``PinEntry`` and ``NewPinEntry``. Both methods raise Fault where nobody is there to answer, too."""

    def __init__(self, view: TerminalView, option: str = PIN_FILE) -> None:
        self._view, self._option = view, option

    def digits(self, asked: BankPinAsked, tries: int | None, amount: int) -> str:
        """Of the PIN that is."""
        return self._entered(_question(asked, tries, amount))

    def new_digits(self, asked: PinChangeAsked) -> str:
        """Of the one that is to be."""
        return self._entered(_question(asked, None))

    def was_wrong(self) -> None:
        """The issuer said so of the last one."""
        self._view.pin_was_wrong()

    def _entered(self, asked: PinQuestion) -> str:
        return digits_entered(self._view, replace(asked, instead=self._option), _LEFT)


class ListedBankPins(AnswersInFront):
    """Bank PINs, one after the other; behind the last one the holder cancels."""

    def __init__(self, pins: list[str], behind: Answerer) -> None:
        super().__init__(behind)
        self._pins = [PinDigits(pin) for pin in pins]
        self._last = PinDigits()
        self._was_for: BankPinAsked | None = None
        self._wrong: set[str] = set()

    def pin(self, asked: PinQuestion) -> PinDigits | PadKey:
        """See ``Answerer``."""
        match asked.asked:
            case BankPinAsked():
                return self._digits(asked.asked)
            case PinChangeAsked():
                return self._next()
        return self.behind.pin(asked)

    def step_begins(self) -> None:
        """Another payment: nothing has been entered in it."""
        self._was_for = None
        self.behind.step_begins()

    def pin_was_wrong(self) -> None:
        """One for the issuer is not entered again."""
        if self._was_for is BankPinAsked.ONLINE:
            self._wrong.add(self._last)
        self.behind.pin_was_wrong()

    def _digits(self, asked: BankPinAsked) -> PinDigits | PadKey:
        if asked in _AGAIN or (asked is BankPinAsked.ONLINE and self._was_for is not None):
            self._wrong.add(self._last)  # the card has refused it, or has no more tries and its bank is asked instead
            return PadKey.KNOWN_WRONG
        digits = self._next()
        if isinstance(digits, PadKey):
            return digits
        self._last, self._was_for = digits, asked
        return PadKey.KNOWN_WRONG if digits in self._wrong else digits

    def _next(self) -> PinDigits | PadKey:
        if not self._pins:
            return PadKey.CANCEL
        digits = self._pins.pop(0)
        return PadKey.BYPASS if digits == BYPASS else digits

    def __repr__(self) -> str:
        """No PIN."""
        return f"<ListedBankPins, {len(self._pins)} left>"
