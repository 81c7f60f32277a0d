"""``dualcos lab diff``: two campaigns compared: what fails now, what is mended, what answers otherwise."""

from __future__ import annotations

import datetime
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from dualcos.cli.facts.lab_diff_facts import (
    CampaignCompared,
    CampaignsCompared,
    KnownFaultFacts,
    RunsDifferIn,
    VectorChange,
)
from dualcos.cli.file_arguments import add_input
from dualcos.cli.lab_action import LabAction
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.user_faults import DIFFERS, DONE, Fault
from dualcos.explain.control_characters import harmless, in_one_line
from dualcos.lab.evidence.campaign_file import CampaignChain, CampaignFileError, chain_of, looks_like_campaign
from dualcos.lab.evidence.comparison import ChangeKind, ComparedRun, Comparison, VerdictChange, compared
from dualcos.lab.evidence.known_faults import KnownFaults, load_known_faults
from dualcos.lab.evidence.record_order import totals_in_words

_KNOWN = "known failures"
_HEADINGS = {
    ChangeKind.NEW_FAILURE: "new failures",
    ChangeKind.CHANGED_ANSWER: "changed answers",
    ChangeKind.CHANGED_VECTOR: "changed vectors",
}
_SHOWN = 16  # of a digest


def _arguments(parser: ArgumentParser) -> None:
    add_input(parser, "before", metavar="A", help="a campaign file")
    add_input(parser, "after", metavar="B", help="a later one")
    add_input(parser, "--known", metavar="FILE", help="known faults (TOML): failures in it are not new")
    parser.add_argument(
        "--bytes", action="store_true", help="compare every byte, also where random numbers are bound to differ"
    )
    add_json(parser, CampaignsCompared)


def _diff(args: Namespace) -> int:
    known = KnownFaults() if args.known is None else load_known_faults(args.known)
    today = datetime.datetime.now(tz=datetime.UTC).date()
    found = compared(_chain(args.before), _chain(args.after), known, today, all_bytes=args.bytes)
    for each in found.runs_differ:
        if each.weighty:
            line = f"{each.what}: {_short(each.before)} in A, {_short(each.after)} in B (warning)"
            print(harmless(in_one_line(line)), file=sys.stderr)
    tell(args, _facts(args, found), _words(args, found))
    return DIFFERS if found.new_failures else DONE


def _chain(path: str) -> CampaignChain:
    """The campaign in a file. Raises Fault, OSError."""
    content = Path(path).read_bytes()
    if not looks_like_campaign(content):
        raise Fault(f"{path}: it is no campaign file")
    try:
        return chain_of(content)
    except CampaignFileError as error:
        raise Fault(f"{path}, {error}; `dualcos lab verify {path}` says more") from None


# --- as facts ----------------------------------------------------------------------------------------------------


def _facts(args: Namespace, found: Comparison) -> CampaignsCompared:
    return CampaignsCompared(
        before=_run(args.before, found.before),
        after=_run(args.after, found.after),
        runs_differ=[
            RunsDifferIn(what=each.what, before=each.before, after=each.after, weighty=each.weighty)
            for each in found.runs_differ
        ],
        compared=found.by,
        why=found.why,
        changes=[_change(each) for each in found.changes],
        same=found.same,
        new_failures=len(found.new_failures),
        remarks=list(found.remarks),
    )


def _run(path: str, run: ComparedRun) -> CampaignCompared:
    return CampaignCompared(campaign=path, began=run.campaign.at, laboratory=run.campaign.laboratory, totals=run.totals)


def _change(each: VerdictChange) -> VectorChange:
    entry = each.known
    return VectorChange(
        id=each.id,
        change=each.kind.value,
        before=each.before.verdict if each.before is not None else "",
        after=each.after.verdict if each.after is not None else "",
        text=each.text,
        vector_changed=each.vector_changed,
        known=None
        if entry is None
        else KnownFaultFacts(
            where=entry.where, came=entry.came, reason=entry.reason, link=entry.link, expires=str(entry.expires)
        ),
    )


# --- in words ----------------------------------------------------------------------------------------------------


def _words(args: Namespace, found: Comparison) -> Iterator[str]:
    for name, path, run in (("A", args.before, found.before), ("B", args.after, found.after)):
        yield in_one_line(f"{name}  {path}, began {run.campaign.at}: {totals_in_words(run.totals)}")
    for each in found.runs_differ:
        yield in_one_line(f"differ in {each.what}: {_short(each.before)} | {_short(each.after)}")
    yield f"compared by {found.by}{f': {found.why}; --bytes compares all' if found.why else ''}"
    counts = [f"the same {found.same}"]
    for heading, group in _groups(found):
        counts.append(f"{heading} {len(group)}")
        yield f"{heading}: {len(group)}"
        for change in group:
            yield from _lines(change)
    yield from (in_one_line(each) for each in found.remarks)
    yield ", ".join(counts)


def _groups(found: Comparison) -> Iterator[tuple[str, list[VerdictChange]]]:
    """By kind, new failures first; those that are known, and vectors of no interest, behind them."""
    yield "new failures", list(found.new_failures)
    for kind in ChangeKind:
        group = [each for each in found.changes if each.kind is kind and each not in found.new_failures]
        if group:
            yield _KNOWN if kind is ChangeKind.NEW_FAILURE else _HEADINGS.get(kind, kind.value), group


def _lines(each: VerdictChange) -> Iterator[str]:
    before, after = (judged.verdict if judged is not None else "–" for judged in (each.before, each.after))
    changed = "  (the vector changed)" if each.vector_changed else ""
    yield in_one_line(f"  {each.id}  {before} → {after}{changed}")
    yield from (in_one_line(f"      {text}") for text in (each.text,) if text)
    if each.known is not None:
        yield in_one_line(f"      known until {each.known.expires}: {each.known.reason}, {each.known.link}")


def _short(text: str) -> str:
    """A digest is told by its beginning."""
    return f"{text[:_SHOWN]}…" if len(text) == 64 and " " not in text else text


LAB_DIFF = LabAction("diff", "two campaigns compared: new failures, mended, answered otherwise", _arguments, _diff)
