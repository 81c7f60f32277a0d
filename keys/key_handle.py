"""A key as everything outside this package sees it: something that computes, never something that can be read.

Rules: no method gives the value; ``repr`` shows the algorithm and the check value; a handle cannot be pickled or
copied. What leaves is cipher text, a MAC, another handle, or a verdict.
"""

from __future__ import annotations

import hmac
from typing import NoReturn

from keys.algorithms import DES, TDES, Algorithm, BadKey, BlockKey, odd_parity, xor


class KeyHandle:
    """One symmetric key. A volatile value: derived and session handles live as long as somebody holds them."""

    __slots__ = ("_cipher", "_left", "_value", "algorithm")

    def __init__(self, algorithm: Algorithm, value: bytes) -> None:
        self.algorithm = algorithm
        self._value = value
        self._cipher = BlockKey(algorithm, value)
        self._left: BlockKey | None = None

    @property
    def block(self) -> int:
        """Block length in bytes, 8 or 16."""
        return self.algorithm.block

    @property
    def check_value(self) -> bytes:
        """KCV: the first 3 bytes of the encryption of a block of zeros."""
        return self._cipher.encrypt(bytes(self.algorithm.block))[:3]

    def encrypt(self, blocks: bytes) -> bytes:
        """ECB over whole blocks. Raises BadBlocks."""
        return self._cipher.encrypt(blocks)

    def decrypt(self, blocks: bytes) -> bytes:
        """ECB backwards over whole blocks. Raises BadBlocks."""
        return self._cipher.decrypt(blocks)

    def cbc_encrypt(self, blocks: bytes, iv: bytes | None = None) -> bytes:
        """CBC over whole blocks, IV zeros if None. Raises BadBlocks."""
        return self._cipher.cbc_encrypt(blocks, iv)

    def cbc_decrypt(self, blocks: bytes, iv: bytes | None = None) -> bytes:
        """CBC backwards over whole blocks, IV zeros if None. Raises BadBlocks."""
        return self._cipher.cbc_decrypt(blocks, iv)

    def mac_block(self, blocks: bytes, iv: bytes | None = None) -> bytes:
        """The last block of the cipher's own MAC over padded ``blocks``; one block. Raises BadBlocks.

        DES and SM4: CBC. Two-key 3DES: single-DES CBC with the left half, the last block with the whole key
        (ISO/IEC 9797-1 algorithm 3; PBOC-5 C, D; SSC-9 §7.1.3).
        """
        if self.algorithm is not TDES:
            return self._cipher.cbc_encrypt(blocks, iv)[-self.algorithm.block :]
        last = blocks[-8:]
        if len(blocks) > 8:
            left = self._left
            if left is None:
                left = self._left = BlockKey(DES, self._value[:8])
            iv = left.cbc_encrypt(blocks[:-8], iv)[-8:]
        return self._cipher.encrypt(last if iv is None else xor(last, iv))

    def derive(self, data: bytes, algorithm: Algorithm | None = None, *, parity: bool = False) -> KeyHandle:
        """A new key: ``data`` enciphered ECB is its value, of the same algorithm if None.

        ``parity`` sets odd parity. Raises BadBlocks, BadKey (length).
        """
        return self._child(self._cipher.encrypt(data), algorithm, parity=parity)

    def derive_cbc(self, data: bytes, algorithm: Algorithm | None = None) -> KeyHandle:
        """As ``derive``, enciphering CBC with a zero IV (EMV CPS 5.3)."""
        return self._child(self._cipher.cbc_encrypt(data), algorithm, parity=False)

    def _child(self, value: bytes, algorithm: Algorithm | None, *, parity: bool) -> KeyHandle:
        return KeyHandle(algorithm or self.algorithm, odd_parity(value) if parity else value)

    def folded(self) -> KeyHandle:
        """The single-DES key left half XOR right half of a two-key 3DES key (SSC-7 §15). Else BadKey."""
        if self.algorithm is not TDES:
            raise BadKey(f"a {self.algorithm.name} key has no halves to fold")
        return KeyHandle(DES, xor(self._value[:8], self._value[8:]))

    def combined(self, other: KeyHandle) -> KeyHandle:
        """The key whose value is the XOR of both: joining key components (密钥分量). Algorithms must be equal."""
        if other.algorithm is not self.algorithm:
            raise BadKey(f"components of {self.algorithm.name} and {other.algorithm.name}")
        return KeyHandle(self.algorithm, xor(self._value, other._value))

    def wrap(self, key: KeyHandle, before: bytes = b"", after: bytes = b"") -> bytes:
        """``before`` ‖ value of ``key`` ‖ ``after``, enciphered ECB under this key. Raises BadBlocks."""
        return self._cipher.encrypt(before + key._value + after)

    def unwrap(self, blocks: bytes, algorithm: Algorithm) -> KeyHandle:
        """The key that ``wrap`` enciphered without anything around it. Raises BadBlocks, BadKey."""
        return KeyHandle(algorithm, self._cipher.decrypt(blocks))

    def with_pin_mask(self, block: bytes) -> bytes:
        """``block`` (8 bytes) XOR 00000000 ‖ bytes 5 to 8 of this key (PBOC-5 B.10.3, pieces D1 and D3).

        The one place where the standard uses key bytes as data; the result belongs inside an enciphered block only.
        """
        return xor(block, bytes(4) + self._value[4:8])

    def equals(self, other: KeyHandle) -> bool:
        """Same algorithm and value; compared in constant time."""
        return self.algorithm is other.algorithm and hmac.compare_digest(self._value, other._value)

    def __repr__(self) -> str:
        return f"<{self.algorithm.name} key, KCV {self.check_value.hex().upper()}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a key handle is neither pickled nor copied")
