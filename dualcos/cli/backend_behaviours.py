"""``dualcos backend behaviours``: the rule files that come along."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from dualcos.cli.facts.backend_facts import BehaviourList, ReadyBehaviour
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.terminal_colours import paint_for
from dualcos.cli.user_faults import DONE, Fault
from dualcos.explain.rendering import columns
from dualcos.leash.ready_behaviours import ready_behaviours, ready_path
from dualcos.profile.field_faults import nearest
from dualcos.textforms.text_files import lines_in, text_of


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="the text of one, to begin your own with")
    add_json(parser, BehaviourList)


def _behaviours(args: Namespace) -> int:
    known = [_facts(name) for name in ready_behaviours() if args.name in (None, name)]
    if not known:
        near = nearest(args.name, ready_behaviours())
        raise Fault(f"{args.name}: no such behaviour; {near or '`dualcos backend behaviours` lists them'}")
    tell(args, BehaviourList(behaviours=known), lines_in(known[0].text) if args.name else _listed(known))
    return DONE


def _facts(name: str) -> ReadyBehaviour:
    file, path = ready_behaviours()[name], ready_path(name)
    text = text_of(path) if path is not None else ""
    return ReadyBehaviour(name=name, title=file.title, title_zh=file.title_zh, text=text)


def _listed(known: list[ReadyBehaviour]) -> Iterator[str]:
    paint = paint_for(sys.stdout)
    yield from columns((paint("name", each.name), f"{each.title} {each.title_zh}") for each in known)
    yield paint(
        "faint", "`dualcos backend serve --rules NAME` follows one, `dualcos backend behaviours NAME` shows its text"
    )


BACKEND_BEHAVIOURS = Subcommand(
    "behaviours", "rule files that come along: what back ends do on bad days", _arguments, _behaviours
)
