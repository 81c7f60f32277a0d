"""A test certification authority and an issuer under it, SM2. Deterministic: keys are passed in, signatures repeat."""

from __future__ import annotations

from keys import sm2_certificates
from keys.custody.rsa_authority import filled
from keys.sm2 import Sm2Private
from keys.sm2_certificates import Sm2Certified


class Sm2Authority:
    """CA key ``index`` of application provider ``rid`` (5 bytes)."""

    __slots__ = ("_key", "index", "public", "rid")

    def __init__(self, rid: bytes, index: int, key: Sm2Private) -> None:
        self.rid = rid
        self.index = index
        self.public = key.public
        self._key = key

    def certify(self, issuer: bytes, issuer_id: str, expiry: bytes, serial: bytes) -> bytes:
        """Issuer certificate: ``issuer_id`` 3 to 8 leftmost PAN digits, ``expiry`` MMYY, ``serial`` 3 bytes."""
        return sm2_certificates.sign_issuer_key(self._key, Sm2Certified(filled(issuer_id, 4), expiry, serial, issuer))

    def __repr__(self) -> str:
        return f"<Sm2Authority {self.rid.hex().upper()} {self.index:02X}, {self._key!r}>"


class Sm2Issuer:
    """An issuer's SM2 key and its certificate."""

    __slots__ = ("_key", "certificate", "public")

    def __init__(self, key: Sm2Private, certificate: bytes) -> None:
        self.public = key.public
        self.certificate = certificate
        self._key = key

    def certify(self, card: bytes, pan: str, expiry: bytes, serial: bytes, static_data: bytes) -> bytes:
        """Card certificate 9F46 over the card's public key and its static data."""
        return sm2_certificates.sign_icc_key(
            self._key, Sm2Certified(filled(pan, 10), expiry, serial, card), static_data
        )

    def sign_static(self, dac: bytes, static_data: bytes) -> bytes:
        """SSAD 93 with the 2-byte data authentication code."""
        return sm2_certificates.sign_static(self._key, dac, static_data)

    def __repr__(self) -> str:
        return f"<Sm2Issuer {self._key!r}>"
