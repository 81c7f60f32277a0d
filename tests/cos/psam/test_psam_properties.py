"""Any command gets an answer and no exception; a refusal writes nothing but what its row declares; two walls."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from psam_hand import APPLICATION, SX2, Hand, authority, psam

import dualcos
from apdu.command import CommandAPDU
from cos.psam.commands.command_table import ROWS
from keys.algorithms import SM4

SNAPSHOTS = {}


def powered(name="psam-3des"):
    """The profile's PSAM as new, application current."""
    if name not in SNAPSHOTS:
        card = dualcos.card(name)
        SNAPSHOTS[name] = card, card.snapshot()
    card, snapshot = SNAPSHOTS[name]
    card.restore(snapshot)
    hand = Hand(card)
    card.power_on()
    hand.ok(APPLICATION)
    return hand


@st.composite
def near_valid(draw):
    """A row's command; sometimes with one field broken."""
    row = draw(st.sampled_from(ROWS))
    p1, p2 = draw(st.sampled_from(sorted(row.p1))), draw(st.sampled_from(sorted(row.p2)))
    length = draw(st.sampled_from(sorted(row.lc)))
    broken = draw(st.sampled_from(("", "", "p1", "p2", "length", "cla")))
    p1 = draw(st.integers(0, 255)) if broken == "p1" else p1
    p2 = draw(st.integers(0, 255)) if broken == "p2" else p2
    length = draw(st.integers(0, 255)) if broken == "length" else length
    cla = draw(st.integers(0, 255)) if broken == "cla" else row.cla
    le = draw(st.sampled_from((None, 1, 4, 8, 256)))
    return CommandAPDU(cla, row.ins, p1, p2, draw(st.binary(min_size=length, max_size=length)), le)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.lists(near_valid(), min_size=1, max_size=8))
def test_every_command_is_answered_and_refusals_are_frugal(commands):
    hand = powered()
    for command in commands:
        before = hand.card.dump()
        _, sw = hand(command.encode())
        assert sw >> 8 in (0x90, 0x61, 0x62, 0x63, 0x64, 0x65, 0x67, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F)
        if sw != 0x9000 and (command.cla, command.ins) not in ((0x00, 0x82), (0x80, 0xE0)):
            assert hand.card.dump() == before


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_answered(raw):
    assert len(powered().card.exchange(raw)) >= 2


def test_rights_end_with_the_environment():
    hand = psam("SM4", "SM4")
    authority(hand, 1, SM4)
    assert hand.sw("00D69A000103") == 0x9000
    hand.ok(SX2)
    hand.ok("00A40000023F00")
    hand.ok(APPLICATION)
    assert hand.sw("00D69A000103") == 0x6982


def test_what_happens_in_one_environment_leaves_the_other_alone():
    hand = powered("psam-sm4")
    before = hand.card.dump()["psam-sx2"]
    assert hand.sw("80700100240102030400010000000000000000000000013220240115093000010399000000000000C1") == 0x9000
    for _ in range(3):
        hand.ok("0084000008")
        hand("0082000110" + "00" * 16)
    assert hand.card.dump()["psam-sx2"] == before
    assert hand.card.dump()["manager"] != before
    hand.ok(SX2)
    hand.ok(APPLICATION)
    hand.ok("0084000008")
    assert hand.sw("0082000110" + "00" * 16) == 0x63C2


def test_only_the_mf_can_give_birth():
    hand = powered("psam-sm4")
    environments = hand.card._dispatcher._environments
    assert hand.card._dispatcher._root.powers is not None
    assert {environment.powers for _, environment in environments.values()} == {None}
