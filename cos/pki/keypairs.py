"""Key pairs of the PKI application: made in the card, fetched, and brought in from an authority.

The issuing programs' runs decide the wire format, one of them with every byte of a run that succeeded: the answer of
SM2 DECIPHER there is the key under which the imported private value, ECB, fits the imported public key. An authority
sends these parts as GM/T 0016 has them (ENVELOPEDKEYBLOB). Inferred: the user PIN as the condition (both programs
show it first), the words of what fails (after SSC-5), and what a public key's file holds before x ‖ y.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from cos.kernel.command_rows import CommandRow, Need
from cos.kernel.files import ElementaryFile
from cos.kernel.refusal import Gate, Refusal
from cos.pki.session import TABLE, USER_PIN, PkiKeyEvent, PkiSession
from firewall.partition import DamagedCell
from keys.algorithms import SM4, BadKey
from keys.card_key_store import PartsUnfit
from keys.key_handle import KeyHandle
from keys.sm2 import PRIVATE_LENGTH, PUBLIC_LENGTH, BadCipher

PAIRS: Mapping[int, int] = MappingProxyType({0x0012: 0x0013, 0x0014: 0x0015})
"""Public key's file to private key: 0012 signs, 0014 deciphers."""
PUBLIC_FILE_LENGTH = 2 + PUBLIC_LENGTH
_PUBLIC_FILE, _MESSAGE, _PRIVATE_KEY, _PUBLIC_VALUE, _PRIVATE_VALUE = 0xC0, 0xC1, 0xC2, 0xCA, 0xCB


def _objects(command: CommandAPDU, *tags: int) -> list[bytes]:
    objects = tlv.parse(command.data)
    if tuple(each.tag for each in objects) != tags:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "other data objects", expected=tags)
    return [each.value for each in objects]


def _demand_user(session: PkiSession, _: CommandRow[PkiSession]) -> None:
    if session.keys.level(USER_PIN) not in session.levels:
        raise Refusal(SW.SECURITY_NOT_SATISFIED, Gate.RIGHT, "user PIN not shown")


def _demand_step(session: PkiSession, row: CommandRow[PkiSession]) -> None:
    event = PkiKeyEvent(row.event)
    word = TABLE.cells[session.state, event].sw
    if word is not None:
        raise Refusal(word, Gate.STATE, "step missing", needed=TABLE.openers(event), state=session.state)


USER: Need[PkiSession] = Need("the user PIN", _demand_user)
FIRST_STEP: Need[PkiSession] = Need("the first of two steps", _demand_step)


def _one_of(fids: Collection[int], fid: bytes, why: str) -> int:
    number = int.from_bytes(fid, "big")
    if number not in fids:
        raise Refusal(SW.FILE_NOT_FOUND, Gate.TARGET, why, received=fid, expected=tuple(fids))
    return number


def _public_file(session: PkiSession, fid: bytes) -> ElementaryFile:
    return session.at.files.file(session.at.directory.fid, _one_of(PAIRS, fid, "no public key's file"))


def _private_number(fid: bytes) -> int:
    return _one_of(PAIRS.values(), fid, "no private key's name") & 0xFF


def _pair(session: PkiSession, command: CommandAPDU) -> tuple[ElementaryFile, int]:
    public, private = _objects(command, _PUBLIC_FILE, _PRIVATE_KEY)
    file, number = _public_file(session, public), _private_number(private)
    if PAIRS[file.descriptor.fid] & 0xFF != number:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "keys of two pairs", public=public, private=private)
    return file, number


def _write_public(file: ElementaryFile, public: bytes) -> None:
    """X ‖ y behind the two bytes the file was made with: readers drop them, what they are is not known."""
    file.write(PUBLIC_FILE_LENGTH - PUBLIC_LENGTH, public)


def generate(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """GENERATE KEY PAIR: C0 names the public key's file, C2 the private key."""
    file, number = _pair(session, command)
    with session.at.nvm.transaction():
        _write_public(file, session.keys.draw_sm2(number, session.environment.grant.rng.bytes))
    return OK


def name_public(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """EXPORT PUBLIC KEY, first step: which; the second step fetches it."""
    session.exported, _ = _pair(session, command)
    return OK


def fetch_public(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """EXPORT PUBLIC KEY, second step: the 66 bytes that READ BINARY of its file gives too."""
    assert session.exported is not None  # noqa: S101 - FIRST_STEP of its row lets it pass then only
    session.at.tx.expect(command.le, PUBLIC_FILE_LENGTH)
    return ResponseAPDU(session.exported.read(0, PUBLIC_FILE_LENGTH))


def decipher(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """SM2 DECIPHER: C2 names the private key, C1 is x ‖ y ‖ C3 ‖ C2; the plain text comes back."""
    private, cipher = _objects(command, _PRIVATE_KEY, _MESSAGE)
    try:
        key = session.keys.sm2_key(_private_number(private))
    except PartsUnfit as unfit:  # they are written together, and only where they make a pair
        text = f"the private key {private.hex().upper()} and its public key make no pair"
        raise DamagedCell(unfit.cell, text) from None
    try:
        return ResponseAPDU(key.decipher(cipher))
    except BadCipher:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "no cipher text", key=repr(key), received=len(cipher)) from None


def import_transport(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """IMPORT SESSION KEY: 16 bytes of SM4 in C1, for the private key that comes next; gone with the selection."""
    (value,) = _objects(command, _MESSAGE)
    try:
        session.transport = KeyHandle(SM4, value)
    except BadKey:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "no session key", needed=SM4.key_length, received=len(value)) from None
    return OK


def import_public(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """IMPORT PUBLIC KEY: C0 names the file, CA is x ‖ y."""
    fid, public = _objects(command, _PUBLIC_FILE, _PUBLIC_VALUE)
    file = _public_file(session, fid)
    if len(public) != PUBLIC_LENGTH:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "no public key", needed=PUBLIC_LENGTH, received=len(public))
    _write_public(file, public)
    return OK


def import_private(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """IMPORT PRIVATE KEY: C2 names the key, CB is its value, ECB under the session key imported before."""
    assert session.transport is not None  # noqa: S101 - FIRST_STEP of its row lets it pass then only
    private, wrapped = _objects(command, _PRIVATE_KEY, _PRIVATE_VALUE)
    number = _private_number(private)
    try:
        if len(wrapped) != PRIVATE_LENGTH:
            raise BadKey("another length")
        with session.at.nvm.transaction():
            session.keys.unwrap_sm2(number, wrapped, session.transport)
    except BadKey:
        key = repr(session.transport)
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "no private key", key=key, received=len(wrapped)) from None
    return OK
