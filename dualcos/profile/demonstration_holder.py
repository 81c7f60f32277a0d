"""Invented persons who fill every item of every file, for demonstration cards and tests.

Nobody has these numbers: the region begins with 99, which no place has, and the holders were born in 1900. Check
characters are right all the same, values have their full width, and every text says that it is a test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cos.ssse.tables import card_numbers, code_tables
from cos.ssse.tables.file_structure import structure
from cos.ssse.tables.item_encoding import (
    Charset,
    EncodingError,
    Value,
    encode_fields,
    encode_item,
    encode_transparent,
    split_name,
    text_length,
)
from cos.ssse.tables.table_model import Directory, File, FileForm, Form, Item, Kind, Version

Contents = Mapping[tuple[int, int], tuple[bytes, ...]]

_DIGITS = "12345678901234567890123456789"
_UNKNOWN_AUTHENTICATION = b"\xff" * 4  # as on the test cards seen
_JPEG = bytes.fromhex("FFD8FFE000104A46494600010100000100010000FFD9")  # an empty picture: start, JFIF header, end
_FINGERPRINT = "测试指纹数据".encode("gbk")


@dataclass(frozen=True, slots=True)
class InventedHolder:
    """Who a demonstration card is for: what differs from person to person and card to card."""

    name: str
    birth: str
    sex: str
    ethnic: str
    sequence: str  # three digits of the citizen number, odd for a man
    card_body: str  # eight characters of the card number
    serial: bytes  # four bytes, also TA to TD of the ATR
    region: str = "990100"
    card_class: str = "3"
    issued: str = "20240101"
    expires: str = "20340101"
    version_text: str = ""
    authentication: bytes = _UNKNOWN_AUTHENTICATION

    @property
    def number(self) -> str:
        """The social security number: 18 characters with the right check character."""
        body = self.region + self.birth + self.sequence
        return body + card_numbers.citizen_check(body)

    @property
    def card_number(self) -> str:
        """The card number: nine characters with the right check character."""
        return self.card_body + card_numbers.card_number_check(self.card_body)

    @property
    def identification(self) -> bytes:
        """The 16 bytes of the card identification code."""
        return card_numbers.build_identification(self.region, self.serial, self.authentication)


HOLDER = InventedHolder("测试持卡人", "19000101", "1", "01", "001", "T0000001", bytes.fromhex("0000A001"))
# Fills the name extension; a 1.0 card has none and cannot take this holder.
LONG_NAME = InventedHolder(
    "测试姓名很长的持卡人·测试姓名扩展·第二段",
    "19000228",
    "2",
    "05",
    "002",
    "T0000002",
    bytes.fromhex("0000A002"),
)
STUDENT = InventedHolder(
    "测试学生", "19001231", "9", "99", "003", "T0000003", bytes.fromhex("0000A003"), card_class="2"
)
HOLDERS = (HOLDER, LONG_NAME, STUDENT)

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
    if item.parts:
        return tuple(_plain(part, holder) for part in item.parts)
    personal = _personal(holder, version, charset).get(item.tag or 0)
    if personal is not None:
        return personal
    # 1.0 gave some of these tags another meaning: there the form decides.
    if item.tag is not None and item.tag in _CHOSEN and item.form is not Form.FEN and not item.codes:
        return _CHOSEN[item.tag]
    return "测试省测试市测试区测试路1号" if item.tag in _PLACES else _plain(item, holder)


def record(item: Item, holder: InventedHolder, version: Version, charset: Charset = "gbk") -> bytes:
    """The record of a tagged item."""
    return encode_item(item, value(item, holder, version, charset), charset)


def contents(file: File, holder: InventedHolder, version: Version, charset: Charset = "gbk") -> tuple[bytes, ...]:
    """What to write into ``file``: its records in writing order, or the one content of a transparent file.

    Cyclic files get all their records, oldest first.
    """
    if file.structure is FileForm.TRANSPARENT and not file.items:
        return (encode_transparent(file, _transparent(file)),)
    if file.structure is FileForm.CYCLIC:
        return tuple(
            encode_fields(file.items, _numbered(file.items, holder, number), charset)
            for number in range(1, file.records + 1)
        )
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


def _personal(holder: InventedHolder, version: Version, charset: Charset) -> Mapping[int, str]:
    name = split_name(holder.name, charset, rest=0 if version is Version.V1 else 0x14)
    return MappingProxyType(
        {
            0x01: holder.identification.hex().upper(),
            0x02: holder.card_class,
            0x03: holder.version_text or f"{version.label}0",
            0x04: card_numbers.initialising_institution(holder.region, holder.region, 1),
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
    )


def _plain(item: Item, holder: InventedHolder) -> str | int:
    if item.kind is Kind.B:
        return 1 if item.form is Form.COUNT else 12345
    if item.codes:
        return _code(item)
    if item.form is Form.REGION:
        return holder.region
    if item.form in _FORMS:
        return _FORMS[item.form]
    width = item.length * (2 if item.kind is Kind.CN else 1)
    if item.form in {Form.FEN, Form.COUNT}:
        return "12345".rjust(width, "0") if item.form is Form.FEN else "6".rjust(width, "0")
    return _DIGITS[:width] if item.form is Form.CODE else _text(item)


def _code(item: Item) -> str:
    return "".join(_PREFERRED.get(name) or next(iter(code_tables.TABLES[name])) for name in item.codes)


def _text(item: Item) -> str:
    text = f"测试{item.name_zh}"
    while text_length(text) > item.length:
        text = text[:-1]
    if not text:
        raise EncodingError(f"{item.name_en} is too short for a text")
    return text


def _numbered(items: tuple[Item, ...], holder: InventedHolder, number: int) -> tuple[str | int, ...]:
    counted = items[0].kind is Kind.B
    return tuple(number if counted and at == 0 else _plain(item, holder) for at, item in enumerate(items))


def _transparent(file: File) -> bytes:
    if file.fid == 0xEF08:
        return _JPEG
    return _FINGERPRINT if file.fid == 0xEF07 else b""
