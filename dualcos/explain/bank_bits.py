"""The bank's bit fields in words: TVR, usage control, AIP, application default action, CVR, CID (PBOC-5 A.1)."""

from __future__ import annotations

from typing import NamedTuple

from cos.pse.data.aip_afl_ada import Ada, Aip
from cos.pse.transaction.cvr_and_cid import Bit, Cid, CidReason, Cryptogram, Cvr
from dualcos.messages.terminal_results import TVR_LENGTH, Tvr

_TVR_WORDS = {(row.value.byte, row.value.bit): row.value.en for row in Tvr}
TVR_TEXTS: tuple[tuple[str, ...], ...] = tuple(
    tuple(_TVR_WORDS.get((byte, bit), "") for bit in range(8, 0, -1)) for byte in range(1, TVR_LENGTH + 1)
)
"""TVR bytes 1-5, b8 first; the issuer action codes use the same bits (PBOC-5 A.1)."""

AUC_TEXTS: tuple[tuple[str, ...], ...] = (
    (
        "domestic cash",
        "international cash",
        "domestic goods",
        "international goods",
        "domestic services",
        "international services",
        "at ATMs",
        "at terminals other than ATMs",
    ),
    ("domestic cashback", "international cashback", "", "", "", "", "", ""),
)
"""Application usage control bytes 1-2, b8 first (PBOC-5 §10.3.2)."""


def bit_words(value: bytes, texts: tuple[tuple[str, ...], ...]) -> list[str]:
    """Each set bit in words; reserved bits are named by place."""
    words = []
    for number, (byte, names) in enumerate(zip(value, texts, strict=False), start=1):
        for at, name in enumerate(names):
            if byte & 0x80 >> at:
                words.append(name or f"reserved bit {number}.b{8 - at}")
    return words


AIP_TEXTS: tuple[tuple[Aip, str], ...] = (
    (Aip.SDA, "SDA supported"),
    (Aip.DDA, "DDA supported"),
    (Aip.CARDHOLDER_VERIFICATION, "cardholder verification supported"),
    (Aip.TERMINAL_RISK_MANAGEMENT, "terminal risk management to be performed"),
    (Aip.ISSUER_AUTHENTICATION, "issuer authentication by EXTERNAL AUTHENTICATE"),
    (Aip.CDA, "CDA supported"),
)


def aip_words(aip: int) -> list[str]:
    """Each set bit in words."""
    return [text for bit, text in AIP_TEXTS if aip & bit]


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


def _place(field: str, last: int, bit: int) -> str:
    """``ADA1.b8`` style: where a mask lies in a field whose lowest byte has the number ``last``."""
    index = bit.bit_length() - 1
    return f"{field}{last - index // 8}.b{index % 8 + 1}"


def ada_words(value: int) -> list[str]:
    """Each set bit of 9F52 (16 bits) in words."""
    words = [f"{_place('ADA', 2, bit)} {text} ({used})" for bit, text, used in ADA_TEXTS if value & bit]
    return words + (["ADA2.b2-b1 reserved bits set (PBOC-5 A.1)"] if value & 3 else [])


class CvrText(NamedTuple):
    """What a bit of the CVR says, and the clause that sets it."""

    bit: Bit
    text: str
    clause: str


CVR_TEXTS: tuple[CvrText, ...] = (
    CvrText(Bit.IA_FAILED, "issuer authentication performed and failed", "PBOC-5 §15.4.3"),
    CvrText(Bit.PIN_PERFORMED, "offline PIN verification performed", "PBOC-5 §11.4.2"),
    CvrText(Bit.PIN_FAILED, "offline PIN verification failed", "PBOC-5 §11.4.2"),
    CvrText(Bit.UNABLE_ONLINE, "unable to go online", "PBOC-5 §16.7"),
    CvrText(Bit.ONLINE_NOT_COMPLETED, "last online transaction not completed", "PBOC-5 §14.4.3.1"),
    CvrText(Bit.PIN_TRIES_EXCEEDED, "PIN try limit exceeded", "PBOC-5 §11.4.2, §14.4.3.12"),
    CvrText(Bit.VELOCITY_EXCEEDED, "velocity limit exceeded", "PBOC-5 §14.4.3.6-10, §16.7.1"),
    CvrText(Bit.NEW_CARD, "new card", "PBOC-5 §14.4.3.11, §16.7.1"),
    CvrText(
        Bit.LAST_IA_FAILED, "issuer authentication failed or missing in the last online transaction", "PBOC-5 §14.4.3.2"
    ),
    CvrText(Bit.IA_NOT_PERFORMED, "issuer authentication not performed after online authorisation", "PBOC-5 §16.6"),
    CvrText(
        Bit.BLOCKED_BY_PIN,
        "application blocked by the card because of PIN tries",
        "PBOC-5 §11.4.2, §14.4.3.12",
    ),
    CvrText(Bit.LAST_SDA_FAILED, "SDA failed in the last transaction, which was declined offline", "PBOC-5 §14.4.3.3"),
    CvrText(Bit.LAST_SCRIPT_FAILED, "script failed in the last online transaction", "PBOC-5 §14.4.3.5"),
    CvrText(
        Bit.LAST_DDA_FAILED, "DDA or CDA failed in the last transaction, which was declined offline", "PBOC-5 §14.4.3.4"
    ),
    CvrText(Bit.DDA_PERFORMED, "DDA or CDA performed", "PBOC-5 §9.4.4.1, §14.5.4"),
)

_SECOND_TEXTS = ("second GENERATE AC answered AAC", "second GENERATE AC answered TC", "second GENERATE AC not asked")
_FIRST_TEXTS = (
    "first GENERATE AC answered AAC",
    "first GENERATE AC answered TC",
    "first GENERATE AC answered ARQC",
)
_REASON_TEXTS = ("no reason given", "service not allowed", "PIN tries exceeded", "issuer authentication failed")


def cvr_words(cvr: Cvr) -> list[str]:
    """Each field of ``cvr`` that says something, in words, with the clause that sets it."""
    words: list[str] = []
    if cvr.bits >> 20 == 0:
        words.append("CVR2.b8-b5 no GENERATE AC answered yet (PBOC-5 §7.4)")
    else:
        second, first = cvr.bits >> 22, cvr.bits >> 20 & 3
        words.append(f"CVR2.b8-b7 {_SECOND_TEXTS[second] if second < 3 else 'reserved value 11'} (PBOC-5 §16, A.1)")
        words.append(
            f"CVR2.b6-b5 {_FIRST_TEXTS[first] if first < 3 else 'value 11, which never occurs'} (PBOC-5 §14.5)"
        )
    words += [f"{_place('CVR', 4, bit)} {text} ({clause})" for bit, text, clause in CVR_TEXTS if cvr.bits & bit]
    scripts = cvr.bits >> 4 & 0xF
    if scripts:
        count = "15 or more" if scripts == 15 else str(scripts)
        words.append(f"CVR4.b8-b5 {count} script commands after the last online transaction (PBOC-5 §14.4.3.5)")
    if cvr.bits & 1:
        words.append("CVR4.b1 reserved bit is 1 (PBOC-5 A.1)")
    return words


def read_cid(value: int) -> Cid:
    """9F27 taken apart. Raises ValueError for type 11, reserved reasons and reserved bits."""
    if value & 0x30:
        raise ValueError(f"CID {value:02X} has reserved bits set")
    return Cid(Cryptogram(value >> 6), bool(value & 8), CidReason(value & 7))


def cid_words(cid: Cid) -> str:
    """9F27 in words."""
    words = f"CID {cid.byte:02X}: {cid.cryptogram.name}"
    if cid.advice:
        words += ", advice required (通知)"
    if cid.advice or cid.reason:
        words += f", {_REASON_TEXTS[cid.reason]}"
    return words + " (PBOC-5 table B.9)"
