"""Presenting a PIN to a key store: spend a try, commit, compare, restore (SSC-7 §5.8; PBOC-5 §11.4.2)."""

from __future__ import annotations

from typing import NamedTuple

from keys.store import KeyRef, KeyStore


class PinVerdict(NamedTuple):
    """What came of it. ``was_locked``: the counter stood at zero before, nothing was compared."""

    right: bool
    tries_left: int
    was_locked: bool


def present(store: KeyStore, ref: KeyRef, presented: bytes) -> PinVerdict:
    """Compare ``presented`` with the stored PIN. The try is spent before the comparison and given back on success.

    Call outside any transaction. Raises KeyNotFound. A stored PIN of length zero never matches non-empty data.
    """
    if not store.tries_left(ref):
        return PinVerdict(right=False, tries_left=0, was_locked=True)
    left = store.spend_try(ref)
    if not store.matches(ref, presented):
        return PinVerdict(right=False, tries_left=left, was_locked=False)
    store.restore_tries(ref)
    return PinVerdict(right=True, tries_left=store.tries_left(ref), was_locked=False)


def set_pin(store: KeyStore, ref: KeyRef, pin: bytes) -> None:
    """Replace the PIN and fill the counter. Belongs inside the caller's transaction. Raises KeyNotFound."""
    store.replace(ref, pin)


def is_set(store: KeyStore, ref: KeyRef) -> bool:
    """False if the stored PIN has length zero: then every PIN condition counts as met (SSC-7 §5.6)."""
    return store.header(ref).length > 0
