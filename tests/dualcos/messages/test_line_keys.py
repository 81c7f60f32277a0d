"""Working keys in field 62: in every form seen, and what is none."""

from __future__ import annotations

import pytest

from dualcos.messages.line_keys import BadKeyDelivery, EncipheredKey, LineKeyRole, delivered_keys, key_delivery

PIN, MAC, TRACK, MASTER = LineKeyRole.PIN, LineKeyRole.MAC, LineKeyRole.TRACK, LineKeyRole.MASTER


def key(number: int, length: int, check: int = 4) -> EncipheredKey:
    return EncipheredKey(bytes((number,)) * length, bytes((number | 0xF0,)) * check)


@pytest.mark.parametrize(
    ("length", "keys"),
    [
        (24, {PIN: key(1, 8), MAC: key(2, 8)}),
        (40, {PIN: key(1, 16), MAC: key(2, 16)}),
        (40, {PIN: key(1, 16), MAC: key(2, 8)}),
        (56, {PIN: key(1, 24), MAC: key(2, 24)}),
        (60, {PIN: key(1, 16), MAC: key(2, 16), TRACK: key(3, 16)}),
        (84, {PIN: key(1, 24), MAC: key(2, 24), TRACK: key(3, 24)}),
    ],
)
def test_untagged_keys(length, keys):
    raw = key_delivery(keys)
    assert len(raw) == length
    assert delivered_keys(raw) == keys


@pytest.mark.parametrize(
    ("length", "keys"),
    [
        (25, {PIN: key(1, 16, 8)}),
        (75, {MAC: key(2, 8, 8), PIN: key(1, 16, 8), TRACK: key(3, 16, 8)}),
        (100, {MAC: key(2, 16, 8), PIN: key(1, 16, 8), TRACK: key(3, 16, 8), MASTER: key(4, 16, 8)}),
    ],
)
def test_tagged_keys(length, keys):
    raw = key_delivery(keys, tagged=True)
    assert len(raw) == length
    assert [raw[at] for at in range(0, length, 25)] == [role.tag for role in keys]
    assert delivered_keys(raw) == keys


def test_the_second_half_of_a_key_in_zeros_is_none():
    raw = b"\x11" * 16 + b"\xf1" * 4 + b"\x22" * 8 + bytes(8) + b"\xf2" * 4
    assert delivered_keys(raw) == {
        PIN: EncipheredKey(b"\x11" * 16, b"\xf1" * 4),
        MAC: EncipheredKey(b"\x22" * 8, b"\xf2" * 4),
    }


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        bytes(23),
        bytes(39),
        bytes(41),
        bytes((5,)) + bytes(24),
        (bytes((1,)) + bytes(24)) * 2,
        bytes((1,)) + bytes(25),
    ],
)
def test_what_delivers_no_keys(raw):
    with pytest.raises(BadKeyDelivery, match=f"{len(raw)} bytes deliver no keys"):
        delivered_keys(raw)


@pytest.mark.parametrize(
    "keys",
    [
        {PIN: key(1, 16)},
        {MAC: key(1, 16)},
        {PIN: key(1, 16), MAC: key(2, 16), MASTER: key(3, 16)},
        {PIN: key(1, 16, 8), MAC: key(2, 16, 8)},
        {PIN: key(1, 15), MAC: key(2, 15)},
        {},
    ],
)
def test_what_no_untagged_form_takes(keys):
    with pytest.raises(BadKeyDelivery, match="untagged are PIN key, MAC key and perhaps track key"):
        key_delivery(keys)


@pytest.mark.parametrize("given", [key(1, 16, 4), key(1, 24, 8), key(1, 17, 8)])
def test_what_no_tagged_form_takes(given):
    with pytest.raises(BadKeyDelivery, match="tagged keys have 8 or 16 bytes"):
        key_delivery({PIN: given}, tagged=True)


def test_an_enciphered_key_is_not_shown():
    shown = repr(delivered_keys(key_delivery({PIN: key(0x5A, 16), MAC: key(0x5B, 16)})))
    assert "5A5A" not in shown.upper()
    assert "ZZ" not in shown
    assert "check value FAFAFAFA" in shown
