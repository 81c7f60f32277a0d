"""A profile as the order for a PSAM.

Its roots are those of the social profiles with the same label, brought down to the PSAM's tier.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cos.kernel.directory_headers import MF_FID
from cos.psam.stack import STACK
from cos.ssse.tables import file_structure
from cos.ssse.tables.table_model import KeyKind, KeyRow, SocialAlgorithm, Version
from dualcos.dialogue.personalise_psam import PsamEnvironment, PsamOrder
from dualcos.dialogue.psam import PsamFile, PsamKey, PsamKeys
from dualcos.profile.schema import Profile, PsamProfile
from dualcos.profile.social_order import root_name
from keys.algorithms import DES, SM4, TDES, Algorithm
from keys.custody.psam_keys import PsamKeyHead
from keys.custody.social_key_service import SocialKeyService, TierKey
from keys.key_handle import KeyHandle

_TIERS = ("root", "province", "city")
_ALL_STEPS = 3
_EXCEPTIONS = range(0xB0, 0xB5)  # national keys with identifiers of the city range


def tier_of(psam: PsamProfile) -> int:
    """How many steps down the tree its keys are: 0 national root, 1 province, 2 city."""
    return _TIERS.index(psam.tier)


class Born(NamedTuple):
    """One environment of a PSAM: its cipher (``3DES`` or ``SM4``), identifier and name."""

    cipher: str
    fid: int
    name: bytes

    @property
    def short(self) -> str:
        """``sx1`` to ``sx3``: how the test keys of its application are named."""
        return self.name[:3].decode()

    @property
    def algorithm(self) -> Algorithm:
        """Of its master keys and authorities' keys."""
        return SM4 if self.cipher == "SM4" else TDES


def environments(psam: PsamProfile) -> tuple[Born, ...]:
    """The environments that the profile has, the MF's first."""
    ciphers = zip(STACK.places, (psam.mf, psam.sx2, psam.sx3), strict=True)
    return tuple(Born(cipher, place.fid, place.name) for place, cipher in ciphers if cipher)


def psam_order(profile: Profile, psam: PsamProfile) -> PsamOrder:
    """The profile's own PSAM: its test keys, what its files say."""
    # Public info: issuer, serial, version, card type, FCI data of the issuer (the last two: nothing is laid down).
    public = f"{psam.issuer}{psam.serial}01000000"
    authority = f"{psam.purchase_index:02X}{psam.group:02X}{psam.valid_from}{psam.valid_to}"
    return PsamOrder(
        profile.chip.historical,
        KeyHandle(TDES, profile.transport_key),
        tuple(PsamEnvironment(born.fid, born.name, own_keys(profile, psam, born)) for born in environments(psam)),
        *(bytes.fromhex(content) for content in (public, psam.terminal, authority)),
    )


def own_keys(profile: Profile, psam: PsamProfile, born: Born) -> PsamKeys:
    """The test keys that the profile gives one of its environments."""

    def key(name: str) -> KeyHandle:
        return KeyHandle(born.algorithm, profile.psam_key(name))

    master = key("MF master" if born.fid == MF_FID else f"{born.short} master")
    authorities = tuple(key(f"KID-{number:02d} {authority}") for number, authority in enumerate(_TIERS, 1))
    held = tuple(tier_keys(profile, psam, born.algorithm))
    return PsamKeys(master, key(f"{born.short} application master"), authorities, held)


def key_file(identifier: int) -> int:
    """Which authority's file a key identifier belongs to (SSC-9 App. A): national, provincial, city."""
    if identifier in _EXCEPTIONS or identifier < 0x10 or 0x20 <= identifier < 0x40:
        return PsamFile.NATIONAL_KEYS
    return PsamFile.PROVINCIAL_KEYS if identifier < 0x18 or 0x40 <= identifier < 0x80 else PsamFile.CITY_KEYS


class TierKeyRow(NamedTuple):
    """A key as a PSAM holds it, the row and version it comes from, and the service of its national root."""

    row: KeyRow
    version: int
    service: SocialKeyService
    held: PsamKey


def tier_keys(profile: Profile, psam: PsamProfile, cipher: Algorithm) -> Iterator[PsamKey]:
    """Every key the national tables give a PSAM, at the profile's tier and of its group."""
    return (each.held for each in tier_key_rows(profile, psam, cipher))


def tier_key_rows(profile: Profile, psam: PsamProfile, cipher: Algorithm) -> Iterator[TierKeyRow]:
    """The same with where each comes from.

    A purchase key's identifier is its version: all three of the index that 001A announces (SSC-9 table B1, note *).
    """
    tier = tier_of(psam)
    rows = (row for directory in file_structure.structure(Version.V3) for row in directory.keys)
    for row in rows:
        if row.kind in (KeyKind.MASTER, KeyKind.PIN):
            continue
        short = cipher is TDES and row.length(SocialAlgorithm.DES) == 8
        algorithm = DES if short else cipher
        for version, usage, identifier in _places(psam, row):
            root = KeyHandle(algorithm, profile.psam_root(root_name(row.name, version))[: algorithm.key_length])
            service = SocialKeyService({(row.name, version): TierKey(root)})
            head = PsamKeyHead((_ALL_STEPS - tier) << 5 | usage & 0x1F, identifier, algorithm.social)
            held = PsamKey(key_file(identifier), head, service.tier_key(row.name, psam.city, tier, version))
            yield TierKeyRow(row, version, service, held)


def _places(psam: PsamProfile, row: KeyRow) -> Iterator[tuple[int, int, int]]:
    """Version, usage and identifier of each key that ``row`` gives this PSAM."""
    if row.kind is KeyKind.PURCHASE:
        versions = row.versions if row.kid == psam.purchase_index else ()
        yield from ((version, usage, version) for usage, _ in row.psam for version in versions)
        return
    version = psam.group if psam.group in row.versions else row.versions[0]
    yield from ((version, usage, identifier) for usage, identifier in row.psam)
