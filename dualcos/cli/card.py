"""``dualcos card``: a card as text for review, text as a card again, two cards compared in words."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from cos.card import Card
from cos.cos_options import CardPartsError, describe_options
from dualcos.cardfile.card_in_file import keep_card
from dualcos.cli.card_argument import add_named_card, add_seed, asked_card
from dualcos.cli.facts.card_facts import CardDifferences, CardExport, DifferenceOfCards, ImportedCard
from dualcos.cli.file_arguments import add_input, add_output
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.user_faults import DIFFERS, DONE, Fault
from dualcos.explain.card_export import (
    BANNER,
    ExportError,
    demand_agreement,
    differences,
    exported,
    parts,
    provenance_in,
    up_to_date,
)
from dualcos.textforms.text_files import UnreadableText, text_of
from keys.custody.whole_file import open_to_others, write_whole


def _arguments(parser: ArgumentParser) -> None:
    rooms = parser.add_subparsers(metavar="ACTION", required=True)
    export = _room(rooms, "export", "a card as canonical JSON, for review and for text tools", _export)
    add_named_card(export, "card")
    add_output(export, "-o", "--output", metavar="FILE", help="where to (mode 0600); default: stdout, without secrets")
    export.add_argument(
        "--unsafe-secrets",
        action="store_true",
        help="keys and PINs in clear, so that `dualcos card import` can make it again",
    )
    add_seed(export)
    add_json(export, CardExport, words="what comes out anyway: the card as JSON")
    back = _room(rooms, "import", "a card file from an export with secrets", _import)
    add_input(back, "text", metavar="JSON-FILE")
    add_output(back, "-o", "--output", replaceable=False, metavar="FILE", required=True, help="the card file to make")
    add_json(back, ImportedCard)
    diff = _room(rooms, "diff", "what is different between two cards; exit code 1 if anything is", _diff)
    add_named_card(diff, "old")
    add_named_card(diff, "new")
    add_seed(diff)
    add_json(diff, CardDifferences)


def _room(
    rooms: _SubParsersAction[ArgumentParser], name: str, text: str, run: Callable[[Namespace], int]
) -> ArgumentParser:
    room = rooms.add_parser(name, help=text, description=text)
    room.set_defaults(action=run)
    return room


def card(args: Namespace) -> int:
    """One of export, import, diff."""
    action: Callable[[Namespace], int] = args.action
    return action(args)


def _export(args: Namespace) -> int:
    if args.unsafe_secrets and args.output is None:
        raise Fault("--unsafe-secrets writes keys in clear: name a file for them with -o FILE")
    if args.unsafe_secrets and open_to_others(args.output):
        raise Fault(f"--unsafe-secrets writes keys in clear, and others may read what {args.output} goes to: -o FILE")
    opened = asked_card(args.card, args.seed)
    with closing(opened.card) as card:
        dump, options, provenance = card.dump(), describe_options(card.options), card.provenance
    text = exported(dump, options, secrets=args.unsafe_secrets, provenance=provenance)
    if args.output is None:
        sys.stdout.write(text)
        return DONE
    write_whole(args.output, text.encode(), replace=args.force)
    if args.unsafe_secrets:
        print(f"WARNING {args.output}: {BANNER}", file=sys.stderr)
    return DONE


def _import(args: Namespace) -> int:
    path = Path(args.text)
    try:
        text = up_to_date(text_of(path))
        made = parts(text)
        with closing(Card.restored(made.options, made.cells)) as card:
            card.provenance = provenance_in(text)
            demand_agreement(text, card.dump(), describe_options(card.options), card.provenance)
            keep_card(card, args.output)
            cells = sum(map(len, made.cells.values()))
            facts = ImportedCard(card_file=args.output, regions=len(made.cells), cells=cells)
            tell(args, facts, (f"{args.output}: {len(made.cells)} regions, {cells} cells",))
    except UnreadableText as error:
        raise Fault(f"{error}; it cannot become a card") from None
    except (ExportError, CardPartsError) as error:
        raise Fault(f"{path} cannot become a card: {error}") from None
    return DONE


def _diff(args: Namespace) -> int:
    old, new = _opened(args.old, args.seed), _opened(args.new, args.seed)
    found = list(differences(old[0], new[0], old[1], new[1]))
    facts = CardDifferences(
        old=args.old, new=args.new, differences=[DifferenceOfCards(**each._asdict()) for each in found]
    )
    tell(args, facts, map(str, found) if found else ("no difference 无差异",))
    return DIFFERS if found else DONE


def _opened(name: str, seed: str | None) -> tuple[dict[str, dict[bytes, bytes]], str]:
    """Memory and settings of a card, which is closed again."""
    opened = asked_card(name, seed)
    with closing(opened.card) as card:
        return card.dump(), describe_options(card.options)


CARD = Subcommand("card", "a card as text, text as a card, two cards compared", _arguments, card)
