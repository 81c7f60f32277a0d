"""Every property of the registry holds on every profile and on the toy card."""

from __future__ import annotations

import pytest
from conftest import EXAMPLES, SEED

from terminal.assurance.campaign import search
from terminal.assurance.cards import ProfileSpecimen
from terminal.assurance.registry import PROPERTIES
from terminal.assurance.unasked import why


@pytest.mark.parametrize("claim", PROPERTIES, ids=lambda claim: claim.identity)
def test_property_holds(specimen, claim):
    outcome = search(claim, specimen, EXAMPLES, SEED)
    assert outcome.held, f"{claim.sentence}\n{outcome.case}\n{outcome.violation}"
    # A reason for not asking that is none any more: test_judged looks for the opposite.
    stacks = specimen.stacks if isinstance(specimen, ProfileSpecimen) else {}
    assert not [label for label in outcome.counts.judged if label in stacks and why(claim.identity, label, stacks)]


def test_every_identity_is_used_once():
    identities = [claim.identity for claim in PROPERTIES]
    assert len(identities) == len(set(identities))
