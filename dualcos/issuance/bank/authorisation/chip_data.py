"""Field 55 as an issuer reads it: what the cryptogram is over, and what the card says of itself (PBOC-5 D, E.1)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from apdu import tlv
from apdu.tlv import TlvError
from keys.bank_cryptography import cryptogram_input

_CRYPTOGRAM, _ATC, _ISSUER_DATA, _AIP = 0x9F26, 0x9F36, 0x9F10, 0x82
_AMOUNT, _COUNTRY, _TVR, _CURRENCY, _DATE, _KIND = 0x9F02, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C
# What a cryptogram is over has fixed lengths: were one longer and the next shorter, the MAC would be the same.
_LENGTHS: Mapping[int, int] = MappingProxyType(
    {
        _CRYPTOGRAM: 8,
        _ATC: 2,
        _AIP: 2,
        _AMOUNT: 6,
        0x9F03: 6,
        _COUNTRY: 2,
        _TVR: 5,
        _CURRENCY: 2,
        _DATE: 3,
        _KIND: 1,
        0x9F37: 4,
    }
)
_ISSUER_DATA_HEAD, _VERSION = 8, 1
_CVR_AT, _ALGORITHM_AT = 3, 7
_TC, _ARQC, _OPEN = 0b01, 0b10, 0b10


class UnreadableField55(ValueError):
    """Field 55 lacks something, or is no string of TLVs."""


class CardSays(NamedTuple):
    """Issuer application data (9F10). ``key_index``: DKI; ``version``: CVN; ``cvr``: 4 bytes, the first its length;
    ``algorithm``: 01 3DES, 04 SM4.
    """

    key_index: int
    version: int
    cvr: bytes
    algorithm: int

    @property
    def asks(self) -> bool:
        """True if the first cryptogram of the transaction was an ARQC: the card asks its issuer."""
        return self.cvr[1] >> 4 & 0b11 == _ARQC

    @property
    def approved(self) -> bool:
        """True if the card's last word in this transaction was a TC."""
        second, first = self.cvr[1] >> 6, self.cvr[1] >> 4 & 0b11
        return (first if second == _OPEN else second) == _TC

    @property
    def offline_pin_right(self) -> bool:
        """The card has compared a PIN, and it was right."""
        return self.cvr[1] & 0b110 == 0b100

    @property
    def not_completed(self) -> bool:
        """The card's last transaction on line did not come to its end."""
        return bool(self.cvr[2] & 0x80)

    @property
    def scripts_done(self) -> int:
        """Script commands behind the last transaction on line."""
        return self.cvr[3] >> 4

    @property
    def script_failed(self) -> bool:
        """One of them failed."""
        return bool(self.cvr[3] & 0x08)


class CryptogramData(NamedTuple):
    """``covered``: all that the cryptogram is over, by tag."""

    covered: Mapping[int, bytes]
    cryptogram: bytes
    atc: bytes
    aip: bytes
    card: CardSays

    @property
    def counter(self) -> int:
        """The card's transaction counter."""
        return int.from_bytes(self.atc, "big")

    @property
    def tvr(self) -> bytes:
        """What the terminal has found."""
        return self.covered[_TVR]

    @property
    def amount(self) -> int:
        """Fen; -1 if the digits are none."""
        text = self.covered[_AMOUNT].hex()
        return int(text) if text.isdecimal() else -1

    @property
    def kind(self) -> str:
        """What kind of transaction it is: 9C, two digits."""
        return self.covered[_KIND].hex()

    @property
    def date(self) -> str:
        """The terminal's date, YYMMDD."""
        return self.covered[_DATE].hex()

    @property
    def domestic(self) -> bool:
        """Renminbi, in China."""
        return self.covered[_CURRENCY] == self.covered[_COUNTRY] == bytes.fromhex("0156")

    @property
    def provable(self) -> bool:
        """The cryptogram is of the version that is known here."""
        return self.card.version == _VERSION

    def text(self) -> bytes:
        """The input of the cryptogram."""
        return cryptogram_input(self.covered, self.aip, self.atc, self.card.cvr)


def card_says(issuer_data: bytes) -> CardSays:
    """9F10 read. Raises UnreadableField55."""
    if len(issuer_data) < _ISSUER_DATA_HEAD or issuer_data[0] != _ISSUER_DATA_HEAD - 1 or issuer_data[_CVR_AT] != 3:
        raise UnreadableField55("9F10")
    cvr = issuer_data[_CVR_AT:_ALGORITHM_AT]
    return CardSays(issuer_data[1], issuer_data[2], cvr, issuer_data[_ALGORITHM_AT])


def objects(field: bytes) -> dict[int, bytes]:
    """Field 55 by tag. Raises UnreadableField55, also where a tag stands twice."""
    try:
        items = tlv.parse(field)
    except TlvError:
        raise UnreadableField55("no string of TLVs") from None
    found = {item.tag: item.value for item in items}
    if len(found) != len(items):
        raise UnreadableField55("a tag stands twice")
    return found


def chip_data(field: bytes) -> CryptogramData:
    """Field 55 of a request read. Raises UnreadableField55."""
    found = objects(field)
    for tag, length in _LENGTHS.items():
        if len(found.get(tag, b"")) != length:
            raise UnreadableField55(f"{tag:X}")
    return CryptogramData(found, found[_CRYPTOGRAM], found[_ATC], found[_AIP], card_says(found.get(_ISSUER_DATA, b"")))
