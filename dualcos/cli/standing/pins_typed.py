"""PINs as a terminal here gets them: from its keyboard without echo, or, for scripts, from lines of a file.

A PIN never stands on the command line, in a script or in the environment: process lists, histories and children show
those. What was entered is kept nowhere.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from getpass import getpass
from pathlib import Path

from dualcos.cli.file_arguments import add_input
from dualcos.cli.operator_terminal import leaving_at_once
from dualcos.cli.standing.step_kinds import counted
from dualcos.cli.user_faults import Fault
from dualcos.terminal.screen.terminal_view import TerminalView
from dualcos.terminal.screen.view_questions import PadKey, PinDigits, PinQuestion
from dualcos.terminal.terminal_parts import PartText
from dualcos.textforms.text_files import lines_in, text_of

PIN_FILE = "--pin-file"
BANK_PINS = "--bank-pin-file"
"""Of a terminal that has both pads."""


def add_pin_pad(parser: ArgumentParser, option: str = PIN_FILE, pin: str = "a PIN") -> None:
    """Declare --pin-file, or ``option`` of a terminal with two pads; ``pin``: which one is asked for there."""
    add_input(
        parser,
        option,
        where=_file,
        metavar="FILE|-",
        help=f"for scripts: a line of this file (-: of stdin) each time {pin} is asked for, in place of the keyboard,"
        " none behind a wrong one; never on the command line, which process lists and histories show",
    )


def digits_entered(view: TerminalView, asked: PinQuestion, left: Mapping[PadKey, type[Exception]]) -> str:
    """The digits. Raises what ``left`` has for the way in which the pad was left, and Fault where nobody is there to
    answer.
    """
    digits = view.enter_pin(asked)
    if isinstance(digits, PinDigits):
        return digits
    raise left[digits]


def _file(text: str) -> Path | None:
    return None if text == "-" else Path(text)


def pins_of(file: str, besides: str = "", option: str = PIN_FILE) -> list[str]:
    """The PINs of --pin-file, in order, and lines that are ``besides``. Raises Fault, UnreadableText."""
    if file.isdecimal() and not Path(file).exists():
        raise Fault(f"{option} names a file with the PIN in it; a PIN has no place on a command line")
    pins = [pin.strip() for pin in lines_in(sys.stdin.read() if file == "-" else text_of(file)) if pin.strip()]
    if not pins:
        raise Fault(f"{option} {file}: no PIN in it; a line for each time that one is asked for")
    for number, pin in enumerate(pins, 1):
        if not (pin.isascii() and pin.isdecimal()) and pin != besides:
            raise Fault(f"{option} {file}: PIN {number} has other characters than digits")
    return pins


def typed_digits(asked: PartText, tries: int | None, option: str = PIN_FILE) -> str:
    """What somebody types at this terminal, unseen; empty for nothing. Raises Fault where there is none: ``option`` is
    for scripts.
    """
    if not sys.stdin.isatty():
        raise Fault(f"a PIN is asked for and stdin is no terminal; {option} FILE holds a line for each")
    left = f" (还剩{tries}次, {counted(tries, 'try', 'tries')} left)" if tries is not None else ""
    with leaving_at_once():
        try:
            return getpass(f"{asked}{left}: ", stream=None)
        except EOFError:
            return ""
