"""Every property of the registry holds on every profile and on the toy card."""

from __future__ import annotations

import pytest
from conftest import EXAMPLES, SEED

from terminal.assurance.campaign import search
from terminal.assurance.registry import PROPERTIES


@pytest.mark.parametrize("claim", PROPERTIES, ids=lambda claim: claim.identity)
def test_property_holds(specimen, claim):
    outcome = search(claim, specimen, EXAMPLES, SEED)
    assert outcome.held, f"{claim.sentence}\n{outcome.case}\n{outcome.violation}"


def test_every_identity_is_used_once():
    identities = [claim.identity for claim in PROPERTIES]
    assert len(identities) == len(set(identities))
