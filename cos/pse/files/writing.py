"""What scripts write: PUT DATA (PBOC-5 B.11) and UPDATE RECORD (PBOC-5 B.14). Executions inside the script's commit."""

from __future__ import annotations

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.status import SW
from cos.kernel.refusal import Gate, Refusal
from cos.pse.data.elements import PUT_DATA_LENGTHS
from cos.pse.data.groups import VALUE_ADDED
from cos.pse.directory import LIMITS_GROUP
from cos.pse.environment import PseSession
from cos.pse.files.reading import internal, record_of
from cos.pse.transaction.counters import Counters

WRITABLE = frozenset((0x0101, 0x0102, 0x0303, 0x0401))
"""Records the issuer may change after issue (PBOC-10 table 1): track data, CVM list apart, terminal velocity limits."""

_TEMPLATE = 0x70
_LAST_WITH_TEMPLATE = 10  # PBOC-5 B.12.4: files above are free in their format


def put_data(session: PseSession, command: CommandAPDU, data: bytes) -> Counters:
    """One element of the internal file. Refuses with 6A88 (by profile another word) a tag that may not be written."""
    tag, groups = command.p1p2, session.current.groups
    items = session.current.items(LIMITS_GROUP)
    if tag not in PUT_DATA_LENGTHS or all(item.tag != tag for item in items):
        raise Refusal(
            session.options.put_data_unknown_tag,
            Gate.TARGET,
            f"{tag:X} is none of the elements PUT DATA writes on this card",
            "PBOC-5 §17.5, table B.16",
        )
    groups.put(LIMITS_GROUP, b"".join(tlv.encode(each.tag, data if each.tag == tag else each.value) for each in items))
    session.current.forget()
    return session.counters


def update_record(session: PseSession, command: CommandAPDU, data: bytes) -> Counters:
    """A whole record with its template, as long as the old one (PBOC-5 B.14.3; which records: PBOC-10 table 1).

    Records of the value-added file have no template and are always the issuer's to write.
    """
    sfi, number = command.p2 >> 3, command.p1
    old = record_of(session, sfi, number)
    if sfi << 8 | number not in WRITABLE and sfi != VALUE_ADDED:
        raise Refusal(
            SW.SECURITY_NOT_SATISFIED,
            Gate.RIGHT,
            f"scripts do not write record {number} of SFI {sfi:02X}",
            "PBOC-10 §6.4",
        )
    if len(data) != len(old):
        raise Refusal(
            session.options.update_record_length,
            Gate.LENGTH,
            f"the record has {len(old)} bytes, {len(data)} came",
            "PBOC-5 B.14",
        )
    if sfi <= _LAST_WITH_TEMPLATE and [item.tag for item in tlv.parse(data)] != [_TEMPLATE]:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "a record of this file is one template 70", "PBOC-5 B.14.3")
    session.current.groups.put(sfi << 8 | number, data)
    session.current.forget()
    return session.counters


def stored_length(session: PseSession, sfi: int, number: int) -> int | None:
    """Length of the record, None if there is no such record."""
    raw = None if internal(sfi) else session.current.groups.get(sfi << 8 | number)
    return len(raw) if raw is not None else None
