"""Card verification results (卡片验证结果, CVR) and cryptogram information data (密文信息数据, CID).

The CVR is 4 bytes, the first always 03 (PBOC-5 A.1). ``Cvr`` is a value: ``set`` and ``clear`` answer a new one.
Bits are named ``CVRn.bm``: byte n counted with the length byte as byte 1, b8 most significant.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Cryptogram(IntEnum):
    """The application cryptograms (应用密文) as two bits: P1, CID and CVR code them alike (PBOC-5 B.6.3, A.1)."""

    AAC = 0
    TC = 1
    ARQC = 2


class Bit(IntEnum):
    """The one-bit fields of CVR bytes 2-4 as masks over 24 bits (PBOC-5 A.1)."""

    IA_FAILED = 0x080000
    PIN_PERFORMED = 0x040000
    PIN_FAILED = 0x020000
    UNABLE_ONLINE = 0x010000
    ONLINE_NOT_COMPLETED = 0x008000
    PIN_TRIES_EXCEEDED = 0x004000
    VELOCITY_EXCEEDED = 0x002000
    NEW_CARD = 0x001000
    LAST_IA_FAILED = 0x000800
    IA_NOT_PERFORMED = 0x000400
    BLOCKED_BY_PIN = 0x000200
    LAST_SDA_FAILED = 0x000100
    LAST_SCRIPT_FAILED = 0x000008
    LAST_DDA_FAILED = 0x000004
    DDA_PERFORMED = 0x000002

    @property
    def place(self) -> str:
        """``CVR3.b6`` style."""
        index = self.bit_length() - 1
        return f"CVR{4 - index // 8}.b{index % 8 + 1}"


class BitText(NamedTuple):
    """What a bit says, and the clause that sets it."""

    bit: Bit
    text: str
    clause: str


BIT_TEXTS: tuple[BitText, ...] = (
    BitText(Bit.IA_FAILED, "issuer authentication performed and failed", "PBOC-5 §15.4.3"),
    BitText(Bit.PIN_PERFORMED, "offline PIN verification performed", "PBOC-5 §11.4.2"),
    BitText(Bit.PIN_FAILED, "offline PIN verification failed", "PBOC-5 §11.4.2"),
    BitText(Bit.UNABLE_ONLINE, "unable to go online", "PBOC-5 §16.7"),
    BitText(Bit.ONLINE_NOT_COMPLETED, "last online transaction not completed", "PBOC-5 §14.4.3.1"),
    BitText(Bit.PIN_TRIES_EXCEEDED, "PIN try limit exceeded", "PBOC-5 §11.4.2, §14.4.3.12"),
    BitText(Bit.VELOCITY_EXCEEDED, "velocity limit exceeded", "PBOC-5 §14.4.3.6-10, §16.7.1"),
    BitText(Bit.NEW_CARD, "new card", "PBOC-5 §14.4.3.11, §16.7.1"),
    BitText(
        Bit.LAST_IA_FAILED, "issuer authentication failed or missing in the last online transaction", "PBOC-5 §14.4.3.2"
    ),
    BitText(Bit.IA_NOT_PERFORMED, "issuer authentication not performed after online authorisation", "PBOC-5 §16.6"),
    BitText(
        Bit.BLOCKED_BY_PIN,
        "application blocked by the card because of PIN tries",
        "PBOC-5 §11.4.2, §14.4.3.12",
    ),
    BitText(Bit.LAST_SDA_FAILED, "SDA failed in the last transaction, which was declined offline", "PBOC-5 §14.4.3.3"),
    BitText(Bit.LAST_SCRIPT_FAILED, "script failed in the last online transaction", "PBOC-5 §14.4.3.5"),
    BitText(
        Bit.LAST_DDA_FAILED, "DDA or CDA failed in the last transaction, which was declined offline", "PBOC-5 §14.4.3.4"
    ),
    BitText(Bit.DDA_PERFORMED, "DDA or CDA performed", "PBOC-5 §9.4.4.1, §14.5.4"),
)

_NOT_ASKED = 2
_SECOND_TEXTS = ("second GENERATE AC answered AAC", "second GENERATE AC answered TC", "second GENERATE AC not asked")
_FIRST_TEXTS = (
    "first GENERATE AC answered AAC",
    "first GENERATE AC answered TC",
    "first GENERATE AC answered ARQC",
)


class Cvr(NamedTuple):
    """CVR bytes 2-4 as one number of 24 bits; ``Cvr()`` is the value GET PROCESSING OPTIONS leaves (PBOC-5 §7.4)."""

    bits: int = 0

    @classmethod
    def from_bytes(cls, raw: bytes) -> Cvr:
        """The value of 4 bytes starting with 03. Raises ValueError for anything else."""
        if len(raw) != 4 or raw[0] != 3:
            raise ValueError(f"a CVR is 03 and three bytes, not {raw.hex().upper()}")
        return cls(int.from_bytes(raw[1:], "big"))

    def to_bytes(self) -> bytes:
        """03 and the three bytes."""
        return b"\x03" + self.bits.to_bytes(3, "big")

    def __str__(self) -> str:
        return self.to_bytes().hex().upper()

    def has(self, bit: Bit) -> bool:
        """True if ``bit`` is 1."""
        return bool(self.bits & bit)

    def set(self, *bits: Bit) -> Cvr:
        """With ``bits`` 1."""
        value = self.bits
        for bit in bits:
            value |= bit
        return Cvr(value)

    def clear(self, *bits: Bit) -> Cvr:
        """With ``bits`` 0."""
        value = self.bits
        for bit in bits:
            value &= ~bit
        return Cvr(value)

    @property
    def first_code(self) -> int:
        """CVR2.b6-b5: the answer of the first GENERATE AC, coded as ``Cryptogram``; 3 never occurs."""
        return self.bits >> 20 & 3

    @property
    def second_code(self) -> int:
        """CVR2.b8-b7: 0 AAC, 1 TC, 2 second GENERATE AC not asked yet, 3 reserved."""
        return self.bits >> 22

    @property
    def script_counter(self) -> int:
        """CVR4.b8-b5: script commands after the second GENERATE AC of the last online transaction; 15 means more."""
        return self.bits >> 4 & 0xF

    def with_first(self, answer: Cryptogram) -> Cvr:
        """As the first GENERATE AC sends it: its answer, and "second not asked yet"."""
        return Cvr(self.bits & 0x0FFFFF | _NOT_ASKED << 22 | answer << 20)

    def with_second(self, answer: Cryptogram) -> Cvr:
        """As the second GENERATE AC sends it; only AAC or TC exist there."""
        if answer is Cryptogram.ARQC:
            raise ValueError("the second GENERATE AC never answers ARQC")
        return Cvr(self.bits & 0x3FFFFF | answer << 22)

    def with_script_counter(self, counter: int) -> Cvr:
        """With ``counter`` (0..15) in CVR4.b8-b5."""
        return Cvr(self.bits & 0xFFFF0F | min(counter, 15) << 4)


def explain(cvr: Cvr) -> list[str]:
    """Each field of ``cvr`` that says something, in words, with the clause that sets it."""
    words: list[str] = []
    if cvr.bits >> 20 == 0:
        words.append("CVR2.b8-b5 no GENERATE AC answered yet (PBOC-5 §7.4)")
    else:
        second, first = cvr.second_code, cvr.first_code
        words.append(f"CVR2.b8-b7 {_SECOND_TEXTS[second] if second < 3 else 'reserved value 11'} (PBOC-5 §16, A.1)")
        words.append(
            f"CVR2.b6-b5 {_FIRST_TEXTS[first] if first < 3 else 'value 11, which never occurs'} (PBOC-5 §14.5)"
        )
    words += [f"{bit.place} {text} ({clause})" for bit, text, clause in BIT_TEXTS if cvr.has(bit)]
    if cvr.script_counter:
        count = "15 or more" if cvr.script_counter == 15 else str(cvr.script_counter)
        words.append(f"CVR4.b8-b5 {count} script commands after the last online transaction (PBOC-5 §14.4.3.5)")
    if cvr.bits & 1:
        words.append("CVR4.b1 reserved bit is 1 (PBOC-5 A.1)")
    return words


class Reason(IntEnum):
    """CID b3-b1 (PBOC-5 table B.9). This card sets NONE and PIN_TRIES_EXCEEDED; no rule ever sets the others."""

    NONE = 0
    SERVICE_NOT_ALLOWED = 1
    PIN_TRIES_EXCEEDED = 2
    IA_FAILED = 3


_REASON_TEXTS = ("no reason given", "service not allowed", "PIN tries exceeded", "issuer authentication failed")


class Cid(NamedTuple):
    """Cryptogram information data, 9F27: one byte (PBOC-5 A.1, table B.9)."""

    cryptogram: Cryptogram
    advice: bool = False
    reason: Reason = Reason.NONE

    @classmethod
    def from_byte(cls, value: int) -> Cid:
        """The value of one byte. Raises ValueError for type 11, reserved reasons and reserved bits."""
        if value & 0x30:
            raise ValueError(f"CID {value:02X} has reserved bits set")
        return cls(Cryptogram(value >> 6), bool(value & 8), Reason(value & 7))

    @property
    def byte(self) -> int:
        """b8-b7 type, b4 advice, b3-b1 reason."""
        return self.cryptogram << 6 | self.advice << 3 | self.reason

    def explain(self) -> str:
        """In words."""
        words = f"CID {self.byte:02X}: {self.cryptogram.name}"
        if self.advice:
            words += ", advice required (通知)"
        if self.advice or self.reason:
            words += f", {_REASON_TEXTS[self.reason]}"
        return words + " (PBOC-5 table B.9)"


class Request(NamedTuple):
    """P1 of GENERATE AC: which cryptogram, and whether with CDA (PBOC-5 table B.7)."""

    cryptogram: Cryptogram
    cda: bool = False

    @classmethod
    def from_p1(cls, p1: int) -> Request:
        """b8-b7 type, b5 CDA, all others 0. Raises ValueError otherwise (the card answers 6A86)."""
        if p1 & 0x2F or p1 >> 6 == 3:
            raise ValueError(f"P1 {p1:02X} asks for no known cryptogram")
        return cls(Cryptogram(p1 >> 6), bool(p1 & 0x10))
