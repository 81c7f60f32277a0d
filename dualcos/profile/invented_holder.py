"""What is told of one invented cardholder (虚构持卡人): who it is for, and why a terminal may stumble over it.

Nobody has these numbers: regions begin with 99, which no place has, accounts with 629999, which no bank has, and
countries with X, which the standard leaves free. Check characters are right unless the person is there to break one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from cos.ssse.tables import card_numbers

_UNKNOWN_AUTHENTICATION = b"\xff" * 4  # as on the test cards seen
_ACCOUNT = "629999"
CITIZEN = "01"
"""The identity card among the kinds of document (证件类型)."""
_BANK_KINDS: Mapping[str, str] = MappingProxyType(
    {"01": "00", "02": "01", "03": "01", "04": "03", "05": "03", "06": "03", "08": "02"}
)
_OTHER_KIND = "05"
LATIN_ON_CHIP = 26
"""Characters of a name in 5F20; 19 more go into 9F0B (PBOC-5 annex A)."""


class Filled(Enum):
    """How far the items are filled that no holder must have."""

    USUAL = "usual"
    EMPTY = "empty"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class InventedHolder:
    """One person and card: what differs from person to person and card to card.

    ``key``: what the command line calls it; ``why``, ``why_zh``: why it is a hard case; ``clause``: where that is from.
    ``sequence``: three digits of the citizen number, odd for a man; ``card_body``: eight characters of the card
    number, ``card_check`` another check character than theirs; ``serial``: four bytes, also TA to TD of the ATR.
    ``registered``: region of the citizen number where it is not the card's; ``given_number``: a number that is no
    citizen's; ``code``: an identification code that is not made by the rule; ``institution``: item 04 where it is not
    the region's first; ``id_type``, ``id_no``: the document, the citizen number itself if left out. ``latin``: the name
    for the bank's chip; ``account``: whether the bank has one; ``psn``: which card of that account. ``replaces``: the
    key of the holder whose card this one takes the place of; both are one person with one account.
    """

    name: str
    birth: str
    sex: str
    ethnic: str
    sequence: str
    card_body: str
    serial: bytes
    region: str = "990100"
    card_class: str = "3"
    issued: str = "20240101"
    expires: str = "20340101"
    version_text: str = ""
    authentication: bytes = _UNKNOWN_AUTHENTICATION
    key: str = ""
    why: str = ""
    why_zh: str = ""
    clause: str = ""
    registered: str = ""
    given_number: str = ""
    code: bytes = b""
    institution: str = ""
    card_check: str = ""
    id_type: str = CITIZEN
    id_no: str = ""
    nationality: str = ""
    latin: str = "CE SHI/CHI KA REN"
    account: bool = True
    psn: str = "01"
    address: str = ""
    guardian: str = ""
    guardian_phone: str = ""
    filled: Filled = Filled.USUAL
    replaces: str = ""
    account_body: str = ""

    @property
    def number(self) -> str:
        """The social security number: 18 characters, a citizen's with the right check character."""
        body = (self.registered or self.region) + self.birth + self.sequence
        return self.given_number or body + card_numbers.citizen_check(body)

    @property
    def card_number(self) -> str:
        """The card number: nine characters."""
        return self.card_body + (self.card_check or card_numbers.card_number_check(self.card_body))

    @property
    def initialised_by(self) -> str:
        """The 24 digits of the initialising institution."""
        return self.institution or card_numbers.initialising_institution(self.region, self.region, 1)

    @property
    def identification(self) -> bytes:
        """The 16 bytes of the card identification code."""
        return self.code or card_numbers.build_identification(self.region, self.serial, self.authentication)

    @property
    def pan(self) -> str:
        """The account number on the bank's side: 19 digits with the right check digit."""
        body = f"{_ACCOUNT}{self.account_body or self.card_body[1:]:0>12}"
        return body + card_numbers.luhn_digit(body)

    @property
    def document(self) -> str:
        """The number of the document the bank has seen, 9F61."""
        return self.id_no or self.number

    @property
    def bank_id_type(self) -> str:
        """The kind of that document as 9F62 has it (PBOC-5 annex A)."""
        return _BANK_KINDS.get(self.id_type, _OTHER_KIND)
