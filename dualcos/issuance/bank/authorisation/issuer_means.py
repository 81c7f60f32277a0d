"""What the issuer's authorisation works with, and one request on its way through it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from dualcos.issuance.bank.authorisation.bank_books import BankBooks, CardMemory
from dualcos.issuance.bank.authorisation.chip_data import CryptogramData
from dualcos.issuance.bank.authorisation.issuer_declines import IssuerDecline
from dualcos.issuance.bank.authorisation.registered_bank_cards import IssuerTerms, RegisteredBankCard
from dualcos.issuance.bank.authorisation.risk_rules import RISK_RULES, RiskRule
from dualcos.messages.authorisation import AuthorisationRequest
from keys.bank_cryptography import BadPinBlock
from keys.custody.bank_key_service import BankCard, KeyTriple
from keys.custody.pin_verification import PinVerificationKey
from keys.key_handle import KeyHandle
from keys.line_cryptography import pin_in_block

KeysOfBankCard = Callable[[BankCard, int], KeyTriple | None]
"""The keys of a card for the algorithm of its IAD (01 3DES, 04 SM4); None where there are none."""


class OnlinePins(NamedTuple):
    """``zone``: the key that acquirer and issuer share for PIN blocks; ``verification``: the bank's own."""

    zone: KeyHandle
    verification: PinVerificationKey

    def clear(self, block: bytes, pan: str) -> str:
        """The PIN in a block. Raises IssuerDecline."""
        try:
            return pin_in_block(self.zone, block, pan)
        except BadPinBlock:
            raise IssuerDecline("pin-block-unreadable") from None

    def offset(self, block: bytes, pan: str) -> str:
        """What is kept of the PIN in a block. Raises IssuerDecline."""
        try:
            return self.verification.offset(self.clear(block, pan), pan)
        except ValueError:
            raise IssuerDecline("pin-block-unreadable") from None

    def holds(self, block: bytes, pan: str, offset: str) -> bool:
        """True if the PIN in a block is the one that ``offset`` was made of. Raises IssuerDecline."""
        return self.verification.holds(self.clear(block, pan), pan, offset)


class IssuerMeans(NamedTuple):
    """``cards``: the register by PAN, asked anew for each request. ``now``: YYYYMMDDhhmmss; ``business_day``: YYYYMMDD.
    ``random``: so many random bytes, of approval codes. ``terms``, ``rules``: the bank's own.
    """

    cards: Mapping[str, RegisteredBankCard]
    keys: KeysOfBankCard
    pins: OnlinePins
    books: BankBooks
    now: Callable[[], str]
    business_day: Callable[[], str]
    random: Callable[[int], bytes]
    terms: IssuerTerms = IssuerTerms()
    rules: tuple[RiskRule, ...] = RISK_RULES

    def __repr__(self) -> str:
        """Nothing of cards."""
        return f"<IssuerMeans of {len(self.cards)} cards>"


class CardProof(Enum):
    """What a request's cryptogram says. ``FRESH``: it is the card's, and its counter has gone on."""

    NONE = "none"
    UNREADABLE = "unreadable"
    WRONG = "wrong"
    USED = "used"
    FRESH = "fresh"


@dataclass(slots=True)
class AuthorisingCase:
    """One request of a known card. ``memory``: of the card, as it is kept whatever the answer is. ``keys``: the card's,
    if its cryptogram is right. ``pin_right``: the holder has shown his on-line PIN.
    """

    means: IssuerMeans
    request: AuthorisationRequest
    card: RegisteredBankCard
    memory: CardMemory
    day: str
    proof: CardProof = CardProof.NONE
    chip: CryptogramData | None = None
    keys: KeyTriple | None = None
    pin_right: bool = False
    remarks: list[str] = field(default_factory=list)
