"""A record made readable: one line per item or field. Total: what cannot be read is shown in hexadecimal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from apdu.tlv import TlvError, parse_simple
from cos.ssse.tables import card_numbers, code_tables
from cos.ssse.tables.file_structure import find, structure
from cos.ssse.tables.item_encoding import decode_cn, has_new_meaning
from cos.ssse.tables.table_model import Directory, File, FileForm, Form, Item, Kind, Version
from dualcos.explain.card_texts import card_text

UNSET = "—"
_UNSET = frozenset((0xFF,))
_SHOWN = 32


class RecordLine(NamedTuple):
    """One thing a record says."""

    name_zh: str
    name_en: str
    text: str


def file_at(path: tuple[int, int], directories: Iterable[Directory]) -> File | None:
    """The file with identifiers (directory, file), the COS's own included; None if there is none."""
    directory = find(directories, path[0])
    if directory is None:
        return None
    internal = (file for file in directory.internal if file.fid == path[1])
    return directory.file(path[1]) or next(internal, None)


def describe(
    path: tuple[int, int],
    record: bytes,
    version: Version = Version.V2,
    directories: Iterable[Directory] | None = None,
    *,
    chip: bytes = b"",
) -> tuple[RecordLine, ...]:
    """What ``record`` says, read from (directory, file) of a card of this edition.

    Several tagged records in a row (READ RECORD with P2 xxxxx101) are shown one after the other. ``directories``:
    another structure than the edition's own. ``chip``: the serial number in its ATR, which an identification code with
    another one is noted to differ from. A 1.0 record ending in EE is read in its 2.0 meaning (V2.0 appendix C).
    """
    known = structure(version) if directories is None else tuple(directories)
    file = file_at(path, known)
    if file is None:
        return (_unknown(record),)
    if file.structure is FileForm.TRANSPARENT and not file.items:
        return (RecordLine(file.name_zh, file.name_en, _hex(record)),)
    if file.items and file.items[0].tag is None:
        return _fields(file.items, record)
    newer = file_at(path, structure(Version.V2)) if version is Version.V1 else None
    try:
        found = parse_simple(record)
    except TlvError:
        return (_unknown(record),)
    lines: list[RecordLine] = []
    for tag, value in found:
        new = newer.item(tag) if newer and has_new_meaning(value) else None
        item = new or file.item(tag)
        lines += (
            _unknown_item(tag, value) if item is None else _item(item, value[: item.length] if new else value, chip)
        )
    return tuple(lines)


def _item(item: Item, value: bytes, chip: bytes) -> tuple[RecordLine, ...]:
    if item.form is Form.IDENTIFICATION:
        said = "; ".join(filter(None, (text_of(item, value), other_serial(value, chip))))
        return (RecordLine(item.name_zh, item.name_en, said),)
    if item.kind is not Kind.BTLV:
        return (RecordLine(item.name_zh, item.name_en, text_of(item, value)),)
    try:
        found = parse_simple(value)
    except TlvError:
        return (RecordLine(item.name_zh, item.name_en, _hex(value)),)
    parts = {part.tag: part for part in item.parts}
    lines: list[RecordLine] = []
    for tag, inner in found:
        part = parts.get(tag)
        if part is None:
            lines += _unknown_item(tag, inner)
        else:
            zh, en = f"{item.name_zh}·{part.name_zh}", f"{item.name_en}: {part.name_en}"
            lines.append(RecordLine(zh, en, text_of(part, inner)))
    return tuple(lines)


def _fields(items: tuple[Item, ...], record: bytes) -> tuple[RecordLine, ...]:
    lines, at = [], 0
    for item in items:
        if at < len(record):
            lines.append(RecordLine(item.name_zh, item.name_en, text_of(item, record[at : at + item.length])))
        at += item.length
    return (*lines, _unknown(record[at:])) if at < len(record) else tuple(lines)


def other_serial(code: bytes, chip: bytes) -> str:
    """What is worth a note of an identification code beside the ATR of its card; empty if they agree.

    The rule has one serial number in both (V2.0 §8.1.1.1); 4 of 10 published pairs, all of 3.0 cards, have two.
    """
    try:
        serial = card_numbers.parse_identification(code).serial
    except card_numbers.NumberError:
        return ""
    if not chip or serial == chip:
        return ""
    return f"its serial number is {_hex(serial)}, the ATR's {_hex(chip)}, as on some issued cards"


def text_of(item: Item, raw: bytes) -> str:
    """A value as a person would write it: codes with their meaning, dates with hyphens, fen as yuan."""
    if item.kind is Kind.B:
        number = int.from_bytes(raw, "big")
        return _yuan(number) if item.form is Form.FEN else str(number)
    if item.form is Form.IDENTIFICATION or (item.form is Form.INSTITUTION and not _UNSET.issuperset(raw)):
        return raw.hex().upper()  # F is a digit here and no fill
    value = decode_cn(raw) if item.kind is Kind.CN else card_text(raw)
    if value is None:
        return _hex(raw)
    if not value:
        return UNSET
    if item.codes:
        meaning = code_tables.explain(item.codes, value)
        return f"{value} {meaning}" if meaning and meaning != value else value
    return _formed(item.form, value)


def _formed(form: Form, value: str) -> str:
    if not value.isdecimal():
        return value
    if form is Form.DATE and card_numbers.date_ok(value):
        return f"{value[:4]}-{value[4:6]}-{value[6:]}"
    if form is Form.MONTH and len(value) == 6:
        return f"{value[:4]}-{value[4:]}"
    if form is Form.MONTH_DAY and len(value) == 4:
        return f"{value[:2]}-{value[2:]}"
    if form is Form.TIME and len(value) == 14:
        clock = ":".join((value[8:10], value[10:12], value[12:]))
        return f"{value[:4]}-{value[4:6]}-{value[6:8]} {clock}"
    if form is Form.REGION:
        return f"{value} {card_numbers.province(value)}".rstrip()
    return _yuan(int(value)) if form is Form.FEN else value


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d} 元"


def _hex(raw: bytes) -> str:
    shown = raw[:_SHOWN].hex().upper()
    return shown if len(raw) <= _SHOWN else f"{shown}… ({len(raw)} bytes)"


def _unknown(raw: bytes) -> RecordLine:
    return RecordLine("未知内容", "unknown", _hex(raw))


def _unknown_item(tag: int, value: bytes) -> tuple[RecordLine, ...]:
    return (RecordLine(f"未知数据项{tag:02X}", f"unknown item {tag:02X}", _hex(value)),)
