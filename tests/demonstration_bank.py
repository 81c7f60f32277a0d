"""An issuer for tests, in memory: cards of profiles in its register, their accounts filled, a clock that stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import structs

from dualcos.issuance.bank.authorisation.bank_books import BankBooks
from dualcos.issuance.bank.authorisation.cards_of_bank_profiles import (
    DEMONSTRATION_PIN,
    BankProfileCards,
    cards_of_bank_profiles,
)
from dualcos.issuance.bank.authorisation.issuer_core import IssuerCore
from dualcos.issuance.bank.authorisation.issuer_means import IssuerMeans, OnlinePins
from dualcos.issuance.bank.authorisation.kept_card_states import KeptRegister
from dualcos.issuance.bank.authorisation.ledger_names import customer
from dualcos.issuance.bank.authorisation.merchant_agreements import MerchantAgreement
from dualcos.issuance.bank.authorisation.registered_bank_cards import CardLimits, IssuerTerms
from dualcos.issuance.bank.authorisation.risk_rules import RISK_RULES, RiskRule
from dualcos.profile.line_test_keys import pin_verification_key, pin_zone_key
from dualcos.profile.schema import load
from dualcos.sqlitefile.durable_database import IN_MEMORY
from firewall.hardware.randomness import SeededRng

BANK_CLOCK = "20260115093000"
BANK_OPENING = 1_000_000
"""Fen on each account."""
AGREED_MERCHANT = "898110080620001"
AGREEMENTS = {AGREED_MERCHANT: MerchantAgreement(programme="POINTS", points_per_yuan=2, percent_off=10)}
MEMBER = "M1"
"""In the register for cards whose profile has no file of value-added services."""
ONLINE_PIN = DEMONSTRATION_PIN


@cache
def _cards(profile_names: tuple[str, ...], opening: int, limits: CardLimits | None) -> BankProfileCards:
    profiles = [load(name) for name in profile_names]
    known = cards_of_bank_profiles(profiles, opening, verification=pin_verification_key(), limits=limits)
    for pan, card in known.cards.items():
        known.cards[pan] = structs.replace(card, member=card.member or MEMBER)
    return known


def demonstration_issuer(
    profile_names: Sequence[str],
    path: str | Path = IN_MEMORY,
    *,
    opening: int = BANK_OPENING,
    now: Callable[[], str] = lambda: BANK_CLOCK,
    business_day: Callable[[], str] | None = None,
    terms: IssuerTerms | None = None,
    limits: CardLimits | None = None,
    rules: tuple[RiskRule, ...] = RISK_RULES,
) -> IssuerCore:
    """The issuer of these profiles' cards; ``path``: its books on a disk. Its register (``cards``) is a dict that a
    test may change. Their on-line PIN is ``ONLINE_PIN``, under ``line_test_keys.pin_zone_key``; ``AGREED_MERCHANT`` has
    an agreement. Whoever takes it closes it.
    """
    known = _cards(tuple(profile_names), opening, limits)
    books = BankBooks(path)
    means = IssuerMeans(
        cards=KeptRegister(dict(known.cards), books),
        keys=known.keys,
        pins=OnlinePins(pin_zone_key(), pin_verification_key()),
        books=books,
        now=now,
        business_day=business_day or (lambda: now()[:8]),
        random=SeededRng(b"demonstration issuer").bytes,
        terms=terms or IssuerTerms(agreements=AGREEMENTS),
        rules=rules,
    )
    return IssuerCore(means)


def taken_from_first(issuer: Any) -> int:
    """Fen that the bank has taken from its first card's account, and not given back, by its books."""
    card = next(iter(issuer.cards.values()))
    booked = issuer.books.balances().get(customer(card.account))
    return 0 if booked is None else BANK_OPENING - booked
