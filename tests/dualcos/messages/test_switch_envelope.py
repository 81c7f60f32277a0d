"""The 46 bytes of the switch, frames that come back unread, and what is no frame."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualcos.messages.iso8583_codec import UnreadableIso8583, UnwritableIso8583
from dualcos.messages.switch_envelope import HEADER_LENGTH, LONGEST_FRAME, SwitchHeader, rejection, switch_frame

HEADER = SwitchHeader("00010000", "01020000")
BODY = b"0210" + bytes(8)


def test_the_header_byte_by_byte():
    frame = HEADER.around(BODY)
    assert frame[:HEADER_LENGTH] == (
        b"\x2e\x01" + b"0058" + b"00010000   " + b"01020000   " + bytes(3) + b"\0" + b"00000000" + b"\0" + b"00000"
    )
    assert frame[HEADER_LENGTH:] == BODY


@given(
    st.builds(
        SwitchHeader,
        *[st.from_regex(r"[0-9A-Z]{0,11}", fullmatch=True)] * 2,
        st.integers(0, 255),
        st.binary(min_size=3, max_size=3),
        st.integers(0, 255),
        st.binary(min_size=8, max_size=8),
        st.integers(0, 255),
        st.just("00000"),
    ),
    st.binary(max_size=50),
)
def test_a_frame_comes_back_whole_or_rejected(header, body):
    frame = switch_frame(header.around(body))
    assert frame == (header, body, None)
    back = switch_frame(rejection(frame, "00123"))
    assert (back.rejected, back.body) == (frame, body)
    assert back.header == header._replace(destination=header.source, source=header.destination, reject="00123")


@given(st.binary(max_size=60))
def test_any_bytes_are_a_frame_or_unreadable(raw):
    for made in (raw, HEADER.around(BODY)[: len(raw)], HEADER.around(BODY)[: -len(raw) or None] + raw):
        unreadable = f"{len(made)} bytes: no header of 46 bytes with this length"
        try:
            frame = switch_frame(made)
            said = unreadable if frame.rejected or frame.header.around(frame.body) == made else "read as another"
        except UnreadableIso8583 as refused:
            said = str(refused)
        assert said == unreadable


@pytest.mark.parametrize(
    "spoiled",
    [
        b"",
        HEADER.around(BODY)[:45],
        HEADER.around(BODY)[:-1],
        HEADER.around(BODY) + b"x",
        b"\x2f" + HEADER.around(BODY)[1:],
        HEADER.around(BODY)[:6] + b"\xff" + HEADER.around(BODY)[7:],
        HEADER._replace(reject="00123").around(BODY),
    ],
)
def test_what_is_no_frame(spoiled):
    with pytest.raises(UnreadableIso8583, match="no header of 46 bytes with this length"):
        switch_frame(spoiled)


def test_a_frame_has_1846_bytes_at_most():
    whole = HEADER.around(bytes(LONGEST_FRAME - HEADER_LENGTH))
    assert len(whole) == LONGEST_FRAME
    assert switch_frame(whole).body == bytes(LONGEST_FRAME - HEADER_LENGTH)
    with pytest.raises(UnwritableIso8583, match="a frame of 1847 bytes; the switch takes 1846"):
        HEADER.around(bytes(LONGEST_FRAME - HEADER_LENGTH + 1))
    longer = whole.replace(b"1846", b"1847", 1) + b"\0"
    with pytest.raises(UnreadableIso8583):
        switch_frame(longer)


@pytest.mark.parametrize(
    "header",
    [
        HEADER._replace(destination="1" * 12),
        HEADER._replace(source="1" * 12),
        HEADER._replace(reject="123"),
        HEADER._replace(reserved=bytes(2)),
        HEADER._replace(transaction=bytes(9)),
    ],
)
def test_what_is_no_header_is_not_written(header):
    with pytest.raises(UnwritableIso8583, match="header: an institution, a reject code or a reserved part"):
        header.around(BODY)
