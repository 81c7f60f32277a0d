"""``dualcos backend``: the bureau's back end for social terminals, on a leash; its rules, its books."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from dualcos.cli.backend_behaviours import BACKEND_BEHAVIOURS
from dualcos.cli.backend_ledger import BACKEND_LEDGER
from dualcos.cli.backend_serve import BACKEND_SERVE
from dualcos.cli.subcommand import Subcommand

_ACTIONS = (BACKEND_SERVE, BACKEND_BEHAVIOURS, BACKEND_LEDGER)


def _arguments(parser: ArgumentParser) -> None:
    rooms = parser.add_subparsers(metavar="ACTION", required=True)
    for action in _ACTIONS:
        room = rooms.add_parser(action.name, help=action.help, description=action.help)
        action.arguments(room)
        room.set_defaults(action=action.run)


def backend(args: Namespace) -> int:
    """One of the actions."""
    action: Callable[[Namespace], int] = args.action
    return action(args)


BACKEND = Subcommand(
    "backend", "a back end for social terminals over TCP, well-behaved or by rules; its books", _arguments, backend
)
