"""Key pairs of the PKI application: made in the card, fetched, and brought in from an authority.

The issuing programs' runs decide the wire format, one of them with every byte of a run that succeeded: the answer of
SM2 DECIPHER there is the key under which the imported private value, ECB, fits the imported public key. An authority
sends these parts as GM/T 0016 has them (ENVELOPEDKEYBLOB). Inferred: the user PIN as the condition (both programs
show it first), the words of what fails (after SSC-5), and what a public key's file holds before x ‖ y.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from cos.kernel.files import ElementaryFile
from cos.kernel.refusal import Gate, Refusal
from cos.pki.environment import PkiSession
from cos.pki.security import USER_PIN
from firewall.partition import DamagedCell
from keys.algorithms import SM4, BadKey
from keys.handle import KeyHandle
from keys.sm2 import PRIVATE_LENGTH, PUBLIC_LENGTH, BadCipher
from keys.store import PartsUnfit

PAIRS: Mapping[int, int] = MappingProxyType({0x0012: 0x0013, 0x0014: 0x0015})
"""Public key's file to private key: 0012 signs, 0014 deciphers."""
PUBLIC_FILE_LENGTH = 2 + PUBLIC_LENGTH
_PUBLIC_FILE, _MESSAGE, _PRIVATE_KEY, _PUBLIC_VALUE, _PRIVATE_VALUE = 0xC0, 0xC1, 0xC2, 0xCA, 0xCB
_CLAUSE = "issuing programs; GM/T 0016 for the order of an authority's parts"


def _objects(command: CommandAPDU, *tags: int) -> list[bytes]:
    objects = tlv.parse(command.data)
    if tuple(each.tag for each in objects) != tags:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, f"the data are {' '.join(f'{tag:02X}' for tag in tags)}", _CLAUSE)
    return [each.value for each in objects]


def _demand_user(session: PkiSession, what: str) -> None:
    if session.keys.level(USER_PIN) not in session.levels:
        raise Refusal(SW.SECURITY_NOT_SATISFIED, Gate.RIGHT, f"{what} needs the user PIN (00 20 01 81)", _CLAUSE)


def _public_file(session: PkiSession, fid: bytes) -> ElementaryFile:
    number = int.from_bytes(fid, "big")
    if number not in PAIRS:
        raise Refusal(SW.FILE_NOT_FOUND, Gate.TARGET, f"no public key in {fid.hex().upper()}: 0012, 0014", _CLAUSE)
    return session.files.file(session.directory.fid, number)


def _private_number(fid: bytes) -> int:
    number = int.from_bytes(fid, "big")
    if number not in PAIRS.values():
        raise Refusal(SW.FILE_NOT_FOUND, Gate.TARGET, f"no private key in {fid.hex().upper()}: 0013, 0015", _CLAUSE)
    return number & 0xFF


def _pair(session: PkiSession, command: CommandAPDU) -> tuple[ElementaryFile, int]:
    public, private = _objects(command, _PUBLIC_FILE, _PRIVATE_KEY)
    file, number = _public_file(session, public), _private_number(private)
    if PAIRS[file.descriptor.fid] & 0xFF != number:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "0012 goes with 0013, 0014 with 0015", _CLAUSE)
    return file, number


def _write_public(file: ElementaryFile, public: bytes) -> None:
    """X ‖ y behind the two bytes the file was made with: readers drop them, what they are is not known."""
    file.write(PUBLIC_FILE_LENGTH - PUBLIC_LENGTH, public)


def generate(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """GENERATE KEY PAIR: C0 names the public key's file, C2 the private key."""
    _demand_user(session, "a new key pair")
    file, number = _pair(session, command)
    with session.nvm.transaction():
        _write_public(file, session.keys.draw_sm2(number, session.environment.grant.rng.bytes))
    return OK


def name_public(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """EXPORT PUBLIC KEY, first step: which; the second step fetches it."""
    _demand_user(session, "a public key by 80 C9")
    session.exported, _ = _pair(session, command)
    return OK


def fetch_public(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """EXPORT PUBLIC KEY, second step: the 66 bytes that READ BINARY of its file gives too."""
    if session.exported is None:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.STATE, "80 C9 82 00 must say first which key", _CLAUSE)
    session.tx.expect(command.le, PUBLIC_FILE_LENGTH)
    return ResponseAPDU(session.exported.read(0, PUBLIC_FILE_LENGTH))


def decipher(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """SM2 DECIPHER: C2 names the private key, C1 is x ‖ y ‖ C3 ‖ C2; the plain text comes back."""
    _demand_user(session, "deciphering")
    private, cipher = _objects(command, _PRIVATE_KEY, _MESSAGE)
    try:
        key = session.keys.sm2_key(_private_number(private))
    except PartsUnfit as unfit:  # they are written together, and only where they make a pair
        text = f"the private key {private.hex().upper()} and its public key make no pair"
        raise DamagedCell(unfit.cell, text) from None
    try:
        return ResponseAPDU(key.decipher(cipher))
    except BadCipher as error:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, f"no cipher text for {key!r}: {error}", _CLAUSE) from None


def import_transport(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """IMPORT SESSION KEY: 16 bytes of SM4 in C1, for the private key that comes next; gone with the selection."""
    _demand_user(session, "importing keys")
    (value,) = _objects(command, _MESSAGE)
    try:
        session.transport = KeyHandle(SM4, value)
    except BadKey:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, f"an SM4 key has 16 bytes, not {len(value)}", _CLAUSE) from None
    return OK


def import_public(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """IMPORT PUBLIC KEY: C0 names the file, CA is x ‖ y."""
    _demand_user(session, "importing keys")
    fid, public = _objects(command, _PUBLIC_FILE, _PUBLIC_VALUE)
    file = _public_file(session, fid)
    if len(public) != PUBLIC_LENGTH:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, f"a public key has 64 bytes, not {len(public)}", _CLAUSE)
    _write_public(file, public)
    return OK


def import_private(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """IMPORT PRIVATE KEY: C2 names the key, CB is its value, ECB under the session key imported before."""
    _demand_user(session, "importing keys")
    if session.transport is None:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.STATE, "80 4A 02 10 must bring the key it is under", _CLAUSE)
    private, wrapped = _objects(command, _PRIVATE_KEY, _PRIVATE_VALUE)
    number = _private_number(private)
    try:
        if len(wrapped) != PRIVATE_LENGTH:
            raise BadKey(f"{len(wrapped)} bytes")
        with session.nvm.transaction():
            session.keys.unwrap_sm2(number, wrapped, session.transport)
    except BadKey as error:
        text = f"what deciphers under the imported {session.transport!r} is no private key: {error}"
        raise Refusal(SW.WRONG_DATA, Gate.DATA, text, _CLAUSE) from None
    return OK
