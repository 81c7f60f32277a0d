"""ATR: the social card's form, real examples, and refusal of damaged ones (SSC-2 §8)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu import atr

HISTORICAL = bytes.fromhex("0081544C86869931010000A1B2")


def test_social_card_form():
    assert atr.build(HISTORICAL, 0).hex().upper() == "3B6D00000081544C86869931010000A1B2"


@pytest.mark.parametrize("protocol", [0, 1])
@given(historical=st.binary(max_size=15))
def test_round_trip_offers_exactly_one_protocol(protocol, historical):
    parsed = atr.parse(atr.build(historical, protocol))
    assert parsed.historical == historical
    assert parsed.protocols == (protocol,)


@pytest.mark.parametrize("raw", ["3B6D000000814A444686605199000001AC", "3B6D0000008148424286535119000A671A"])
def test_real_cards(raw):
    assert len(atr.parse(bytes.fromhex(raw)).historical) == 13


@pytest.mark.parametrize("raw", ["", "3B", "3A6D", "3B6D0000", "3B6D00000081544C86869931010000A1B200"])
def test_refused(raw):
    with pytest.raises(atr.AtrError):
        atr.parse(bytes.fromhex(raw))


def test_wrong_tck_refused():
    good = bytearray(atr.build(HISTORICAL, 1))
    good[-1] ^= 1
    with pytest.raises(atr.AtrError):
        atr.parse(bytes(good))
