"""What the bank's register tells its authorisation of a card, and the terms that hold for all."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct, field

from dualcos.issuance.bank.authorisation.merchant_agreements import MerchantAgreement
from dualcos.messages.acquirer_messages import masked_account
from dualcos.messages.authorisation import Business, Fen12
from dualcos.textforms.whole_texts import whole


class BankCardState(StrEnum):
    """Of the card, not of its account: a lost card's account still takes credits."""

    INACTIVE = "inactive"
    ACTIVE = "active"
    ORAL_LOSS = "oral loss"
    WRITTEN_LOSS = "written loss"
    STOLEN = "stolen"
    STOPPED = "stopped"
    REPLACED = "replaced"
    CANCELLED = "cancelled"
    DESTROYED = "destroyed"


class BankStateWords(NamedTuple):
    """A state for people, and the reason (``issuer_declines``) that it gives; empty if the card is in use."""

    zh: str
    en: str
    reason: str


STATES: Mapping[BankCardState, BankStateWords] = MappingProxyType(
    {
        BankCardState.INACTIVE: BankStateWords("未激活", "made, not activated at a counter", "card-inactive"),
        BankCardState.ACTIVE: BankStateWords("正常", "in use", ""),
        BankCardState.ORAL_LOSS: BankStateWords("口头挂失", "reported lost, orally", "card-lost"),
        BankCardState.WRITTEN_LOSS: BankStateWords("正式挂失", "reported lost, in writing", "card-lost"),
        BankCardState.STOLEN: BankStateWords("被窃", "reported stolen", "card-stolen"),
        BankCardState.STOPPED: BankStateWords("止付", "stopped by the bank or a court", "card-stopped"),
        BankCardState.REPLACED: BankStateWords("已换卡", "has a successor", "card-cancelled"),
        BankCardState.CANCELLED: BankStateWords("销户", "closed", "card-cancelled"),
        BankCardState.DESTROYED: BankStateWords("已销毁", "destroyed", "card-cancelled"),
    }
)


CLOSED = (BankCardState.CANCELLED, BankCardState.REPLACED, BankCardState.DESTROYED)
"""A card that takes no credit either: its account is closed, or another card's."""


class CardLimits(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a card may spend: fen in one transaction, fen and times on one business day."""

    once: Fen12 = 5_000_000
    day: Fen12 = 20_000_000
    times: Annotated[int, Meta(ge=0)] = 1_000


class RegisteredBankCard(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``sequence``: 5F34, two digits. ``expiry``: YYMM. ``account``: whose money it spends; ``opening``: fen on it when
    the books first hear of it. ``offset``: of the holder's on-line PIN (``PinVerificationKey``); empty: he has none.
    ``member``: what the card's value-added file says of its holder, as terminals read it; empty: it has no such file.
    """

    pan: Annotated[str, Meta(pattern=whole("[0-9]{13,19}"))]
    sequence: Annotated[str, Meta(pattern=whole("[0-9]{2}"))]
    expiry: Annotated[str, Meta(pattern=whole("[0-9]{4}"))]
    account: str
    offset: str = ""
    member: str = ""
    state: BankCardState = BankCardState.ACTIVE
    opening: Fen12 = 0
    limits: CardLimits = field(default_factory=CardLimits)

    def __repr__(self) -> str:
        """The account of a card is masked, its offset is not shown."""
        return f"<RegisteredBankCard {masked_account(self.pan)} {self.state}>"


class IssuerTerms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``prefixes``: how accounts of this bank begin. ``pin_tries``: wrong PINs in a row. ``atc_jump``: a card whose
    counter has gone on by more is remarked on. ``businesses``: what is offered. ``agreements``: value-added services,
    by merchant.
    """

    prefixes: tuple[str, ...] = ("62",)
    pin_tries: Annotated[int, Meta(ge=1)] = 3
    atc_jump: Annotated[int, Meta(ge=1)] = 500
    businesses: tuple[str, ...] = tuple(each.name for each in Business)
    agreements: dict[str, MerchantAgreement] = field(default_factory=dict)
