"""``dualcos conform``: conformance vectors played on a card in this process or in a reader."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dualcos.cli.card_argument import default_profile
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.user_faults import DIFFERS, DONE, WRONG, Fault
from dualcos.lab.conformance import coverage, run_report
from dualcos.lab.conformance.card_on_bench import Bench, ReaderBench
from dualcos.lab.conformance.playing import VectorResult, VectorTable, VectorVerdict, play_all
from dualcos.lab.conformance.shipped_vectors import found
from dualcos.lab.conformance.vector_file import Case, VectorError, load
from dualcos.reader.pcsc import PcscLink, reader_named


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        default=["vectors"],
        help="vector files or folders, yours or by name of those that come along: ssse, pse/… (default: all of these)",
    )
    parser.add_argument(
        "--profile",
        metavar="PROFILE",
        help="play everything that applies on this profile's card; with --pcsc: whose test keys the card has",
    )
    parser.add_argument(
        "--pcsc",
        metavar="READER",
        help="play what is marked live on the card in this reader (its name or a part of it)",
    )
    parser.add_argument(
        "--destructive", action="store_true", help="with --pcsc: also those that lock keys or block for good"
    )
    parser.add_argument("--junit", metavar="FILE", help="write JUnit XML too")
    parser.add_argument("--coverage", action="store_true", help="print which vectors show each word of each command")
    parser.add_argument("--cards", action="store_true", help="print which cards the vectors need, and play nothing")
    parser.add_argument("-q", "--quiet", action="store_true", help="only what did not pass, and the counts")


def conform(args: Namespace) -> int:
    """Play vectors. 0 all pass, 1 a card answered wrongly, 2 a vector could not be used or judged."""
    if args.coverage and args.pcsc is not None:
        raise Fault("--coverage counts on cards in this process; leave --pcsc out")
    paths = [found(path) for path in args.paths]
    try:
        cases = [case for path in paths for case in load(path)]
        if args.cards:
            return _cards(cases)
        with _bench(args) as bench:
            if args.coverage:
                return _coverage(cases, bench, paths)
            results = _tell(play_all(cases, bench), quiet=args.quiet)
    except VectorError as error:
        raise Fault(str(error)) from None
    print(run_report.summary(results))
    if args.junit is not None:
        run_report.junit(results, Path(args.junit))
    verdicts = run_report.counts(results)
    if verdicts[VectorVerdict.FAIL]:
        return DIFFERS
    return WRONG if verdicts[VectorVerdict.INCONCLUSIVE] else DONE


@contextmanager
def _bench(args: Namespace) -> Iterator[VectorTable]:
    if args.pcsc is None:
        yield Bench(args.profile)
        return
    link = PcscLink(reader_named(args.pcsc))
    try:
        yield ReaderBench(link, args.profile or default_profile(), destructive=args.destructive)
    finally:
        link.close()


def _cards(cases: list[Case]) -> int:
    print("vectors   live  spoil  card")
    for each in run_report.wanted(cases):
        print(f"{each.vectors:7}{each.live:7}{each.spoiling:7}  {_near(each.profile)}")
    print("live: --pcsc READER --profile CARD, in any order and as often as you like")
    print("spoil: with --destructive besides, and a card to spare")
    return DONE


def _near(profile: str) -> str:
    """A path as seen from here; a built-in name as it is."""
    here = Path.cwd()
    return str(Path(profile).relative_to(here)) if Path(profile).is_relative_to(here) else profile


def _tell(results: Iterable[VectorResult], *, quiet: bool) -> list[VectorResult]:
    told = []
    for result in results:
        told.append(result)
        if not (quiet and result.verdict in (VectorVerdict.PASS, VectorVerdict.NOT_APPLICABLE)):
            print(run_report.line(result), flush=True)
    return told


def _coverage(cases: list[Case], bench: VectorTable, paths: list[Path]) -> int:
    counter = coverage.Counter()
    for _ in counter.play(cases, bench):
        pass
    holes = [hole for path in paths if path.is_dir() for hole in coverage.read_holes(path)]
    cells = counter.cells(holes)
    for text in coverage.lines(cells):
        print(text)
    missing = sum(not cell.vectors and not cell.reason for cell in cells)
    shown = sum(bool(cell.vectors) for cell in cells)
    print(f"{len(cells)} words of rows: {shown} shown, {len(cells) - shown - missing} explained, {missing} missing")
    return DIFFERS if missing else DONE


CONFORM = Subcommand("conform", "play conformance vectors on a card and judge its answers", _arguments, conform)
