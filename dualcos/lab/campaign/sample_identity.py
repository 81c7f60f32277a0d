"""Which card is in the reader (样品标识): its ATR and the numbers that it tells everyone, asked by plain reads.

Nothing is asked that a card counts, and nothing of the holder: of an account's number only the first six digits and the
last four are kept, as on a receipt. What a card does not answer, or no longer, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from apdu import tlv
from apdu.link import SmartCard
from apdu.status import SW
from apdu.tlv import TlvError
from dualcos.dialogue.directory_reading import read_directory
from dualcos.dialogue.driver import Dialogue, perform_anew
from dualcos.dialogue.iso_commands import read_binary, read_record, select_fid, select_name
from dualcos.dialogue.psam import PsamFile
from dualcos.dialogue.social import SSSE, items

_ISSUER_DATA, _IDENTIFICATION = 5, 0x01  # EF05 and the item in it (V2.0 §8.1.1.1)
_CODE = 16
_MF = 0x3F00
_PSAM_NUMBER = slice(1, 11)  # of the PSAM's public information, behind the issuer's identifier (SSC-9 §5)
_PAN, _TRACK_2 = 0x5A, 0x57
_FILES, _RECORDS = range(1, 4), range(1, 5)  # where an application has its number, in every one seen
_FIRST, _LAST = 6, 4


class SampleIdentity(NamedTuple):
    """``atr`` in hex; ``serial``: each number with whose it is, as ``social …; bank …``, empty if the card tells
    none.
    """

    atr: str
    serial: str


def identity_of(card: SmartCard) -> SampleIdentity:
    """Ask ``card``, from a cold reset. Raises what the way to it raises."""
    numbers = [
        ("social", perform_anew(card, _identification_code())),
        ("psam", perform_anew(card, _psam_number())),
        ("bank", perform_anew(card, _account_number())),
    ]
    atr = card.power_on().hex().upper()
    return SampleIdentity(atr, "; ".join(f"{whose} {number}" for whose, number in numbers if number))


def _identification_code() -> Dialogue[str]:
    answer = yield from select_name(SSSE.name)
    if answer.sw != SW.OK:
        return ""
    code = (yield from items(_ISSUER_DATA, 1)).get(_IDENTIFICATION, b"")
    return code.hex().upper() if len(code) == _CODE else ""


def _psam_number() -> Dialogue[str]:
    yield from select_fid(_MF)
    answer = yield from read_binary(PsamFile.PUBLIC, 256)
    return answer.data[_PSAM_NUMBER].hex().upper() if answer.sw == SW.OK else ""


def _account_number() -> Dialogue[str]:
    try:
        directory = yield from read_directory()
        names = [entry.name for entry in directory.entries if not entry.is_directory] if directory is not None else []
    except TlvError:
        return ""
    for name in names:
        answer = yield from select_name(name)
        digits = (yield from _shown_number()) if answer.sw == SW.OK else ""
        if digits:
            return digits[:_FIRST] + "." * (len(digits) - _FIRST - _LAST) + digits[-_LAST:]
    return ""


def _shown_number() -> Dialogue[str]:
    """Of the application that is selected."""
    for sfi in _FILES:
        for number in _RECORDS:
            answer = yield from read_record(number, sfi)
            if answer.sw != SW.OK:
                break
            for digits in _account_numbers(answer.data):
                return digits
    return ""


def _account_numbers(record: bytes) -> Iterator[str]:
    try:
        found = {item.tag: item.value.hex().upper() for item in tlv.leaves(record)}
    except TlvError:
        return
    for digits in (found.get(_PAN, "").rstrip("F"), found.get(_TRACK_2, "").partition("D")[0]):
        if digits.isdecimal() and len(digits) > _FIRST + _LAST:
            yield digits
