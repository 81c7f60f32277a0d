"""Pre-personalisation: applications, their log files, channel keys and KEYDATA under the environment's master key.

Only until END; afterwards the master key has nothing left to do here and the commands are gone. Creation and key
loading follow the personalisation dialect; the proof of the master key has the bank's own form of 8 bytes
(SSC-10 §5.2, PBOC-10 §8.2).
"""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW, retries
from cos.kernel import directory_headers
from cos.kernel.directory_headers import LEVEL_MASTER, MASTER, Life
from cos.kernel.presenting_secrets import SecretClaim, prove
from cos.kernel.refusal import Gate, Refusal
from cos.making import create_file as making
from cos.making.write_key import MASTER_KEY, Takes, demand_protected, loaded
from cos.pse.session import PseSession
from keys import key_wrapping
from keys.algorithms import BadBlocks
from keys.key_handle import KeyHandle

CHANNEL_KINDS = (0x10, 0x11, 0x12)
"""Key types of KENC, KMAC and KDEK in WRITE KEY; key number 01, version that of the issuer's KMC."""

CHANNEL_KID = 1
_RANDOM = 8
_CHANNEL_KEYS = Takes(0, CHANNEL_KINDS, (CHANNEL_KID,))
KEYS_TAKEN = (MASTER_KEY, _CHANNEL_KEYS)
"""What WRITE KEY brings into the environment; into an application only the channel's."""


def prove_master(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """The environment's master key over the last random number, 8 bytes; gives every right of this chapter."""
    at, home = session.at, session.home
    claim = SecretClaim(home.keys, MASTER, "the environment's master key", "SSC-10 §5.2, PBOC-10 §8.2")
    shown = prove(claim, at.challenge, command.data, _answer)
    if not shown.right:
        at.forfeit(home.fid, MASTER)
        raise Refusal(
            retries(shown.left),
            Gate.AUTHENTICATION,
            "wrong master key cryptogram",
            left=shown.left,
            ref=MASTER,
            directory=home.fid,
        )
    at.earn(home.fid, LEVEL_MASTER, MASTER)
    return OK


def _answer(key: KeyHandle, random: bytes) -> bytes:
    if len(random) != _RANDOM:
        raise BadBlocks(f"the bank's form takes {_RANDOM} bytes, not {len(random)}")
    return key_wrapping.bank_master_authentication(key, random)


def create(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """CREATE FILE: an application of the environment, or an elementary file in the current directory."""
    at = session.at
    if not directory_headers.is_directory(command.data):
        return making.create_file(at, command.data)
    header = directory_headers.parse_directory(command.data)
    making.create_application(at, header)
    session.stand_on(session.directory(header.fid))
    return OK


def write_key(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """WRITE KEY: P1 01 the environment's master key, P1 00 a key of the personalisation channel here."""
    home, current = session.home, session.current
    is_master = command.p1 == MASTER_KEY.p1
    if is_master:
        demand_protected(command)
    elif home.header.life == Life.USER:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, "the master key replaces itself only")
    takes = (_CHANNEL_KEYS,) if current.is_application else KEYS_TAKEN
    header, value = loaded(session.at, command, home.keys.key(MASTER), takes)
    (home if is_master else current).keys.put(header, value)
    # The key just loaded has been shown by nobody (``SecurityState``): what the old one opened is closed.
    if is_master:
        session.at.forfeit(home.fid, MASTER)
    else:
        session.channel = None
    return OK


def key_data(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """KEYDATA: KMC identifier 6 ‖ chip serial number 4, which the bank derives the channel keys from."""
    session.current.put_key_data(command.data)
    return OK


def end(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """END: pre-personalisation is over, for the environment and all its applications."""
    if session.current.is_application:
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, "an application ends with STORE DATA", "PBOC-10 §6.3"
        )
    response = making.end(session, command)
    session.home.header = session.at.home
    return response


def delete_application(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """DELETE: an application that is not personalised yet, with everything in it."""
    fid = making.fid_in(command)
    directory = session.directory(fid)
    if not directory.is_application or directory.personalised:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, "no unfinished application", fid=fid)
    with session.at.nvm.transaction():
        directory.erase()
        session.at.files.delete_directory(fid)
    session.forget_directory(fid)
    session.stand_on(session.home)
    return OK
