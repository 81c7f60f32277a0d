"""Authentication on the social side: random numbers, internal and external authentication, PIN."""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW, retries
from cos.kernel.access import right
from cos.kernel.dialect import LEVEL_FREE, LEVEL_MASTER
from cos.kernel.refusal import Gate, Refusal
from cos.ssse.environment import SsseSession
from cos.ssse.security.keyring import MASTER_REF, PIN_REF, Kind
from cos.ssse.security.rights import governing, pin_right
from keys import pin
from keys.algorithms import BadBlocks
from keys.mac import same
from keys.social import authentication_data
from keys.store import KeyNotFound, KeyRef, KeyStore

_SPECIFIC, _NUMBER = 0x80, 0x0F
_MIN_PIN, _MAX_PIN = 2, 8
_SEPARATOR = b"\xff"


def get_challenge(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """GET CHALLENGE (SSC-5 §6.5): 4, 8 or 16 bytes, good once, in the current application; the last one counts."""
    return ResponseAPDU(session.challenge.draw(command.le or 8))


def internal_authenticate(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """INTERNAL AUTHENTICATION (SSC-5 §6.7): authentication data under the IRK of the current level.

    Data: process factor 8 ‖ original information 8 [‖ key version 1]. The card's own random number is not used.
    """
    data = command.data
    version = data[16] if len(data) > 16 else None
    try:
        key = session.keys(session.directory.fid).find(Kind.IRK, 0, version)
    except KeyNotFound:
        key = session.keys(session.home.fid).find(Kind.IRK, 0, version)
    return ResponseAPDU(authentication_data(key, data[:8], data[8:16]))


def external_authenticate(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """EXTERNAL AUTHENTICATION (SSC-5 §6.4, SSC-7 §6.6): proves a key to the card and earns its level.

    Order: key present 6A88, counter 6983, random number 6984, comparison 63Cx. The try is spent and committed
    before the comparison; the random number is used up either way.
    """
    data = command.data
    owner, store, ref = _wanted_key(session, command.p2, data[16] if len(data) > 16 else None)
    key = store.key(ref)
    if not store.tries_left(ref):
        raise Refusal(SW.METHOD_BLOCKED, Gate.AUTHENTICATION, f"key KID {command.p2:02X} is locked", "SSC-7 §6.6")
    challenge = session.challenge.take()
    if challenge is None:
        raise Refusal(
            SW.REFERENCED_DATA_INVALID,
            Gate.RANDOM,
            "no random number: GET CHALLENGE must come first, in this application",
            "SSC-7 §6.6",
        )
    try:
        expected = authentication_data(key, challenge, data[8:16])
    except BadBlocks as error:
        raise Refusal(
            SW.REFERENCED_DATA_INVALID, Gate.RANDOM, f"this random number does not serve: {error}", "SSC-4 §8.4.1"
        ) from None
    level = LEVEL_MASTER if ref.kind == Kind.MASTER else store.level(ref)
    never_locks = (
        level != LEVEL_MASTER
        and not session.environment.options.block_keys_lock
        and _blocks_something(session, owner, level)
    )
    left = store.tries_left(ref) if never_locks else store.spend_try(ref)
    if not same(expected, data[:8]):
        turned = same(authentication_data(key, challenge, data[:8]), data[8:16])
        hint = "the two halves are turned round: authentication data come first, then the original" if turned else ""
        raise Refusal(
            retries(left),
            Gate.AUTHENTICATION,
            hint
            or f"authentication data do not match KID {command.p2:02X}, {key!r}, with the card's last random number as "
            f"process factor; {left} tries left",
            "SSC-7 §6.6",
        )
    if not never_locks:
        store.restore_tries(ref)
    if level != LEVEL_FREE:
        session.security = session.security.having(right(owner, level))
    return OK


def _wanted_key(session: SsseSession, p2: int, version: int | None) -> tuple[int, KeyStore, KeyRef]:
    """Owner directory, store and name of the key P2 means (SSC-5 table 14); number 0 is the master key."""
    number = p2 & _NUMBER
    if number == 0:
        owner = governing(session)
        store = session.keys(owner)
        if MASTER_REF not in store:
            raise KeyNotFound("no master key")
        return owner, store, MASTER_REF
    owner = session.directory.fid if p2 & _SPECIFIC else session.home.fid
    store = session.keys(owner)
    return owner, store, store.locate(Kind.EXTERNAL, number, version)


def _blocks_something(session: SsseSession, owner: int, level: int) -> bool:
    """True for BK and LK: a failed authentication never locks them (SSC-7 §13.1, §13.2)."""
    header = session.home if owner == session.home.fid else session.directory
    return header.block_level != LEVEL_FREE and header.block_level == level


def verify(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """VERIFY (SSC-5 §6.14, SSC-7 §5.8). Without data: 9000 if no PIN is set, else 63Cx, counter untouched."""
    store = session.keys(session.home.fid)
    left = store.tries_left(PIN_REF)
    if not command.data:
        if not pin.is_set(store, PIN_REF):
            return OK
        if not left:
            raise _locked()
        raise Refusal(
            retries(left), Gate.AUTHENTICATION, "asked only: a PIN is set and was not presented", "SSC-5 §6.14.5"
        )
    present_pin(session, command.data)
    session.security = session.security.having(pin_right(session))
    return OK


def present_pin(session: SsseSession, presented: bytes) -> None:
    """Compare with the stored PIN; refuses with 6983 or 63Cx."""
    verdict = pin.present(session.keys(session.home.fid), PIN_REF, presented)
    if verdict.was_locked:
        raise _locked()
    if not verdict.right:
        session.security = session.security.without(pin_right(session))
        raise Refusal(
            retries(verdict.tries_left),
            Gate.AUTHENTICATION,
            f"the PIN is wrong; {verdict.tries_left} tries left",
            "SSC-7 §5.8",
        )


def _locked() -> Refusal:
    return Refusal(
        SW.METHOD_BLOCKED, Gate.AUTHENTICATION, "the PIN is locked: its try counter is at zero", "SSC-7 §5.8"
    )


def change_pin(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """CHANGE PIN (SSC-5 §6.3): old ‖ FF ‖ new, plain. Locked? old right? then replace, counter full."""
    store = session.keys(session.home.fid)
    if not store.tries_left(PIN_REF):
        raise _locked()
    old, separator, new = command.data.partition(_SEPARATOR)
    if not separator or not valid_pin(new):
        raise Refusal(
            SW.WRONG_DATA,
            Gate.DATA,
            "the data must be old PIN ‖ FF ‖ new PIN, the new one 4 to 16 digits",
            "SSC-5 §6.3",
        )
    present_pin(session, old)
    replace_pin(session, new)
    return OK


def replace_pin(session: SsseSession, new: bytes) -> None:
    """Store a new PIN (empty: none set), counter full."""
    store = session.keys(session.home.fid)
    with session.nvm.transaction():
        pin.set_pin(store, PIN_REF, new)
    # With no PIN set, PIN conditions count as met; a PIN just set has not been verified (SSC-7 §5.6).
    earned = pin_right(session)
    session.security = session.security.without(earned) if new else session.security.having(earned)


def valid_pin(pin_bytes: bytes) -> bool:
    """Packed digits, 4 to 16, F only as the very last nibble; or nothing at all (SSC-5 §6.3)."""
    if not pin_bytes:
        return True
    digits = pin_bytes.hex()
    body = digits.removesuffix("f")
    return _MIN_PIN <= len(pin_bytes) <= _MAX_PIN and body.isdecimal() and len(body) >= 4
