"""A subcommand that is a group of actions: one of them has to be named, and is run."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable
from typing import Protocol

from dualcos.cli.subcommand import Subcommand


class GroupedAction(Protocol):
    """One action; a ``Subcommand`` is one, too."""

    @property
    def name(self) -> str:
        """As it is typed."""
        ...

    @property
    def help(self) -> str:
        """One line."""
        ...

    @property
    def arguments(self) -> Callable[[ArgumentParser], None]:
        """Declares them."""
        ...

    @property
    def run(self) -> Callable[[Namespace], int]:
        """Carries it out."""
        ...


def grouped(name: str, help_line: str, actions: Iterable[GroupedAction]) -> Subcommand:
    """The subcommand ``name`` with these actions."""

    def arguments(parser: ArgumentParser) -> None:
        rooms = parser.add_subparsers(metavar="ACTION", required=True)
        for action in actions:
            room = rooms.add_parser(action.name, help=action.help, description=action.help)
            action.arguments(room)
            room.set_defaults(action=action.run)

    return Subcommand(name, help_line, arguments, _one_of_them)


def _one_of_them(args: Namespace) -> int:
    action: Callable[[Namespace], int] = args.action
    return action(args)
