"""What a PSAM session holds for a moment, and its states.

The delivered session key, with what it may still serve to; the open purchase, where CREDIT SAM directly follows INIT
SAM (SSC-9 §9.10).
"""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Any, NamedTuple

from apdu.status import SW, StatusWord
from cos.kernel.command_rows import CommandRow
from cos.kernel.state_tables import StateCell, StateTable, leads, refused, state_cells
from keys.key_handle import KeyHandle
from keys.medical_macs import Purchase


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


class DeliveredKeyState(Enum):
    """What a delivered key has served to: one of the two calculations only."""

    NONE = "none"
    DELIVERED = "delivered"
    ENCIPHERS = "enciphers"
    MAC = "mac"
    MAC_BEGUN = "mac begun"


class Delivered(NamedTuple):
    """The session key of DELIVERY SESSION KEY; ``state``: what it has served to so far, ``chain``: a MAC under way."""

    key: KeyHandle
    kind: KeyType
    state: DeliveredKeyState = DeliveredKeyState.DELIVERED
    chain: bytes = b""


class OpenPsamPurchase(NamedTuple):
    """What CREDIT SAM FOR PURCHASE checks MAC2 with."""

    session: KeyHandle
    purchase: Purchase


class PurchaseState(Enum):
    """Whether a purchase is open."""

    NONE = "none"
    INITIALISED = "initialised"


class PurchaseEvent(Enum):
    """What the table knows: the rows of these commands carry it."""

    INIT_SAM = "INIT SAM FOR PURCHASE"
    CREDIT_SAM = "CREDIT SAM FOR PURCHASE"
    OTHER = "any other command"


_9, _10 = "SSC-9 §9.9", "SSC-9 §9.10"
_OPENS, _ENDS = leads(PurchaseState.INITIALISED, why=_9), leads(PurchaseState.NONE, why=_10)
_NO: StateCell[PurchaseState] = refused(SW.WRONG_STATE, _10)

TABLE: StateTable[PurchaseState, PurchaseEvent] = StateTable(
    "settlement in a PSAM",
    "消费密钥计算",
    "a command that is refused, or that fails, ends the purchase; GET RESPONSE of the answer belongs to its command",
    PurchaseState.NONE,
    state_cells(
        PurchaseState,
        (
            (PurchaseEvent.INIT_SAM, (_OPENS, _OPENS)),
            (PurchaseEvent.CREDIT_SAM, (_NO, _ENDS)),
            (PurchaseEvent.OTHER, (_ENDS, _ENDS)),
        ),
    ),
)
"""No purchase and an open one."""


class DeliveredKeyEvent(Enum):
    """What the delivered key's table knows: DELIVERY SESSION KEY, and CIPHER DATA by what its P1 asks."""

    DELIVER = "DELIVERY SESSION KEY"
    ENCIPHER = "CIPHER DATA 00 or 02 (encipher)"
    WHOLE = "CIPHER DATA 05 (MAC in one piece)"
    BEGIN = "CIPHER DATA 07 (begin a MAC)"
    GO_ON = "CIPHER DATA 03 (go on)"
    END = "CIPHER DATA 01 (end)"


_7, _8 = "SSC-9 §9.7", "SSC-9 §9.8"
_MADE = leads(DeliveredKeyState.DELIVERED, why=_7)
_CIPHER = leads(DeliveredKeyState.ENCIPHERS, DeliveredKeyState.NONE, why=_8)
_DONE, _BEGUN = leads(DeliveredKeyState.MAC, DeliveredKeyState.NONE, why=_8), leads(DeliveredKeyState.MAC_BEGUN, why=_8)
_NO_KEY: StateCell[DeliveredKeyState] = refused(SW.WRONG_STATE, _8)
_OTHER: StateCell[DeliveredKeyState] = refused(SW.WRONG_STATE, "SSC-9 §9.8: calculations of one type", "none")
_NO_MAC: StateCell[DeliveredKeyState] = refused(SW.CONDITIONS_NOT_SATISFIED, "inferred")

KEY_TABLE: StateTable[DeliveredKeyState, DeliveredKeyEvent] = StateTable(
    "delivered key of a PSAM",
    "过程密钥",
    'with the reading "one calculation" a key is gone when one has ended; a selection, a DELIVERY SESSION KEY that '
    "fails and a change of the key files end it too",
    DeliveredKeyState.NONE,
    state_cells(
        DeliveredKeyState,
        (
            (DeliveredKeyEvent.DELIVER, (_MADE, _MADE, _MADE, _MADE, _MADE)),
            (DeliveredKeyEvent.ENCIPHER, (_NO_KEY, _CIPHER, _CIPHER, _OTHER, _OTHER)),
            (DeliveredKeyEvent.WHOLE, (_NO_KEY, _DONE, _OTHER, _DONE, _DONE)),
            (DeliveredKeyEvent.BEGIN, (_NO_KEY, _BEGUN, _OTHER, _BEGUN, _BEGUN)),
            (DeliveredKeyEvent.GO_ON, (_NO_KEY, _NO_MAC, _OTHER, _NO_MAC, _BEGUN)),
            (DeliveredKeyEvent.END, (_NO_KEY, _NO_MAC, _OTHER, _NO_MAC, _DONE)),
        ),
    ),
)
"""No key, one that has served to nothing, and what it serves to; "+ none": the key is gone."""


def still_open(opened: OpenPsamPurchase | None, row: CommandRow[Any] | None, sw: StatusWord) -> OpenPsamPurchase | None:
    """What is left of the purchase when the command of ``row`` was answered with ``sw``."""
    if opened is None or row is None or not sw.is_success or not isinstance(row.event, PurchaseEvent):
        return None
    return opened if TABLE.cells[PurchaseState.INITIALISED, row.event].to == (PurchaseState.INITIALISED,) else None
