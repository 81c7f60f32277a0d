"""Values of the card as the interface writes them, and back (SC §2, §3; what it leaves open is inferred).

Packed digits are digits, characters are themselves, binary numbers and transparent files hex. Fields of a cyclic
record, and parts of an item made of items, end each with ``^``. A character that would break the text becomes ``?``.
"""

from __future__ import annotations

import re

from apdu.tlv import SimpleTlv, TlvError, parse_simple
from cos.ssse.tables.item_encoding import encode_cn
from cos.ssse.tables.table_model import Form, Item, Kind
from dualcos.terminal.interface.function_inputs import hex_bytes, ill_formed
from dualcos.terminal.interface.text_charset import TextCharset, decoded, encoded
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped

_FILLS = b"\0\xff"
_BREAKING = re.compile(r"[|^$\x00-\x1f\x7f]")
_DIGITS, _HEX_DIGITS = frozenset("0123456789"), frozenset("0123456789ABCDEF")
_OF_HEX = (Form.IDENTIFICATION, Form.INSTITUTION)


def characters(raw: bytes) -> str:
    """A text on the card without its fill."""
    return unbroken(decoded(raw.rstrip(_FILLS)))


def unbroken(text: str) -> str:
    """Any text of a card or a maker's as fields take it: ``?`` for each character that would break them."""
    return _BREAKING.sub("?", text)


def bar_fields(*texts: str) -> str:
    """Each with its ``|`` behind it, unbroken."""
    return "".join(f"{unbroken(each)}|" for each in texts)


def item_text(item: Item | None, raw: bytes) -> str:
    """A value; of an item that the tables do not have, hex."""
    if item is None or item.kind is Kind.B:
        return raw.hex().upper()
    if item.kind is Kind.AN:
        return characters(raw)
    if item.kind is Kind.CN:
        digits = raw.hex().upper()
        return digits if item.form is Form.IDENTIFICATION else digits.rstrip("F")
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
        return _packed(item, text.upper())
    raw = encoded(text, charset)
    if unbroken(text) != text:
        raise _not_allowed(item)
    if len(raw) > item.length:
        raise _wrong_length(item)
    return raw.ljust(item.length, b"\0")


def _packed(item: Item, digits: str) -> bytes:
    """Letters only where they mean something, and no fill as a digit; an identification code is whole, as no terminal
    reads a card without.
    """
    whole = item.form is Form.IDENTIFICATION
    if not (_HEX_DIGITS if item.form in _OF_HEX else _DIGITS).issuperset(digits) or (
        digits.endswith("F") and not whole
    ):
        raise _not_allowed(item)
    if len(digits) > 2 * item.length or (whole and len(digits) < 2 * item.length):
        raise _wrong_length(item)
    return encode_cn(digits, item.length)


def record_bytes(items: tuple[Item, ...], text: str, charset: TextCharset) -> bytes:
    """A cyclic record. Raises TerminalStopped likewise."""
    return b"".join(_fields(items, text, charset))


def _fields(items: tuple[Item, ...], text: str, charset: TextCharset) -> list[bytes]:
    parts = text.split("^")
    if parts.pop() or len(parts) != len(items):
        raise ill_formed(f"应有{len(items)}项，每项以^结尾", f"{len(items)} fields belong here, each ending with ^")
    return [item_bytes(item, part, charset) for item, part in zip(items, parts, strict=True)]


def _not_allowed(item: Item) -> TerminalStopped:
    return TerminalStopped(StopCause.CHARACTER, detail=(item.name_zh, item.name_en))


def _wrong_length(item: Item) -> TerminalStopped:
    return TerminalStopped(StopCause.LENGTH, detail=(item.name_zh, item.name_en))
