"""The campaign behind ``dualcos fuzz firewall``: what was asked for, progress, and what came of it in words."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from typing import Any

from dualcos.cli import progress_bar
from dualcos.cli.campaign_workers import ahead, workers
from dualcos.cli.facts.campaign_facts import CampaignFacts, FoundViolation, PropertyFacts, UnjudgedFacts
from dualcos.cli.machine_output import tell
from dualcos.cli.screen import note_loss
from dualcos.cli.user_faults import DIFFERS, DONE, WRONG, Fault
from dualcos.lab.properties.list_of_properties import PROPERTIES
from dualcos.lab.properties.profile_specimens import profile_called
from dualcos.lab.search import found_as_vector, plan
from dualcos.lab.search.plan import BUDGETS, NIGHT, Budget
from dualcos.lab.search.results import Results, ResultsError
from dualcos.lab.search.shard import TEARING, ShardResult
from dualcos.lab.search.shard import run as run_shard
from dualcos.lab.search.summary import SummaryRow, rows
from dualcos.lab.shards.shard_runner import CampaignError, Runner, ShardError
from dualcos.profile.opened_card import default_profile

_EXAMPLES = 200
_ALL = "all"


def run(args: Namespace) -> int:
    """Run it. 0 all held, 1 something is violated, 2 something could not be judged, or a property that was asked for
    asks nothing of these cards.
    """
    claims, budget, open_executor = _claims(args), _budget(args), workers(args)
    _demand_drawing(args, claims, budget)
    cards = plan.cards(_profiles(args))
    try:
        with Results(args.results) as results:
            watch = _Watch(args, budget, plan.size(cards, claims, budget), results)
            with progress_bar.bar(
                "firewall 防火墙", watch.total, counted=not budget.hours, shown=not args.json
            ) as watch.show:
                shards = plan.shards(cards, claims, budget, args.seed, results)
                Runner(open_executor, results, watch.note, work=run_shard, ahead=ahead(args)).run(shards)
    except KeyboardInterrupt:
        kept = f"{args.results} keeps what was judged, the same command goes on" if args.results else "nothing is kept"
        print(f"interrupted; {kept}", file=sys.stderr)
        raise
    except (ResultsError, CampaignError, ShardError) as error:
        raise Fault(str(error)) from None
    return _tell(tuple(results), cards, args)


def _nothing(_done: float, _words: str) -> None:
    """The bar before there is one."""


def _claims(args: Namespace) -> list[str]:
    known = [*(claim.identity for claim in PROPERTIES), TEARING]
    unknown = [identity for identity in args.property or () if identity not in known]
    if unknown:
        raise Fault(f"no property {', '.join(unknown)}; there are {', '.join(known)}")
    return [identity for identity in known if identity in (args.property or known)]


def _budget(args: Namespace) -> Budget:
    if args.budget is not None:
        return BUDGETS[args.budget]
    for option, value in (("--hours", args.hours), ("--examples", args.examples)):
        if value is not None and value <= 0:
            raise Fault(f"{option} {value}: more than nothing, please")
    if args.hours is not None:
        return BUDGETS[NIGHT]._replace(hours=args.hours)
    return Budget(args.examples or _EXAMPLES)


def _demand_drawing(args: Namespace, claims: list[str], budget: Budget) -> None:
    """Raises Fault if how long to draw is said where nothing is drawn; every power cut is something to say, too."""
    lengths = {"--examples": args.examples, "--hours": args.hours, "--budget": args.budget}
    said = [option for option, value in lengths.items() if value is not None]
    if said and not plan.drawing(claims) and not (budget.every_cut and TEARING in claims):
        every = "every case there is will be tried, none is drawn"
        raise Fault(f"{said[0]} says nothing of {', '.join(claims)}: {every}; leave it out")


def _profiles(args: Namespace) -> list[str]:
    given = args.profile or [default_profile()]
    every = (*plan.issued_cards(), *plan.cards_with_equal_keys())
    names = [name for each in given for name in (every if each == _ALL else (each,))]
    for name in names:
        if not plan.has_environments(profile_called(name)):
            raise Fault(f"{name} is a blank chip: there is no environment to ask anything of")
    return list(dict.fromkeys(names))


class _Watch:
    """Shows how far the campaign is, tells each violation as it is found and saves it as a vector."""

    def __init__(self, args: Namespace, budget: Budget, shards: int, known: Results) -> None:
        self.total: float = budget.hours * 3600 if budget.hours else shards
        self.show: progress_bar.Show = _nothing
        self._args = args
        self._save = args.save
        self._began = time.monotonic() if budget.hours else None
        self._done = self._commands = self._violated = 0
        for result in known:  # of an earlier run: what that one found is told again
            self.note(result)

    def note(self, result: ShardResult) -> None:
        """One more."""
        self._done += 1
        self._commands += result.commands
        if result.found is not None:
            self._violated += 1
            self._tell(result)
        words = f"{result.shard.claim} {result.shard.profile}: {self._commands:,} APDUs".replace(",", " ")
        done = self._done if self._began is None else time.monotonic() - self._began
        self.show(min(done, self.total), f"{words}, {self._violated} violated" if self._violated else words)

    def _tell(self, result: ShardResult) -> None:
        found, shard = result.found, result.shard
        assert found is not None  # noqa: S101 - asked by the caller
        facts = FoundViolation(
            property=found.claim,
            profile=shard.profile,
            seed=shard.seed,
            text=found.text,
            case=found.case,
            dialogue=list(found.told),
            vector=self._saved(found.vector) if found.vector is not None else None,
        )
        tell(self._args, facts, _violation(facts))

    def _saved(self, vector: dict[str, Any]) -> str | None:
        try:
            return str(found_as_vector.save(self._save, vector))
        except OSError as error:  # the campaign goes on, and its exit code tells
            note_loss(error)
            print(f"dualcos: {self._save}: not saved: {error.strerror}", file=sys.stderr)
            return None


def _tell(results: Sequence[ShardResult], cards: Sequence[plan.CampaignCard], args: Namespace) -> int:
    """One line a property, over all cards asked for."""
    names = {card.name for card in cards}
    mine = [result for result in results if result.shard.profile in names]
    failed = [result for result in mine if result.verdict == "failed"]
    table = rows(mine)
    broken = [row.identity for row in table if row.violated]
    facts = CampaignFacts(
        profiles=sorted(names),
        seed=args.seed,
        examples=sum(row.examples for row in table),
        commands=sum(row.commands for row in table),
        cuts=sum(row.cuts for row in table),
        properties=[_property(row) for row in table],
        violated=broken,
        unjudged=[
            UnjudgedFacts(property=each.shard.claim, profile=each.shard.profile, why=each.why) for each in failed
        ],
    )
    tell(args, facts, (*map(_line, facts.properties), _counts(facts)))
    for result in failed:
        print(f"{result.shard.claim} on {result.shard.profile} could not be judged: {result.why}", file=sys.stderr)
    idle = [row.identity for row in table if args.property and row.state == "not asked"]
    if idle:
        print(f"dualcos: {', '.join(idle)}: nothing to ask of {', '.join(sorted(names))}", file=sys.stderr)
    return DIFFERS if broken else WRONG if failed or idle else DONE


def _violation(found: FoundViolation) -> Iterator[str]:
    yield f"{found.property} violated on {found.profile} (seed {found.seed}): {found.text}"
    if found.case:
        yield f"  smallest case: {found.case}"
    yield from (f"  {line}" for line in found.dialogue)
    if found.vector is not None:
        yield f"  saved as {found.vector}"


def _property(row: SummaryRow) -> PropertyFacts:
    return PropertyFacts(
        property=row.identity,
        sentence=row.sentence,
        state=row.state,
        drawn=row.drawn,
        examples=row.examples,
        commands=row.commands,
        cuts=row.cuts,
        profiles=list(row.profiles),
    )


def _line(row: PropertyFacts) -> str:
    count = f"{row.examples:7}" if row.drawn else "    all"
    return f"{row.property:5} {count} {row.commands:11} APDUs  {row.state:9} {row.sentence}"


def _counts(all_: CampaignFacts) -> str:
    broken = "1 property" if len(all_.violated) == 1 else f"{len(all_.violated)} properties"
    return (
        f"{all_.examples} examples, {all_.commands} APDUs, {all_.cuts} power cuts"
        f" on {len(all_.profiles)} profile{'s' * (len(all_.profiles) > 1)}, seed {all_.seed}: {broken} violated"
    )
