"""A key store of invented test keys of a bank, as a ceremony would leave it."""

from __future__ import annotations

import msgspec

from dualcos.dialogue.personalise_bank import KMC_VERSION
from dualcos.issuance.bank.bank_key_names import (
    BANK_MASTER,
    CERTIFICATE,
    ISSUER_KEYS,
    ISSUER_RSA,
    KMC,
    PIN_TRANSPORT,
    SM_ISSUER_KEYS,
    IssuerCertificate,
)
from dualcos.issuance.exchange.shared_keys import FIRST_BANK
from dualcos.profile.bank_data_groups import issuer_of
from dualcos.profile.bank_profile import BankProfile
from dualcos.profile.published_test_keys import rsa_test_keys
from firewall.hardware.randomness import Rng
from keys.custody.key_store_file import KeyFile
from keys.custody.key_transport import rsa_bytes
from keys.custody.ownership import KeyOwner, Purpose


def invented_bank_keys(template: BankProfile | None, rng: Rng, *, own_rsa: bool = False) -> KeyFile:
    """Masters for a template's cards, and the hand-over key for the maker; empty for cards without this side.

    ``own_rsa``: the bank has an issuer key certified by the test authority.
    """
    store = KeyFile(KeyOwner.BANK, "test keys of a bank")
    if template is None:
        return store
    store.generate(FIRST_BANK, Purpose.FIRST_BANK, "3DES", rng)
    store.generate(BANK_MASTER, Purpose.BANK_MASTER, "3DES", rng)
    store.generate(KMC, Purpose.KMC, "3DES", rng, version=KMC_VERSION)
    purposes = (Purpose.ISSUER_AC, Purpose.ISSUER_MAC, Purpose.ISSUER_ENC)
    for name, purpose in zip(ISSUER_KEYS, purposes, strict=True):
        store.generate(name, purpose, "3DES", rng)
    for name, purpose in zip(SM_ISSUER_KEYS if template.sm is not None else (), purposes, strict=False):
        store.generate(name, purpose, "SM4", rng)
    store.generate(PIN_TRANSPORT, Purpose.EXCHANGE, "3DES", rng)
    if own_rsa and template.rsa:
        _add_issuer(store, template.rsa, template.elements["5A"][:6])
    return store


def _add_issuer(store: KeyFile, name: str, number: str) -> None:
    """The issuer's test key with a certificate for the bank number, as if the authority had sent it."""
    keyring = rsa_test_keys(name)
    value = rsa_bytes(int(keyring.issuer.p, 16), int(keyring.issuer.q, 16), int(keyring.issuer.exponent, 16))
    store.add(ISSUER_RSA, Purpose.ISSUER_RSA, "RSA", value)
    authority, issuer = issuer_of(keyring, number, bytes.fromhex("1249"))
    given = IssuerCertificate(
        authority=f"{authority.index:02X}",
        certificate=issuer.certificate.certificate.hex(),
        remainder=issuer.certificate.remainder.hex(),
        exponent=issuer.certificate.exponent.hex(),
    )
    store.public[CERTIFICATE] = msgspec.json.encode(given).decode()
