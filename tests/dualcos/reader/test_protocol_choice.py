"""What a program gets for what it asks, by the ATR: T=1 first, a specific mode is final."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dualcos
from dualcos.profile.schema import load
from dualcos.reader.embedded.controls_and_attributes import attribute
from dualcos.reader.embedded.pcsclite_messages import LONGEST_ATR, Share
from dualcos.reader.embedded.protocol_choice import choose, offered
from dualcos.reader.embedded.virtual_reader import PcscRefused, VirtualReader
from dualcos.reader.slot import Slot
from dualcos.reader.vpcd import answer
from tests.dualcos.reader.cards import DUAL_ATR, T0_ATR, T1_ATR, DiaryCard

T0, T1, BOTH, RAW, ANY_OLD = 1, 2, 3, 4, 0x1000
NO_TD1 = bytes.fromhex("3B02AABB")
INVERSE_T0 = bytes.fromhex("3F6400006563686F")


@pytest.mark.parametrize(
    ("atr", "for_both", "for_t0", "for_t1"),
    [
        (NO_TD1, T0, T0, None),
        (T0_ATR, T0, T0, None),
        (INVERSE_T0, T0, T0, None),
        (T1_ATR, T1, None, T1),
        (DUAL_ATR, T1, T0, T1),
        (bytes.fromhex("3B801101"), T1, None, T1),  # TD1 with TA2 = 01
        (bytes.fromhex("3B801000"), T0, T0, None),  # TD1 with TA2 = 00
    ],
)
def test_table(atr, for_both, for_t0, for_t1):
    assert choose(atr, BOTH) == for_both
    assert choose(atr, T0) == for_t0
    assert choose(atr, T1) == for_t1


def test_a_wrong_check_byte_is_not_looked_at():
    assert choose(T1_ATR[:-1] + b"\x00", BOTH) == T1


def test_old_any_and_raw():
    assert choose(T0_ATR, ANY_OLD) == T0
    assert choose(T1_ATR, ANY_OLD) == T1
    assert choose(T0_ATR, RAW) == RAW


@given(st.binary(max_size=33))
def test_any_bytes_give_an_offer(atr):
    assert offered(atr) in (0, T0, T1, BOTH)


@pytest.mark.parametrize(("atr", "wanted", "value"), [(T0_ATR, T1, "T=1"), (T1_ATR, T0, "T=0")])
def test_a_program_that_wants_the_other_protocol_is_told_the_setting(atr, wanted, value):
    """chip.transmission.protocol: once for a reader, in a line for whoever is told of its slot."""
    told: list[str] = []
    slot = Slot("dualcos Card Slot 00 00", DiaryCard(atr), report=told.append)
    reader = VirtualReader(slot, lambda: None, lambda *_: None, None)
    for _ in range(2):
        with pytest.raises(PcscRefused):
            reader.connect(1, Share.SHARED, wanted, object())
    (words,) = told
    assert f'chip.transmission.protocol = "{value}" would answer this' in words
    assert f"--set chip.transmission.protocol={value}" in words
    reader.connect(2, Share.SHARED, BOTH, object())
    assert len(told) == 1


# A chip's reset answer as its profile has it, and the protocol a program gets that takes either, T=0 or T=1 only.
CHIPS = [
    ({}, "3B6D0000", T0, T0, None),
    ({"atr.ta1": "94"}, "3B7D940000", T0, T0, None),
    ({"atr.ta1": "94", "atr.ta2": "10"}, "3BFD9400001010", T0, T0, None),
    ({"atr.tb1": "", "atr.tc1": "", "atr.tc2": "0A"}, "3B8D400A", T0, T0, None),
    ({"atr.tb1": "", "atr.tc1": ""}, "3B0D", T0, T0, None),
    ({"protocol": "T=1", "atr.ta1": "94"}, "3BFD9400008131FE45", T1, None, T1),
    ({"protocol": "T=1", "atr.ta1": "94", "atr.ta2": "01"}, "3BFD940000910131FE45", T1, None, T1),
    ({"protocol": "contactless"}, "3B8D8001", T1, T0, T1),
]
HISTORICAL = bytes.fromhex("008144434F8600990000 00A1B2")


@pytest.mark.parametrize(("settings", "start", "for_both", "for_t0", "for_t1"), CHIPS)
def test_every_reader_shows_the_chip_as_it_is(settings, start, for_both, for_t0, for_t1):
    """In the reader's state, as an attribute, and on vpcd's wire; from a card's first reset to its second."""
    said = [f"chip.transmission.{name}={value}" for name, value in settings.items()]
    card = dualcos.card(load("social-2.0", settings=said), seed=1)
    slot = Slot("dualcos Card Slot 00 00", card)
    reader = VirtualReader(slot, lambda: None, lambda *_: None, None)
    shown = {reader.atr, attribute(reader, 0x00090303), answer(slot, b"\x04"), slot.power_on(), slot.reset(), slot.atr}
    (atr,) = shown
    assert atr.startswith(bytes.fromhex(start))
    assert atr[len(start) // 2 :][:13] == HISTORICAL
    assert (choose(atr, BOTH), choose(atr, T0), choose(atr, T1)) == (for_both, for_t0, for_t1)
    assert len(atr) <= LONGEST_ATR
