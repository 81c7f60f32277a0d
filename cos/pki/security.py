"""Random numbers, SM3, the two PINs and the master keys of the PKI environment.

A PIN is kept as a key: the first 16 bytes of SM3 over its packed digits; it is shown by enciphering the card's last
random number. What a failure costs is durable before anything is compared. The programs seen show good runs only:
status words of bad ones follow VERIFY and EXTERNAL AUTHENTICATION of SSC-5 (inferred).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW, retries
from cos.kernel import keyloading
from cos.kernel.presenting import Claim, demand_tries, present, prove, taken
from cos.kernel.refusal import Gate, Refusal
from cos.pki.environment import MASTER_REF, PkiSession
from keys.algorithms import BadBlocks, sm3
from keys.handle import KeyHandle
from keys.mac import same
from keys.padding import BadPadding, strip_length
from keys.store import KeyRef
from keys.t514 import pad_iv

PIN_KIND = 0x01
USER_PIN, MANAGER_PIN = KeyRef(PIN_KIND, 1, 0), KeyRef(PIN_KIND, 2, 0)
PINS: Mapping[int, KeyRef] = MappingProxyType({0x81: USER_PIN, 0x00: MANAGER_PIN})
"""By P2 of VERIFY."""

RANDOM_LENGTH, KEY_LENGTH = 16, 16
_MESSAGE = 0xC1
_KEY_HEAD = bytes(3)
_CLAUSE = "issuing programs; SSC-9 §7.1.3"


def pin_key_value(packed: bytes) -> bytes:
    """The 16 bytes a PIN stands for; ``packed`` two digits a byte."""
    return sm3(packed)[:KEY_LENGTH]


def get_challenge(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """4, 8 or 16 random bytes, good once; the programs take 16, one of them 8 for the PIN."""
    return ResponseAPDU(session.challenge.draw(command.le or RANDOM_LENGTH))


def digest(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:  # noqa: ARG001 - handlers share a shape
    """SM3 of the message in C1, 32 bytes."""
    data = command.data
    if len(data) < 2 or data[0] != _MESSAGE or data[1] != len(data) - 2:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "the data are C1, a length byte and that many bytes", _CLAUSE)
    return ResponseAPDU(sm3(data[2:]))


def random_block(session: PkiSession) -> bytes:
    """The random number, used up, filled with 00 on the right to a block (SSC-9 §7.2.3, §7.2.5); else 6984."""
    return pad_iv(taken(session.challenge, _CLAUSE), RANDOM_LENGTH)


def _answer(key: KeyHandle, random: bytes) -> bytes:
    return key.encrypt(pad_iv(random, RANDOM_LENGTH))


def shut(session: PkiSession, ref: KeyRef) -> None:
    """Its last try is gone, or another value has its place: what it opened closes (``kernel.access``)."""
    session.forfeit(ref)
    if ref == USER_PIN:
        session.exported = session.transport = None


def _prove(session: PkiSession, ref: KeyRef, data: bytes, what: str) -> ResponseAPDU:
    """``data`` is the random number enciphered under the key ``ref``; success gives its level."""
    shown = prove(Claim(session.keys, ref, what, _CLAUSE), session.challenge, data, _answer)
    if not shown.right:
        session.forfeit(ref)
        if shown.locks:
            shut(session, ref)
        raise Refusal(
            retries(shown.left),
            Gate.AUTHENTICATION,
            f"the random number is not enciphered under {what}; {shown.left} left",
            _CLAUSE,
        )
    session.earn(ref, session.keys.level(ref))
    return OK


def verify(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """VERIFY: P2 81 the user PIN, 00 the manager PIN."""
    manager = command.p2 == 0
    return _prove(session, PINS[command.p2], command.data, f"the {'manager' if manager else 'user'} PIN's key")


def prove_master(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """EXTERNAL AUTHENTICATION by the current directory's master key; no original information."""
    return _prove(session, MASTER_REF, command.data, f"the master key of {session.directory.fid:04X}")


def _opened(key: KeyHandle, cipher: bytes) -> bytes:
    """The plain data of a command under ``key`` whose MAC was right: LD and padding. Refuses with 6988."""
    try:
        return strip_length(key.decrypt(cipher), strict=True)
    except (BadBlocks, BadPadding) as error:
        raise Refusal(SW.SM_INCORRECT, Gate.MESSAGING, f"what deciphers under {key!r}: {error}", _CLAUSE) from None


def change_pin(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """The manager PIN anew: LD ‖ new PIN ‖ 80… enciphered and MACed under the key of the old one.

    A wrong MAC costs a try: it is a guess at the PIN like any other (inferred). A right one costs none; only the new
    PIN fills the counter, and ends what the old one had earned.
    """
    store = session.keys
    key, claim = store.key(MANAGER_PIN), Claim(store, MANAGER_PIN, "the manager PIN", _CLAUSE)
    demand_tries(claim)
    start = random_block(session)
    data, mac = keyloading.split_mac(command)
    wanted = keyloading.mac_of(command, key, start)
    shown = present(claim, lambda: same(wanted, mac), fills=False)
    if not shown.right:
        if shown.locks:
            shut(session, MANAGER_PIN)
        raise keyloading.wrong_mac(key)
    packed = _opened(key, data)
    if not 2 <= len(packed) <= 6 or not packed.hex().rstrip("f").isdecimal():
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "a PIN has 4 to 12 digits", _CLAUSE)
    with session.nvm.transaction():
        store.replace(MANAGER_PIN, pin_key_value(packed))
    shut(session, MANAGER_PIN)
    return OK


def change_master(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """The current directory's master key anew: 13 ‖ 000000 ‖ key 16 ‖ 80…, under the old one, which must be proved."""
    if not session.master_proved:
        raise Refusal(
            SW.SECURITY_NOT_SATISFIED,
            Gate.RIGHT,
            f"changing the master key of {session.directory.fid:04X} needs proof of the old one (00 82)",
            _CLAUSE,
        )
    key = session.keys.key(MASTER_REF)
    plain = _opened(key, keyloading.check_mac(command, key, random_block(session)))
    if len(plain) != len(_KEY_HEAD) + KEY_LENGTH or not plain.startswith(_KEY_HEAD):
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "a new master key is 00 00 00 and 16 bytes", _CLAUSE)
    with session.nvm.transaction():
        session.keys.replace(MASTER_REF, plain[len(_KEY_HEAD) :])
    shut(session, MASTER_REF)
    return OK
