"""What the acquirer's journal keeps of one message of a terminal that is more than a question."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from dualcos.messages.authorisation import Fen12, MessageKey
from dualcos.textforms.whole_texts import whole


class MessageStanding(StrEnum):
    """How a message stands."""

    APPROVED = "approved"
    DECLINED = "declined"
    REVERSED = "reversed"


class AcquiredTransaction(Struct, frozen=True, kw_only=True):
    """One message. ``kind``: its name in the table of messages; ``content``: a digest of what was asked, so that the
    same message again is told from another one under its number. ``day``: the business day YYYYMMDD. ``side``: D where
    it takes money from a card's account, C where it brings some, empty where it moves none. ``reason``: field 39 of a
    reversal. ``answer``: the fields that went back, text or hex. ``voided``, ``refunded``: what became of it, in fen.
    """

    key: MessageKey
    mti: str
    kind: str
    content: bytes
    time: str
    day: str
    pan: str = ""
    amount: Fen12 = 0
    side: Annotated[str, Meta(pattern=whole("[DC]?"))] = ""
    standing: MessageStanding = MessageStanding.DECLINED
    code: str = ""
    approval: str = ""
    reference: str = ""
    original: MessageKey | None = None
    voided: bool = False
    refunded: Fen12 = 0
    reason: str = ""
    answer: dict[str, str] = {}

    def __repr__(self) -> str:
        """Nothing of the card."""
        return f"<AcquiredTransaction {self.mti} {self.kind} {self.standing} {self.key}>"

    @property
    def counts(self) -> bool:
        """True if it is in its batch's totals. What is voided stays there beside its void, reversed or not."""
        return bool(self.side) and (self.standing is MessageStanding.APPROVED or self.voided)
