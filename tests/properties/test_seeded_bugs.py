"""The tests bite: every seeded bug is seen by the property named for it, within its budget of examples."""

from __future__ import annotations

import inspect

import pytest
from assurance_seeds import SEEDS

from dualcos.lab.properties import list_of_properties, profile_specimens, tearing_of_macros
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.search.search_for_violation import search

ASKED = {
    *("right kept", "EF kept", "challenge shared", "pending answer kept", "one RNG", "one try counter"),
    *("global FID lookup", "rollback of the counter", "SM optional", "challenge not consumed", "pointer kept"),
    *("record 0 accepted", "deselect hook empty"),
}


def seen(identity: str, specimen: profile_specimens.ProfileSpecimen, budget: int) -> tuple[str, int]:
    """What the property says about this card, empty if nothing; after how many examples."""
    if identity == "T":
        done = 0
        try:
            for _ in tearing_of_macros.sweeps(specimen, tearing_of_macros.Depth(choices=1)):
                done += 1
        except Violation as found:
            return str(found), done + 1
        return "", done
    outcome = search(list_of_properties.find(identity), specimen, budget, shrunk=False)
    return str(outcome.violation or ""), outcome.examples


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.bug.__name__)
def test_bug_is_seen(seed, monkeypatch, record_property):
    record_property("bug", seed.bug.__name__.replace("_", " "))
    record_property("mistake", inspect.getdoc(seed.bug))
    record_property("card", seed.card)
    record_property("seen by", seed.seen_by)
    seed.bug(monkeypatch)
    said, examples = seen(seed.seen_by, profile_specimens.specimen(seed.card), seed.budget)
    record_property("examples", examples)
    assert said


def test_the_bank_has_the_mistakes_seen_elsewhere():
    assert {seed.asked for seed in SEEDS} - {""} == ASKED


def test_every_bug_says_what_it_is_and_is_in_once():
    assert all(inspect.getdoc(seed.bug) for seed in SEEDS)
    assert len({seed.bug for seed in SEEDS}) == len(SEEDS)
