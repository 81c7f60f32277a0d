"""ATR: the social card's form, real examples, and refusal of damaged ones (SSC-2 §8)."""

from __future__ import annotations

from functools import reduce
from itertools import product

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


# ISO 7816-3 tables 7 and 8, written out again: every value of TA1 that is not reserved.
F_INDEXES, D_INDEXES = "0123456 9ABCD", "123456789"
ALLOWED_TA1 = {int(f + d, 16) for f in F_INDEXES.replace(" ", "") for d in D_INDEXES}


def read_again(raw: bytes) -> tuple[dict[str, int], list[int], bytes, bytes]:
    """An ATR by ISO 7816-3 §8.2, a second reading: interface bytes, protocols, historical bytes, what is left."""
    names, protocols, rest = {}, [], list(raw[2:])
    present, group = raw[1] >> 4, 1
    while present:
        for letter, bit in (("A", 1), ("B", 2), ("C", 4), ("D", 8)):
            if present & bit:
                names[f"{letter}{group}"] = rest.pop(0)
        down = names.get(f"D{group}", 0)
        present, group = down >> 4, group + 1
        if present or down:
            protocols.append(down & 15)
    count = raw[1] & 15
    return names, protocols or [0], bytes(rest[:count]), bytes(rest[count:])


def xor(raw: bytes) -> int:
    return reduce(lambda one, other: one ^ other, raw, 0)


@pytest.mark.parametrize("protocol", [0, 1])
@pytest.mark.parametrize("historical", [b"", HISTORICAL, b"\xa5" * 15])
def test_every_form_says_what_was_set(protocol, historical):
    """All that a chip may send or leave out, in all combinations: SSC-2 table 7 has T0 from 0x to Fx."""
    for ta1, tb1, tc1, ta2, tc2 in product(
        (None, 0x11, 0x94), (None, 0), (None, 0, 0xFF), (None, protocol), (None, 10)
    ):
        given = atr.InterfaceBytes(ta1, tb1, tc1, ta2, tc2)
        if protocol and tc2 is not None:
            assert [name for name, _ in given.faults(protocol)] == ["tc2"]
            continue
        assert not [*given.faults(protocol)]
        raw = atr.build(historical, protocol, given)
        said, protocols, found, left = read_again(raw)
        wanted = {"A1": ta1, "B1": tb1, "C1": tc1, "A2": ta2, "C2": tc2}
        assert {name: said.get(name) for name in wanted} == wanted
        assert said.keys() - wanted.keys() - {"D1", "D2"} == ({"A3", "B3"} if protocol else set())
        assert found == historical
        assert set(protocols) == {protocol}
        # TCK where another protocol than T=0 is named, and nowhere else; terminals reject one beside T=0 alone (SSC-8).
        assert (len(left), xor(raw[1:]) if left else 0) == (protocol, 0)
        assert atr.parse(raw).protocols == (protocol,)
        assert not atr.is_contactless(raw)


@pytest.mark.parametrize("historical", [b"", HISTORICAL, b"\x5a" * 15])
def test_contactless_as_a_reader_makes_it(historical):
    raw = atr.CONTACTLESS.with_historical(historical)
    assert (raw[:4], raw[4:-1]) == (bytes((0x3B, 0x80 | len(historical), 0x80, 0x01)), historical)
    assert xor(raw[1:]) == 0
    assert read_again(raw)[2] == atr.parse(raw).historical == historical
    assert atr.is_contactless(raw)


def test_reserved_values_are_told():
    """Every value of every byte, by itself (ISO 7816-3 §8.3, §10.2)."""
    for protocol, value in product((0, 1), range(256)):
        told = {
            name: bool([*atr.InterfaceBytes(**{name: value}).faults(protocol)])
            for name in ("ta1", "tb1", "tc1", "ta2", "tc2")
        }
        assert told == {
            "ta1": value not in ALLOWED_TA1,
            "tb1": value != 0,
            "tc1": False,
            "ta2": value & 0x0F != protocol or value & 0x60 != 0,
            "tc2": protocol == 1 or value == 0,
        }, (protocol, value)
    assert len(ALLOWED_TA1) == 12 * 9
    assert {0x11, 0x94, 0x97} <= ALLOWED_TA1


def test_the_bytes_are_called_by_their_values():
    """94 is F=512 D=8, 11 F=372 D=1 (ISO 7816-3 tables 7 and 8)."""
    rates = [(atr.CLOCK_RATES[ta1 >> 4], atr.BAUD_RATES[ta1 & 15]) for ta1 in (0x11, 0x94, 0x97, 0xD9, 0x18)]
    assert rates == [(372, 1), (512, 8), (512, 64), (2048, 20), (372, 12)]


def test_sixteen_historical_bytes_are_refused():
    for form in (atr.form(0), atr.form(1), atr.CONTACTLESS):
        with pytest.raises(atr.AtrError, match="15"):
            form.with_historical(bytes(16))
