"""A PSAM by commands: blank chip, MF, its files and keys, DDF1 and DDF2 likewise, END (SSC-9 §5, §6; SSC-10 §5).

Its roots are those of the social profiles with the same label, brought down to the PSAM's tier.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from apdu import tlv
from cos.kernel.directory_headers import MF_FID, DirectoryHeader, DirectoryKind
from cos.ssse.tables import file_structure
from cos.ssse.tables.table_model import KeyKind, KeyRow, SocialAlgorithm, Version
from dualcos.dialogue.psam import APPLICATION_FID, APPLICATION_NAME, PsamKey, PsamKeys, authority_header
from dualcos.profile.personalise.manager import master_header
from dualcos.profile.personalise.social import root_name
from dualcos.profile.personalise.talk import Host
from dualcos.profile.schema import Profile, PsamProfile
from keys import key_wrapping
from keys.algorithms import DES, SM4, TDES
from keys.algorithms import Algorithm as Cipher
from keys.custody.psam_keys import PsamKeyHead, create_key_command
from keys.custody.social_key_service import SocialKeyService, TierKey
from keys.key_handle import KeyHandle

MF_NAME, SX2_NAME, SX3_NAME = (f"sx{n}.sh.社会保障".encode("gbk") for n in (1, 2, 3))
LABEL = "社会保障PSAM应用"
_SX2_FID, _SX3_FID = 0xDDF1, 0xDDF2
_TIERS = ("root", "province", "city")
_ALL_STEPS = 3
_VARIABLE, _TRANSPARENT, _KEYS = 0xC6, 0xC4, 0xC3
_FREE, _NEVER, _MASTER = "0000", "EFEF", "00FF"
_NATIONAL, _PROVINCE, _CITY = 0x11, 0x12, 0x13
_EXCEPTIONS = range(0xB0, 0xB5)  # national keys with identifiers of the city range
_ROOM = 64  # keys of one key file


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
    def algorithm(self) -> Cipher:
        """Of its master keys and authorities' keys."""
        return SM4 if self.cipher == "SM4" else TDES


def environments(psam: PsamProfile) -> tuple[Born, ...]:
    """The environments that the profile has, the MF's first."""
    born = (Born(psam.mf, MF_FID, MF_NAME), Born(psam.sx2, _SX2_FID, SX2_NAME), Born(psam.sx3, _SX3_FID, SX3_NAME))
    return tuple(each for each in born if each.cipher)


def own_keys(profile: Profile, psam: PsamProfile, born: Born) -> PsamKeys:
    """The test keys that the profile gives one of its environments."""

    def key(name: str) -> KeyHandle:
        return KeyHandle(born.algorithm, profile.psam_key(name))

    authorities = tuple(key(f"KID-{number:02d} {authority}") for number, authority in enumerate(_TIERS, 1))
    held = tuple(tier_keys(profile, psam, born.algorithm))
    return PsamKeys(_master(profile, born), key(f"{born.short} application master"), authorities, held)


def _master(profile: Profile, born: Born) -> KeyHandle:
    name = "MF master" if born.fid == MF_FID else f"{born.short} master"
    return KeyHandle(born.algorithm, profile.psam_key(name))


def key_file(identifier: int) -> int:
    """Which authority's file a key identifier belongs to (SSC-9 App. A): national, provincial, city."""
    if identifier in _EXCEPTIONS or identifier < 0x10 or 0x20 <= identifier < 0x40:
        return _NATIONAL
    return _PROVINCE if identifier < 0x18 or 0x40 <= identifier < 0x80 else _CITY


def tier_keys(profile: Profile, psam: PsamProfile, cipher: Cipher) -> Iterator[PsamKey]:
    """Every key the national tables give a PSAM, at the profile's tier and of its group.

    A purchase key's identifier is its version: all three of the index that 001A announces (SSC-9 table B1, note *).
    """
    tier = _TIERS.index(psam.tier)
    for directory in file_structure.structure(Version.V3):
        for row in directory.keys:
            if row.kind in (KeyKind.MASTER, KeyKind.PIN):
                continue
            short = cipher is TDES and row.length(SocialAlgorithm.DES) == 8
            algorithm = DES if short else cipher
            for version, usage, identifier in _places(psam, row):
                root = KeyHandle(algorithm, profile.psam_root(root_name(row.name, version))[: algorithm.key_length])
                service = SocialKeyService({(row.name, 1): TierKey(root)})
                head = PsamKeyHead((_ALL_STEPS - tier) << 5 | usage & 0x1F, identifier, algorithm.social)
                yield PsamKey(key_file(identifier), head, service.tier_key(row.name, psam.city, tier))


def _places(psam: PsamProfile, row: KeyRow) -> Iterator[tuple[int, int, int]]:
    """Version, usage and identifier of each key that ``row`` gives this PSAM."""
    if row.kind is KeyKind.PURCHASE:
        versions = row.versions if row.kid == psam.purchase_index else ()
        yield from ((version, usage, version) for usage, _ in row.psam for version in versions)
        return
    version = psam.group if psam.group in row.versions else row.versions[0]
    yield from ((version, usage, identifier) for usage, identifier in row.psam)


def personalise_psam(host: Host, profile: Profile, psam: PsamProfile) -> None:
    """From blank chip to a PSAM in use. Raises PersonalisationError naming the step and the answer."""
    historical = profile.chip.historical
    host.reset()
    host.apdu("serial number", "80E00500", b"\0\0" + historical[7:])
    host.apdu("ATR", "00140000", b"\x3b\x6d\0\0" + historical[:7])
    if not psam.mf:
        return
    host.reset()
    transport = KeyHandle(TDES, profile.transport_key)
    home, *others = environments(psam)
    master = _master(profile, home)
    host.apdu("transport key", "80E00300", key_wrapping.transport_cryptogram(transport, historical[7:]))
    host.apdu("create MF", "80E00100", _directory(home).frame())
    host.load_key(transport, master_header(master.algorithm.social), master)
    for born in others:
        own = _master(profile, born)
        _prove(host, home.name, master)
        host.apdu(f"create {born.fid:04X}", "80E00100", _directory(born).frame())
        host.load_key(master, master_header(own.algorithm.social), own)
        _environment(host, psam, born, own_keys(profile, psam, born))
    _environment(host, psam, home, own_keys(profile, psam, home))


def _directory(born: Born) -> DirectoryHeader:
    return DirectoryHeader(born.fid, DirectoryKind.DDF, 0, 0, card_block_reaches_mf=False, name=born.name)


def _prove(host: Host, name: bytes, master: KeyHandle) -> None:
    host.apdu("select environment", "00A40400", name)
    host.prove_master(master)


def _environment(host: Host, psam: PsamProfile, born: Born, own: PsamKeys) -> None:
    """Public files, the application, END."""
    _prove(host, born.name, own.master)
    entry = tlv.encode(0x61, tlv.encode(0x4F, APPLICATION_NAME), tlv.encode(0x50, LABEL.encode("gbk")))
    # Public info: issuer, serial, version, card type, FCI data of the issuer (the last two: nothing is laid down).
    public = bytes.fromhex(f"{psam.issuer}{psam.serial}01000000")
    _file(host, 0x0001, _VARIABLE, 128, _FREE, _MASTER)
    host.apdu("DIR record", "00DC010C", entry)
    for fid, content in ((0x0015, public), (0x0016, bytes.fromhex(psam.terminal))):
        _file(host, fid, _TRANSPARENT, len(content), _FREE, _MASTER)
        host.apdu(f"write {fid:04X}", f"00D6{0x80 | fid & 0xFF:02X}00", content)
    _application(host, psam, own)
    _prove(host, born.name, own.master)
    host.apdu("END", "80E00200")


def _application(host: Host, psam: PsamProfile, own: PsamKeys) -> None:
    header = DirectoryHeader(
        APPLICATION_FID, DirectoryKind.ADF, 0, 0, card_block_reaches_mf=False, name=APPLICATION_NAME
    )
    cipher = own.application.algorithm
    host.apdu("create DF01", "80E00100", header.frame())
    host.load_key(own.master, master_header(cipher.social), own.application)
    host.prove_master(own.application)
    _file(host, 0x0019, _TRANSPARENT, 4, _FREE, _NEVER)
    dates = psam.valid_from + psam.valid_to
    for number, key in enumerate(own.authorities, 1):
        level = number * 0x11
        host.load_key(own.application, authority_header(number, cipher), key)
        _file(host, 0x0010 + number, _KEYS, _ROOM * 0x18 + 2, _NEVER, f"00{level:02X}")
        _file(host, 0x0019 + number, _TRANSPARENT, 10, _FREE, f"00{level:02X}")
        info = bytes.fromhex(f"{psam.purchase_index:02X}{psam.group:02X}{dates}")
        host.apdu("authority's info", f"00D6{0x99 + number:02X}00", info)
    for made in own.held:
        command = create_key_command(own.application, made.file, made.head, made.key, host.challenge())
        host.do(f"CREATE KEY {made.head.usage:02X}/{made.head.kid:02X}", command)
    host.apdu("END in DF01", "80E00200")


def _file(host: Host, fid: int, kind: int, size: int, read: str, write: str) -> None:
    record = 0xFF if kind == _VARIABLE else 0
    head = bytes(3) + size.to_bytes(2, "big") + fid.to_bytes(2, "big") + bytes((kind, 0, fid & 0xFF, 0, record))
    host.apdu(f"create EF {fid:04X}", "80E00100", head + bytes.fromhex(read + write))
