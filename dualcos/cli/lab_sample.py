"""What ``dualcos lab run`` and ``dualcos lab plan`` are asked alike: which vectors, on which sample."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from dualcos.cli.card_argument import CARD, add_named_card, add_settings
from dualcos.cli.fault_mode import add_faults_of_sample
from dualcos.cli.file_arguments import add_input
from dualcos.cli.user_faults import Fault
from dualcos.lab.campaign.campaign_sample import Sample
from dualcos.lab.campaign.vector_selection import Selection, SelectionError
from dualcos.lab.conformance.shipped_vectors import found
from dualcos.lab.conformance.vector_file import Case, load
from dualcos.lab.ics.stated_sample import stated_sample
from dualcos.lab.ics.statement import Statement, StatementError
from dualcos.profile.opened_card import default_profile, is_card_file
from dualcos.profile.schema import file_of, names
from dualcos.textforms.text_files import UnreadableText, text_of


def add_selection(parser: ArgumentParser) -> None:
    """Declare which vectors: SELECTION… and --vectors."""
    add_input(
        parser,
        "selection",
        where=Selection.file_in,
        metavar="SELECTION",
        nargs="*",
        help="which vectors: id=SSC-VERIFY-* clause='SSC-5 §6.14' item=DF01_SAFETY command=VERIFY sw=63C?"
        " requirement=F12; a pattern of ids; files and folders, yours or by name of those that come along: ssse, pse/…."
        " The same key twice: either; different keys: both; not: in front: without these (default: all)",
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
    """Declare which sample: --card with --set and --faults, or --pcsc with --profile, --sam and --destructive."""
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
        "--sam",
        metavar="READER",
        help="with --pcsc: the PSAM in this reader computes what the host must, in place of the profile's test keys",
    )
    parser.add_argument(
        "--destructive", action="store_true", help="with --pcsc: also vectors that lock keys or block for good"
    )
    add_input(
        parser,
        "--ics",
        metavar="FILE",
        help="what the card can, as its implementation conformance statement says it: `dualcos lab ics`; where the"
        " profile says otherwise, the statement holds",
    )


def asked_statement(args: Namespace) -> Statement | None:
    """The statement that --ics names. Raises Fault."""
    return read_statement(args.ics) if args.ics is not None else None


def read_statement(path: str) -> Statement:
    """The statement in a file, whatever it says. Raises Fault."""
    try:
        return Statement.from_toml(text_of(path), path)
    except (StatementError, UnreadableText) as error:
        raise Fault(str(error)) from None


def asked_sample(args: Namespace) -> Sample:
    """The sample that the arguments name, with what --ics says of it; a card in a reader is not looked at yet.

    Raises Fault, ProfileError, CardFileError, VectorError.
    """
    sample, statement = _named_sample(args), asked_statement(args)
    if statement is None:
        return sample
    if sample.kind == "each vector's own":
        raise Fault(f"--ics is about one card: name it with --card {CARD} or --pcsc READER")
    try:
        return stated_sample(sample, statement, str(args.ics))
    except StatementError as error:
        raise Fault(str(error)) from None


def _named_sample(args: Namespace) -> Sample:
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
    return Sample("reader", args.pcsc, profile, tuple(args.set), destructive=args.destructive, sam=args.sam or "")


def _demand_of_process(args: Namespace) -> None:
    if args.profile is not None:
        raise Fault("--profile says whose test keys the card in a reader has: it goes with --pcsc; else --card PROFILE")
    if args.sam is not None:
        raise Fault("--sam says in which reader the PSAM is for a card in another: it goes with --pcsc")
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
    try:
        selection = Selection.parse(args.selection)
        roots = [*selection.paths, *(map(found, args.vectors) if selection.elsewhere else ())]
        chosen = selection.chosen(vectors_in(roots))
    except SelectionError as error:
        raise Fault(str(error)) from None
    if not chosen:
        raise Fault(f"{', '.join(map(str, roots))}: no vectors in it")
    return AskedVectors(tuple(chosen), tuple(dict.fromkeys(roots)))


def vectors_in(roots: Iterable[Path]) -> list[Case]:
    """Every vector in these files and folders, once. Raises VectorError; Fault if two files have one of the same id."""
    cases = [case for path in roots for case in load(path)]
    by_id = {case.id: case for case in cases}
    twice = next((case for case in cases if by_id[case.id].path.resolve() != case.path.resolve()), None)
    if twice is not None:
        raise Fault(f"{by_id[twice.id].path}: id {twice.id} is taken by {twice.path}")
    return list(by_id.values())
