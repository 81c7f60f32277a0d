"""Pre-personalisation: applications, their log files, channel keys and KEYDATA under the environment's master key.

Only until END; afterwards the master key has nothing left to do here and the commands are gone. Creation and key
loading follow the personalisation dialect; the proof of the master key has the bank's own form of 8 bytes
(SSC-10 §5.2, PBOC-10 §8.2).
"""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW, retries
from cos.kernel import dialect, keyloading, stored
from cos.kernel.dialect import DirectoryKind, Life
from cos.kernel.files import FileExists, FileNotFound
from cos.kernel.presenting import Claim, prove
from cos.kernel.refusal import Gate, Refusal
from cos.pse.directory import MASTER_REF, Directory
from cos.pse.environment import PseSession
from firewall.grant import Ended
from keys import t514
from keys.algorithms import BadBlocks
from keys.handle import KeyHandle

CHANNEL_KINDS = (0x10, 0x11, 0x12)
"""Key types of KENC, KMAC and KDEK in WRITE KEY; key number 01, version that of the issuer's KMC."""

CHANNEL_KID = 1
_RANDOM = 8
_CLAUSE = "SSC-10 §5.2, PBOC-10 §8.2"


def get_challenge(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """4 or 8 random bytes, good once."""
    return ResponseAPDU(session.challenge.draw(command.le or 8))


def prove_master(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """The environment's master key over the last random number, 8 bytes; gives every right of this chapter."""
    claim = Claim(session.home.keys, MASTER_REF, "the environment's master key", _CLAUSE)
    shown = prove(claim, session.challenge, command.data, _answer)
    session.proved = shown.right
    if not shown.right:
        raise Refusal(retries(shown.left), Gate.AUTHENTICATION, "the master key's cryptogram is wrong", _CLAUSE)
    return OK


def _answer(key: KeyHandle, random: bytes) -> bytes:
    if len(random) != _RANDOM:
        raise BadBlocks(f"the bank's form takes {_RANDOM} bytes, not {len(random)}")
    return t514.bank_master_authentication(key, random)


def _demand(session: PseSession, what: str) -> None:
    if not session.proved:
        raise Refusal(
            SW.SECURITY_NOT_SATISFIED,
            Gate.RIGHT,
            f"{what} needs the environment's master key (00 82, 8 bytes); nothing is proved since selection",
            _CLAUSE,
        )


def create(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """CREATE FILE: an application of the environment, or an elementary file in the current directory."""
    _demand(session, "creating")
    if not dialect.is_directory(command.data):
        session.files.create(session.current.fid, dialect.parse_file(command.data))
        return OK
    header = dialect.parse_directory(command.data)
    if header.kind != DirectoryKind.ADF or not header.name:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "below the environment only applications with a name exist", _CLAUSE)
    others = stored.headers(session.files)
    if any(other.fid == header.fid or other.name == header.name for other in others):
        raise FileExists("identifier or name is taken")
    session.files.put_directory(header.fid, header.encode())
    _stand_on(session, session.directory(header.fid))
    return OK


def _stand_on(session: PseSession, directory: Directory) -> None:
    """Make it current; the creator's right goes along."""
    session.enter(directory)
    session.proved = True


def write_key(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """WRITE KEY: P1 01 the environment's master key, P1 00 a key of the personalisation channel here."""
    _demand(session, "loading keys")
    if session.home.header.life == Life.USER and command.p1 != 1:
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED,
            Gate.LIFE_CYCLE,
            "pre-personalisation has ended: the master key may only replace itself",
            _CLAUSE,
        )
    master = session.home.keys.key(MASTER_REF)
    is_master = command.p1 == 1
    if is_master and keyloading.forms(command.cla) != (True, True):
        raise Refusal(
            SW.SM_MISSING, Gate.MESSAGING, "a master key is replaced enciphered and with MAC only", "SSC-4 §7.3"
        )
    header, value = keyloading.unwrap(command, master, session.challenge.take())
    if is_master:
        right = header.kind == MASTER_REF.kind and header.kid == 0 and not session.current.is_application
    else:
        right = header.kind in CHANNEL_KINDS and header.kid == CHANNEL_KID
    if not right or len(value) != 16:
        raise Refusal(
            SW.WRONG_DATA,
            Gate.DATA,
            "P1 01 carries the environment's master key (type 00, number 00), P1 00 a channel key (type 10, 11 or 12, "
            "number 01); 16 bytes each",
            _CLAUSE,
        )
    store = session.home.keys if is_master else session.current.keys
    with session.nvm.transaction():
        store.put(header._replace(version=0) if is_master else header, value)
    # The key just loaded has been shown by nobody (kernel.access): what the old one opened is closed.
    if is_master:
        session.proved = False
    else:
        session.channel = None
    return OK


def key_data(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """KEYDATA: KMC identifier 6 ‖ chip serial number 4, which the bank derives the channel keys from."""
    _demand(session, "writing KEYDATA")
    session.current.put_key_data(command.data)
    return OK


def end(session: PseSession, command: CommandAPDU) -> ResponseAPDU:  # noqa: ARG001 - handlers share a shape
    """END: pre-personalisation is over, for the environment and all its applications."""
    _demand(session, "ending pre-personalisation")
    if session.current.is_application:
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED,
            Gate.LIFE_CYCLE,
            "an application ends with its last STORE DATA; select the environment",
            "PBOC-10 §6.3",
        )
    session.put_header(session.home.header._replace(life=Life.USER))
    return OK


def delete_environment(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """DELETE: the environment itself, under its own master key; the MF is current afterwards."""
    if session.current.is_application or int.from_bytes(command.data, "big") != session.home.fid:
        raise FileNotFound("an environment deletes itself only, while it is current")
    _demand(session, "deleting the environment")
    raise Ended(OK)


def delete_application(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """DELETE: an application that is not personalised yet, with everything in it."""
    _demand(session, "deleting")
    fid = int.from_bytes(command.data, "big")
    directory = session.directory(fid)
    if not directory.is_application or directory.personalised:
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, "only an unfinished application can be deleted", _CLAUSE
        )
    with session.nvm.transaction():
        directory.erase()
        session.files.delete_directory(fid)
    session.forget_directory(fid)
    _stand_on(session, session.home)
    return OK


def delete_file(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """DELETE: an elementary file of the current directory."""
    _demand(session, "deleting")
    with session.nvm.transaction():
        session.files.delete(session.current.fid, int.from_bytes(command.data, "big"))
    return OK
