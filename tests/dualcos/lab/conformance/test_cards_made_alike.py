"""A card that is made from the first state of another is the card that commands would have made of its profile.

For every card that a vector names, and for every other value of every setting that is said to leave no trace.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cos.stacks import STACKS
from dualcos.lab.conformance.card_on_bench import Bench
from dualcos.lab.conformance.own_cards import OwnCards
from dualcos.lab.conformance.vector_file import load
from dualcos.profile.card_of_profile import card_alike, personalised_card
from dualcos.profile.schema import ProfileError
from dualcos.profile.schema import load as load_profile
from dualcos.profile.what_is_written import WRITTEN_OPTIONS, written
from firewall.hardware.randomness import SeededRng
from tests.conformance.cards_otherwise import variations

VECTORS = Path(__file__).parents[4] / "vectors"
# The smallest card of each section whose options are said to leave no trace.
CARDS = {"ssse": "social-2.0", "pse": str(VECTORS / "pse/profiles/lab.toml"), "psam": "psam-3des"}
BLOCK = "card_block_scope"


def rng() -> SeededRng:
    return SeededRng(b"alike")


def facts(card):
    """All that answers depend on: cells, positions of random streams, options, ATR; and what is said of the card."""
    return card.snapshot().chip, card.options, card.atr, dict(card.provenance), card.dump()


@pytest.fixture(scope="module")
def profiles():
    """Of every card that a vector is made for, by what decides its memory."""
    own, found = OwnCards(), {}
    for case in load(VECTORS):
        if case.vector.status == "active" and not case.attended:
            profile = own.profile(case)
            alike = found.setdefault(repr(written(profile)), [])
            if profile not in alike:
                alike.append(profile)
    return list(found.values())


def test_every_card_of_a_vector_is_the_card_of_its_profile(profiles):
    several = [alike for alike in profiles if len(alike) > 1]
    assert sum(map(len, several)) > 60
    for first, *others in several:
        state = personalised_card(first, rng=rng()).snapshot()
        for profile in others:
            assert facts(card_alike(profile, state, rng=rng())) == facts(personalised_card(profile, rng=rng()))


@pytest.mark.parametrize("section", CARDS)
def test_every_setting_that_is_said_to_leave_no_trace_leaves_none(section):
    name = CARDS[section]
    first = personalised_card(load_profile(name), rng=rng()).snapshot()
    tried = 0
    for each in variations(name):
        if f"{section}.options." in each.path or (section == "pse" and each.path.startswith("chip.transmission.")):
            try:
                profile = load_profile(name, settings=[each.setting])
            except ProfileError:  # no such card
                continue
            if written(profile) == written(load_profile(name)):
                made = personalised_card(profile, rng=rng())
                assert facts(card_alike(profile, first, rng=rng())) == facts(made), str(each)
                tried += 1
    assert tried > 5


def test_sections_are_named():
    """Of a stack that is not named here every option is taken to decide what is written."""
    assert WRITTEN_OPTIONS.keys() <= {stack.label for stack in STACKS}
    assert WRITTEN_OPTIONS.keys() == CARDS.keys()


def test_what_stands_in_the_headers_is_another_memory():
    plain = load_profile("social-2.0")
    other = load_profile("social-2.0", settings=[f"ssse.options.{BLOCK}=card"])
    assert written(plain) != written(other)
    assert personalised_card(plain, rng=rng()).dump() != personalised_card(other, rng=rng()).dump()


def test_a_bench_makes_by_commands_what_it_has_not_made_alike(monkeypatch):
    made = []

    def by_commands(profile, **given):
        made.append(profile)
        return personalised_card(profile, **given)

    monkeypatch.setattr("dualcos.lab.conformance.card_on_bench.personalised_card", by_commands)
    bench = Bench()
    cases = [case for case in load(VECTORS / "psam") if case.vector.status == "active"]
    for case in cases:
        bench.target(case)
    assert 0 < len(made) < len(bench._made)
    assert len({repr(written(profile)) for profile in made}) == len(made)
