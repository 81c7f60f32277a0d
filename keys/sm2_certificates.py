"""Certificates and signatures of offline data authentication under SM2, both ways.

Nothing is recovered from a signature here: each object is plain text followed by r ‖ s (64 bytes). There is no rest
of a key (92, 9F48) and no exponent (9F32, 9F47). What is signed beside the text (static data, DDOL data) is the
caller's. The layouts are those of published card images and of a published chain under a live authority; the text
of the standard (JR/T 0025.17) was not at hand. Raises ``BadCertificate`` whenever a check fails.

The combined form (CDA) is not here: two readings are in use for where 9F37 stands, and nothing published decides.
"""

from __future__ import annotations

from typing import NamedTuple

from keys import sm2
from keys.algorithms import BadKey
from keys.rsa_certificates import BadCertificate
from keys.sm2 import PUBLIC_LENGTH, SIGNATURE_LENGTH, Random, Sm2Private

_ISSUER, _STATIC, _ICC, _DYNAMIC = 0x12, 0x13, 0x14, 0x15
_SM2_AND_SM3 = b"\x04\x00"
PARAMETERS = 0x11
"""Names the curve. Issuers and one maker's cards have 11, another maker's cards 04; readers do not look at it."""


class Sm2Certified(NamedTuple):
    """What a certificate says.

    ``subject`` issuer identifier 4 or PAN 10 (filled with F), ``expiry`` MMYY 2 (cn), ``serial`` 3, ``key`` 64,
    ``parameters`` which curve.
    """

    subject: bytes
    expiry: bytes
    serial: bytes
    key: bytes
    parameters: int = PARAMETERS


def sign_issuer_key(ca: Sm2Private, contents: Sm2Certified) -> bytes:
    """Issuer certificate 90, 142 bytes: 12 ‖ issuer 4 ‖ MMYY ‖ serial 3 ‖ 04 00 ‖ curve ‖ 40 ‖ key ‖ r ‖ s."""
    return _sign_key(ca, _ISSUER, contents, 4, b"")


def open_issuer_key(ca: bytes, certificate: bytes) -> Sm2Certified:
    """The issuer's key out of 90; ``ca`` the authority's public key."""
    return _open_key(ca, _ISSUER, certificate, 4, b"")


def sign_icc_key(issuer: Sm2Private, contents: Sm2Certified, static_data: bytes) -> bytes:
    """Card certificate 9F46, 148 bytes: 14 ‖ PAN 10 ‖ …; the signature also covers ``static_data``."""
    return _sign_key(issuer, _ICC, contents, 10, static_data)


def open_icc_key(issuer: bytes, certificate: bytes, static_data: bytes) -> Sm2Certified:
    """The card's key out of 9F46; ``issuer`` the issuer's public key."""
    return _open_key(issuer, _ICC, certificate, 10, static_data)


def sign_static(issuer: Sm2Private, dac: bytes, static_data: bytes) -> bytes:
    """SSAD 93, 67 bytes: 13 ‖ DAC 2 ‖ r ‖ s, over the first three bytes and ``static_data``."""
    text = bytes((_STATIC,)) + dac
    return text + issuer.sign_reproducibly(text + static_data)


def open_static(issuer: bytes, ssad: bytes, static_data: bytes) -> bytes:
    """The DAC, 2 bytes."""
    return _open(issuer, _STATIC, ssad, 3, static_data)[1:]


def sign_dynamic(card: Sm2Private, dynamic_data: bytes, tail: bytes, random: Random) -> bytes:
    """SDAD 9F4B: 15 ‖ length ‖ ``dynamic_data`` ‖ r ‖ s, over the text and ``tail`` (the DDOL data)."""
    text = bytes((_DYNAMIC, len(dynamic_data))) + dynamic_data
    return text + card.sign(text + tail, random)


def open_dynamic(card: bytes, sdad: bytes, tail: bytes) -> bytes:
    """The ICC dynamic data out of 9F4B."""
    length = sdad[1] if len(sdad) > 1 else 0
    return _open(card, _DYNAMIC, sdad, 2 + length, tail)[2:]


def _sign_key(signer: Sm2Private, kind: int, contents: Sm2Certified, subject: int, tail: bytes) -> bytes:
    lengths = len(contents.subject), len(contents.expiry), len(contents.serial), len(contents.key)
    if lengths != (subject, 2, 3, PUBLIC_LENGTH):
        raise BadCertificate("contents of the wrong length")
    head = bytes((kind,)) + contents.subject + contents.expiry + contents.serial + _SM2_AND_SM3
    text = head + bytes((contents.parameters, PUBLIC_LENGTH)) + contents.key
    return text + signer.sign_reproducibly(text + tail)


def _open_key(signer: bytes, kind: int, certificate: bytes, subject: int, tail: bytes) -> Sm2Certified:
    at = 1 + subject
    text = _open(signer, kind, certificate, at + 9 + PUBLIC_LENGTH, tail)
    if text[at + 5 : at + 7] != _SM2_AND_SM3 or text[at + 8] != PUBLIC_LENGTH:
        raise BadCertificate("another signature algorithm or key length")
    return Sm2Certified(text[1:at], text[at : at + 2], text[at + 2 : at + 5], text[at + 9 :], text[at + 7])


def _open(signer: bytes, kind: int, signed: bytes, length: int, tail: bytes) -> bytes:
    """The plain text, ``length`` bytes, after checking kind, length and signature."""
    text, signature = signed[:length], signed[length:]
    if text[:1] != bytes((kind,)) or len(signature) != SIGNATURE_LENGTH:
        raise BadCertificate(f"not an object of kind {kind:02X} of {length} + {SIGNATURE_LENGTH} bytes")
    try:
        right = sm2.verify(signer, text + tail, signature)
    except BadKey as fault:
        raise BadCertificate(str(fault)) from None
    if not right:
        raise BadCertificate("the signature is wrong")
    return text
