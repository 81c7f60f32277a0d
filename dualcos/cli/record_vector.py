"""``dualcos record vector``: a draft vector of a trace, played on the card that it names before it is written."""

from __future__ import annotations

import os
import re
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from dualcos.cli.card_argument import add_seed, add_settings
from dualcos.cli.facts.record_facts import DraftedVector
from dualcos.cli.file_arguments import add_input, add_output, demand_unread
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.replay import of_slot, read_trace, settings_of_trace
from dualcos.cli.user_faults import DONE, Fault
from dualcos.explain.trace_file_lines import RecordedTrace
from dualcos.lab.conformance.playing import VectorVerdict
from dualcos.lab.recorder.draft_played import as_text, played
from dualcos.lab.recorder.draft_step import NamedCard, NoDraft
from dualcos.lab.recorder.draft_unit import DraftVector
from dualcos.lab.recorder.draft_vector import drafted
from dualcos.lab.recorder.live_draft import live
from dualcos.profile.opened_card import is_card_file
from dualcos.profile.schema import file_of, load, names
from keys.custody.whole_file import is_stream, write_whole

NAME: Final = "vector"
HELP: Final = "a trace as a draft vector, which plays on the card that it was taken from"
_UNNAMED = "draft.json"
"""As what a draft is played that goes to a stream."""
_ID = re.compile("[A-Z0-9][A-Za-z0-9_.-]*")


def arguments(parser: ArgumentParser) -> None:
    """Declare them."""
    add_input(parser, "trace", metavar="TRACE", help="a trace of record, serve, run or send")
    add_output(parser, "-o", "--output", metavar="FILE", required=True, help="the vector file")
    parser.add_argument("--id", metavar="ID", help="the vector's id (default: RECORDED- and a digest of its steps)")
    add_input(
        parser,
        "--profile",
        where=file_of,
        metavar="PROFILE",
        help="what the card was made from (default: the profile that the trace names)",
    )
    parser.add_argument("--slot", default="", metavar="NAME", help="the lines of this slot, as `sam`")
    parser.add_argument(
        "--live",
        action="store_true",
        help="for cards in readers: random numbers are kept and proofs computed, none is as recorded",
    )
    add_seed(parser)
    add_settings(parser)
    add_json(parser, DraftedVector)


def run(args: Namespace) -> int:
    """Draft it, play it, write it."""
    if args.id is not None and not _ID.fullmatch(args.id):
        raise Fault(f"--id {args.id}: an id is capitals, digits, letters, _ . - and begins with a capital or a digit")
    trace = read_trace(args.trace)
    lines = of_slot(trace, args.slot, args.trace)
    card = _named(args, trace)
    demand_unread(args, [file_of(card.name)])
    try:
        draft = drafted(lines, card, args.id or "")
        draft = live(draft, card.profile) if args.live else draft
    except NoDraft as error:
        raise Fault(f"{args.trace}: {error}") from None
    place = Path.cwd() / _UNNAMED if is_stream(args.output) else Path(args.output)
    content = {**draft.content, "profile": _seen_from(place.parent, card.name)}
    text = as_text(content)
    result = played(text, place)
    if result.verdict is not VectorVerdict.PASS:
        why = f"the draft does not play on the card of {card.name}: {result.where}: {result.text}"
        raise Fault(f"{args.trace}: {why}{'; what no expression gives is as it came: leave --live out' * args.live}")
    write_whole(args.output, text.encode(), replace=args.force)
    facts = _facts(args.output, content, draft)
    tell(args, facts, (_words(facts),))
    if draft.secret:
        print(f"WARNING {args.output}: {_UNSAFE}", file=sys.stderr)
    return DONE


def _named(args: Namespace, trace: RecordedTrace) -> NamedCard:
    """The card that the arguments name, or else the trace. Raises Fault, ProfileError."""
    about = trace.about(args.slot) or trace.about("")
    name = args.profile or about.get("card")
    if not isinstance(name, str) or (args.profile is None and name not in names() and is_card_file(name)):
        raise Fault(f"{args.trace} does not name the profile of its card: say what it was made from, --profile PROFILE")
    settings = args.set or (settings_of_trace(about, args.trace) if name == about.get("card") else ())
    seed = args.seed or about.get("seed")
    return NamedCard(
        name,
        load(name),
        load(name, settings=settings),
        seed if isinstance(seed, str) and seed != "random" and "reader" not in about else None,
        _cut_at(about),
    )


def _cut_at(about: Mapping[str, Any]) -> int | None:
    """At which byte the record says that power was cut."""
    at = about.get("cut_at")
    return at if isinstance(at, int) and not isinstance(at, bool) and at >= 0 else None


def _seen_from(folder: Path, profile: str) -> str:
    """The profile as a vector in ``folder`` names it."""
    return profile if profile in names() else os.path.relpath(profile, folder)


def _facts(file: str, content: Mapping[str, Any], draft: DraftVector) -> DraftedVector:
    (vector,) = content["vectors"]
    return DraftedVector(
        file=file,
        id=vector["id"],
        profile=content["profile"],
        steps=len(draft.steps),
        stand_ins=draft.stand_ins,
        random=sum(map(len, vector.get("random", {}).values())),
        secret=draft.secret,
        live=content.get("live", False),
    )


def _words(facts: DraftedVector) -> str:
    stand_ins = f", {facts.stand_ins} with the profile's own data in place of secrets" if facts.stand_ins else ""
    random = f", {facts.random} random numbers" if facts.random else ""
    return f"{facts.file}: {facts.id}, {facts.steps} steps{stand_ins}{random}; plays on the card of {facts.profile}"


_UNSAFE = "PINs or keys stand in this draft in clear 本草稿含明文密码和密钥"
