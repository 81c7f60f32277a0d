"""READ BINARY and READ RECORD on the social side (SSC-5 §6.9, §6.10; record order SSC-3 §5.3)."""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW, wrong_le
from cos.kernel.files import ElementaryFile, WrongStructure
from cos.kernel.files import Structure as FileKind
from cos.kernel.refusal import Gate, Refusal
from cos.ssse.environment import SsseSession
from cos.ssse.security.rights import demand

_SFI_FLAG = 0x80
FIRST, LAST, NEXT, PREVIOUS, NUMBER, FROM_NUMBER, TO_NUMBER = range(7)


def target(session: SsseSession, sfi: int) -> ElementaryFile:
    """The EF a command means: by short identifier, which makes it current, or the current one (else 6986)."""
    if sfi:
        file = session.files.by_sfi(session.directory.fid, sfi)
        if file is not session.file:
            session.file = file
            session.pointer = 0
        return file
    if session.file is None:
        raise Refusal(SW.NO_CURRENT_EF, Gate.TARGET, "no EF is selected and none is named", "SSC-5 §6.10")
    return session.file


def read_record(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """One record by number or identifier, or several at once. The pointer moves only with identifiers."""
    file = target(session, command.p2 >> 3)
    mode = command.p2 & 7
    count = file.records
    demand(session, file, write=False)
    if mode >= FROM_NUMBER:
        return _many(session, command, file, count)
    number = locate(session, file, command.p1, mode)
    record = file.record(number)
    session.tx.expect(command.le, len(record))
    if mode < NUMBER:
        session.pointer = number
    return ResponseAPDU(record)


def _many(session: SsseSession, command: CommandAPDU, file: ElementaryFile, count: int) -> ResponseAPDU:
    first = command.p1 or session.pointer
    file.record(first)
    numbers = range(first, count + 1) if command.p2 & 7 == FROM_NUMBER else range(count, first - 1, -1)
    records = b"".join(file.record(number) for number in numbers)
    if len(records) > 256:
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, f"{len(records)} bytes do not fit one answer", "SSC-5 §6.10")
    session.tx.expect(command.le, len(records))
    return ResponseAPDU(records)


def locate(session: SsseSession, file: ElementaryFile, p1: int, mode: int) -> int:
    """The record number P1 and the low bits of P2 mean (SSC-5 §6.10, SSC-3 §5.3.2). Raises RecordNotFound.

    Without a current record "next" acts as "first" and "previous" as "last"; identifier 00 means any record.
    """
    if mode == NUMBER:
        return p1 or session.pointer
    pointer = session.pointer
    if mode == FIRST or (mode == NEXT and not pointer):
        return file.find(p1, 1, 1)
    if mode == LAST or (mode == PREVIOUS and not pointer):
        return file.find(p1, file.records, -1)
    return file.find(p1, pointer + 1, 1) if mode == NEXT else file.find(p1, pointer - 1, -1)


def read_binary(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """Bytes of a transparent file from an offset. Le 00: up to 256 bytes or the end of the file (SSC-5 §6.9.4).

    At T=0, where fewer than 256 are left, Le 00 is answered 6Cxx (SSC-2 §9.3.2.1); Le beyond the end always is.
    """
    file, offset = binary_target(session, command)
    demand(session, file, write=False)
    wanted = command.le or 256
    data = file.read(offset, wanted)
    if len(data) < wanted:
        if wanted < 256:
            raise Refusal(
                wrong_le(len(data)), Gate.LENGTH, f"{len(data)} bytes are left from offset {offset}", "SSC-5 §6.9"
            )
        if session.environment.options.read_binary_le00 == "transmission":
            session.tx.expect(command.le, len(data))
    return ResponseAPDU(data)


def binary_target(session: SsseSession, command: CommandAPDU) -> tuple[ElementaryFile, int]:
    """File and offset of READ and UPDATE BINARY. Refuses with 6981 if the file has records."""
    if command.p1 & _SFI_FLAG:
        file, offset = target(session, command.p1 & 0x1F), command.p2
    else:
        file, offset = target(session, 0), command.p1p2
    if file.descriptor.structure != FileKind.TRANSPARENT:
        raise WrongStructure(f"{file!r} has records")
    return file, offset
