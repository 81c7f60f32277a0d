"""An ATR in words (复位应答): what a reader may do with the card, and what the historical bytes of a card of ours name.

Total: what is no ATR is said to be none. ISO 7816-3 §8; SSC-2 tables 7 and 16; PC/SC part 3 §3.1.3.2.3.
"""

from __future__ import annotations

from collections.abc import Iterator

from apdu import atr
from cos.ssse.tables import card_numbers
from dualcos.explain.data_details import Detail, hexed


def reset_details(raw: bytes) -> tuple[Detail, ...]:
    """What ``raw`` says; nothing for no bytes."""
    if not raw:
        return ()
    try:
        read = atr.parse(raw)
    except atr.AtrError as error:
        return (Detail("no ATR", "非复位应答", str(error)),)
    face = ("contactless, as PC/SC shows it",) if atr.is_contactless(raw) else _transmission(read)
    return (Detail("transmission", "传输", ", ".join(face)), _historical(read.historical))


def chip_serial(raw: bytes) -> bytes:
    """TA to TD, the serial number of the chip (SSC-2 table 16); empty where the ATR is another kind of card's."""
    try:
        return card_numbers.parse_historical(atr.parse(raw).historical).serial
    except (atr.AtrError, card_numbers.NumberError):
        return b""


def _transmission(read: atr.Atr) -> Iterator[str]:
    said = read.interface
    yield " and ".join(f"T={protocol}" for protocol in read.protocols)
    if "TA1" in said:
        clock, baud = atr.CLOCK_RATES.get(said["TA1"] >> 4), atr.BAUD_RATES.get(said["TA1"] & 15)
        yield f"TA1 {said['TA1']:02X}: F={clock or 'reserved'} D={baud or 'reserved'}"
    if said.get("TC1"):
        extra = "the shortest there is" if said["TC1"] == 0xFF else f"{said['TC1']} etu more"
        yield f"TC1 {said['TC1']:02X}: guard time {extra}"
    if "TA2" in said:
        yield f"TA2 {said['TA2']:02X}: specific mode, T={said['TA2'] & 15}"
    if "TC2" in said:
        yield f"TC2 {said['TC2']:02X}: waiting time integer {said['TC2']}"


def _historical(raw: bytes) -> Detail:
    try:
        found = card_numbers.parse_historical(raw)
    except card_numbers.NumberError:
        return Detail("historical bytes", "历史字节", hexed(raw) or "none")
    parts = (
        f"chip maker {hexed(found.chip_maker)}",
        f"COS {hexed(found.free)}",
        f"card maker {hexed(found.card_maker)}",
        f"region {found.region}",
        f"serial {hexed(found.serial)}",
    )
    return Detail("historical bytes", "历史字节", ", ".join(parts))
