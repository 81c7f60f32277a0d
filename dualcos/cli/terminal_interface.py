"""``dualcos terminal interface``: the national programming interface (社会保障卡读写终端接口), called from a shell."""

from __future__ import annotations

import shlex
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final, NamedTuple

from dualcos.cli.counter.counter_pin_pad import asked_pad
from dualcos.cli.facts.terminal_facts import InterfaceCall
from dualcos.cli.file_arguments import add_input
from dualcos.cli.help_formats import PastedHelpWithLines
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.standing.cards_on_desk import add_cards, cards_on_desk
from dualcos.cli.standing.console_answers import ConsoleAnswers
from dualcos.cli.standing.pins_typed import add_pin_pad
from dualcos.cli.terminal_colours import paint_for
from dualcos.cli.trace_recorder import Recorder, add_trace
from dualcos.cli.user_faults import DIFFERS, DONE, Fault, without_hex
from dualcos.explain.trace_lines import ExchangeLine, PowerLine
from dualcos.terminal.interface.interface_settings import STANDARD
from dualcos.terminal.interface.national_functions import FUNCTIONS, Called, CallError, call
from dualcos.terminal.interface.reader_library import ReaderLibrary
from dualcos.terminal.interface.return_codes import OTHER_ERROR, RETURN_CODES, SUCCESS
from dualcos.terminal.interface.ss_card_driver import SSCardDriver
from dualcos.terminal.screen.terminal_view import TerminalView
from dualcos.textforms.text_files import lines_in, text_of

NAME: Final = "interface"
HELP: Final = "the functions that hospital and counter programs call 读写终端接口, on a card of ours or in a reader"
_WAYS = tuple(name for name, value in STANDARD._asdict().items() if isinstance(value, bool))
_PIN_IN_TEXT = {"iReloadPIN_HSM_Step2": 4}
"""Functions whose text has the new PIN in it, for the HSM, and in which of its fields."""
_DOTS = "••••"


class _Asked(NamedTuple):
    name: str
    arguments: tuple[str, ...]
    place: str = ""


def arguments(parser: ArgumentParser) -> None:
    """Declare them."""
    parser.add_argument("words", metavar="FUNCTION ARGUMENT…", nargs="*", help="its arguments without pOutInfo, below")
    add_cards(parser)
    add_pin_pad(parser)
    add_input(
        parser, "--script", metavar="FILE", help="several calls of one program, a line each: pairs of steps need that"
    )
    parser.add_argument(
        "--variant", choices=_WAYS, action="append", default=[], help="as some makers' libraries do; repeat for more"
    )
    parser.add_argument("--explain", action="store_true", help="under each call what passed, card and PSAM, in words")
    add_trace(parser)
    add_json(parser, InterfaceCall, ExchangeLine, PowerLine, words="one line of JSON per call,")
    parser.usage = "%(prog)s FUNCTION [ARGUMENT …] [--card PROFILE|CARD-FILE | --pcsc READER] [options]"
    parser.formatter_class = PastedHelpWithLines
    rows = (f"  {each.name} {' '.join(one.name for one in each.parameters)}" for each in FUNCTIONS.values())
    parser.epilog = "functions (iType: 1 contact, 2 contactless, 3, 4 whichever there is):\n" + "\n".join(rows)


def run(args: Namespace) -> int:
    """0 if every function returned 0, 1 if one did not."""
    asked = list(_asked(args))
    ways: dict[str, Any] = dict.fromkeys(args.variant, True)
    settings = STANDARD._replace(**ways)
    with ExitStack() as stack:
        recorder = stack.enter_context(Recorder.asked(args, sys.stdout if args.explain else None))
        view = TerminalView(ConsoleAnswers())
        view.show_first(recorder.settle)
        pad = asked_pad(view, args.pin_file)
        cards = cards_on_desk(args, stack, recorder)
        driver = SSCardDriver(ReaderLibrary.of(cards.card, cards.sam), pad, settings)
        stack.callback(driver.close)
        recorder.begin()
        codes = []
        for each in asked:
            called = _called(driver, each)
            recorder.settle()
            _tell(args, each, called)
            codes.append(called.code)
    return DIFFERS if any(code != SUCCESS for code in codes) else DONE


def _asked(args: Namespace) -> Iterator[_Asked]:
    """The calls, looked at before one is made. Raises Fault, UnreadableText."""
    if args.script is None:
        if not args.words:
            raise Fault("which function? `dualcos terminal interface --help` has them all")
        lines = [("", args.words)]
    else:
        if args.words:
            raise Fault("--script has the calls: leave the one on the command line out")
        lines = list(_lines(args.script))
        if not lines:
            raise Fault(f"{args.script}: no call in it")
    for place, (name, *given) in lines:
        function = FUNCTIONS.get(name)
        if function is None:
            raise Fault(f"{place}no function is called {without_hex(name)}; `dualcos terminal interface -h` has all")
        if len(given) != len(function.parameters):
            raise Fault(f"{place}{name} takes {', '.join(each.name for each in function.parameters)}")
        yield _Asked(name, tuple(given), place)


def _lines(path: str) -> Iterator[tuple[str, list[str]]]:
    for number, line in enumerate(lines_in(text_of(path)), 1):
        place = f"{path} line {number}: "
        try:
            words = shlex.split(line, comments=True)
        except ValueError as error:
            raise Fault(f"{place}{error}") from None
        if words:
            yield place, words


def _called(driver: SSCardDriver, asked: _Asked) -> Called:
    try:
        return call(driver, asked.name, asked.arguments)
    except CallError as error:
        raise Fault(f"{asked.place}{without_hex(str(error))}") from None


def _tell(args: Namespace, asked: _Asked, called: Called) -> None:
    paint = paint_for(sys.stdout)
    said = "成功" if called.code == SUCCESS else RETURN_CODES.get(called.code, OTHER_ERROR)
    facts = InterfaceCall(function=asked.name, code=called.code, zh=said, text=_shown(asked.name, called))
    mark = paint("good", "✓") if called.code == SUCCESS else paint("bad", "✗")
    words = [f"{mark} {asked.name}  {called.code} {said}"]
    words += [f"    {facts.text}"] if facts.text else []
    tell(args, facts, words)


def _shown(name: str, called: Called) -> str:
    """The text without a PIN that is on its way to an HSM."""
    if called.code != SUCCESS or name not in _PIN_IN_TEXT:
        return called.text
    fields = called.text.split("|")
    fields[_PIN_IN_TEXT[name]] = _DOTS
    return "|".join(fields)
