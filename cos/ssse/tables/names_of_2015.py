"""What the edition of 2015 calls differently: names of 3.0 cards in traces and inspections; no byte changes.

LD/T 32.6-2015, the file structure behind LD/T 33-2015 (which is the terminals' standard), was not at hand. These
names stand in an interface specification of 2016 that follows both (四川省社会保障卡读写机具规范 2.0). What it does not
name, the four items of the certificate's file among it, keeps the name of 2012.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from cos.ssse.tables.table_model import File


class Renamed(NamedTuple):
    """A file's name since 2015, or that of its item ``tag``."""

    directory: int
    fid: int
    name_zh: str
    name_en: str
    ref: str
    tag: int | None = None


NAMES_2015: tuple[Renamed, ...] = (
    Renamed(0xDF01, 0xEF0A, "国家/地区及政治面貌信息文件", "country or region and political status", "SC table B.2"),
    Renamed(0xDF01, 0xEF0A, "国家/地区代码", "country or region", "SC §2.1.2", tag=0x37),
    Renamed(0xDF02, 0xEF09, "就业创业证信息文件", "employment and enterprise certificate", "SC table B.1"),
)


def renamed(directory: int, files: Iterable[File]) -> tuple[File, ...]:
    """``files`` of ``directory`` under their names of 2015."""
    return tuple(
        _renamed(file, [row for row in NAMES_2015 if (row.directory, row.fid) == (directory, file.fid)])
        for file in files
    )


def _renamed(file: File, rows: Iterable[Renamed]) -> File:
    for row in rows:
        if row.tag is None:
            file = replace(file, name_zh=row.name_zh, name_en=row.name_en)
        else:
            items = (
                replace(i, name_zh=row.name_zh, name_en=row.name_en) if i.tag == row.tag else i for i in file.items
            )
            file = replace(file, items=tuple(items))
    return file
