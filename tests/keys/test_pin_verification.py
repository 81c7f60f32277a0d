"""Offsets of PINs: another pen's numbers, and nothing of key or PIN in any text."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.algorithms import TDES, BadKey
from keys.custody.pin_verification import PinVerificationKey
from keys.key_handle import KeyHandle

VALUE = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
KEY = PinVerificationKey(VALUE)
PAN = "6200001234567890128"
PIN = st.text("0123456789", min_size=4, max_size=12)


@given(PIN, st.text("0123456789", min_size=13, max_size=19))
def test_an_offset_is_what_the_natural_pin_lacks(pin, pan):
    """IBM 3624, written out: twelve digits of the account, filled with F, enciphered, letters as 0 to 5."""
    natural = KeyHandle(TDES, VALUE).encrypt(bytes.fromhex(pan[-13:-1] + "FFFF")).hex()
    digits = [int(each, 16) % 10 for each in natural]
    wanted = "".join(str((int(each) - digit) % 10) for each, digit in zip(pin, digits, strict=False))
    assert KEY.offset(pin, pan) == wanted
    assert KEY.holds(pin, pan, wanted)


@given(PIN, PIN)
def test_one_offset_has_one_pin(pin, other):
    assert KEY.holds(other, PAN, KEY.offset(pin, PAN)) is (pin == other)


def test_another_account_has_another_offset():
    assert not KEY.holds("123456", "6200001234567890136", KEY.offset("123456", PAN))


@pytest.mark.parametrize("pin", ["", "123", "1" * 13, "12345A", "１２３４"])
def test_what_is_no_pin(pin):
    with pytest.raises(ValueError, match=r"^a PIN has 4 to 12 decimal digits$"):
        KEY.offset(pin, PAN)


@pytest.mark.parametrize("pan", ["123456789012", "62000012345678901２8", "6200001234567ABCD"])
def test_what_is_no_account(pan):
    with pytest.raises(ValueError, match=r"^an account has at least 13 decimal digits$"):
        KEY.offset("1234", pan)


@pytest.mark.parametrize("length", [8, 15, 24])
def test_what_is_no_key(length):
    with pytest.raises(BadKey):
        PinVerificationKey(bytes(range(length)))


def test_a_key_stays_where_it_is():
    assert repr(KEY) == "<PIN verification key, KCV 08D7B4>"
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="neither pickled nor copied"):
            leave(KEY)
