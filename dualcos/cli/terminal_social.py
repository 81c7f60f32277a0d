"""``dualcos terminal social``: a social terminal, its steps on the command line, in a script, or asked for."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from functools import partial
from typing import Final

from dualcos.cli.counter.attended_counter import AttendedCounter
from dualcos.cli.counter.counter_at_work import CounterAtWork
from dualcos.cli.counter.counter_status import counter_status
from dualcos.cli.counter.counter_teller import CounterTeller
from dualcos.cli.counter.step_table import STEPS, TYPED
from dualcos.cli.counter.terminal_on_desk import add_desk, parts_on_desk
from dualcos.cli.facts.card_facts import FaultScriptList
from dualcos.cli.facts.terminal_facts import TerminalEnd, TerminalStep
from dualcos.cli.machine_output import add_json
from dualcos.cli.standing.standing_place import StandingPlace
from dualcos.cli.standing.standing_terminal import StandingTerminal
from dualcos.cli.standing.steps_at_work import TypedSteps, run_terminal
from dualcos.cli.trace_recorder import add_trace
from dualcos.explain.trace_lines import ExchangeLine, PowerLine
from dualcos.terminal.terminal_forms import TerminalKind

NAME: Final = "social"
HELP: Final = "a social terminal 社保业务功能终端: read, inquire, settle … on a card of ours or in a reader"
_STEPS = TypedSteps(STEPS, TYPED)


def arguments(parser: ArgumentParser) -> None:
    """Declare them."""
    _STEPS.declare(parser)
    add_desk(parser)
    parser.add_argument(
        "--explain", action="store_true", help="under each step what passed, of card and PSAM, in words"
    )
    add_trace(parser)
    sheets = TerminalStep, TerminalEnd, ExchangeLine, PowerLine, FaultScriptList
    add_json(parser, *sheets, words="one line of JSON per step, then the end,")


def run(args: Namespace) -> int:
    """0 all steps are done, 1 one was stopped by card, PSAM, back end or the terminal's own rules; as a shell tells of
    it when Ctrl-C or SIGTERM ended it.
    """
    return run_terminal(args, _STEPS, standing_counter)


def standing_counter(place: StandingPlace) -> StandingTerminal[CounterAtWork]:
    """The social terminal that the arguments ask for. Raises Fault and what opening a card raises."""
    desk = parts_on_desk(place)
    counter = CounterAtWork(desk.terminal, desk.cards.hand, desk.journal, desk.blacklist)
    teller = CounterTeller(place, desk.cards.faults)

    def attend(stop: Callable[[], bool]) -> bool:
        return AttendedCounter(counter, desk.cards.reader, teller, stop).attend()

    return StandingTerminal(
        counter, teller, lambda: None, attend, counter.forget, counter.hand,
        TerminalKind.SOCIAL, partial(counter_status, counter),
    )  # fmt: skip
