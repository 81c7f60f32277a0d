"""Three key stores of invented test keys, as a ceremony would leave them: maker's, bureau's, bank's, each its own.

The two hand-over keys, and the file MAC key every two parties agree on, are in two stores each, as they would be after
a transport under TR-31; nothing else is.
"""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import msgspec

from dualcos.dialogue.personalise_bank import KMC_VERSION
from dualcos.issuance.making import key_services
from dualcos.issuance.making.key_services import IssuerCertificate, wanted_roots
from dualcos.profile.bank_data_groups import issuer_of
from dualcos.profile.published_test_keys import rsa_test_keys
from dualcos.profile.schema import Profile, load
from firewall.hardware.randomness import Rng
from keys.custody.key_store_file import KeyFile
from keys.custody.key_transport import HMAC_NAME, rsa_bytes
from keys.custody.ownership import KeyOwner, Purpose

_BLANK = "blank"


class InventedStores(NamedTuple):
    """The stores of a whole test world."""

    maker: KeyFile
    social: KeyFile
    bank: KeyFile


def invented_stores(template: Profile, rng: Rng, *, own_rsa: bool = False) -> InventedStores:
    """Fresh test keys for ``template``. ``own_rsa``: the bank has an issuer key certified by the test authority."""
    maker = KeyFile(KeyOwner.MAKER, "test keys of a card maker")
    social = KeyFile(KeyOwner.SOCIAL, "test keys of a social bureau")
    bank = KeyFile(KeyOwner.BANK, "test keys of a bank")
    # Chips come with the key their maker put in: here it is the built-in blank chip's, so that the two fit.
    maker.add(key_services.TRANSPORT, Purpose.TRANSPORT, "3DES", load(_BLANK).transport_key)
    maker.generate(key_services.CARD_MASTER, Purpose.CARD_MASTER, "3DES", rng)
    maker.generate(key_services.CARD_MASTER_ROOT, Purpose.CARD_MASTER_ROOT, "3DES", rng)
    if template.ssse is not None:
        _social(social, maker, template, rng)
    if template.pse is not None:
        _bank(bank, maker, rng, sm=template.pse.sm is not None)
        if own_rsa and template.pse.rsa:
            _issuer(bank, template, template.pse.rsa)
    for store in (maker, social, bank):
        store.generate(key_services.FILE_MAC, Purpose.FILE_MAC, HMAC_NAME, rng)
    for one, other in combinations((maker, social, bank), 2):
        shared = rng.bytes(32)
        one.add(key_services.shared_mac(other.owner), Purpose.FILE_MAC, HMAC_NAME, shared)
        other.add(key_services.shared_mac(one.owner), Purpose.FILE_MAC, HMAC_NAME, shared)
    return InventedStores(maker, social, bank)


def _social(store: KeyFile, maker: KeyFile, template: Profile, rng: Rng) -> None:
    assert template.ssse is not None  # noqa: S101 - the caller looked
    algorithm = "SM4" if template.ssse.algorithm == "SM4" else "3DES"
    first = rng.bytes(16)
    for one in (maker, store):
        one.add(key_services.FIRST_SOCIAL, Purpose.FIRST_SOCIAL, algorithm, first)
    store.generate(key_services.SOCIAL_MASTER, Purpose.SOCIAL_MASTER, algorithm, rng)
    for name, version, cipher in wanted_roots(template.ssse):
        store.generate(name, Purpose.SOCIAL_ROOT, cipher.name, rng, version=version)


def _bank(store: KeyFile, maker: KeyFile, rng: Rng, *, sm: bool) -> None:
    first = rng.bytes(16)
    for one in (maker, store):
        one.add(key_services.FIRST_BANK, Purpose.FIRST_BANK, "3DES", first)
    store.generate(key_services.BANK_MASTER, Purpose.BANK_MASTER, "3DES", rng)
    store.generate(key_services.KMC, Purpose.KMC, "3DES", rng, version=KMC_VERSION)
    purposes = (Purpose.ISSUER_AC, Purpose.ISSUER_MAC, Purpose.ISSUER_ENC)
    for name, purpose in zip(key_services.ISSUER_KEYS, purposes, strict=True):
        store.generate(name, purpose, "3DES", rng)
    for name, purpose in zip(key_services.SM_ISSUER_KEYS if sm else (), purposes, strict=False):
        store.generate(name, purpose, "SM4", rng)
    store.generate(key_services.PIN_TRANSPORT, Purpose.EXCHANGE, "3DES", rng)


def _issuer(store: KeyFile, template: Profile, name: str) -> None:
    """The issuer's test key with a certificate for the template's bank number, as if the authority had sent it."""
    assert template.pse is not None  # noqa: S101 - the caller looked
    keyring, elements = rsa_test_keys(name), template.pse.elements
    value = rsa_bytes(int(keyring.issuer.p, 16), int(keyring.issuer.q, 16), int(keyring.issuer.exponent, 16))
    store.add(key_services.ISSUER_RSA, Purpose.ISSUER_RSA, "RSA", value)
    expiry = bytes.fromhex("1249")
    authority, issuer = issuer_of(keyring, elements["5A"][:6], expiry)
    given = IssuerCertificate(
        authority=f"{authority.index:02X}",
        certificate=issuer.certificate.certificate.hex(),
        remainder=issuer.certificate.remainder.hex(),
        exponent=issuer.certificate.exponent.hex(),
    )
    store.public[key_services.CERTIFICATE] = msgspec.json.encode(given).decode()
