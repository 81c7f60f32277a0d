"""What the issuer lays down for an application: AIP (应用交互特征, 82) and AFL (应用文件定位器, 94), the application
default action (应用缺省行为, ADA, 9F52), the transaction log (交易明细, 9F4D and 9F4F).
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from enum import IntEnum
from typing import NamedTuple

from apdu import tlv
from cos.pse.data.data_elements import fill


class Aip(IntEnum):
    """AIP byte 1 as masks over 16 bits; byte 2 is 00 (PBOC-5 A.1)."""

    SDA = 0x4000
    DDA = 0x2000
    CARDHOLDER_VERIFICATION = 0x1000
    TERMINAL_RISK_MANAGEMENT = 0x0800
    ISSUER_AUTHENTICATION = 0x0400
    CDA = 0x0100


class AflError(ValueError):
    """The bytes are no application file locator."""


class AflEntry(NamedTuple):
    """Records ``first`` … ``last`` of file ``sfi``; the first ``signed`` of them are signed."""

    sfi: int
    first: int
    last: int
    signed: int


def parse_afl(raw: bytes) -> tuple[AflEntry, ...]:
    """The entries of 94. Raises AflError where PBOC-5 A.1 is broken.

    At most 252 bytes in entries of four; SFI 1-30 with b3-b1 = 000; first record not 0, last not below it; signed
    records no more than there are.
    """
    if not raw or len(raw) % 4 or len(raw) > 252:
        raise AflError(f"94 has {len(raw)} bytes; entries have 4, at most 252 in all")
    entries = []
    for at in range(0, len(raw), 4):
        head, first, last, signed = raw[at : at + 4]
        entry = AflEntry(head >> 3, first, last, signed)
        if head & 7 or not 1 <= entry.sfi <= 30:
            raise AflError(f"entry {raw[at : at + 4].hex().upper()}: no file identifier 1-30 with b3-b1 = 000")
        if not first or last < first:
            raise AflError(f"entry {raw[at : at + 4].hex().upper()}: records {first} to {last}")
        if signed > last - first + 1:
            raise AflError(f"entry {raw[at : at + 4].hex().upper()}: {signed} signed of {last - first + 1} records")
        entries.append(entry)
    return tuple(entries)


def listed_records(entries: Iterable[AflEntry]) -> Iterator[tuple[int, int, bool]]:
    """(file, record, signed) in the order the terminal reads them."""
    for sfi, first, last, signed in entries:
        for record in range(first, last + 1):
            yield sfi, record, record < first + signed


def missing_records(entries: Iterable[AflEntry], present: Container[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Records the AFL names that are not ``present``; each would end a transaction with 6A83."""
    return tuple((sfi, record) for sfi, record, _ in listed_records(entries) if (sfi, record) not in present)


class Ada(IntEnum):
    """The bits of 9F52 as masks over 16 bits."""

    LAST_IA_FAILED_ONLINE = 0x8000
    IA_FAILED_DECLINE = 0x4000
    IA_MISSING_DECLINE = 0x2000
    DECLINED_ADVICE = 0x1000
    PIN_EXCEEDED_ADVICE = 0x0800
    IA_DECLINED_ADVICE = 0x0400
    NEW_CARD_ONLINE = 0x0200
    NEW_CARD_UNABLE_DECLINE = 0x0100
    PIN_EXCEEDED_BLOCK = 0x0080
    EARLIER_PIN_DECLINE = 0x0040
    EARLIER_PIN_ONLINE = 0x0020
    EARLIER_PIN_UNABLE_DECLINE = 0x0010
    SCRIPT_FAILED_ONLINE = 0x0008
    EARLIER_PIN_BLOCK = 0x0004


class LogEntry(NamedTuple):
    """9F4D in two numbers."""

    sfi: int
    records: int

    @classmethod
    def parse(cls, value: bytes) -> LogEntry:
        """Two bytes; SFI 11-30 (PBOC-5 §18.1). Raises ValueError otherwise."""
        if len(value) != 2 or not 11 <= value[0] <= 30 or not value[1]:
            raise ValueError(f"9F4D {value.hex().upper()} names no log file")
        return cls(*value)


def build_record(log_format: bytes, received: Iterable[Mapping[int, bytes]], atc: int) -> bytes:
    """One record in ``log_format``.

    ``received`` holds the values by tag of each command of this transaction, oldest first (PDOL, CDOL1, CDOL2): the
    newest wins. What never came is 00-filled, a value of another length is fitted by the DOL rule. 9F36 is the
    card's own (PBOC-5 §18.2). Raises TlvError if ``log_format`` is no data object list.
    """
    values: dict[int, bytes] = {}
    for each in received:
        values.update(each)
    values[0x9F36] = atc.to_bytes(2, "big")
    return b"".join(
        fill(tag, values[tag], length) if tag in values else bytes(length) for tag, length in tlv.parse_dol(log_format)
    )
