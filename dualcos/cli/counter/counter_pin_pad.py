"""The PIN pad of a counter: this terminal's keyboard without echo, or, for scripts, lines of a file.

A PIN never stands on the command line, in a script or in the environment: process lists, histories and children show
those. What was entered is kept nowhere.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Callable
from getpass import getpass
from pathlib import Path
from typing import NamedTuple

from dualcos.cli.counter.counter_at_work import counted
from dualcos.cli.file_arguments import add_input
from dualcos.cli.operator_terminal import leaving_at_once
from dualcos.cli.user_faults import Fault
from dualcos.terminal.social.social_pin_pad import PinAsked, PinCancelled, PinKnownWrong
from dualcos.textforms.text_files import lines_in, text_of


def add_pin_pad(parser: ArgumentParser) -> None:
    """Declare --pin-file."""
    add_input(
        parser,
        "--pin-file",
        where=_file,
        metavar="FILE|-",
        help="for scripts: a line of this file (-: of stdin) each time a PIN is asked for, in place of the keyboard,"
        " none behind a wrong one; never on the command line, which process lists and histories show",
    )


def _file(text: str) -> Path | None:
    return None if text == "-" else Path(text)


def asked_pad(file: str | None, before: Callable[[], None]) -> TypedPins | ListedPins:
    """The pad that --pin-file asks for; ``before``: called before somebody is asked. Raises Fault, UnreadableText."""
    if file is None:
        return TypedPins(before)
    if file.isdecimal() and not Path(file).exists():
        raise Fault("--pin-file names a file with the PIN in it; a PIN has no place on a command line")
    pins = [pin.strip() for pin in lines_in(sys.stdin.read() if file == "-" else text_of(file)) if pin.strip()]
    if not pins:
        raise Fault(f"--pin-file {file}: no PIN in it; a line for each time that one is asked for")
    for number, pin in enumerate(pins, 1):
        if not (pin.isascii() and pin.isdecimal()):
            raise Fault(f"--pin-file {file}: PIN {number} has other characters than digits")
    return ListedPins(pins)


class TypedPins:
    """Whoever sits at this terminal types them, unseen; nothing typed is cancel."""

    def __init__(self, before: Callable[[], None]) -> None:
        self._before = before

    def enter(self, asked: PinAsked, tries: int | None) -> str:
        """See ``PinPad``. Raises Fault where there is no terminal."""
        self._before()
        if not sys.stdin.isatty():
            raise Fault("a PIN is asked for and stdin is no terminal; --pin-file FILE holds a line for each")
        left = f" (还剩{tries}次, {counted(tries, 'try', 'tries')} left)" if tries is not None else ""
        with leaving_at_once():
            try:
                digits = getpass(f"{asked.value}{left}: ", stream=None)
            except EOFError:
                digits = ""
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
