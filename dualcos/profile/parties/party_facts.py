"""What is shown to a party of a test card (测试密钥清单), as plain values: bytes are upper-case hex.

These are the only declarations in the house with room for a key's value, and only published test keys are put there.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal

from msgspec import Struct

from dualcos.profile.schema import ProfileError
from keys.algorithms import TDES
from keys.custody.ownership import OWNERS, KeyOwner, Purpose
from keys.key_handle import KeyHandle

_OPENER = KeyHandle(TDES, bytes(range(1, 17)))


PartyName = Literal["terminal", "issuer", "maker", "psam"]


class NothingForParty(ProfileError):
    """The card has no side that this party works with; the message says which party has what there is."""


class Party(Enum):
    """Who asks."""

    TERMINAL = "terminal"
    ISSUER = "issuer"
    MAKER = "maker"
    PSAM = "psam"

    @property
    def label(self) -> PartyName:
        """As it is written."""
        return self.value

    @property
    def work(self) -> str:
        """What it does with a card, in words."""
        return {
            Party.TERMINAL: "reads cards, verifies certificates, asks for PINs",
            Party.ISSUER: "the bank's host: checks cryptograms, answers them, sends scripts",
            Party.MAKER: "makes the card from a blank chip, by commands",
            Party.PSAM: "a terminal's key card or the bureau's host (HSM): authenticates, secures, settles",
        }[self]


class Fact(Struct, frozen=True, forbid_unknown_fields=True):
    """One item that is no key. ``tag``: of the element that it is on the card, empty for none."""

    name: str
    value: str
    tag: str = ""
    says: str = ""


class ShownPin(Struct, frozen=True, forbid_unknown_fields=True):
    """A PIN as people type it, and the data of VERIFY that carry it."""

    name: str
    digits: str
    verify: str
    tries: int


class ShownAuthority(Struct, frozen=True, forbid_unknown_fields=True):
    """A certification authority's public key. RSA: modulus and exponent; SM2: the point x ‖ y as ``modulus``, no
    exponent. ``expires`` YYMMDD, empty for never.
    """

    algorithm: str
    rid: str
    index: str
    modulus: str
    exponent: str
    checksum: str
    checksum_over: str
    expires: str = ""


class ShownPair(Struct, frozen=True, forbid_unknown_fields=True):
    """A key pair. RSA: primes ``p``, ``q``; SM2: ``private``."""

    name: str
    algorithm: str
    public: str
    exponent: str = ""
    p: str = ""
    q: str = ""
    private: str = ""


class ShownKey(Struct, frozen=True, forbid_unknown_fields=True):
    """One symmetric key. ``owner``: which party's key store holds it; ``place``: where it lies on the card, empty for
    keys that never do. ``check``: the first three bytes of a block of zeros enciphered.
    """

    name: str
    purpose: str
    owner: str
    algorithm: str
    value: str
    check: str
    version: int = 1
    place: str = ""


class TierValue(Struct, frozen=True, forbid_unknown_fields=True):
    """A key of the social tree at one tier: ``national``, ``province``, ``city`` or ``card``."""

    tier: str
    value: str
    check: str


class PsamPlace(Struct, frozen=True, forbid_unknown_fields=True):
    """How a PSAM names a key: P1 and P2 of DELIVERY SESSION KEY. ``environment`` empty: as the national tables say."""

    usage: str
    identifier: str
    environment: str = ""
    file: str = ""


class SocialTreeKey(Struct, frozen=True, forbid_unknown_fields=True):
    """One key of the social side, root to card. ``kid``: P2 of the commands that name it on the card."""

    name: str
    purpose: str
    directory: str
    kid: str
    version: int
    algorithm: str
    tiers: tuple[TierValue, ...]
    psam: tuple[PsamPlace, ...]


class KeyRule(Struct, frozen=True, forbid_unknown_fields=True):
    """How something is worked out, with its clause."""

    name: str
    rule: str
    clause: str


class PartyFacts(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything one party needs of one card.

    ``changed``: keys that are not those it was made with any more; card files only.
    """

    card: str
    title: str
    party: PartyName
    facts: tuple[Fact, ...] = ()
    pins: tuple[ShownPin, ...] = ()
    authorities: tuple[ShownAuthority, ...] = ()
    pairs: tuple[ShownPair, ...] = ()
    keys: tuple[ShownKey, ...] = ()
    tree: tuple[SocialTreeKey, ...] = ()
    rules: tuple[KeyRule, ...] = ()
    examples: tuple[Fact, ...] = ()
    changed: tuple[str, ...] = ()


class PartFacts(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one side of the card adds for a party; empty if it says nothing to it."""

    facts: tuple[Fact, ...] = ()
    pins: tuple[ShownPin, ...] = ()
    authorities: tuple[ShownAuthority, ...] = ()
    pairs: tuple[ShownPair, ...] = ()
    keys: tuple[ShownKey, ...] = ()
    tree: tuple[SocialTreeKey, ...] = ()
    rules: tuple[KeyRule, ...] = ()
    examples: tuple[Fact, ...] = ()


def value_of(key: KeyHandle) -> str:
    """The value of a published key. A handle gives it to no caller but under another key: here one that all know."""
    return hexed(_OPENER.decrypt(_OPENER.wrap(key)))


def shown_key(name: str, key: KeyHandle, purpose: Purpose, *, version: int = 1, place: str = "") -> ShownKey:
    """A key that lies in a key store; whose, the rules of custody say."""
    holders = " and ".join(sorted(each.value for each in OWNERS[purpose]))
    return ShownKey(
        name, purpose.value, holders, key.algorithm.name, value_of(key), hexed(key.check_value), version, place
    )


def worked_out_key(name: str, key: KeyHandle, purpose: str, owner: KeyOwner, place: str = "") -> ShownKey:
    """A key that ``owner`` works out of those it holds, or that lies on the card alone."""
    return ShownKey(name, purpose, owner.value, key.algorithm.name, value_of(key), hexed(key.check_value), place=place)


def hexed(raw: bytes) -> str:
    """Upper-case hex."""
    return raw.hex().upper()
