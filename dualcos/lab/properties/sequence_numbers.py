"""F14 beside the bank: the sequence numbers under which a PSAM and a medical account make MACs and proofs.

Left out: that no two answers of INITIALIZE carry one number. A medical account shows its next number as often as it
is asked and uses it up by booking (SSC-7 §11, §12); what is booked is judged. So is CREDIT SAM in place of INIT SAM
where a PSAM steps its sequence with that only (option ``terminal_sequence``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dualcos.lab.properties.specimen import PlayedExchange

_FETCH = 0xC0
_INITIALIZE, _LOAD, _DEBIT = b"\xb0\x28", b"\xb0\x2a", b"\xb0\x2c"
_INIT_SAM, _CREDIT_SAM = b"\x80\x70", b"\x80\x72"
_NUMBER_AT = {0: slice(4, 6), 1: slice(14, 16)}  # by P1 of INITIALIZE: load, purchase


class Numbered(NamedTuple):
    """A MAC or proof was made under ``number``; ``what`` names the row of numbers it belongs to."""

    side: str
    what: str
    number: int


def numbered(record: Sequence[PlayedExchange], *, steps_with_init: bool = True) -> Iterator[Numbered]:
    """Every use of a sequence number, in order: purchases of a PSAM, answered bookings of a medical account."""
    shown: dict[int, int] = {}
    terminal = 0
    for exchange, data in answers(record):
        command = exchange.command
        if command[:2] == _INIT_SAM and len(data) >= 8:
            terminal = int.from_bytes(data[:4], "big")
            if steps_with_init:
                yield Numbered(exchange.side, "terminal sequence", terminal)
        elif command[:2] == _CREDIT_SAM and not steps_with_init:
            yield Numbered(exchange.side, "terminal sequence", terminal)
        elif command[:2] == _INITIALIZE and command[2] in _NUMBER_AT:
            shown[command[2]] = int.from_bytes(data[_NUMBER_AT[command[2]]], "big")
        elif command[:2] in (_LOAD, _DEBIT):
            kind = int(command[:2] == _DEBIT)
            if kind in shown:
                yield Numbered(exchange.side, ("load sequence", "purchase sequence")[kind], shown[kind])


def answers(record: Sequence[PlayedExchange]) -> Iterator[tuple[PlayedExchange, bytes]]:
    """Each command that was carried out, with its data, fetched or not."""
    asked: PlayedExchange | None = None
    data = b""
    for exchange in record:
        fetching = exchange.command[1:2] == bytes((_FETCH,))
        if not fetching:
            asked, data = exchange, b""
        if asked is None or not exchange.answer or exchange.refused:
            asked = None
            continue
        data += exchange.answer[:-2]
        if exchange.sw == 0x9000:
            yield asked, data
            asked = None
