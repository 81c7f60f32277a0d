"""Regional extension files seen in readers, outside the national table; a profile may switch them on.

New elementary files start at EF0C (V2.0 §6). Most of what they hold is unknown, so most have no items. Some take key
identifiers that later editions gave away: those extensions fit only cards that lack the other key.
"""

from __future__ import annotations

from typing import NamedTuple

from cos.ssse.tables import df03_insurance, df04_medical, ssse_holder
from cos.ssse.tables.table_model import (
    FREE,
    PIN,
    Access,
    File,
    FileClass,
    FileForm,
    Form,
    Item,
    KeyKind,
    KeyRow,
    an,
    by_key,
    cn,
)

_REF = "V2.0 §6, regional"


class Extension(NamedTuple):
    """Files and keys a region adds to one directory; ``without`` names keys they take the place of."""

    name: str
    directory: int
    files: tuple[File, ...]
    keys: tuple[KeyRow, ...]
    without: tuple[str, ...] = ()


def _file(fid: int, read: Access, update: Access, items: tuple[Item, ...] = ()) -> File:
    return File(
        fid,
        f"扩充文件{fid:04X}",
        f"regional {fid:04X}",
        FileForm.LINEAR_VARIABLE,
        read,
        update,
        _REF,
        items,
        file_class=FileClass.REGIONAL,
    )


def _key(directory: int, kid: int, name: str, psam: tuple[int, int]) -> KeyRow:
    """``psam``: usage and identifier that the same readers give its root in a PSAM."""
    return KeyRow(directory, kid, name, KeyKind.AUTHENTICATION, "地方扩充", _REF, psam=(psam,))


def _update_key(directory: int, fid: int) -> str:
    """Its name says file and directory: several directories have a file of that number."""
    return f"UK{fid:04X}DF{directory & 0xFF:02X}"


def _update_keys(directory: int, rows: tuple[tuple[int, int, int], ...]) -> tuple[KeyRow, ...]:
    """One key per extension file: file, identifier, PSAM identifier; the readers' PSAM holds the city's."""
    return tuple(_key(directory, kid, _update_key(directory, fid), (0x28, psam)) for fid, kid, psam in rows)


EXTENSIONS: tuple[Extension, ...] = (
    Extension(
        "SSSE/EF0C",
        ssse_holder.FID,
        (_file(0xEF0C, by_key("RKEF0C"), by_key("UKSSSE")),),
        (_key(ssse_holder.FID, 0x07, "RKEF0C", (0x48, 0x5D)),),
    ),
    Extension(
        "SSSE/EF0D",
        ssse_holder.FID,
        (
            _file(
                0xEF0D,
                FREE,  # inferred: readers show the update key only
                by_key("UK1SSSE"),
                (
                    # What a program that issues cards calls them, in its messages.
                    an(0xEA, "人员识别号", "regional number of the person", 0x0C, _REF),
                    cn(0xEB, "初次申领地代码", "region of the first application", 0x03, _REF),
                    an(0xEC, "地方数据项EC", "regional item EC", 0x01, _REF, Form.CODE),
                    an(0xED, "地方数据项ED", "regional item ED", 0x01, _REF, Form.CODE),
                ),
            ),
        ),
        (
            KeyRow(
                ssse_holder.FID,
                0x0D,
                "UK1SSSE",
                KeyKind.AUTHENTICATION,
                "应用数据更新",
                "密钥索引表 2013",
                groups=3,
                psam=((0x48, 0x13),),
            ),
        ),
    ),
    # Identifiers 89 to 8C belong to UK4DF03..UK7DF03 from 2.0 on: this one fits 1.0 cards only.
    Extension(
        "DF03/EF0C-EF0F",
        df03_insurance.FID,
        tuple(_file(fid, PIN, by_key(_update_key(df03_insurance.FID, fid))) for fid in range(0xEF0C, 0xEF10)),
        _update_keys(
            df03_insurance.FID, ((0xEF0C, 0x8C, 0x58), (0xEF0D, 0x89, 0x59), (0xEF0E, 0x8A, 0x5A), (0xEF0F, 0x8B, 0x5B))
        ),
    ),
    # 87 is otherwise DSK, the starting-day key of off-line use.
    Extension(
        "DF04/EF0C-EF0D",
        df04_medical.FID,
        tuple(_file(fid, PIN, by_key(_update_key(df04_medical.FID, fid))) for fid in (0xEF0C, 0xEF0D)),
        _update_keys(df04_medical.FID, ((0xEF0C, 0x87, 0x5C), (0xEF0D, 0x88, 0x54))),
        without=("DSK",),
    ),
)


def extension(name: str) -> Extension:
    """The extension called ``name``. Raises KeyError if there is none."""
    for candidate in EXTENSIONS:
        if candidate.name == name:
            return candidate
    raise KeyError(name)
