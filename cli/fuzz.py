"""``dualcos fuzz firewall``: look for anything that one environment of a card shows of, or does to, the other."""

from __future__ import annotations

import importlib.util
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from apdu.status import StatusWord, meaning
from cli.cards import default_profile
from cli.faults import DIFFERS, DONE, Fault
from cli.subcommand import Subcommand

if TYPE_CHECKING:  # the campaign needs hypothesis, which only those who fuzz have installed
    from terminal.assurance.campaign import Outcome
    from terminal.assurance.verdict import Violation

_EXAMPLES = 200


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("what", choices=["firewall"], help="what to look into")
    parser.add_argument(
        "--profile", default=default_profile(), help="profile by name or .toml file; default %(default)s"
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--examples", type=int, metavar="N", help=f"examples per property; default {_EXAMPLES}")
    length.add_argument("--hours", type=float, metavar="H", help="go on with new seeds for so long")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="the same seed makes the same run; default 0")
    parser.add_argument(
        "--property", action="append", metavar="ID", help="only this property (F1 … M1); repeat for more"
    )
    parser.add_argument(
        "--save",
        type=Path,
        default=Path("found"),
        metavar="DIR",
        help="counterexamples as vectors; default %(default)s",
    )


def fuzz(args: Namespace) -> int:
    """Run the campaign with progress; exit code 1 if a property does not hold."""
    if importlib.util.find_spec("hypothesis") is None:
        raise Fault("fuzzing needs the package hypothesis: pip install hypothesis")
    from terminal.assurance import campaign, cards, registry  # noqa: PLC0415 - needs hypothesis, see above

    known = {claim.identity: claim for claim in registry.PROPERTIES}
    unknown = [identity for identity in args.property or () if identity not in known]
    if unknown:
        raise Fault(f"no property {', '.join(unknown)}; there are {', '.join(known)}")
    claims = [known[identity] for identity in args.property or known]
    specimen = cards.specimen(args.profile, args.seed)
    if len(specimen.labels) == 1:
        raise Fault(f"{args.profile} has no environment beside the card manager: there is no wall to test")

    def progress(outcome: Outcome) -> None:
        claim = known[outcome.identity]
        count = "all" if claim.cases is None else f"{outcome.examples:5}"
        state = "ok" if outcome.held else "VIOLATED"
        print(f"{outcome.identity:5} {count:>6} {outcome.seconds:7.1f} s  {state:8}  {claim.sentence}", flush=True)

    if args.hours is not None:
        outcomes = campaign.run_for(claims, specimen, hours=args.hours, seed=args.seed, progress=progress)
    else:
        examples = args.examples or _EXAMPLES
        outcomes = campaign.run(claims, specimen, examples=examples, seed=args.seed, progress=progress)
    return _tell(outcomes, args)


def _tell(outcomes: list[Outcome], args: Namespace) -> int:
    from terminal.assurance import export, registry  # noqa: PLC0415 - as above

    broken = [outcome for outcome in outcomes if outcome.violation is not None]
    total = sum(outcome.examples for outcome in outcomes)
    print(f"{total} examples on {args.profile}, seed {args.seed}: {len(broken)} properties violated")
    for outcome in broken:
        violation = outcome.violation
        assert violation is not None  # noqa: S101 - selected above
        print(f"\n{outcome.identity} violated (seed {outcome.seed}): {violation.text}")
        if outcome.case:
            print(f"  smallest case: {outcome.case}")
        explain(violation)
        if violation.record:
            path = export.write(args.save, registry.find(outcome.identity), violation, args.profile)
            print(f"  saved as {path}")
    return DIFFERS if broken else DONE


def explain(violation: Violation) -> None:
    """The dialogue, each status word in words."""
    for exchange in violation.record:
        if exchange.restarted:
            print(f"  -- {exchange.restarted} reset")
        answer = exchange.answer.hex().upper()
        said = (
            f"{answer}  ({meaning(StatusWord(exchange.sw))})" if answer else f"power lost after {exchange.ticks} ticks"
        )
        print(f"  [{exchange.side}] {exchange.command.hex().upper()} -> {said}", file=sys.stdout)


FUZZ = Subcommand("fuzz", "look for leaks through the firewall with generated traffic", _arguments, fuzz)
