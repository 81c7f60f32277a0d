"""The social PIN pad of a counter: this terminal's keyboard without echo, or, for scripts, lines of a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from dualcos.cli.counter.pins_typed import pins_of, typed_digits
from dualcos.terminal.social.social_pin_pad import PinAsked, PinCancelled, PinKnownWrong


def asked_pad(file: str | None, before: Callable[[], None]) -> TypedPins | ListedPins:
    """The pad that --pin-file asks for; ``before``: called before somebody is asked. Raises Fault, UnreadableText."""
    if file is None:
        return TypedPins(before)
    return ListedPins(pins_of(file))


class TypedPins:
    """Whoever sits at this terminal types them, unseen; nothing typed is cancel."""

    def __init__(self, before: Callable[[], None]) -> None:
        self._before = before

    def enter(self, asked: PinAsked, tries: int | None) -> str:
        """See ``PinPad``. Raises Fault where there is no terminal."""
        self._before()
        digits = typed_digits(asked.value, tries)
        if not digits:
            raise PinCancelled
        return digits


class ListedPins:
    """One after the other; behind the last one the holder cancels. What was wrong once is not entered again, nor is
    another one tried in its place: a script must not lock a card.
    """

    def __init__(self, pins: list[str]) -> None:
        self._pins = pins
        self._last = _Entered("", None)
        self._wrong: set[str] = set()

    def enter(self, asked: PinAsked, tries: int | None) -> str:
        """See ``PinPad``."""
        if asked in _OF_CARD:
            last, self._last = self._last, _Entered("", None)
            if asked is PinAsked.PIN_AGAIN or (tries is not None and last.tries is not None and tries < last.tries):
                self._wrong.add(last.digits)
        if asked is PinAsked.PIN_AGAIN:
            raise PinKnownWrong
        if not self._pins:
            raise PinCancelled
        digits = self._pins.pop(0)
        if asked in _OF_CARD:
            if digits in self._wrong:
                raise PinKnownWrong
            self._last = _Entered(digits, tries)
        return digits


class _Entered(NamedTuple):
    """A PIN of the card, and how many tries were left then."""

    digits: str
    tries: int | None

    def __repr__(self) -> str:
        return f"_Entered(tries={self.tries})"


_OF_CARD = (PinAsked.PIN, PinAsked.PIN_AGAIN, PinAsked.OLD)
