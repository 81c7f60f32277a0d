"""Card risk management (卡片风险管理), the data: limits, terminal values, and all that a check may look at.

None means "not in the card" or "not sent"; a check whose data are missing is skipped (PBOC-5 §14.4.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cos.pse.data.aip_afl_ada import Ada, Aip
from cos.pse.data.data_elements import from_n
from cos.pse.options import BankOptions
from cos.pse.transaction.transaction_memory import Counters, Transaction

UNABLE_TO_GO_ONLINE = frozenset((b"Y3", b"Z3"))
"""Authorisation response codes (8A) of a terminal that could not go online (PBOC-5 §16.7)."""


def _amount(values: Mapping[int, bytes], tag: int) -> int | None:
    return from_n(values[tag]) if tag in values else None


def _code(values: Mapping[int, bytes], tag: int) -> bytes | None:
    """A code that is there and not filled with zeros."""
    value = values.get(tag, b"")
    return value if any(value) else None


class Limits(NamedTuple):
    """The issuer's settings of the internal file (PBOC-5 table A.2, PBOC-10 groups 0D01 and 0E01).

    Counts and amounts are numbers, codes are bytes. ``pin_try_limit`` has no tag.
    """

    currency: bytes | None = None
    country: bytes | None = None
    second_currency: bytes | None = None
    conversion: bytes | None = None
    lower: int | None = None
    upper: int | None = None
    foreign_currency: int | None = None
    foreign_country: int | None = None
    cumulative: int | None = None
    cumulative_two: int | None = None
    cumulative_upper: int | None = None
    ada: int | None = None
    ia_indicator: int | None = None
    pin_try_limit: int = 3

    @classmethod
    def from_elements(cls, elements: Mapping[int, bytes], pin_try_limit: int = 3) -> Limits:
        """From the stored values by tag; 9F76 = 0000 means no second currency (PBOC-5 A.1)."""

        def binary(tag: int) -> int | None:
            return int.from_bytes(elements[tag], "big") if tag in elements else None

        return cls(
            currency=elements.get(0x9F51),
            country=elements.get(0x9F57),
            second_currency=_code(elements, 0x9F76),
            conversion=elements.get(0x9F73),
            lower=binary(0x9F58),
            upper=binary(0x9F59),
            foreign_currency=binary(0x9F53),
            foreign_country=binary(0x9F72),
            cumulative=_amount(elements, 0x9F54),
            cumulative_two=_amount(elements, 0x9F75),
            cumulative_upper=_amount(elements, 0x9F5C),
            ada=binary(0x9F52),
            ia_indicator=binary(0x9F56),
            pin_try_limit=pin_try_limit,
        )

    @property
    def wants_issuer(self) -> bool:
        """9F56 b8: issuer authentication is mandatory, where it is supported at all."""
        return bool((self.ia_indicator or 0) & 0x80)

    def wants(self, bit: Ada) -> bool:
        """True if the ADA bit is 1; an absent 9F52 counts as 0000."""
        return bool((self.ada or 0) & bit)


class Terminal(NamedTuple):
    """What the terminal sent with this GENERATE AC. Zero-filled codes count as not sent (PBOC-5 §14.4.2)."""

    amount: int | None = None
    country: bytes | None = None
    currency: bytes | None = None
    tvr: bytes | None = None
    response_code: bytes | None = None

    @classmethod
    def from_values(cls, values: Mapping[int, bytes]) -> Terminal:
        """From the CDOL values by tag: 9F02, 9F1A, 5F2A, 95, 8A."""
        return cls(
            amount=_amount(values, 0x9F02),
            country=_code(values, 0x9F1A),
            currency=_code(values, 0x5F2A),
            tvr=values.get(0x95),
            response_code=values.get(0x8A),
        )

    @property
    def sda_failed(self) -> bool:
        """TVR1.b7."""
        return bool(self.tvr and self.tvr[0] & 0x40)

    @property
    def dda_failed(self) -> bool:
        """TVR1.b4 (DDA) or TVR1.b3 (CDA)."""
        return bool(self.tvr and self.tvr[0] & 0x0C)

    @property
    def unable_to_go_online(self) -> bool:
        """8A is Y3 or Z3 (PBOC-5 §16.7)."""
        return self.response_code in UNABLE_TO_GO_ONLINE


class RiskData(NamedTuple):
    """The card's side: changing counters, settings, and what it supports. ``aip`` is 82 as a number of 16 bits."""

    counters: Counters
    limits: Limits
    aip: int = 0x7C00
    offline_pin: bool = True

    def supports(self, bit: Aip) -> bool:
        """True if the AIP says so."""
        return bool(self.aip & bit)


class Facts(NamedTuple):
    """Everything a check or decision may look at."""

    risk: RiskData
    transaction: Transaction
    terminal: Terminal
    options: BankOptions = BankOptions()

    @property
    def own_currency(self) -> bool:
        """5F2A = 9F51."""
        own = self.risk.limits.currency
        return own is not None and self.terminal.currency == own

    @property
    def foreign_currency(self) -> bool:
        """5F2A ≠ 9F51, both known."""
        return self._foreign(self.terminal.currency, self.risk.limits.currency)

    @property
    def foreign_country(self) -> bool:
        """9F1A ≠ 9F57, both known."""
        return self._foreign(self.terminal.country, self.risk.limits.country)

    def _foreign(self, theirs: bytes | None, own: bytes | None) -> bool:
        if theirs is None:
            return False
        if own is None:
            return self.options.count_foreign_without_own_currency
        return theirs != own

    @property
    def amount(self) -> int | None:
        """9F02, unless zero counts as not sent."""
        amount = self.terminal.amount
        return None if amount == 0 and self.options.skip_zero_amount else amount

    @property
    def two_currency_amount(self) -> int | None:
        """What the transaction adds to the two-currency total: 9F02, converted with 9F73 if in the second currency.

        None if the card has no second currency or the transaction's is neither.
        """
        limits, amount = self.risk.limits, self.amount
        if amount is None or limits.currency is None or limits.second_currency is None or limits.conversion is None:
            return None
        if self.own_currency:
            return amount
        return convert(amount, limits.conversion) if self.terminal.currency == limits.second_currency else None


def convert(amount: int, factor: bytes) -> int:
    """``amount`` times 9F73: first nibble = decimals d, then seven digits f; amount × f ÷ 10^d, fraction dropped.

    PBOC-5 A.1; the standard's example 20000175 is 1.75. Raises ValueError unless ``factor`` has 4 bytes.
    """
    if len(factor) != 4:
        raise ValueError(f"9F73 has 4 bytes, not {len(factor)}")
    decimals = factor[0] >> 4
    digits = from_n(bytes((factor[0] & 15,)) + factor[1:])
    converted: int = amount * digits // 10**decimals
    return converted
