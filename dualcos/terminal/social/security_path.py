"""Who computes with the social keys for a terminal: its PSAM, or the HSM (加密机) behind a back end (SC §10.5).

Both derive the card's keys from ``CardFactors``; neither gives a key away.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, Protocol

from cos.ssse.tables.table_model import KeyRow
from dualcos.terminal.social.card_environment import CardEnvironment
from dualcos.terminal.social.terminal_stopped import StopCause
from keys.medical_macs import Purchase

HSM_AFTER = frozenset(
    {
        StopCause.NO_PSAM.row.code,
        StopCause.PSAM_ALGORITHM.row.code,
        StopCause.PSAM_NO_RKSSSE.row.code,
        StopCause.PSAM_LEVEL.row.code,
        -0x6A88,
    }
)
"""The five codes behind which a caller goes on with an HSM (SC §10.5)."""


class PathKind(Enum):
    """安全路径."""

    PSAM = "psam"
    HSM = "hsm"


class KeyProof(NamedTuple):
    """What EXTERNAL AUTHENTICATION carries: data 8, original information 8, and the group of the key if it has to be
    named (0: not).
    """

    data: bytes
    original: bytes
    group: int = 0


class PurchaseBegun(NamedTuple):
    """What the PSAM or HSM answered to a settlement: its sequence number of the terminal 4, the time 7, MAC1 4."""

    terminal_sequence: bytes
    time: bytes
    mac1: bytes


class SettlementAsked(NamedTuple):
    """``row``: the purchase key; ``begun``: the card's answer to INITIALIZE FOR PURCHASE; amounts in fen; ``time`` of
    the terminal, 7 bytes.
    """

    row: KeyRow
    begun: bytes
    order: Purchase


class SecurityPath(Protocol):
    """For one card at a time. All raise TerminalStopped."""

    kind: PathKind

    def begin(self, card: CardEnvironment) -> None:
        """From now on for ``card``."""
        ...

    @property
    def terminal(self) -> bytes:
        """终端机编号, 6 bytes; zeros without a PSAM (SC §1.3)."""
        ...

    def purchase_index(self) -> int:
        """Which of the card's purchase keys is computed with."""
        ...

    def original(self) -> bytes | None:
        """8 bytes of original information that the path makes itself; None: they are to be taken from the card."""
        ...

    def irk_group(self) -> int:
        """The group of IRK that is computed with, if INTERNAL AUTHENTICATION has to name it; 0: not."""
        ...

    def card_proof(self, factor: bytes, original: bytes) -> bytes:
        """What INTERNAL AUTHENTICATION of these must answer, 8 bytes, by IRK (SSC-4 §9)."""
        ...

    def is_card_proof(self, factor: bytes, original: bytes, answered: bytes) -> bool:
        """True if the card answered that; from then on the path knows how its keys are asked for."""
        ...

    def key_proof(self, row: KeyRow, factor: bytes, original: bytes) -> KeyProof:
        """For EXTERNAL AUTHENTICATION with ``row``; ``factor``: the card's last random number."""
        ...

    def secured(
        self, row: KeyRow, random: bytes, header: bytes, plain: bytes | None = None, clear: bytes = b""
    ) -> bytes:
        """A whole command under MAC by ``row``; in front of it ``plain`` enciphered, as ``84 24`` takes a PIN, or
        ``clear`` as it is. An HSM enciphers nothing but a PIN and takes nothing clear (SC §6.3).
        """
        ...

    def begin_purchase(self, asked: SettlementAsked) -> PurchaseBegun:
        """MAC1 of a settlement."""
        ...

    def check_purchase(self, asked: SettlementAsked, begun: PurchaseBegun, mac2: bytes) -> bool:
        """True if MAC2 is the card's; directly behind ``begin_purchase``."""
        ...
