"""States of the medical commands: the table of SSC-5 §7 (table 49), cell by cell, and what brings idle."""

from __future__ import annotations

import pytest
from medical_card import enter, medical_card
from test_medical_account import credit, debit, do_load, do_purchase, initialize_load, initialize_purchase

from tests.card_in_hand import Hand

LOAD, PURCHASE = initialize_load(5), initialize_purchase(0, 1, 1)
BAD_CREDIT, BAD_DEBIT = credit("00000000"), debit("00000000")
BEGIN = {"idle": (), "load": (LOAD,), "purchase": (PURCHASE,)}


@pytest.fixture
def hand():
    return Hand(medical_card())


def state(hand):
    """Ask without disturbing: a wrong MAC says 9302 in the right state, 6901 in another; the card is put back."""
    found = []
    for command in (BAD_CREDIT, BAD_DEBIT):
        session = hand.card._dispatcher._live.session.medical
        kept = session.opened
        found.append(hand.sw(command) == 0x9302)
        session.opened = kept
    return {(False, False): "idle", (True, False): "load", (False, True): "purchase"}[tuple(found)]


def begin(hand, name):
    for command in BEGIN[name]:
        assert hand.sw(command) == 0x9000
    assert state(hand) == name


@pytest.mark.parametrize("start", BEGIN)
@pytest.mark.parametrize(("command", "end"), [(LOAD, "load"), (PURCHASE, "purchase")])
def test_initialize_is_allowed_in_every_state(hand, start, command, end):
    begin(hand, start)
    assert hand.sw(command) == 0x9000
    assert state(hand) == end


@pytest.mark.parametrize("start", BEGIN)
@pytest.mark.parametrize("command", ["B026000104", "B026000206", "B02E0031020000"])
def test_inquiry_keeps_the_state(hand, start, command):
    do_load(hand, 1)
    begin(hand, start)
    assert hand.sw(command) == 0x9000
    assert state(hand) == start


@pytest.mark.parametrize(
    ("start", "command"),
    [("idle", BAD_CREDIT), ("idle", BAD_DEBIT), ("load", BAD_DEBIT), ("purchase", BAD_CREDIT)],
)
def test_wrong_state_is_6901_and_idle(hand, start, command):
    begin(hand, start)
    assert hand.sw(command) == 0x6901
    assert state(hand) == "idle"


def test_state_is_looked_at_before_parameters_and_lengths(hand):
    assert [hand.sw("B02A0100"), hand.sw("B02C000001FF")] == [0x6901, 0x6901]
    begin(hand, "load")
    assert hand.sw("B02A0100") == 0x6A86
    begin(hand, "load")
    assert hand.sw("B02A000001FF") == 0x6700
    assert state(hand) == "idle"


@pytest.mark.parametrize(
    "failure",
    [
        initialize_load(5, index=9),
        initialize_purchase(5, 0, 0),
        "B026000404",
        "B026000106",
        "B02E0031020009",
        "B0300000",
        "0028000100",
        BAD_CREDIT,
    ],
)
def test_any_failure_brings_idle(hand, failure):
    begin(hand, "load")
    assert hand.sw(failure) != 0x9000
    assert state(hand) == "idle"


@pytest.mark.parametrize(
    "other",
    ["00A4020002EF08", "00A4040006D15600000503", "0084000008", "B056010002", "00B201441C"],
)
def test_every_command_outside_the_table_brings_idle(hand, other):
    do_load(hand, 1)
    begin(hand, "purchase")
    assert hand.sw(other) == 0x9000
    assert state(hand) == "idle"


def test_fetching_the_answer_does_not(hand):
    """INITIALIZE answers 61xx at T=0; GET RESPONSE is the transport's."""
    assert hand.card.exchange(bytes.fromhex(LOAD)) == bytes.fromhex("6110")
    assert hand.card.exchange(bytes.fromhex("00C0000010"))[-2:] == bytes.fromhex("9000")
    assert state(hand) == "load"


def test_a_transaction_ends_in_idle(hand):
    do_load(hand, 5)
    assert state(hand) == "idle"
    do_purchase(hand, 1, 1, 1)
    assert state(hand) == "idle"


def test_reset_brings_idle(hand):
    begin(hand, "load")
    enter(hand.card)
    assert state(hand) == "idle"


def test_reading_next_command_only():
    hand = Hand(medical_card(initialize_lasts="next command"))
    begin(hand, "load")
    assert hand.sw("B026000104") == 0x9000
    assert state(hand) == "idle"
    assert do_load(hand, 5)[1] == 0x9000
