"""What ``dualcos lab run`` and ``dualcos lab plan`` are asked alike: which vectors, on which sample."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from dualcos.cli.card_argument import CARD, add_named_card, add_settings, default_profile, is_card_file
from dualcos.cli.fault_mode import add_faults_of_sample
from dualcos.cli.file_arguments import add_input
from dualcos.cli.user_faults import Fault
from dualcos.lab.campaign.sample import Sample
from dualcos.lab.conformance.shipped_vectors import found
from dualcos.lab.conformance.vector_file import Case, load
from dualcos.profile.schema import file_of, names


def add_selection(parser: ArgumentParser) -> None:
    """Declare which vectors: SELECTION… and --vectors."""
    add_input(
        parser,
        "selection",
        where=_file_in_selection,
        metavar="SELECTION",
        nargs="*",
        help="which vectors: a pattern of ids (SSC-VERIFY-*), or files and folders, yours or by name of those that come"
        " along: ssse, pse/… (default: all)",
    )
    add_input(
        parser,
        "--vectors",
        where=found,
        metavar="PATH",
        nargs="+",
        default=["vectors"],
        help="where patterns look: vector files or folders (default: all that come along)",
    )


def add_sample(parser: ArgumentParser) -> None:
    """Declare which sample: --card with --set and --faults, or --pcsc with --profile and --destructive."""
    where = parser.add_mutually_exclusive_group()
    add_named_card(
        where,
        "--card",
        help="play everything that applies on this profile's card, or on a copy of the card in this card file"
        " (default: each vector on the card it names)",
    )
    where.add_argument(
        "--pcsc", metavar="READER", help="play what a card in a reader can show on the one in this (name or part of it)"
    )
    add_settings(parser)
    add_faults_of_sample(parser)
    add_input(parser, "--profile", where=file_of, metavar="PROFILE", help="with --pcsc: whose test keys the card has")
    parser.add_argument(
        "--destructive", action="store_true", help="with --pcsc: also vectors that lock keys or block for good"
    )


def asked_sample(args: Namespace) -> Sample:
    """The sample that the arguments name; it is not looked at yet. Raises Fault."""
    if args.pcsc is None:
        _demand_of_process(args)
        if args.card is None:
            return Sample("each vector's own", faults=args.faults or "")
        if is_card_file(args.card):
            if args.set:
                raise Fault(f"{args.card} is a card file, its settings are burnt in: leave --set and --holder out")
            return Sample("card file", str(args.card), faults=args.faults or "")
        if args.card not in names() and not Path(args.card).is_file():
            raise Fault(f"--card {args.card}: no such profile and no such card file; profiles are {', '.join(names())}")
        return Sample("profile", args.card, settings=tuple(args.set), faults=args.faults or "")
    if args.faults is not None:
        raise Fault("--faults is about a card in this process; `dualcos serve --faults` shows one in a reader")
    profile = args.profile or default_profile()
    return Sample("reader", args.pcsc, profile, tuple(args.set), destructive=args.destructive)


def _demand_of_process(args: Namespace) -> None:
    if args.profile is not None:
        raise Fault("--profile says whose test keys the card in a reader has: it goes with --pcsc; else --card PROFILE")
    if args.destructive:
        raise Fault("--destructive is about the card in a reader: it goes with --pcsc")
    if args.set and args.card is None:
        raise Fault(f"--set and --holder are about the card of a profile: name it with --card {CARD.split('|')[0]}")


class AskedVectors(NamedTuple):
    """The vectors that were chosen, and the files and folders in which they were looked for."""

    cases: tuple[Case, ...]
    paths: tuple[Path, ...]


def asked_vectors(args: Namespace) -> AskedVectors:
    """The vectors that the arguments choose. Raises VectorError, Fault if there are none."""
    words: Sequence[str] = args.selection
    paths = [path for word in words if (path := _file_in_selection(word)) is not None]
    patterns = [word for word in words if _file_in_selection(word) is None]
    cases = [case for path in paths for case in load(path)]
    if patterns or not words:
        looked_in = [found(path) for path in args.vectors]
        looked = [case for path in looked_in for case in load(path)]
        cases += [case for case in looked if not words or any(fnmatchcase(case.id, each) for each in patterns)]
        paths += looked_in
    chosen = {case.id: case for case in cases}
    if not chosen:
        raise Fault(f"no vector is {' '.join(words)}" if words else f"{', '.join(map(str, paths))}: no vectors in it")
    twice = next((case for case in cases if chosen[case.id].path.resolve() != case.path.resolve()), None)
    if twice is not None:
        raise Fault(f"{twice.path}: id {twice.id} is taken by {chosen[twice.id].path}")
    return AskedVectors(tuple(chosen.values()), tuple(dict.fromkeys(paths)))


def _file_in_selection(word: str) -> Path | None:
    """The file or folder of vectors that a word of the selection names; None if it is no such word."""
    path = found(word)
    return path if path.exists() else None
