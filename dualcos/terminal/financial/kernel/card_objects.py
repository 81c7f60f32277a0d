"""Data objects as a card of any maker sends them: bytes 00 before, between and behind them mean nothing (EMV book 3
annex B1), and more than one answer can hold in one piece is none (PBOC-3 §11.2: a record has 254 bytes).

Everything here raises TlvError.
"""

from __future__ import annotations

from collections.abc import Iterator

from apdu import tlv
from apdu.tlv import Tlv, TlvError

_FILL = 0x00
_LONGEST = 256


def objects(raw: bytes) -> tuple[Tlv, ...]:
    """Those of one level, in order."""
    if len(raw) > _LONGEST:
        raise TlvError(f"{len(raw)} bytes of data objects")
    return tuple(_walked(raw))


def _walked(raw: bytes) -> Iterator[Tlv]:
    at = 0
    while at < len(raw):
        if raw[at] == _FILL:
            at += 1
            continue
        tag, at = tlv.read_tag(raw, at)
        length, at = tlv.read_length(raw, at)
        if at + length > len(raw):
            raise TlvError(f"tag {tag:X} announces {length} bytes, {len(raw) - at} follow")
        yield Tlv(tag, raw[at : at + length])
        at += length


def primitives(raw: bytes) -> Iterator[Tlv]:
    """Those that are no templates, depth first."""
    for item in objects(raw):
        if item.constructed:
            yield from primitives(item.value)
        else:
            yield item


def value(raw: bytes, *path: int) -> bytes | None:
    """What stands under ``path``, the first at each level; None if nothing does."""
    for tag in path:
        found = next((item.value for item in objects(raw) if item.tag == tag), None)
        if found is None:
            return None
        raw = found
    return raw
