"""What a PSAM asks besides the rights of files, and how it is shown (SSC-9 §9).

An application, a blank chip; random numbers, EXTERNAL AUTHENTICATION and INITIALIZE ENVIRONMENT.
"""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW, retries
from cos.kernel.access_rights import governing
from cos.kernel.command_rows import Need
from cos.kernel.directory_headers import LEVEL_FREE, LEVEL_MASTER, MASTER
from cos.kernel.presenting_secrets import SecretClaim, prove
from cos.kernel.refusal import Gate, Refusal, but_for
from cos.psam.session import PsamSession
from keys.social_cryptography import authentication_data

EXTERNAL_KIND = 0x0D
"""An authority's key in a directory's own place, by the first byte of the key header."""


def demand_application(session: PsamSession, *_: object) -> None:
    """Refuse with 6985 unless an application is current."""
    if not session.at.in_application:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.TARGET, "no application of the PSAM", "SSC-9 §9")


def demand_blank(session: PsamSession, *_: object) -> None:
    """Refuse with 6985 unless this is the MF of a chip that has none yet."""
    if not session.blank:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, "the MF exists")


IN_APPLICATION: Need[PsamSession] = Need("an application is current", demand_application)
BLANK_CHIP: Need[PsamSession] = Need("the chip is blank", demand_blank)


_WIDE_PROVINCE = 0x11  # Beijing: 16-byte cipher where no FCI says otherwise
_LONG = 16


def get_challenge(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """4 or 8 bytes, 16 in an environment of a 16-byte cipher; good once, the last one counts (SSC-9 §9.2)."""
    length, at = command.le or 8, session.at
    store = at.keys(at.home.fid)
    if length == _LONG and (MASTER not in store or store.key(MASTER).block != _LONG):
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "16 bytes asked of an 8-byte cipher")
    return ResponseAPDU(at.challenge.draw(length))


def external_authenticate(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """EXTERNAL AUTHENTICATION: P2 00 the governing master key, 01 to 07 a key of the application.

    Order: application 6985, key 6A88, counter 6983, random number 6984, comparison (``kernel.presenting``). The last
    try takes what the key has earned with it.
    """
    at, data = session.at, command.data
    if command.p2:
        demand_application(session)
        owner = at.directory.fid
        ref = at.keys(owner).locate(EXTERNAL_KIND, command.p2, data[16] if len(data) > 16 else None)
    else:
        owner, ref = governing(at), MASTER
    store = at.keys(owner)
    claim = SecretClaim(store, ref, "the key", "SSC-9 §9.4, table 18")
    original = data[8:16]
    shown = prove(claim, at.challenge, data[:8], lambda key, random: authentication_data(key, random, original))
    if not shown.right:
        if shown.locks:
            at.forfeit(owner, ref)
        plain = session.environment.options.failed_authentication == "6982"
        word = SW.SECURITY_NOT_SATISFIED if plain else retries(shown.left)
        refusal = Refusal(
            word,
            Gate.AUTHENTICATION,
            "wrong authentication data",
            key=repr(store.key(ref)),
            kid=command.p2,
            left=shown.left,
            ref=ref,
            directory=owner,
        )
        raise but_for(refusal, session.environment.options, "failed_authentication")
    level = LEVEL_MASTER if ref == MASTER else store.header(ref).level
    if level != LEVEL_FREE:
        at.earn(owner, level, ref)
    return OK


def initialize_environment(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """INITIALIZE ENVIRONMENT 初始化环境: the user card's province digits.

    What follows from them is inferred: with province 11 keys of 16-byte ciphers come first, else those of 8-byte
    ciphers, where the application holds both.
    """
    if not command.data.hex().isdecimal():
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "no province", received=command.data)
    if session.environment.options.initialize_environment == "picks cipher":
        session.wide = command.data[0] == _WIDE_PROVINCE
    return OK
