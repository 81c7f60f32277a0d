"""Paddings: what goes on comes off, and nothing else comes off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.padding import BadPadding, pad, pad_if_needed, prefix_length, strip_length, unpad

BLOCKS = st.sampled_from([8, 16])


@given(st.binary(max_size=80), BLOCKS)
def test_pad(data, block):
    padded = pad(data, block)
    assert len(padded) % block == 0
    assert 1 <= len(padded) - len(data) <= block
    assert unpad(padded) == data


@given(st.binary(max_size=80), BLOCKS)
def test_pad_if_needed(data, block):
    assert pad_if_needed(data, block) == (pad(data, block) if len(data) % block else data)


@given(st.binary(max_size=255), BLOCKS)
def test_length_byte(plain, block):
    padded = prefix_length(plain, block)
    assert len(padded) % block == 0
    assert len(padded) - len(plain) <= block
    assert strip_length(padded) == plain
    assert strip_length(padded, strict=True) == plain
    assert strip_length(padded + pad(b"", block)) == plain  # a sibling card always appends 80 00…


@given(st.binary(max_size=40))
def test_strip_is_total(raw):
    try:
        plain = strip_length(raw)
    except BadPadding:
        assert not raw or raw[0] > len(raw) - 1
    else:
        assert raw.startswith(bytes((len(plain),)) + plain)


@pytest.mark.parametrize("raw", ["", "0000", "12", "80FF"])
def test_unpad_wants_its_80(raw):
    with pytest.raises(BadPadding):
        unpad(bytes.fromhex(raw))


@pytest.mark.parametrize("raw", ["0312345600000000", "0312345680000001", "0312345681000000"])
def test_strict_looks_behind_the_data(raw):
    assert strip_length(bytes.fromhex(raw)) == bytes.fromhex("123456")
    with pytest.raises(BadPadding):
        strip_length(bytes.fromhex(raw), strict=True)


def test_too_long_for_a_length_byte():
    with pytest.raises(BadPadding):
        prefix_length(bytes(256), 8)


def test_the_numbers():
    """SSC-4 §8.3: the PIN blocks of the set-PIN commands, and the aligned case that gets no padding."""
    assert prefix_length(bytes.fromhex("123456"), 8).hex() == "0312345680000000"
    assert prefix_length(bytes.fromhex("123456"), 16).hex() == "03123456800000000000000000000000"
    assert prefix_length(bytes.fromhex("08054142434445"), 8).hex() == "0708054142434445"
