"""SELECT on the social side (SSC-5 §6.11) in every form the field uses, and GET RESPONSE's waiting FCI."""

from __future__ import annotations

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from cos.kernel.directory_headers import DirectoryHeader, Life
from cos.kernel.file_commands import BY_EF, BY_NAME, directory, found, named, select_file, stored_fci
from cos.kernel.files import ElementaryFile, FileNotFound, Structure
from cos.kernel.refusal import but_for
from cos.kernel.security_state import Standing
from cos.ssse.security.key_types import application_blocked
from cos.ssse.session import SsseSession

_FCI = 0x6F


def select(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """The environment or one of its applications by name or identifier, an EF by identifier.

    A DF answers its FCI, an EF nothing. Refuses with 6700 (P1 against Lc), 6A82, 6A86, 9303.
    """
    at = session.at
    if at.directory.life is Life.BLOCKED and not _leads_elsewhere(at, command):
        raise application_blocked(at.directory)
    try:
        what = found(at, command)
    except FileNotFound as error:
        if _there(at, command):
            but_for(error, session.environment.options, "select_ef_p1", "field")
        raise
    if isinstance(what, ElementaryFile):
        return select_file(at, what)
    if what.life is Life.BLOCKED and what.fid != at.home.fid:
        raise application_blocked(what)
    at.enter(what)
    return ResponseAPDU(fci(session, what))


def _there(at: Standing, command: CommandAPDU) -> bool:
    """True if there is what a SELECT by identifier has not found, of a kind that its P1 does not mean."""
    if command.p1 == BY_NAME or len(command.data) != 2:
        return False
    fid = int.from_bytes(command.data, "big")
    try:
        structure = at.files.file(at.directory.fid, fid).descriptor.structure
    except FileNotFound:
        return directory(at, fid) is not None
    return structure is not Structure.INTERNAL


def _leads_elsewhere(at: Standing, command: CommandAPDU) -> bool:
    """True if a SELECT means another application: all a blocked one still lets pass (SSC-7 §13.2)."""
    try:
        if command.p1 == BY_NAME:
            return named(at, command.data).fid != at.directory.fid
    except FileNotFound:
        return False
    fid = int.from_bytes(command.data, "big")
    elsewhere = len(command.data) == 2 and command.p1 != BY_EF and fid != at.directory.fid
    return elsewhere and directory(at, fid) is not None


def fci(session: SsseSession, header: DirectoryHeader) -> bytes:
    """The FCI of a directory: what its FCI record says, else the least the standard asks for (tables 36 to 38)."""
    known = session.fci.get(header.fid)
    if known is None:
        known = session.fci[header.fid] = stored_fci(session.at.files, session.at.home, header.fid) or _least_fci(
            session.at, header
        )
    return known


def _least_fci(at: Standing, header: DirectoryHeader) -> bytes:
    proprietary = tlv.encode(0xA5) if header.fid == at.home.fid else b""
    return tlv.encode(_FCI, tlv.encode(0x84, header.name), proprietary)
