"""Published primitives, the kept contexts, and what a handle refuses to give."""

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keys_numbers import K3_VALUE, KS_VALUE, ROOT, key

from keys import algorithms
from keys.algorithms import (
    DES,
    SM4,
    TDES,
    BadBlocks,
    BadKey,
    BlockKey,
    bank_algorithm,
    odd_parity,
    sm3,
    social_algorithm,
)
from keys.key_handle import KeyHandle

ALL = [(DES, 8), (TDES, 16), (SM4, 16)]
NUMBERS = "0123456789ABCDEFFEDCBA9876543210"


def test_sm4_published():
    """GB/T 32907 annex A example 1."""
    assert key(SM4, NUMBERS).encrypt(bytes.fromhex(NUMBERS)).hex().upper() == "681EDF34D206965E86B3E94F536E4246"


def test_sm3_seen_in_a_card_answer():
    assert sm3(bytes.fromhex("123456")).hex() == "3de741f445dd357bea4e6c3fe6437036f62b5e3ec0f00d62796edb4305ed627f"


def test_des_published():
    """FIPS 81 example: key 0123456789ABCDEF, "Now is t"."""
    assert key(DES, "0123456789ABCDEF").encrypt(b"Now is t").hex().upper() == "3FA40E8A984D4815"


@pytest.mark.parametrize(
    ("algorithm", "value", "kcv"),
    [(TDES, ROOT, "86A5F0"), (SM4, ROOT, "09CBE1"), (TDES, K3_VALUE, "7BFBCC"), (SM4, KS_VALUE, "ABB776")],
)
def test_check_values(algorithm, value, kcv):
    """Key check values: leftmost 3 bytes over a block of zeros."""
    handle = key(algorithm, value)
    assert handle.check_value.hex().upper() == kcv
    assert repr(handle) == f"<{algorithm.name} key, KCV {kcv}>"


@pytest.mark.parametrize(("algorithm", "length"), ALL)
def test_wrong_key_length(algorithm, length):
    with pytest.raises(BadKey):
        KeyHandle(algorithm, bytes(length + 1))


def test_numbers_of_the_two_sides():
    assert [social_algorithm(n) for n in (0, 1, 3)] == [TDES, DES, SM4]
    assert [bank_algorithm(n) for n in (1, 4)] == [TDES, SM4]
    for unknown in (social_algorithm, bank_algorithm):
        with pytest.raises(BadKey):
            unknown(2)  # SSF33: the cipher is not public


@given(st.sampled_from([a for a, _ in ALL]), st.binary(min_size=16, max_size=16), st.data())
def test_each_call_stands_alone(algorithm, value, data):
    """A kept context gives what a fresh one gives, whatever was enciphered before, with or without an IV."""
    value = value[: algorithm.key_length]
    kept = BlockKey(algorithm, value)
    blocks = st.integers(1, 4).flatmap(lambda n: st.binary(min_size=n * algorithm.block, max_size=n * algorithm.block))
    iv = st.none() | st.binary(min_size=algorithm.block, max_size=algorithm.block)
    for _ in range(3):
        plain, start = data.draw(blocks), data.draw(iv)
        cipher = kept.cbc_encrypt(plain, start)
        assert cipher == BlockKey(algorithm, value).cbc_encrypt(plain, start)
        assert kept.cbc_decrypt(cipher, start) == plain
        assert kept.decrypt(kept.encrypt(plain)) == plain


@given(st.sampled_from([a for a, _ in ALL]), st.integers(2, 5), st.data())
def test_cbc_is_chained_ecb(algorithm, count, data):
    """CBC by its definition: each block is the encryption of the plain block XOR the cipher block before."""
    cipher = BlockKey(algorithm, bytes(range(algorithm.key_length)))
    size = algorithm.block
    plain = data.draw(st.binary(min_size=count * size, max_size=count * size))
    last, expected = bytes(size), b""
    for at in range(0, len(plain), size):
        last = cipher.encrypt(algorithms.xor(plain[at : at + size], last))
        expected += last
    assert cipher.cbc_encrypt(plain) == expected


@pytest.mark.parametrize("algorithm", [a for a, _ in ALL])
def test_partial_blocks_are_refused_and_leave_no_trace(algorithm):
    cipher = BlockKey(algorithm, bytes(algorithm.key_length))
    block = bytes(algorithm.block)
    before = cipher.encrypt(block), cipher.cbc_encrypt(block)
    for call in (cipher.encrypt, cipher.decrypt, cipher.cbc_encrypt, cipher.cbc_decrypt):
        with pytest.raises(BadBlocks):
            call(block + b"\x00")
    with pytest.raises(BadBlocks):
        cipher.cbc_encrypt(block, b"\x00")
    assert (cipher.encrypt(block), cipher.cbc_encrypt(block)) == before


@given(st.binary(max_size=32))
def test_odd_parity(value):
    assert all(byte.bit_count() % 2 == 1 for byte in odd_parity(value))
    assert all(left | 1 == right | 1 for left, right in zip(value, odd_parity(value), strict=True))


def test_a_handle_keeps_its_value():
    handle = key(TDES, K3_VALUE)
    assert K3_VALUE.hex() not in repr(handle).lower()
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(handle)
    assert not hasattr(handle, "__dict__")


def test_equals():
    assert key(TDES, K3_VALUE).equals(key(TDES, K3_VALUE))
    assert not key(TDES, K3_VALUE).equals(key(SM4, K3_VALUE))
    assert not key(TDES, K3_VALUE).equals(key(TDES, KS_VALUE))


def test_components_join():
    """Three components whose XOR is the personalisation master key of the numbers, with each check value."""
    parts = [
        ("C2A4E69018B7D35F7E6021F394A8C5DB", "D08440"),
        ("6B31F8047D9AE2C6150F7B28D43E90A1", "15B6EB"),
        ("F3898D73636289B41AA1624DE5661E57", "7ABB54"),
    ]
    handles = [key(TDES, value) for value, _ in parts]
    assert [h.check_value.hex().upper() for h in handles] == [kcv for _, kcv in parts]
    joined = handles[0].combined(handles[1]).combined(handles[2])
    assert joined.equals(key(TDES, "5A1C93E7064FB82D71CE3896A5F04B2D"))
    transport = key(TDES, "0B9D27E4A1C63F587210D8EB94F5A637")
    assert transport.wrap(joined).hex().upper() == "898EEA14825AC4B698AA5B1C49830391"
    assert transport.unwrap(transport.wrap(joined), TDES).equals(joined)
    with pytest.raises(BadKey):
        joined.combined(key(SM4, ROOT))
    with pytest.raises(BadKey):
        key(SM4, ROOT).folded()
