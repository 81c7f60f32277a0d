"""Application default action (应用缺省行为, ADA, 9F52): what the issuer wants in special cases (PBOC-5 A.1)."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Ada(IntEnum):
    """The bits of 9F52 as masks over 16 bits."""

    LAST_IA_FAILED_ONLINE = 0x8000
    IA_FAILED_DECLINE = 0x4000
    IA_MISSING_DECLINE = 0x2000
    DECLINED_ADVICE = 0x1000
    PIN_EXCEEDED_ADVICE = 0x0800
    IA_DECLINED_ADVICE = 0x0400
    NEW_CARD_ONLINE = 0x0200
    NEW_CARD_UNABLE_DECLINE = 0x0100
    PIN_EXCEEDED_BLOCK = 0x0080
    EARLIER_PIN_DECLINE = 0x0040
    EARLIER_PIN_ONLINE = 0x0020
    EARLIER_PIN_UNABLE_DECLINE = 0x0010
    SCRIPT_FAILED_ONLINE = 0x0008
    EARLIER_PIN_BLOCK = 0x0004

    @property
    def place(self) -> str:
        """``ADA1.b8`` style."""
        index = self.bit_length() - 1
        return f"ADA{2 - index // 8}.b{index % 8 + 1}"


class AdaText(NamedTuple):
    """What a bit means when 1, and where it is used."""

    bit: Ada
    text: str
    used: str


ADA_TEXTS: tuple[AdaText, ...] = (
    AdaText(
        Ada.LAST_IA_FAILED_ONLINE,
        "issuer authentication failed or missing in the last online transaction: go online",
        "PBOC-5 §14.4.3.2",
    ),
    AdaText(Ada.IA_FAILED_DECLINE, "issuer authentication failed: decline", "PBOC-5 §16.6"),
    AdaText(Ada.IA_MISSING_DECLINE, "issuer authentication mandatory but missing: decline", "PBOC-5 §16.6"),
    AdaText(Ada.DECLINED_ADVICE, "declined offline: advice", "PBOC-5 §14.5.1, §16.7.2.1"),
    AdaText(Ada.PIN_EXCEEDED_ADVICE, "PIN tries exceeded in this transaction and declined: advice", "PBOC-5 §14.5.1"),
    AdaText(
        Ada.IA_DECLINED_ADVICE, "declined because issuer authentication failed or is missing: advice", "PBOC-5 §16.6.2"
    ),
    AdaText(Ada.NEW_CARD_ONLINE, "new card: go online", "PBOC-5 §14.4.3.11"),
    AdaText(Ada.NEW_CARD_UNABLE_DECLINE, "new card and unable to go online: decline", "PBOC-5 §16.7.1"),
    AdaText(Ada.PIN_EXCEEDED_BLOCK, "PIN tries exceeded in this transaction: block application", "PBOC-5 §11.4.2"),
    AdaText(Ada.EARLIER_PIN_DECLINE, "PIN tries exceeded before: decline", "PBOC-5 §14.4.3.12"),
    AdaText(Ada.EARLIER_PIN_ONLINE, "PIN tries exceeded before: go online", "PBOC-5 §14.4.3.12"),
    AdaText(
        Ada.EARLIER_PIN_UNABLE_DECLINE, "PIN tries exceeded before and unable to go online: decline", "PBOC-5 §16.7.1"
    ),
    AdaText(Ada.SCRIPT_FAILED_ONLINE, "script failed in the last online transaction: go online", "PBOC-5 §14.4.3.5"),
    AdaText(Ada.EARLIER_PIN_BLOCK, "PIN tries exceeded before: decline and block application", "PBOC-5 §14.4.3.12"),
)


def explain(value: int) -> list[str]:
    """Each set bit of 9F52 (16 bits) in words."""
    words = [f"{bit.place} {text} ({used})" for bit, text, used in ADA_TEXTS if value & bit]
    return words + (["ADA2.b2-b1 reserved bits set (PBOC-5 A.1)"] if value & 3 else [])
