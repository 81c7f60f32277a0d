"""Every property of the registry holds on every profile and on the toy card."""

from __future__ import annotations

import pytest
from assurance_toys import ToySpecimen
from conftest import EXAMPLES, SEED

from dualcos.lab.campaign.search_for_violation import search
from dualcos.lab.properties.list_of_properties import PROPERTIES
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.properties.properties_not_asked import why
from dualcos.lab.properties.specimen import Player
from dualcos.lab.properties.traffic_steps import Do


@pytest.mark.parametrize("claim", PROPERTIES, ids=lambda claim: claim.identity)
def test_property_holds(specimen, claim):
    outcome = search(claim, specimen, EXAMPLES, SEED)
    assert outcome.held, f"{claim.sentence}\n{outcome.case}\n{outcome.violation}"
    # A reason for not asking that is none any more: test_judged looks for the opposite.
    stacks = specimen.stacks if isinstance(specimen, ProfileSpecimen) else {}
    assert not [label for label in outcome.counts.judged if label in stacks and why(claim.identity, label, stacks)]


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
