"""From an authority's key to the card's own, with RSA and SHA-1 or SM2 and SM3: one chain, two ways to compute it
(PBOC-7 §5.2.2 to §5.3.5; the SM objects as ``keys.sm2_certificates`` has them).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from dualcos.messages.terminal_parameters import AuthorityKey
from keys import rsa_certificates, sm2_certificates
from keys.rsa import RsaPublic
from keys.rsa_certificates import BadCertificate, KeyCertificate

ISSUER_CERTIFICATE, ISSUER_REMAINDER, ISSUER_EXPONENT, SIGNED_STATIC = 0x90, 0x92, 0x9F32, 0x93
CARD_CERTIFICATE, CARD_REMAINDER, CARD_EXPONENT = 0x9F46, 0x9F48, 0x9F47
_ISSUER_FORMAT, _CARD_FORMAT = 0x02, 0x04
_ISSUER_LENGTH_AT, _CARD_LENGTH_AT = 12, 18
"""Where the length of the certified key stands in the body of a block (PBOC-7 tables 6 and 12)."""


class MissingForAuthentication(Exception):
    """The card does not have a data object that the method needs. ``tag``: which."""

    def __init__(self, tag: int) -> None:
        super().__init__(f"{tag:X}")
        self.tag = tag


class Certified(NamedTuple):
    """Whom a certificate names: issuer identifier 4 or PAN 10 (filled with F), MMYY, serial number 3."""

    subject: bytes
    expiry: bytes
    serial: bytes


class KeyChain(Protocol):
    """The steps in their order; each needs those before it. All raise BadCertificate, the first three also
    MissingForAuthentication.
    """

    def issuer(self) -> Certified:
        """发卡行公钥获取."""
        ...

    def static_code(self, static: bytes) -> bytes:
        """签名的静态应用数据验证; the data authentication code, 2 bytes."""
        ...

    def card(self, static: bytes) -> Certified:
        """IC卡公钥的获取."""
        ...

    def dynamic(self, signature: bytes, tail: bytes) -> bytes:
        """动态签名的验证; the ICC dynamic data."""
        ...


class RsaChain:
    """RSA and SHA-1. ``found``: the card's data by tag. ``card_key``: the card's, once it is recovered."""

    def __init__(self, authority: AuthorityKey, found: Mapping[int, bytes]) -> None:
        self._authority = RsaPublic(authority.modulus, authority.exponent)
        self._found = found
        self._issuer = self._authority
        self.card_key = self._authority

    def issuer(self) -> Certified:
        """Of 90, 92 and 9F32."""
        signed = self._certificate(ISSUER_CERTIFICATE, ISSUER_REMAINDER, ISSUER_EXPONENT)
        if not signed.remainder and _is_cut(self._authority, signed, _ISSUER_FORMAT, _ISSUER_LENGTH_AT):
            raise MissingForAuthentication(ISSUER_REMAINDER)
        told = rsa_certificates.recover_issuer_key(self._authority, signed)
        self._issuer = told.key
        return Certified(told.subject, told.expiry, told.serial)

    def static_code(self, static: bytes) -> bytes:
        """Of 93."""
        return rsa_certificates.recover_static(self._issuer, _needed(self._found, SIGNED_STATIC), static)

    def card(self, static: bytes) -> Certified:
        """Of 9F46, 9F48 and 9F47."""
        signed = self._certificate(CARD_CERTIFICATE, CARD_REMAINDER, CARD_EXPONENT)
        if not signed.remainder and _is_cut(self._issuer, signed, _CARD_FORMAT, _CARD_LENGTH_AT):
            raise MissingForAuthentication(CARD_REMAINDER)
        told = rsa_certificates.recover_icc_key(self._issuer, signed, static)
        self.card_key = told.key
        return Certified(told.subject, told.expiry, told.serial)

    def dynamic(self, signature: bytes, tail: bytes) -> bytes:
        """Of 9F4B."""
        return rsa_certificates.recover_dynamic(self.card_key, signature, tail)

    def _certificate(self, block: int, remainder: int, exponent: int) -> KeyCertificate:
        found = self._found
        return KeyCertificate(_needed(found, block), found.get(remainder, b""), _needed(found, exponent))


class Sm2Chain:
    """SM2 and SM3: no remainders and no exponents. All raise Sm2Missing where the library is not installed."""

    def __init__(self, authority: AuthorityKey, found: Mapping[int, bytes]) -> None:
        self._authority = authority.modulus
        self._found = found
        self._issuer = self._card = b""

    def issuer(self) -> Certified:
        """Of 90."""
        told = sm2_certificates.open_issuer_key(self._authority, _needed(self._found, ISSUER_CERTIFICATE))
        self._issuer = told.key
        return Certified(told.subject, told.expiry, told.serial)

    def static_code(self, static: bytes) -> bytes:
        """Of 93."""
        return sm2_certificates.open_static(self._issuer, _needed(self._found, SIGNED_STATIC), static)

    def card(self, static: bytes) -> Certified:
        """Of 9F46."""
        told = sm2_certificates.open_icc_key(self._issuer, _needed(self._found, CARD_CERTIFICATE), static)
        self._card = told.key
        return Certified(told.subject, told.expiry, told.serial)

    def dynamic(self, signature: bytes, tail: bytes) -> bytes:
        """Of 9F4B."""
        return sm2_certificates.open_dynamic(self._card, signature, tail)


def _needed(found: Mapping[int, bytes], tag: int) -> bytes:
    value = found.get(tag)
    if not value:
        raise MissingForAuthentication(tag)
    return value


def _is_cut(signer: RsaPublic, signed: KeyCertificate, form: int, length_at: int) -> bool:
    """True for a certified key that is longer than its block has room for: then its remainder is no choice. A block
    that ends before names no length.
    """
    try:
        body, _ = rsa_certificates.recover_block(signer, signed.certificate, form)
    except BadCertificate:
        return False
    room = max(len(body) - length_at - 2, 0)
    return body[length_at : length_at + 1] > bytes((room,))
