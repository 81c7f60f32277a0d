"""The bank's key service: the order for the bank side of each card. Opens the bank's store only."""

from __future__ import annotations

import binascii
from collections.abc import Mapping

import msgspec
from msgspec import structs

from dualcos.dialogue.driver import StepRefused
from dualcos.dialogue.personalise_bank import KMC_VERSION, BankOrder, SmData
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
from dualcos.issuance.bank.rsa_pool import RsaPool
from dualcos.issuance.exchange.input_columns import are_digits
from dualcos.issuance.exchange.order_services import KeyServiceError, usable_key
from dualcos.issuance.exchange.personalisation_file import BankData
from dualcos.issuance.exchange.shared_keys import FIRST_BANK
from dualcos.profile.bank_data_groups import Signing, prepare, prepare_sm, profile_signing
from dualcos.profile.bank_order import log_file
from dualcos.profile.bank_profile import BankProfile
from dualcos.profile.field_types import is_hex
from dualcos.profile.payment_directory import directory_groups
from dualcos.profile.published_test_keys import rsa_test_keys
from keys import bank_cryptography as mechanism
from keys.algorithms import SM4, TDES, Algorithm
from keys.custody.bank_key_service import BankCard, BankKeyService, KeyTriple
from keys.custody.key_store_file import KeyFile
from keys.custody.key_transport import rsa_key
from keys.custody.ownership import KeyOwner, Purpose
from keys.custody.rsa_authority import CardIssuer
from keys.rsa_certificates import KeyCertificate
from keys.social_cryptography import card_factor, child_key


class BankService:
    """The bank: issuer master keys, KMC, its RSA key with the authority's certificate, cards' keys."""

    __slots__ = ("_issuer", "_pool", "_root", "_second_service", "_service", "_signings", "_store", "_templates")

    def __init__(self, store: KeyFile, templates: Mapping[str, BankProfile], pool: RsaPool | None = None) -> None:
        store.demand_owner(KeyOwner.BANK)
        self._store = store
        self._pool = pool or RsaPool()
        self._templates = dict(templates)
        self._root = usable_key(store, BANK_MASTER, TDES)
        kmc = usable_key(store, KMC, TDES, KMC_VERSION)
        self._service = BankKeyService(self._masters(ISSUER_KEYS, TDES), {KMC_VERSION: kmc})
        self._second_service = BankKeyService(self._masters(SM_ISSUER_KEYS, SM4), {})
        self._issuer = self._own_issuer()
        self._signings: dict[tuple[str, str, str], Signing] = {}

    def _masters(self, names: tuple[str, ...], algorithm: Algorithm) -> dict[int, KeyTriple]:
        """The issuer's master keys of these names by version, which is the derivation key index.

        Raises KeyFileError, KeyServiceError.
        """
        store = self._store
        return {
            key.version: KeyTriple(*(usable_key(store, name, algorithm, key.version) for name in names))
            for key in store.entries(Purpose.ISSUER_AC)
            if key.name == names[0]
        }

    def _own_issuer(self) -> tuple[int, CardIssuer] | None:
        if not self._store.entries(Purpose.ISSUER_RSA):
            return None
        try:
            given = msgspec.json.decode(self._store.public[CERTIFICATE], type=IssuerCertificate)
        except (KeyError, msgspec.DecodeError):
            raise KeyServiceError(
                "the bank's key store has an RSA key of the issuer and no certificate of the authority for it"
            ) from None
        stored = rsa_key(self._store.secret(ISSUER_RSA, Purpose.ISSUER_RSA))
        certificate = KeyCertificate(
            bytes.fromhex(given.certificate), bytes.fromhex(given.remainder), bytes.fromhex(given.exponent)
        )
        return int(given.authority, 16), CardIssuer(stored.key, stored.exponent, certificate)

    @property
    def rsa_keys(self) -> int:
        """How many RSA keys the pool has; 0 if the template's test keys serve all. Raises KeyServiceError (empty)."""
        if self._issuer is None:
            return 0
        if not len(self._pool):
            raise KeyServiceError("this issuer's cards take RSA keys from a pool: `dualcos keys pool` makes one")
        return len(self._pool)

    @property
    def service(self) -> BankKeyService:
        """What the bank's host asks: cryptograms, scripts."""
        return self._service

    def order(self, data: BankData, historical: bytes, rsa: int | None = None) -> BankOrder:
        """For one card; ``rsa`` its RSA key's number in the pool. Raises KeyServiceError, KeyFileError, KeyNotFound."""
        template = self._templates.get(data.template)
        if template is None:
            raise KeyServiceError(f"there is no bank template {data.template}")
        _demand_usable(data)
        pin = self._pin(data, template)
        own = structs.replace(
            template,
            elements={**template.elements, **data.elements},
            pin=pin,
            pin_tries=data.tries or template.pin_tries,
        )
        keys = self._service.card_keys(BankCard(data.pan, data.psn, data.dki))
        key_data = bytes.fromhex(template.kmc_id) + historical[9:]
        made = prepare(own, keys, self._signing(own, data, rsa))
        first = usable_key(self._store, FIRST_BANK, TDES)
        master = child_key(self._root, card_factor(historical))
        aid, log, second = bytes.fromhex(own.aid), log_file(own), self._second(own, data)
        return BankOrder(aid, log, first, master, self._service, key_data, made, second, directory_groups(own))

    def _second(self, own: BankProfile, data: BankData) -> SmData | None:
        """What SM algorithms add: keys of the bank's SM4 masters, SM2 pairs and certificates of the test set.

        Raises KeyServiceError: test pairs do not go onto the cards of a bank that has an issuer key of its own.
        """
        if own.sm is None:
            return None
        if self._issuer is not None:
            raise KeyServiceError(
                f"bank template {data.template} wants an SM2 key for every card: this store has an issuer key of its "
                "own, and SM2 keys there are only as test keys"
            )
        iad = f"{own.sm.iad[:2]}{data.dki:02X}{own.sm.iad[4:]}"
        keys = self._second_service.card_keys(BankCard(data.pan, data.psn, data.dki))
        try:
            return prepare_sm(structs.replace(own, sm=structs.replace(own.sm, iad=iad)), keys)
        except StepRefused as error:
            raise KeyServiceError(str(error)) from None

    def _signing(self, own: BankProfile, data: BankData, rsa: int | None) -> Signing | None:
        if self._issuer is not None:
            if rsa is None:
                raise KeyServiceError("this issuer's cards take an RSA key from the pool, and none was given")
            authority, issuer = self._issuer
            stored = self._pool.key(rsa)
            return Signing(authority, issuer, stored.key, stored.exponent)
        if not own.rsa:
            return None
        at = own.rsa, data.pan[:8], own.elements["5F24"]
        if at not in self._signings:
            self._signings[at] = profile_signing(own, rsa_test_keys(own.rsa))
        return self._signings[at]

    def _pin(self, data: BankData, template: BankProfile) -> str:
        """The offline PIN: the template's, plain (test cards), or out of a block under the PIN transport key."""
        block, _, kcv = data.pin.partition(":")
        if not kcv:
            return block or template.pin
        under = usable_key(self._store, PIN_TRANSPORT, TDES)
        if under.check_value.hex().upper() != kcv.upper():
            raise KeyServiceError(
                f"row {data.row} column offline_pin: under a key with check value {kcv}, "
                f"the bank's PIN transport key has {under.check_value.hex().upper()}"
            )
        try:
            plain = under.decrypt(bytes.fromhex(block)).hex()
            pin = plain[2 : 2 + int(plain[1], 16)]
            if mechanism.pin_block(pin).hex() != plain:
                raise ValueError
        except (ValueError, binascii.Error):
            raise KeyServiceError(
                f"row {data.row} column offline_pin: no PIN block under the PIN transport key"
            ) from None
        return pin


def _demand_usable(data: BankData) -> None:
    """What the checks of rows never let through, and another program's file may hold. Raises KeyServiceError."""
    if not are_digits(data.pan + data.psn):
        raise KeyServiceError(f"row {data.row}: account and sequence number are digits")
    for tag, value in data.elements.items():
        if len(value) % 2 or not is_hex(value):
            raise KeyServiceError(f"row {data.row}: data element {tag[:8]} is not hexadecimal")
