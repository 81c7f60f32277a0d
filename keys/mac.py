"""MACs of both sides over a handle's ``mac_block``: padding in front, the cut behind."""

from __future__ import annotations

import hmac

from keys.algorithms import xor
from keys.key_handle import KeyHandle
from keys.padding import pad


def full_mac(key: KeyHandle, data: bytes, iv: bytes | None = None) -> bytes:
    """The whole last block (8 or 16 bytes) over ``data`` padded by method 2; IV zeros if None."""
    return key.mac_block(pad(data, key.algorithm.block), iv)


def fold_words(block: bytes) -> bytes:
    """XOR of the four 4-byte words of a 16-byte block (SSC-4 §8.2)."""
    return xor(xor(block[0:4], block[4:8]), xor(block[8:12], block[12:16]))


def fold_halves(block: bytes) -> bytes:
    """Left half XOR right half of a 16-byte block: the 128-bit rule of PBOC-7 §11.1.2.2."""
    return xor(block[:8], block[8:])


def social_cut(block: bytes) -> bytes:
    """The 4-byte MAC of the social side: left 4 of an 8-byte block, folded words of a 16-byte one (SSC-4 §8.2)."""
    return block[:4] if len(block) == 8 else fold_words(block)


def social_mac(key: KeyHandle, data: bytes, iv: bytes | None = None) -> bytes:
    """4-byte MAC of the social side (SSC-4 §8.2; with a static key and random IV, SSC-9 §7.1.3)."""
    return social_cut(key.mac_block(pad(data, key.algorithm.block), iv))


def same(left: bytes, right: bytes) -> bool:
    """Equality in constant time, for MACs and authentication data."""
    return hmac.compare_digest(left, right)
