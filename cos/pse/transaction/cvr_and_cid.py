"""What GENERATE AC is asked for and answers: card verification results (卡片验证结果, CVR), cryptogram information data
(密文信息数据, CID), issuer application data (发卡行应用数据, 9F10).

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


_NOT_ASKED = 2


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

    def set(self, bits: int) -> Cvr:
        """With ``bits``, one or more of ``Bit``, 1."""
        return Cvr(self.bits | bits)

    def clear(self, bits: int) -> Cvr:
        """With ``bits`` 0."""
        return Cvr(self.bits & ~bits)

    def with_first(self, answer: Cryptogram) -> Cvr:
        """As the first GENERATE AC sends it: its answer in b6-b5 of CVR2, "second not asked yet" in b8-b7."""
        return Cvr(self.bits & 0x0FFFFF | _NOT_ASKED << 22 | answer << 20)

    def with_second(self, answer: Cryptogram) -> Cvr:
        """As the second GENERATE AC sends it, in b8-b7 of CVR2; only AAC or TC exist there."""
        if answer is Cryptogram.ARQC:
            raise ValueError("the second GENERATE AC never answers ARQC")
        return Cvr(self.bits & 0x3FFFFF | answer << 22)

    def with_script_counter(self, counter: int) -> Cvr:
        """With the script commands after the last online transaction in CVR4.b8-b5; 15 means more."""
        return Cvr(self.bits & 0xFFFF0F | min(counter, 15) << 4)


class CidReason(IntEnum):
    """CID b3-b1 (PBOC-5 table B.9). This card sets NONE and PIN_TRIES_EXCEEDED; no rule ever sets the others."""

    NONE = 0
    SERVICE_NOT_ALLOWED = 1
    PIN_TRIES_EXCEEDED = 2
    IA_FAILED = 3


class Cid(NamedTuple):
    """Cryptogram information data, 9F27: one byte (PBOC-5 A.1, table B.9)."""

    cryptogram: Cryptogram
    advice: bool = False
    reason: CidReason = CidReason.NONE

    @property
    def byte(self) -> int:
        """b8-b7 type, b4 advice, b3-b1 reason."""
        return self.cryptogram << 6 | self.advice << 3 | self.reason


class CryptogramRequest(NamedTuple):
    """P1 of GENERATE AC: which cryptogram, and whether with CDA (PBOC-5 table B.7)."""

    cryptogram: Cryptogram
    cda: bool = False

    @classmethod
    def from_p1(cls, p1: int) -> CryptogramRequest:
        """b8-b7 type, b5 CDA, all others 0. Raises ValueError otherwise (the card answers 6A86)."""
        if p1 & 0x2F or p1 >> 6 == 3:
            raise ValueError(f"P1 {p1:02X} asks for no known cryptogram")
        return cls(Cryptogram(p1 >> 6), bool(p1 & 0x10))


CVN = 0x01
"""Cryptogram version of the debit application (密文版本号): fixed data set, session key from the ATC (PBOC-5 A.1)."""


class Iad(NamedTuple):
    """9F10 taken apart. ``dki`` names the issuer's master key (分散密钥索引), ``alg`` the algorithm (算法标识)."""

    dki: int
    cvr: Cvr = Cvr()
    alg: int = 0x01
    cvn: int = CVN
    idd: bytes = b""

    @classmethod
    def parse(cls, raw: bytes) -> Iad:
        """The parts of 8 bytes, or 9 + L with issuer discretionary data of L = 1..15. Raises ValueError otherwise."""
        if len(raw) < 8 or raw[0] != 7:
            raise ValueError(f"9F10 is 07 and seven bytes, not {raw.hex().upper() or 'empty'}")
        tail = raw[8:]
        if tail and (not 1 <= tail[0] <= 15 or len(tail) != 1 + tail[0]):
            raise ValueError(f"issuer discretionary data {tail.hex().upper()} do not fit their length")
        return cls(raw[1], Cvr.from_bytes(raw[3:7]), raw[7], raw[2], tail[1:])

    def build(self) -> bytes:
        """The bytes of 9F10. Raises ValueError if IDD is longer than 15 bytes."""
        if len(self.idd) > 15:
            raise ValueError(f"issuer discretionary data of {len(self.idd)} bytes; 15 is the limit")
        tail = bytes((len(self.idd),)) + self.idd if self.idd else b""
        return bytes((7, self.dki, self.cvn)) + self.cvr.to_bytes() + bytes((self.alg,)) + tail
