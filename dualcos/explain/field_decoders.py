"""What the stacks' sayings name by a string: numbers that choose words, names in templates, readers of data.

Each is found from a command, the data at hand and what was seen of the card before. They take any bytes; the data field
of a command that carries a secret has been blanked before they see it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from apdu.command import CommandAPDU
from cos.kernel import directory_headers
from cos.pse.data.data_groups import group
from dualcos.explain import names_of_places, psam_names
from dualcos.explain.command_names import split_groups
from dualcos.explain.data_details import Detail, element, elements, hexed, whole
from dualcos.explain.tracker import Tracker

_RESPONSE_CODE = 0x8A
_FCI_RECORD_HEADER = 5


class Scope(NamedTuple):
    """What a decoder sees: the command, the bytes that are read, and the card so far."""

    command: CommandAPDU
    data: bytes
    at: Tracker


def _offset(scope: Scope) -> int:
    command = scope.command
    return command.p2 if command.p1 & 0x80 else command.p1p2


NUMBERS: Mapping[str, Callable[[Scope], int | None]] = MappingProxyType(
    {
        "p1": lambda scope: scope.command.p1,
        "p2": lambda scope: scope.command.p2,
        "p1p2": lambda scope: scope.command.p1p2,
        "lc": lambda scope: len(scope.command.data),
        "le": lambda scope: scope.command.le or 8,
        "sfi": lambda scope: scope.command.p2 >> 3,
        "offset": _offset,
        "fid": lambda scope: int.from_bytes(scope.data),
        "target": lambda scope: scope.at.target(scope.command),
        "log": lambda scope: int(scope.at.log_list(scope.command.p2 >> 3) is not None),
        "cryptograms": lambda scope: scope.at.cryptograms,
    }
)
"""``target``: identifier of the file that P1 or P2 means, None without one. ``log``: 1 if it is the transaction log.
``cryptograms``: how many were asked for since GET PROCESSING OPTIONS.
"""


def _object(scope: Scope) -> str:
    """The MF, a social directory or a file of the current one, by the identifier in the data."""
    data, at = scope.data, scope.at
    if data in (b"", b"\x3f\x00"):
        return "MF 主文件"
    if len(data) != 2:
        return hexed(data)
    fid = int.from_bytes(data)
    directory = names_of_places.by_fid(fid, at.version)
    if directory is not None:
        return names_of_places.directory_name(directory)
    return names_of_places.file_name(at.spot.directory, fid, at.version)


def _file(scope: Scope) -> str:
    fid, at = scope.at.target(scope.command), scope.at
    return "no file selected 未选文件" if fid is None else names_of_places.file_name(at.spot.directory, fid, at.version)


def _directory(scope: Scope) -> str:
    spot = scope.at.spot
    return spot.short if spot.directory is None else names_of_places.short_directory(spot.directory)


def _key_in_a_psam(scope: Scope) -> str:
    row = psam_names.held(scope.command.p1, scope.command.p2, scope.at.version)
    return f"{row.name} {row.purpose_zh}, " if row is not None else ""


def _element_name(scope: Scope) -> str:
    one = element(scope.command.p1p2, b"")
    return f"{one.name} {one.zh}"


def _yuan(scope: Scope) -> str:
    fen = int.from_bytes(scope.data)
    return f"{fen // 100}.{fen % 100:02d}"


NAMES: Mapping[str, Callable[[Scope], str]] = MappingProxyType(
    {
        "data": lambda scope: hexed(scope.data),
        "yuan": _yuan,
        "df name": lambda scope: names_of_places.name_of_df(scope.data, scope.at.version),
        "object": _object,
        "file": _file,
        "directory": _directory,
        "place": lambda scope: scope.at.spot.short,
        "key": lambda scope: names_of_places.key_name(scope.at.spot.directory, scope.command.p2, scope.at.version),
        "key in a PSAM": _key_in_a_psam,
        "element": _element_name,
    }
)
"""``key``: the social key that P2 means. ``element``: the bank's data element whose tag is P1 P2."""


def _creation_frame(scope: Scope) -> tuple[Detail, ...]:
    data = scope.data
    try:
        if directory_headers.is_directory(data):
            header = directory_headers.parse_directory(data)
            name = f"{hexed(header.name)}{names_of_places.printable(header.name)}" if header.name else "none"
            return (
                Detail("directory", "目录文件", f"{header.fid:04X} {header.kind.name}"),
                Detail("name", "名称", name),
                Detail("level to block it", "锁定权限", f"{header.block_level:02X}"),
            )
        file = directory_headers.parse_file(data)
    except directory_headers.LayoutError as error:
        return (Detail("creation data", "建立数据", f"{hexed(data)}  ({error})"),)
    kind = file.structure.name.replace("_", " ").lower()
    return (
        Detail("file", "文件", f"{file.fid:04X}, SFI {file.sfi:02X}, {kind}, {file.size} bytes"),
        Detail(
            "access words", "存取权限", f"read {hexed(file.access[1:3])}, write {hexed(file.access[3:5])}, "
            f"SCW {file.access[0]:02X}"
        ),
    )  # fmt: skip


def _fci_record(scope: Scope) -> tuple[Detail, ...]:
    """A record of the FCI file, whose five bytes in front are the COS's own."""
    data = scope.data
    return elements(data[_FCI_RECORD_HEADER:] if data[:1] == b"\x70" else data, scope.at.version)


def _data_groups(scope: Scope) -> tuple[Detail, ...]:
    found: list[Detail] = []
    for number, value in split_groups(scope.command) or ():
        known = group(number)
        found.append(Detail(f"DGI {number:04X}", "数据分组", known.content if known else f"{len(value)} bytes"))
        found += elements(value, depth=1) if known and known.tags else ()
    return tuple(found)


def _response_code(scope: Scope) -> tuple[Detail, ...]:
    data = scope.data
    return (
        element(_RESPONSE_CODE, data) if len(data) == 2 else whole("authorisation response code", "授权响应码", data),
    )


READERS: Mapping[str, Callable[[Scope], tuple[Detail, ...]]] = MappingProxyType(
    {
        "creation frame": _creation_frame,
        "FCI record": _fci_record,
        "data groups": _data_groups,
        "response code": _response_code,
        "bytes": lambda scope: (whole(f"{len(scope.data)} bytes", "数据", scope.data),),
        "element": lambda scope: (element(scope.command.p1p2, scope.data),),
    }
)
"""``creation frame``: the maker's dialect (``kernel.dialect``). ``data groups``: of STORE DATA."""
