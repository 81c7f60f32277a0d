"""Personalisation commands of the social side: everything under the environment's own master key.

Files and keys are created while a directory is being personalised; END closes it. Keys travel enciphered and
MACed, plain only before END (SSC-4 §7.3, SSC-10 §5.2; personalisation dialect).
"""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from cos.kernel import dialect, keyloading, stored
from cos.kernel.dialect import DirectoryHeader, DirectoryKind, Life
from cos.kernel.files import FileExists, FileNotFound, Structure
from cos.kernel.refusal import Gate, Refusal
from cos.ssse.environment import SsseSession
from cos.ssse.files.selection import fci as fci_of
from cos.ssse.security.authentication import pin_replaced
from cos.ssse.security.keyring import MASTER_REF, PIN_REF, Kind
from cos.ssse.security.rights import demand_master, demand_personalisation, forfeit
from firewall.grant import Ended
from keys.store import KeyHeader

_KEY_RECORD = 0x18
_SECURITY_FILE_SFI = 0x80
_NUMBER = 0x0F
_KINDS = frozenset(int(kind) for kind in Kind)
_CLAUSE = "SSC-10 §5.2"


def create(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """CREATE FILE: an application below the environment, or an elementary file in the current directory."""
    demand_master(session, "creating files")
    if dialect.is_directory(command.data):
        return _create_application(session, dialect.parse_directory(command.data))
    demand_personalisation(session, "creating files")
    session.files.create(session.directory.fid, dialect.parse_file(command.data))
    return OK


def _create_application(session: SsseSession, header: DirectoryHeader) -> ResponseAPDU:
    if session.home.life != Life.PERSONALISATION:
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, "personalisation of the environment has ended", _CLAUSE
        )
    if header.kind != DirectoryKind.ADF or not header.name:
        raise Refusal(
            SW.WRONG_DATA, Gate.DATA, "below an environment only applications with a name are created", _CLAUSE
        )
    for other in stored.headers(session.files):
        if other.fid == header.fid or other.name == header.name:
            raise FileExists(f"{other.fid:04X} has this identifier or name")
    session.files.put_directory(header.fid, header.encode())
    # The new directory is current; its creator's right goes along, as there is no key yet to replace it.
    session.directory = header
    session.file = None
    return OK


def write_key(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """WRITE KEY: P1 01 a master key, P1 00 any other key or the PIN of the current directory."""
    here = session.directory.fid
    owner = demand_master(session, "loading keys")
    forms = keyloading.forms(command.cla)
    if session.directory.life != Life.PERSONALISATION and not (forms.enciphered and forms.authenticated):
        raise Refusal(
            SW.SM_MISSING, Gate.MESSAGING, "after END keys are loaded enciphered and with MAC only", "SSC-4 §7.3"
        )
    under = session.keys(owner).key(MASTER_REF)
    header, value = keyloading.unwrap(command, under, session.challenge.take())
    is_master = header.kind == Kind.MASTER
    if is_master != (command.p1 == 1) or (is_master and (header.kid or len(value) != 16)):
        raise Refusal(
            SW.WRONG_DATA,
            Gate.DATA,
            "P1 01 carries a master key (type 00, number 00, 16 bytes), P1 00 any other",
            _CLAUSE,
        )
    if header.kind not in _KINDS or not (value or header.kind == Kind.PIN):  # an empty PIN: none is set
        raise Refusal(SW.WRONG_DATA, Gate.DATA, f"key type {header.kind:02X} is unknown here", _CLAUSE)
    header = header._replace(kid=header.kid & _NUMBER, version=0 if is_master else header.version)
    _check_room(session, here, header)
    session.keys(here).put(header, value)
    # A key or PIN that was just loaded has been shown by nobody; the new master key rules from here on (SSC-4 §5.3).
    if header.ref == PIN_REF and here == session.home.fid:
        pin_replaced(session, value)
    else:
        forfeit(session, here, header.ref)
    return OK


def _check_room(session: SsseSession, directory: int, header: KeyHeader) -> None:
    """Refuse with 6A84 what the directory's security file does not hold; without one there is no limit."""
    store = session.keys(directory)
    if header.ref in store:
        return
    try:
        size = session.files.by_sfi(directory, _SECURITY_FILE_SFI).descriptor.size
    except FileNotFound:
        return
    if (len(store) + 1) * _KEY_RECORD > size - 2:
        raise Refusal(SW.NO_SPACE, Gate.SPACE, f"the security file holds {(size - 2) // _KEY_RECORD} keys", _CLAUSE)


def append_fci(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """APPEND FCI: record P1 of the environment's FCI file, 00 for the next; P2 is that file's short identifier."""
    demand_master(session, "writing FCI records")
    demand_personalisation(session, "writing FCI records")
    file = session.files.by_sfi(session.home.fid, command.p2)
    if file.descriptor.structure != Structure.INTERNAL:
        raise Refusal(SW.WRONG_FILE_TYPE, Gate.STRUCTURE, f"{file!r} is no FCI file", _CLAUSE)
    if command.p1 in (0, file.records + 1):  # 00: the next one
        file.append(command.data)
    else:
        file.replace(command.p1, command.data)
    session.fci.clear()
    fci_of(session, session.directory)
    return OK


def end(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:  # noqa: ARG001 - handlers share a shape
    """END: the current directory passes into use; from now on its rules are in force."""
    demand_master(session, "ending personalisation")
    demand_personalisation(session, "END")
    session.put_header(session.directory._replace(life=Life.USER))
    return OK


def delete_environment(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """DELETE: the environment itself, under its own master key and no other; the MF is current afterwards."""
    if session.directory.fid != session.home.fid or int.from_bytes(command.data, "big") != session.home.fid:
        raise FileNotFound("an environment deletes itself only, while it is current")
    demand_master(session, "deleting the environment")
    raise Ended(OK)


def delete_application(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """DELETE: an application of the environment with all its files and keys, while neither is closed."""
    demand_master(session, "deleting")
    fid = int.from_bytes(command.data, "big")
    header = stored.header(session.files, fid)
    if header.kind != DirectoryKind.ADF or Life.USER in (header.life, session.home.life):
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, "personalisation has ended", _CLAUSE)
    store = session.keys(fid)
    with session.nvm.transaction():
        for entry in store.entries():
            store.erase(entry.ref)
        session.files.delete_directory(fid)
    session.security = session.security.outside(fid)
    session.fci.pop(fid, None)  # one made anew under this identifier says its own
    if session.directory.fid == fid:
        session.directory = session.home
        session.file = None
    return OK


def delete_file(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """DELETE: an elementary file of the current directory."""
    demand_master(session, "deleting")
    demand_personalisation(session, "deleting")
    with session.nvm.transaction():
        session.files.delete(session.directory.fid, int.from_bytes(command.data, "big"))
    session.file = None
    return OK
