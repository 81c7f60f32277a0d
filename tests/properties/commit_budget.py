"""Budgets and specimens.

``DUALCOS_EXAMPLES``: examples per property (default 40; before a merge 1000). ``DUALCOS_PROFILES=all``: every profile
that comes with the package. ``DUALCOS_SEED``: where the examples start."""

from __future__ import annotations

import os

from assurance_toys import ToySpecimen

from dualcos.lab.properties import profile_specimens
from dualcos.lab.properties.specimen import Specimen
from dualcos.lab.search import plan

ON_COMMIT = 40
EXAMPLES = int(os.environ.get("DUALCOS_EXAMPLES", ON_COMMIT))
SEED = int(os.environ.get("DUALCOS_SEED", "0"))
TOY = "toy"
# On every commit one card of each make, every kind of environment among them (test_judged); before a merge
# (DUALCOS_PROFILES=all) every profile that makes an issued card.
CORE = ("social-1.0", "dual-2.0-3des", "dual-3.0-sm4", "bank-cda", "social-3.0-pki", "psam-sm4")
PROFILES = plan.issued_cards() if os.environ.get("DUALCOS_PROFILES") == "all" else CORE


def made(name: str) -> Specimen:
    return ToySpecimen() if name == TOY else profile_specimens.specimen(name)
