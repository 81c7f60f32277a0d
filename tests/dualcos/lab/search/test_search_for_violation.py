"""The campaign: same seed, same run; counterexamples are shrunk; a dying card and a forgetful one are caught."""

from __future__ import annotations

import random
from types import SimpleNamespace

from hypothesis import strategies as st

from dualcos.lab.properties.counted_card import Tally
from dualcos.lab.properties.property_and_violation import Property, Violation
from dualcos.lab.properties.specimen import CardDied, PlayedExchange
from dualcos.lab.search.search_for_violation import search


def Nothing():  # noqa: N802 - stands where a specimen's class would
    return SimpleNamespace(name="nothing", tally=Tally())


NUMBERS = st.lists(st.integers(0, 99), max_size=20)


def claim(check, cases=NUMBERS):
    return Property("X1", "a sentence", "a clause", check, None if cases is None else lambda _: cases)


def never_over_fifty(_specimen, numbers):
    if any(number > 50 for number in numbers):
        raise Violation("X1", f"{numbers}", (PlayedExchange("a", b"\0\0\0\0", b"\x90\x00", "a"),))


def test_counterexample_is_shrunk():
    outcome = search(claim(never_over_fifty), Nothing(), 200)
    assert not outcome.held
    assert outcome.case == "51"


def test_two_ways_to_fail_are_one_violation():
    def twice(_specimen, numbers):
        if len(numbers) > 3:
            raise Violation("X1", "too many")
        if sum(numbers) > 50:
            raise Violation("X1", "too much")

    assert not search(claim(twice), Nothing(), 300).held


def test_same_seed_same_run():
    seen: list[list[object]] = [[], []]
    for numbers in seen:
        search(claim(lambda _, case, into=numbers: into.append(case)), Nothing(), 30, seed=7)
    assert seen[0] == seen[1]
    assert len(seen[0]) == 30


def test_a_card_that_dies_violates_f17():
    def dies(_specimen, _case):
        raise CardDied("raised", ())

    outcome = search(claim(dies), Nothing(), 5)
    assert outcome.violation.identity == "F17"


def test_a_card_that_remembers_outside_its_memory_is_no_excuse():
    chance = random.Random(1)  # noqa: S311 - a test of flakiness

    def sometimes(_specimen, _case):
        if chance.random() < 0.5:
            raise Violation("X1", "sometimes")

    assert not search(claim(sometimes), Nothing(), 50).held


def test_an_enumeration_runs_once():
    calls = []
    outcome = search(claim(lambda _, case: calls.append(case), None), Nothing(), 500)
    assert outcome.held
    assert calls == [None]
