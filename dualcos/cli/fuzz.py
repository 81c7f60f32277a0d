"""``dualcos fuzz firewall``: look for anything that one environment of a card shows of, or does to, the other."""

from __future__ import annotations

import importlib.util
from argparse import ArgumentParser, Namespace
from pathlib import Path

from dualcos.cli.campaign_workers import add_workers
from dualcos.cli.facts.campaign_facts import CampaignFacts, FoundViolation
from dualcos.cli.file_arguments import add_input, add_kept, add_output_folder
from dualcos.cli.machine_output import add_json
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.user_faults import Fault
from dualcos.profile.opened_card import default_profile
from dualcos.profile.schema import file_of


def _file_of_profile(name: str) -> Path:
    """Of a profile and of its card with equal keys the same."""
    return file_of(name.removesuffix("+equal-keys"))


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("what", choices=["firewall"], help="what to look into")
    add_input(
        parser,
        "--profile",
        where=_file_of_profile,
        action="append",
        help="profile by name or .toml file, +equal-keys behind it: the same card with one value for all its keys; or "
        f"`all`; repeat for more; default {default_profile()}",
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument(
        "--examples",
        type=int,
        metavar="N",
        help="examples per property that draws them; default 200; one "
        "that tries every case there is takes no number, its row says `all`",
    )
    length.add_argument("--hours", type=float, metavar="H", help="go on with new seeds for so long; every power cut")
    length.add_argument("--budget", choices=["commit", "merge", "night"], help="50 examples, 1000 examples, or 8 hours")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="the same seed makes the same run; default 0")
    parser.add_argument(
        "--property", action="append", metavar="ID", help="only this property (F1 … M1, T); repeat for more"
    )
    add_workers(parser)
    add_json(parser, FoundViolation, CampaignFacts, words="one line of JSON per violation, then the properties,")
    add_kept(
        parser,
        "--results",
        type=Path,
        metavar="FILE",
        help="keep every result as a line of JSON; go on with what is there",
    )
    add_output_folder(
        parser,
        "--save",
        type=Path,
        default=Path("found"),
        metavar="DIR",
        help="counterexamples as vectors; default %(default)s",
    )


def fuzz(args: Namespace) -> int:
    """Run the campaign with progress; exit code 1 if a property does not hold."""
    if importlib.util.find_spec("hypothesis") is None:
        raise Fault("fuzzing needs the package hypothesis: `pip install 'dualcos[hypothesis]'`")
    from dualcos.cli import fuzz_campaign  # noqa: PLC0415 - only those who fuzz have hypothesis installed

    return fuzz_campaign.run(args)


FUZZ = Subcommand("fuzz", "look for leaks through the firewall with generated traffic", _arguments, fuzz)
