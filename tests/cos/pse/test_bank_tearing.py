"""Power lost at any tick: everything before or everything after, no counter higher, no ATC used twice (PBOC-5 A.2)."""

from __future__ import annotations

import pytest
from bank_terminal import AAC, ARQC, GOOD_PIN, PSE, TC, WRONG_PIN

from cos.pse.current_directory import COUNTERS_CELL
from cos.pse.transaction.transaction_memory import Counters
from firewall.hardware.power import PowerLoss

FID = b"\xdf\xb1"


def counters(card):
    return Counters.from_bytes(card.card.dump()["pse"][COUNTERS_CELL.key(directory=FID)])


def settled(card):
    """The bank's cells after recovery."""
    card.card.power_on()
    card.select(PSE)
    return card.card.dump()["pse"]


def cuts(make, prepare, act):
    """Yield (card, ticks, torn?) for every cut of ``act``, until it runs to its end."""
    card = make()
    prepare(card)
    snapshot_ticks = card.card.rail.ticks
    act(card)
    total = card.card.rail.ticks - snapshot_ticks
    assert total
    for ticks in range(total + 1):
        card = make()
        prepare(card)
        card.card.rail.cut_after(ticks)
        try:
            act(card)
            torn = False
        except PowerLoss:
            torn = True
        card.card.rail.cut_after(None)
        assert torn == (ticks < total)
        yield card, ticks, torn


def ready(card):
    card.clean()
    card.select()


def initiated(card):
    card.clean()
    card.start()


def online(card):
    initiated(card)
    card.gac(ARQC)


def authenticated(card):
    online(card)
    assert card.ea() == 0x9000


def completed(card):
    authenticated(card)
    card.gac(TC, b"00")


ACTIONS = {
    "GPO": (ready, lambda card: card.gpo()),
    "GAC ARQC": (initiated, lambda card: card.gac(ARQC)),
    "GAC TC": (initiated, lambda card: card.gac(TC)),
    "GAC AAC, foreign": (initiated, lambda card: card.gac(AAC, t9F1A="0840", t5F2A="0840")),
    "GAC 2 TC": (authenticated, lambda card: card.gac(TC, b"00")),
    "GAC 2 Y3": (online, lambda card: card.gac(TC, b"Y3")),
    "EA wrong": (online, lambda card: card.ea(right=False)),
    "PUT DATA": (completed, lambda card: card.sw(card.script("04DA9F58", b"\x09"))),
    "APPLICATION BLOCK": (completed, lambda card: card.sw(card.script("841E0000"))),
    "CARD BLOCK": (completed, lambda card: card.sw(card.script("84160000"))),
    "PIN CHANGE": (completed, lambda card: card.sw(card.pin_change("5678"))),
    "wrong MAC": (completed, lambda card: card.sw(card.script("84180000", right=False))),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_before_or_after(lab, name):
    prepare, act = ACTIONS[name]
    card = lab()
    prepare(card)
    before = card.card.dump()["pse"]
    act(card)
    after = card.card.dump()["pse"]
    assert before != after
    outcomes = set()
    for card, _, torn in cuts(lab, prepare, act):
        cells = settled(card)
        assert cells in (before, after)
        outcomes.add((torn, cells == after))
    assert (True, False) in outcomes
    assert (False, True) in outcomes


def test_an_atc_is_never_used_twice(lab):
    """However GPO and the first cryptogram are cut, the next cryptogram has an ATC no answer ever had."""

    def transaction(card):
        card.gpo()
        card.gac(ARQC)

    answered = {counters_atc(lab, ready)}
    for card, _, _ in cuts(lab, ready, transaction):
        seen = counters(card).atc
        card.card.power_on()
        card.select()
        card.gpo()
        atc = int.from_bytes(card.gac(ARQC).atc, "big")
        assert atc > seen - 1
        assert atc not in answered


def counters_atc(make, prepare):
    card = make()
    prepare(card)
    return counters(card).atc


@pytest.mark.parametrize("block", [GOOD_PIN, WRONG_PIN])
@pytest.mark.parametrize("left", [3, 2, 1])
def test_no_cut_gives_a_try_back(lab, block, left):
    def prepare(card):
        card.clean()
        card.start(verify=False)
        for _ in range(3 - left):
            card.verify(WRONG_PIN)

    for card, ticks, torn in cuts(lambda: lab(t9F52="0080"), prepare, lambda card: card.verify(block)):
        settled(card)
        after = counters(card)
        allowed = {left, left - 1} if torn or block == WRONG_PIN else {3}
        assert after.pin_tries in (allowed | {3} if block == GOOD_PIN else allowed), ticks
        # The last try and the block it brings are one.
        assert after.application_blocked == (after.pin_tries == 0)


def test_a_wrong_pin_cut_anywhere_is_never_free(lab):
    """Once a tick of VERIFY has been committed, the try is gone; before that nothing has been compared."""

    def prepare(card):
        card.clean()
        card.start(verify=False)

    for card, _, torn in cuts(lab, prepare, lambda card: card.verify(WRONG_PIN)):
        settled(card)
        assert counters(card).pin_tries == (2 if not torn else counters(card).pin_tries)
        assert counters(card).pin_tries <= 3


def test_the_session_is_gone_after_a_cut(lab):
    for card, _, torn in cuts(lab, initiated, lambda card: card.gac(TC)):
        if torn:
            card.card.power_on()
            card.select()
            assert card.gac_raw(ARQC).sw == 0x6985
