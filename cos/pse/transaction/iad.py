"""Issuer application data (发卡行应用数据, 9F10): 07 ‖ DKI ‖ CVN ‖ CVR 4 ‖ ALG, perhaps ‖ L ‖ IDD (PBOC-5 A.1)."""

from __future__ import annotations

from typing import NamedTuple

from cos.pse.transaction.cvr import Cvr, explain

CVN = 0x01
"""Cryptogram version of the debit application (密文版本号): fixed data set, session key from the ATC (PBOC-5 A.1)."""

_ALGORITHMS = ((0x01, "3DES"), (0x02, "SSF33"), (0x04, "SM4"))


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

    def explain(self) -> list[str]:
        """Each part in words."""
        name = next((text for value, text in _ALGORITHMS if value == self.alg), "unknown algorithm")
        words = [f"DKI {self.dki:02X}", f"CVN {self.cvn:02X}", f"CVR {self.cvr}", *explain(self.cvr)]
        words.append(f"ALG {self.alg:02X} {name}")
        if self.idd:
            words.append(f"IDD {self.idd.hex().upper()}")
        return words
