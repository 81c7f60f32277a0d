"""The social PIN pad of a counter, which asks through the terminal's view; for scripts, lines of a file answer."""

from __future__ import annotations

from typing import NamedTuple, NoReturn

from dualcos.cli.counter.pins_typed import PIN_FILE, pins_of
from dualcos.terminal.screen.terminal_view import TerminalView
from dualcos.terminal.screen.view_questions import Answerer, AnswersInFront, PadKey, PinDigits, PinQuestion
from dualcos.terminal.social.social_pin_pad import PinAsked, PinCancelled, PinKnownWrong, PinTimedOut


def asked_pad(view: TerminalView, file: str | None, option: str = PIN_FILE) -> CounterPinPad:
    """The pad, answered by the file that --pin-file names, or ``option``. Raises Fault, UnreadableText."""
    if file is not None:
        pins = pins_of(file, option=option)
        view.answered_first(lambda behind: ListedPins(pins, behind))
    return CounterPinPad(view)


class CounterPinPad:
    """See ``PinPad``."""

    def __init__(self, view: TerminalView) -> None:
        self._view = view

    def enter(self, asked: PinAsked, tries: int | None) -> str:
        """The digits. Raises Fault where nobody is there to answer, too."""
        digits = self._view.enter_pin(PinQuestion(asked.value, asked, tries))
        return digits if isinstance(digits, PinDigits) else _left(digits)


def _left(key: PadKey) -> NoReturn:
    """Raises what leaving the pad that way is."""
    if key is PadKey.KNOWN_WRONG:
        raise PinKnownWrong
    raise PinTimedOut if key is PadKey.TIMED_OUT else PinCancelled


class ListedPins(AnswersInFront):
    """Social PINs, one after the other; behind the last one the holder cancels. What was wrong once is not entered
    again, nor is another one tried in its place: a script must not lock a card.
    """

    def __init__(self, pins: list[str], behind: Answerer) -> None:
        super().__init__(behind)
        self._pins = [PinDigits(pin) for pin in pins]
        self._last = _Entered("", None)
        self._wrong: set[str] = set()

    def pin(self, asked: PinQuestion) -> PinDigits | PadKey:
        """See ``Answerer``."""
        return self._next(asked.asked, asked.tries) if isinstance(asked.asked, PinAsked) else self.behind.pin(asked)

    def _next(self, asked: PinAsked, tries: int | None) -> PinDigits | PadKey:
        if asked in _OF_CARD:
            last, self._last = self._last, _Entered("", None)
            if asked is PinAsked.PIN_AGAIN or (tries is not None and last.tries is not None and tries < last.tries):
                self._wrong.add(last.digits)
        if asked is PinAsked.PIN_AGAIN:
            return PadKey.KNOWN_WRONG
        if not self._pins:
            return PadKey.CANCEL
        digits = self._pins.pop(0)
        if asked in _OF_CARD:
            if digits in self._wrong:
                return PadKey.KNOWN_WRONG
            self._last = _Entered(digits, tries)
        return digits


class _Entered(NamedTuple):
    """A PIN of the card, and how many tries were left then."""

    digits: str
    tries: int | None

    def __repr__(self) -> str:
        return f"_Entered(tries={self.tries})"


_OF_CARD = (PinAsked.PIN, PinAsked.PIN_AGAIN, PinAsked.OLD)
