"""``dualcos terminal``: the terminals 终端, as programs on a card of ours or in a reader."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from dualcos.cli import terminal_financial, terminal_full, terminal_interface, terminal_social
from dualcos.cli.subcommand import Subcommand


def _arguments(parser: ArgumentParser) -> None:
    rooms = parser.add_subparsers(metavar="TERMINAL", required=True)
    for each in (terminal_social, terminal_financial, terminal_full, terminal_interface):
        room = rooms.add_parser(each.NAME, help=each.HELP, description=each.HELP)
        each.arguments(room)
        room.set_defaults(action=each.run)


def terminal(args: Namespace) -> int:
    """One of the terminals."""
    action: Callable[[Namespace], int] = args.action
    return action(args)


TERMINAL = Subcommand(
    "terminal", "be a terminal: read a card, prove, settle, pay, explain each step", _arguments, terminal
)
