"""On a card whose keys all have the same bytes every property holds as on any other (F22).

Here each property that draws, and each that is quickly asked in full, is asked of one such card with a few examples, in
turn over the cards; ``dualcos fuzz firewall --profile all`` asks every one of all of them.
"""

from __future__ import annotations

from collections import Counter

import pytest
from commit_budget import SEED

from dualcos.lab.properties import profile_specimens
from dualcos.lab.properties.cards_with_equal_keys import EqualKeys, counterpart
from dualcos.lab.properties.list_of_properties import PROPERTIES
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.search import plan
from dualcos.lab.search.search_for_violation import search

FEW = 2
QUICK = frozenset(("F5a", "F6", "F15a", "F15b"))
CARDS = plan.cards_with_equal_keys()
ASKED = [claim for claim in PROPERTIES if claim.cases is not None or claim.identity in QUICK]


@pytest.fixture(scope="module")
def specimens() -> dict[str, ProfileSpecimen]:
    return {name: profile_specimens.specimen(name) for name in CARDS}


def values(specimen: ProfileSpecimen) -> Counter[bytes]:
    """Every symmetric key and PIN of the card, with how often its bytes are there."""
    bench = specimen.bench()
    dump = bench.card.dump()
    secrets = (side.memory.secrets(dump.get(label, {})) for label, side in bench.sides.items())
    return Counter(each for found in secrets for each in found if 0 < len(each) <= 16)


@pytest.mark.parametrize("name", CARDS)
def test_keys_are_equal_on_these_cards_and_on_no_other(specimens, name):
    """Over all environments: what has 16 bytes is one value, but for the keys of PINs and of second algorithms."""
    found = values(specimens[name])
    longest = [value for value in found if len(value) == 16]
    assert len(longest) <= 2
    counted = Counter(len(value) for value in found)
    assert counted[8] <= 2  # keys of 8 bytes, a PIN block
    original = ProfileSpecimen(counterpart(specimens[name].profile), name)
    assert not isinstance(original.profile.keys, EqualKeys)
    assert max(found.values()) > 5 * max(values(original).values())  # in a PSAM's environments some keys are the same


@pytest.mark.parametrize("number", range(len(ASKED)), ids=lambda number: ASKED[number].identity)
def test_property_holds_on_a_card_with_equal_keys(specimens, number):
    claim, specimen = ASKED[number], specimens[CARDS[number % len(CARDS)]]
    outcome = search(claim, specimen, FEW, SEED + number)
    assert outcome.held, f"{claim.sentence}\n{outcome.case}\n{outcome.violation}"


def test_every_set_of_environments_has_such_a_card():
    covered = [set(profile_specimens.profile_called(name).sections) for name in CARDS]
    for name in plan.issued_cards():
        assert any(set(profile_specimens.profile_called(name).sections) <= each for each in covered), name
