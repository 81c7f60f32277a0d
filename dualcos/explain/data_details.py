"""Pieces of data by name: TLV, data object lists. Total: what does not fit is shown as it is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from apdu import tlv
from apdu.tlv import TlvError
from cos.pse.data.data_elements import BY_TAG
from cos.ssse.tables.table_model import Version
from dualcos.explain.bank_elements import describe
from dualcos.explain.names_of_places import name_of_df, printable

_DEEPEST = 6
_DF_NAMES = frozenset((0x84, 0x4F, 0x9D))
_SOCIAL_ISSUER_DATA = 0x9F0C
_ALGORITHMS = ("", "DES", "SSF33", "SM4")


class Detail(NamedTuple):
    """One thing a command or an answer says: its name in English and Chinese, and the value for a person."""

    name: str
    zh: str
    text: str


def hexed(raw: bytes) -> str:
    """Upper-case hex."""
    return raw.hex().upper()


def unseen(length: int) -> str:
    """Bytes that are not shown, by how many there are."""
    return f"{length} bytes not shown 已屏蔽"


def whole(name: str, zh: str, raw: bytes) -> Detail:
    """Bytes under a name, as they are."""
    return Detail(name, zh, hexed(raw))


def element(tag: int, value: bytes, version: Version = Version.V2) -> Detail:
    """One data element, with its meaning where one is known."""
    row = BY_TAG.get(tag)
    name, zh = (row.name, row.chinese) if row is not None else ("unknown element", "未知数据元")
    shown = hexed(value)
    meaning = describe(tag, value).partition(f" = {shown}")[2].removeprefix(": ").strip()
    if tag in _DF_NAMES:
        meaning = name_of_df(value, version)
        meaning = printable(value).strip() if meaning.startswith(shown) else meaning
    return Detail(f"{tag:X} {name}", zh, f"{shown}  {meaning}" if meaning else shown)


def elements(raw: bytes, version: Version = Version.V2, depth: int = 0) -> tuple[Detail, ...]:
    """All data elements of a TLV string, templates opened, indented by depth."""
    found: list[Detail] = []
    try:
        for item in tlv.walk(raw):
            one = element(item.tag, item.value, version)
            indented = "  " * depth + one.name
            if item.tag == _SOCIAL_ISSUER_DATA:
                found.append(Detail("  " * depth + "9F0C issuer data", "发卡方自定义数据", _algorithm(item.value)))
            elif item.constructed and depth < _DEEPEST:
                found.append(Detail(indented, one.zh, f"{len(item.value)} bytes"))
                found += elements(item.value, version, depth + 1)
            else:
                found.append(one._replace(name=indented))
    except TlvError as error:
        found.append(Detail("not TLV", "非TLV数据", f"{hexed(raw)}  ({error})"))
    return tuple(found)


def _algorithm(value: bytes) -> str:
    """The cipher the FCI announces (SSC-5 §6.11): 86 01 xx."""
    number = value[2] if value[:2] == b"\x86\x01" and len(value) == 3 else 0
    known = _ALGORITHMS[number] if number < len(_ALGORITHMS) else ""
    return f"{hexed(value)}  algorithm {known}" if known else hexed(value)


_DEFAULTS: Mapping[int, bytes] = MappingProxyType({0x9F49: bytes.fromhex("9F3704")})
"""Lists that hold where the card has none: the DDOL (PBOC-5 §9.4.4)."""


def by_list(dol: bytes | None, data: bytes, tag: int = 0) -> tuple[Detail, ...]:
    """Terminal data cut by the data object list that asked for them; whole without a list or if it does not fit.

    ``tag``: of a list that no answer has brought so far it is said that it is not known.
    """
    dol = dol if dol is not None else _DEFAULTS.get(tag)
    if dol is not None:
        try:
            entries = tlv.parse_dol(dol)
            tlv.split_dol(entries, data)
        except TlvError:
            pass
        else:
            found, at = [], 0
            for each, length in entries:
                found.append(element(each, data[at : at + length]))
                at += length
            return tuple(found)
    if not data:
        return ()
    unread = f"  ({BY_TAG[tag].name} {tag:X} was not read 未读取)" if dol is None and tag in BY_TAG else ""
    return (Detail("data", "数据", hexed(data) + unread),)
