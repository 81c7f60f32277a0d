"""Cards of profiles in the bank's register, with their test keys: for demonstrations and tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from dualcos.issuance.bank.authorisation.registered_bank_cards import CardLimits, RegisteredBankCard
from dualcos.profile.bank_order import bank_card, card_keys, sm_key_service
from dualcos.profile.schema import Profile
from keys.custody.bank_key_service import BankCard, KeyTriple
from keys.custody.pin_verification import PinVerificationKey

DEMONSTRATION_PIN = "707070"
"""The on-line PIN of every card of a profile; the off-line one is the profile's, the social one another again."""
_TDES, _SM4 = 0x01, 0x04
_PRINTED, _LONGEST_MEMBER = frozenset(map(chr, range(0x20, 0x7F))), 40
_EXPIRY, _POINTS, _COUPON = "5F24", "DF21", "DF23"


class BankProfileCards(NamedTuple):
    """``cards``: the register by PAN; ``triples``: of each card and algorithm, the card's own keys."""

    cards: dict[str, RegisteredBankCard]
    triples: dict[tuple[BankCard, int], KeyTriple]

    def __repr__(self) -> str:
        """Nothing of cards."""
        return f"<BankProfileCards {len(self.cards)}>"

    def keys(self, card: BankCard, algorithm: int) -> KeyTriple | None:
        """A card's keys, None for another key index or an algorithm that it has not."""
        return self.triples.get((card, algorithm))


def cards_of_bank_profiles(
    profiles: Iterable[Profile],
    opening: int = 0,
    *,
    verification: PinVerificationKey,
    pin: str = DEMONSTRATION_PIN,
    limits: CardLimits | None = None,
) -> BankProfileCards:
    """Their cards, ``opening`` fen on each account; profiles without a bank side are left out. Of profiles with the
    same account and sequence number the first is the card.
    """
    found = BankProfileCards({}, {})
    for profile in profiles:
        if profile.pse is None or _EXPIRY not in profile.pse.elements:
            continue
        card = bank_card(profile)
        if card.pan in found.cards:
            continue
        found.triples[card, _TDES] = card_keys(profile)
        if profile.pse.sm is not None:
            found.triples[card, _SM4] = sm_key_service(profile).card_keys(card)
        found.cards[card.pan] = RegisteredBankCard(
            pan=card.pan,
            sequence=card.psn,
            expiry=profile.pse.elements[_EXPIRY][:4],
            account=f"A{card.pan[6:-1]}",
            offset=verification.offset(pin, card.pan),
            opening=opening,
            limits=limits or CardLimits(),
            member=_member(profile.pse.elements),
        )
    return found


def _member(elements: Mapping[str, str]) -> str:
    """By the file of value-added services: its coupon, without one its points, as far as they go into a message."""
    coupon = "".join(chr(each) for each in bytes.fromhex(elements.get(_COUPON, "")) if chr(each) in _PRINTED)
    return (coupon or elements.get(_POINTS, ""))[:_LONGEST_MEMBER]
