"""Keys a PSAM session holds for a moment: the delivered session key and the open purchase. Plain values."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from keys.handle import KeyHandle
from keys.medical import Purchase


class KeyType(IntEnum):
    """What a key of the key files is for: the low five bits of its usage byte (SSC-9 §6.3)."""

    PURCHASE = 0x02
    MAC = 0x06
    ENCIPHER = 0x07
    BOTH = 0x08
    LOAD = 0x09
    TAC = 0x0C

    @property
    def encipher(self) -> bool:
        """True for keys CIPHER DATA may encipher with."""
        return self in (KeyType.ENCIPHER, KeyType.BOTH)

    @property
    def mac(self) -> bool:
        """True for keys CIPHER DATA may make MACs with."""
        return self in (KeyType.MAC, KeyType.BOTH)


class Usage(NamedTuple):
    """A usage byte: steps left down to the user card (b8 to b6), type (b5 to b1)."""

    steps: int
    kind: int

    @staticmethod
    def of(byte: int) -> Usage:
        """Split the byte."""
        return Usage(byte >> 5, byte & 0x1F)


class Delivered(NamedTuple):
    """The session key of DELIVERY SESSION KEY; ``doing``: what it has calculated so far, ``chain``: a MAC under way."""

    key: KeyHandle
    kind: KeyType
    doing: str = ""
    chain: bytes | None = None


class OpenPurchase(NamedTuple):
    """What CREDIT SAM FOR PURCHASE checks MAC2 with."""

    session: KeyHandle
    purchase: Purchase
