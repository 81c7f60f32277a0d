"""The persistent changing state of the application: one immutable value, stored as one cell.

Counters never pass their size and never become negative. Names and reset rules: PBOC-5 tables 30, 38, 42 and A.2.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

N12_MAX = 999_999_999_999
"""The largest n12 amount."""

_MOST_SCRIPTS, _MOST_TRIES = 15, 15


class Counters(NamedTuple):
    """Indicators and counters. ``last_online_atc`` None: the card keeps no 9F13, which switches its checks off.

    Amounts are numbers of the smallest currency unit (fen). ``script_counter`` 15 means 15 or more.
    """

    atc: int = 0
    last_online_atc: int | None = 0
    online_authorisation: bool = False
    ia_failure: bool = False
    sda_failure: bool = False
    dda_failure: bool = False
    script_failure: bool = False
    script_counter: int = 0
    foreign_currency: int = 0
    foreign_country: int = 0
    cumulative: int = 0
    cumulative_two: int = 0
    pin_tries: int = 3
    application_blocked: bool = False
    blocked_for_ever: bool = False
    card_blocked: bool = False

    def to_bytes(self) -> bytes:
        """``SIZE`` bytes for storage; ``from_bytes`` is the inverse."""
        flags = int(self.last_online_atc is not None)
        for flag in (*self[2:7], *self[13:]):
            flags = flags << 1 | flag
        small = _SMALL.pack(self.atc, self.last_online_atc or 0, flags, *self[7:10], self.pin_tries)
        return small + (self.cumulative << 40 | self.cumulative_two).to_bytes(10, "big")

    @classmethod
    def from_bytes(cls, raw: bytes) -> Counters:
        """The value stored in ``raw``. Raises ValueError unless ``to_bytes`` can have made it."""
        if len(raw) != SIZE:
            raise ValueError(f"the stored counters have {SIZE} bytes, not {len(raw)}")
        atc, online, flags, scripts, currency, country, tries = _SMALL.unpack_from(raw)
        ia, sda, dda, script = (bool(flags & bit) for bit in (0x40, 0x20, 0x10, 0x08))
        kept, authorisation = bool(flags & 0x100), bool(flags & 0x80)
        application, for_ever, card = (bool(flags & bit) for bit in (4, 2, 1))
        one, two = int.from_bytes(raw[10:15], "big"), int.from_bytes(raw[15:], "big")
        if flags >= 0x200 or scripts > _MOST_SCRIPTS or tries > _MOST_TRIES or max(one, two) > N12_MAX:
            raise ValueError("what the counters hold is beyond what they can count to")
        last = online if kept else None
        small = (scripts, currency, country, one, two, tries)
        return cls(atc, last, authorisation, ia, sda, dda, script, *small, application, for_ever, card)

    def element(self, tag: int) -> bytes | None:
        """The value of 9F36, 9F13 or 9F17 for GET DATA; None for other tags and for a 9F13 not kept."""
        if tag == 0x9F36:
            return self.atc.to_bytes(2, "big")
        if tag == 0x9F13 and self.last_online_atc is not None:
            return self.last_online_atc.to_bytes(2, "big")
        if tag == 0x9F17:
            return bytes((self.pin_tries,))
        return None


SIZE = 20
"""Length of the stored form."""

# ATC, last online ATC, flags, script counter, two international counters, PIN tries; the amounts follow, 5 bytes each.
_SMALL = struct.Struct(">HHHBBBB")

_TITLES = (
    ("atc", "application transaction counter (9F36)", 4),
    ("last_online_atc", "last online ATC register (9F13)", 4),
    ("online_authorisation", "online authorisation indicator", 0),
    ("ia_failure", "issuer authentication failure indicator", 0),
    ("sda_failure", "SDA failure indicator", 0),
    ("dda_failure", "DDA failure indicator", 0),
    ("script_failure", "script failure indicator", 0),
    ("script_counter", "script command counter", 1),
    ("foreign_currency", "consecutive offline transactions, international by currency", 2),
    ("foreign_country", "consecutive offline transactions, international by country", 2),
    ("cumulative", "cumulative offline amount", -1),
    ("cumulative_two", "cumulative offline amount, two currencies", -1),
    ("pin_tries", "PIN try counter (9F17)", 2),
    ("application_blocked", "application blocked", 0),
    ("blocked_for_ever", "application blocked for ever", 0),
    ("card_blocked", "card blocked", 0),
)


def _show(value: int | bool | None, digits: int) -> str:
    if value is None:
        return "absent"
    return f"{value:0{digits}X}" if digits > 0 else str(int(value))


def changes(old: Counters, new: Counters) -> Iterator[str]:
    """What differs, one line each: ``online authorisation indicator 0 -> 1``."""
    for name, title, digits in _TITLES:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield f"{title} {_show(before, digits)} -> {_show(after, digits)}"
