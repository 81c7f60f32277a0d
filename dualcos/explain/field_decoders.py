"""What the stacks' sayings name by a string: numbers that choose words, names in templates, readers of data.

Each is found from a command, the data at hand and what was seen of the card before. They take any bytes; what is
secret in a command has been blanked before they see it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from apdu.command import CommandAPDU
from cos.kernel import directory_headers
from cos.pse.data.data_groups import group
from dualcos.explain import names_of_places, psam_names
from dualcos.explain.data_details import Detail, element, elements, hexed, unseen, whole
from dualcos.explain.secret_parts import Spans, loaded_key_header
from dualcos.explain.stored_groups import content_of, passing_groups
from dualcos.explain.tracker import Tracker

_RESPONSE_CODE = 0x8A
_FCI_RECORD_HEADER = 5
_KEY_HEADER = 8
_ENVIRONMENT = "PSE"  # what is current where no application is


class Scope(NamedTuple):
    """What a decoder sees: the command, the bytes that are read, and the card so far.

    ``hidden``: where ``data`` are zeros in the place of what is secret.
    """

    command: CommandAPDU
    data: bytes
    at: Tracker
    hidden: Spans = ()

    def part(self, start: int, end: int) -> Scope:
        """The same for a part of the data."""
        inside = ((max(a, start) - start, min(b, end) - start) for a, b in self.hidden)
        return Scope(self.command, self.data[start:end], self.at, tuple((a, b) for a, b in inside if a < b))

    def seen(self, start: int, end: int) -> bool:
        """True if nothing from ``start`` to ``end`` is hidden."""
        return not any(a < end and start < b for a, b in self.hidden)


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
    """As many groups as can be seen; the values of those that are hidden by their length."""
    found: list[Detail] = []
    for each in passing_groups(scope.data):
        if not scope.seen(each.start, each.value):
            break
        known = group(each.dgi)
        content = content_of(each.dgi, in_application=scope.at.spot.short != _ENVIRONMENT)
        name, shown = f"DGI {each.dgi:04X}", content or f"{each.end - each.value} bytes"
        value = scope.data[each.value : each.end]
        if scope.seen(each.value, each.end):
            found.append(Detail(name, "数据分组", shown))
            found += elements(value, depth=1) if known and known.tags else ()
        else:
            found.append(Detail(name, "数据分组", f"{shown}: {unseen(each.end - each.value)}" if known else shown))
    return tuple(found)


def _loaded_key(scope: Scope) -> tuple[Detail, ...]:
    """Header and length of a key that comes in clear, the length alone of one that is enciphered."""
    data = scope.data
    header = loaded_key_header(scope.command, data) if scope.seen(0, _KEY_HEADER) else None
    if header is None:
        return (Detail("key", "密钥", unseen(len(data))),)
    said = f"kind {header.kind:02X}, number {header.kid:02X}, version {header.version:02X}"
    tries = f"{header.counter & 0x0F} of {header.counter >> 4} tries left"
    cipher = f"algorithm {header.algorithm:02X}, {tries}, gives level {header.level:02X}, {header.length} bytes"
    return (
        Detail("key header", "密钥头", f"{hexed(data[:_KEY_HEADER])}  {said}, {cipher}"),
        Detail("key", "密钥", unseen(len(data) - _KEY_HEADER)),
    )


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
        "loaded key": _loaded_key,
        "response code": _response_code,
        "bytes": lambda scope: (whole(f"{len(scope.data)} bytes", "数据", scope.data),),
        "element": lambda scope: (element(scope.command.p1p2, scope.data),),
    }
)
"""``creation frame``: the maker's dialect (``kernel.dialect``). ``data groups``: of STORE DATA. ``loaded key``: of
WRITE KEY.
"""
