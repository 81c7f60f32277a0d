"""The body of the social side: files, keys, FCI, DIR, data, END; all under the environment's own master key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from msgspec import structs

from cos.kernel.dialect import DirectoryHeader, DirectoryKind
from cos.personalise.manager import master_header
from cos.personalise.talk import Host, Step
from cos.profile import Profile, SocialProfile
from cos.ssse.tables import creation, demo, levels, regional, ssse, structure
from cos.ssse.tables.model import AccessKind, Algorithm, Directory, File, KeyKind, Structure, Version
from keys import t514
from keys.algorithms import DES, SM4, TDES
from keys.handle import KeyHandle
from keys.host.social import SocialCard, SocialKeyService, TierKey
from keys.store import KeyHeader

_FCI_SFI, _SECURITY_SFI = 0x23, 0x80
_CHUNK = 0xF8
_RESERVE = 64  # bytes a record file may grow by after issue
_VERSIONS: Mapping[str, Version] = MappingProxyType({"1.0": Version.V1, "2.0": Version.V2, "3.0": Version.V3})


class SocialOrder(NamedTuple):
    """What the social body needs for one card. A profile is one producer of it, an issuer's data another.

    ``social`` is the template: edition, cipher, DIR, tries; its keys and holder are not looked at. ``first`` is the
    master key the environment was handed over with, ``master`` the one that stays.
    """

    social: SocialProfile
    first: KeyHandle
    master: KeyHandle
    service: SocialKeyService
    card: SocialCard
    contents: demo.Contents
    pin: str


class _Issue(NamedTuple):
    """One card in the making: where it is written, what it is, whose keys."""

    host: Host
    social: SocialProfile
    master: KeyHandle
    service: SocialKeyService
    card: SocialCard
    contents: demo.Contents
    pin: str


def version_of(social: SocialProfile) -> Version:
    """The profile's edition."""
    return _VERSIONS[social.version]


def announced(social: SocialProfile) -> Algorithm:
    """The cipher as the FCI names it."""
    return Algorithm.SM4 if social.algorithm == "SM4" else Algorithm.DES


def directories(social: SocialProfile) -> tuple[Directory, ...]:
    """The directories of the profile's edition with its regional files, the environment first."""
    return structure.structure(
        version_of(social),
        unemployment_in=0xDF00 | int(social.unemployment_in[2:]),
        extensions=tuple(regional.extension(name) for name in social.extensions),
    )


def root_name(name: str, version: int) -> str:
    """What a profile calls the national test root of a key's group: the first has the key's own name."""
    return name if version <= 1 else f"{name} group {version}"


def key_service(profile: Profile, social: SocialProfile) -> SocialKeyService:
    """The bureau's key service with this profile's test roots, one per key name and version."""
    roots: dict[tuple[str, int], TierKey] = {}
    for directory in directories(social):
        for row in directory.keys:
            if row.kind in (KeyKind.MASTER, KeyKind.PIN):
                continue
            algorithm = SM4 if social.algorithm == "SM4" else DES if row.length(announced(social)) == 8 else TDES
            for version in row.versions:
                value = profile.social_key(root_name(row.name, version))
                roots[row.name, version] = TierKey(KeyHandle(algorithm, value[: algorithm.key_length]))
    return SocialKeyService(roots)


def social_card(profile: Profile, social: SocialProfile) -> SocialCard:
    """What diversification needs to know of the profile's card."""
    return SocialCard(social.city, profile.chip.historical)


def holder(profile: Profile, social: SocialProfile) -> demo.Holder:
    """Whose card it is: the invented demonstration holder, with what the profile says otherwise."""
    code = key_service(profile, social).identification_code(social_card(profile, social))
    base = replace(demo.HOLDER, region=social.city, serial=profile.chip.historical[9:], authentication=code[12:])
    return replace(base, **{name: value for name, value in structs.asdict(social.holder).items() if value})


def social_order(profile: Profile, social: SocialProfile) -> SocialOrder:
    """The profile's own card: its holder, its test keys."""
    master = KeyHandle(SM4 if social.algorithm == "SM4" else TDES, profile.social_key("master"))
    contents = demo.card(version_of(social), holder(profile, social), directories(social))
    service, card = key_service(profile, social), social_card(profile, social)
    return SocialOrder(social, master, master, service, card, contents, social.pin)


def personalise_social(host: Host, order: SocialOrder) -> None:
    """Everything below SSSE, ending with END in each directory and in the environment."""
    social = order.social
    issue = _Issue(host, social, order.master, order.service, order.card, order.contents, order.pin)
    home, *applications = directories(social)
    _take_over(host, order)
    known = levels.levels(home.keys)
    if not _internal_files(host, social, home, len(applications)):
        return
    _keys(issue, home, known)
    for file in home.files:
        _file(issue, home, file, levels.access_words(file.read, file.update, known))
    algorithm = announced(social) if social.version == "3.0" else None
    for number, directory in enumerate((home, *applications), 1):
        host.apdu(
            "FCI record", f"00D2{number:02X}{_FCI_SFI:02X}", creation.fci_record(directory, algorithm, social.dir_sfi)
        )
    for number, directory in enumerate(applications, 1):
        entry = creation.dir_record(directory, wrapped=social.dir_wrapped)
        host.apdu("DIR record", f"00DC{number:02X}{social.dir_sfi << 3 | 4:02X}", entry)
    for directory in applications:
        _application(issue, directory, known)
    _enter(issue)
    host.apdu("END in SSSE", "80E00200")


def _take_over(host: Host, order: SocialOrder) -> None:
    """Select SSSE and make it this body's own: the master key it was handed over with is replaced first of all."""
    host.apdu("select SSSE", "00A40400", ssse.NAME)
    under = host.prove_one_of((order.first, order.master), t514.master_authentication)
    if not under.equals(order.master):
        host.load_key(under, master_header(order.master.algorithm.social), order.master)
        host.prove_master(order.master)


def _enter(issue: _Issue) -> None:
    """Select SSSE and prove its master key."""
    issue.host.apdu("select SSSE", "00A40400", ssse.NAME)
    issue.host.prove_master(issue.master)


def _internal_files(host: Host, social: SocialProfile, home: Directory, applications: int) -> bool:
    """Security file, FCI file and DIR file; room for the applications and two more. False if SSSE has ended."""
    room = (applications + 2) * 48
    size = creation.security_file_size(home.keys)
    directory = 0xEF00 | social.dir_sfi
    made = (
        ("security file", 0xEF80, _internal(size, 0xEF80, 0xC3, _SECURITY_SFI, 0x18, "EFEF00FF")),
        ("FCI file", 0xEF23, _internal(room, 0xEF23, 0xC3, _FCI_SFI, 0xFF, "EFEF00FF")),
        ("DIR file", directory, _internal(room, directory, 0xD6, social.dir_sfi, 0xFF, "000000FF")),
    )
    return all(host.create(what, data, fid, Step.FILE) for what, fid, data in made)


def _internal(size: int, fid: int, kind: int, sfi: int, record: int, words: str) -> bytes:
    head = bytes(3) + size.to_bytes(2, "big") + fid.to_bytes(2, "big")
    return head + bytes((kind, 0, sfi, 0, record)) + bytes.fromhex(words)


def _keys(issue: _Issue, directory: Directory, known: levels.Levels) -> None:
    """All keys of a directory by version, the PIN last; the master key is there already or not wanted."""
    cipher = announced(issue.social)
    for row in directory.keys:
        if row.kind is KeyKind.MASTER:
            continue
        if row.kind is KeyKind.PIN:
            pin = bytes.fromhex(issue.pin + "F" * (len(issue.pin) % 2))
            raw = creation.key_header(row, 0, known, cipher, tries=issue.social.pin_tries * 0x11, length=len(pin) or 2)
            # An empty PIN is a PIN of length zero: none set (SSC-7 §5.6).
            issue.host.load_pin(issue.master, KeyHeader.decode(raw)._replace(length=len(pin)), pin)
            continue
        for version in row.versions:
            header = KeyHeader.decode(creation.key_header(row, version, known, cipher))
            issue.host.load_key(issue.master, header, issue.service.card_key(row.name, issue.card, version))


def _application(issue: _Issue, directory: Directory, parent: levels.Levels) -> None:
    known = levels.levels(directory.keys)
    lock = next((known[row.name] for row in directory.keys if row.name.startswith("LK")), 0)
    header = DirectoryHeader(
        directory.fid, DirectoryKind.ADF, lock, 0, card_block_reaches_mf=False, name=directory.name
    )
    _enter(issue)
    if not issue.host.create(f"create {directory.fid:04X}", header.frame(), directory.fid, Step.APPLICATION):
        return
    _keys(issue, directory, known)
    for file in directory.internal:
        words = levels.access_words(file.read, file.update, known, parent)
        issue.host.apdu(f"create internal file {file.fid:04X}", "80E00100", creation.create_ef(file, words))
    for file in directory.files:
        _file(issue, directory, file, levels.access_words(file.read, file.update, known, parent))
    issue.host.apdu(f"END in {directory.fid:04X}", "80E00200")


def _file(issue: _Issue, directory: Directory, file: File, words: levels.AccessWords) -> None:
    """Create a file and write its contents. A file nobody may write is the COS's own and stays empty."""
    frame = creation.create_ef(file, words, reserve=_reserve(file))
    issue.host.create(f"create EF {file.fid:04X}", frame, file.fid, Step.FILE)
    if file.update.kind is AccessKind.NEVER:
        return
    contents = issue.contents[directory.fid, file.fid]
    if file.structure is Structure.TRANSPARENT:
        _binary(issue.host, file, contents[0].rstrip(b"\0"))
        return
    for number, record in enumerate(contents, 1):
        # A cyclic file takes a new record as "previous"; a linear one by its number.
        where = (
            f"00{file.sfi << 3 | 3:02X}"
            if file.structure is Structure.CYCLIC
            else f"{number:02X}{file.sfi << 3 | 4:02X}"
        )
        issue.host.apdu(f"write EF {file.fid:04X}", f"00DC{where}", record)


def _reserve(file: File) -> int:
    return _RESERVE if file.structure in (Structure.LINEAR_VARIABLE, Structure.LINEAR_FIXED) else 0


def _binary(host: Host, file: File, content: bytes) -> None:
    """Write a transparent file: select it, then pieces by offset."""
    if not content:
        return
    host.apdu(f"select EF {file.fid:04X}", "00A40200", file.fid.to_bytes(2, "big"))
    for offset in range(0, len(content), _CHUNK):
        host.apdu(f"write EF {file.fid:04X}", f"00D6{offset:04X}", content[offset : offset + _CHUNK])
