"""READ RECORD, UPDATE BINARY and UPDATE RECORD on the social side (SSC-5 §6.10, §6.12, §6.13).

Record order: SSC-3 §5.3. Updates come plain and with MAC.
"""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from cos.kernel.access_rights import demand
from cos.kernel.file_commands import binary, target, whole_record
from cos.kernel.files import ElementaryFile, RecordNotFound
from cos.kernel.files import Structure as FileKind
from cos.kernel.refusal import Gate, Refusal, but_for
from cos.kernel.security_state import Standing
from cos.ssse.security.secure_messaging import deciphered, open_message
from cos.ssse.session import SsseSession
from firewall.trace import Reasoned
from keys.key_handle import KeyHandle

FIRST, LAST, NEXT, PREVIOUS, NUMBER, FROM_NUMBER, TO_NUMBER = range(7)


def read_record(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """One record by number or identifier, or several at once. The pointer moves only with identifiers."""
    at = session.at
    file = target(at, command.p2 >> 3)
    mode = command.p2 & 7
    count = file.records
    demand(at, file, write=False)
    if mode >= FROM_NUMBER:
        return _many(at, command, file, count)
    number = locate(at, file, command.p1, mode)
    response = whole_record(at, command, file, number)
    if mode < NUMBER:
        at.pointer = number
    return response


def _many(at: Standing, command: CommandAPDU, file: ElementaryFile, count: int) -> ResponseAPDU:
    first = command.p1 or at.pointer
    file.record(first)
    numbers = range(first, count + 1) if command.p2 & 7 == FROM_NUMBER else range(count, first - 1, -1)
    records = b"".join(file.record(number) for number in numbers)
    if len(records) > 256:
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "records too long for one answer", received=len(records))
    at.tx.expect(command.le, len(records))
    return ResponseAPDU(records)


def locate(at: Standing, file: ElementaryFile, p1: int, mode: int) -> int:
    """The record number P1 and the low bits of P2 mean (SSC-5 §6.10, SSC-3 §5.3.2). Raises RecordNotFound.

    Without a current record "next" acts as "first" and "previous" as "last"; identifier 00 means any record.
    """
    if mode == NUMBER:
        return p1 or at.pointer
    pointer = at.pointer
    if mode == FIRST or (mode == NEXT and not pointer):
        return file.find(p1, 1, 1)
    if mode == LAST or (mode == PREVIOUS and not pointer):
        return file.find(p1, file.records, -1)
    return file.find(p1, pointer + 1, 1) if mode == NEXT else file.find(p1, pointer - 1, -1)


_SECURE = 0x04


def update_binary(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """Overwrite bytes of a transparent file."""
    file, offset = binary(session.at, command)
    demand(session.at, file, write=True)
    content = _payload(session, command)
    try:
        file.write(offset, content.data)
    except Reasoned as error:
        raise _or_enciphered(session, content, error) from None
    return OK


def update_record(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """Replace a record, or add one: number last + 1 or an identifier not there yet in a linear file, "previous"
    in a cyclic one.
    """
    at = session.at
    file = target(at, command.p2 >> 3)
    count = file.records  # a transparent file has none: refused before its rule is asked
    demand(at, file, write=True)
    content = _payload(session, command)
    try:
        _write_record(session, file, command, content.data, count)
    except (Refusal, Reasoned) as error:
        raise _or_enciphered(session, content, error) from None
    return OK


def _write_record(session: SsseSession, file: ElementaryFile, command: CommandAPDU, record: bytes, count: int) -> None:
    """``count``: how many records there are."""
    at, structure = session.at, file.descriptor.structure
    mode = command.p2 & 7
    if structure == FileKind.CYCLIC:
        _write_cyclic(session, file, command.p1, mode, record)
        return
    if structure == FileKind.LINEAR_VARIABLE:
        _check_tlv(record)
    number = _destination(at, file, command.p1, mode, record)
    if number > count:
        file.append(record)
    else:
        file.replace(number, record)
    if mode != NUMBER or not command.p1:
        at.pointer = number


def _destination(at: Standing, file: ElementaryFile, p1: int, mode: int, record: bytes) -> int:
    """The record to write; last + 1 means add. Raises RecordNotFound."""
    count = file.records
    if mode == NUMBER:
        number = p1 or at.pointer
        if not 1 <= number <= count + 1:
            raise RecordNotFound("no such record to write", number=number, most=count)
        return number
    try:
        return locate(at, file, p1, mode)
    except RecordNotFound:
        if record[:1] != bytes((p1,)):
            raise
        return count + 1


def _write_cyclic(session: SsseSession, file: ElementaryFile, p1: int, mode: int, record: bytes) -> None:
    adds = mode == PREVIOUS or (mode == NUMBER and p1 in (0, 1) and session.environment.options.cyclic_number_adds)
    if adds:
        file.append(record)
        session.at.pointer = 1
        return
    try:
        file.replace(locate(session.at, file, p1, mode), record)
    except RecordNotFound as error:
        numbered = mode == NUMBER and p1 in (0, 1)
        if numbered:
            but_for(error, session.environment.options, "cyclic_number_adds", True)
        raise


def _check_tlv(record: bytes) -> None:
    """Refuse with 6A85 unless the record is one whole simple-TLV item (or a BER template such as a DIR entry)."""
    try:
        if len(tlv.parse_simple(record)) == 1:
            return
    except tlv.TlvError:
        pass
    raise Refusal(SW.LC_INCONSISTENT_WITH_TLV, Gate.DATA, "record is not one item", received=len(record))


class _Content(NamedTuple):
    """What is to be written; ``key``: the session key of a secured command."""

    data: bytes
    key: KeyHandle | None = None


def _payload(session: SsseSession, command: CommandAPDU) -> _Content:
    """The new contents; with class 04 the MAC is checked and cut off."""
    if not command.cla & _SECURE:
        return _Content(command.data)
    data, key = open_message(session, command, session.at.directory.fid)
    if session.environment.options.secured_updates == "enciphered":
        try:
            data = deciphered(key, data)
        except Refusal as refusal:
            raise but_for(refusal, session.environment.options, "secured_updates", "MAC") from None
    if not data:
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "the MAC alone")
    return _Content(data, key)


def _or_enciphered(session: SsseSession, content: _Content, error: Refusal | Reasoned) -> Refusal | Reasoned:
    """``error`` of a write, naming the setting if the data would decipher that were taken as plain."""
    options = session.environment.options
    if content.key is not None and options.secured_updates == "MAC":
        with suppress(Refusal):
            deciphered(content.key, content.data)
            return but_for(error, options, "secured_updates", "enciphered")
    return error
