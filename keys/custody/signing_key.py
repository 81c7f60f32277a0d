"""A key that signs files (签名密钥): Ed25519 (RFC 8032) by ``cryptography``, a file of its own, sealed by age.

Inside the seal it is PKCS#8 in PEM, its public half alone is a SubjectPublicKeyInfo in PEM (RFC 8410): both are read by
other programs (``age -d``, ``openssl pkey``), so what is signed outlives this one. No text made here shows the secret
half.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import NoReturn, Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from keys.custody.sealing import Lock, SealError
from keys.custody.whole_file import write_whole

PUBLIC_LENGTH = 32
_SHOWN = 16  # hex digits of the fingerprint: to recognise a key by, not to prove it
_GROUP = 4
_HEX = re.compile("[0-9A-Fa-f]{64}")


class SigningKeyError(Exception):
    """A key cannot be used; the message says why, and shows nothing of a secret one."""


class SigningKey:
    """The key of a laboratory, or of whoever publishes a list. ``repr`` shows its public half's fingerprint."""

    __slots__ = ("_key",)

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def generated(cls) -> Self:
        """A fresh one, from the operating system's random numbers."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def open(cls, path: str | Path, lock: Lock) -> Self:
        """The key in a file. Raises SigningKeyError: not there, does not open with this lock, no such key in it."""
        try:
            plain = lock.unseal(Path(path).read_bytes())
        except OSError as error:
            raise SigningKeyError(f"signing key {path}: {error.strerror}") from None
        except SealError as error:
            raise SigningKeyError(f"signing key {path}: {error}") from None
        try:
            found = load_pem_private_key(plain, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            found = None
        if not isinstance(found, Ed25519PrivateKey):
            raise SigningKeyError(f"signing key {path}: opened, but its content is no Ed25519 key")
        return cls(found)

    def save(self, path: str | Path, lock: Lock, recipient: str = "") -> None:
        """Write the key under ``lock``, for the holder of the public age key ``recipient`` too; never over a file.

        Raises SigningKeyError (a pass phrase and a recipient), SealError, FileExistsError, OSError.
        """
        if recipient and lock.kind != "key file":
            raise SigningKeyError("beside a pass phrase only the recipient could open it: lock it by a key file")
        plain = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_whole(path, lock.seal(plain, recipient))

    def sign(self, content: bytes) -> bytes:
        """The signature of ``content``, 64 bytes."""
        return self._key.sign(content)

    @property
    def public(self) -> bytes:
        """The public half, 32 bytes."""
        return self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def __repr__(self) -> str:
        return f"<SigningKey {key_fingerprint(self.public)}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a signing key is neither pickled nor copied")


def key_fingerprint(public: bytes) -> str:
    """A short name of a public key, to recognise it by: the first eight bytes of its SHA-256."""
    digits = hashlib.sha256(public).hexdigest().upper()[:_SHOWN]
    return " ".join(digits[at : at + _GROUP] for at in range(0, _SHOWN, _GROUP))


def public_pem(public: bytes) -> bytes:
    """A public key as the content of a file. ``signing_public_key`` reads it again, and so does openssl."""
    key = Ed25519PublicKey.from_public_bytes(public)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def signing_public_key(text: str) -> bytes:
    """The public key in a text, hex or PEM, 32 bytes. Raises SigningKeyError, for a secret key too."""
    if _HEX.fullmatch(text.strip()):
        return bytes.fromhex(text)
    if "PRIVATE KEY" in text:
        raise SigningKeyError("this is a secret key, which stays with who owns it: the public one is wanted")
    try:
        found = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, Ed25519PublicKey):
        raise SigningKeyError("this is no public Ed25519 key, neither 64 hex digits nor PEM")
    return found.public_bytes(Encoding.Raw, PublicFormat.Raw)


def is_signed(content: bytes, signature: bytes, public: bytes) -> bool:
    """True if ``signature`` is of ``content`` by the key whose public half is ``public``."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True
