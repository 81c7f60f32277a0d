"""A card and a PSAM in two slots of our own PC/SC service: a laboratory's campaign by pyscard, in its own process."""

from __future__ import annotations

import importlib.util
import json
import sys

import pytest

import dualcos
from dualcos.reader.embedded import EmbeddedService, run_client
from dualcos.reader.slot import Slot

pytestmark = [
    pytest.mark.pcsc,
    pytest.mark.skipif(
        importlib.util.find_spec("smartcard") is None, reason="pyscard is not installed (pip install 'dualcos[pcsc]')"
    ),
]
FILES = ("ssse/internal-authentication.json", "ssse/update-binary.json")
ASKED = ("lab", "run", *FILES, "--profile", "social-3.0", "--json")


def test_a_psam_in_the_second_slot_computes(capfd):
    card, psam = dualcos.card("social-3.0"), dualcos.card("psam-sm4")
    slots = Slot("Desk Card Slot 00 00", card), Slot("Desk SAM Slot 01 00", psam)
    with EmbeddedService(slots) as service:
        command = [sys.executable, "-m", "dualcos", *ASKED, "--pcsc", "Card Slot", "--sam", "SAM Slot", "-q"]
        assert run_client(command, service) == 0
    counts = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert counts["failed"] == counts["inconclusive"] == 0
    assert counts["passed"] >= 15
