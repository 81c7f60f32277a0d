"""SELECT on the social side (SSC-5 §6.11) in every form the field uses, and GET RESPONSE's waiting FCI."""

from __future__ import annotations

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from cos.kernel import stored
from cos.kernel.dialect import DirectoryHeader, Life
from cos.kernel.files import FileNotFound, Structure
from cos.kernel.refusal import Gate, Refusal
from cos.ssse.environment import SsseSession
from cos.ssse.security.rights import leave_directory

BY_FID, CHILD_DF, BY_EF, BY_NAME = 0x00, 0x01, 0x02, 0x04
_NEXT = 0x02
_FCI_RECORD, _FCI = 0x70, 0x6F
_CLAUSE = "SSC-5 §6.11"


def select(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """The environment or one of its applications by name or identifier, an EF by identifier.

    A DF answers its FCI, an EF nothing. Refuses with 6700 (P1 against Lc), 6A82, 6A86, 9303.
    """
    p1, data = command.p1, command.data
    if session.directory.life == Life.BLOCKED and not _leads_elsewhere(session, command):
        raise _blocked(session.directory)
    if p1 == BY_NAME:
        if len(data) < 5:
            raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "a name has 5 to 16 bytes", _CLAUSE)
        if command.p2 == _NEXT:
            raise Refusal(SW.FILE_NOT_FOUND, Gate.TARGET, "no further DF carries this name", _CLAUSE)
        return _enter(session, _named(session, data))
    if len(data) != 2:
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "selection by file identifier takes 2 bytes", _CLAUSE)
    fid = int.from_bytes(data, "big")
    strict = session.environment.options.select_ef_p1 == "standard"
    if p1 != BY_EF and (p1 == BY_FID or not strict):
        header = _directory(session, fid)
        if header is not None:
            return _enter(session, header)
    if p1 == CHILD_DF or (p1 == BY_FID and strict):
        raise FileNotFound(f"no DF {fid:04X} in this environment")
    file = session.files.file(session.directory.fid, fid)
    if file.descriptor.structure == Structure.INTERNAL:
        # Keys, FCI records and medical amounts are the COS's own; DSK must not open the amounts to UPDATE RECORD.
        raise FileNotFound(f"{fid:04X} is a file of the COS itself")
    session.file = file
    session.pointer = 0
    return OK


def _leads_elsewhere(session: SsseSession, command: CommandAPDU) -> bool:
    """True if a SELECT means another application: all a blocked one still lets pass (SSC-7 §13.2)."""
    try:
        if command.p1 == BY_NAME:
            return _named(session, command.data).fid != session.directory.fid
    except FileNotFound:
        return False
    if len(command.data) != 2:
        return False
    fid = int.from_bytes(command.data, "big")
    return command.p1 != BY_EF and fid != session.directory.fid and _directory(session, fid) is not None


def _blocked(header: DirectoryHeader) -> Refusal:
    return Refusal(
        SW.APPLICATION_BLOCKED, Gate.LIFE_CYCLE, f"application {header.fid:04X} is permanently blocked", "SSC-7 §13.2"
    )


def _named(session: SsseSession, name: bytes) -> DirectoryHeader:
    if name == session.home.name:
        return session.home
    header = stored.named(session.files, name)
    if header is not None:
        return header
    raise FileNotFound(f"nothing here is called {name.hex().upper()}")


def _directory(session: SsseSession, fid: int) -> DirectoryHeader | None:
    try:
        return stored.header(session.files, fid)
    except FileNotFound:
        return None


def _enter(session: SsseSession, header: DirectoryHeader) -> ResponseAPDU:
    if header.life == Life.BLOCKED and header.fid != session.home.fid:
        raise _blocked(header)
    if header.fid != session.directory.fid:
        leave_directory(session)
        session.challenge.drop()
        session.directory = header
    session.file = None
    session.pointer = 0
    return ResponseAPDU(fci(session, header))


def fci(session: SsseSession, header: DirectoryHeader) -> bytes:
    """The FCI of a directory: what its FCI record says, else the least the standard asks for (tables 36 to 38)."""
    known = session.fci.get(header.fid)
    if known is None:
        known = session.fci[header.fid] = _personalised_fci(session, header.fid) or _least_fci(session, header)
    return known


def _personalised_fci(session: SsseSession, fid: int) -> bytes | None:
    """The FCI record of ``fid``: 70 { identifier 2 ‖ length 1 ‖ 6F … }."""
    try:
        file = session.files.by_sfi(session.home.fid, session.home.fci_sfi)
        for number in range(1, file.records + 1):
            body = tlv.find(file.record(number), _FCI_RECORD) or b""
            if body[:2] == fid.to_bytes(2, "big") and body[3:4] == bytes((_FCI,)):
                return body[3:]
    except (FileNotFound, tlv.TlvError):
        pass
    return None


def _least_fci(session: SsseSession, header: DirectoryHeader) -> bytes:
    proprietary = tlv.encode(0xA5) if header.fid == session.home.fid else b""
    return tlv.encode(_FCI, tlv.encode(0x84, header.name), proprietary)
