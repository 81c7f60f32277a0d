"""Making the PKI environment: the user card's personalisation dialect, under the master keys of this environment.

No source shows how these directories are made; the dialect of the other environments serves here too (inferred).
"""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from cos.kernel import dialect, keyloading, stored
from cos.kernel.dialect import LEVEL_MASTER, DirectoryKind, Life
from cos.kernel.files import FileExists
from cos.kernel.refusal import Gate, Refusal
from cos.pki.environment import MASTER_REF, PkiSession
from cos.pki.security import KEY_LENGTH, PINS, random_block, shut
from keys.algorithms import SM4
from keys.handle import KeyHandle
from keys.store import KeyNotFound

_CLAUSE = "SSC-10 §5.2"


def _demand(session: PkiSession, what: str) -> None:
    if session.directory.life != Life.PERSONALISATION:
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, f"{what}: the directory's making has ended", _CLAUSE
        )
    if not session.master_proved:
        raise Refusal(
            SW.SECURITY_NOT_SATISFIED, Gate.RIGHT, f"{what} needs the directory's master key (00 82)", _CLAUSE
        )


def create(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """CREATE FILE: the application, or an elementary file in the current directory."""
    _demand(session, "creating")
    if not dialect.is_directory(command.data):
        session.files.create(session.directory.fid, dialect.parse_file(command.data))
        return OK
    header = dialect.parse_directory(command.data)
    if header.kind != DirectoryKind.ADF or not header.name or session.in_application:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "below the environment only applications with a name exist", _CLAUSE)
    for other in stored.headers(session.files):
        if other.fid == header.fid or other.name == header.name:
            raise FileExists(f"{other.fid:04X} has this identifier or name")
    session.files.put_directory(header.fid, header.encode())
    session.enter(header)
    session.earn(MASTER_REF, LEVEL_MASTER)  # its creator's right goes along until a master key of its own is there
    return OK


def write_key(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """WRITE KEY P1 00: the application's first master key under the environment's, PIN keys under its own."""
    _demand(session, "loading keys")
    header, value = keyloading.unwrap(command, _governing(session), random_block(session))
    known = header.ref in (MASTER_REF, *PINS.values()) and header.algorithm == SM4.social
    if not known or len(value) != KEY_LENGTH or not session.in_application:
        raise Refusal(
            SW.WRONG_DATA,
            Gate.DATA,
            "an application takes its master key (type 00, number 00) and PIN keys (type 01, number 01 or 02), SM4",
            _CLAUSE,
        )
    with session.nvm.transaction():
        session.keys.put(header, value)
    shut(session, header.ref)
    return OK


def _governing(session: PkiSession) -> KeyHandle:
    """The current directory's master key; the environment's while there is none."""
    try:
        return session.keys.key(MASTER_REF)
    except KeyNotFound:
        return session.keys_of(session.home).key(MASTER_REF)


def end(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:  # noqa: ARG001 - handlers share a shape
    """END: the current directory passes into use."""
    _demand(session, "END")
    session.put_header(session.directory._replace(life=Life.USER))
    return OK
