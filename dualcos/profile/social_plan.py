"""What making a social side comes to for one template: everything that is the same on every card, worked out once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from cos.kernel.directory_headers import DirectoryKind
from cos.kernel.files import Structure
from cos.ssse.tables import access_levels, creation_data, file_structure, regional_files
from cos.ssse.tables.table_model import Directory, File, FileForm, KeyKind, KeyRow, SocialAlgorithm, Version
from dualcos.dialogue.driver import apdu
from dualcos.dialogue.making import directory, file_frame
from dualcos.dialogue.personalise_social import DirectoryPlan, Said, SocialPlan
from dualcos.profile.social_profile import SocialProfile
from keys.card_key_store import KeyHeader

FCI_SFI = 0x23
_RESERVE = 64  # bytes a record file may grow by after issue
_GROWING = (FileForm.LINEAR_VARIABLE, FileForm.LINEAR_FIXED)
_LEAST_PIN = 2  # bytes; stands in the header until a card's own PIN does
_VERSIONS: Mapping[str, Version] = MappingProxyType({"1.0": Version.V1, "2.0": Version.V2, "3.0": Version.V3})


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
    made = _directory(social, home, b"", None)._replace(internal=_internal_files(social, home, len(applications)))
    tables, parts = _tables(social, home, applications), (_application(social, row, known) for row in applications)
    return SocialPlan(made, tuple(tables), tuple(parts), social.pin_tries)


def _internal_files(social: SocialProfile, home: Directory, applications: int) -> tuple[tuple[int, bytes], ...]:
    """Security file, FCI file and DIR file; room for the applications and two more."""
    room = (applications + 2) * 48
    size = creation_data.security_file_size(home.keys)
    directory = 0xEF00 | social.dir_sfi
    return (
        (0xEF80, file_frame(0xEF80, Structure.INTERNAL, size, "EFEF00FF", 0x18)),
        (0xEF23, file_frame(0xEF23, Structure.INTERNAL, room, "EFEF00FF", 0xFF)),
        (directory, file_frame(directory, Structure.DIRECTORY_LIST, room, "000000FF", 0xFF)),
    )


def _tables(social: SocialProfile, home: Directory, applications: list[Directory]) -> Iterator[Said]:
    """The FCI record of every directory, the DIR record of every application."""
    algorithm = announced(social) if social.version == "3.0" else None
    for number, row in enumerate((home, *applications), 1):
        record = creation_data.fci_record(row, algorithm, social.dir_sfi)
        yield Said("FCI record", apdu(f"00D2{number:02X}{FCI_SFI:02X}", record))
    for number, row in enumerate(applications, 1):
        record = creation_data.dir_record(row, wrapped=social.dir_wrapped)
        yield Said("DIR record", apdu(f"00DC{number:02X}{social.dir_sfi << 3 | 4:02X}", record))


def _application(social: SocialProfile, row: Directory, parent: access_levels.Levels) -> DirectoryPlan:
    known = access_levels.levels(row.keys)
    lock = next((known[key.name] for key in row.keys if key.name.startswith("LK")), 0)
    header = directory(row.fid, row.name, DirectoryKind.ADF)._replace(block_level=lock)
    return _directory(social, row, header.frame(), parent)


def _directory(
    social: SocialProfile, row: Directory, frame: bytes, parent: access_levels.Levels | None
) -> DirectoryPlan:
    """A directory; ``parent``: the environment's levels, None for itself."""
    known = access_levels.levels(row.keys)

    def created(file: File, reserve: int = 0) -> bytes:
        words = access_levels.access_words(file.read, file.update, known, parent)
        return creation_data.create_ef(file, words, reserve=reserve)

    return DirectoryPlan(
        row,
        frame,
        tuple(_keys(social, row, known)),
        tuple((file.fid, created(file)) for file in row.internal),
        tuple((file, created(file, _RESERVE if file.structure in _GROWING else 0)) for file in row.files),
    )


def _keys(
    social: SocialProfile, row: Directory, known: access_levels.Levels
) -> Iterator[tuple[KeyRow, int, KeyHeader]]:
    """All keys of a directory by version, the PIN last; the master key is there already or not wanted."""
    cipher = announced(social)
    for key in row.keys:
        if key.kind is KeyKind.PIN:
            raw = creation_data.key_header(key, 0, known, cipher, tries=social.pin_tries * 0x11, length=_LEAST_PIN)
            yield key, 0, KeyHeader.decode(raw)
        elif key.kind is not KeyKind.MASTER:
            for version in key.versions:
                yield key, version, KeyHeader.decode(creation_data.key_header(key, version, known, cipher))
