"""The bank's PIN as it comes to a till: at this terminal's keyboard without echo, or, for scripts, lines of a file.

Nothing typed is cancel; ``-`` goes on without a PIN. A script never tries a PIN again that was wrong, nor another one
in its place: neither card nor account is locked by a file.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from dualcos.cli.counter.pins_typed import PIN_FILE, pins_of, typed_digits
from dualcos.cli.user_faults import Fault
from dualcos.terminal.financial.kernel.kernel_parts import (
    BankPinAsked,
    BankPinCancelled,
    BankPinKnownWrong,
    PinBypassed,
)
from dualcos.terminal.financial.payment_parts import PinChangeAsked
from dualcos.terminal.terminal_parts import PartText

BYPASS = "-"
_AGAIN = (BankPinAsked.OFFLINE_AGAIN, BankPinAsked.LAST_AGAIN)
_LEAST, _MOST = 4, 12
_LENGTH = PartText("银行卡密码为4至12位数字", "a bank PIN is 4 to 12 digits")


def asked_bank_pins(
    file: str | None, before: Callable[[], None], option: str = PIN_FILE
) -> TypedBankPins | ListedBankPins:
    """The keys that --pin-file asks for, or ``option``; ``before``: called before somebody is asked. Raises Fault,
    UnreadableText.
    """
    if file is None:
        return TypedBankPins(before)
    pins = pins_of(file, BYPASS, option)
    for number, pin in enumerate(pins, 1):
        if pin != BYPASS and not is_bank_pin(pin):
            raise Fault(f"{option} {file}: PIN {number}: {_LENGTH.en}")
    return ListedBankPins(pins)


def is_bank_pin(digits: str) -> bool:
    """True if a pad would take them (PBOC-6 §5.9)."""
    return digits.isascii() and digits.isdecimal() and _LEAST <= len(digits) <= _MOST


class TypedBankPins:
    """Whoever sits at this terminal types them, unseen."""

    def __init__(self, before: Callable[[], None]) -> None:
        self._before = before

    def digits(self, asked: BankPinAsked, tries: int | None) -> str:
        """See ``PinEntry``. Raises Fault where there is no terminal."""
        return self._typed(asked, tries)

    def new_digits(self, asked: PinChangeAsked) -> str:
        """See ``NewPinEntry``."""
        return self._typed(asked, None)

    def begin(self) -> None:
        """Another payment."""

    def was_wrong(self) -> None:
        """The issuer said so of the last one."""

    def _typed(self, asked: BankPinAsked | PinChangeAsked, tries: int | None) -> str:
        self._before()
        while (digits := typed_digits(asked.value, tries)) not in ("", BYPASS):
            if is_bank_pin(digits):
                return digits
            print(_LENGTH, file=sys.stderr)
        raise PinBypassed if digits else BankPinCancelled


class ListedBankPins:
    """One after the other; behind the last one the holder cancels."""

    def __init__(self, pins: list[str]) -> None:
        self._pins = pins
        self._last = ""
        self._was_for: BankPinAsked | None = None
        self._wrong: set[str] = set()

    def digits(self, asked: BankPinAsked, tries: int | None) -> str:
        """See ``PinEntry``."""
        del tries
        if asked in _AGAIN or (asked is BankPinAsked.ONLINE and self._was_for is not None):
            self._wrong.add(self._last)  # the card has refused it, or has no more tries and its bank is asked instead
            raise BankPinKnownWrong
        self._last, self._was_for = self._next(), asked
        if self._last in self._wrong:
            raise BankPinKnownWrong
        return self._last

    def new_digits(self, asked: PinChangeAsked) -> str:
        """See ``NewPinEntry``."""
        del asked
        return self._next()

    def begin(self) -> None:
        """Another payment: nothing has been entered in it."""
        self._was_for = None

    def was_wrong(self) -> None:
        """One for the issuer is not entered again."""
        if self._was_for is BankPinAsked.ONLINE:
            self._wrong.add(self._last)

    def _next(self) -> str:
        if not self._pins:
            raise BankPinCancelled
        digits = self._pins.pop(0)
        if digits == BYPASS:
            raise PinBypassed
        return digits

    def __repr__(self) -> str:
        """No PIN."""
        return f"<ListedBankPins, {len(self._pins)} left>"
