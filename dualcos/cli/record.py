"""``dualcos record``: what passes between a terminal and a card, kept; as a capture file; as a draft vector."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from dualcos.cli import record_pcap, record_session, record_vector
from dualcos.cli.subcommand import Subcommand


def _arguments(parser: ArgumentParser) -> None:
    rooms = parser.add_subparsers(metavar="ACTION", required=True)
    for action in (record_session, record_pcap, record_vector):
        room = rooms.add_parser(action.NAME, help=action.HELP, description=action.HELP)
        action.arguments(room)
        room.set_defaults(action=action.run)


def record(args: Namespace) -> int:
    """One of session, pcap, vector."""
    action: Callable[[Namespace], int] = args.action
    return action(args)


RECORD = Subcommand(
    "record", "record a terminal with a card, ours or in a reader; as a capture file, as a draft vector",
    _arguments, record,
)  # fmt: skip
