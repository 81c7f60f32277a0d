"""What making a social side comes to for one template: everything that is the same on every card, worked out once.

A plan holds creation data, key headers and ready commands in the order they are sent. It has places for a card's own
keys, PIN and contents and holds none; sending it is ``dualcos.profile.personalise.social``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from cos.kernel.directory_headers import DirectoryHeader, DirectoryKind
from cos.ssse.tables import access_levels, creation_data, file_structure, regional_files
from cos.ssse.tables.table_model import AccessKind, Directory, File, FileForm, KeyKind, KeyRow, SocialAlgorithm, Version
from dualcos.profile.schema import SocialProfile
from keys.card_key_store import KeyHeader

FCI_SFI, SECURITY_SFI = 0x23, 0x80
_RESERVE = 64  # bytes a record file may grow by after issue
_LEAST_PIN = 2  # bytes; stands in the header until a card's own PIN does
_VERSIONS: Mapping[str, Version] = MappingProxyType({"1.0": Version.V1, "2.0": Version.V2, "3.0": Version.V3})


class Said(NamedTuple):
    """A command that is the same on every card, and what it does, for the message if it is refused."""

    what: str
    command: bytes


class Create(NamedTuple):
    """CREATE FILE of ``fid``."""

    what: str
    fid: int
    data: bytes


class KeyStep(NamedTuple):
    """One key to load, by the name and version the key service knows it by; of the PIN only the header."""

    name: str
    version: int
    header: KeyHeader
    pin: bool


class FileStep(NamedTuple):
    """One file: created, then filled unless it is the COS's own.

    ``record_p2`` of UPDATE RECORD; ``numbered`` tells whether P1 counts the records. Both idle where transparent.
    """

    create: Create
    what: str
    filled: bool
    transparent: bool
    record_p2: int = 0
    numbered: bool = True


class DirectoryPlan(NamedTuple):
    """One directory: its own creation (None for the environment, which exists), then keys and files, then END."""

    fid: int
    create: Create | None
    keys: tuple[KeyStep, ...]
    internal: tuple[Said, ...]
    files: tuple[FileStep, ...]
    end: Said


class SocialPlan(NamedTuple):
    """The environment, what it says of itself and its applications (FCI and DIR records), the applications."""

    internal: tuple[Create, ...]
    home: DirectoryPlan
    tables: tuple[Said, ...]
    applications: tuple[DirectoryPlan, ...]


def version_of(social: SocialProfile) -> Version:
    """The profile's edition."""
    return _VERSIONS[social.version]


def announced(social: SocialProfile) -> SocialAlgorithm:
    """The cipher as the FCI names it."""
    return SocialAlgorithm.SM4 if social.algorithm == "SM4" else SocialAlgorithm.DES


def directories(social: SocialProfile) -> tuple[Directory, ...]:
    """The directories of the profile's edition with its regional files, the environment first."""
    return file_structure.structure(
        version_of(social),
        unemployment_in=0xDF00 | int(social.unemployment_in[2:]),
        extensions=tuple(regional_files.extension(name) for name in social.extensions),
    )


def plan(social: SocialProfile) -> SocialPlan:
    """The plan of a template; its keys and holder are not looked at."""
    home, *applications = directories(social)
    known = access_levels.levels(home.keys)
    return SocialPlan(
        _internal_files(social, home, len(applications)),
        DirectoryPlan(
            home.fid,
            None,
            tuple(_keys(social, home, known)),
            (),
            tuple(_file(file, access_levels.access_words(file.read, file.update, known)) for file in home.files),
            Said("END in SSSE", bytes.fromhex("80E00200")),
        ),
        tuple(_tables(social, home, applications)),
        tuple(_application(social, directory, known) for directory in applications),
    )


def command(header: str, data: bytes = b"") -> bytes:
    """Header in hexadecimal, and the data field with its length if there is one."""
    return bytes.fromhex(header) + (bytes((len(data),)) + data if data else b"")


def _internal_files(social: SocialProfile, home: Directory, applications: int) -> tuple[Create, ...]:
    """Security file, FCI file and DIR file; room for the applications and two more."""
    room = (applications + 2) * 48
    size = creation_data.security_file_size(home.keys)
    directory = 0xEF00 | social.dir_sfi
    return (
        Create("create security file", 0xEF80, _internal(size, 0xEF80, 0xC3, SECURITY_SFI, 0x18, "EFEF00FF")),
        Create("create FCI file", 0xEF23, _internal(room, 0xEF23, 0xC3, FCI_SFI, 0xFF, "EFEF00FF")),
        Create("create DIR file", directory, _internal(room, directory, 0xD6, social.dir_sfi, 0xFF, "000000FF")),
    )


def _internal(size: int, fid: int, kind: int, sfi: int, record: int, words: str) -> bytes:
    head = bytes(3) + size.to_bytes(2, "big") + fid.to_bytes(2, "big")
    return head + bytes((kind, 0, sfi, 0, record)) + bytes.fromhex(words)


def _tables(social: SocialProfile, home: Directory, applications: list[Directory]) -> list[Said]:
    """The FCI record of every directory, the DIR record of every application."""
    algorithm = announced(social) if social.version == "3.0" else None
    records = [
        Said(
            "FCI record",
            command(f"00D2{number:02X}{FCI_SFI:02X}", creation_data.fci_record(directory, algorithm, social.dir_sfi)),
        )
        for number, directory in enumerate((home, *applications), 1)
    ]
    return records + [
        Said(
            "DIR record",
            command(
                f"00DC{number:02X}{social.dir_sfi << 3 | 4:02X}",
                creation_data.dir_record(directory, wrapped=social.dir_wrapped),
            ),
        )
        for number, directory in enumerate(applications, 1)
    ]


def _keys(social: SocialProfile, directory: Directory, known: access_levels.Levels) -> list[KeyStep]:
    """All keys of a directory by version, the PIN last; the master key is there already or not wanted."""
    return [
        _key(social, row, version, known)
        for row in directory.keys
        if row.kind is not KeyKind.MASTER
        for version in ((0,) if row.kind is KeyKind.PIN else row.versions)
    ]


def _key(social: SocialProfile, row: KeyRow, version: int, known: access_levels.Levels) -> KeyStep:
    cipher = announced(social)
    if row.kind is KeyKind.PIN:
        raw = creation_data.key_header(row, 0, known, cipher, tries=social.pin_tries * 0x11, length=_LEAST_PIN)
        return KeyStep(row.name, 0, KeyHeader.decode(raw), pin=True)
    return KeyStep(
        row.name, version, KeyHeader.decode(creation_data.key_header(row, version, known, cipher)), pin=False
    )


def _application(social: SocialProfile, directory: Directory, parent: access_levels.Levels) -> DirectoryPlan:
    known = access_levels.levels(directory.keys)
    lock = next((known[row.name] for row in directory.keys if row.name.startswith("LK")), 0)
    header = DirectoryHeader(
        directory.fid, DirectoryKind.ADF, lock, 0, card_block_reaches_mf=False, name=directory.name
    )
    internal = (
        Said(
            f"create internal file {file.fid:04X}",
            command(
                "80E00100",
                creation_data.create_ef(file, access_levels.access_words(file.read, file.update, known, parent)),
            ),
        )
        for file in directory.internal
    )
    return DirectoryPlan(
        directory.fid,
        Create(f"create {directory.fid:04X}", directory.fid, header.frame()),
        tuple(_keys(social, directory, known)),
        tuple(internal),
        tuple(
            _file(file, access_levels.access_words(file.read, file.update, known, parent)) for file in directory.files
        ),
        Said(f"END in {directory.fid:04X}", bytes.fromhex("80E00200")),
    )


def _file(file: File, words: access_levels.SocialAccessWords) -> FileStep:
    """A file nobody may write is the COS's own and stays empty."""
    grows = file.structure in (FileForm.LINEAR_VARIABLE, FileForm.LINEAR_FIXED)
    frame = creation_data.create_ef(file, words, reserve=_RESERVE if grows else 0)
    # A cyclic file takes a new record as "previous"; a linear one by its number.
    cyclic = file.structure is FileForm.CYCLIC
    return FileStep(
        Create(f"create EF {file.fid:04X}", file.fid, frame),
        f"write EF {file.fid:04X}",
        filled=file.update.kind is not AccessKind.NEVER,
        transparent=file.structure is FileForm.TRANSPARENT,
        record_p2=file.sfi << 3 | (3 if cyclic else 4),
        numbered=not cyclic,
    )
