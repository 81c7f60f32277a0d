"""Bank cards for tests: each profile is personalised once; every test gets it as it was made."""

from __future__ import annotations

import pytest
from bank_terminal import Terminal, bank_profile

import dualcos
from cos.pse.options import BankOptions
from firewall.trace import TraceBuffer

# The conformance cases' card: limits as their card images have them, no ADA, issuer authentication optional.
LAB = {
    "9F52": "0000",
    "9F56": "00",
    "9F58": "03",
    "9F59": "07",
    "9F53": "05",
    "9F72": "00",
    "9F54": None,
    "9F5C": None,
}


@pytest.fixture(scope="session")
def made():
    """``made(name, elements, options, **fields of the bank section)`` gives a Terminal with that card."""
    cards = {}

    def make(name="bank-only", elements=None, options=None, **change):
        key = repr((name, elements, options, change))
        if key not in cards:
            if options:
                change["options"] = BankOptions(**options)
            profile = bank_profile(name, elements, **change)
            trace = TraceBuffer()
            card = dualcos.card(profile, trace=trace)
            cards[key] = card, card.snapshot(), profile, trace
        card, snapshot, profile, trace = cards[key]
        card.restore(snapshot)
        trace.take()
        terminal = Terminal(card, profile)
        terminal.trace = trace
        return terminal

    return make


@pytest.fixture(scope="session")
def lab(made):
    """The conformance cases' card; ``lab(t9F52="4000", second_arqc="6985")`` changes elements and options."""

    def make(**change):
        elements = {tag.removeprefix("t"): value for tag, value in change.items() if tag[0] == "t" and tag[1].isdigit()}
        options = {name: value for name, value in change.items() if name.removeprefix("t") not in elements}
        return made("bank-only", {**LAB, **elements}, options)

    return make
