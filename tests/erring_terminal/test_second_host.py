"""The second host's computations against numbers that another program made, and that what judges its mistakes bites."""

from __future__ import annotations

from collections import Counter

import pytest

from dualcos.explain.diagnosis.finding import Certainty, Diagnosis
from tests.erring_terminal.explained_card import ExplainedCard, published_keys
from tests.erring_terminal.mistake_case import NONE_FITS, no_secret_in
from tests.erring_terminal.second_ciphers import ecb, padded_80
from tests.erring_terminal.second_maker_host import cut_static, key_plain, retail_block
from tests.erring_terminal.second_social_host import (
    cut_mac,
    derived,
    last_block,
    pin_bytes,
    process_key,
    proof_of,
    session_cipher,
    with_length,
)
from tests.erring_terminal.social_side_mistakes import CASES

ROOT = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C")
FACTORS = [bytes.fromhex(factor) for factor in ("3331303030307368", "3331303130307378", "869931010000A1B2")]
CARD_KEYS = {
    "3DES": bytes.fromhex("A80757D28A24D4ED6376B5B0C7447699"),
    "SM4": bytes.fromhex("1B8927DC34DC34184027D493F2837538"),
    "DES": bytes.fromhex("62CD1A5675B68B1C"),
}


@pytest.mark.parametrize("algorithm", CARD_KEYS)
def test_a_key_is_derived_down_to_the_card(algorithm):
    key = ROOT[:8] if algorithm == "DES" else ROOT
    for factor in FACTORS:
        key = derived(algorithm, key, factor)
    assert key == CARD_KEYS[algorithm]


@pytest.mark.parametrize(("algorithm", "proof"), [("3DES", "9ABD282FEA9C3D2E"), ("SM4", "9F7DFD03FBB87894")])
def test_a_proof(algorithm, proof):
    session = process_key(algorithm, CARD_KEYS[algorithm], bytes.fromhex("9F4C21E07B3A58D6"))
    assert proof_of(session_cipher(algorithm), session, bytes.fromhex("3D1E8A6B70C2F495")).hex().upper() == proof


@pytest.mark.parametrize(
    ("algorithm", "command"),
    [
        ("DES", "841E000104CEFFF2A1"),
        ("3DES", "841E0001040532868A"),
        ("SM4", "841E000104CE8C713D"),
        ("DES", "842400010C7319F145ADC16E395847CC2C"),
        ("SM4", "842400011474A21B986E9DC69F76412E4FD836A8B968288535"),
        ("DES", "04D60000074142431C3D93FF"),
        ("SM4", "04D600000F4142434445464748494A4BD5304839"),
    ],
)
def test_a_secured_command(algorithm, command):
    raw, cipher = bytes.fromhex(command), session_cipher(algorithm)
    session = process_key(algorithm, CARD_KEYS[algorithm], bytes.fromhex("5AC3907E12F4B86D"))
    if raw[1] == 0x24:
        assert raw[5:-4] == ecb(cipher, session, with_length(cipher, pin_bytes("123456")))
    size = 16 if algorithm == "SM4" else 8
    assert raw[-4:] == cut_mac(cipher, last_block(cipher, session, bytes(size), padded_80(raw[:-4], size)))


@pytest.mark.parametrize(
    ("algorithm", "header", "apdu"),
    [
        (
            "3DES", "000000EF3300FF10",
            "84D4010024B01B82423B91EC177847642421D165CDE14BD8761B6F0D0998BA61762BA2776B2C466350",
        ),
        (
            "SM4", "000000EF3303FF10",
            "84D4010024FD5A4B3432ABD9CDFFA8538278E86D339A2D60CCC5FD7164564CFAC501D0CD600768F386",
        ),
    ],
)  # fmt: skip
def test_a_key_under_a_master_key(algorithm, header, apdu):
    raw, master = bytes.fromhex(apdu), bytes.fromhex("5F8C1D3A6E2B9047C4F1A8E36D0B7295")
    plain = key_plain(header, bytes.fromhex("A90F3E7C51D8264BB3704C9E1F62D58A"))
    assert raw[5:-4] == ecb(algorithm, master, with_length(session_cipher(algorithm), plain))
    size = 16 if algorithm == "SM4" else 8
    iv = bytes.fromhex("5AC3907E12F4B86D").ljust(size, b"\0")
    assert raw[-4:] == cut_static(algorithm, retail_block(algorithm, master, iv, padded_80(raw[:-4], size)))


def test_the_tables_are_as_large_as_they_should_be():
    assert len(CASES) >= 400
    assert len({case.name for case in CASES}) == len(CASES)
    assert Counter(case.finding for case in CASES)[NONE_FITS] >= 70


KEY = min(published_keys("social-2.0"))


@pytest.mark.parametrize(
    "finding",
    [
        Diagnosis("key.halves-swapped", Certainty.CERTAIN, {"input": "key"}, expected=KEY[2:6]),
        Diagnosis("key.halves-swapped", Certainty.CERTAIN, {"key": ("x", f"its value is {KEY.hex(' ')}")}),
        Diagnosis("pin.ascii", Certainty.LIKELY, received=b"\x31"),
        Diagnosis("pin.ascii", Certainty.LIKELY, received="34"),
        Diagnosis("taken.length", Certainty.LIKELY, received=b"\x08\x12\x34\x56\xff"),
        Diagnosis("taken.length", Certainty.LIKELY, received="sent 123456"),
    ],
)
def test_a_secret_in_a_finding_is_seen(finding):
    with pytest.raises(AssertionError):
        no_secret_in((finding,), ExplainedCard("social-2.0"))


def test_a_finding_without_secrets_passes():
    said = Diagnosis("pin.ascii", Certainty.LIKELY, {"length": 6, "form": "ASCII"}, expected=3, received=6)
    no_secret_in(
        (said, Diagnosis("random.older", Certainty.CERTAIN, received=b"\x5a\x19\xf3\x6c")), ExplainedCard("social-2.0")
    )
