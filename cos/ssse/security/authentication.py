"""Proofs on the social side: internal and external authentication, the PIN, and what a proof is asked for.

PIN unblocking and the two block commands: authenticate with PUK, LK or BK, then a MAC under STK (SSC-7 §13).
"""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW, retries
from cos.kernel.access_rights import demand_right, governing, unproved
from cos.kernel.directory_headers import LEVEL_FREE, LEVEL_MASTER, MASTER, DirectoryHeader, Life
from cos.kernel.presenting_secrets import SecretClaim, demand_tries, present, prove
from cos.kernel.refusal import Gate, Refusal, but_for
from cos.kernel.security_state import Standing, right
from cos.ssse.security.key_types import PIN_REF, SocialKeyType, earn_pin
from cos.ssse.security.secure_messaging import MAC_LENGTH, deciphered, open_message
from cos.ssse.session import SsseSession
from keys import pin
from keys.card_key_store import KeyNotFound, KeyRef, KeyStore
from keys.mac import same
from keys.social_cryptography import authentication_data

_SPECIFIC, _NUMBER = 0x80, 0x0F
_MIN_PIN, _MAX_PIN = 2, 8
_SEPARATOR = b"\xff"


def internal_authenticate(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """INTERNAL AUTHENTICATION (SSC-5 §6.7): authentication data under the IRK of the current level.

    Data: process factor 8 ‖ original information 8 [‖ key version 1]. The card's own random number is not used.
    """
    data = command.data
    version = data[16] if len(data) > 16 else None
    try:
        key = session.at.keys(session.at.directory.fid).find(SocialKeyType.IRK, 0, version)
    except KeyNotFound:
        key = session.at.keys(session.at.home.fid).find(SocialKeyType.IRK, 0, version)
    return ResponseAPDU(authentication_data(key, data[:8], data[8:16]))


def external_authenticate(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """EXTERNAL AUTHENTICATION (SSC-5 §6.4, SSC-7 §6.6): proves a key to the card and earns its level.

    Order: key present 6A88, counter 6983, random number 6984, comparison 63Cx (``kernel.presenting``). The last try
    takes what the key has earned with it; BK and LK never lock and keep theirs.
    """
    at, data = session.at, command.data
    original = data[8:16]
    owner, store, ref = _wanted_key(at, command.p2, data[16] if len(data) > 16 else None)
    level = LEVEL_MASTER if ref.kind == SocialKeyType.MASTER else store.level(ref)
    options = session.environment.options
    blocks = level != LEVEL_MASTER and _blocks_something(at, owner, level)
    never_locks = blocks and not options.block_keys_lock
    claim = SecretClaim(store, ref, "the key", "SSC-7 §6.6")
    try:
        shown = prove(
            claim,
            at.challenge,
            data[:8],
            lambda key, random: authentication_data(key, random, original),
            counts=not never_locks,
        )
    except Refusal as refusal:
        if refusal.sw == SW.METHOD_BLOCKED:
            _whose_lock(session, refusal, ref, blocks=blocks)
        raise
    if not shown.right:
        if shown.locks and not never_locks:
            at.forfeit(owner, ref)
        key = store.key(ref)
        turned = same(authentication_data(key, shown.random, data[:8]), data[8:16])
        why = "authentication data turned round" if turned else "wrong authentication data"
        raise Refusal(
            retries(shown.left),
            Gate.AUTHENTICATION,
            why,
            "SSC-7 §6.6",
            kid=command.p2,
            key=repr(key),
            left=shown.left,
            ref=ref,
            directory=owner,
            counts=not never_locks,
        )
    if level != LEVEL_FREE:
        at.earn(owner, level, ref)
    return OK


def _whose_lock(session: SsseSession, refusal: Refusal, ref: KeyRef, *, blocks: bool) -> None:
    """Name the setting that lets BK and LK lock, or that lets wrong MACs lock PUK."""
    options = session.environment.options
    if blocks and options.block_keys_lock:
        but_for(refusal, options, "block_keys_lock", False)
    if (ref.kind, ref.kid) == (SocialKeyType.EXTERNAL, PUK_NUMBER) and options.wrong_mac_counts_for_puk:
        but_for(refusal, options, "wrong_mac_counts_for_puk", False)


def _wanted_key(at: Standing, p2: int, version: int | None) -> tuple[int, KeyStore, KeyRef]:
    """Owner directory, store and name of the key P2 means (SSC-5 table 14); number 0 is the master key."""
    number = p2 & _NUMBER
    if number == 0:
        owner = governing(at)
        store = at.keys(owner)
        if MASTER not in store:
            raise KeyNotFound("no master key", directory=owner)
        return owner, store, MASTER
    owner = at.directory.fid if p2 & _SPECIFIC else at.home.fid
    store = at.keys(owner)
    return owner, store, store.locate(SocialKeyType.EXTERNAL, number, version)


def _blocks_something(at: Standing, owner: int, level: int) -> bool:
    """True for BK and LK: a failed authentication never locks them (SSC-7 §13.1, §13.2)."""
    header = at.home if owner == at.home.fid else at.directory
    return header.block_level != LEVEL_FREE and header.block_level == level


def verify(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """VERIFY (SSC-5 §6.14, SSC-7 §5.8). Without data: 9000 if no PIN is set, else 63Cx, counter untouched."""
    store = session.at.keys(session.at.home.fid)
    if not command.data:
        left = store.tries_left(PIN_REF)
        if not pin.is_set(store, PIN_REF):
            return OK
        demand_tries(_pin_of(session))
        raise Refusal(retries(left), Gate.AUTHENTICATION, "PIN asked for, not presented", "SSC-5 §6.14.5", left=left)
    present_pin(session, command.data)
    earn_pin(session.at)
    return OK


def _pin_of(session: SsseSession) -> SecretClaim:
    return SecretClaim(session.at.keys(session.at.home.fid), PIN_REF, "the PIN", "SSC-7 §5.8")


def present_pin(session: SsseSession, presented: bytes) -> None:
    """Compare with the stored PIN; refuses with 6983 or 63Cx. A wrong one takes back what a right one has earned."""
    claim = _pin_of(session)
    shown = present(claim, lambda: claim.store.matches(PIN_REF, presented))
    if not shown.right:
        session.at.forfeit(session.at.home.fid, PIN_REF)
        raise Refusal(
            retries(shown.left),
            Gate.AUTHENTICATION,
            "wrong PIN",
            "SSC-7 §5.8",
            left=shown.left,
        )


def change_pin(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """CHANGE PIN (SSC-5 §6.3): old ‖ FF ‖ new, plain. Locked? old right? then replace, counter full."""
    demand_tries(_pin_of(session))
    old, separator, new = command.data.partition(_SEPARATOR)
    if not separator or not valid_pin(new):
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "not an old and a new PIN")
    present_pin(session, old)
    replace_pin(session, new)
    return OK


def replace_pin(session: SsseSession, new: bytes) -> None:
    """Store a new PIN (empty: none set), counter full."""
    store = session.at.keys(session.at.home.fid)
    with session.at.nvm.transaction():
        pin.set_pin(store, PIN_REF, new)
    pin_replaced(session, new)


def pin_replaced(session: SsseSession, new: bytes) -> None:
    """What becomes of the PIN's right: a PIN just set has not been verified; with none set, PIN conditions count as
    met (SSC-7 §5.6).
    """
    session.at.forfeit(session.at.home.fid, PIN_REF)
    if not new:
        earn_pin(session.at)


def valid_pin(pin_bytes: bytes) -> bool:
    """Packed digits, 4 to 16, F only as the very last nibble; or nothing at all (SSC-5 §6.3)."""
    if not pin_bytes:
        return True
    digits = pin_bytes.hex()
    body = digits.removesuffix("f")
    return _MIN_PIN <= len(pin_bytes) <= _MAX_PIN and body.isdecimal() and len(body) >= 4


PUK_NUMBER = 6


def unblock_pin(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """PIN CHANGE/UNBLOCK (SSC-5 §6.8, SSC-7 §13.3). P2 00: counter full, PIN kept. P2 01: new PIN, enciphered.

    P2 01 with the MAC alone sets no PIN at all (§6.8.3). By profile a wrong MAC costs the PUK that was proved a try;
    the last one ends the right it has earned: a locked PUK unblocks nothing (§13.3), 6982 (SSC-5 table 27 has no 6983).
    """
    home = session.at.home.fid
    store = session.at.keys(home)
    puk = _proved_puk(session.at)
    if command.p2 == 0 and len(command.data) > MAC_LENGTH:
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "unblocking with data", "SSC-5 table 26")
    clears = command.p2 == 1 and len(command.data) == MAC_LENGTH
    if clears and not session.environment.options.unblock_may_clear_pin:
        refusal = Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "new PIN in clear", "SSC-5 table 26")
        raise but_for(refusal, session.environment.options, "unblock_may_clear_pin", True)
    pays = session.environment.options.wrong_mac_counts_for_puk
    payer = SecretClaim(store, puk, "the PUK", "SSC-7 §13.3") if pays else None
    data, key = open_message(session, command, home, payer)
    if command.p2 == 0:
        store.restore_tries(PIN_REF)
    else:
        new = deciphered(key, data) if data else b""
        if not valid_pin(new):
            raise Refusal(SW.WRONG_DATA, Gate.DATA, "deciphered PIN is none")
        replace_pin(session, new)
    if pays:
        store.restore_tries(puk)  # an unblocking that was carried out ends the row of failures
    return OK


def _proved_puk(at: Standing) -> KeyRef:
    """The version of PUK that was proved in this session, the lowest of several. Refuses with 6A88, 6982."""
    home = at.home.fid
    store = at.keys(home)
    needed = right(home, store.level(store.locate(SocialKeyType.EXTERNAL, PUK_NUMBER)))
    for key in at.security.earners(needed):
        if (key.kind, key.kid) == (SocialKeyType.EXTERNAL, PUK_NUMBER):  # not another key of the same level
            return key
    raise unproved(at, "right not held", (frozenset((needed,)),), "SSC-7 §13.3")


def block_application(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """APPLICATION BLOCK (SSC-5 §6.1, SSC-7 §13.2): the current application, for good."""
    header = session.at.directory
    if not session.at.in_application:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.STATE, "no application selected")
    if header.life == Life.BLOCKED:  # only where the profile lets the command come this far
        return OK
    return _block(session, command, header, "SSC-7 §13.2")


def block_card(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """CARD BLOCK (SSC-5 §6.2, SSC-7 §13.1): this environment, or by profile the whole card, for good."""
    if session.at.in_application:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.STATE, "an application is selected")
    return _block(session, command, session.at.home, "SSC-7 §13.1")


def _block(session: SsseSession, command: CommandAPDU, header: DirectoryHeader, clause: str) -> ResponseAPDU:
    if header.block_level == LEVEL_FREE:
        raise KeyNotFound("no block key", directory=header.fid)
    demand_right(session.at, right(header.fid, header.block_level), clause)
    open_message(session, command, header.fid)
    session.at.put_header(header._replace(life=Life.BLOCKED))
    return OK
