"""The bytes of a capture file: pcapng blocks, and the exported PDUs in them (捕获文件).

pcapng and not the older pcap: in it a packet can have a comment, and an interface a name. Declared is what is written
here. Blocks are little-endian, as their magic number says; tags of an exported
PDU are big-endian (Wireshark, ``epan/exported_pdu.h``).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from construct import (
    Aligned,
    Const,
    GreedyBytes,
    GreedyRange,
    Int16ub,
    Int16ul,
    Int32ul,
    Int64sl,
    Prefixed,
    Rebuild,
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
_LONGEST: Final = 0xFFFF  # an option's length is two bytes

_OPTIONS = GreedyRange(Aligned(4, Struct("code" / Int16ul, "value" / Prefixed(Int16ul, GreedyBytes))))
_TAG = Struct("code" / Int16ub, "value" / Prefixed(Int16ub, Aligned(4, GreedyBytes)))  # its length counts what fills
_PDU = Struct("tags" / GreedyRange(_TAG), "data" / GreedyBytes)
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
            "data" / Aligned(4, GreedyBytes),
            "options" / _OPTIONS,
        ),
    }
)
_BLOCK = Struct(
    "type" / Int32ul,
    "length" / Rebuild(Int32ul, len_(this.body) + _FRAME),
    "body" / GreedyBytes,
    "again" / Rebuild(Int32ul, this.length),
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
    return _block(INTERFACE, {"options": _coded(((INTERFACE_NAME, _text(name)), _END))})


def packet(pdu: CapturedPdu) -> bytes:
    """One packet."""
    comments = tuple((COMMENT, _text(comment)) for comment in pdu.comments)
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


def ticks(at: float) -> int:
    """A time in seconds since 1970 as packets have it."""
    return round(at * _TICKS)


def _block(kind: int, body: Mapping[str, Any]) -> bytes:
    return bytes(_BLOCK.build({"type": kind, "body": _BODIES[kind].build(body)}))


def _text(value: str) -> bytes:
    """As much of it as an option can hold."""
    return value.encode()[:_LONGEST].decode(errors="ignore").encode()


def _coded(pairs: Coded) -> list[dict[str, int | bytes]]:
    return [{"code": code, "value": value} for code, value in pairs]
