"""A PIN in a key store: replaced, or not set at all. How one is presented is the kernel's (SSC-7 §5.6, §5.8)."""

from __future__ import annotations

from keys.card_key_store import KeyRef, KeyStore


def set_pin(store: KeyStore, ref: KeyRef, pin: bytes) -> None:
    """Replace the PIN and fill the counter. Belongs inside the caller's transaction. Raises KeyNotFound."""
    store.replace(ref, pin)


def is_set(store: KeyStore, ref: KeyRef) -> bool:
    """False if the stored PIN has length zero: then every PIN condition counts as met (SSC-7 §5.6)."""
    return store.header(ref).length > 0
