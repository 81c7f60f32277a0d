"""MACs, PIN blocks and keys of the acquirer link: worked numbers, `psec` as second opinion, what is refused."""

from __future__ import annotations

import pickle
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.algorithms import DES, SM4, TDES
from keys.bank_cryptography import BadPinBlock
from keys.key_handle import KeyHandle
from keys.line_cryptography import (
    BadLineKey,
    LineMac,
    line_check_value,
    line_mac,
    line_mac_holds,
    pin_block_0,
    pin_in_block,
    translated,
    unwrapped_key,
    wrapped_key,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from psec import mac as psec_mac
    from psec.des import generate_kcv

ONE, TWO = bytes.fromhex("0123456789ABCDEF"), bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
K1, K2 = KeyHandle(DES, ONE), KeyHandle(TDES, TWO)
SM = KeyHandle(SM4, TWO)
DATA = bytes(range(0x30, 0x4D))
SWITCH_TEXT = (
    b"0200 196200001234567890128 000000 000000001234 1123182500 000001 5411 00 0800000001 0800000001 "
    b"12345678 123456789012345"
)
PIN, PAN = "123456", "6200001234567890128"


@pytest.mark.parametrize(
    ("kind", "key", "data", "mac"),
    [
        (LineMac.ECB_HEX, K1, DATA, b"D3E90722"),
        (LineMac.ECB_HEX, K2, DATA, b"DED9D8E3"),
        (LineMac.XOR_3DES, K2, DATA, bytes.fromhex("30E731D57B6B5DE2")),
        (LineMac.X919, K1, DATA, bytes.fromhex("213E23B995D39237")),
        (LineMac.X919, K2, DATA, bytes.fromhex("72D2C01E952A83DA")),
        (LineMac.CBC_TEXT, K1, SWITCH_TEXT, b"82EF93F7"),
        (LineMac.CBC_TEXT, K2, SWITCH_TEXT, b"1BB6F539"),
    ],
)
def test_worked_macs(kind, key, data, mac):
    assert line_mac(kind, key, data) == mac
    assert line_mac_holds(kind, key, data, mac)
    assert not line_mac_holds(kind, key, data, bytes((mac[0] ^ 1,)) + mac[1:])
    assert not line_mac_holds(kind, key, data, mac[:-1] + bytes((mac[-1] ^ 1,)))


@given(st.binary(max_size=40))
def test_x9_macs_are_those_of_another_program(data):
    filled = data or bytes(8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert line_mac(LineMac.X919, K1, data) == psec_mac.generate_cbc_mac(ONE, filled, 1)
        assert line_mac(LineMac.X919, K2, data) == psec_mac.generate_retail_mac(TWO[:8], TWO[8:], filled, 1)


@given(st.sampled_from(list(LineMac)), st.sampled_from([K1, K2]), st.binary(min_size=1, max_size=40), st.data())
def test_one_bit_of_the_data_changes_a_mac(kind, key, data, drawn):
    at, bit = drawn.draw(st.integers(0, len(data) - 1)), drawn.draw(st.integers(0, 7))
    other = bytearray(data)
    other[at] ^= 1 << bit
    assert len(line_mac(kind, key, data)) == 8
    assert line_mac(kind, key, data) != line_mac(kind, key, bytes(other))


@pytest.mark.parametrize("kind", list(LineMac))
def test_an_sm4_key_makes_no_mac_of_this_line(kind):
    with pytest.raises(BadLineKey, match="DES or 3DES, not SM4"):
        line_mac(kind, SM, DATA)


def test_the_worked_pin_block():
    assert pin_block_0(K2, PIN, PAN).hex().upper() == "2A084C604973D4AE"
    assert K2.decrypt(pin_block_0(K2, PIN, PAN)).hex().upper() == "06122662A9876FED"


@given(st.from_regex(r"[0-9]{4,12}", fullmatch=True), st.from_regex(r"[0-9]{13,19}", fullmatch=True))
def test_a_pin_comes_back_under_its_key_for_its_account(pin, pan):
    block = pin_block_0(K2, pin, pan)
    assert pin_in_block(K2, block, pan) == pin
    assert pin_in_block(K1, translated(block, K2, K1), pan) == pin


@pytest.mark.parametrize(
    ("pin", "pan"), [("123", PAN), ("1" * 13, PAN), ("12a4", PAN), (PIN, "1" * 12), (PIN, "A" * 16)]
)
def test_what_is_no_pin_or_account_has_no_block(pin, pan):
    with pytest.raises(BadPinBlock) as refused:
        pin_block_0(K2, pin, pan)
    assert str(refused.value) == "a PIN has 4 to 12 digits and an account at least 13"


@pytest.mark.parametrize(
    ("key", "block", "pan"),
    [
        (K1, pin_block_0(K2, PIN, PAN), PAN),
        (K2, pin_block_0(K2, PIN, PAN)[:7], PAN),
        (K2, pin_block_0(K2, PIN, PAN) * 2, PAN),
        (K2, pin_block_0(K2, PIN, PAN), "6200001234567000000"),
        (K2, pin_block_0(K2, PIN, PAN), "62"),
    ],
)
def test_what_is_no_pin_block_says_nothing_of_it(key, block, pan):
    with pytest.raises(BadPinBlock) as refused:
        pin_in_block(key, block, pan)
    assert str(refused.value) == "no PIN block of format 0 under this key for this account"


@pytest.mark.parametrize("length", [0, 7, 9, 16])
def test_a_block_that_is_translated_has_eight_bytes(length):
    with pytest.raises(BadPinBlock, match=f"{length} bytes; format 0 has 8"):
        translated(bytes(length), K1, K2)


def test_pin_blocks_of_format_0_are_not_enciphered_with_sm4():
    block = pin_block_0(K2, PIN, PAN)
    for work in (
        lambda: pin_block_0(SM, PIN, PAN),
        lambda: translated(block, K2, SM),
        lambda: translated(block, SM, K2),
    ):
        with pytest.raises(BadPinBlock, match="DES or 3DES, not SM4"):
            work()


def test_check_values():
    assert line_check_value(K1).hex().upper() == "D5D44FF7"
    assert line_check_value(K2).hex().upper() == "08D7B4FB"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert line_check_value(K2, 8) == generate_kcv(TWO, 8)


@pytest.mark.parametrize(("kek", "key"), [(K1, K1), (K2, K1), (K1, K2), (K2, K2), (SM, SM)])
@pytest.mark.parametrize("length", [3, 4, 8])
def test_a_key_arrives_with_its_check_value(kek, key, length):
    cipher = wrapped_key(kek, key)
    assert len(cipher) == key.algorithm.key_length
    assert unwrapped_key(kek, cipher, line_check_value(key, length)).equals(key)


def test_a_key_under_another_master_key_is_refused():
    cipher, check = wrapped_key(K2, K1), line_check_value(K1)
    for kek, wrong in ((K1, check), (K2, check[:3] + bytes((check[3] ^ 1,))), (K2, bytes((check[0] ^ 1,)) + check[1:])):
        with pytest.raises(BadLineKey, match="the check value is not that of the key"):
            unwrapped_key(kek, cipher, wrong)


@pytest.mark.parametrize("length", [0, 2, 5, 7, 9])
def test_a_check_value_of_another_length_checks_nothing(length):
    check = (line_check_value(K1, 8) + bytes(1))[:length]
    with pytest.raises(BadLineKey, match=f"a check value of {length} bytes"):
        unwrapped_key(K2, wrapped_key(K2, K1), check)


@pytest.mark.parametrize("length", [0, 7, 9, 24, 32])
def test_a_key_of_another_length_is_none(length):
    with pytest.raises(BadLineKey, match=f"an enciphered key of {length} bytes"):
        unwrapped_key(K2, bytes(length), bytes(4))


def test_a_des_key_does_not_fit_an_sm4_block():
    with pytest.raises(BadLineKey, match="a DES key does not fit blocks of 16 bytes"):
        wrapped_key(SM, K1)


def test_no_key_shows_or_leaves():
    for key, value in ((K1, ONE), (K2, TWO), (unwrapped_key(K1, wrapped_key(K1, K2), line_check_value(K2)), TWO)):
        assert value.hex() not in repr(key).lower()
        with pytest.raises(TypeError):
            pickle.dumps(key)
