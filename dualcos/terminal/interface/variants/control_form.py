"""The interface as the control (OCX) of counter programs has it: a function returns its code, the text is a property,
and PINs are parameters where the program asks for them itself.
"""

from __future__ import annotations

from dualcos.terminal.interface.interface_settings import STANDARD, InterfaceSettings
from dualcos.terminal.interface.national_functions import call
from dualcos.terminal.interface.reader_library import CardReaderLibrary
from dualcos.terminal.interface.ss_card_driver import SSCardDriver
from dualcos.terminal.social.social_pin_pad import PinAsked, PinCancelled, PinPad


class PinsGiven:
    """A ``PinPad`` that holds what the caller has given for one function; for what he has not, ``pad`` is asked."""

    def __init__(self, pad: PinPad | None = None) -> None:
        self._pad = pad
        self._given: dict[PinAsked, str] = {}

    def give(self, pin: str, new: str = "") -> None:
        """The PIN, and the new one; empty: none."""
        asked = {PinAsked.PIN: pin, PinAsked.OLD: pin, PinAsked.NEW: new, PinAsked.NEW_AGAIN: new}
        self._given = {each: digits for each, digits in asked.items() if digits}

    def enter(self, asked: PinAsked, tries: int | None) -> str:
        """See the protocol."""
        if asked in self._given:
            return self._given[asked]
        if self._pad is None:
            raise PinCancelled
        return self._pad.enter(asked, tries)

    def __repr__(self) -> str:
        """Without them."""
        return "<PinsGiven>"


class SSCardControl:
    """``pOutInfo``: the text of the last function. ``run``: any function, without PINs given; those that need one ask
    ``pin_pad``, and without one they end as cancelled.
    """

    def __init__(
        self,
        library: CardReaderLibrary | None,
        settings: InterfaceSettings = STANDARD,
        pin_pad: PinPad | None = None,
    ) -> None:
        self._pins = PinsGiven(pin_pad)
        self._driver = SSCardDriver(library, self._pins, settings)
        self.pOutInfo = ""

    def run(self, name: str, *arguments: str) -> int:
        """Any function by its name, its arguments as texts. Raises CallError."""
        done = call(self._driver, name, arguments)
        self.pOutInfo = done.text
        return done.code

    def iVerifyPIN(self, iType: int, pin: str) -> int:
        """The PIN is given, no pad asks."""
        self._pins.give(pin)
        return self._done("iVerifyPIN", str(iType))

    def iChangePIN(self, iType: int, oldPin: str, newPin: str) -> int:
        """Both are given."""
        self._pins.give(oldPin, newPin)
        return self._done("iChangePIN", str(iType))

    def iReloadPIN(self, iType: int, pCardInfo: str, newPin: str) -> int:
        """The new one is given."""
        self._pins.give("", newPin)
        return self._done("iReloadPIN", str(iType), pCardInfo)

    def iReloadPIN_HSM_Step2(self, pKey: str, newPin: str) -> int:
        """The new one is given."""
        self._pins.give("", newPin)
        return self._done("iReloadPIN_HSM_Step2", pKey)

    def iDoDebit(self, iType: int, pCardInfo: str, pPayInfo: str, pin: str) -> int:
        """The PIN is given."""
        self._pins.give(pin)
        return self._done("iDoDebit", str(iType), pCardInfo, pPayInfo)

    def close(self) -> None:
        """As SSCardDriver's."""
        self._driver.close()

    def _done(self, name: str, *arguments: str) -> int:
        try:
            return self.run(name, *arguments)
        finally:
            self._pins.give("")
