"""PIN unblocking and the two block commands: authenticate with PUK, LK or BK, then a MAC under STK (SSC-7 §13)."""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from cos.kernel.access import right
from cos.kernel.dialect import LEVEL_FREE, DirectoryHeader, Life
from cos.kernel.presenting import Claim
from cos.kernel.refusal import Gate, Refusal
from cos.ssse.environment import SsseSession
from cos.ssse.security.authentication import replace_pin, valid_pin
from cos.ssse.security.keyring import PIN_REF, Kind
from cos.ssse.security.messaging import MAC_LENGTH, deciphered, open_message
from cos.ssse.security.rights import explain_held, is_application, name_right
from keys.store import KeyNotFound, KeyRef

PUK_NUMBER = 6


def unblock_pin(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """PIN CHANGE/UNBLOCK (SSC-5 §6.8, SSC-7 §13.3). P2 00: counter full, PIN kept. P2 01: new PIN, enciphered.

    P2 01 with the MAC alone sets no PIN at all (§6.8.3). By profile a wrong MAC costs the PUK that was proved a try;
    the last one ends the right it has earned: a locked PUK unblocks nothing (§13.3), 6982 (SSC-5 table 27 has no 6983).
    """
    home = session.home.fid
    store = session.keys(home)
    puk = _proved_puk(session)
    if command.p2 == 0 and len(command.data) > MAC_LENGTH:
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "unblocking carries the MAC alone", "SSC-5 table 26")
    clears = command.p2 == 1 and len(command.data) == MAC_LENGTH
    if clears and not session.environment.options.unblock_may_clear_pin:
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "a new PIN needs an enciphered field", "SSC-5 table 26")
    pays = session.environment.options.wrong_mac_counts_for_puk
    payer = Claim(store, puk, "PUK", "SSC-7 §13.3") if pays else None
    data, key = open_message(session, command, home, payer)
    if command.p2 == 0:
        store.restore_tries(PIN_REF)
    else:
        new = deciphered(key, data) if data else b""
        if not valid_pin(new):
            raise Refusal(SW.WRONG_DATA, Gate.DATA, "the deciphered PIN is not 4 to 16 digits", "SSC-5 §6.8")
        replace_pin(session, new)
    if pays:
        store.restore_tries(puk)  # an unblocking that was carried out ends the row of failures
    return OK


def _proved_puk(session: SsseSession) -> KeyRef:
    """The version of PUK that was proved in this session, the lowest of several. Refuses with 6A88, 6982."""
    home = session.home.fid
    store = session.keys(home)
    needed = right(home, store.level(store.locate(Kind.EXTERNAL, PUK_NUMBER)))
    for key in session.security.earners(needed):
        if (key.kind, key.kid) == (Kind.EXTERNAL, PUK_NUMBER):  # not another key of the same level
            return key
    raise _unproved(session, needed, "PIN CHANGE/UNBLOCK", "SSC-7 §13.3")


def block_application(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """APPLICATION BLOCK (SSC-5 §6.1, SSC-7 §13.2): the current application, for good."""
    header = session.directory
    if not is_application(header):
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED,
            Gate.STATE,
            "no application is selected: the environment is current",
            "SSC-5 §6.1",
        )
    if header.life == Life.BLOCKED:  # only where the profile lets the command come this far
        return OK
    _block(session, command, header, "APPLICATION BLOCK", "SSC-7 §13.2")
    return OK


def block_card(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """CARD BLOCK (SSC-5 §6.2, SSC-7 §13.1): this environment, or by profile the whole card, for good."""
    if is_application(session.directory):
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED,
            Gate.STATE,
            "CARD BLOCK belongs to the environment: select SSSE first",
            "SSC-5 §6.2",
        )
    _block(session, command, session.home, "CARD BLOCK", "SSC-7 §13.1")
    if session.environment.blocker is not None:
        session.environment.blocker.block_card()
    return OK


def _block(session: SsseSession, command: CommandAPDU, header: DirectoryHeader, what: str, clause: str) -> None:
    if header.block_level == LEVEL_FREE:
        raise KeyNotFound(f"{what}: this directory has no block key")
    _demand(session, right(header.fid, header.block_level), what, clause)
    open_message(session, command, header.fid)
    session.put_header(header._replace(life=Life.BLOCKED))


def _demand(session: SsseSession, needed: int, what: str, clause: str) -> None:
    if needed not in session.security.rights:
        raise _unproved(session, needed, what, clause)


def _unproved(session: SsseSession, needed: int, what: str, clause: str) -> Refusal:
    text = f"{what} needs {name_right(session, needed)}; {explain_held(session)}"
    return Refusal(SW.SECURITY_NOT_SATISFIED, Gate.RIGHT, text, clause)
