"""A card that is made from the first state of another is the card that commands would have made of its profile.

For every card that a vector names, and for every other value of every setting that is said to leave no trace.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cos.card import Card
from cos.stacks import STACKS
from dualcos.lab.conformance.card_on_bench import Bench
from dualcos.lab.conformance.cards_made_together import CardsMadeTogether
from dualcos.lab.conformance.own_cards import OwnCards
from dualcos.lab.conformance.vector_file import load
from dualcos.lab.conformance.what_is_written import WRITTEN_OPTIONS, written
from dualcos.profile.card_of_profile import card_alike, personalised_card
from dualcos.profile.schema import ProfileError
from dualcos.profile.schema import load as load_profile
from dualcos.profile.social_order import SocialServices
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
    chip = card.snapshot().chip
    # Memory that nothing was written to is like memory that nobody has been given yet.
    regions = {label: image for label, image in chip.regions.items() if image.cells}
    positions = {label: drawn for label, drawn in chip.positions.items() if drawn}
    return regions, positions, card.options, card.atr, dict(card.provenance), card.dump()


def test_every_card_of_a_vector_is_the_card_that_commands_make_of_its_profile():
    """By commands alone, one by one; those on the bench are made together, and from each other."""
    bench, own, seen = Bench(), OwnCards(), set()
    for case in load(VECTORS):
        if case.vector.status == "active" and not case.attended and own.key(case) not in seen:
            seen.add(own.key(case))
            on_bench = bench.target(case).lab
            assert facts(on_bench.card) == facts(personalised_card(on_bench.profile, rng=SeededRng(b"vectors")))
    assert len(seen) > 200


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
    made, sent = [], []
    exchange, card = Card.exchange, CardsMadeTogether.card

    def by_commands(self, profile, **given):
        made.append(profile)
        return card(self, profile, **given)

    monkeypatch.setattr(CardsMadeTogether, "card", by_commands)
    monkeypatch.setattr(Card, "exchange", lambda self, command: sent.append(command) or exchange(self, command))
    bench = Bench()
    files = [VECTORS / "pse" / name for name in ("issued.json", "response-class.json")]
    for case in (case for file in files for case in load(file)):
        bench.target(case)
    assert 10 < len(made) < len(bench._made)
    assert len({repr(written(profile)) for profile in made}) == len(made)
    assert len(sent) < 50 * len(made)  # of 79 that each takes


def test_what_one_refuses_the_next_is_made_without():
    """A making that ends in the middle leaves the chip where it was; whoever comes next begins at its beginning."""
    together = CardsMadeTogether(rng, SocialServices())
    good = load_profile("social-2.0")
    bad = load_profile("social-2.0", settings=["ssse.holder.name=" + "长" * 40])
    with pytest.raises(ProfileError):
        together.card(bad, rng=rng(), trace=None)
    for _ in range(2):
        assert facts(together.card(good, rng=rng(), trace=None)) == facts(personalised_card(good, rng=rng()))
