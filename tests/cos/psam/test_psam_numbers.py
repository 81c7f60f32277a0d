"""Published numbers of the PSAM by APDU: delivery over one to three steps, MAC, key loading (SSC-9 §7 to §9)."""

from __future__ import annotations

import pytest
from psam_hand import authority, held, psam

from keys.algorithms import DES, SM4, TDES

ROOT = "2B7E151628AED2A6ABF7158809CF4F3C"
CITY, PROVINCE = "990421981F02A68EE48A39CB27956923", "BCC45D6B868EEFEFFA6639D312191E66"
CITY_SM4 = "4FEDDD63F76D258B3EC6F017C1075C8A"
CITY_STK = "E48468B55342F4B2"
F3, F2, F1 = "869931010000A1B2", "3331303130307378", "3331303030307368"
FACTOR, ORIGINAL = "9F4C21E07B3A58D6", "3D1E8A6B70C2F495"
RANDOM = "5AC3907E12F4B86D"

LOADED = (
    held(0x11, 0x27, 0x24, TDES, CITY),
    held(0x11, 0x47, 0x13, TDES, PROVINCE),
    held(0x11, 0x67, 0x0A, TDES, ROOT),
    held(0x11, 0x26, 0x09, DES, CITY_STK),
)


@pytest.mark.parametrize(
    "deliver",
    ["BFDE272410" + F3 + FACTOR, "BFDE471318" + F3 + F2 + FACTOR, "BFDE670A20" + F3 + F2 + F1 + FACTOR],
)
def test_delivery_gives_the_same_whatever_the_tier(deliver):
    hand = psam(keys=LOADED)
    assert hand(deliver) == ("", 0x9000)
    assert hand("80FA000008" + ORIGINAL) == ("9ABD282FEA9C3D2E", 0x9000)


@pytest.mark.parametrize(("reading", "answer"), [("4 bytes", "F6636AAE"), ("block", "F6636AAED555D4EE")])
def test_mac(reading, answer):
    hand = psam(keys=LOADED, mac_answer=reading)
    hand.ok("BFDE260910" + F3 + RANDOM)
    assert hand("80FA050010" + "00" * 8 + "8424000004800000") == (answer, 0x9000)


@pytest.mark.parametrize("factor", [FACTOR, FACTOR + "00" * 8])
def test_sm4_delivery_with_eight_or_sixteen_bytes(factor):
    """Authentication data of the SM4 card: the two halves of this block, added."""
    hand = psam("SM4", keys=(held(0x11, 0x27, 0x24, SM4, CITY_SM4),))
    hand.ok(f"BFDE2724{8 + len(factor) // 2:02X}{F3}{factor}")
    assert hand("80FA000010" + ORIGINAL + "00" * 8) == ("AC0902E276C8A4B83374FFE18D70DC2C", 0x9000)


@pytest.mark.parametrize("reading", ["4 bytes", "block"])
def test_sm4_mac_is_always_folded(reading):
    hand = psam("SM4", keys=(held(0x11, 0x26, 0x09, SM4, CITY_SM4),), mac_answer=reading)
    hand.ok("BFDE260918" + F3 + RANDOM + "00" * 8)
    assert hand("80FA050020" + "00" * 16 + "8424000004" + "80" + "00" * 10) == ("CDF3FBF6", 0x9000)


def test_create_and_change_key():
    """The commands as published, against the card's random number C7D1042E."""
    hand = psam()
    authority(hand, 1)
    assert hand.ok("0084000004") == "C7D1042E"
    hand.ok("84D40011242BD683806EA3B48E2283B3528EFA59A37C2226C4D19CE74F4CEA442849267C7DA1B5A2F6")
    hand.ok("0084000004")
    hand.ok("84D400111CAB057F36CE5A0D956B7041998F7F5E123D94AB108C7123F6F57698F7")
    hand.ok("0084000004")
    hand.ok("84D401111C3DB98696FB965908F66D87C42FA21DCE9EF6044CC39B0FD990EFFA6A")
    hand.ok("BFDE670820" + F3 + F2 + F1 + FACTOR)
    assert hand.ok("80FA000008" + ORIGINAL) == "9ABD282FEA9C3D2E"
    hand.ok("BFDE260910" + F3 + RANDOM)
    assert hand.ok("80FA050010" + "00" * 8 + "8424000004800000") == "F6636AAE"


def test_create_key_sm4():
    hand = psam("SM4")
    authority(hand, 1, SM4)
    hand.ok("0084000004")
    hand.ok("84D4001124454DEA0D9B37ACC2C483DAA6B52E010A729D34954CD590975492B9DEEDCF444BC5ACF97D")
    hand.ok("BFDE670828" + F3 + F2 + F1 + FACTOR + "00" * 8)
    assert hand.ok("80FA000010" + ORIGINAL + "00" * 8) == "AC0902E276C8A4B83374FFE18D70DC2C"


def test_purchase():
    """MAC1 and MAC2 of the medical numbers: terminal sequence 5, card sequence 1."""
    hand = psam(keys=(held(0x11, 0x22, 0x01, TDES, CITY),))
    body = "0001" + "000003E8000000C8000007D0" + "32" + "20240115" + "093000" + "01" + "00" + F3
    for number in range(5):
        assert hand.ok("8070010024" + "C7D1042E" + body)[:8] == f"{number:08X}"
    assert hand("8070010024" + "C7D1042E" + body) == ("00000005" + "64D65654", 0x9000)
    assert hand("8072000004E5A233B9") == ("", 0x9000)
    assert hand.ok("00B0990004") == "00000006"
