"""Sealing under a pass phrase as the bytes come: an age file (https://age-encryption.org/v1) with its scrypt stanza.

``pyrage`` does it for bytes in hand only, and a batch of a million cards is none. It opens what is made here, as any
other age program does. Composed of ``cryptography``'s primitives: scrypt, HKDF, HMAC, ChaCha20-Poly1305.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from firewall.hardware.randomness import Rng, SystemRng

_VERSION = b"age-encryption.org/v1"
_FILE_KEY, _SALT, _PAYLOAD_NONCE, _KEY = 16, 16, 16, 32
_CHUNK = 1 << 16
_WORK = 18  # log2 of scrypt's N: what age programs use
_NO_NONCE = bytes(12)  # each of these keys seals once


def sealed_under_phrase(
    phrase: str, content: Iterable[bytes], rng: Rng | None = None, *, work: int = _WORK
) -> Iterator[bytes]:
    """The bytes of an age file that ``phrase`` opens; 64 KiB and one piece of ``content`` are held at a time."""
    rng = rng or SystemRng()
    file_key, nonce = rng.bytes(_FILE_KEY), rng.bytes(_PAYLOAD_NONCE)
    yield _header(phrase, file_key, rng.bytes(_SALT), work) + nonce
    cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
    waiting = bytearray()
    number = 0
    for piece in content:
        waiting += piece
        while len(waiting) > _CHUNK:  # the last chunk is marked, so one is kept back
            yield cipher.encrypt(_nonce(number, last=False), bytes(waiting[:_CHUNK]), None)
            del waiting[:_CHUNK]
            number += 1
    yield cipher.encrypt(_nonce(number, last=True), bytes(waiting), None)


def _header(phrase: str, file_key: bytes, salt: bytes, work: int) -> bytes:
    wrapping = Scrypt(salt=_VERSION + b"/scrypt" + salt, length=_KEY, n=1 << work, r=8, p=1).derive(phrase.encode())
    wrapped = ChaCha20Poly1305(wrapping).encrypt(_NO_NONCE, file_key, None)
    stanza = b"-> scrypt " + _text(salt) + b" %d\n" % work + _text(wrapped) + b"\n"
    said = _VERSION + b"\n" + stanza + b"---"
    mac = HMAC(_derived(file_key, b"", b"header"), SHA256())
    mac.update(said)
    return said + b" " + _text(mac.finalize()) + b"\n"


def _derived(file_key: bytes, salt: bytes, use: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY, salt=salt, info=use).derive(file_key)


def _nonce(number: int, *, last: bool) -> bytes:
    """STREAM: a counter of 11 bytes and a flag for the last chunk."""
    return number.to_bytes(11, "big") + bytes((last,))


def _text(raw: bytes) -> bytes:
    return base64.b64encode(raw).rstrip(b"=")
