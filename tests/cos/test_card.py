"""The card as a whole: deterministic, total, snapshots, power."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dualcos
from cos.card import CardOff
from firewall.hardware.power import PowerLoss

SELECT = bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF")
CHALLENGE = bytes.fromhex("0084000008")
WRONG_PIN = bytes.fromhex("0020000003999999")
PROFILES = ("social-1.0", "social-2.0", "social-3.0", "blank")


@pytest.fixture(scope="module", params=PROFILES)
def card(request):
    return dualcos.card(request.param)


def test_same_seed_same_bytes():
    one, two, other = (dualcos.card("social-2.0", seed=seed) for seed in (7, 7, 8))
    answers = []
    for card in (one, two, other):
        card.power_on()
        card.exchange(SELECT)
        answers.append([card.exchange(CHALLENGE) for _ in range(3)])
    assert answers[0] == answers[1] != answers[2]
    assert one.dump() == two.dump()


@given(commands=st.lists(st.binary(max_size=40), max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_any_bytes_get_an_answer(card, commands):
    card.power_on()
    for command in commands:
        assert len(card.exchange(command)) >= 2


def test_without_power_nothing_answers(card):
    card.power_off()
    with pytest.raises(CardOff):
        card.exchange(CHALLENGE)


def test_snapshot_and_restore():
    card = dualcos.card("social-2.0")
    card.power_on()
    snapshot, before = card.snapshot(), card.dump()
    card.exchange(SELECT)
    first = card.exchange(CHALLENGE)
    assert card.exchange(WRONG_PIN) == b"\x63\xc2"
    card.restore(snapshot)
    assert not card.powered
    assert card.dump() == before
    card.power_on()
    card.exchange(SELECT)
    assert card.exchange(CHALLENGE) == first
    assert card.exchange(WRONG_PIN) == b"\x63\xc2"


def test_reset_forgets_and_reading_the_atr_does_not():
    card = dualcos.card("social-2.0")
    atr = card.power_on()
    card.exchange(SELECT)
    assert card.atr == atr
    assert card.environment == "ssse"
    assert card.reset() == atr
    assert card.environment == "manager"


def test_atr_is_the_social_cards():
    # SSC-2 table 16: maker, COS, card maker, region digits, serial.
    assert dualcos.card("social-2.0").power_on().hex().upper().startswith("3B6D0000" + "0081")


def test_power_loss_leaves_a_mute_card_that_recovers():
    card = dualcos.card("social-2.0")
    card.power_on()
    card.exchange(SELECT)
    card.rail.cut_after(0)
    with pytest.raises(PowerLoss):
        card.exchange(WRONG_PIN)
    assert not card.powered
    card.power_on()
    card.exchange(SELECT)
    assert card.exchange(WRONG_PIN) == b"\x63\xc2"


def test_a_useless_random_number_at_the_master_file_is_refused_not_a_crash():
    """16 bytes of random number do not make a 3DES session key (SSC-4 §8.4.1)."""
    card = dualcos.card("social-2.0")
    card.power_on()
    before = card.dump()
    card.exchange(bytes.fromhex("0084000010"))
    assert card.exchange(bytes.fromhex("0082000010") + bytes(16)) == b"\x69\x84"
    assert card.dump() == before


def test_a_snapshot_shows_no_cell():
    card = dualcos.card("social-2.0")
    assert "123456" not in repr(card.snapshot())
    assert "x12" not in repr(card.snapshot())
