"""Whose key, and what for: the two issuers' keys and the card maker's never lie in one store.

Social keys come from the bureau's key service, bank keys from the bank's, and the card master key belongs to
neither (总体方案 一（四） and 五; SSC-10 §6.3.3). The rule is one table.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType


class KeyOwner(Enum):
    """Who a key store belongs to."""

    SOCIAL = "social"
    BANK = "bank"
    MAKER = "maker"

    @property
    def who(self) -> str:
        """In words, for messages."""
        return {"social": "the social bureau", "bank": "the bank", "maker": "the card maker"}[self.value]


class Purpose(Enum):
    """What a key is for."""

    TRANSPORT = "transport key of blank chips"
    CARD_MASTER = "card master key of a batch"
    CARD_MASTER_ROOT = "root of the final card master keys"
    FIRST_SOCIAL = "first master key of the social environment"
    FIRST_BANK = "first master key of the bank environment"
    SOCIAL_MASTER = "root of the social environment's master keys"
    SOCIAL_ROOT = "root of a social application key"
    BANK_MASTER = "root of the bank environment's master keys"
    KMC = "personalisation master key"
    ISSUER_AC = "issuer master key for cryptograms"
    ISSUER_MAC = "issuer master key for script MACs"
    ISSUER_ENC = "issuer master key for script encipherment"
    ISSUER_RSA = "issuer's RSA key"
    EXCHANGE = "transport key between hosts"
    FILE_MAC = "integrity of exchanged files"


_ALL = frozenset(KeyOwner)

OWNERS: Mapping[Purpose, frozenset[KeyOwner]] = MappingProxyType(
    {
        Purpose.TRANSPORT: frozenset((KeyOwner.MAKER,)),
        Purpose.CARD_MASTER: frozenset((KeyOwner.MAKER,)),
        Purpose.CARD_MASTER_ROOT: frozenset((KeyOwner.MAKER,)),
        # The key an environment is handed over with is known to both ends; the new owner replaces it at once.
        Purpose.FIRST_SOCIAL: frozenset((KeyOwner.MAKER, KeyOwner.SOCIAL)),
        Purpose.FIRST_BANK: frozenset((KeyOwner.MAKER, KeyOwner.BANK)),
        Purpose.SOCIAL_MASTER: frozenset((KeyOwner.SOCIAL,)),
        Purpose.SOCIAL_ROOT: frozenset((KeyOwner.SOCIAL,)),
        Purpose.BANK_MASTER: frozenset((KeyOwner.BANK,)),
        Purpose.KMC: frozenset((KeyOwner.BANK,)),
        Purpose.ISSUER_AC: frozenset((KeyOwner.BANK,)),
        Purpose.ISSUER_MAC: frozenset((KeyOwner.BANK,)),
        Purpose.ISSUER_ENC: frozenset((KeyOwner.BANK,)),
        Purpose.ISSUER_RSA: frozenset((KeyOwner.BANK,)),
        Purpose.EXCHANGE: _ALL,
        Purpose.FILE_MAC: _ALL,
    }
)


# Years a key between hosts may be used: yearly change for the bank's (PBOC-10 §8.4.1.2), five years for the bureau's
# (SSC-10 §6.2.1). The card maker serves both and keeps the shorter.
EXCHANGE_YEARS: Mapping[KeyOwner, int] = MappingProxyType({KeyOwner.SOCIAL: 5, KeyOwner.BANK: 1, KeyOwner.MAKER: 1})


class NotYours(Exception):
    """A key or a store was asked to serve the other side; the message says whose it is."""


def demand(owner: KeyOwner, purpose: Purpose) -> None:
    """Refuse a key that ``owner``'s store must never hold. Raises NotYours."""
    allowed = OWNERS[purpose]
    if owner not in allowed:
        holders = " and ".join(sorted(each.who for each in allowed))
        raise NotYours(f"a key for this purpose ({purpose.value}) belongs to {holders}, never to {owner.who}")
