"""The bytes of a capture file: pcapng blocks, and the exported PDUs in them (捕获文件).

pcapng and not the older pcap: in it a packet can have a comment, and an interface a name. Declared is what is written
here, and what is written can be read by it. Blocks are little-endian, as their magic number says; tags of an exported
PDU are big-endian (Wireshark, ``epan/exported_pdu.h``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from construct import (
    Aligned,
    Const,
    FixedSized,
    GreedyBytes,
    GreedyRange,
    Int16ub,
    Int16ul,
    Int32ul,
    Int64sl,
    Prefixed,
    Rebuild,
    RepeatUntil,
    Struct,
    len_,
    this,
)

EXPORTED_PDU: Final = 252
"""The link type: what stands in a packet is for the dissector that it names."""
SECTION: Final = 0x0A0D0D0A
INTERFACE: Final = 1
PACKET: Final = 6
COMMENT: Final = 1
INTERFACE_NAME: Final = 2
DISSECTOR: Final = 12
DIRECTION: Final = 35
TERMINAL, CARD = b"\0\0\0\0", b"\0\0\0\1"
"""Who sent a packet: the value of ``DIRECTION``."""
_TICKS: Final = 1_000_000  # a second, where an interface says nothing else
_FRAME: Final = 12  # type, and the length before and behind the body
_END: Final = (0, b"")

_OPTIONS = GreedyRange(Aligned(4, Struct("code" / Int16ul, "value" / Prefixed(Int16ul, GreedyBytes))))
_TAG = Struct("code" / Int16ub, "value" / Prefixed(Int16ub, Aligned(4, GreedyBytes)))  # its length counts what fills
_PDU = Struct("tags" / RepeatUntil(lambda tag, _tags, _context: not tag["code"], _TAG), "data" / GreedyBytes)
_BODIES: Mapping[int, Any] = MappingProxyType(
    {
        SECTION: Struct(
            "magic" / Const(0x1A2B3C4D, Int32ul),
            "major" / Const(1, Int16ul),
            "minor" / Const(0, Int16ul),
            "length" / Const(-1, Int64sl),  # unknown
            "options" / _OPTIONS,
        ),
        INTERFACE: Struct(
            "link" / Const(EXPORTED_PDU, Int16ul),
            "reserved" / Const(0, Int16ul),
            "most" / Const(0, Int32ul),  # without limit
            "options" / _OPTIONS,
        ),
        PACKET: Struct(
            "interface" / Int32ul,
            "time_high" / Int32ul,
            "time_low" / Int32ul,
            "caught" / Rebuild(Int32ul, len_(this.data)),
            "whole" / Rebuild(Int32ul, len_(this.data)),
            "data" / Aligned(4, FixedSized(this.caught, GreedyBytes)),
            "options" / _OPTIONS,
        ),
    }
)
_BLOCKS = GreedyRange(
    Struct(
        "type" / Int32ul,
        "length" / Rebuild(Int32ul, len_(this.body) + _FRAME),
        "body" / FixedSized(this.length - _FRAME, GreedyBytes),
        "again" / Rebuild(Int32ul, this.length),
    )
)

Coded = tuple[tuple[int, bytes], ...]
"""Options or tags, each a code and its value."""


class CapturedPdu(NamedTuple):
    """One packet: on which interface (their number, from 0), when (µs since 1970), its tags, bytes and comments."""

    interface: int
    at: int
    tags: Coded
    data: bytes
    comments: tuple[str, ...] = ()


def section() -> bytes:
    """The block that a file begins with."""
    return _block(SECTION, {"options": []})


def interface(name: str) -> bytes:
    """An interface of exported PDUs; they are numbered in order, from 0."""
    return _block(INTERFACE, {"options": _coded(((INTERFACE_NAME, name.encode()), _END))})


def packet(pdu: CapturedPdu) -> bytes:
    """One packet."""
    comments = tuple((COMMENT, comment.encode()) for comment in pdu.comments)
    return _block(
        PACKET,
        {
            "interface": pdu.interface,
            "time_high": pdu.at >> 32,
            "time_low": pdu.at & 0xFFFFFFFF,
            "data": _PDU.build({"tags": _coded((*pdu.tags, _END)), "data": pdu.data}),
            "options": _coded((*comments, _END)) if comments else [],
        },
    )


def packets(raw: bytes) -> Iterator[CapturedPdu]:
    """The packets of a file that was written here. Raises ConstructError for another."""
    for block in _BLOCKS.parse(raw):
        if block.type == PACKET:
            body = _BODIES[PACKET].parse(block.body)
            comments = tuple(each.value.decode() for each in body.options if each.code == COMMENT)
            pdu = _PDU.parse(body.data)
            tags = tuple((tag.code, tag.value) for tag in pdu.tags[:-1])
            yield CapturedPdu(body.interface, body.time_high << 32 | body.time_low, tags, pdu.data, comments)


def ticks(at: float) -> int:
    """A time in seconds since 1970 as packets have it."""
    return round(at * _TICKS)


def _block(kind: int, body: Mapping[str, Any]) -> bytes:
    return bytes(_BLOCKS.build([{"type": kind, "body": _BODIES[kind].build(body)}]))


def _coded(pairs: Coded) -> list[dict[str, int | bytes]]:
    return [{"code": code, "value": value} for code, value in pairs]
