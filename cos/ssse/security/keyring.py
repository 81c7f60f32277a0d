"""Types of key on the social side and where a directory's keys lie."""

from __future__ import annotations

from enum import IntEnum

from cos.kernel.access import SecurityState, right
from firewall.partition import DamagedCell, Partition
from keys import pin
from keys.store import KeyNotFound, KeyRef, KeyStore

_KEYS = b"K"


class Kind(IntEnum):
    """Types of key, by the first byte of the key header."""

    MASTER = 0x00
    PIN = 0x01
    STK = 0x07
    DLK = 0x08
    DPK = 0x09
    DTK = 0x0A
    EXTERNAL = 0x0D
    IRK = 0x0E


PIN_REF = KeyRef(Kind.PIN, 0, 0)
MASTER_REF = KeyRef(Kind.MASTER, 0, 0)


def key_store(nvm: Partition, directory: int) -> KeyStore:
    """The keys of ``directory``, by its file identifier."""
    return KeyStore(nvm, _KEYS + directory.to_bytes(2, "big"))


def starting_rights(home: int, store: KeyStore) -> SecurityState:
    """What a fresh session holds: nothing, or the PIN's right if the holder has set no PIN (SSC-7 §5.6).

    A PIN that cannot be read gives nothing; whoever needs it learns of it.
    """
    nothing = SecurityState()
    try:
        unset = not pin.is_set(store, PIN_REF)
        return nothing.having(right(home, store.level(PIN_REF)), PIN_REF) if unset else nothing
    except (KeyNotFound, DamagedCell):
        return nothing
