"""BER-TLV (ISO 7816-4 annex, EMV book 3 annex B) and data object lists.

Parsing is strict where a card must be (lengths that add up) and total: any bytes give a value or ``TlvError``.
Simple TLV of the social side (one tag byte, one length byte) is ``simple``; it is not BER.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class TlvError(ValueError):
    """The bytes do not form the TLV structure they claim to be."""


class Tlv(NamedTuple):
    """One data object: tag as a number (``0x9F36``), value as bytes."""

    tag: int
    value: bytes

    @property
    def constructed(self) -> bool:
        """True if the value is itself a list of data objects (bit 6 of the first tag byte)."""
        first = self.tag
        while first > 0xFF:
            first >>= 8
        return bool(first & 0x20)

    def encode(self) -> bytes:
        """Tag, length (shortest form), value."""
        return encode(self.tag, self.value)


def encode_tag(tag: int) -> bytes:
    """The tag's bytes, one to three."""
    return tag.to_bytes((tag.bit_length() + 7) // 8 or 1, "big")


def encode_length(length: int) -> bytes:
    """BER length in its shortest form, up to 65535."""
    if length < 0x80:
        return bytes((length,))
    if length < 0x100:
        return bytes((0x81, length))
    if length < 0x10000:
        return b"\x82" + length.to_bytes(2, "big")
    raise TlvError(f"length {length} does not fit")


def encode(tag: int, *values: bytes) -> bytes:
    """One data object with the concatenated ``values`` as its value."""
    value = b"".join(values)
    return encode_tag(tag) + encode_length(len(value)) + value


def read_tag(raw: bytes, at: int) -> tuple[int, int]:
    """The tag at offset ``at`` and the offset behind it."""
    try:
        first = raw[at]
        tag = first
        at += 1
        if first & 0x1F == 0x1F:
            while True:
                tag = tag << 8 | raw[at]
                at += 1
                if not raw[at - 1] & 0x80:
                    break
                if tag > 0xFFFF:
                    raise TlvError("tag longer than three bytes")
    except IndexError:
        raise TlvError("ends inside a tag") from None
    return tag, at


def read_length(raw: bytes, at: int) -> tuple[int, int]:
    """The length at offset ``at`` and the offset behind it; definite forms up to two bytes."""
    try:
        first = raw[at]
        if first < 0x80:
            return first, at + 1
        if first == 0x81:
            return raw[at + 1], at + 2
        if first == 0x82:
            return raw[at + 1] << 8 | raw[at + 2], at + 3
    except IndexError:
        raise TlvError("ends inside a length") from None
    raise TlvError(f"length byte {first:02X} is not supported")


def walk(raw: bytes) -> Iterator[Tlv]:
    """The data objects of ``raw`` in order, one level deep. Raises TlvError where it stops fitting."""
    at, size = 0, len(raw)
    while at < size:
        tag, at = (raw[at], at + 1) if raw[at] & 0x1F != 0x1F else read_tag(raw, at)
        length, at = (raw[at], at + 1) if at < size and raw[at] < 0x80 else read_length(raw, at)
        end = at + length
        if end > size:
            raise TlvError(f"tag {tag:X} announces {length} bytes, {size - at} follow")
        yield Tlv(tag, raw[at:end])
        at = end


def parse(raw: bytes) -> tuple[Tlv, ...]:
    """All data objects of ``raw``, one level deep."""
    return tuple(walk(raw))


def find(raw: bytes, *path: int) -> bytes | None:
    """The value under ``path`` (first match at each level), None if absent."""
    value = raw
    for tag in path:
        for item in walk(value):
            if item.tag == tag:
                value = item.value
                break
        else:
            return None
    return value


def leaves(raw: bytes) -> Iterator[Tlv]:
    """Every primitive data object, depth first."""
    for item in walk(raw):
        if item.constructed:
            yield from leaves(item.value)
        else:
            yield item


class DolEntry(NamedTuple):
    """One line of a data object list: which tag, how many bytes."""

    tag: int
    length: int


def parse_dol(raw: bytes) -> tuple[DolEntry, ...]:
    """A data object list (PDOL, CDOL, DDOL): tag and one length byte each (EMV book 3 §5.4)."""
    entries = []
    at = 0
    while at < len(raw):
        tag, at = read_tag(raw, at)
        if at >= len(raw):
            raise TlvError("list ends behind a tag")
        entries.append(DolEntry(tag, raw[at]))
        at += 1
    return tuple(entries)


def dol_length(entries: Iterable[DolEntry]) -> int:
    """How many bytes of data the list asks for."""
    return sum(entry.length for entry in entries)


def split_dol(entries: Iterable[DolEntry], data: bytes) -> dict[int, bytes]:
    """The values by tag. Raises TlvError if ``data`` has not exactly the length the list asks for."""
    values: dict[int, bytes] = {}
    at = 0
    for tag, length in entries:
        values[tag] = data[at : at + length]
        at += length
    if at != len(data):
        raise TlvError(f"the list asks for {at} bytes, {len(data)} came")
    return values


class SimpleTlv(NamedTuple):
    """One simple-TLV item of the social side: one tag byte, one length byte, value."""

    tag: int
    value: bytes

    def encode(self) -> bytes:
        """Tag, length, value; the value has at most 255 bytes."""
        return bytes((self.tag, len(self.value))) + self.value


def parse_simple(raw: bytes) -> tuple[SimpleTlv, ...]:
    """A sequence of simple-TLV items (社会保障（个人）卡规范 part 3 §5.1.2; tags 1F, 3F, 5F, 7F are one byte)."""
    items = []
    at = 0
    while at < len(raw):
        if at + 2 > len(raw) or at + 2 + raw[at + 1] > len(raw):
            raise TlvError(f"ends inside the item at offset {at}")
        end = at + 2 + raw[at + 1]
        items.append(SimpleTlv(raw[at], raw[at + 2 : end]))
        at = end
    return tuple(items)
