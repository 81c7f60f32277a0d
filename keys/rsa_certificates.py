"""Certificates and signatures of offline data authentication, both ways (PBOC-7 §5, tables 3 to 18; RSA and SHA-1).

Every object is one block ``6A ‖ format ‖ … ‖ SHA-1 ‖ BC`` as long as the signer's modulus. ``sign_*`` makes it from
its contents, ``recover_*`` checks it and gives them back; what enters the hash from outside (static data, DDOL
data, 9F37) is the caller's. Raises ``BadCertificate`` whenever a check fails.
"""

from __future__ import annotations

import hmac
from typing import NamedTuple

from keys.algorithms import BadBlocks, sha1
from keys.rsa import RsaPrivate, RsaPublic

_HEAD, _TRAILER, _FILL = 0x6A, 0xBC, b"\xbb"
_ISSUER, _STATIC, _ICC, _DYNAMIC = 0x02, 0x03, 0x04, 0x05
_SHA1, _SHA1_AND_RSA = 0x01, b"\x01\x01"


class BadCertificate(ValueError):
    """A certificate or signature that does not hold: length, frame, format, hash or key."""


class KeyCertificate(NamedTuple):
    """What a card stores about a certified key.

    The block (90 or 9F46); the rest of the modulus that did not fit (92 or 9F48, empty if it did); the exponent
    (9F32 or 9F47).
    """

    certificate: bytes
    remainder: bytes
    exponent: bytes


class CertifiedKey(NamedTuple):
    """What a certificate says.

    ``subject`` issuer identifier 4 or PAN 10 (filled with F), ``expiry`` MMYY 2 (cn), ``serial`` 3, and the key.
    """

    subject: bytes
    expiry: bytes
    serial: bytes
    key: RsaPublic


# --- the common frame ---------------------------------------------------------------------------------------------


def frame(body: bytes, tail: bytes) -> bytes:
    """6A ‖ ``body`` ‖ SHA-1(``body`` ‖ ``tail``) ‖ BC."""
    return bytes((_HEAD,)) + body + sha1(body + tail) + bytes((_TRAILER,))


def recover_block(signer: RsaPublic, signature: bytes, kind: int) -> tuple[bytes, bytes]:
    """Body (from the format byte on) and hash of a signed block, after checking frame and format ``kind``."""
    try:
        block = signer.recover(signature)
    except BadBlocks as fault:
        raise BadCertificate(str(fault)) from None
    if len(block) < 26 or (block[0], block[1], block[-1]) != (_HEAD, kind, _TRAILER):
        raise BadCertificate("the recovered block has another frame")
    return block[1:-21], block[-21:-1]


def _recover(signer: RsaPublic, signature: bytes, kind: int, tail: bytes) -> bytes:
    body, digest = recover_block(signer, signature, kind)
    if not hmac.compare_digest(sha1(body + tail), digest):
        raise BadCertificate("the hash differs")
    return body


# --- certified keys -----------------------------------------------------------------------------------------------


def sign_issuer_key(ca: RsaPrivate, contents: CertifiedKey) -> KeyCertificate:
    """Issuer certificate 90 with 92 and 9F32 (table 5). ``subject`` 4 bytes."""
    return _sign_key(ca, _ISSUER, contents, 4, b"")


def recover_issuer_key(ca: RsaPublic, certificate: KeyCertificate) -> CertifiedKey:
    """The issuer's key. Whether identifier and expiry suit the card is the caller's question."""
    return _recover_key(ca, _ISSUER, certificate, 4, b"")


def sign_icc_key(issuer: RsaPrivate, contents: CertifiedKey, static_data: bytes) -> KeyCertificate:
    """ICC certificate 9F46 with 9F48 and 9F47 (table 13). ``subject`` the PAN, 10 bytes filled with F."""
    return _sign_key(issuer, _ICC, contents, 10, static_data)


def recover_icc_key(issuer: RsaPublic, certificate: KeyCertificate, static_data: bytes) -> CertifiedKey:
    """The card's key."""
    return _recover_key(issuer, _ICC, certificate, 10, static_data)


def _sign_key(
    signer: RsaPrivate, kind: int, contents: CertifiedKey, subject_length: int, static_data: bytes
) -> KeyCertificate:
    subject, expiry, serial, key = contents
    if (len(subject), len(expiry), len(serial)) != (subject_length, 2, 3) or len(key.modulus) > len(signer.modulus):
        raise BadCertificate("contents of the wrong length, or a key longer than its signer's")
    head = bytes((kind,)) + subject + expiry + serial + _SHA1_AND_RSA
    head += bytes((len(key.modulus), len(key.exponent)))
    room = len(signer.modulus) - 22 - len(head)
    body = head + key.modulus[:room].ljust(room, _FILL)
    remainder = key.modulus[room:]
    return KeyCertificate(signer.sign(frame(body, remainder + key.exponent + static_data)), remainder, key.exponent)


def _recover_key(
    signer: RsaPublic, kind: int, certificate: KeyCertificate, subject_length: int, static_data: bytes
) -> CertifiedKey:
    block, remainder, exponent = certificate
    body = _recover(signer, block, kind, remainder + exponent + static_data)
    at = 1 + subject_length
    head = at + 9
    if body[at + 5 : at + 7] != _SHA1_AND_RSA:
        raise BadCertificate("another hash or signature algorithm")
    length, exponent_length, room = body[at + 7], body[at + 8], len(body) - head
    modulus = body[head : head + min(length, room)] + remainder
    if len(modulus) != length or len(exponent) != exponent_length:
        raise BadCertificate("key or exponent length does not add up")
    return CertifiedKey(body[1:at], body[at : at + 2], body[at + 2 : at + 5], RsaPublic(modulus, exponent))


# --- signed data --------------------------------------------------------------------------------------------------


def _recover_signed(signer: RsaPublic, signature: bytes, kind: int, tail: bytes) -> bytes:
    """The body, which names the hash behind its format: SHA-1, as no other is verified here (PBOC-7 tables 7, 15)."""
    body = _recover(signer, signature, kind, tail)
    if body[1] != _SHA1:
        raise BadCertificate("another hash algorithm")
    return body


def sign_static(issuer: RsaPrivate, dac: bytes, static_data: bytes) -> bytes:
    """SSAD 93 (table 7). ``dac`` 2 bytes (9F45)."""
    size = len(issuer.modulus)
    body = bytes((_STATIC, _SHA1)) + dac + _FILL * (size - 26)
    return issuer.sign(frame(body, static_data))


def recover_static(issuer: RsaPublic, ssad: bytes, static_data: bytes) -> bytes:
    """The DAC, 2 bytes."""
    return _recover_signed(issuer, ssad, _STATIC, static_data)[2:4]


def sign_dynamic(icc: RsaPrivate, dynamic_data: bytes, tail: bytes) -> bytes:
    """SDAD 9F4B (tables 15, 17). ``tail``: DDOL data for DDA, 9F37 for CDA. Raises BadCertificate if too long."""
    room = len(icc.modulus) - 25 - len(dynamic_data)
    if room < 0:
        raise BadCertificate(f"{len(dynamic_data)} bytes of dynamic data do not fit the key")
    body = bytes((_DYNAMIC, _SHA1, len(dynamic_data))) + dynamic_data + _FILL * room
    return icc.sign(frame(body, tail))


def recover_dynamic(icc: RsaPublic, sdad: bytes, tail: bytes) -> bytes:
    """The ICC dynamic data."""
    body = _recover_signed(icc, sdad, _DYNAMIC, tail)
    if body[2] > len(body) - 3:
        raise BadCertificate("dynamic data longer than the block")
    return body[3 : 3 + body[2]]


# --- dynamic data -------------------------------------------------------------------------------------------------


class CdaData(NamedTuple):
    """ICC dynamic data of a CDA answer: number (9F4C), CID, cryptogram 8, transaction data hash 20."""

    number: bytes
    cid: int
    cryptogram: bytes
    transaction_hash: bytes


def dda_data(atc: bytes) -> bytes:
    """02 ‖ ATC: PBOC takes the ATC as ICC dynamic number (PBOC-5 table 14)."""
    return bytes((len(atc),)) + atc


def cda_data(atc: bytes, cid: int, cryptogram: bytes, transaction_hash: bytes) -> bytes:
    """02 ‖ ATC ‖ CID ‖ AC ‖ transaction data hash, 32 bytes (PBOC-7 table 17)."""
    return dda_data(atc) + bytes((cid,)) + cryptogram + transaction_hash


def parse_cda_data(dynamic_data: bytes) -> CdaData:
    """The parts of ``cda_data``; the number has 2 to 8 bytes (table 17). Raises BadCertificate if the lengths are no
    such ones.
    """
    end = 1 + dynamic_data[0] if dynamic_data else 1
    if not 3 <= end <= 9:
        raise BadCertificate(f"a dynamic number of {end - 1} bytes")
    if len(dynamic_data) < end + 29:
        raise BadCertificate(f"{len(dynamic_data)} bytes of CDA data")
    rest = dynamic_data[end:]
    return CdaData(dynamic_data[1:end], rest[0], rest[1:9], rest[9:29])


def transaction_hash(*parts: bytes) -> bytes:
    """SHA-1 over PDOL values ‖ CDOL1 values [‖ CDOL2 values] ‖ answer TLVs in order without 9F4B (PBOC-7 §6)."""
    return sha1(b"".join(parts))
