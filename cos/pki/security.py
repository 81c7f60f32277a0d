"""Random numbers, SM3, the two PINs and the master keys of the PKI environment.

A PIN is kept as a key: the first 16 bytes of SM3 over its packed digits; it is shown by enciphering the card's last
random number. What a failure costs is durable before anything is compared. The programs seen show good runs only:
status words of bad ones follow VERIFY and EXTERNAL AUTHENTICATION of SSC-5 (inferred).
"""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW, retries
from cos.kernel.directory_headers import MASTER
from cos.kernel.presenting_secrets import SecretClaim, demand_tries, present, prove, taken
from cos.kernel.refusal import Gate, Refusal
from cos.making import write_key as keyloading
from cos.pki.session import MANAGER_PIN, PINS, PkiSession
from keys.algorithms import sm3
from keys.card_key_store import KeyRef
from keys.key_wrapping import pad_iv
from keys.mac import same

RANDOM_LENGTH, KEY_LENGTH = 16, 16
_MESSAGE, _LEAST_DIGITS = 0xC1, 4
_KEY_HEAD = bytes(3)


def pin_key_value(packed: bytes) -> bytes:
    """The 16 bytes a PIN stands for; ``packed`` two digits a byte."""
    return sm3(packed)[:KEY_LENGTH]


def get_challenge(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """4, 8 or 16 random bytes, good once; the programs take 16, one of them 8 for the PIN."""
    return ResponseAPDU(session.at.challenge.draw(command.le or RANDOM_LENGTH))


def digest(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:  # noqa: ARG001 - handlers share a shape
    """SM3 of the message in C1, 32 bytes."""
    data = command.data
    if len(data) < 2 or data[0] != _MESSAGE or data[1] != len(data) - 2:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "no message", received=len(data))
    return ResponseAPDU(sm3(data[2:]))


def random_block(session: PkiSession) -> bytes:
    """The random number, used up, filled with 00 on the right to a block (SSC-9 §7.2.3, §7.2.5); else 6984."""
    return pad_iv(taken(session.at.challenge), RANDOM_LENGTH)


def _prove(session: PkiSession, ref: KeyRef, data: bytes, what: str) -> ResponseAPDU:
    """``data`` is the random number enciphered under the key ``ref``; success gives its level."""
    shown = prove(
        SecretClaim(session.keys, ref, what),
        session.at.challenge,
        data,
        lambda key, random: key.encrypt(pad_iv(random, RANDOM_LENGTH)),
    )
    if not shown.right:
        session.at.forfeit(session.at.directory.fid, ref)
        if shown.locks:
            session.shut(ref)
        raise Refusal(
            retries(shown.left),
            Gate.AUTHENTICATION,
            "not the random number under it",
            what=what,
            left=shown.left,
            ref=ref,
            directory=session.at.directory.fid,
        )
    session.at.earn(session.at.directory.fid, session.keys.level(ref), ref)
    return OK


def verify(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """VERIFY: P2 81 the user PIN, 00 the manager PIN."""
    what = "the user PIN's key" if command.p2 else "the manager PIN's key"
    return _prove(session, PINS[command.p2], command.data, what)


def prove_master(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """EXTERNAL AUTHENTICATION by the current directory's master key; no original information."""
    return _prove(session, MASTER, command.data, "the master key")


def change_pin(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """The manager PIN anew: LD ‖ new PIN ‖ 80… enciphered and MACed under the key of the old one.

    A wrong MAC costs a try: it is a guess at the PIN like any other (inferred). A right one costs none; only the new
    PIN fills the counter, and ends what the old one had earned.
    """
    store = session.keys
    key, claim = store.key(MANAGER_PIN), SecretClaim(store, MANAGER_PIN, "the manager PIN")
    demand_tries(claim)
    start = random_block(session)
    data, mac = keyloading.split_mac(command)
    wanted = keyloading.mac_of(command, key, start)
    shown = present(claim, lambda: same(wanted, mac), fills=False)
    if not shown.right:
        if shown.locks:
            session.shut(MANAGER_PIN)
        raise _named_only(keyloading.wrong_mac(key), session)
    try:
        packed = keyloading.deciphered(key, data, strict=True)
    except Refusal as refusal:
        raise _named_only(refusal, session) from None
    digits = packed.hex().removesuffix("f")
    if not 2 <= len(packed) <= 6 or not (digits.isdecimal() and len(digits) >= _LEAST_DIGITS):
        raise Refusal(
            SW.WRONG_DATA, Gate.DATA, "no PIN of 4 to 12 digits", ref=MANAGER_PIN, directory=session.at.directory.fid
        )
    with session.at.nvm.transaction():
        store.replace(MANAGER_PIN, pin_key_value(packed))
    session.shut(MANAGER_PIN)
    return OK


def _named_only(refusal: Refusal, session: PkiSession) -> Refusal:
    """The same without check value: whoever knows that of a PIN's key can count the PINs through."""
    told = {**refusal.reason.about, "key": "the manager PIN's key"}
    told |= {"ref": MANAGER_PIN, "directory": session.at.directory.fid}
    refusal.reason = refusal.reason._replace(about=told)
    return refusal


def change_master(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """The current directory's master key anew: 13 ‖ 000000 ‖ key 16 ‖ 80…, under the old one, which must be proved."""
    key = session.keys.key(MASTER)
    cipher = keyloading.check_mac(command, key, random_block(session))
    plain = keyloading.deciphered(key, cipher, strict=True)
    if len(plain) != len(_KEY_HEAD) + KEY_LENGTH or not plain.startswith(_KEY_HEAD):
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "no new master key", received=len(plain))
    with session.at.nvm.transaction():
        session.keys.replace(MASTER, plain[len(_KEY_HEAD) :])
    session.shut(MASTER)
    return OK
