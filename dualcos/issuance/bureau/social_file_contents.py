"""What the files of one person's card hold: the items of the bureau's data, everything else blank (V2.0 §8)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cos.ssse.tables.item_encoding import Charset, Value, blank, encode_item, encode_transparent
from cos.ssse.tables.table_model import Directory, File, FileForm
from dualcos.issuance.exchange.personalisation_file import Place

_IDENTIFICATION: Place = (0xDDF1, 0xEF05, 0x01)
_PHOTO = (0xDDF1, 0xEF08)


def contents(
    directories: tuple[Directory, ...],
    items: Mapping[Place, Value],
    identification: bytes,
    photo: bytes = b"",
    charset: Charset = "gbk",
) -> Mapping[tuple[int, int], tuple[bytes, ...]]:
    """Records of every file in writing order; logs are empty, as nothing has happened yet. Raises EncodingError."""
    known = {**items, _IDENTIFICATION: identification.hex().upper()}
    return MappingProxyType(
        {
            (directory.fid, file.fid): _file(directory, file, known, photo, charset)
            for directory in directories
            for file in directory.files
        }
    )


def _file(
    directory: Directory, file: File, items: Mapping[Place, Value], photo: bytes, charset: Charset
) -> tuple[bytes, ...]:
    if file.structure is FileForm.TRANSPARENT:
        return (encode_transparent(file, photo if (directory.fid, file.fid) == _PHOTO else b""),)
    if file.structure is FileForm.CYCLIC:
        return ()
    records = []
    for item in file.items:
        value = items.get((directory.fid, file.fid, item.tag or 0))
        records.append(blank(item) if value is None else encode_item(item, value, charset))
    return tuple(records)
