"""A key store of invented test keys of a card maker, before anybody gave it a key to hand over."""

from __future__ import annotations

from dualcos.issuance.maker.birth_order_service import CARD_MASTER, CARD_MASTER_ROOT, TRANSPORT
from dualcos.profile.schema import load
from firewall.hardware.randomness import Rng
from keys.custody.key_store_file import KeyFile
from keys.custody.ownership import KeyOwner, Purpose

_BLANK = "blank"


def invented_maker_keys(rng: Rng) -> KeyFile:
    """Transport key and card master keys."""
    store = KeyFile(KeyOwner.MAKER, "test keys of a card maker")
    # Chips come with the key their maker put in: here it is the built-in blank chip's, so that the two fit.
    store.add(TRANSPORT, Purpose.TRANSPORT, "3DES", load(_BLANK).transport_key)
    store.generate(CARD_MASTER, Purpose.CARD_MASTER, "3DES", rng)
    store.generate(CARD_MASTER_ROOT, Purpose.CARD_MASTER_ROOT, "3DES", rng)
    return store
