"""UPDATE BINARY and UPDATE RECORD on the social side (SSC-5 §6.12, §6.13), plain and with MAC."""

from __future__ import annotations

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from cos.kernel.files import ElementaryFile, RecordNotFound
from cos.kernel.files import Structure as FileKind
from cos.kernel.refusal import Gate, Refusal
from cos.ssse.environment import SsseSession
from cos.ssse.files.reading import NUMBER, PREVIOUS, binary_target, locate, target
from cos.ssse.security.messaging import deciphered, open_message
from cos.ssse.security.rights import demand

_SECURE = 0x04
_CLAUSE = "SSC-5 §6.13"


def update_binary(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """Overwrite bytes of a transparent file."""
    file, offset = binary_target(session, command)
    demand(session, file, write=True)
    file.write(offset, _payload(session, command))
    return OK


def update_record(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """Replace a record, or add one: number last + 1 or an identifier not there yet in a linear file, "previous"
    in a cyclic one.
    """
    file = target(session, command.p2 >> 3)
    structure = file.descriptor.structure
    count = file.records
    demand(session, file, write=True)
    record = _payload(session, command)
    mode = command.p2 & 7
    if structure == FileKind.CYCLIC:
        _write_cyclic(session, file, command.p1, mode, record)
        return OK
    if structure == FileKind.LINEAR_VARIABLE:
        _check_tlv(record)
    number = _destination(session, file, command.p1, mode, record)
    if number > count:
        file.append(record)
    else:
        file.replace(number, record)
    if mode != NUMBER or not command.p1:
        session.pointer = number
    return OK


def _destination(session: SsseSession, file: ElementaryFile, p1: int, mode: int, record: bytes) -> int:
    """The record to write; last + 1 means add. Raises RecordNotFound."""
    count = file.records
    if mode == NUMBER:
        number = p1 or session.pointer
        if not 1 <= number <= count + 1:
            raise RecordNotFound(f"record {number}: {count} exist, the next new one is {count + 1}")
        return number
    try:
        return locate(session, file, p1, mode)
    except RecordNotFound:
        if record[:1] != bytes((p1,)):
            raise
        return count + 1


def _write_cyclic(session: SsseSession, file: ElementaryFile, p1: int, mode: int, record: bytes) -> None:
    adds = mode == PREVIOUS or (mode == NUMBER and p1 in (0, 1) and session.environment.options.cyclic_number_adds)
    if adds:
        file.append(record)
        session.pointer = 1
        return
    file.replace(locate(session, file, p1, mode), record)


def _check_tlv(record: bytes) -> None:
    """Refuse with 6A85 unless the record is one whole simple-TLV item (or a BER template such as a DIR entry)."""
    try:
        if len(tlv.parse_simple(record)) == 1:
            return
    except tlv.TlvError:
        pass
    raise Refusal(
        SW.LC_INCONSISTENT_WITH_TLV, Gate.DATA, f"{len(record)} bytes are not one tag-length-value item", _CLAUSE
    )


def _payload(session: SsseSession, command: CommandAPDU) -> bytes:
    """The new contents; with class 04 the MAC is checked and cut off."""
    if not command.cla & _SECURE:
        return command.data
    data, key = open_message(session, command, session.directory.fid)
    if session.environment.options.secured_updates == "enciphered":
        data = deciphered(key, data)
    if not data:
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "the data field holds the MAC only", _CLAUSE)
    return data
