"""A cashier at a full-function terminal: what is to be done, a card where it is wanted, each PIN at its own pad."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.dualcos.cli.cashier_at_terminal import Cashier

SOCIAL_PIN, BANK_PIN = "123456", "1234"
INSERT, WHAT, TAKE = "put a card in", "what is to be done>", "take the card out"
SOCIAL_PAD, BANK_PAD = "enter your social security PIN", "enter your bank card PIN"


@pytest.fixture
def cashier() -> Iterator[Cashier]:
    there = Cashier("full", "--clock", "20261129120000")
    yield there
    there.close()


def test_a_card_stays_in_for_what_comes_next_and_is_taken_out_behind_a_bill(cashier):
    shown = cashier.sees(WHAT)
    assert INSERT not in shown
    assert {"settle", "resume", "social", "bank"} <= set(shown.split())
    cashier.types("bills")
    cashier.sees("✓ bills")
    cashier.sees(WHAT)
    cashier.types("pay x")
    cashier.sees("a bill is named by its number")
    cashier.sees(WHAT)
    cashier.types("social pin check")
    cashier.sees(INSERT)
    cashier.types("")
    cashier.sees(SOCIAL_PAD)
    cashier.types(SOCIAL_PIN)
    cashier.sees("✓ social pin")
    assert TAKE not in cashier.sees(WHAT)
    cashier.types("bank trial 1")
    cashier.sees(BANK_PAD)
    cashier.types(BANK_PIN)
    cashier.sees("✓ bank trial")
    cashier.sees(WHAT)
    cashier.types("settle 0 --own 5 --later")
    cashier.sees("✓ settle")
    cashier.sees(TAKE)
    cashier.types("")
    cashier.sees(WHAT)
    cashier.types("cash 1")
    cashier.sees("✓ cash")
    cashier.sees(WHAT)
    cashier.types("quit")
    assert cashier.leaves() == 0
    for pin in (SOCIAL_PIN, BANK_PIN):
        assert not re.search(rf"(?<!\d){pin}(?!\d)", cashier.seen)
