"""A test certification authority and an issuer under it. Deterministic: the RSA keys are passed in.

Real payment-system keys are not public, so a card with its own data needs an authority of its own.
"""

from __future__ import annotations

from keys import rsa_certificates
from keys.rsa import RsaPrivate, RsaPublic
from keys.rsa_certificates import CertifiedKey, KeyCertificate


class CertificationAuthority:
    """CA key ``index`` of application provider ``rid`` (5 bytes); ``exponent`` 03 or 010001."""

    __slots__ = ("_key", "index", "public", "rid")

    def __init__(self, rid: bytes, index: int, key: RsaPrivate, exponent: bytes) -> None:
        self.rid = rid
        self.index = index
        self.public: RsaPublic = key.public(exponent)
        self._key = key

    @property
    def checksum(self) -> bytes:
        """SHA-1 over RID ‖ index ‖ modulus ‖ exponent: what terminals check a CA key by."""
        return self.public.checksum(self.rid, self.index)

    def certify(self, issuer: RsaPublic, issuer_id: str, expiry: bytes, serial: bytes) -> KeyCertificate:
        """Issuer certificate: ``issuer_id`` 3 to 8 leftmost PAN digits, ``expiry`` MMYY, ``serial`` 3 bytes."""
        contents = CertifiedKey(filled(issuer_id, 4), expiry, serial, issuer)
        return rsa_certificates.sign_issuer_key(self._key, contents)

    def __repr__(self) -> str:
        return f"<CertificationAuthority {self.rid.hex().upper()} {self.index:02X}, {self.checksum.hex().upper()}>"


class CardIssuer:
    """An issuer's RSA key and its certificate."""

    __slots__ = ("_key", "certificate", "public")

    def __init__(self, key: RsaPrivate, exponent: bytes, certificate: KeyCertificate) -> None:
        self.public: RsaPublic = key.public(exponent)
        self.certificate = certificate
        self._key = key

    def certify(self, card: RsaPublic, pan: str, expiry: bytes, serial: bytes, static_data: bytes) -> KeyCertificate:
        """ICC certificate over the card's key and its static data (records, then AIP if 9F4A asks for it)."""
        contents = CertifiedKey(filled(pan, 10), expiry, serial, card)
        return rsa_certificates.sign_icc_key(self._key, contents, static_data)

    def sign_static(self, dac: bytes, static_data: bytes) -> bytes:
        """SSAD 93 with the 2-byte data authentication code."""
        return rsa_certificates.sign_static(self._key, dac, static_data)

    def __repr__(self) -> str:
        return f"<CardIssuer {self._key!r}>"


def filled(digits: str, length: int) -> bytes:
    """Digits left-aligned, filled with F. Raises ValueError if they are none or too many."""
    if not digits.isdecimal() or len(digits) > 2 * length:
        raise ValueError(f"{len(digits)} digits for {length} bytes")
    return bytes.fromhex(digits.ljust(2 * length, "F"))
