"""``dualcos explain``: a trace file in words."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cos.ssse.tables.table_model import Version
from cos.stacks import of_card
from dualcos.cli.card_argument import add_named_card, seen_card
from dualcos.cli.commands_to_paste import to_paste
from dualcos.cli.file_arguments import add_input
from dualcos.cli.machine_output import add_json, for_stream
from dualcos.cli.replay import read_trace
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.terminal_colours import paint_for
from dualcos.cli.user_faults import DONE, Fault
from dualcos.explain import Explainer, line, text
from dualcos.explain.diagnosis.laboratory_view import NO_VIEW, LaboratoryView
from dualcos.explain.served_card import NO_CARD, ServedCard
from dualcos.explain.trace_file_lines import RecordedTrace
from dualcos.explain.trace_lines import ExchangeLine, PowerLine, encode
from dualcos.profile.keys_around_card import view_as_made, view_of
from dualcos.profile.schema import ProfileError, load, names

_FIRST = ""
"""The slot whose lines have no mark."""


def _arguments(parser: ArgumentParser) -> None:
    add_input(parser, "trace", metavar="TRACE", help="a trace of serve, run or send (--trace)")
    add_named_card(
        parser,
        "--card",
        help="whose keys a computation that did not fit is tried with, if they are test keys (default: those of the "
        "profile that the trace names, as it comes)",
    )
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--short", action="store_true", help="one line per APDU, as `dualcos serve` shows")
    add_json(shape, ExchangeLine, PowerLine, words="one line of JSON per APDU")


def explain_trace(args: Namespace) -> int:
    """Show what happened, in words. Secrets are not shown, also where the file holds them."""
    trace = read_trace(args.trace)
    paint = paint_for(sys.stdout)
    slots = {one.slot for one in trace.lines}
    if args.card is not None and _FIRST not in slots:
        raise Fault(f"{args.trace} has no lines of the first slot, whose card --card names")
    explainers = {slot: _explainer(trace, slot, None if slot else args.card) for slot in slots}
    shape = line if args.short else text
    for one in trace.lines:
        happening = explainers[one.slot].explain(one.record)
        if args.json:
            print(for_stream(encode(happening, one.slot, _time(one.record.at)), sys.stdout))
        else:
            shown = to_paste(shape(happening, paint))
            print(f"{one.slot}│ {shown}" if one.slot else shown)
    return DONE


def _explainer(trace: RecordedTrace, slot: str, named: str | None) -> Explainer:
    about = trace.about(slot)
    edition, under = about.get("edition"), about.get("under")
    version = next((each for each in Version if each.label == edition), Version.V2)
    card = _served(about)
    if slot:
        card = card._replace(beside=_served(trace.about("")))
    view = view_of(seen_card(named)) if named is not None else _view_as_made(_served(about))
    return Explainer(version, under=under if isinstance(under, str) and of_card(under) else "", card=card, view=view)


def _view_as_made(card: ServedCard) -> LaboratoryView:
    """Of a profile that comes along; nothing where what was set otherwise is secret, or no setting of today."""
    if card.profile not in names():
        return NO_VIEW
    try:
        return view_as_made(load(card.profile, settings=card.settings))
    except ProfileError:
        return NO_VIEW


def _served(about: Mapping[str, Any]) -> ServedCard:
    """As which the traced card was served, where the trace says so of a profile."""
    name, settings = about.get("card"), about.get("set", [])
    if not isinstance(name, str) or not (name in names() or name.endswith(".toml")) or not isinstance(settings, list):
        return NO_CARD
    printable = all(isinstance(each, str) and each.isprintable() for each in (name, *settings))
    return ServedCard(name, tuple(settings)) if printable else NO_CARD


def _time(at: float) -> str:
    """When, in UTC; nothing if nobody looked at a clock, or at none of this world."""
    try:
        return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds") if at else ""
    except (ValueError, OverflowError, OSError):
        return ""


EXPLAIN = Subcommand("explain", "show a recorded trace in words", _arguments, explain_trace)
