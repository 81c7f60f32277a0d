"""The body of the social side: files, keys, FCI, DIR, data, END; all under the environment's own master key."""

from __future__ import annotations

from collections.abc import Mapping

from apdu.command import CommandAPDU
from cos.kernel.dialect import DirectoryHeader, DirectoryKind
from cos.personalise.talk import Host
from cos.profile import Profile, SocialProfile
from cos.ssse.tables import creation, levels, structure
from cos.ssse.tables.model import Algorithm, Directory, File, KeyKind, KeyRow, Structure, Version
from keys.algorithms import DES, SM4, TDES
from keys.handle import KeyHandle
from keys.social import card_factor, child_key, city_factor, province_factor
from keys.store import KeyHeader

_FCI_SFI, _SECURITY_SFI = 0x23, 0x80
_VERSIONS: Mapping[str, Version] = {"1.0": Version.V1, "2.0": Version.V2, "3.0": Version.V3}


def card_key(profile: Profile, social: SocialProfile, row: KeyRow, version: int) -> KeyHandle:
    """The card's own key of ``row``: the profile's test root, three steps down the tree (SSC-9 §7)."""
    short = row.length(announced(social)) == 8
    algorithm = SM4 if social.algorithm == "SM4" else DES if short else TDES
    root = profile.social_key(row.name if version <= 1 else f"{row.name} group {version}")
    key = KeyHandle(algorithm, root[: algorithm.key_length])
    for factor in (province_factor(social.city), city_factor(social.city), card_factor(profile.chip.historical)):
        key = child_key(key, factor)
    return key


def announced(social: SocialProfile) -> Algorithm:
    """The cipher as the FCI names it."""
    return Algorithm.SM4 if social.algorithm == "SM4" else Algorithm.DES


def directories(social: SocialProfile) -> tuple[Directory, ...]:
    """The directories of the profile's edition, the environment first."""
    return structure.structure(_VERSIONS[social.version])


def personalise_social(host: Host, profile: Profile, social: SocialProfile) -> None:
    """Everything below SSSE, ending with END in each directory and in the environment."""
    master = KeyHandle(SM4 if social.algorithm == "SM4" else TDES, profile.social_key("master"))
    home, *applications = directories(social)
    host.apdu("select SSSE", "00A40400", home.name)
    host.prove_master(master)
    known = levels.levels(home.keys)
    _internal_files(host, home, applications)
    _keys(host, profile, social, home, known, master)
    for file in home.files:
        _file(host, file, levels.access_words(file.read, file.update, known))
    for number, directory in enumerate((home, *applications), 1):
        record = creation.fci_record(directory, announced(social) if social.version == "3.0" else None)
        host.apdu("FCI record", f"00D2{number:02X}{_FCI_SFI:02X}", record)
    for number, directory in enumerate(applications, 1):
        host.apdu("DIR record", f"00DC{number:02X}F4", creation.dir_record(directory))
    _data(host, home, social)
    for directory in applications:
        _application(host, profile, social, directory, master, known)
    host.apdu("select SSSE", "00A40400", home.name)
    host.prove_master(master)
    host.apdu("END in SSSE", "80E00200")


def _internal_files(host: Host, home: Directory, applications: list[Directory]) -> None:
    entries = len(applications) + 2
    security_file = creation.security_file_size(home.keys)
    host.apdu("security file", "80E00100", _internal(security_file, 0xEF80, 0xC3, _SECURITY_SFI, 0x18, "EFEF00FF"))
    host.apdu("FCI file", "80E00100", _internal(entries * 48, 0xEF23, 0xC3, _FCI_SFI, 0xFF, "EFEF00FF"))
    host.apdu("DIR file", "80E00100", _internal(entries * 48, 0xEF1E, 0xD6, 0x1E, 0xFF, "000000FF"))


def _internal(size: int, fid: int, kind: int, sfi: int, record: int, words: str) -> bytes:
    return (
        bytes(3)
        + size.to_bytes(2, "big")
        + fid.to_bytes(2, "big")
        + bytes((kind, 0, sfi, 0, record))
        + bytes.fromhex(words)
    )


def _keys(
    host: Host,
    profile: Profile,
    social: SocialProfile,
    directory: Directory,
    known: levels.Levels,
    master: KeyHandle,
) -> None:
    """All keys of a directory by version, the PIN last; master keys are there already or not wanted."""
    for row in directory.keys:
        if row.kind is KeyKind.MASTER:
            continue
        if row.kind is KeyKind.PIN:
            pin = bytes.fromhex(social.pin + "F" * (len(social.pin) % 2))
            tries = social.pin_tries * 0x11
            header = creation.key_header(row, 0, known, announced(social), tries=tries, length=len(pin))
            host.load_pin(master, KeyHeader.decode(header)._replace(length=len(pin)), pin)
            continue
        for version in row.versions:
            header = creation.key_header(row, version, known, announced(social))
            host.load_key(master, KeyHeader.decode(header), card_key(profile, social, row, version))


def _file(host: Host, file: File, words: levels.AccessWords) -> None:
    host.apdu(f"create EF {file.fid:04X}", "80E00100", creation.create_ef(file, words, reserve=64))


def _application(
    host: Host,
    profile: Profile,
    social: SocialProfile,
    directory: Directory,
    master: KeyHandle,
    parent: levels.Levels,
) -> None:
    known = levels.levels(directory.keys)
    lock = next((known[row.name] for row in directory.keys if row.name.startswith("LK")), 0)
    header = DirectoryHeader(directory.fid, DirectoryKind.ADF, lock, 0, False, directory.name)
    host.apdu("select SSSE", "00A40400", "sx1.sh.社会保障".encode("gbk"))
    host.prove_master(master)
    host.apdu(f"create {directory.fid:04X}", "80E00100", header.frame())
    _keys(host, profile, social, directory, known, master)
    for file in directory.internal:
        host.apdu(
            f"create {file.fid:04X}",
            "80E00100",
            creation.create_ef(file, levels.access_words(file.read, file.update, known, parent)),
        )
    for file in directory.files:
        _file(host, file, levels.access_words(file.read, file.update, known, parent))
    _data(host, directory, social)
    host.apdu(f"END in {directory.fid:04X}", "80E00200")


def _data(host: Host, directory: Directory, social: SocialProfile) -> None:
    """Data items, by record number, as far as the profile gives them."""
    del host, directory, social


def update_record(number: int, sfi: int, record: bytes) -> bytes:
    """UPDATE RECORD by number."""
    return CommandAPDU(0x00, 0xDC, number, sfi << 3 | 4, record).encode()


def is_record_file(file: File) -> bool:
    """True for files written record by record."""
    return file.structure in (Structure.LINEAR_VARIABLE, Structure.LINEAR_FIXED)
