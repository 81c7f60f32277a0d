"""A till with somebody at it: a step is asked for, a card only where one is needed, the holder's PIN unseen."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.dualcos.cli.cashier_at_terminal import CTRL_D, Cashier

PIN = "1234"
INSERT, WHAT, ENTER_PIN, TAKE = "put a card in", "what is to be done>", "enter your bank card PIN", "take the card out"


@pytest.fixture
def cashier() -> Iterator[Cashier]:
    there = Cashier("financial", "--clock", "20261129120000")
    yield there
    there.close()


def test_a_card_is_asked_for_where_a_step_needs_one(cashier):
    shown = cashier.sees(WHAT)
    assert INSERT not in shown
    assert "sign-on" in shown
    cashier.types("journal")
    cashier.sees("✓ journal")
    cashier.sees(WHAT)
    cashier.types("nope")
    cashier.sees("没有步骤nope")
    cashier.sees("no step is called nope")
    cashier.sees(WHAT)
    cashier.types("read")
    cashier.sees(INSERT)
    cashier.types("")
    cashier.sees("✓ read")
    cashier.sees(TAKE)
    cashier.types("")
    cashier.sees(WHAT)
    cashier.types("trial 12.50")
    cashier.sees(INSERT)
    cashier.types("")
    cashier.sees(ENTER_PIN)
    cashier.types("12")
    cashier.sees("4 to 12 digits")
    cashier.sees(ENTER_PIN)
    cashier.types("9999")
    assert "2 tries left" in cashier.sees("that PIN is wrong; enter your bank card PIN again (还剩2次, 2 tries left)")
    cashier.types(PIN)
    cashier.sees("✓ trial")
    cashier.sees(TAKE)
    cashier.types("")
    cashier.sees(WHAT)
    cashier.types("quit")
    assert cashier.leaves() == 0
    assert not re.search(rf"(?<!\d){PIN}(?!\d)", cashier.seen)


def test_whoever_leaves_in_front_of_a_card_or_a_pin_ends_it(cashier):
    cashier.sees(WHAT)
    cashier.types("trial 1")
    cashier.sees("quit ends>")
    cashier.types("")
    cashier.sees(ENTER_PIN)
    cashier.interrupts()
    assert cashier.leaves() == 130


def test_the_end_of_input_ends_it(cashier):
    cashier.sees(WHAT)
    cashier.presses(CTRL_D)
    assert cashier.leaves() == 0
