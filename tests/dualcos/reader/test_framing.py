"""Fed whole, byte by byte, or in any pieces: the same messages (both protocols)."""

from __future__ import annotations

import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualcos.reader import vpcd
from dualcos.reader.embedded import request_framing

# Body sizes from the protocol's table, by code.
BODIES = {
    0x01: 12, 0x02: 8, 0x04: 152, 0x05: 24, 0x06: 12, 0x07: 8, 0x08: 12, 0x0B: 8, 0x0D: 8,
    0x0F: 280, 0x10: 280, 0x11: 12, 0x12: 0, 0x13: 0, 0x14: 0, 0x15: 0, 0x16: 0, 0x17: 0,
}  # fmt: skip


@st.composite
def requests(draw) -> tuple[bytes, tuple[int, bytes, bytes]]:
    code = draw(st.sampled_from([*BODIES, 0x09, 0x0A]))
    data = b""
    if code == 0x09:
        data = draw(st.binary(max_size=40))
        body = struct.pack("=iIIIIIII", 7, 1, 16, len(data), 3, 16, 264, 0)
    elif code == 0x0A:
        data = draw(st.binary(max_size=40))
        body = struct.pack("=iIIIII", 7, 0x42000D48, len(data), 264, 0, 0)
    else:
        body = draw(st.binary(min_size=BODIES[code], max_size=BODIES[code]))
    return struct.pack("=II", len(body), code) + body + data, (code, body, data)


def pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    return [stream[a:b] for a, b in pairwise(edges)]


@given(st.lists(requests(), min_size=1, max_size=6), st.lists(st.integers(0, 2000), max_size=12))
def test_requests_in_any_pieces(wanted, cuts):
    stream = b"".join(raw for raw, _ in wanted)
    expected = [tuple(request) for _, request in wanted]
    for chunks in ([stream], [bytes((b,)) for b in stream], pieces(stream, cuts)):
        framer = request_framing.RequestFramer()
        assert [tuple(request) for chunk in chunks for request in framer.feed(chunk)] == expected


@pytest.mark.parametrize(
    "stream",
    [
        struct.pack("=II", 0, 0x03),  # a code that is never sent
        struct.pack("=II", 0, 0x18),
        struct.pack("=II", 11, 0x11),  # a body of the wrong size
        struct.pack("=II", 0xFFFFFFFF, 0x09),
        struct.pack("=II", 32, 0x09) + struct.pack("=iIIIIIII", 7, 1, 16, 65549, 3, 16, 264, 0),
    ],
)
def test_what_no_client_sends_is_refused_without_waiting_for_more(stream):
    with pytest.raises(request_framing.BrokenStream):
        request_framing.RequestFramer().feed(stream)


@given(st.lists(st.binary(max_size=300), max_size=8), st.lists(st.integers(0, 3000), max_size=12))
def test_vpcd_messages_in_any_pieces(messages, cuts):
    stream = b"".join(struct.pack(">H", len(message)) + message for message in messages)
    for chunks in ([stream], [bytes((b,)) for b in stream], pieces(stream, cuts)):
        framer = vpcd.VpcdFramer()
        assert [message for chunk in chunks for message in framer.feed(chunk)] == messages
        assert not framer.waiting


def test_vpcd_longest_message_and_two_in_one_segment():
    framer = vpcd.VpcdFramer()
    assert framer.feed(b"\x00\x01\x02\x00\x01\x04") == [b"\x02", b"\x04"]
    longest = b"\xff\xff" + bytes(65535)
    assert framer.feed(longest[:40000]) == []
    assert framer.waiting
    assert framer.feed(longest[40000:]) == [bytes(65535)]
