"""What the application remembers: ``Counters`` for good, stored as one cell; ``Transaction`` until the next one.

Counters never pass their size and never become negative. Names and reset rules: PBOC-5 tables 30, 38, 42 and A.2.
A transaction dies with reset, SELECT and GET PROCESSING OPTIONS (PBOC-5 §7.4). Both are immutable.
"""

from __future__ import annotations

import struct
from enum import Enum
from typing import NamedTuple

from apdu.status import StatusWord
from cos.pse.transaction.cvr_and_cid import Cvr
from cos.pse.transaction.transaction_states import TransactionState
from firewall.cellkind import Count, Counting

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
        kept = {0x9F36: (self.atc, 2), 0x9F13: (self.last_online_atc, 2), 0x9F17: (self.pin_tries, 1)}
        number, length = kept.get(tag, (None, 0))
        return None if number is None else number.to_bytes(length, "big")


SIZE = 20
"""Length of the stored form."""

# ATC, last online ATC, flags, script counter, two international counters, PIN tries; the amounts follow, 5 bytes each.
_SMALL = struct.Struct(">HHHBBBB")

COUNTS = (
    Count("application transaction counter", Counting.NUMBER, at=0, length=2, most=0xFFFF),
    Count("last online ATC register", Counting.COPY, at=2, length=2, most=0xFFFF),
    Count("script command counter", Counting.AMOUNT, at=6, length=1, most=_MOST_SCRIPTS),
    Count("international by currency", Counting.AMOUNT, at=7, length=1, most=0xFF),
    Count("international by country", Counting.AMOUNT, at=8, length=1, most=0xFF),
    Count("PIN tries left", Counting.TRIES, at=9, length=1, most=_MOST_TRIES),
    Count("cumulative offline amount", Counting.AMOUNT, at=10, length=5, most=N12_MAX),
    Count("cumulative offline amount, two currencies", Counting.AMOUNT, at=15, length=5, most=N12_MAX),
)
"""The numbers in the stored form."""


class Authentication(Enum):
    """What EXTERNAL AUTHENTICATE came to in this transaction."""

    NOT_RECEIVED = "not received"
    SUCCESSFUL = "successful"
    FAILED = "failed"


class Transaction(NamedTuple):
    """Volatile state. ``authentication_response_code`` is the one received with EXTERNAL AUTHENTICATE.

    ``tries_ran_out``: a VERIFY of this transaction brought the try counter to 0.
    ``script_mac_failed``: a script command of this transaction had a wrong MAC.
    """

    state: TransactionState = TransactionState.RESET
    cvr: Cvr = Cvr()
    verify_seen: bool = False
    tries_ran_out: bool = False
    authentication: Authentication = Authentication.NOT_RECEIVED
    authentication_response_code: bytes | None = None
    script_mac_failed: bool = False

    @property
    def authentication_seen(self) -> bool:
        """True if an EXTERNAL AUTHENTICATE of right length was received."""
        return self.authentication is not Authentication.NOT_RECEIVED


class AuthenticationStep(NamedTuple):
    """What a command changes. ``sw`` None: go on; else the answer, after ``counters`` are committed."""

    sw: StatusWord | None
    counters: Counters
    transaction: Transaction
    explanation: tuple[str, ...] = ()


def selected(*, pse: bool = False) -> Transaction:
    """After a successful SELECT, 6283 included: everything volatile is gone (PBOC-5 §6)."""
    return Transaction(TransactionState.PSE if pse else TransactionState.SELECTED)
