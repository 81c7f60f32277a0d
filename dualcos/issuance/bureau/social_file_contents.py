"""What the files of one person's card hold: the items of the bureau's data, everything else blank (V2.0 §8)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cos.ssse.tables.item_encoding import Charset, EncodingError, Value, blank, encode_item, encode_transparent
from cos.ssse.tables.table_model import Directory, File, FileForm
from dualcos.issuance.exchange.personalisation_file import Place, place_name

IDENTIFICATION: Place = (0xDDF1, 0xEF05, 0x01)
PHOTO = (0xDDF1, 0xEF08)


def contents(
    directories: tuple[Directory, ...],
    items: Mapping[Place, Value],
    identification: bytes,
    photo: bytes = b"",
    charset: Charset = "gbk",
) -> Mapping[tuple[int, int], tuple[bytes, ...]]:
    """Records of every file in writing order; logs are empty, as nothing has happened yet.

    ``identification``: the code of a card whose ``items`` have none.

    Where several records have one tag, the first takes the value. Raises EncodingError, also for an item that the
    directories do not have: it would be lost.
    """
    left = {IDENTIFICATION: identification.hex().upper(), **items}
    made = {
        (directory.fid, file.fid): _file(directory, file, left, photo, charset)
        for directory in directories
        for file in directory.files
    }
    if left:
        raise EncodingError(f"these cards have no item {', '.join(map(place_name, left))}")
    return MappingProxyType(made)


def _file(
    directory: Directory, file: File, left: dict[Place, Value], photo: bytes, charset: Charset
) -> tuple[bytes, ...]:
    """The records of a file; what is written is taken out of ``left``."""
    if file.structure is FileForm.TRANSPARENT:
        return (encode_transparent(file, photo if (directory.fid, file.fid) == PHOTO else b""),)
    if file.structure is FileForm.CYCLIC:
        return ()
    records = []
    for item in file.items:
        value = left.pop((directory.fid, file.fid, item.tag or 0), None)
        records.append(blank(item) if value is None else encode_item(item, value, charset))
    return tuple(records)
