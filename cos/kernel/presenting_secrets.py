"""Presenting a secret to the card: one function for every stack, so that no refusal costs a try or gives one back.

Order: is the entry there (6A88), has it tries (6983), is there a random number that serves (6984), compute; then spend
a try, durable before anything is compared; compare in constant time; fill the counter on success. Three rules follow:
nothing before the spending costs a try; every refusal between spending and comparing is a try spent; nothing but
success gives tries back (SSC-7 §5.8, §6.6; assurance contract T2).

The stack says which entry, what a success earns, which word a wrong one gets, and which keys never lock. What ends a
right is in ``SecurityState``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from apdu.status import SW
from cos.kernel.refusal import Gate, Refusal
from cos.kernel.security_state import Challenge
from keys.algorithms import BadBlocks
from keys.card_key_store import KeyRef, KeyStore
from keys.key_handle import KeyHandle
from keys.mac import same


class SecretClaim(NamedTuple):
    """What is presented to: an entry of a store, what people call it ("the PIN"), the clause that
    counts its tries where it is not the row's.
    """

    store: KeyStore
    ref: KeyRef
    what: str
    clause: str = ""


class Presented(NamedTuple):
    """What came of it. ``left``: the tries, as a wrong one left them; behind a right one nobody asks. ``random``: the
    number that was used up, if one was.
    """

    right: bool
    left: int
    random: bytes = b""

    @property
    def locks(self) -> bool:
        """True if this presentation used up the last try: what the entry had earned ends (``SecurityState``)."""
        return not (self.right or self.left)


def present(claim: SecretClaim, fits: Callable[[], bool], *, counts: bool = True, fills: bool = True) -> Presented:
    """Spend a try, then ask ``fits``, which compares in constant time. Call outside any transaction.

    ``counts`` False: a key that never locks. ``fills`` False: success puts back only the try it cost, as the command
    may still be refused; the counter is filled by whoever completes it. Refuses with 6983. Raises KeyNotFound.
    """
    store, ref, _, _ = claim
    if not store.tries_left(ref):
        raise _locked(claim)
    if not counts:
        return Presented(fits(), store.tries_left(ref))
    left = store.spend_try(ref)
    if not fits():
        return Presented(False, left)
    if fills:
        store.restore_tries(ref)
    else:
        store.give_back_try(ref)
    return Presented(True, left + 1)


def prove(
    claim: SecretClaim,
    challenge: Challenge,
    shown: bytes,
    answer: Callable[[KeyHandle, bytes], bytes],
    *,
    counts: bool = True,
) -> Presented:
    """Is ``shown`` what the key answers to the card's random number? The number is used up, right or wrong.

    ``answer`` may raise BadBlocks: this random number does not serve this key. Refuses with 6983, then 6984. Raises
    KeyNotFound. After a refusal the counter stands where it stood; 6983 leaves the random number as well.
    """
    store, ref, _, clause = claim
    key = store.key(ref)
    if not store.tries_left(ref):
        raise _locked(claim)
    random = taken(challenge, clause)
    try:
        expected = answer(key, random)
    except BadBlocks:
        raise unusable(random, key, clause) from None
    left = store.spend_try(ref) if counts else store.tries_left(ref)
    if not same(expected, shown):
        return Presented(False, left, random)
    if counts:
        store.restore_tries(ref)
    return Presented(True, left, random)


def taken(challenge: Challenge, clause: str = "") -> bytes:
    """The random number, used up. Refuses with 6984 if there is none."""
    random = challenge.take()
    if random is None:
        raise Refusal(SW.REFERENCED_DATA_INVALID, Gate.RANDOM, "no random number", clause)
    return random


def demand_tries(claim: SecretClaim) -> None:
    """Refuse with 6983 if none are left, before anything else is looked at. Raises KeyNotFound."""
    if not claim.store.tries_left(claim.ref):
        raise _locked(claim)


def unusable(random: bytes, key: KeyHandle, clause: str) -> Refusal:
    """6984: there is a random number, but of a length that does not serve ``key``."""
    return Refusal(
        SW.REFERENCED_DATA_INVALID, Gate.RANDOM, "unfit random number", clause, received=len(random), key=repr(key)
    )


def _locked(claim: SecretClaim) -> Refusal:
    return Refusal(SW.METHOD_BLOCKED, Gate.AUTHENTICATION, "locked", claim.clause, what=claim.what, key=claim.ref)
