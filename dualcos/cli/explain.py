"""``dualcos explain``: a trace file in words."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cos.ssse.tables.table_model import Version
from cos.stacks import of_card
from dualcos.cli.commands_to_paste import to_paste
from dualcos.cli.file_arguments import add_input
from dualcos.cli.machine_output import add_json, for_stream
from dualcos.cli.replay import read_trace
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.terminal_colours import paint_for
from dualcos.cli.user_faults import DONE
from dualcos.explain import Explainer, line, text
from dualcos.explain.served_card import NO_CARD, ServedCard
from dualcos.explain.trace_file_lines import RecordedTrace
from dualcos.explain.trace_lines import ExchangeLine, PowerLine, encode
from dualcos.profile.schema import names


def _arguments(parser: ArgumentParser) -> None:
    add_input(parser, "trace", metavar="TRACE", help="a trace of serve, run or send (--trace)")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--short", action="store_true", help="one line per APDU, as `dualcos serve` shows")
    add_json(shape, ExchangeLine, PowerLine, words="one line of JSON per APDU")


def explain_trace(args: Namespace) -> int:
    """Show what happened, in words. Secrets are not shown, also where the file holds them."""
    trace = read_trace(args.trace)
    paint = paint_for(sys.stdout)
    explainers = {slot: _explainer(trace, slot) for slot in {one.slot for one in trace.lines}}
    shape = line if args.short else text
    for one in trace.lines:
        happening = explainers[one.slot].explain(one.record)
        if args.json:
            print(for_stream(encode(happening, one.slot, _time(one.record.at)), sys.stdout))
        else:
            shown = to_paste(shape(happening, paint))
            print(f"{one.slot}│ {shown}" if one.slot else shown)
    return DONE


def _explainer(trace: RecordedTrace, slot: str) -> Explainer:
    about = trace.about(slot)
    edition, under = about.get("edition"), about.get("under")
    version = next((each for each in Version if each.label == edition), Version.V2)
    card = _served(about)
    if slot:
        card = card._replace(beside=_served(trace.about("")))
    return Explainer(version, under=under if isinstance(under, str) and of_card(under) else "", card=card)


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
