"""One card for all that goes wrong with it; each test puts it back to its first state."""

from __future__ import annotations

import pytest

import dualcos
from firewall.trace import TraceBuffer


@pytest.fixture(scope="module")
def made():
    trace = TraceBuffer()
    card = dualcos.card("social-2.0", seed=3, trace=trace)
    return card, trace, card.snapshot()
