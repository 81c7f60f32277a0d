"""The ciphers and hashes of both sides, and the only module that imports ``cryptography``.

``Algorithm`` names a block cipher; ``BlockKey`` is one key of it with its contexts kept: making a context costs ten
times as much as enciphering a block. SSF33 is not here: the cipher is not public.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import cmac, hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.algorithms import SM4 as _SM4

Update = Callable[[bytes], bytes]
Mode = TypeVar("Mode", modes.ECB, modes.CBC)


class Algorithm(NamedTuple):
    """A block cipher as the two sides name it; lengths in bytes.

    ``social`` is the algorithm byte of a key (SSC-9 §6.1, T514 header); ``announced`` the value of 86 inside 9F0C
    of the social FCI; ``bank`` the ALG byte of the IAD, None where the bank side has no such number.
    """

    name: str
    block: int
    key_length: int
    social: int
    announced: int
    bank: int | None


DES = Algorithm("DES", 8, 8, 0x01, 0x01, None)
TDES = Algorithm("3DES", 8, 16, 0x00, 0x01, 0x01)
SM4 = Algorithm("SM4", 16, 16, 0x03, 0x03, 0x04)

ALGORITHMS = (DES, TDES, SM4)


class BadKey(ValueError):
    """Key bytes or an algorithm number that no cipher here fits."""


class BadBlocks(ValueError):
    """Data or an IV that is not a whole number of blocks."""


def social_algorithm(number: int) -> Algorithm:
    """The cipher behind an algorithm byte of the social side. Raises BadKey."""
    return _by(number, tuple(a.social for a in ALGORITHMS))


def bank_algorithm(number: int) -> Algorithm:
    """The cipher behind an ALG byte of the bank side (PBOC-5 annex F). Raises BadKey."""
    return _by(number, tuple(a.bank for a in ALGORITHMS))


def _by(number: int, numbers: tuple[int | None, ...]) -> Algorithm:
    if number not in numbers:
        raise BadKey(f"no algorithm with number {number:02X}")
    return ALGORITHMS[numbers.index(number)]


def _primitive(algorithm: Algorithm, value: bytes) -> TripleDES | _SM4:
    if algorithm is DES:
        return TripleDES(value * 3)
    if algorithm is TDES:
        return TripleDES(value + value[:8])
    return _SM4(value)


class BlockKey:
    """One key with its contexts kept: ECB both ways, CBC enciphering, all in whole blocks.

    ECB contexts carry no state between calls. The CBC context carries its last block, which is taken out again at
    the next call, so that each call stands alone. Use from one thread at a time.
    """

    __slots__ = ("_algorithm", "_block", "_cbc", "_decrypt", "_encrypt", "_last", "_value")

    def __init__(self, algorithm: Algorithm, value: bytes) -> None:
        if len(value) != algorithm.key_length:
            raise BadKey(f"{algorithm.name} key of {len(value)} bytes")
        self._block = algorithm.block
        # Nothing is set up before it is used: most keys on their way into a card never compute on the host.
        self._algorithm = algorithm
        self._value = value
        self._encrypt: Update | None = None
        self._decrypt: Update | None = None
        self._cbc: Update | None = None
        self._last = 0

    def _cipher(self, mode: Mode) -> Cipher[Mode]:
        return Cipher(_primitive(self._algorithm, self._value), mode)

    def encrypt(self, blocks: bytes) -> bytes:
        """ECB. Raises BadBlocks."""
        if len(blocks) % self._block:
            raise BadBlocks(f"{len(blocks)} bytes are not whole blocks of {self._block}")
        update = self._encrypt
        if update is None:
            update = self._encrypt = self._cipher(modes.ECB()).encryptor().update  # noqa: S305 - the standards prescribe ECB
        return update(blocks)

    def decrypt(self, blocks: bytes) -> bytes:
        """ECB, backwards. Raises BadBlocks."""
        if len(blocks) % self._block:
            raise BadBlocks(f"{len(blocks)} bytes are not whole blocks of {self._block}")
        update = self._decrypt
        if update is None:
            update = self._decrypt = self._cipher(modes.ECB()).decryptor().update  # noqa: S305 - as above
        return update(blocks)

    def cbc_encrypt(self, blocks: bytes, iv: bytes | None = None) -> bytes:
        """CBC; ``iv`` one block, zeros if None. Raises BadBlocks."""
        size = self._block
        if not blocks or len(blocks) % size or (iv is not None and len(iv) != size):
            raise BadBlocks(f"{len(blocks)} bytes are not whole blocks of {size}, or the IV is not one")
        update = self._cbc
        if update is None:
            update = self._cbc = self._cipher(modes.CBC(bytes(size))).encryptor().update
            self._last = 0
        # The context would add its last cipher block to the first block: add it beforehand, and it cancels out.
        start = self._last if iv is None else self._last ^ int.from_bytes(iv, "big")
        if start:
            blocks = (int.from_bytes(blocks[:size], "big") ^ start).to_bytes(size, "big") + blocks[size:]
        result = update(blocks)
        self._last = int.from_bytes(result[-size:], "big")
        return result

    def cbc_decrypt(self, blocks: bytes, iv: bytes | None = None) -> bytes:
        """CBC, backwards; ``iv`` one block, zeros if None. Raises BadBlocks."""
        size = self._block
        if iv is not None and len(iv) != size:
            raise BadBlocks(f"IV of {len(iv)} bytes")
        return xor(self.decrypt(blocks), ((iv or bytes(size)) + blocks)[: len(blocks)])


def xor(left: bytes, right: bytes) -> bytes:
    """Bytewise exclusive or of two values of equal length. Raises BadBlocks."""
    if len(left) != len(right):
        raise BadBlocks(f"exclusive or of {len(left)} and {len(right)} bytes")
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(len(left), "big")


def invert(value: bytes) -> bytes:
    """Every bit turned (NOT of the standards)."""
    return xor(value, b"\xff" * len(value))


def odd_parity(value: bytes) -> bytes:
    """Each byte with its lowest bit set so that the number of ones is odd (PBOC-7 §11.1.4)."""
    return bytes(byte ^ (byte.bit_count() & 1 ^ 1) for byte in value)


def sha1(data: bytes) -> bytes:
    """SHA-1, 20 bytes: the hash of all RSA certificates and signatures of the bank side (PBOC-7 §5)."""
    return hashlib.sha1(data, usedforsecurity=False).digest()


def sm3(data: bytes) -> bytes:
    """SM3, 32 bytes."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def aes_check_value(value: bytes) -> bytes:
    """KCV of an AES transport key (16, 24 or 32 bytes): the first 5 bytes of CMAC over a block of zeros. BadKey.

    AES protects keys on their way between hosts only; no card here knows it.
    """
    if len(value) not in (16, 24, 32):
        raise BadKey(f"AES key of {len(value)} bytes")
    mac = cmac.CMAC(AES(value))
    mac.update(bytes(16))
    return mac.finalize()[:5]


class RsaNumbers(NamedTuple):
    """A freshly made RSA key as numbers."""

    p: int
    q: int
    exponent: int


def generate_rsa(bits: int, exponent: int = 65537) -> RsaNumbers:
    """A new RSA key of the operating system's randomness; ``exponent`` 3 or 65537. For hosts, never for the card."""
    numbers = rsa.generate_private_key(public_exponent=exponent, key_size=bits).private_numbers()
    return RsaNumbers(numbers.p, numbers.q, exponent)
