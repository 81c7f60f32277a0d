"""SM2 signatures judged by a library that shares nothing with this project."""

from __future__ import annotations

import pytest


def right_to_tongsuopy(public: bytes, message: bytes, signature: bytes) -> bool:
    """tongsuopy's verdict; its user identity is the usual 1234567812345678."""
    ec, utils, hashes, exceptions = (
        pytest.importorskip(f"tongsuopy.crypto.{name}", reason="the second library comes with the dev extra")
        for name in ("asymciphers.ec", "asymciphers.utils", "hashes", "exceptions")
    )
    x, y, r, s = (int.from_bytes(part, "big") for part in (public[:32], public[32:], signature[:32], signature[32:]))
    key = ec.EllipticCurvePublicNumbers(x, y, ec.SM2()).public_key()
    try:
        key.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(hashes.SM3()))
    except exceptions.InvalidSignature:
        return False
    return True
