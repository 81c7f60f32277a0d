"""Every property of the registry holds on every profile and on the toy card."""

from __future__ import annotations

import pytest
from assurance_toys import ToySpecimen
from commit_budget import EXAMPLES, ON_COMMIT, SEED

from dualcos.lab.properties.list_of_properties import PROPERTIES
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.properties.properties_not_asked import why
from dualcos.lab.properties.specimen import Player
from dualcos.lab.properties.traffic_steps import Do
from dualcos.lab.search.search_for_violation import search

ROUNDS = 4  # of examples, before an environment that none of them judged is a gap


@pytest.mark.parametrize("claim", PROPERTIES, ids=lambda claim: claim.identity)
def test_property_holds(specimen, claim):
    """And each environment was judged or has a reason why not, which is still one (``test_judged``: on other cards)."""
    stacks = specimen.stacks if isinstance(specimen, ProfileSpecimen) else {}
    asked = {label for label in stacks if not why(claim.identity, label, stacks)}
    judged: set[str] = set()
    for more in range(ROUNDS):
        outcome = search(claim, specimen, EXAMPLES, SEED + more)
        assert outcome.held, f"{claim.sentence}\n{outcome.case}\n{outcome.violation}"
        judged |= outcome.counts.judged.keys() & stacks
        if asked <= judged:
            break
    assert judged == asked if EXAMPLES >= ON_COMMIT else judged <= asked


def test_every_cell_of_the_toys_is_declared():
    bench = ToySpecimen().bench()
    for label, side in bench.sides.items():
        bench.fresh()
        player = Player(bench)
        player.enter(label)
        player.play(label, [Do(name, choice) for name, macro in side.macros.items() for choice in macro.sweep])
        cells = bench.card.dump()[label]
        assert {side.memory.kind(key) for key in cells} == set(side.memory.kinds)


def test_every_identity_is_used_once():
    identities = [claim.identity for claim in PROPERTIES]
    assert len(identities) == len(set(identities))
