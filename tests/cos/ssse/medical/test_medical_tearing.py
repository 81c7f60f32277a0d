"""A cut at any tick of CREDIT or DEBIT leaves everything before or everything after, and the proof if after.

SSC-7 §14: amounts, counters, yearly totals, log and proof change together; recovery needs no command.
"""

from __future__ import annotations

import pytest
from medical_card import CARD_KEY, TERMINAL, TIME, enter, medical_card
from test_medical_account import credit, debit, do_load, do_purchase, initialize_load, initialize_purchase

from firewall.hardware.power import PowerLoss
from keys.algorithms import TDES
from keys.key_handle import KeyHandle
from keys.medical_macs import Load, Purchase, load_session, purchase_session
from tests.card_in_hand import Hand

RANDOM = bytes.fromhex("C7D1042E")
KEY = KeyHandle(TDES, CARD_KEY[TDES])


def observed(hand):
    """Everything a terminal can see of the account, in one value."""
    enter(hand.card)
    amounts = [hand(command)[0] for command in ("B026000104", "B026000206", "B026000306")]
    counters = hand(initialize_load(0))[0][8:12], hand(initialize_purchase(0, 0, 0))[0][28:32]
    log = [hand(f"00B2{number:02X}441C")[0] for number in range(1, 5)]
    proofs = [hand(f"B02E00{kind}020002")[0] for kind in (31, 32)]
    return amounts, counters, log, proofs


def prepared(kind):
    """A card with two loads and two purchases behind it, and the command that ends the third."""
    hand = Hand(medical_card())
    for _ in range(2):
        do_load(hand, 1000)
        do_purchase(hand, 10, 20, 30)
    if kind == "load":
        load = Load(1980, 500, TERMINAL, 2, TIME)
        return hand, initialize_load(500), credit(load.mac2(load_session(KEY, RANDOM, 2)).hex())
    purchase = Purchase(100, 200, 300, TERMINAL, (5).to_bytes(4, "big"), TIME)
    mac1 = purchase.mac1(purchase_session(KEY, RANDOM, 2, purchase.terminal_sequence)).hex()
    return hand, initialize_purchase(100, 200, 300), debit(mac1)


@pytest.mark.parametrize("kind", ["load", "purchase"])
def test_every_cut(kind):
    hand, initialize, finish = prepared(kind)
    card = hand.card
    snapshot = card.snapshot()
    before = observed(hand)
    card.restore(snapshot)
    observed(hand)
    hand(initialize)
    start = card.rail.ticks
    answer, sw = hand(finish)
    ticks = card.rail.ticks - start
    assert sw == 0x9000
    after = observed(hand)
    assert before != after
    assert [bool(proof) for proof in before[3]] == [False, False]
    assert answer[:8] in after[3][kind == "purchase"]
    outcomes = set()
    for cut in range(ticks):
        card.restore(snapshot)
        observed(hand)
        hand(initialize)
        card.rail.cut_after(cut)
        with pytest.raises(PowerLoss):
            card.exchange(bytes.fromhex(finish))
        seen = observed(hand)
        assert seen in (before, after), f"cut after {cut} of {ticks} ticks"
        outcomes.add(seen == after)
    assert outcomes == {False, True}


def test_initialize_writes_nothing():
    hand, initialize, _ = prepared("load")
    start = hand.card.rail.ticks
    assert hand.sw(initialize) == 0x9000
    assert hand.card.rail.ticks == start


def test_the_answer_comes_after_the_commit():
    """A card pulled before the answer arrived still proves the transaction."""
    hand, initialize, finish = prepared("purchase")
    hand(initialize)
    hand.card.exchange(bytes.fromhex(finish))  # 61xx, never fetched
    proof = observed(hand)[3][1]
    assert len(proof) == 16
