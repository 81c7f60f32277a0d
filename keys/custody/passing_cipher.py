"""A key that ends with its process, for what waits in temporary files: nobody can read those, then or later."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from firewall.hardware.randomness import SystemRng

_KEY, _NONCE = 32, 12


class PassingCipher:
    """A fresh key (RFC 8439). Each place is sealed once under it, so no nonce comes twice."""

    __slots__ = ("_cipher",)

    def __init__(self) -> None:
        self._cipher = ChaCha20Poly1305(SystemRng().bytes(_KEY))

    def seal(self, place: int, plain: bytes) -> bytes:
        """``plain`` for this place, 16 bytes longer."""
        return self._cipher.encrypt(place.to_bytes(_NONCE, "big"), plain, None)

    def unseal(self, place: int, sealed: bytes) -> bytes:
        """What was sealed for this place; whatever else lies there raises ``cryptography``'s InvalidTag."""
        return self._cipher.decrypt(place.to_bytes(_NONCE, "big"), sealed, None)

    def __repr__(self) -> str:
        return "<PassingCipher>"
