"""Random numbers, EXTERNAL AUTHENTICATION and INITIALIZE ENVIRONMENT of a PSAM (SSC-9 §9)."""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW, retries
from cos.kernel.access import right
from cos.kernel.dialect import LEVEL_FREE, LEVEL_MASTER
from cos.kernel.presenting import Claim, prove
from cos.kernel.refusal import Gate, Refusal
from cos.psam.environment import PsamSession
from cos.psam.security.rights import MASTER_REF, Kind, demand_application, governing, has_master
from keys.social import authentication_data

_WIDE_PROVINCE = 0x11  # Beijing: 16-byte cipher where no FCI says otherwise
_LONG = 16


def get_challenge(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """4 or 8 bytes, 16 in an environment of a 16-byte cipher; good once, the last one counts (SSC-9 §9.2)."""
    length = command.le or 8
    home = session.home
    if length == _LONG and (
        home is None or not has_master(session, home.fid) or session.keys(home.fid).key(MASTER_REF).block != _LONG
    ):
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "16 bytes are for environments of 16-byte ciphers", "SSC-9 §9.2")
    return ResponseAPDU(session.challenge.draw(length))


def external_authenticate(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """EXTERNAL AUTHENTICATION: P2 00 the governing master key, 01 to 07 a key of the application.

    Order: application 6985, key 6A88, counter 6983, random number 6984, comparison (``kernel.presenting``). The last
    try takes what the key has earned with it.
    """
    data = command.data
    if command.p2:
        demand_application(session, "authenticating an authority's key")
        owner = session.directory.fid
        ref = session.keys(owner).locate(Kind.EXTERNAL, command.p2, data[16] if len(data) > 16 else None)
    else:
        owner, ref = governing(session), MASTER_REF
    store = session.keys(owner)
    claim = Claim(store, ref, f"key {command.p2:02X}", "SSC-9 §9.4, table 18")
    original = data[8:16]
    shown = prove(claim, session.challenge, data[:8], lambda key, random: authentication_data(key, random, original))
    if not shown.right:
        if shown.locks:
            session.security = session.security.without(owner, ref)
        plain = session.environment.options.failed_authentication == "6982"
        raise Refusal(
            SW.SECURITY_NOT_SATISFIED if plain else retries(shown.left),
            Gate.AUTHENTICATION,
            f"authentication data do not match {store.key(ref)!r} with the last random number as process factor; "
            f"{shown.left} left",
            "SSC-9 §9.4",
        )
    level = LEVEL_MASTER if ref == MASTER_REF else store.header(ref).level
    if level != LEVEL_FREE:
        session.security = session.security.having(right(owner, level), ref)
    return OK


def initialize_environment(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """INITIALIZE ENVIRONMENT 初始化环境: the user card's province digits.

    What follows from them is inferred: with province 11 keys of 16-byte ciphers come first, else those of 8-byte
    ciphers, where the application holds both.
    """
    demand_application(session, "INITIALIZE ENVIRONMENT")
    if not command.data.hex().isdecimal():
        raise Refusal(
            SW.WRONG_DATA,
            Gate.DATA,
            f"{command.data.hex().upper()} is not the first byte of a card identification code: two digits",
            "SSC-9 §9.3",
        )
    if session.environment.options.initialize_environment == "picks cipher":
        session.wide = command.data[0] == _WIDE_PROVINCE
    return OK
