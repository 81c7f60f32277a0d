"""Parsing is total and the inverse of encoding (ISO 7816-3 §12.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.command import CommandAPDU, MalformedAPDU, parse

BYTE = st.integers(0, 255)


@given(
    st.builds(
        CommandAPDU,
        BYTE,
        BYTE,
        BYTE,
        BYTE,
        st.binary(max_size=255),
        st.none() | st.integers(1, 256),
        st.just(value=False),
    )
)
def test_round_trip_short(command):
    assert parse(command.encode()) == command


@given(
    st.builds(
        CommandAPDU,
        BYTE,
        BYTE,
        BYTE,
        BYTE,
        st.binary(max_size=700),
        st.none() | st.integers(1, 65536),
        st.just(value=True),
    ).filter(lambda c: c.data or c.le)
)
def test_round_trip_extended(command):
    assert parse(command.encode()) == command


@given(st.binary(max_size=300))
def test_total(raw):
    try:
        command = parse(raw)
    except MalformedAPDU:
        return
    assert command.encode() == raw


@pytest.mark.parametrize(
    ("raw", "command"),
    [
        ("00A40400", CommandAPDU(0x00, 0xA4, 4, 0)),
        ("0084000008", CommandAPDU(0x00, 0x84, 0, 0, le=8)),
        ("00B2010400", CommandAPDU(0x00, 0xB2, 1, 4, le=256)),
        ("00A4020002EF05", CommandAPDU(0x00, 0xA4, 2, 0, b"\xef\x05")),
        ("00A4020002EF0500", CommandAPDU(0x00, 0xA4, 2, 0, b"\xef\x05", 256)),
        ("00B00000000400", CommandAPDU(0x00, 0xB0, 0, 0, b"", 1024, extended=True)),
    ],
)
def test_cases(raw, command):
    assert parse(bytes.fromhex(raw)) == command


@pytest.mark.parametrize("raw", ["", "00", "00A404", "00A4040005AABB", "00A40400000A", "00A4020002EF050000"])
def test_malformed(raw):
    with pytest.raises(MalformedAPDU):
        parse(bytes.fromhex(raw))
