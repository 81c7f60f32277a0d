"""Selection in a PSAM (SSC-9 §5, §9.1); reading and writing are the kernel's (forms as on the user card)."""

from __future__ import annotations

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from cos.kernel.directory_headers import MASTER, MF_FID, DirectoryHeader
from cos.kernel.file_commands import BY_NAME, found, select_file
from cos.kernel.files import ElementaryFile
from cos.psam.session import PsamSession

DIR_SFI = 0x01


def select(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """An environment and its application by name or identifier, an EF by identifier. A directory answers its FCI.

    Without data the MF is meant.
    """
    if not command.data and command.p1 != BY_NAME:
        command = command._replace(data=MF_FID.to_bytes(2, "big"))
    what = found(session.at, command)
    if isinstance(what, ElementaryFile):
        session.delivered = None
        return select_file(session.at, what)
    session.enter(what)
    return ResponseAPDU(fci(session, what))


def fci(session: PsamSession, header: DirectoryHeader) -> bytes:
    """6F { 84 name, and for an environment A5 { 88 DIR file, 9F0C { 86 cipher } if it has 16-byte blocks } }."""
    at = session.at
    name = tlv.encode(0x84, header.name)
    if header.fid != at.home.fid:
        return tlv.encode(0x6F, name)
    announced = b""
    if MASTER in at.keys(header.fid):
        master = at.keys(header.fid).key(MASTER)
        if master.block == 16:
            announced = tlv.encode(0x9F0C, tlv.encode(0x86, bytes((master.algorithm.announced,))))
    return tlv.encode(0x6F, name, tlv.encode(0xA5, tlv.encode(0x88, bytes((DIR_SFI,))), announced))
