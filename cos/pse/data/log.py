"""Transaction log records (交易明细): built from the format 9F4F and what the terminal sent (PBOC-5 §18).

A record is written when the card answers TC, once per transaction; its values have no tags and no template.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from apdu import tlv
from cos.pse.data.elements import fill

DEFAULT_FORMAT = bytes.fromhex("9A039F21039F02069F03069F1A025F2A029F4E149C019F3602")
"""9F4F as all issued cards have it: date, time, amounts, country, currency, merchant, type, ATC (PBOC-5 table 45)."""

DEFAULT_ENTRY = bytes.fromhex("0B0A")
"""9F4D: file 11, ten records (PBOC-5 §18.1)."""


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


def record_length(log_format: bytes) -> int:
    """Bytes of one record. Raises TlvError if ``log_format`` is no data object list."""
    return tlv.dol_length(tlv.parse_dol(log_format))


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


def read_record(log_format: bytes, record: bytes) -> dict[int, bytes]:
    """The values by tag of a stored record. Raises TlvError if it has not the length of ``log_format``."""
    return tlv.split_dol(tlv.parse_dol(log_format), record)
