"""The social PIN pad of a counter, which asks through the terminal's view; for scripts, lines of a file answer."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from dualcos.cli.standing.pins_typed import PIN_FILE, digits_entered, pins_of
from dualcos.cli.user_faults import Fault
from dualcos.reader.silent_card import CardGone
from dualcos.terminal.screen.halves_at_work import CardHalf
from dualcos.terminal.screen.terminal_view import TerminalView
from dualcos.terminal.screen.view_questions import Answerer, AnswersInFront, PadKey, PinDigits, PinQuestion
from dualcos.terminal.social.card_at_terminal import LONGEST_PIN, SHORTEST_PIN
from dualcos.terminal.social.social_pin_pad import PinAsked, PinCancelled, PinKnownWrong, PinTimedOut
from dualcos.terminal.terminal_parts import PartText

_LENGTH = PartText(
    f"社保密码为{SHORTEST_PIN}至{LONGEST_PIN}位数字", f"a social PIN is {SHORTEST_PIN} to {LONGEST_PIN} digits"
)
_LEFT: Mapping[PadKey, type[Exception]] = MappingProxyType(
    {
        PadKey.CANCEL: PinCancelled,
        PadKey.BYPASS: PinCancelled,
        PadKey.TIMED_OUT: PinTimedOut,
        PadKey.KNOWN_WRONG: PinKnownWrong,
        PadKey.CARD_OUT: CardGone,
    }
)


def asked_pad(view: TerminalView, file: str | None, option: str = PIN_FILE) -> CounterPinPad:
    """The pad, answered by the file that --pin-file names, or ``option``. Raises Fault, UnreadableText."""
    if file is not None:
        pins = pins_of(file, option=option)
        for number, pin in enumerate(pins, 1):
            if not _question(PinAsked.PIN, None).takes(pin):
                raise Fault(f"{option} {file}: PIN {number}: {_LENGTH.en}")
        view.answered_first(lambda behind: ListedPins(pins, behind))
    return CounterPinPad(view)


def _question(asked: PinAsked, tries: int | None) -> PinQuestion:
    """4 to 12 digits (SSC-8 §6.2.4), and to 16, which a card may have (SC §4.1)."""
    return PinQuestion(
        asked.value, asked, CardHalf.SOCIAL, tries, least=SHORTEST_PIN, most=LONGEST_PIN, wrong_length=_LENGTH
    )


class CounterPinPad:
    """See ``PinPad``."""

    def __init__(self, view: TerminalView) -> None:
        self._view = view

    def enter(self, asked: PinAsked, tries: int | None) -> str:
        """The digits. Raises Fault where nobody is there to answer, too."""
        return digits_entered(self._view, _question(asked, tries), _LEFT)


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
