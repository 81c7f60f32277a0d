"""SM2 with SM3: signatures of the bank side's SM cards, key pairs of the PKI side. ``keys.sm2_engine`` computes.

The library. ``cryptography`` carries SM2 inside its OpenSSL and offers no way to it; what is left on PyPI is
``gmssl`` (pure Python, any platform), ``tongsuopy`` (an OpenSSL descendant, wheels) and bindings to C libraries that
must be installed beside them. ``gmssl`` is taken because it alone accepts the signature's random number from
outside: here a card draws all its randomness from the one generator it was given, so that the same profile and seed
make the same bytes. ``tongsuopy`` signs with a number of its own; the tests use it to check what is made here.
``gmssl`` leaves some checks of GB/T 32918 to its caller (ranges of r and s, a point on the curve, the digest C3 of
a cipher text) and its release 3.2.2 strips leading 0 and 4 digits off a public key that begins with 04: all mended
here.

It is an optional extra (``sm``), imported at the first use; without it every use raises ``Sm2Missing``.

A signature is r ‖ s, 64 bytes; a public key x ‖ y, 64 bytes; the user identity is 1234567812345678. A cipher text
is C1 ‖ C3 ‖ C2: a point, the digest, as many bytes as the plain text (GB/T 32918.4).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

from keys.algorithms import BadKey, sm3
from keys.key_handle import KeyHandle
from keys.padding import pad

if TYPE_CHECKING:
    from keys.sm2_engine import Sm2Engine

Random = Callable[[int], bytes]
"""Gives as many random bytes as asked for."""

PRIVATE_LENGTH, PUBLIC_LENGTH, SIGNATURE_LENGTH = 32, 64, 64
_DIGEST_LENGTH = 32


class Sm2Missing(Exception):
    """The library for SM2 is not installed."""


class BadCipher(ValueError):
    """No cipher text of this key: wrong length, no point, or the digest does not fit."""


def _engine(private: bytes = b"", public: bytes = b"") -> Sm2Engine:
    try:
        from keys.sm2_engine import Sm2Engine  # noqa: PLC0415 - optional: cards without SM2 never need it
    except ImportError:
        raise Sm2Missing("SM2 needs the library gmssl: `pip install 'dualcos[sm]'`") from None
    return Sm2Engine(private, public)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """True if ``signature`` over ``message`` is right under ``public``. Raises BadKey (no public key), Sm2Missing."""
    engine = _engine(public=public)
    if len(public) != PUBLIC_LENGTH or not engine.holds(public):
        raise BadKey(f"{len(public)} bytes that are no point of the SM2 curve")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if len(signature) != SIGNATURE_LENGTH or not (0 < r < engine.order and 0 < s < engine.order):
        return False
    return engine.verifies(message, signature)


def public_key(value: bytes) -> bytes:
    """The public key of the private ``value`` (32 bytes). Raises BadKey if it is none, Sm2Missing."""
    engine = _engine()
    if len(value) != PRIVATE_LENGTH or not 0 < int.from_bytes(value, "big") < engine.order - 1:
        raise BadKey("a private value is 32 bytes, 1 to n - 2")
    return engine.multiple(value)


def draw(random: Random) -> tuple[bytes, bytes]:
    """A new private value and its public key; ``random`` is asked for 32 bytes until they are a value. Sm2Missing."""
    while True:
        value = random(PRIVATE_LENGTH)
        try:
            return value, public_key(value)
        except BadKey:
            continue


class Sm2Private:
    """A private key with its public one; it signs and never shows its value."""

    __slots__ = ("_value", "public")

    def __init__(self, value: bytes, public: bytes) -> None:
        """From DGIs 8501 (32 bytes) and 8502 (64). Raises BadKey if they make no pair, Sm2Missing."""
        if len(value) != PRIVATE_LENGTH or len(public) != PUBLIC_LENGTH:
            raise BadKey(f"SM2 keys of {len(value)} and {len(public)} bytes")
        if not 0 < int.from_bytes(value, "big") < _engine().order - 1:
            raise BadKey("a private value outside 1 to n - 2")
        self._value = value
        self.public = public
        if public_key(value) != public:
            raise BadKey("public and private SM2 key do not belong together")

    def sign(self, message: bytes, random: Random) -> bytes:
        """A signature over ``message``. ``random`` is asked for 32 bytes, again if they are no number of 1 to n - 1."""
        engine = _engine(self._value, self.public)
        while True:
            number = random(PRIVATE_LENGTH)
            if 0 < int.from_bytes(number, "big") < engine.order:
                made = engine.sign(message, number)
                if made is not None:
                    return made

    def sign_reproducibly(self, message: bytes) -> bytes:
        """The same with a random number out of key and message: the same card data each time. For hosts."""
        drawn = hmac.new(self._value, message, hashlib.sha256)

        def random(length: int) -> bytes:
            drawn.update(b"\x00")
            return drawn.digest()[:length]

        return self.sign(message, random)

    def decipher(self, cipher: bytes) -> bytes:
        """The plain text of C1 ‖ C3 ‖ C2. Raises BadCipher."""
        engine = _engine(self._value, self.public)
        point, digest = cipher[:PUBLIC_LENGTH], cipher[PUBLIC_LENGTH : PUBLIC_LENGTH + _DIGEST_LENGTH]
        if len(cipher) <= PUBLIC_LENGTH + _DIGEST_LENGTH or not engine.holds(point):
            raise BadCipher("C1 is no point of the SM2 curve, or C2 is missing")
        plain = engine.decrypt(cipher)
        shared = engine.multiple(self._value, point)  # for C3
        if plain is None or not hmac.compare_digest(sm3(shared[:32] + plain + shared[32:]), digest):
            raise BadCipher("the digest C3 does not fit")
        return plain

    def wrap_parts(self, key: KeyHandle) -> dict[int, bytes]:
        """Private and public key by DGI, 8501 and 8502, each padded 80 00… and enciphered ECB under ``key``."""
        parts = {0x8501: self._value, 0x8502: self.public}
        return {dgi: key.encrypt(pad(part, key.algorithm.block)) for dgi, part in parts.items()}

    def __repr__(self) -> str:
        return f"<SM2 private key, public {sm3(self.public)[:3].hex().upper()}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a private key is neither pickled nor copied")
