"""What stands in a capture file, read by the documents and not by what writes it (draft-ietf-opsawg-pcapng §3 and §4,
Wireshark's ``epan/exported_pdu.h``).
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import unpack_from
from typing import NamedTuple

SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6
NAME, COMMENT = 2, 1
DISSECTOR, DIRECTION = 12, 35
SENDERS = {b"\0\0\0\0": ">", b"\0\0\0\1": "<"}
"""The terminal sent it, or the card."""


class SeenPacket(NamedTuple):
    """A packet: on which interface, when (µs since 1970), who sent it, for which dissector, its bytes and comments."""

    interface: int
    at: int
    sender: str
    dissector: str
    data: bytes
    comments: tuple[str, ...]


def packets(raw: bytes) -> list[SeenPacket]:
    """All packets of a file."""
    return [_packet(body) for kind, body in _blocks(raw) if kind == PACKET]


def interfaces(raw: bytes) -> list[str]:
    """The names of its interfaces."""
    return [
        value.decode()
        for kind, body in _blocks(raw)
        if kind == INTERFACE
        for code, value in _pairs(body[8:], "<")
        if code == NAME
    ]


def _blocks(raw: bytes) -> Iterator[tuple[int, bytes]]:
    assert unpack_from("<I4xI", raw) == (SECTION, 0x1A2B3C4D)
    at = 0
    while at < len(raw):
        kind, length = unpack_from("<II", raw, at)
        assert length % 4 == 0
        assert raw[at + length - 4 : at + length] == raw[at + 4 : at + 8]
        yield kind, raw[at + 8 : at + length - 4]
        at += length


def _packet(body: bytes) -> SeenPacket:
    interface, high, low, caught, whole = unpack_from("<5I", body)
    assert caught == whole
    pdu, options = body[20 : 20 + caught], body[20 + (caught + 3) // 4 * 4 :]
    tags = dict(_pairs(pdu, ">"))
    data = pdu[sum(4 + len(value) for value in tags.values()) + 4 :]
    comments = tuple(value.decode() for code, value in _pairs(options, "<") if code == COMMENT)
    dissector = tags[DISSECTOR].rstrip(b"\0").decode()
    return SeenPacket(interface, high << 32 | low, SENDERS[tags[DIRECTION]], dissector, data, comments)


def _pairs(raw: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """Options or tags, each filled up to four bytes, until the one that ends them."""
    at = 0
    while at < len(raw):
        code, length = unpack_from(f"{order}HH", raw, at)
        if not code:
            assert length == 0
            return
        yield code, raw[at + 4 : at + 4 + length]
        at += 4 + (length + 3) // 4 * 4
