"""What values of the bank's terminal data cannot be (取值检查): digits that are none, dates that no calendar has."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping
from types import MappingProxyType

from cos.pse.data.data_elements import BY_TAG, Format

_DIGITS = frozenset("0123456789")


def is_packed(value: bytes) -> bool:
    """True if all that stands in it are decimal digits, two a byte."""
    return {*value.hex()} <= _DIGITS


def is_day(year: int, month: int, day: int) -> bool:
    """True if the calendar has it."""
    return 1 <= month <= 12 and 1 <= day <= monthrange(year or 2000, month)[1]


def is_short_date(value: bytes) -> bool:
    """YYMMDD in three bytes, of this century."""
    if len(value) != 3 or not is_packed(value):
        return False
    year, month, day = (int(value[at : at + 1].hex()) for at in range(3))
    return is_day(2000 + year, month, day)


def is_long_date(value: bytes) -> bool:
    """YYYYMMDD in four bytes."""
    if len(value) != 4 or not is_packed(value):
        return False
    return is_day(int(value[:2].hex()), int(value[2:3].hex()), int(value[3:].hex())) and value[:1] in (b"\x19", b"\x20")


def is_time(value: bytes) -> bool:
    """Hhmmss in three bytes."""
    if len(value) != 3 or not is_packed(value):
        return False
    hour, minute, second = (int(value[at : at + 1].hex()) for at in range(3))
    return hour < 24 and minute < 60 and second < 60


def _code(value: bytes) -> bool:
    """Three digits behind a zero (ISO 3166, ISO 4217)."""
    return is_packed(value) and value[0] < 0x10


def _amount(value: bytes) -> bool:
    """No terminal sells for more than a million yuan."""
    return is_packed(value) and value[:2] == b"\0\0"


def _response(value: bytes) -> bool:
    return value.isalnum() or value == bytes(len(value))


_CHECKS: Mapping[int, Callable[[bytes], bool]] = MappingProxyType(
    {
        0x9A: is_short_date,
        0x9F21: is_time,
        0x5F2A: _code,
        0x9F1A: _code,
        0x9F02: _amount,
        0x9F03: _amount,
        0x8A: _response,
    }
)


def implausible(tag: int, value: bytes) -> bool:
    """True if the element cannot have this value."""
    if not value:
        return False
    check = _CHECKS.get(tag)
    if check is not None:
        return not check(value)
    row = BY_TAG.get(tag)
    return row is not None and row.form is Format.N and not is_packed(value)
