"""How keys travel between hosts without a key block: plain cryptograms under a transport key, components; check values.

Key blocks are ``key_blocks``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from types import MappingProxyType
from typing import NamedTuple

from apdu import tlv
from keys.algorithms import DES, SM4, TDES, Algorithm, BadBlocks, BadKey, aes_check_value, xor
from keys.key_handle import KeyHandle
from keys.rsa import RsaPrivate

AES_NAME, HMAC_NAME, RSA_NAME = "AES", "HMAC", "RSA"
_CIPHERS = MappingProxyType({algorithm.name: algorithm for algorithm in (DES, TDES, SM4)})


class TransportError(Exception):
    """The key does not arrive: wrong transport key, damaged block, wrong check value. Never quotes a value."""


def check_value(algorithm: str, value: bytes) -> bytes:
    """KCV by algorithm name: 3 bytes; AES 5; HMAC the first 3 of SHA-256; RSA SHA-256 of the public key. BadKey."""
    cipher = _CIPHERS.get(algorithm)
    if cipher is not None:
        return KeyHandle(cipher, value).check_value
    if algorithm == AES_NAME:
        return aes_check_value(value)
    if algorithm == RSA_NAME:
        return rsa_check_value(rsa_key(value))
    if algorithm == HMAC_NAME and len(value) >= 16:
        return hashlib.sha256(value).digest()[:3]
    raise BadKey(f"{algorithm} key of {len(value)} bytes")


class RsaStored(NamedTuple):
    """A stored RSA key: public exponent, and the key."""

    exponent: bytes
    key: RsaPrivate


def rsa_bytes(p: int, q: int, exponent: int) -> bytes:
    """How a store keeps an RSA key: exponent 3 ‖ p ‖ q, primes of one length."""
    size = (max(p, q).bit_length() + 7) // 8
    return exponent.to_bytes(3, "big") + p.to_bytes(size, "big") + q.to_bytes(size, "big")


def rsa_key(value: bytes) -> RsaStored:
    """The key ``rsa_bytes`` made. Raises BadKey."""
    half = (len(value) - 3) // 2
    if half < 1 or len(value) != 3 + 2 * half:
        raise BadKey(f"RSA key of {len(value)} bytes")
    p, q = int.from_bytes(value[3 : 3 + half], "big"), int.from_bytes(value[3 + half :], "big")
    return RsaStored(value[:3].lstrip(b"\0"), RsaPrivate.from_primes(p, q, int.from_bytes(value[:3], "big")))


def rsa_check_value(stored: RsaStored) -> bytes:
    """SHA-256 of the public key as SubjectPublicKeyInfo, 32 bytes (RFC 5280 §4.1.2.7)."""
    numbers = tlv.encode(0x02, b"\0" + stored.key.modulus) + tlv.encode(0x02, stored.exponent)
    kind = tlv.encode(0x30, tlv.encode(0x06, bytes.fromhex("2A864886F70D010101")), tlv.encode(0x05, b""))
    return hashlib.sha256(tlv.encode(0x30, kind, tlv.encode(0x03, b"\0" + tlv.encode(0x30, numbers)))).digest()


def unwrap_cryptogram(transport: KeyHandle, cryptogram: bytes, algorithm: str, expected: bytes) -> bytes:
    """A key enciphered ECB under a transport key (old interfaces); ``expected`` its KCV. Raises TransportError."""
    try:
        value = transport.decrypt(cryptogram)
        found = check_value(algorithm, value)
    except (BadBlocks, BadKey):
        raise TransportError(f"the cryptogram of {len(cryptogram)} bytes holds no {algorithm} key") from None
    _compare(found, expected, "the key under the transport key")
    return value


class Component(NamedTuple):
    """One custodian's part of a key (密钥分量), full length, with the KCV on its envelope."""

    value: bytes
    check_value: bytes

    def __repr__(self) -> str:
        return f"<component, KCV {self.check_value.hex().upper()}>"


def combine(components: Sequence[Component], algorithm: str, expected: bytes) -> bytes:
    """The key all components make by exclusive or, each part and the whole checked. Raises TransportError.

    ``expected`` is the KCV of the whole, by a second channel. One part alone is not a ceremony.
    """
    if len(components) < 2:
        raise TransportError("a key is joined from two components at least")
    total = bytes(len(components[0].value))
    for number, part in enumerate(components, 1):
        if not any(part.value):
            raise TransportError(f"component {number} is all zeros: it adds nothing, and the others alone are the key")
        if part.value in [each.value for each in components[: number - 1]]:
            raise TransportError(f"component {number} is the same as one before: the two cancel out")
        if len(part.value) != len(total):
            raise TransportError(f"component {number} has {len(part.value)} bytes, the first {len(total)}")
        _compare(check_value(algorithm, part.value), part.check_value, f"component {number}")
        total = xor(total, part.value)
    if not any(total):
        raise TransportError("the components cancel out")
    _compare(check_value(algorithm, total), expected, "the joined key")
    return total


def _compare(found: bytes, expected: bytes, what: str) -> None:
    if found[: len(expected)] != expected or len(expected) < 3:
        raise TransportError(
            f"{what} has check value {found.hex().upper()}, expected {expected.hex().upper() or 'nothing'}"
        )


def cipher_of(name: str) -> Algorithm | None:
    """The card cipher of this name, None for what only hosts use."""
    return _CIPHERS.get(name)
