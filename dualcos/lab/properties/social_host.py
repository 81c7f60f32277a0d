"""The social side's host: what issuer, holder and terminal of one card know, and the dialogues they hold with it."""

from __future__ import annotations

from typing import NamedTuple

from cos.ssse.tables.table_model import AccessKind, Directory, File, FileForm, KeyKind, KeyRow
from dualcos.lab.properties.traffic_steps import Play, Reply, apdu, send
from dualcos.profile.schema import Profile, SocialProfile
from dualcos.profile.social_order import key_service, social_card
from dualcos.profile.social_plan import directories
from keys import key_wrapping
from keys.algorithms import SM4, TDES
from keys.custody.social_key_service import SocialCard, SocialKeyService
from keys.key_handle import KeyHandle

LABEL = "ssse"
_STK = KeyKind.MAINTENANCE
OTHER_MASTER = bytes.fromhex("A5C3E1F70918273645546372819F0E1D")  # invented test key
_VALUES = (b"\x31", b"\x32", b"\x33")


class SocialOwner(NamedTuple):
    """What the issuer and the holder of one card know."""

    service: SocialKeyService
    card: SocialCard
    directories: tuple[Directory, ...]
    pin: bytes
    master: KeyHandle
    social: SocialProfile


def host_of(profile: Profile, social: SocialProfile) -> SocialOwner:
    """The keys of the card that ``profile`` makes."""
    return SocialOwner(
        key_service(profile, social),
        social_card(profile, social),
        directories(social),
        bytes.fromhex(social.pin + "F" * (len(social.pin) % 2)),
        KeyHandle(SM4 if social.algorithm == "SM4" else TDES, profile.social_key("master")),
        social,
    )


# --- dialogues -------------------------------------------------------------------------------------------------------


def select(directory: Directory) -> Reply:
    """A directory of the environment, by name."""
    return (yield from send(apdu("00A40400", directory.name)))


def challenge(length: int = 8) -> Reply:
    """A random number."""
    answer = yield from send(apdu("00840000", le=length))
    return answer[:-2].ljust(length, b"\0")


def authenticate(host: SocialOwner, row: KeyRow, version: int = 0, *, flip: int = 0) -> Reply:
    """EXTERNAL AUTHENTICATION in the current directory; ``flip`` spoils the cryptogram."""
    random = yield from challenge()
    data = host.service.external_authentication(row.name, host.card, random, random, version)
    data = bytes((data[0] ^ flip,)) + data[1:]
    suffix = bytes((version,)) if version else b""
    return (yield from send(apdu(f"008200{row.kid:02X}", data + suffix)))


def prove_master(host: SocialOwner) -> Reply:
    """The environment's master key."""
    random = yield from challenge()
    return (yield from send(apdu("00820000", key_wrapping.master_authentication(host.master, random))))


def maintenance(directory: Directory) -> str:
    """The name of a directory's maintenance key."""
    return next(row.name for row in directory.keys if row.kind is _STK)


def secured(
    host: SocialOwner, directory: Directory, header: str, data: bytes = b"", *, enciphered: bool = False
) -> Reply:
    """A command with MAC under the maintenance key, on a fresh random number."""
    random = yield from challenge()
    name, head = maintenance(directory), bytes.fromhex(header)
    make = host.service.secured_enciphered if enciphered else host.service.secured
    version = next(row.versions[0] for row in directory.keys if row.name == name)
    return (yield from send(make(name, host.card, random, head, data, version)))


def earn(host: SocialOwner, directory: Directory, file: File, *, write: bool) -> Play:
    """Everything the rule of ``file`` asks for, in its directory, which is selected."""
    rule = file.update if write else file.read
    yield from select(directory)
    if rule.kind in (AccessKind.PIN, AccessKind.PIN_AND_KEY):
        yield from send(apdu("00200000", host.pin))
    if rule.kind in (AccessKind.KEY, AccessKind.PIN_OR_KEY, AccessKind.PIN_AND_KEY):
        row = directory.key(rule.key)
        if row is not None:
            yield from authenticate(host, row, row.versions[0])


def new_record(file: File, choice: int) -> bytes:
    """New contents for record 1 of ``file``, of the right shape; two choices give two contents."""
    fill = _VALUES[choice % len(_VALUES)]
    if file.structure in (FileForm.LINEAR_FIXED, FileForm.LINEAR_VARIABLE):
        if not file.items:  # set aside for later editions: nothing is known of its records
            return bytes((0x01, 4)) + fill * 4
        item = file.items[0]
        return bytes((item.tag or 0, item.length)) + fill * item.length
    return fill * file.record_length


def where(file: File) -> str:
    """INS P1 P2 of the update that ``new_record`` is for, by short identifier."""
    if file.structure is FileForm.TRANSPARENT:
        return f"D6{0x80 | file.sfi & 0x1F:02X}00"
    if file.structure is FileForm.CYCLIC:
        return f"DC00{file.sfi << 3 | 3:02X}"
    return f"DC01{file.sfi << 3 | 4:02X}"


def payload(file: File, choice: int) -> bytes:
    """What that update writes."""
    return _VALUES[choice % 3] * 8 if file.structure is FileForm.TRANSPARENT else new_record(file, choice)


def read_file(file: File) -> Reply:
    """Record 1, or the first 16 bytes, by short identifier."""
    if file.structure is FileForm.TRANSPARENT:
        return (yield from send(apdu(f"00B0{0x80 | file.sfi & 0x1F:02X}00", le=16)))
    return (yield from send(apdu(f"00B201{file.sfi << 3 | 4:02X}", le=256)))
