"""Budgets and specimens. ``DUALCOS_EXAMPLES`` sets the examples per property (default 40; merge 1000)."""

from __future__ import annotations

import os

import pytest
from assurance_toys import ToySpecimen

from cos import profile
from terminal.assurance import cards
from terminal.assurance.bench import Specimen

EXAMPLES = int(os.environ.get("DUALCOS_EXAMPLES", "40"))
SEED = int(os.environ.get("DUALCOS_SEED", "0"))
TOY = "toy"
# Every profile that makes an issued card.
PROFILES = tuple(name for name in profile.names() if (p := profile.load(name)).ssse is not None or p.pse is not None)


def made(name: str) -> Specimen:
    return ToySpecimen() if name == TOY else cards.specimen(name)


@pytest.fixture(scope="session", params=(TOY, *PROFILES))
def specimen(request) -> Specimen:
    """Each profile that comes with the package, and the toy card."""
    return made(request.param)
