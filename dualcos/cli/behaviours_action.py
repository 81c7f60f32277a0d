"""``behaviours`` of a host that is served on a leash: the rule files that come along with its kind."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from typing import NamedTuple

from dualcos.cli.facts.fact_sheet import FactSheet
from dualcos.cli.facts.leash_facts import ReadyBehaviour
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.terminal_colours import paint_for
from dualcos.cli.user_faults import DONE, Fault
from dualcos.explain.rendering import columns
from dualcos.leash.ready_behaviours import ready_behaviours, ready_path
from dualcos.profile.field_faults import nearest
from dualcos.textforms.text_files import lines_in, text_of


class BehavioursOf(NamedTuple):
    """``command``: whose they are; ``kind``: the folder; ``sheet`` makes the facts of a list."""

    command: str
    kind: str
    sheet: type[FactSheet]
    told: Callable[[list[ReadyBehaviour]], FactSheet]
    help: str


def behaviours_action(of: BehavioursOf) -> Subcommand:
    """The action: lists them, or shows the text of one."""

    def arguments(parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", metavar="NAME", help="the text of one, to begin your own with")
        add_json(parser, of.sheet)

    def run(args: Namespace) -> int:
        known = [_facts(of.kind, name) for name in ready_behaviours(of.kind) if args.name in (None, name)]
        if not known:
            near = nearest(args.name, ready_behaviours(of.kind))
            raise Fault(f"{args.name}: no such behaviour; {near or f'`dualcos {of.command} behaviours` lists them'}")
        tell(args, of.told(known), lines_in(known[0].text) if args.name else _listed(of.command, known))
        return DONE

    return Subcommand("behaviours", of.help, arguments, run)


def _facts(kind: str, name: str) -> ReadyBehaviour:
    file, path = ready_behaviours(kind)[name], ready_path(kind, name)
    text = text_of(path) if path is not None else ""
    return ReadyBehaviour(name=name, title=file.title, title_zh=file.title_zh, text=text)


def _listed(command: str, known: list[ReadyBehaviour]) -> Iterator[str]:
    paint = paint_for(sys.stdout)
    yield from columns((paint("name", each.name), f"{each.title} {each.title_zh}") for each in known)
    yield paint(
        "faint",
        f"`dualcos {command} serve --rules NAME` follows one, `dualcos {command} behaviours NAME` shows its text",
    )
