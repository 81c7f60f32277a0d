"""``dualcos terminal full``: a full-function terminal, its steps on the command line, in a script, or asked for."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from functools import partial
from typing import Final

from dualcos.cli.cashier.full_at_work import FullAtWork
from dualcos.cli.cashier.full_on_desk import add_full, full_on_desk
from dualcos.cli.cashier.full_status import full_status
from dualcos.cli.cashier.full_table import FULL_STEPS, TYPED_AT_CASHIER, needs_card
from dualcos.cli.cashier.full_teller import FullTeller
from dualcos.cli.cashier.side_steps import BANK_STEP, SOCIAL_STEP
from dualcos.cli.facts.card_facts import FaultScriptList
from dualcos.cli.facts.full_facts import FullEnd, FullSide, FullStep
from dualcos.cli.machine_output import add_json
from dualcos.cli.standing.attended_terminal import AttendedTerminal
from dualcos.cli.standing.standing_place import StandingPlace
from dualcos.cli.standing.standing_terminal import StandingTerminal
from dualcos.cli.standing.steps_at_work import TypedSteps, run_terminal
from dualcos.cli.trace_recorder import add_trace
from dualcos.explain.trace_lines import ExchangeLine, PowerLine
from dualcos.terminal.terminal_forms import TerminalKind

NAME: Final = "full"
HELP: Final = "a full-function terminal 全业务功能终端: settle, and pay the rest by the same card in the same insertion"
_STEPS = TypedSteps(FULL_STEPS, TYPED_AT_CASHIER)
_STAYS_IN = (SOCIAL_STEP, BANK_STEP, "read")


def arguments(parser: ArgumentParser) -> None:
    """Declare them."""
    _STEPS.declare(parser)
    add_full(parser)
    parser.add_argument(
        "--explain",
        action="store_true",
        help="under each step what passed, of card, PSAM and bank, and each decision of the kernel; which side it was",
    )
    add_trace(parser)
    sheets = FullStep, FullSide, FullEnd, ExchangeLine, PowerLine, FaultScriptList
    add_json(parser, *sheets, words="one line of JSON per step, then the end,")


def run(args: Namespace) -> int:
    """0 all steps are done, 1 one was stopped or declined, or a bill is not done; as a shell tells of it when Ctrl-C or
    SIGTERM ended it.
    """
    return run_terminal(args, _STEPS, standing_cashier)


def standing_cashier(place: StandingPlace) -> StandingTerminal[FullAtWork]:
    """The full-function terminal that the arguments ask for. Raises Fault and what opening a card raises."""
    desk = full_on_desk(place)
    teller = FullTeller(place, desk.cards.faults)

    full = desk.full.terminal
    attended = AttendedTerminal(
        desk.full, teller, _STEPS, full.cell, needs_card, lambda: full.bank.is_signed_on, _STAYS_IN
    )

    def tell_found() -> None:
        teller.tell_found(desk.full, desk.found)

    return StandingTerminal(
        desk.full, teller, tell_found, partial(attended.attend, desk.cards.reader),
        desk.full.forget, desk.full.hand,
        TerminalKind.FULL, partial(full_status, desk.full),
    )  # fmt: skip
