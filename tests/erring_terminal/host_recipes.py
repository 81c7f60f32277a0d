"""Computations of a host as recipes, over ``second_ciphers``: written from the standards, nothing of the card's.

A ``Recipe`` is the steps of a computation in order, each a function of what is known before it. ``worked`` does it with
any one step done otherwise: that is a mistake, and what the step should have given is known beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

from cryptography.hazmat.primitives import hashes

from tests.erring_terminal.second_ciphers import BLOCKS, cbc, ecb, ecb_back, xor

Values = Mapping[str, Any]
Step = Callable[[Values], Any]
Recipe = Mapping[str, Step]


def worked(recipe: Recipe, given: Values, slip: Recipe | None = None) -> dict[str, Any]:
    """All steps of the recipe over what is given; those in ``slip`` are done so instead."""
    slip = slip or {}
    values: dict[str, Any] = dict(given)
    values |= {name: step(given) for name, step in slip.items() if name in given}
    for name, step in recipe.items():
        values[name] = slip.get(name, step)(values)
    return values


# --- MACs and digests -------------------------------------------------------------------------------------------------


def retail(key: bytes, data: bytes, start: bytes = bytes(8)) -> bytes:
    """ISO/IEC 9797-1 algorithm 3: single DES over all blocks, the last one deciphered and enciphered again."""
    last = cbc("DES", key[:8], start, data)[-8:]
    return ecb("DES", key[:8], ecb_back("DES", key[8:], last))


def chained(cipher: str, key: bytes, data: bytes, start: bytes) -> bytes:
    """The last block of the MAC that goes with the cipher: retail for 3DES (PBOC-7 §11.1.2.1), plain CBC for SM4."""
    return retail(key, data, start) if cipher == "3DES" else cbc(cipher, key, start, data)[-BLOCKS[cipher] :]


def sm3(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


# --- bytes ------------------------------------------------------------------------------------------------------------


def filled(data: bytes, size: int) -> bytes:
    """80 00… only if it is no whole block (PBOC-5 C.3)."""
    return data if len(data) % size == 0 else data + b"\x80" + bytes(-(len(data) + 1) % size)


def zeros(data: bytes, size: int) -> bytes:
    """00 up to a whole block, nothing behind one."""
    return data + bytes(-len(data) % size)


def odd(key: bytes) -> bytes:
    """Odd parity in every byte."""
    return bytes(byte & 0xFE | ((byte >> 1).bit_count() + 1) % 2 for byte in key)


def words_xored(block: bytes) -> bytes:
    """The words of a block into one (SSC-4 §8.2)."""
    return reduce(xor, (block[at : at + 4] for at in range(0, len(block), 4)))


def plus(number: bytes, more: int) -> bytes:
    return (int.from_bytes(number, "big") + more).to_bytes(len(number), "big")


def swapped(key: bytes) -> bytes:
    """Halves exchanged."""
    return key[len(key) // 2 :] + key[: len(key) // 2]
