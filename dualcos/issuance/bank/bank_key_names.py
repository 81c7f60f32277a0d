"""What lies in the bank's key store, by name; and the certificate beside its RSA key."""

from __future__ import annotations

from msgspec import Struct

BANK_MASTER, KMC, ISSUER_RSA = "bank-master", "kmc", "issuer-rsa"
ISSUER_KEYS = ("imk-ac", "imk-mac", "imk-enc")
SM_ISSUER_KEYS = ("imk-ac-sm4", "imk-mac-sm4", "imk-enc-sm4")
PIN_TRANSPORT = "pin-transport"
CERTIFICATE = "issuer-certificate"


class IssuerCertificate(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the authority gave the bank: index of its key, and the issuer's certified key, all hexadecimal."""

    authority: str
    certificate: str
    remainder: str
    exponent: str
