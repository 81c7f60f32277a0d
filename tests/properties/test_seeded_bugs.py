"""The tests bite: every seeded bug is seen by the property named for it, within 300 examples."""

from __future__ import annotations

import pytest
from assurance_seeds import SEEDS

from terminal.assurance import cards, registry, tearing
from terminal.assurance.campaign import search
from terminal.assurance.verdict import Violation

BUDGET = 300
PROFILE = "social-2.0"


def seen(identity: str, specimen: cards.ProfileSpecimen) -> str:
    """What the property says about this card, empty if nothing."""
    if identity == "T":
        try:
            for _ in tearing.sweeps(specimen, tearing.Depth(choices=1)):
                pass
        except Violation as found:
            return str(found)
        return ""
    outcome = search(registry.find(identity), specimen, BUDGET)
    return str(outcome.violation or "")


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.bug.__name__)
def test_bug_is_seen(seed, monkeypatch):
    seed.bug(monkeypatch)
    assert seen(seed.seen_by, cards.specimen(PROFILE))
