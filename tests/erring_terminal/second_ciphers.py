"""Block ciphers of the second host: ``cryptography`` called directly, and what every computation builds on it."""

from __future__ import annotations

from functools import cache

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

BLOCKS = {"DES": 8, "3DES": 8, "SM4": 16}
"""Block length by the cipher's name."""


@cache
def _cipher(name: str, key: bytes) -> SM4 | TripleDES:
    if name == "SM4":
        return SM4(key)
    if name == "DES" and len(key) != 8:
        raise ValueError("a DES key has 8 bytes")
    return TripleDES(key * 3 if len(key) == 8 else key + key[:8])  # a single-length key thrice is single DES


def ecb(name: str, key: bytes, data: bytes) -> bytes:
    """Whole blocks, enciphered. A "3DES" key of 8 bytes is single DES."""
    return Cipher(_cipher(name, key), modes.ECB()).encryptor().update(data)  # noqa: S305 - the standards prescribe it


def ecb_back(name: str, key: bytes, data: bytes) -> bytes:
    """Whole blocks, deciphered."""
    return Cipher(_cipher(name, key), modes.ECB()).decryptor().update(data)  # noqa: S305


def cbc(name: str, key: bytes, iv: bytes, data: bytes) -> bytes:
    """Whole blocks, chained."""
    return Cipher(_cipher(name, key), modes.CBC(iv)).encryptor().update(data)


def inverted(data: bytes) -> bytes:
    """NOT."""
    return bytes(byte ^ 0xFF for byte in data)


def xor(one: bytes, other: bytes) -> bytes:
    """Byte by byte."""
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def padded_80(data: bytes, block: int) -> bytes:
    """80 00 … up to a block, always (ISO 7816-4's padding)."""
    data += b"\x80"
    return data + bytes(-len(data) % block)


def check_value(name: str, key: bytes) -> str:
    """KCV: three bytes of a block of zeros enciphered, six upper-case digits."""
    return ecb(name, key, bytes(BLOCKS[name]))[:3].hex().upper()
