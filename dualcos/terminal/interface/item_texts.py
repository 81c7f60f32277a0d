"""Values of the card as the interface writes them, and back (SC §2, §3; what it leaves open is inferred).

Packed digits are digits, characters are themselves, binary numbers and transparent files hex. Fields of a cyclic
record, and parts of an item made of items, end each with ``^``. A character that would break the text becomes ``?``.
"""

from __future__ import annotations

import re

from apdu.tlv import SimpleTlv, TlvError, parse_simple
from cos.ssse.tables.item_encoding import encode_cn
from cos.ssse.tables.table_model import Item, Kind
from dualcos.terminal.interface.function_inputs import hex_bytes, ill_formed
from dualcos.terminal.interface.text_charset import TextCharset, decoded, encoded
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped

_FILLS = b"\0\xff"
_BREAKING = re.compile(r"[|^$\x00-\x1f\x7f]")
_DIGITS = frozenset("0123456789ABCDEF")


def characters(raw: bytes) -> str:
    """A text on the card without its fill."""
    return _BREAKING.sub("?", decoded(raw.rstrip(_FILLS)))


def item_text(item: Item | None, raw: bytes) -> str:
    """A value; of an item that the tables do not have, hex."""
    if item is None or item.kind is Kind.B:
        return raw.hex().upper()
    if item.kind is Kind.AN:
        return characters(raw)
    if item.kind is Kind.CN:
        return raw.hex().upper().rstrip("F")
    try:
        parts = parse_simple(raw)
    except TlvError:
        return raw.hex().upper()
    known = {part.tag: part for part in item.parts}
    return "".join(f"{item_text(known.get(part.tag), part.value)}^" for part in parts)


def record_text(items: tuple[Item, ...], raw: bytes) -> str:
    """A cyclic record, each field with its ``^``."""
    said, at = "", 0
    for item in items:
        said += f"{item_text(item, raw[at : at + item.length])}^"
        at += item.length
    return said


def item_bytes(item: Item, text: str, charset: TextCharset) -> bytes:
    """The value to be written, filled up. Raises TerminalStopped: -41 a character, -42 a length, -23 parts missing."""
    if item.kind is Kind.BTLV:
        values = _fields(item.parts, text, charset)
        return b"".join(
            SimpleTlv(part.tag or 0, value).encode() for part, value in zip(item.parts, values, strict=True)
        )
    if item.kind is Kind.B:
        return hex_bytes(text, item.length)
    if item.kind is Kind.CN:
        digits = text.upper()
        if not _DIGITS.issuperset(digits):
            raise TerminalStopped(StopCause.CHARACTER, detail=(item.name_zh, item.name_en))
        if len(digits) > 2 * item.length:
            raise _too_long(item)
        return encode_cn(digits, item.length)
    raw = encoded(text, charset)
    if len(raw) > item.length:
        raise _too_long(item)
    return raw.ljust(item.length, b"\0")


def record_bytes(items: tuple[Item, ...], text: str, charset: TextCharset) -> bytes:
    """A cyclic record. Raises TerminalStopped likewise."""
    return b"".join(_fields(items, text, charset))


def _fields(items: tuple[Item, ...], text: str, charset: TextCharset) -> list[bytes]:
    parts = text.split("^")
    if parts.pop() or len(parts) != len(items):
        raise ill_formed(f"应有{len(items)}项，每项以^结尾", f"{len(items)} fields belong here, each ending with ^")
    return [item_bytes(item, part, charset) for item, part in zip(items, parts, strict=True)]


def _too_long(item: Item) -> TerminalStopped:
    return TerminalStopped(StopCause.LENGTH, detail=(item.name_zh, item.name_en))
