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
    return tuple(item for item, _ in _walked(raw))


def _walked(raw: bytes) -> Iterator[tuple[Tlv, bytes]]:
    """Each with its tag, length and value as they came."""
    if len(raw) > _LONGEST:
        raise TlvError(f"{len(raw)} bytes of data objects")
    at = 0
    while at < len(raw):
        if raw[at] == _FILL:
            at += 1
            continue
        start = at
        tag, at = tlv.read_tag(raw, at)
        length, at = tlv.read_length(raw, at)
        if at + length > len(raw):
            raise TlvError(f"tag {tag:X} announces {length} bytes, {len(raw) - at} follow")
        at += length
        yield Tlv(tag, raw[at - length : at]), raw[start:at]


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


# --- answers that something is decided by: nothing in them may be read in two ways -----------------------------------


def only(raw: bytes, *tags: int) -> Tlv:
    """The one data object of an answer, of one of these tags; nothing stands beside it (PBOC-5 annex B)."""
    found = objects(raw)
    if len(found) != 1 or found[0].tag not in tags:
        raise TlvError(f"{len(found)} data objects, or another one")
    return found[0]


def once(raw: bytes) -> dict[int, bytes]:
    """Those of one level by tag, none of which may come twice."""
    found = objects(raw)
    by_tag = {item.tag: item.value for item in found}
    if len(by_tag) != len(found):
        raise TlvError("a data object comes twice")
    return by_tag


def all_but(raw: bytes, tag: int) -> bytes:
    """Those of one level as they came, without that one."""
    return b"".join(came for item, came in _walked(raw) if item.tag != tag)
