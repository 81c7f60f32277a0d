"""READ RECORD and GET DATA on the bank side (PBOC-5 B.7, B.12)."""

from __future__ import annotations

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW
from cos.kernel.files import FileNotFound, RecordNotFound
from cos.kernel.refusal import Gate, Refusal
from cos.pse.data.elements import BY_TAG, readable
from cos.pse.environment import PseSession
from cos.pse.transaction.current import read_try_counter

_SFI = 0x88


def read_record(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """One record by number. Free in every state, before GET PROCESSING OPTIONS and of a blocked application too."""
    record = record_of(session, command.p2 >> 3, command.p1)
    session.tx.expect(command.le, len(record))
    return ResponseAPDU(record)


def record_of(session: PseSession, sfi: int, number: int) -> bytes:
    """Record ``number`` of file ``sfi``. Raises FileNotFound, RecordNotFound.

    In the environment only the directory file, which tag 88 names, is there (PBOC-3 §12.2.2).
    """
    current = session.current
    if not current.is_application and current.fci_item(_SFI) != bytes((sfi,)):
        raise FileNotFound(f"SFI {sfi:02X}: the directory file is {(current.fci_item(_SFI) or b'').hex() or 'absent'}")
    record = None if internal(sfi) else current.record(sfi, number)
    if record is not None:
        return record
    if not internal(sfi) and any(dgi >> 8 == sfi for dgi in current.groups.numbers()):
        raise RecordNotFound(f"record {number} of SFI {sfi:02X} does not exist")
    return session.files.by_sfi(current.fid, sfi).record(number)


def internal(sfi: int) -> bool:
    """True for the group numbers of the internal file, which no command reads as records (PBOC-10 §6.4)."""
    return sfi in (0x0D, 0x0E)


def get_data(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """One element with tag and length. 9F17 at zero sets the CVR bit "PIN try limit exceeded" (PBOC-5 §11.4.2)."""
    tag = command.p1p2
    value = session.counters.element(tag)
    if value is None:
        value = session.current.issued.elements.get(tag)
    if value is None or not readable(tag, session.options):
        name = BY_TAG[tag].name if tag in BY_TAG else "unknown"
        raise Refusal(
            SW.REFERENCED_DATA_NOT_FOUND, Gate.TARGET, f"{tag:X} ({name}) is not there or not readable", "PBOC-5 B.7"
        )
    answer = tlv.encode(tag, value)
    session.tx.expect(command.le, len(answer))
    if tag == 0x9F17:
        session.transaction = read_try_counter(session.counters, session.transaction)
    return ResponseAPDU(answer)
