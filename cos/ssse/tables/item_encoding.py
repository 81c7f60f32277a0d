"""Values to record bytes and back, for every declared item (V2.0 §7, SSC-3 §5.1.2).

A value is a string for ``cn`` (hexadecimal digits, normally decimal ones) and ``an``, a number for ``b``, and a tuple
of those, in the order of the parts, for B-TLV and for the fields of a cyclic record. Short values are left-aligned:
``cn`` is filled with F nibbles, ``an`` with 00 bytes, as real cards do. Decoding takes the fill off again, so
``encode_item(item, decode_item(item, record)) == record`` for every well-formed record.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeAlias

from apdu.tlv import SimpleTlv, TlvError, parse_simple
from cos.ssse.tables.rare_characters import from_gb18030, to_gb18030
from cos.ssse.tables.table_model import File, FileForm, Item, Kind

Charset: TypeAlias = Literal["gbk", "gb18030"]
Value: TypeAlias = "str | int | tuple[str | int, ...]"

_HEX = frozenset("0123456789ABCDEF")
_OLD_FILL = 0xEE
_FILLS = b"\0\xff"  # neither ends a character of a charset here


class EncodingError(ValueError):
    """The value does not fit the item, or the bytes are not such a record."""


class NotInCharset(EncodingError):
    """The charset lacks a character of the text."""


class NameParts(NamedTuple):
    """A name over the two items that hold it: 09 and, from 2.0 on, 4E."""

    name: str
    extension: str


def encode_cn(digits: str, length: int) -> bytes:
    """Packed digits, two to a byte, filled with F on the right. Raises EncodingError if they do not fit."""
    if not _HEX.issuperset(digits):
        raise EncodingError("cn takes the digits 0 to 9 and A to F")
    if len(digits) > 2 * length:
        raise EncodingError(f"{len(digits)} digits do not fit {length} bytes")
    return bytes.fromhex(digits.ljust(2 * length, "F"))


def decode_cn(raw: bytes) -> str:
    """The digits without the fill."""
    return raw.hex().upper().rstrip("F")


def encode_text(text: str, length: int, charset: Charset = "gbk") -> bytes:
    """Characters filled with 00 bytes. Raises EncodingError if they do not fit, NotInCharset."""
    if text.endswith("\0"):
        raise EncodingError("a text cannot end in the fill")
    raw = _encoded(text, charset)
    if len(raw) > length:
        raise EncodingError(f"{len(raw)} bytes do not fit {length}")
    return raw.ljust(length, b"\0")


def decode_text(raw: bytes, charset: Charset = "gbk") -> str:
    """The characters without the fill, 00 or, as on some issued cards, FF.

    Raises EncodingError if the bytes are none of the charset.
    """
    try:
        bare = raw.rstrip(_FILLS)
        return from_gb18030(bare) if charset == "gb18030" else bare.decode(charset)
    except UnicodeDecodeError:
        raise EncodingError(f"not {charset}") from None


def text_length(text: str, charset: Charset = "gbk") -> int:
    """Bytes the text takes on the card. Raises NotInCharset."""
    return len(_encoded(text, charset))


def _encoded(text: str, charset: Charset) -> bytes:
    try:
        return to_gb18030(text) if charset == "gb18030" else text.encode(charset)
    except UnicodeEncodeError as error:
        raise NotInCharset(f"U+{ord(text[error.start]):04X} is not in {charset}") from None


def split_name(name: str, charset: Charset = "gbk", *, first: int = 0x1E, rest: int = 0x14) -> NameParts:
    """The part of a name that item 09 takes and the part for 4E, cut between two characters (V2.0 table 9).

    ``first``, ``rest``: bytes of the two items; 1.0 cards have no second one for names, and some for other texts.
    Raises EncodingError if the second part is too long.
    """
    used, cut = 0, len(name)
    for at, character in enumerate(name):
        used += text_length(character, charset)
        if used > first:
            cut = at
            break
    parts = NameParts(name[:cut], name[cut:])
    if text_length(parts.extension, charset) > rest:
        room = f"more than {first} and {rest} bytes" if rest else f"more than {first} bytes"
        raise EncodingError(f"{text_length(name, charset)} bytes are {room}")
    return parts


def encode_value(item: Item, value: Value, charset: Charset = "gbk") -> bytes:
    """The item's value in exactly ``item.length`` bytes. Raises EncodingError if it does not fit."""
    if item.kind is Kind.BTLV:
        if not isinstance(value, tuple):
            raise EncodingError(f"{item.name_en}: a tuple of {len(item.parts)} values is wanted")
        return b"".join(encode_item(part, each, charset) for part, each in _pairs(item.parts, value))
    if item.kind is Kind.B:
        if not isinstance(value, int) or not 0 <= value < 1 << 8 * item.length:
            raise EncodingError(f"{item.name_en}: a number of {item.length} bytes is wanted")
        return value.to_bytes(item.length, "big")
    if not isinstance(value, str):
        raise EncodingError(f"{item.name_en}: a string is wanted")
    return encode_cn(value, item.length) if item.kind is Kind.CN else encode_text(value, item.length, charset)


def decode_value(item: Item, raw: bytes, charset: Charset = "gbk") -> Value:
    """The inverse of ``encode_value``. Raises EncodingError on any other length or shape."""
    if len(raw) != item.length:
        raise EncodingError(f"{item.name_en}: {len(raw)} bytes instead of {item.length}")
    if item.kind is Kind.BTLV:
        return tuple(
            _flat(decode_value(part, found, charset)) for part, found in zip(item.parts, _inner(item, raw), strict=True)
        )
    if item.kind is Kind.B:
        return int.from_bytes(raw, "big")
    return decode_cn(raw) if item.kind is Kind.CN else decode_text(raw, charset)


def encode_item(item: Item, value: Value, charset: Charset = "gbk") -> bytes:
    """The whole record of a tagged item: tag, length, value; the bare value of an untagged field."""
    raw = encode_value(item, value, charset)
    return raw if item.tag is None else SimpleTlv(item.tag, raw).encode()


def decode_item(item: Item, record: bytes, charset: Charset = "gbk") -> Value:
    """The value in a record of this item. Raises EncodingError if the record is another's."""
    if item.tag is None:
        return decode_value(item, record, charset)
    found = _tagged(record)
    if len(found) != 1 or found[0].tag != item.tag:
        raise EncodingError(f"not one item with tag {item.tag:02X}")
    return decode_value(item, found[0].value, charset)


def encode_fields(items: tuple[Item, ...], values: Iterable[str | int], charset: Charset = "gbk") -> bytes:
    """One untagged record out of its fields (cyclic files, medical amounts)."""
    return b"".join(encode_value(item, value, charset) for item, value in _pairs(items, tuple(values)))


def decode_fields(items: tuple[Item, ...], record: bytes, charset: Charset = "gbk") -> tuple[str | int, ...]:
    """The fields of an untagged record. Raises EncodingError if the length is not the sum of theirs."""
    if len(record) != sum(item.length for item in items):
        raise EncodingError(f"{len(record)} bytes are not such a record")
    values, at = [], 0
    for item in items:
        values.append(_flat(decode_value(item, record[at : at + item.length], charset)))
        at += item.length
    return tuple(values)


def blank(item: Item) -> bytes:
    """The record of an item nothing was written to: the fill of its kind (cards seen: FF for cn, 00 for an)."""
    return encode_item(item, tuple(_empty(part) for part in item.parts) if item.parts else _empty(item))


def encode_transparent(file: File, content: bytes) -> bytes:
    """The whole content of a transparent file, filled with 00. Raises EncodingError if it is too long."""
    if file.structure is not FileForm.TRANSPARENT or len(content) > file.size:
        raise EncodingError(f"{file.name_en}: {len(content)} bytes do not fit")
    return content.ljust(file.size, b"\0")


def fill_old_record(value: bytes, length: int) -> bytes:
    """A value of the 2.0 meaning for a record of the 1.0 length: filled with E (V2.0 appendix C).

    Raises EncodingError if no EE byte would be left to tell the meanings apart.
    """
    if len(value) >= length:
        raise EncodingError(f"{len(value)} bytes leave no room for the mark in {length}")
    return value.ljust(length, bytes((_OLD_FILL,)))


def has_new_meaning(value: bytes) -> bool:
    """True if a value read from a 1.0 card is to be taken in its 2.0 meaning (V2.0 appendix C)."""
    return value[-1:] == bytes((_OLD_FILL,))


def _empty(item: Item) -> str | int:
    return 0 if item.kind is Kind.B else ""


def _flat(value: Value) -> str | int:
    if isinstance(value, tuple):
        raise EncodingError("items nest one level deep")
    return value


def _pairs(items: tuple[Item, ...], values: tuple[str | int, ...]) -> Iterable[tuple[Item, str | int]]:
    if len(items) != len(values):
        raise EncodingError(f"{len(items)} values are wanted, {len(values)} came")
    return zip(items, values, strict=True)


def _tagged(raw: bytes) -> tuple[SimpleTlv, ...]:
    try:
        return parse_simple(raw)
    except TlvError as error:
        raise EncodingError(str(error)) from None


def _inner(item: Item, raw: bytes) -> tuple[bytes, ...]:
    found = _tagged(raw)
    if tuple(each.tag for each in found) != tuple(part.tag for part in item.parts):
        raise EncodingError(f"{item.name_en}: other inner items than declared")
    return tuple(each.value for each in found)
