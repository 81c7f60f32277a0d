"""The signature of a card over its answer to GENERATE AC, of PBOC-7 tables 15 and 17 with the hash of `cryptography`
and Python's own power: nothing of the package that checks it takes part.
"""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes


def _sha1(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SHA1())  # noqa: S303 - the algorithm of PBOC-7 §6
    digest.update(data)
    return digest.finalize()


def signed_dynamic_data(primes: tuple[int, int], told: bytes, transaction: bytes, unpredictable: bytes) -> bytes:
    """9F4B under a key of exponent 3. ``told``: number with its length, CID, cryptogram; ``transaction``: all that its
    hash is over; ``unpredictable``: 9F37.
    """
    p, q = primes
    modulus = p * q
    size = (modulus.bit_length() + 7) // 8
    dynamic = told + _sha1(transaction)
    signed = b"\x05\x01" + bytes((len(dynamic),)) + dynamic
    signed += b"\xbb" * (size - len(signed) - 22)
    block = b"\x6a" + signed + _sha1(signed + unpredictable) + b"\xbc"
    exponent = pow(3, -1, (p - 1) * (q - 1))
    return pow(int.from_bytes(block, "big"), exponent, modulus).to_bytes(size, "big")
