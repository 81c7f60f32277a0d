"""What a campaign consists of: each property on each card, new seeds each round, enumerations once, until the end."""

from __future__ import annotations

from itertools import islice

import pytest

from dualcos.lab.search import plan
from dualcos.lab.search.plan import BUDGETS, Budget, CampaignCard
from dualcos.lab.search.results import Results
from dualcos.lab.search.shard import TEARING, Found, ShardResult
from dualcos.profile import schema as profiles

CARDS = (CampaignCard("one", "a"), CampaignCard("two", "b"))
CLAIMS = ("F1", "F6", TEARING)


def made(budget: Budget, results: Results | None = None) -> list[tuple[str, str, int, int]]:
    shards = plan.shards(CARDS, CLAIMS, budget, 100, results or Results())
    return [(shard.profile, shard.claim, shard.seed, shard.examples) for shard in shards]


def test_examples_in_pieces_with_seeds_of_their_own():
    budget = Budget(600)
    shards = made(budget)
    assert len(shards) == len(set(shards)) == plan.size(CARDS, CLAIMS, budget)
    drawn = [(seed, examples) for profile, claim, seed, examples in shards if (profile, claim) == ("two", "F1")]
    assert drawn == [(100, 250), (101, 250), (102, 100)]
    assert [shard for shard in shards if shard[1] == TEARING] == [("one", TEARING, 0, 0), ("two", TEARING, 0, 0)]


@pytest.mark.parametrize("name", BUDGETS)
def test_the_same_budget_is_the_same_plan(name):
    budget = BUDGETS[name]._replace(hours=0.0)
    assert made(budget) == made(budget)
    assert len(made(budget)) == plan.size(CARDS, CLAIMS, budget)


def test_budgets_grow():
    commit, merge, night = (BUDGETS[name] for name in (plan.COMMIT, plan.MERGE, plan.NIGHT))
    assert (commit.examples, merge.examples, night.hours) == (50, 1000, 8.0)
    assert night.every_cut


class Clock:
    """Ten minutes for every question."""

    def __init__(self) -> None:
        self.minutes = 0

    def monotonic(self) -> float:
        self.minutes += 10
        return self.minutes * 60.0


def test_hours_go_on_with_new_seeds_until_the_time_is_up(monkeypatch):
    monkeypatch.setattr(plan, "time", Clock())
    shards = made(Budget(10, hours=2.0))
    seeds = [seed for profile, claim, seed, _ in shards if (profile, claim) == ("one", "F1")]
    assert seeds == list(range(100, 100 + len(seeds)))
    assert len(seeds) > 2
    assert sum(claim == "F6" for _, claim, *_ in shards) == len(CARDS)
    assert sum(claim == TEARING for _, claim, *_ in shards) == len(CARDS)


def test_the_first_round_is_whole_however_little_time_there_is(monkeypatch):
    monkeypatch.setattr(plan, "time", Clock())
    assert len(made(Budget(10, hours=0.01))) == len(CARDS) * len(CLAIMS)


def test_what_is_violated_on_a_card_is_not_asked_of_it_again():
    results = Results()
    seen = []
    for shard in islice(plan.shards(CARDS, CLAIMS, Budget(10, hours=1.0), 0, results), 20):
        seen.append((shard.profile, shard.claim))
        found = Found("F1", "", "", (), None) if seen[-1] == ("one", "F1") else None
        results.add(ShardResult(shard=shard, verdict="violated" if found else "held", found=found))
    assert seen.count(("one", "F1")) == 1
    assert seen.count(("two", "F1")) > 5


def test_the_cards_that_come_along_are_all_asked_but_the_blank_chip():
    assert set(profiles.names()) - set(plan.issued_cards()) == {"blank"}
