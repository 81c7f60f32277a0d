"""Every item of every file filled for an invented person, for demonstration cards and tests.

Values have their full width, and every text says that it is a test. Who the people are: ``hard_cases``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from cos.ssse.tables import code_tables
from cos.ssse.tables.file_structure import structure
from cos.ssse.tables.item_encoding import (
    Charset,
    EncodingError,
    NameParts,
    Value,
    encode_fields,
    encode_item,
    encode_transparent,
    split_name,
    text_length,
)
from cos.ssse.tables.table_model import Directory, File, FileForm, Form, Item, Kind, Version
from dualcos.profile.hard_cases import HOLDER, HOLDERS, LONG_NAME, STUDENT
from dualcos.profile.invented_holder import Filled, InventedHolder

__all__ = ("HOLDER", "HOLDERS", "LONG_NAME", "STUDENT", "Contents", "InventedHolder", "card", "contents", "value")

Contents = Mapping[tuple[int, int], tuple[bytes, ...]]

_DIGITS = "12345678901234567890123456789"
_JPEG = bytes.fromhex("FFD8FFE000104A46494600010100000100010000FFD9")  # an empty picture: start, JFIF header, end
_FINGERPRINT = "测试指纹数据".encode("gbk")

# Items whose form alone says too little.
_CHOSEN: Mapping[int, str] = MappingProxyType(
    {
        0x27: "990100",
        0x28: "13800000000",
        0x2D: "13800000001",
        0x37: "CHN",
        0x5B: "4",
        0x63: "024",
        0x64: "024",
        0x65: "012",
        0x66: "006",
    }
)
# Where the first code of a table would make an odd person.
_PREFERRED: Mapping[str, str] = MappingProxyType(
    {
        "education": "21",
        "identity": "24",
        "political": "13",
        "marital": "2",
        "health": "4",
        "disability": "9",
        "disability_level": "4",
        "blood_abo": "O型",
        "blood_rh": "02",
        "medical_transaction": "2",
    }
)
_PLACES = frozenset({0x21, 0x23, 0x25})
# Addresses of 1.0: an item, its extension, and their lengths; 2.0 has one item of 80 bytes.
_OLD_ADDRESSES = ((0x21, 0x22), (0x25, 0x26))
_OLD_LENGTH, _OLD_EXTENSION = 0x3E, 0x12
_FORMS: Mapping[Form, str] = MappingProxyType(
    {
        Form.DATE: "20240101",
        Form.MONTH: "202401",
        Form.YEAR: "2024",
        Form.TIME: "20240101093000",
        Form.MONTH_DAY: "0101",
    }
)


def value(item: Item, holder: InventedHolder, version: Version, charset: Charset = "gbk") -> Value:
    """What the demonstration writes into ``item``; values of 1.0 and 2.0 differ where the item does."""
    personal = None if item.parts else _personal(holder, version, charset).get(item.tag or 0)
    return _optional(item, holder) if personal is None else personal


def record(item: Item, holder: InventedHolder, version: Version, charset: Charset = "gbk") -> bytes:
    """The record of a tagged item."""
    return encode_item(item, value(item, holder, version, charset), charset)


def contents(file: File, holder: InventedHolder, version: Version, charset: Charset = "gbk") -> tuple[bytes, ...]:
    """What to write into ``file``: its records in writing order, or the one content of a transparent file.

    Cyclic files get all their records, oldest first; none, for a holder whose items are left empty.
    """
    empty = holder.filled is Filled.EMPTY
    if file.structure is FileForm.TRANSPARENT and not file.items:
        return (encode_transparent(file, b"" if empty else _transparent(file)),)
    if file.structure is FileForm.CYCLIC:
        numbers = range(1, 1 if empty else file.records + 1)
        return tuple(encode_fields(file.items, _numbered(file.items, holder, number), charset) for number in numbers)
    return tuple(record(item, holder, version, charset) for item in file.items)


def card(
    version: Version,
    holder: InventedHolder = HOLDER,
    directories: Iterable[Directory] | None = None,
    charset: Charset = "gbk",
) -> Contents:
    """The contents of every file of one edition by (directory, file), for ``directories`` or the edition's own.

    Raises EncodingError if the holder's name does not fit the edition or the charset.
    """
    known = structure(version) if directories is None else directories
    return MappingProxyType(
        {
            (directory.fid, file.fid): contents(file, holder, version, charset)
            for directory in known
            for file in directory.files
        }
    )


def name_parts(holder: InventedHolder, version: Version, charset: Charset = "gbk") -> NameParts:
    """The name over 09 and 4E. Raises EncodingError if it does not fit the edition or the charset."""
    return split_name(holder.name, charset, rest=0 if version is Version.V1 else 0x14)


@lru_cache(maxsize=4)  # asked for every item of a card
def _personal(holder: InventedHolder, version: Version, charset: Charset) -> Mapping[int, str]:
    name = name_parts(holder, version, charset)
    found = {
        0x01: holder.identification.hex().upper(),
        0x02: holder.card_class,
        0x03: holder.version_text or f"{version.label}0",
        0x04: holder.initialised_by,
        0x05: holder.issued,
        0x06: holder.expires,
        0x07: holder.card_number,
        0x08: holder.number,
        0x09: name.name,
        0x4E: name.extension,
        0x0A: holder.sex,
        0x0B: holder.ethnic,
        0x0C: holder.region,
        0x0D: holder.birth,
    }
    return MappingProxyType({**found, **_told(holder, version)})


def _told(holder: InventedHolder, version: Version) -> Mapping[int, str]:
    """Optional items that the person is there for, as far as the edition has them."""
    if version is not Version.V1:
        told = {0x21: holder.address, 0x23: holder.address, 0x37: holder.nationality}
        told |= {0x2C: holder.guardian, 0x2D: holder.guardian_phone}
        return {tag: text for tag, text in told.items() if text}
    if not holder.address:
        return {}
    parts = split_name(holder.address, first=_OLD_LENGTH, rest=_OLD_EXTENSION)
    return {tag: text for pair in _OLD_ADDRESSES for tag, text in zip(pair, parts, strict=True)}


def _optional(item: Item, holder: InventedHolder) -> Value:
    """An item that the holder may do without, as far as his are filled."""
    if holder.filled is Filled.EMPTY:
        return tuple(_empty(part) for part in item.parts) if item.parts else _empty(item)
    if item.parts:
        return tuple(_plain(part, holder) for part in item.parts)
    full = holder.filled is Filled.FULL
    # 1.0 gave some of these tags another meaning: there the form decides.
    if item.tag is not None and item.tag in _CHOSEN and item.form is not Form.FEN and not item.codes:
        chosen = _CHOSEN[item.tag]
        return _DIGITS[: item.length] if full and item.kind is Kind.AN and len(chosen) < item.length else chosen
    if item.tag in _PLACES and not full:
        return "测试省测试市测试区测试路1号"
    return _plain(item, holder)


def _empty(item: Item) -> str | int:
    return 0 if item.kind is Kind.B else ""


def _plain(item: Item, holder: InventedHolder) -> str | int:
    full = holder.filled is Filled.FULL
    if item.kind is Kind.B:
        return (1 << 8 * item.length) - 1 if full else 1 if item.form is Form.COUNT else 12345
    if item.codes:
        return _longest_code(item) if full else _code(item)
    if item.form is Form.REGION:
        return holder.region
    if item.form in _FORMS:
        return _FORMS[item.form]
    width = item.length * (2 if item.kind is Kind.CN else 1)
    if item.form in {Form.FEN, Form.COUNT}:
        return "12345".rjust(width, "0") if item.form is Form.FEN else "6".rjust(width, "0")
    if item.form is Form.CODE:
        return _DIGITS[:width]
    return _full_text(item) if full else _text(item)


def _code(item: Item) -> str:
    return "".join(_PREFERRED.get(name) or next(iter(code_tables.TABLES[name])) for name in item.codes)


def _longest_code(item: Item) -> str:
    """The code that takes most bytes; where they all take the same, the usual one."""
    if len(item.codes) == 1:
        longest = max(code_tables.TABLES[item.codes[0]], key=text_length)
        if text_length(longest) > text_length(_code(item)):
            return longest
    return _code(item)


def _text(item: Item) -> str:
    text = f"测试{item.name_zh}"
    while text_length(text) > item.length:
        text = text[:-1]
    if not text:
        raise EncodingError(f"{item.name_en} is too short for a text")
    return text


def _full_text(item: Item) -> str:
    """A text that leaves no byte of the item free: characters, and a letter where one byte is over."""
    text = _text(item)
    free = item.length - text_length(text)
    return text + "满" * (free // 2) + "A" * (free % 2)


def _numbered(items: tuple[Item, ...], holder: InventedHolder, number: int) -> tuple[str | int, ...]:
    counted = items[0].kind is Kind.B
    return tuple(number if counted and at == 0 else _plain(item, holder) for at, item in enumerate(items))


def _transparent(file: File) -> bytes:
    if file.fid == 0xEF08:
        return _JPEG
    return _FINGERPRINT if file.fid == 0xEF07 else b""
