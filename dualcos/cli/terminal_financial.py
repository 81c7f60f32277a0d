"""``dualcos terminal financial``: a payment terminal, its steps on the command line, in a script, or asked for."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from functools import partial
from typing import Final

from dualcos.cli.facts.card_facts import FaultScriptList
from dualcos.cli.facts.financial_facts import FinancialEnd, FinancialStep
from dualcos.cli.machine_output import add_json
from dualcos.cli.standing.attended_terminal import AttendedTerminal
from dualcos.cli.standing.standing_place import StandingPlace
from dualcos.cli.standing.standing_terminal import StandingTerminal
from dualcos.cli.standing.steps_at_work import TypedSteps, run_terminal
from dualcos.cli.till.till_at_work import TillAtWork
from dualcos.cli.till.till_on_desk import add_till, till_on_desk
from dualcos.cli.till.till_status import till_status
from dualcos.cli.till.till_table import TILL_STEPS, TYPED_AT_TILL
from dualcos.cli.till.till_teller import TillTeller
from dualcos.cli.trace_recorder import add_trace
from dualcos.explain.trace_lines import ExchangeLine, PowerLine
from dualcos.terminal.terminal_forms import TerminalKind

NAME: Final = "financial"
HELP: Final = "a payment terminal 金融业务功能终端, POS or ATM: read, purchase, void, settle … on any bank's debit card"
_STEPS = TypedSteps(TILL_STEPS, TYPED_AT_TILL)


def arguments(parser: ArgumentParser) -> None:
    """Declare them."""
    _STEPS.declare(parser)
    add_till(parser)
    parser.add_argument(
        "--explain",
        action="store_true",
        help="under each step what passed, of card and host, and each decision of the kernel, bit by bit",
    )
    add_trace(parser)
    sheets = FinancialStep, FinancialEnd, ExchangeLine, PowerLine, FaultScriptList
    add_json(parser, *sheets, words="one line of JSON per step, then the end,")


def run(args: Namespace) -> int:
    """0 all steps are done, 1 one was stopped or declined by card, issuer or the terminal's own rules; as a shell tells
    of it when Ctrl-C or SIGTERM ended it.
    """
    return run_terminal(args, _STEPS, standing_till)


def standing_till(place: StandingPlace) -> StandingTerminal[TillAtWork]:
    """The payment terminal that the arguments ask for. Raises Fault and what opening a card raises."""
    till, seat, found = till_on_desk(place)
    teller = TillTeller(place, seat.faults)

    cell = till.terminal.settings.cell
    attended = AttendedTerminal(
        till, teller, _STEPS, cell,
        lambda asked: TILL_STEPS.kind_of(asked).needs_card, lambda: till.terminal.is_signed_on,
    )  # fmt: skip
    attend = partial(attended.attend, seat.reader)
    return StandingTerminal(
        till, teller, lambda: teller.tell_found(till, found), attend, till.forget, till.hand,
        TerminalKind.FINANCIAL, partial(till_status, till.terminal),
    )  # fmt: skip
