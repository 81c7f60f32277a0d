"""Kinds of cell: which keys fit, what they are called, numbers in their values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewall.cellkind import CellKind, Count, Counting, Part, decimal, kind_of, letters

PLACE = (Part("place", 2), Part("", 1, (b"V",)), Part("number", 1, shown=decimal))
VALUE = CellKind("value {number} of {place}", b"X", PLACE, secret=True, head=2)
WORD = CellKind("word {word}", b"W:", (Part("word", 0, shown=letters),))
FIXED = CellKind("the one", b"one")
SPECIAL = VALUE._replace(parts=(Part("place", 2, (b"\x01\x02",)), *PLACE[1:]))
TOLD = WORD._replace(told=lambda memory, key: memory.get(b"one") == key[2:])


@pytest.mark.parametrize(
    ("kind", "key", "name"),
    [
        (VALUE, b"X\xab\x01V\x0b", "value 11 of AB01"),
        (WORD, b"W:pse", "word pse"),
        (FIXED, b"one", "the one"),
    ],
)
def test_a_key_that_fits_is_named_and_made_again(kind, key, name):
    assert kind.fits(key)
    assert kind.named(key) == name
    assert kind.key(**kind.split(key)) == key


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        *(
            (VALUE, key)
            for key in (b"", b"X", b"X\xab\x01V", b"X\xab\x01V\x0b\0", b"X\xab\x01T\x0b", b"Y\xab\x01V\x0b")
        ),
        *((WORD, key) for key in (b"", b"W", b"W:")),
        *((FIXED, key) for key in (b"", b"on", b"one\0", b"two")),
        (SPECIAL, b"X\xab\x01V\x0b"),
    ],
)
def test_another_key_does_not_fit(kind, key):
    assert not kind.fits(key)


def test_the_special_kind_stands_first():
    kinds = (SPECIAL, VALUE)
    assert kind_of(kinds, b"X\x01\x02V\x01") is SPECIAL
    assert kind_of(kinds, b"X\x01\x03V\x01") is VALUE
    assert kind_of(kinds, b"?") is None


def test_what_only_the_memory_tells_needs_it():
    kinds = (TOLD, WORD)
    assert kind_of(kinds, b"W:a") is WORD
    assert kind_of(kinds, b"W:a", {b"one": b"b"}) is WORD
    assert kind_of(kinds, b"W:a", {b"one": b"a"}) is TOLD


def test_what_stands_before_the_secret_is_none():
    assert VALUE.hidden(b"headsecret") == b"adsecret"
    assert WORD.hidden(b"open") == b""


NIBBLE = Count("tries", Counting.TRIES, at=1, length=1, most=15, mask=0x0F)
FAILED = Count("failures", Counting.FAILURES, at=0, length=1, most=10)
AMOUNT = Count("amount", Counting.AMOUNT, at=2, length=4, most=999)


@pytest.mark.parametrize(
    ("count", "value", "number"),
    [
        (NIBBLE, b"\xff\x32", 2),
        (NIBBLE, b"\xff", None),
        (AMOUNT, b"..\0\0\1\2..", 0x102),
        (AMOUNT, b"..\0\0\1", None),
        (AMOUNT, b"", None),
    ],
)
def test_a_number_is_read_where_it_lies(count, value, number):
    assert count.read(value) == number


@given(st.sampled_from([NIBBLE, FAILED, AMOUNT]), st.binary(min_size=6, max_size=9), st.data())
def test_a_written_number_is_read_and_nothing_else_moved(count, value, data):
    number = data.draw(st.integers(0, count.room))
    written = count.write(value, number)
    assert count.read(written) == number
    assert count.write(written, count.read(value)) == value


@pytest.mark.parametrize(("count", "value", "number"), [(NIBBLE, b"..", 16), (FAILED, b".", -1), (AMOUNT, b"...", 1)])
def test_a_number_without_place_is_refused(count, value, number):
    with pytest.raises(ValueError, match=f"^{count.name}: no place for {number} in {len(value)} bytes$"):
        count.write(value, number)


def test_failures_still_allowed():
    assert (NIBBLE.left(b".\x31"), FAILED.left(b"\x04"), AMOUNT.left(bytes(6)), FAILED.left(b"")) == (1, 6, None, None)


def test_a_cell_of_failures_only():
    kind = FIXED._replace(counts=(FAILED, AMOUNT))
    assert kind.failures == (FAILED,)
    assert kind.only_failures(b"\x01")
    assert not kind.only_failures(b"\x01\x02")
    assert not FIXED.only_failures(b"\x01")
