"""``dualcos host``: an acquirer with a bank behind it for payment terminals, on a leash; its rules, books and cards."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from dualcos.cli.host_behaviours import HOST_BEHAVIOURS
from dualcos.cli.host_card import HOST_CARD
from dualcos.cli.host_ledger import HOST_LEDGER
from dualcos.cli.host_serve import HOST_SERVE
from dualcos.cli.subcommand import Subcommand

_ACTIONS = (HOST_SERVE, HOST_BEHAVIOURS, HOST_LEDGER, HOST_CARD)


def _arguments(parser: ArgumentParser) -> None:
    rooms = parser.add_subparsers(metavar="ACTION", required=True)
    for action in _ACTIONS:
        room = rooms.add_parser(action.name, help=action.help, description=action.help)
        action.arguments(room)
        room.set_defaults(action=action.run)


def host(args: Namespace) -> int:
    """One of the actions."""
    action: Callable[[Namespace], int] = args.action
    return action(args)


HOST = Subcommand(
    "host", "an acquirer and a bank for payment terminals over TCP, well-behaved or by rules; their books", _arguments,
    host,
)  # fmt: skip
