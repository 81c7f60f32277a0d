"""BER-TLV, simple TLV and data object lists: round trips, and refusal of what does not add up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu import tlv

# The SELECT answer of a real 3.0 card (public log): SSSE with DIR 1E and algorithm SM4.
FCI = bytes.fromhex("6F1C840F7378312E73682EC9E7BBE1B1A3D5CFA50988011E9F0C03860103")


def test_fci_of_a_card():
    assert tlv.find(FCI, 0x6F, 0x84) == "sx1.sh.社会保障".encode("gbk")
    assert tlv.find(FCI, 0x6F, 0xA5, 0x88) == b"\x1e"
    assert tlv.find(FCI, 0x6F, 0xA5, 0x9F0C, 0x86) == b"\x03"
    assert tlv.find(FCI, 0x6F, 0xA5, 0x50) is None
    assert [item.tag for item in tlv.leaves(FCI)] == [0x84, 0x88, 0x9F0C]


@given(st.sampled_from([0x50, 0x84, 0x9F36, 0x9F10, 0x5F2D, 0x70, 0xDF8101]), st.binary(max_size=600))
def test_round_trip(tag, value):
    assert tlv.parse(tlv.encode(tag, value)) == (tlv.Tlv(tag, value),)


@given(st.binary(max_size=64))
def test_total(raw):
    try:
        items = tlv.parse(raw)
    except tlv.TlvError:
        return
    assert sum(len(item.value) for item in items) <= len(raw)


@pytest.mark.parametrize("raw", ["9F", "84", "8402AA", "84820001", "8483000000", "9FFFFFFF01"])
def test_refused(raw):
    with pytest.raises(tlv.TlvError):
        tlv.parse(bytes.fromhex(raw))


def test_dol_of_issued_cards():
    cdol1 = tlv.parse_dol(bytes.fromhex("9F02069F03069F1A0295055F2A029A039C019F37049F21039F4E14"))
    assert tlv.dol_length(cdol1) == 0x34
    values = tlv.split_dol(cdol1, bytes(range(52)))
    assert values[0x9F02] == bytes(range(6))
    assert values[0x9F4E] == bytes(range(32, 52))
    with pytest.raises(tlv.TlvError):
        tlv.split_dol(cdol1, bytes(51))


def test_simple_tlv_tags_are_one_byte():
    # Item 1F (exit region of DF02 EF15) would announce a second tag byte in BER.
    assert tlv.parse_simple(bytes.fromhex("1F03990000")) == (tlv.SimpleTlv(0x1F, b"\x99\0\0"),)
    with pytest.raises(tlv.TlvError):
        tlv.parse_simple(bytes.fromhex("1F0399"))
