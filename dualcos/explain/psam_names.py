"""What a terminal's PSAM holds, by the user card's names (社会保障（个人）卡规范 part 9)."""

from __future__ import annotations

from collections.abc import Iterator

from cos.psam.what_commands_say import FILES
from cos.ssse.tables import regional_files
from cos.ssse.tables.table_model import KeyRow, Version
from dualcos.explain import names_of_places


def held(usage: int, identifier: int, version: Version) -> KeyRow | None:
    """The user card's key whose root a PSAM keeps there; the usage's step bits depend on the tier.

    Of a name that a region has given away a second time, the national key.
    """
    for row in _rows(version):
        if any(kind & 0x1F == usage & 0x1F and number == identifier for kind, number in row.psam):
            return row
    return None


def _rows(version: Version) -> Iterator[KeyRow]:
    for directory in names_of_places.directories(version):
        yield from directory.keys
    for extension in regional_files.EXTENSIONS:
        yield from extension.keys


def file_name(fid: int) -> str:
    """``public information 公共信息``; empty for a file no table has."""
    return FILES.get(fid & 0xFF, "").partition(" ")[2]
