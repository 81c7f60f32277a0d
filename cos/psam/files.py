"""Files of the PSAM: selection, reading, writing (SSC-9 §5, §9; forms as on the user card, SSC-5 §6.9 to §6.13)."""

from __future__ import annotations

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW, wrong_le
from cos.kernel.dialect import MF_FID, DirectoryHeader
from cos.kernel.files import ElementaryFile, FileNotFound, Structure, WrongStructure
from cos.kernel.refusal import Gate, Refusal
from cos.psam.environment import PsamSession
from cos.psam.security.rights import MASTER_REF, demand, has_master

BY_FID, BY_EF, BY_NAME = 0x00, 0x02, 0x04
DIR_SFI = 0x01
_SFI_FLAG = 0x80


def select(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """MF or DDF1 and their application by name or identifier, an EF by identifier. A directory answers its FCI."""
    p1, data = command.p1, command.data
    if (p1 == BY_NAME) != (len(data) >= 5):
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "a name has 5 to 16 bytes, an identifier 2", "SSC-5 §6.11")
    fid = int.from_bytes(data, "big") if data else MF_FID
    header = None
    if p1 != BY_EF:
        header = _directory(session, data if p1 == BY_NAME else b"", fid)
    if header is not None:
        session.enter(header)
        return ResponseAPDU(fci(session, header))
    if p1 == BY_NAME:
        raise FileNotFound(f"nothing here is called {data.hex().upper()}")
    file = session.files.file(session.directory.fid, fid)
    if file.descriptor.structure == Structure.INTERNAL:
        raise FileNotFound(f"{fid:04X} is a key file: its commands name it, SELECT does not")
    session.file = file
    session.delivered = None
    return OK


def _directory(session: PsamSession, name: bytes, fid: int) -> DirectoryHeader | None:
    for own, raw in session.files.directories():
        header = DirectoryHeader.decode(raw)
        if header.name == name if name else own == fid:
            return header
    return None


def fci(session: PsamSession, header: DirectoryHeader) -> bytes:
    """6F { 84 name, and for an environment A5 { 88 DIR file, 9F0C { 86 cipher } if it has 16-byte blocks } }."""
    name = tlv.encode(0x84, header.name)
    if session.home is None or header.fid != session.home.fid:
        return tlv.encode(0x6F, name)
    announced = b""
    if has_master(session, header.fid):
        master = session.keys(header.fid).key(MASTER_REF)
        if master.block == 16:
            announced = tlv.encode(0x9F0C, tlv.encode(0x86, bytes((master.algorithm.announced,))))
    return tlv.encode(0x6F, name, tlv.encode(0xA5, tlv.encode(0x88, bytes((DIR_SFI,))), announced))


def _target(session: PsamSession, sfi: int) -> ElementaryFile:
    if sfi:
        session.file = session.files.by_sfi(session.directory.fid, sfi)
    if session.file is None:
        raise Refusal(SW.NO_CURRENT_EF, Gate.TARGET, "no EF is selected and none is named", "SSC-5 §6.10")
    return session.file


def _binary(session: PsamSession, command: CommandAPDU) -> tuple[ElementaryFile, int]:
    short = bool(command.p1 & _SFI_FLAG)
    file = _target(session, command.p1 & 0x1F if short else 0)
    if file.descriptor.structure != Structure.TRANSPARENT:
        raise WrongStructure(f"{file!r} has records")
    return file, command.p2 if short else command.p1p2


def read_binary(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """READ BINARY: bytes from an offset; Le 00 up to the end of the file."""
    file, offset = _binary(session, command)
    demand(session, file, write=False)
    wanted = command.le or 256
    data = file.read(offset, wanted)
    if len(data) < wanted:
        if wanted < 256:
            raise Refusal(wrong_le(len(data)), Gate.LENGTH, f"{len(data)} bytes are left", "SSC-5 §6.9")
        session.tx.expect(command.le, len(data))
    return ResponseAPDU(data)


def update_binary(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """UPDATE BINARY, plain after authentication."""
    file, offset = _binary(session, command)
    demand(session, file, write=True)
    file.write(offset, command.data)
    return OK


def _records(session: PsamSession, command: CommandAPDU) -> ElementaryFile:
    file = _target(session, command.p2 >> 3)
    if not file.descriptor.structure.linear:
        raise WrongStructure(f"{file!r} has no records to read or write")
    return file


def read_record(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """READ RECORD by number."""
    file = _records(session, command)
    demand(session, file, write=False)
    record = file.record(command.p1)
    session.tx.expect(command.le, len(record))
    return ResponseAPDU(record)


def update_record(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """UPDATE RECORD by number; last + 1 adds."""
    file = _records(session, command)
    demand(session, file, write=True)
    if command.p1 == file.records + 1:
        file.append(command.data)
    else:
        file.replace(command.p1, command.data)
    return OK
