"""What the T514 dialect of personalisation says about a file or key in bytes: creation data, key headers, FCI, DIR.

Only the layouts; enciphering, MACs and the order of commands belong to whoever personalises.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from apdu import tlv
from cos.ssse.tables import ssse_holder
from cos.ssse.tables.access_levels import Levels, SocialAccessWords
from cos.ssse.tables.table_model import Directory, File, FileClass, FileForm, KeyKind, KeyRow, SocialAlgorithm

_TYPES: Mapping[FileForm, int] = MappingProxyType(
    {
        FileForm.TRANSPARENT: 0xC4,
        FileForm.LINEAR_FIXED: 0xC5,
        FileForm.LINEAR_VARIABLE: 0xC6,
        FileForm.CYCLIC: 0xC7,
    }
)
_INTERNAL_TYPE = 0xC3
_ANY_LENGTH = 0xFF
_CHANGE_RIGHT = 0xEF
_AUTHORITY_TRIES = 0x33  # three tries of three left; retry limits are the issuer's


def type_byte(file: File) -> int:
    """Type of the file in the creation command: C4 transparent, C5 fixed, C6 variable, C7 cyclic, C3 internal."""
    return _INTERNAL_TYPE if file.file_class is FileClass.INTERNAL else _TYPES[file.structure]


def record_length(file: File) -> int:
    """Record length byte: 00 transparent, FF variable, the longest tagged record if fixed, the plain one if cyclic."""
    if file.structure is FileForm.TRANSPARENT:
        return 0
    if file.structure is FileForm.LINEAR_VARIABLE:
        return _ANY_LENGTH
    if file.structure is FileForm.CYCLIC:
        return file.record_length
    return max((item.length for item in file.items), default=0) + 2


def size(file: File, *, reserve: int = 0) -> int:
    """The size field: contents plus ``reserve`` bytes, and 2 for every file but a plain transparent one."""
    if file.file_class is FileClass.INTERNAL:
        return file.size + 2
    if file.structure is FileForm.TRANSPARENT:
        return file.size + reserve
    if file.structure is FileForm.CYCLIC:
        return file.record_length * file.records + reserve + 2
    return sum(item.length + 2 for item in file.items) + reserve + 2


def create_ef(file: File, words: SocialAccessWords, *, reserve: int = 0, total: int | None = None) -> bytes:
    """The 16 data bytes of CREATE FILE for an elementary file; ``total`` overrides the computed size field."""
    field = size(file, reserve=reserve) if total is None else total
    return (
        bytes(3)
        + field.to_bytes(2, "big")
        + file.fid.to_bytes(2, "big")
        + bytes((type_byte(file), 0, file.sfi, words.scw, record_length(file)))
        + words.read
        + words.write
    )


def key_header(
    row: KeyRow,
    version: int,
    known: Levels,
    algorithm: SocialAlgorithm,
    *,
    tries: int = _AUTHORITY_TRIES,
    length: int = 0,
) -> bytes:
    """The 8-byte header of a key: type, identifier, version, change right, counter, algorithm, level, length.

    ``known``: the levels of the row's directory. ``length``: of the PIN in bytes; other keys know theirs.
    The algorithm byte is 00 for double-length DES, 01 for single, else as in the FCI (03 SM4: inferred); for the PIN it
    is the level of PUK. Raises ValueError for a PIN without its length (2 to 8, SSC-5 §6.14).
    """
    if row.kind is KeyKind.PIN:
        if not 2 <= length <= 8:
            raise ValueError("a PIN has 2 to 8 bytes")
        return bytes((row.kind, row.kid, version, _CHANGE_RIGHT, tries, known["PUK"], known[row.name], length))
    own = row.length(algorithm)
    cipher = int(own == 8) if algorithm is SocialAlgorithm.DES else int(algorithm)
    return bytes((row.kind, row.kid, version, _CHANGE_RIGHT, tries, cipher, known[row.name], own))


def security_file_size(keys: Iterable[KeyRow]) -> int:
    """The size field of a directory's security file: one 24-byte record per version of each key, and 2."""
    return sum(len(row.versions) for row in keys) * 0x18 + 2


def fci(directory: Directory, algorithm: SocialAlgorithm | None = None, dir_sfi: int = ssse_holder.DIR_SFI) -> bytes:
    """The file control information SELECT answers with (SSC-5 tables 36 to 38).

    SSSE announces its DIR file, and the algorithm in 9F0C if one is given; applications only their name.
    """
    proprietary = b""
    if directory.fid == ssse_holder.FID:
        issuer = b"" if algorithm is None else tlv.encode(0x9F0C, tlv.encode(0x86, bytes((algorithm,))))
        proprietary = tlv.encode(0xA5, tlv.encode(0x88, bytes((dir_sfi,))), issuer)
    return tlv.encode(0x6F, tlv.encode(0x84, directory.name), proprietary)


def fci_record(
    directory: Directory, algorithm: SocialAlgorithm | None = None, dir_sfi: int = ssse_holder.DIR_SFI
) -> bytes:
    """The record that stores it: 70 { identifier, length, FCI }."""
    template = fci(directory, algorithm, dir_sfi)
    return tlv.encode(0x70, directory.fid.to_bytes(2, "big") + bytes((len(template),)) + template)


def dir_record(directory: Directory, *, wrapped: bool = False) -> bytes:
    """One entry of the DIR file: 61 { 4F name, 50 label } (SSC-3 §6.3); ``wrapped``: inside 70, the bank's way."""
    entry = tlv.encode(0x61, tlv.encode(0x4F, directory.name), tlv.encode(0x50, directory.label_zh.encode("gbk")))
    return tlv.encode(0x70, entry) if wrapped else entry
