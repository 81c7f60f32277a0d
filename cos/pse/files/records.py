"""READ RECORD, GET DATA (PBOC-5 B.7, B.12), and what scripts write: PUT DATA (B.11), UPDATE RECORD (B.14).

Executions run inside the script's commit. The transaction log (交易明细) is a cyclic file made at pre-personalisation,
written by the card alone (PBOC-5 §18).
"""

from __future__ import annotations

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW
from cos.kernel.files import FileNotFound, RecordNotFound, Structure
from cos.kernel.refusal import Gate, Refusal, but_for
from cos.pse.data.aip_afl_ada import build_record
from cos.pse.data.data_elements import BY_TAG, PUT_DATA_LENGTHS, hidden_by, readable
from cos.pse.data.data_groups import INTERNAL_FILE, LAST_WITH_TEMPLATE, LIMITS_GROUP, TEMPLATE, VALUE_ADDED
from cos.pse.security.issuer_scripts import MAC_LENGTH
from cos.pse.session import PseSession, Run
from cos.pse.transaction.command_effects import read_try_counter
from cos.pse.transaction.transaction_memory import Counters

_SFI = 0x88
_WRITABLE = frozenset((0x0101, 0x0102, 0x0303, 0x0401))
"""Records the issuer may change after issue (PBOC-10 table 1): track data, CVM list apart, terminal velocity limits."""


def read_record(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """One record by number. Free in every state, before GET PROCESSING OPTIONS and of a blocked application too."""
    record = record_of(session, command.p2 >> 3, command.p1)
    session.at.tx.expect(command.le, len(record))
    return ResponseAPDU(record)


def record_of(session: PseSession, sfi: int, number: int) -> bytes:
    """Record ``number`` of file ``sfi``. Raises FileNotFound, RecordNotFound.

    In the environment only the directory file, which tag 88 names, is there (PBOC-3 §12.2.2).
    """
    current = session.current
    if not current.is_application and current.fci_item(_SFI) != bytes((sfi,)):
        raise FileNotFound("not the directory file", sfi=sfi, expected=current.fci_item(_SFI))
    record = None if sfi in INTERNAL_FILE else current.record(sfi, number)
    if record is not None:
        return record
    if sfi not in INTERNAL_FILE and any(dgi >> 8 == sfi for dgi in current.groups.numbers()):
        raise RecordNotFound("no such record of the SFI", number=number, sfi=sfi)
    return session.at.files.by_sfi(current.fid, sfi).record(number)


def get_data(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """One element with tag and length. 9F17 at zero sets the CVR bit "PIN try limit exceeded" (PBOC-5 §11.4.2)."""
    tag = command.p1p2
    value = session.counters.element(tag)
    if value is None:
        value = session.current.issued.elements.get(tag)
    if value is None or not readable(tag, session.options):
        name = BY_TAG[tag].name if tag in BY_TAG else "unknown"
        refusal = Refusal(SW.REFERENCED_DATA_NOT_FOUND, Gate.TARGET, "element not readable", tag=tag, name=name)
        kept = hidden_by(tag, session.options) if value is not None else ""
        raise but_for(refusal, session.options, kept, True) if kept else refusal
    answer = tlv.encode(tag, value)
    session.at.tx.expect(command.le, len(answer))
    if tag == 0x9F17:
        session.transaction = read_try_counter(session.counters, session.transaction)
    return ResponseAPDU(answer)


def put_data(session: PseSession, command: CommandAPDU, data: bytes) -> Counters:
    """One element of the internal file. Refuses with 6A88 (by profile another word) a tag that may not be written."""
    tag, groups = command.p1p2, session.current.groups
    items = session.current.items(LIMITS_GROUP)
    if tag not in PUT_DATA_LENGTHS or all(item.tag != tag for item in items):
        refusal = Refusal(
            session.options.put_data_unknown_tag,
            Gate.TARGET,
            "element scripts do not write",
            "PBOC-5 §17.5, table B.16",
            tag=tag,
        )
        raise but_for(refusal, session.options, "put_data_unknown_tag")
    groups.put(LIMITS_GROUP, b"".join(tlv.encode(each.tag, data if each.tag == tag else each.value) for each in items))
    session.current.forget()
    return session.counters


def update_record(session: PseSession, command: CommandAPDU, data: bytes) -> Counters:
    """A whole record with its template, as long as the old one (PBOC-5 B.14.3; which records: PBOC-10 table 1).

    Records of the value-added file have no template and are always the issuer's to write.
    """
    sfi, number = command.p2 >> 3, command.p1
    old = record_of(session, sfi, number)
    if sfi << 8 | number not in _WRITABLE and sfi != VALUE_ADDED:
        raise Refusal(
            SW.SECURITY_NOT_SATISFIED,
            Gate.RIGHT,
            "record scripts do not write",
            "PBOC-10 §6.4",
            sfi=sfi,
            number=number,
        )
    if len(data) != len(old):
        refusal = Refusal(
            session.options.update_record_length,
            Gate.LENGTH,
            "length of a record",
            received=len(data),
            expected=len(old),
        )
        raise but_for(refusal, session.options, "update_record_length")
    if sfi <= LAST_WITH_TEMPLATE and [item.tag for item in tlv.parse(data)] != [TEMPLATE]:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "record without template", "PBOC-5 B.14.3", sfi=sfi)
    session.current.groups.put(sfi << 8 | number, data)
    session.current.forget()
    return session.counters


def put_fits(session: PseSession, command: CommandAPDU) -> bool:  # noqa: ARG001 - the shape of ``Script.fits``
    """Is the data field as long as the element of this tag and a MAC? Of another tag any length is."""
    length = PUT_DATA_LENGTHS.get(command.p1p2)
    return length is None or len(command.data) == length + MAC_LENGTH


def record_fits(session: PseSession, command: CommandAPDU) -> bool:
    """Not if it is as long as the record that is there: the MAC is missing."""
    sfi = command.p2 >> 3
    raw = None if sfi in INTERNAL_FILE else session.current.groups.get(sfi << 8 | command.p1)
    return raw is None or len(command.data) != len(raw)


def write_log(session: PseSession, run: Run) -> None:
    """Add this transaction's record as the newest (inside the caller's transaction): to the file that 9F4D names.

    Nothing without 9F4D or 9F4F, or if no such file was made (PBOC-5 §18.2).
    """
    issued = session.current.issued
    entry, form = issued.log_entry, issued.elements.get(0x9F4F)
    if entry is None or form is None:
        return
    try:
        file = session.at.files.by_sfi(session.current.fid, entry.sfi)
    except FileNotFound:
        return
    if file.descriptor.structure == Structure.CYCLIC:
        size = file.descriptor.record_length
        record = build_record(form, run.received, int.from_bytes(run.atc, "big"))
        file.append(record[:size].ljust(size, b"\0"))
