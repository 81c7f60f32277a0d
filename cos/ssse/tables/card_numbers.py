"""The numbers a card carries and their checks: identification code, card number, citizen number, version, ATR.

The checks say whether a number follows its rule; real numbers break the rules now and then, so nothing on the card
refuses on them.
"""

from __future__ import annotations

import datetime
from typing import NamedTuple

from cos.ssse.tables.code_tables import PROVINCES, SYNTHETIC_PROVINCE
from cos.ssse.tables.table_model import Version

APPLICATION_IDENTIFIER = bytes.fromhex("D156000005")  # V2.0 §8.1.1.1
ISSUER_IDENTIFIER = "9156000002"  # V2.0 table 12

_CARD_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_CHECKS = "10X98765432"
_CARD_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class NumberError(ValueError):
    """The characters or bytes are not such a number."""


class Identification(NamedTuple):
    """The card identification code (卡的识别码) taken apart.

    Region: 6 digits; serial and authentication code: 4 bytes each; ``application`` is D156000005 on every real card.
    """

    region: str
    application: bytes
    serial: bytes
    authentication: bytes


class Historical(NamedTuple):
    """The 13 historical bytes of the ATR (SSC-2 table 16).

    Chip maker 2, free 3, card maker 2 bytes; first four digits of the region; serial 4 bytes.
    """

    chip_maker: bytes
    free: bytes
    card_maker: bytes
    region: str
    serial: bytes


def digits(text: str, count: int) -> str:
    """``text`` if it is exactly ``count`` decimal digits. Raises NumberError."""
    if len(text) != count or not (text.isascii() and text.isdigit()):
        raise NumberError(f"{count} digits are wanted")
    return text


def build_identification(region: str, serial: bytes, authentication: bytes) -> bytes:
    """The 16 bytes of the identification code (V2.0 table 10). The authentication code is computed by the issuer."""
    if len(serial) != 4 or len(authentication) != 4:
        raise NumberError("serial and authentication code have four bytes each")
    return bytes.fromhex(digits(region, 6)) + APPLICATION_IDENTIFIER + serial + authentication


def parse_identification(code: bytes) -> Identification:
    """Take an identification code apart. Raises NumberError if it has not 16 bytes; contents are not judged."""
    if len(code) != 16:
        raise NumberError("an identification code has 16 bytes")
    return Identification(code[:3].hex().upper(), code[3:8], code[8:12], code[12:])


def card_number_check(body: str) -> str:
    """Check character of a card number's eight body characters, digits and capital letters (V2.0 appendix A)."""
    if len(body) != 8 or not set(body) <= set(_CARD_CHARACTERS):
        raise NumberError("the body of a card number has eight digits or capital letters")
    total = sum(weight * _CARD_CHARACTERS.index(each) for weight, each in zip(_CARD_WEIGHTS, body, strict=True))
    return "0X987654321"[total % 11]


def card_number_ok(number: str) -> bool:
    """True if the nine characters satisfy the check. Not a reason to refuse a card: some real ones do not."""
    try:
        return len(number) == 9 and card_number_check(number[:8]) == number[8]
    except NumberError:
        return False


def citizen_check(body: str) -> str:
    """Check character of a citizen number's 17 digits (GB 11643)."""
    total = sum(weight * int(each) for weight, each in zip(_CITIZEN_WEIGHTS, digits(body, 17), strict=True))
    return _CITIZEN_CHECKS[total % 11]


def citizen_ok(number: str) -> bool:
    """True if the 18 characters satisfy the check and carry a real date (digits 7 to 14)."""
    try:
        return len(number) == 18 and citizen_check(number[:17]) == number[17] and date_ok(number[6:14])
    except NumberError:
        return False


def luhn_digit(number: str) -> str:
    """The check digit that belongs behind the digits of an account number (ISO/IEC 7812-1 annex B)."""
    products = "".join(str(int(digit) * (1 if at % 2 else 2)) for at, digit in enumerate(reversed(number)))
    return str(-sum(map(int, products)) % 10)


def date_ok(text: str) -> bool:
    """True for a real day written YYYYMMDD (V2.0 §8.1.1.5)."""
    try:
        digits(text, 8)
        datetime.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


def region_ok(code: str, *, synthetic: bool = False) -> bool:
    """True for six digits under a known province (GB/T 2260); ``synthetic``: 99 is taken too.

    Whole codes are not looked up: abolished ones live on in citizen numbers.
    """
    known = code[:2] in PROVINCES or (synthetic and code[:2] == SYNTHETIC_PROVINCE)
    return known and len(code) == 6 and code.isascii() and code.isdigit()


def province(code: str) -> str:
    """Name of the province a region code begins with, empty if it is unknown."""
    return PROVINCES.get(code[:2], "")


def initialising_institution(region: str, seat: str, sequence: int) -> str:
    """The 24 digits of item 04: issuer identifier, issuing region, the institution's region, sequence 0 to FF.

    The last two are hexadecimal on issued cards; the standard's example has none above 9.
    """
    if not 0 <= sequence <= 0xFF:
        raise NumberError("the sequence number has two hexadecimal digits")
    return f"{ISSUER_IDENTIFIER}{digits(region, 6)}{digits(seat, 6)}{sequence:02X}"


def version_of(text: str) -> Version:
    """The edition a specification version (item 03) names; only the first three characters decide, empty means 1.0.

    Raises NumberError for an edition not known here.
    """
    head = text.rstrip("\0 ")[:3]
    for version in Version:
        if head == version.label:
            return version
    if not head:
        return Version.V1
    raise NumberError("no edition begins so")


def compare_versions(one: str, other: str) -> int:
    """Negative, 0 or positive as ``one`` is older than, equal to or newer than ``other``, by three characters."""
    first, second = (text.rstrip("\0 ")[:3] or Version.V1.label for text in (one, other))
    return (first > second) - (first < second)


def build_historical(chip_maker: bytes, free: bytes, card_maker: bytes, region: str, serial: bytes) -> bytes:
    """The 13 historical bytes; of ``region`` (4 or 6 digits) the first four are used."""
    if (len(chip_maker), len(free), len(card_maker), len(serial)) != (2, 3, 2, 4):
        raise NumberError("2, 3, 2 and 4 bytes are wanted")
    return chip_maker + free + card_maker + bytes.fromhex(digits(region[:4], 4)) + serial


def parse_historical(raw: bytes) -> Historical:
    """Take historical bytes apart. Raises NumberError if there are not 13."""
    if len(raw) != 13:
        raise NumberError("a social-security card has 13 historical bytes")
    return Historical(raw[:2], raw[2:5], raw[5:7], raw[7:9].hex().upper(), raw[9:])


def diversification_factor(historical: bytes) -> bytes:
    """T6 to TD, the card's own step in deriving keys (SSC-9 §7.3.3): the last eight historical bytes."""
    parse_historical(historical)
    return historical[5:]
