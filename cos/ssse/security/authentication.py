"""Authentication on the social side: random numbers, internal and external authentication, PIN."""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW, retries
from cos.kernel.access import right
from cos.kernel.dialect import LEVEL_FREE, LEVEL_MASTER
from cos.kernel.presenting import Claim, demand_tries, present, prove
from cos.kernel.refusal import Gate, Refusal
from cos.ssse.environment import SsseSession
from cos.ssse.security.keyring import MASTER_REF, PIN_REF, Kind
from cos.ssse.security.rights import forfeit, governing, pin_right
from keys import pin
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

    Order: key present 6A88, counter 6983, random number 6984, comparison 63Cx (``kernel.presenting``). The last try
    takes what the key has earned with it; BK and LK never lock and keep theirs.
    """
    data = command.data
    original = data[8:16]
    owner, store, ref = _wanted_key(session, command.p2, data[16] if len(data) > 16 else None)
    level = LEVEL_MASTER if ref.kind == Kind.MASTER else store.level(ref)
    never_locks = (
        level != LEVEL_MASTER
        and not session.environment.options.block_keys_lock
        and _blocks_something(session, owner, level)
    )
    claim = Claim(store, ref, f"key KID {command.p2:02X}", "SSC-7 §6.6")
    shown = prove(
        claim,
        session.challenge,
        data[:8],
        lambda key, random: authentication_data(key, random, original),
        counts=not never_locks,
    )
    if not shown.right:
        if shown.locks and not never_locks:
            forfeit(session, owner, ref)
        key = store.key(ref)
        turned = same(authentication_data(key, shown.random, data[:8]), data[8:16])
        hint = "the two halves are turned round: authentication data come first, then the original" if turned else ""
        raise Refusal(
            retries(shown.left),
            Gate.AUTHENTICATION,
            hint
            or f"authentication data do not match KID {command.p2:02X}, {key!r}, with the card's last random number as "
            f"process factor; {shown.left} tries left",
            "SSC-7 §6.6",
        )
    if level != LEVEL_FREE:
        session.security = session.security.having(right(owner, level), ref)
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
    if not command.data:
        left = store.tries_left(PIN_REF)
        if not pin.is_set(store, PIN_REF):
            return OK
        demand_tries(_pin_of(session))
        raise Refusal(
            retries(left), Gate.AUTHENTICATION, "asked only: a PIN is set and was not presented", "SSC-5 §6.14.5"
        )
    present_pin(session, command.data)
    session.security = session.security.having(pin_right(session), PIN_REF)
    return OK


def _pin_of(session: SsseSession) -> Claim:
    return Claim(session.keys(session.home.fid), PIN_REF, "the PIN", "SSC-7 §5.8")


def present_pin(session: SsseSession, presented: bytes) -> None:
    """Compare with the stored PIN; refuses with 6983 or 63Cx. A wrong one takes back what a right one has earned."""
    claim = _pin_of(session)
    shown = present(claim, lambda: claim.store.matches(PIN_REF, presented))
    if not shown.right:
        forfeit(session, session.home.fid, PIN_REF)
        raise Refusal(
            retries(shown.left), Gate.AUTHENTICATION, f"the PIN is wrong; {shown.left} tries left", "SSC-7 §5.8"
        )


def change_pin(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """CHANGE PIN (SSC-5 §6.3): old ‖ FF ‖ new, plain. Locked? old right? then replace, counter full."""
    demand_tries(_pin_of(session))
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
    pin_replaced(session, new)


def pin_replaced(session: SsseSession, new: bytes) -> None:
    """What becomes of the PIN's right: a PIN just set has not been verified; with none set, PIN conditions count as
    met (SSC-7 §5.6).
    """
    forfeit(session, session.home.fid, PIN_REF)
    if not new:
        session.security = session.security.having(pin_right(session), PIN_REF)


def valid_pin(pin_bytes: bytes) -> bool:
    """Packed digits, 4 to 16, F only as the very last nibble; or nothing at all (SSC-5 §6.3)."""
    if not pin_bytes:
        return True
    digits = pin_bytes.hex()
    body = digits.removesuffix("f")
    return _MIN_PIN <= len(pin_bytes) <= _MAX_PIN and body.isdecimal() and len(body) >= 4
