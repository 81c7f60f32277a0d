"""A small bureau's blacklist for tests: two keys, cards and ranges, lists signed without a publisher's file."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dualcos.messages.blacklist import (
    Blacklist,
    CardNamed,
    Listed,
    ListedCard,
    ListedRange,
    Named,
    PublishedState,
    next_state,
    signed_blacklist,
)
from keys.custody.signing_key import SigningKey

KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER_KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
PUBLISHER = "990000-TEST"
NOW = "20261129120000"
CODES = tuple(f"990000D156000005{number:016X}" for number in range(4))
NUMBERS = ("A00000010", "A00000020", "B00000000", "Z99999999")


def card(at: int, reason: Any = "02", since: str = "20260101", until: str = "20361231") -> ListedCard:
    return ListedCard(identification=CODES[at], number=NUMBERS[at], reason=reason, since=since, until=until)


def named(at: int) -> CardNamed:
    return CardNamed(identification=CODES[at], number=NUMBERS[at])


def numbers(first: str, last: str, reason: Any = "99", since: str = "20260101", until: str = "20361231") -> ListedRange:
    return ListedRange(first=first, last=last, reason=reason, since=since, until=until)


def says(
    *listed: Listed,
    behind: PublishedState | None = None,
    off: tuple[Named, ...] = (),
    issued: str = NOW,
    publisher: str = PUBLISHER,
) -> Blacklist:
    """A whole list, the first one; behind a state an increment to it."""
    return Blacklist(
        format=1,
        publisher=publisher,
        regions=("990000",),
        state=next_state(behind, listed, off),
        follows=behind,
        issued=issued,
        listed=listed,
        unlisted=off,
    )


def line(said: Blacklist, key: SigningKey = KEY) -> bytes:
    return signed_blacklist(said, key)
