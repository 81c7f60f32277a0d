"""``dualcos issue``: a card file from a profile."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from contextlib import closing

from dualcos.cardfile.card_in_file import keep_card
from dualcos.cli.card_argument import add_seed, add_settings
from dualcos.cli.facts.card_facts import IssuedCard
from dualcos.cli.facts.fact_sheet import hexed
from dualcos.cli.file_arguments import add_input, add_output
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.user_faults import DONE
from dualcos.explain.rendering import grouped
from dualcos.profile.card_of_profile import personalised_card
from dualcos.profile.profile_notes import profile_notes
from dualcos.profile.schema import file_of, load


def _arguments(parser: ArgumentParser) -> None:
    add_input(parser, "profile", where=file_of, metavar="PROFILE", help="a profile, by name or as a .toml file")
    add_output(parser, "-o", "--output", replaceable=False, metavar="FILE", required=True, help="the card file to make")
    add_seed(parser)
    add_settings(parser)
    add_json(parser, IssuedCard)


def issue(args: Namespace) -> int:
    """Personalise a card from the profile and keep it in a new card file."""
    profile = load(args.profile, settings=args.set)
    seed = None if args.seed == "random" else args.seed or "0"
    with closing(personalised_card(profile, seed, source=args.profile)) as card:
        keep_card(card, args.output)
        facts = IssuedCard(
            card_file=args.output,
            profile=args.profile,
            title=profile.title,
            title_zh=profile.title_zh,
            atr=hexed(card.atr),
            notes=list(profile_notes(profile)),
        )
        words = f"{args.output}: {profile.title} {profile.title_zh}", f"ATR {grouped(card.atr, 1)}"
        tell(args, facts, (*words, *(f"note {each}" for each in facts.notes)))
    return DONE


ISSUE = Subcommand("issue", "personalise a card from a profile and keep it in a card file", _arguments, issue)
