"""``dualcos conform``: conformance vectors played on a card in this process or in a reader."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from dualcos.cli.card_argument import add_settings
from dualcos.cli.facts.conformance_facts import (
    ReasonNotApplicable,
    RowCovered,
    VectorCoverage,
    VectorFacts,
    VerdictCounts,
    WantedCard,
    WantedCards,
    WordCovered,
)
from dualcos.cli.file_arguments import add_input, add_output, demand_unread
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.user_faults import DIFFERS, DONE, WRONG, Fault
from dualcos.lab.conformance import coverage, run_report
from dualcos.lab.conformance.card_on_bench import Bench, ReaderBench
from dualcos.lab.conformance.own_cards import files_named_by
from dualcos.lab.conformance.playing import VectorResult, VectorTable, VectorVerdict, play_all
from dualcos.lab.conformance.shipped_vectors import found
from dualcos.lab.conformance.vector_file import Case, VectorError, load
from dualcos.profile.opened_card import default_profile
from dualcos.profile.schema import file_of
from dualcos.profile.schema import load as load_profile
from dualcos.reader.pcsc import PcscLink, reader_named
from keys.custody.whole_file import COMMON, write_whole


def _arguments(parser: ArgumentParser) -> None:
    add_input(
        parser,
        "paths",
        where=found,
        metavar="PATH",
        nargs="*",
        default=["vectors"],
        help="vector files or folders, yours or by name of those that come along: ssse, pse/… (default: all of these)",
    )
    add_input(
        parser,
        "--profile",
        where=file_of,
        metavar="PROFILE",
        help="play everything that applies on this profile's card; with --pcsc: whose test keys the card has",
    )
    add_settings(parser)
    parser.add_argument(
        "--pcsc",
        metavar="READER",
        help="play what is marked live on the card in this reader (its name or a part of it)",
    )
    parser.add_argument(
        "--destructive", action="store_true", help="with --pcsc: also those that lock keys or block for good"
    )
    add_output(parser, "--junit", metavar="FILE", help="write JUnit XML too")
    parser.add_argument("--coverage", action="store_true", help="print which vectors show each word of each command")
    parser.add_argument("--cards", action="store_true", help="print which cards the vectors need, and play nothing")
    parser.add_argument("-q", "--quiet", action="store_true", help="only what did not pass, and the counts")
    sheets = VectorFacts, VerdictCounts, WantedCards, VectorCoverage
    add_json(parser, *sheets, words="one line of JSON per vector, then the counts,")


def conform(args: Namespace) -> int:
    """Play vectors. 0 all pass, 1 a card answered wrongly, 2 a vector could not be used or judged, or none applies."""
    _demand_sense(args)
    if args.profile is not None:
        load_profile(args.profile, settings=args.set)  # a fault in it is told before anything is played or written
    paths = [found(path) for path in args.paths]
    try:
        cases = [case for path in paths for case in _some(path)]
        if args.junit is not None:
            demand_unread(args, files_named_by(cases))
        if args.cards:
            return _cards(args, cases)
        with _bench(args) as bench:
            if args.coverage:
                return _coverage(args, cases, bench, paths)
            results = _tell(args, play_all(cases, bench))
    except VectorError as error:
        raise Fault(str(error)) from None
    verdicts = run_report.counts(results)
    one_card = args.profile is not None or args.pcsc is not None
    words = (run_report.summary(results), *([run_report.applying(results)] if one_card else ()))
    tell(args, _counted(verdicts, results), words)
    if args.junit is not None:
        write_whole(args.junit, run_report.junit(results), replace=args.force, mode=COMMON)
    if verdicts[VectorVerdict.FAIL]:
        return DIFFERS
    if verdicts[VectorVerdict.NOT_APPLICABLE] == len(results):
        raise Fault(f"nothing was played: none of {len(results)} vectors applies to this card")
    return WRONG if verdicts[VectorVerdict.INCONCLUSIVE] else DONE


def _demand_sense(args: Namespace) -> None:
    """What would be asked for and not done. Raises Fault."""
    if args.coverage and args.pcsc is not None:
        raise Fault("--coverage counts on cards in this process; leave --pcsc out")
    if args.set and args.profile is None:
        raise Fault("--set and --holder are about the card of a profile: name it with --profile")
    if args.destructive and args.pcsc is None:
        raise Fault("--destructive is about the card in a reader: name it with --pcsc")
    if args.junit is not None and (args.cards or args.coverage):
        raise Fault("--junit is a report of vectors played and judged; leave --cards and --coverage out")
    if args.cards and args.coverage:
        raise Fault("--cards plays nothing and --coverage plays all: one of them")


def _some(path: Path) -> tuple[Case, ...]:
    """The vectors of a path. Raises VectorError, Fault if there are none."""
    cases = load(path)
    if not cases:
        raise Fault(f"{path}: no vectors in it")
    return cases


@contextmanager
def _bench(args: Namespace) -> Iterator[VectorTable]:
    if args.pcsc is None:
        yield Bench(args.profile, settings=args.set)
        return
    link = PcscLink(reader_named(args.pcsc))
    try:
        yield ReaderBench(link, args.profile or default_profile(), settings=args.set, destructive=args.destructive)
    finally:
        link.close()


def _counted(verdicts: dict[VectorVerdict, int], results: list[VectorResult]) -> VerdictCounts:
    return VerdictCounts(
        vectors=sum(verdicts.values()),
        passed=verdicts[VectorVerdict.PASS],
        failed=verdicts[VectorVerdict.FAIL],
        inconclusive=verdicts[VectorVerdict.INCONCLUSIVE],
        not_applicable=verdicts[VectorVerdict.NOT_APPLICABLE],
        reasons=[ReasonNotApplicable(why=why, vectors=number) for why, number in run_report.why_not(results)],
    )


def _cards(args: Namespace, cases: list[Case]) -> int:
    cards = [
        WantedCard(profile=_near(each.profile), vectors=each.vectors, live=each.live, spoil=each.spoiling)
        for each in run_report.wanted(cases)
    ]
    words = [
        "vectors   live  spoil  card",
        *(f"{each.vectors:7}{each.live:7}{each.spoil:7}  {each.profile}" for each in cards),
        "live: --pcsc READER --profile CARD, in any order and as often as you like",
        "spoil: with --destructive besides, and a card to spare",
    ]
    tell(args, WantedCards(cards=cards), words)
    return DONE


def _near(profile: str) -> str:
    """A path as seen from here; a built-in name as it is."""
    here = Path.cwd()
    return str(Path(profile).relative_to(here)) if Path(profile).is_relative_to(here) else profile


def _tell(args: Namespace, results: Iterable[VectorResult]) -> list[VectorResult]:
    told = []
    for result in results:
        told.append(result)
        if not (args.quiet and result.verdict in (VectorVerdict.PASS, VectorVerdict.NOT_APPLICABLE)):
            tell(args, facts_of_vector(result), (run_report.line(result),))
    return told


def facts_of_vector(result: VectorResult) -> VectorFacts:
    """A vector and its verdict."""
    title = result.case.vector.title
    return VectorFacts(
        id=result.case.id,
        unit=result.case.unit.unit,
        title=title.en,
        title_zh=title.zh,
        clause=list(result.case.clause),
        verdict=result.verdict.value,
        where=result.where,
        text=result.text,
        requirement=result.requirement,
    )


def _coverage(args: Namespace, cases: list[Case], bench: VectorTable, paths: list[Path]) -> int:
    counter = coverage.Counter()
    for _ in counter.play(cases, bench):
        pass
    holes = [hole for path in paths if path.is_dir() for hole in coverage.read_holes(path)]
    cells = counter.cells(holes)
    missing = sum(not cell.vectors and not cell.reason for cell in cells)
    shown = sum(bool(cell.vectors) for cell in cells)
    explained = len(cells) - shown - missing
    facts = VectorCoverage(
        commands=_covered(cells), words=len(cells), shown=shown, explained=explained, missing=missing
    )
    counts = f"{len(cells)} words of rows: {shown} shown, {explained} explained, {missing} missing"
    tell(args, facts, (*coverage.lines(cells), counts))
    return DIFFERS if missing else DONE


def _covered(cells: list[coverage.Cell]) -> list[RowCovered]:
    return [
        RowCovered(
            environment=row.environment,
            code=row.code,
            name=row.name,
            words=[
                WordCovered(word=coverage.word_of(cell), vectors=list(cell.vectors), reason=cell.reason)
                for cell in group
            ],
        )
        for row, group in groupby(cells, key=lambda cell: cell.row)
    ]


CONFORM = Subcommand("conform", "play conformance vectors on a card and judge its answers", _arguments, conform)
