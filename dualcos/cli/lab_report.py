"""``dualcos lab report``: a campaign as one page in Chinese and English; as JUnit XML and JSON Lines besides."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from dualcos.cli.facts.lab_report_facts import LabReportFacts
from dualcos.cli.file_arguments import add_input, add_output, demand_unread
from dualcos.cli.lab_action import LabAction
from dualcos.cli.lab_sample import vectors_in
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.outputs_together import OutputsTogether
from dualcos.cli.public_key_argument import given_public_key
from dualcos.cli.signed_campaign import add_laboratory_key, add_signature, signature_beside
from dualcos.cli.user_faults import DONE, Fault
from dualcos.explain.control_characters import in_one_line
from dualcos.lab.campaign.vector_selection import Selection, SelectionError
from dualcos.lab.conformance.own_cards import files_named_by
from dualcos.lab.conformance.shipped_vectors import found, shipped
from dualcos.lab.conformance.vector_file import Case, VectorError
from dualcos.lab.evidence.campaign_file import CampaignFileError
from dualcos.lab.evidence.known_faults import KnownFaults, load_known_faults
from dualcos.lab.evidence.record_order import totals_in_words
from dualcos.lab.evidence.signature import SIGNATURE
from dualcos.lab.evidence.vector_digests import file_digests
from dualcos.lab.evidence.verification import Verification, verified
from dualcos.lab.report.campaign_junit import campaign_junit
from dualcos.lab.report.campaign_report import CampaignReport, ReportAsked, ReportError, campaign_report
from dualcos.lab.report.report_lines import report_lines
from dualcos.lab.report.report_page import report_page
from keys.custody.whole_file import COMMON

_ALL = ("vectors",)


def _arguments(parser: ArgumentParser) -> None:
    add_input(parser, "campaign", beside=(SIGNATURE,), metavar="CAMPAIGN", help="a campaign file, finished or not")
    add_output(parser, "-o", "--output", metavar="FILE.html", required=True, help="the page; - is the standard output")
    add_output(parser, "--junit", metavar="FILE", help="JUnit XML too")
    add_output(parser, "--jsonl", metavar="FILE", help="JSON Lines too: the campaign, then a line for each vector")
    add_input(parser, "--known", metavar="FILE", help="known faults (TOML): failures in it are told apart")
    add_signature(parser)
    add_laboratory_key(parser)
    add_input(
        parser,
        "--vectors",
        where=found,
        metavar="PATH",
        nargs="+",
        help="the vectors that were played: files or folders (default: those that the campaign's selection names, else"
        " all that come along)",
    )
    add_json(parser, LabReportFacts)


def _report(args: Namespace) -> int:
    """Write the report. 0 whatever it says: ``dualcos lab run`` and ``verify`` judge."""
    known = KnownFaults() if args.known is None else load_known_faults(args.known)
    report = _made(args, known)
    with OutputsTogether(replace=args.force) as outputs:
        outputs.begin(args.output, mode=COMMON).write(report_page(report))
        if args.junit is not None:
            outputs.begin(args.junit, mode=COMMON).write(campaign_junit(report))
        if args.jsonl is not None:
            outputs.begin(args.jsonl, mode=COMMON).writelines(report_lines(report))
    facts = _facts(args, report)
    tell(args, facts, _words(facts))
    return DONE


def _made(args: Namespace, known: KnownFaults) -> CampaignReport:
    """Raises Fault, OSError, UnreadableText."""
    public, campaign, now = given_public_key(args.public_key), Path(args.campaign), datetime.now(UTC)
    try:
        judged = verified(campaign.read_bytes(), signature_beside(campaign, args.signature), now, public=public)
        if args.signature is not None and judged.signature is None:
            raise Fault(f"--signature {args.signature}: it is no signature of a campaign, or was changed")
        selection = _selection(judged)
        names = tuple(args.vectors or _named(selection))
        roots = list(dict.fromkeys(map(found, names)))
        demand_unread(args, roots)
        cases = vectors_in(roots)
        demand_unread(args, files_named_by(cases))
        shipped_only = all(path.resolve().is_relative_to(shipped().resolve()) for path in roots)
        asked = ReportAsked(
            campaign.name,
            judged,
            cases,
            file_digests(roots),
            () if shipped_only else names,
            _selected(selection, cases),
            known,
            now,
        )
        return campaign_report(asked)
    except (CampaignFileError, ReportError) as error:
        raise Fault(f"{campaign}: {error}") from None
    except VectorError as error:
        raise Fault(str(error)) from None


def _selection(judged: Verification) -> Selection | None:
    """What the campaign chose by, read here and now; None if it cannot be read."""
    try:
        return Selection.parse(judged.campaign.selection) if judged.campaign is not None else None
    except SelectionError:
        return None


def _named(selection: Selection | None) -> list[str]:
    """Where the vectors lie that a selection is about, as ``--vectors`` would name it."""
    if selection is None:
        return [*_ALL]
    return [*selection.named, *(_ALL if selection.elsewhere else ())]


def _selected(selection: Selection | None, cases: Sequence[Case]) -> frozenset[str]:
    """What the campaign's selection chooses of the vectors as they are today; nothing if it chooses nothing more."""
    if selection is None:
        return frozenset()
    try:
        return frozenset(case.id for case in selection.chosen(cases))
    except SelectionError:
        return frozenset()


def _facts(args: Namespace, report: CampaignReport) -> LabReportFacts:
    return LabReportFacts(
        campaign=args.campaign,
        report=args.output,
        junit=args.junit,
        jsonl=args.jsonl,
        sound=report.sound,
        wrong=[str(each) for each in report.verification.faults],
        totals=report.totals,
        new_failures=[each.id for each in report.new_failures],
        known_failures=[each.id for each in report.known_failures],
        otherwise=[each.id for each in report.otherwise],
    )


def _words(facts: LabReportFacts) -> Iterator[str]:
    yield totals_in_words(facts.totals)
    yield from (f"  ✗ {in_one_line(each)}" for each in facts.wrong)
    if facts.known_failures:
        yield f"known       {' '.join(facts.known_failures)}"
    if facts.otherwise:
        yield f"otherwise   {' '.join(facts.otherwise)}"
    for name, path in (("report", facts.report), ("junit", facts.junit), ("lines", facts.jsonl)):
        if path is not None:
            yield f"{name:11} {path}"


LAB_REPORT = LabAction(
    "report", "a campaign as one page in Chinese and English, JUnit XML, JSON Lines", _arguments, _report
)
