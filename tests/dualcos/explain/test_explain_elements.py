"""The bank's data elements in words: every value of every tag gets a line (PBOC-5 A.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cos.pse.data.aip_afl_ada import Ada
from cos.pse.data.data_elements import ELEMENTS
from dualcos.explain.bank_bits import ADA_TEXTS, ada_words, aip_words
from dualcos.explain.bank_elements import describe
from dualcos.messages.cvm_list import CvmList


def x(text):
    return bytes.fromhex(text)


@pytest.mark.parametrize(
    ("tag", "value", "part"),
    [
        (0x82, "7C00", "issuer authentication by EXTERNAL AUTHENTICATE"),
        (0x94, "08010100", "SFI 1 records 1-1, 0 signed"),
        (0x94, "08020100", "broken"),
        (0x8E, "000000000000000002031F00", "online enciphered PIN if terminal supports it; no CVM always"),
        (0x8E, "00000000000000006000", "show identity document (证件出示) always, else next"),
        (0x95, "0010000000", "requested service not allowed"),
        (0x9F0E, "0010980000", "cardholder verification was not successful"),
        (0x9F07, "AB80", "domestic cash; domestic goods; domestic services; at ATMs; at terminals other than ATMs"),
        (0x9F52, "A200", "ADA1.b8"),
        (0x9F56, "80", "mandatory"),
        (0x9F56, "00", "optional"),
        (0x9F10, "07010103A0000201", "first GENERATE AC answered ARQC"),
        (0x9F27, "40", "TC"),
        (0x9F27, "C0", "broken"),
        (0x9F4D, "0B0A", "log file SFI 11, 10 records"),
        (0x9F73, "20000175", "× 175 ÷ 10^2"),
        (0x8A, "3030", "'00'"),
        (0x8A, "FFFF", "broken"),
        (0x8C, "9F0206", "Amount, Authorised (9F02) 6"),
        (0x9F02, "000000012345", "12345"),
        (0x9A, "260315", "2026-03-15"),
        (0x9F21, "143052", "14:30:52"),
        (0x50, "50424F43204445424954", "PBOC DEBIT"),
        (0x5A, "6299990123456789019F", "Primary Account Number"),
        (0x9F36, "01", "length 1, 2-2 expected"),
        (0xDF99, "01", "unknown element"),
    ],
)
def test_describe(tag, value, part):
    assert part in describe(tag, x(value))


@given(st.sampled_from([each.tag for each in ELEMENTS]), st.binary(max_size=40))
def test_describe_is_total(tag, value):
    assert describe(tag, value).startswith(f"{tag:X} ")


def test_cvm_list_amounts():
    cvm = CvmList.parse(x("00000064 000000C8 4103 1F00".replace(" ", "")))
    assert (cvm.x, cvm.y) == (100, 200)
    assert cvm.rules[0].goes_on
    assert not cvm.rules[1].goes_on
    with pytest.raises(ValueError, match="8E"):
        CvmList.parse(bytes(9))


def test_aip_in_words():
    assert len(aip_words(0x7C00)) == 5
    assert aip_words(0x7D00)[-1] == "CDA supported"
    assert aip_words(0x5C00)[0] == "SDA supported"


def test_every_bit_of_the_default_action_has_a_text():
    assert [text.bit for text in ADA_TEXTS] == list(Ada)


@pytest.mark.parametrize("raw", ["0701010360000201", "07000103A04002010A010000001000D1F61152", "07010103A0000204"])
def test_issuer_application_data_name_their_key(raw):
    assert f"DKI {raw[2:4]}" in describe(0x9F10, x(raw))


@pytest.mark.parametrize(
    ("value", "places"),
    [
        (0xA200, ["ADA1.b8", "ADA1.b6", "ADA1.b2"]),
        (0x8240, ["ADA1.b8", "ADA1.b2", "ADA2.b7"]),
        (0x4130, ["ADA1.b7", "ADA1.b1", "ADA2.b6", "ADA2.b5"]),
        (0x0003, ["ADA2.b2-b1"]),
        (0, []),
    ],
)
def test_ada_in_words(value, places):
    """Values seen on cards."""
    assert [line.split(" ", 1)[0] for line in ada_words(value)] == places
