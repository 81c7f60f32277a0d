"""Raw RSA as the bank side uses it: the block is the message, no padding scheme of its own (PBOC-7 §12.2).

``RsaPrivate`` computes and gives nothing out but its public part and cipher text; ``RsaPublic`` is an ordinary value.
With gmpy2 (optional extra ``fast``) signing takes a fifth of the time; the results are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, NoReturn, Self

from keys.algorithms import BadBlocks, BadKey, generate_rsa, sha1
from keys.key_handle import KeyHandle
from keys.padding import pad

_Power = Callable[[int, int, int], int]


def _power() -> _Power:
    """Modular exponentiation: the library's if it is there, else Python's own."""
    try:
        from gmpy2 import powmod  # noqa: PLC0415 - optional
    except ImportError:
        return pow
    return lambda base, exponent, modulus: int(powmod(base, exponent, modulus))


_private_power = _power()


class RsaPublic(NamedTuple):
    """A public key: ``modulus`` without leading zeros, ``exponent`` 1 or 3 bytes (03 or 010001)."""

    modulus: bytes
    exponent: bytes

    def recover(self, signature: bytes) -> bytes:
        """The signed block, as long as the modulus. Raises BadBlocks if the signature is not."""
        size = len(self.modulus)
        number, modulus = int.from_bytes(signature, "big"), int.from_bytes(self.modulus, "big")
        if len(signature) != size or number >= modulus:
            raise BadBlocks(f"signature of {len(signature)} bytes under a modulus of {size}")
        return pow(number, int.from_bytes(self.exponent, "big"), modulus).to_bytes(size, "big")

    def checksum(self, rid: bytes, index: int) -> bytes:
        """Check value of a CA key: SHA-1 over RID ‖ index ‖ modulus ‖ exponent (PBOC-7 §5)."""
        return sha1(rid + bytes((index,)) + self.modulus + self.exponent)


class RsaPrivate:
    """A private key in CRT parts. ``repr`` shows the length and the beginning of a hash of the modulus."""

    __slots__ = ("_dp", "_dq", "_p", "_q", "_q_inverse", "modulus")

    def __init__(self, p: int, q: int, dp: int, dq: int, q_inverse: int) -> None:
        if p <= 1 or q <= 1 or q * q_inverse % p != 1:
            raise BadKey("the CRT parts do not belong together")
        self._p, self._q, self._dp, self._dq, self._q_inverse = p, q, dp, dq, q_inverse
        number = p * q
        self.modulus = number.to_bytes((number.bit_length() + 7) // 8, "big")

    @classmethod
    def from_parts(cls, q_inverse: bytes, dq: bytes, dp: bytes, q: bytes, p: bytes) -> Self:
        """From the values of DGIs 8201 to 8205, in that order (PBOC-10 §6). Raises BadKey."""
        numbers = (int.from_bytes(part, "big") for part in (p, q, dp, dq, q_inverse))
        return cls(*numbers)

    @classmethod
    def from_primes(cls, p: int, q: int, exponent: int) -> Self:
        """From the primes. Raises BadKey if they and the exponent make no key."""
        try:
            return cls(p, q, pow(exponent, -1, p - 1), pow(exponent, -1, q - 1), pow(q, -1, p))
        except ValueError as fault:
            raise BadKey(str(fault)) from None

    @classmethod
    def generate(cls, bits: int, exponent: int = 65537) -> Self:
        """A new key of the operating system's randomness: for hosts, never for the card."""
        return cls.from_primes(*generate_rsa(bits, exponent))

    def public(self, exponent: bytes) -> RsaPublic:
        """The public key; the CRT parts do not name the exponent, so the caller does. Raises BadKey if it is not."""
        number = int.from_bytes(exponent, "big")
        if number * self._dp % (self._p - 1) != 1 or number * self._dq % (self._q - 1) != 1:
            raise BadKey("not the exponent of this key")
        return RsaPublic(self.modulus, exponent)

    def sign(self, block: bytes) -> bytes:
        """``block`` (as long as the modulus and below it) to the private exponent. Raises BadBlocks."""
        number = int.from_bytes(block, "big")
        if len(block) != len(self.modulus) or number >= self._p * self._q:
            raise BadBlocks(f"block of {len(block)} bytes under a modulus of {len(self.modulus)}")
        of_p = _private_power(number % self._p, self._dp, self._p)
        of_q = _private_power(number % self._q, self._dq, self._q)
        lift = (of_p - of_q) * self._q_inverse % self._p
        return (of_q + lift * self._q).to_bytes(len(self.modulus), "big")

    def wrap_parts(self, key: KeyHandle) -> dict[int, bytes]:
        """The five parts by DGI number, each padded 80 00… and enciphered ECB under ``key`` (PBOC-10 §8.2).

        8201 q⁻¹ mod p, 8202 d mod (q-1), 8203 d mod (p-1), 8204 q, 8205 p; each half as long as the modulus.
        """
        size = (len(self.modulus) + 1) // 2
        parts = (self._q_inverse, self._dq, self._dp, self._q, self._p)
        return {
            0x8201 + at: key.encrypt(pad(part.to_bytes(size, "big"), key.algorithm.block))
            for at, part in enumerate(parts)
        }

    def __repr__(self) -> str:
        return f"<RSA private key, {len(self.modulus) * 8} bits, {sha1(self.modulus)[:3].hex().upper()}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a private key is neither pickled nor copied")
