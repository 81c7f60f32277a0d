"""What the answer of GET PROCESSING OPTIONS says: AIP (应用交互特征, 82) and AFL (应用文件定位器, 94)."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple


class Aip(IntEnum):
    """AIP byte 1 as masks over 16 bits; byte 2 is 00 (PBOC-5 A.1)."""

    SDA = 0x4000
    DDA = 0x2000
    CARDHOLDER_VERIFICATION = 0x1000
    TERMINAL_RISK_MANAGEMENT = 0x0800
    ISSUER_AUTHENTICATION = 0x0400
    CDA = 0x0100


AIP_TEXTS: tuple[tuple[Aip, str], ...] = (
    (Aip.SDA, "SDA supported"),
    (Aip.DDA, "DDA supported"),
    (Aip.CARDHOLDER_VERIFICATION, "cardholder verification supported"),
    (Aip.TERMINAL_RISK_MANAGEMENT, "terminal risk management to be performed"),
    (Aip.ISSUER_AUTHENTICATION, "issuer authentication by EXTERNAL AUTHENTICATE"),
    (Aip.CDA, "CDA supported"),
)


def aip_words(aip: int) -> list[str]:
    """Each set bit in words."""
    return [text for bit, text in AIP_TEXTS if aip & bit]


class AflError(ValueError):
    """The bytes are no application file locator."""


class AflEntry(NamedTuple):
    """Records ``first`` … ``last`` of file ``sfi``; the first ``signed`` of them are signed."""

    sfi: int
    first: int
    last: int
    signed: int

    def encode(self) -> bytes:
        """Four bytes."""
        return bytes((self.sfi << 3, self.first, self.last, self.signed))


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


def encode_afl(entries: Iterable[AflEntry]) -> bytes:
    """The value of 94."""
    return b"".join(each.encode() for each in entries)


def listed_records(entries: Iterable[AflEntry]) -> Iterator[tuple[int, int, bool]]:
    """(file, record, signed) in the order the terminal reads them."""
    for sfi, first, last, signed in entries:
        for record in range(first, last + 1):
            yield sfi, record, record < first + signed


def missing_records(entries: Iterable[AflEntry], present: Container[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Records the AFL names that are not ``present``; each would end a transaction with 6A83."""
    return tuple((sfi, record) for sfi, record, _ in listed_records(entries) if (sfi, record) not in present)


def afl_words(raw: bytes) -> list[str]:
    """Each entry in words; a broken AFL says so."""
    try:
        entries = parse_afl(raw)
    except AflError as broken:
        return [f"broken: {broken}"]
    return [f"SFI {sfi} records {first}-{last}, {signed} signed" for sfi, first, last, signed in entries]
