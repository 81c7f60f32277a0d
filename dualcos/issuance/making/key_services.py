"""The three parties' key services. Each opens its own store only, and gives orders for its own half of a card.

In the centralised mode the script is joined, never the keys: the maker's, the bureau's and the bank's service stand
side by side and none sees into another (总体方案 五（一）2).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from msgspec import Struct, structs

from cos.ssse.tables.table_model import KeyKind
from dualcos.dialogue.driver import StepRefused
from dualcos.dialogue.personalise_bank import KMC_VERSION, BankOrder, SmData
from dualcos.dialogue.personalise_birth import PSE, SSSE, BirthOrder
from dualcos.dialogue.personalise_social import SocialOrder
from dualcos.issuance.data.personalisation_file import BankData, SocialData
from dualcos.issuance.making.social_file_contents import contents
from dualcos.profile.bank_data_groups import Signing, prepare, prepare_sm, profile_signing
from dualcos.profile.bank_order import directory_groups, log_file
from dualcos.profile.published_test_keys import rsa_test_keys
from dualcos.profile.schema import BankProfile, Profile, SocialProfile
from dualcos.profile.social_plan import announced, directories, plan
from keys import bank_cryptography as mechanism
from keys.algorithms import DES, SM4, TDES, Algorithm
from keys.custody.bank_key_service import BankCard, BankKeyService, KeyTriple
from keys.custody.key_store_file import KeyFile, KeyFileError
from keys.custody.key_transport import RsaStored, rsa_key
from keys.custody.ownership import KeyOwner, Purpose
from keys.custody.rsa_authority import CardIssuer
from keys.custody.social_key_service import SocialCard, SocialKeyService, TierKey
from keys.key_handle import KeyHandle
from keys.rsa_certificates import KeyCertificate
from keys.social_cryptography import card_factor, child_key

TRANSPORT, CARD_MASTER, CARD_MASTER_ROOT = "transport", "card-master", "card-master-root"
FIRST_SOCIAL, FIRST_BANK = "first-social", "first-bank"
SOCIAL_MASTER, BANK_MASTER, KMC, ISSUER_RSA = "social-master", "bank-master", "kmc", "issuer-rsa"
ISSUER_KEYS = ("imk-ac", "imk-mac", "imk-enc")
SM_ISSUER_KEYS = ("imk-ac-sm4", "imk-mac-sm4", "imk-enc-sm4")
FILE_MAC, PIN_TRANSPORT = "file-mac", "pin-transport"
CERTIFICATE = "issuer-certificate"


class KeyServiceError(Exception):
    """A key service cannot serve this card: a key is missing, of the wrong kind, or the data do not fit."""


def shared_mac(partner: KeyOwner) -> str:
    """Name of the file MAC key a party has in common with ``partner``, in its own store."""
    return f"{FILE_MAC}-{partner.value}"


class MacKey(NamedTuple):
    """A file MAC key: its label and check value for messages, its value."""

    label: str
    kcv: str
    value: bytes

    def __repr__(self) -> str:
        return f"<file MAC key {self.label}, KCV {self.kcv}>"


def file_mac_key(store: KeyFile, partner: KeyOwner | None = None) -> MacKey:
    """The newest key for files to ``partner``, or for files that stay. Raises KeyFileError."""
    name = shared_mac(partner) if partner else FILE_MAC
    return _mac_key(store, name, store.newest(name))


def file_mac_keys(store: KeyFile) -> tuple[MacKey, ...]:
    """All keys whose files this party accepts: its own, and those it has in common with others."""
    return tuple(_mac_key(store, key.name, key.version) for key in store.entries(Purpose.FILE_MAC))


def _mac_key(store: KeyFile, name: str, version: int) -> MacKey:
    key = store.key(name, version)
    return MacKey(key.label, key.kcv, store.secret(name, Purpose.FILE_MAC, version))


def _root(store: KeyFile, name: str, algorithm: Algorithm) -> KeyHandle:
    """A root in the cipher it is used with. Raises ServiceError."""
    handle = store.handle(name)
    if handle.algorithm is not algorithm:
        raise KeyServiceError(f"key {name} is for {handle.algorithm.name}, this card takes {algorithm.name}")
    return handle


class MakerService:
    """The card maker (initialiser): transport key, card master keys, the keys environments are handed over with."""

    __slots__ = ("_store", "_template")

    def __init__(self, store: KeyFile, template: Profile) -> None:
        store.demand_owner(KeyOwner.MAKER)
        self._store = store
        self._template = template

    def order(self, historical: bytes) -> BirthOrder:
        """For one chip: every environment the template has. Raises KeyFileError, ServiceError."""
        template, store = self._template, self._store
        environments = []
        reaches = False
        if template.ssse is not None:
            environments.append((SSSE, _root(store, FIRST_SOCIAL, _cipher(template.ssse))))
            reaches = template.ssse.options.card_block_scope == "card"
        if template.pse is not None:
            environments.append((PSE, _root(store, FIRST_BANK, TDES)))
        return BirthOrder(
            historical,
            self.transport,
            _root(store, CARD_MASTER, TDES),
            child_key(_root(store, CARD_MASTER_ROOT, TDES), card_factor(historical)),
            tuple(environments),
            reaches,
        )

    @property
    def transport(self) -> KeyHandle:
        """The transport key of blank chips. Raises KeyFileError, ServiceError."""
        return _root(self._store, TRANSPORT, TDES)

    def transport_value(self) -> bytes:
        """The transport key's value: a chip maker burns it into blank chips, and here we are one."""
        return bytes.fromhex(self._store.key(TRANSPORT).value)

    def check_values(self) -> Mapping[str, str]:
        """KCVs of all keys held."""
        return _check_values(self._store)


def _cipher(social: SocialProfile) -> Algorithm:
    return SM4 if social.algorithm == "SM4" else TDES


def _check_values(store: KeyFile) -> Mapping[str, str]:
    return {key.label: key.kcv for key in store.entries()}


class SocialService:
    """The bureau: roots of the social keys, and of the environment's master keys."""

    __slots__ = ("_plan", "_root", "_service", "_store", "_template")

    def __init__(self, store: KeyFile, template: SocialProfile) -> None:
        store.demand_owner(KeyOwner.SOCIAL)
        self._store = store
        self._template = template
        self._plan = plan(template)
        self._root = _root(store, SOCIAL_MASTER, _cipher(template))
        self._service = SocialKeyService(self._roots())

    def _roots(self) -> Mapping[tuple[str, int], TierKey]:
        """Every key the edition wants, all of them before the first card. Raises ServiceError."""
        template, roots = self._template, {}
        for name, version, algorithm in wanted_roots(template):
            try:
                stored = self._store.key(name, version)
            except KeyFileError:
                raise KeyServiceError(
                    f"the bureau's key store has no root {name}/{version}, which {template.version} cards need"
                ) from None
            handle = self._store.handle(name, version)
            if stored.purpose is not Purpose.SOCIAL_ROOT or handle.algorithm is not algorithm:
                raise KeyServiceError(f"{stored!r} is not a {algorithm.name} root of a social application key")
            roots[name, version] = TierKey(handle, stored.tier)
        return roots

    @property
    def service(self) -> SocialKeyService:
        """What a terminal of the bureau asks: proofs, external authentication."""
        return self._service

    def order(self, data: SocialData, historical: bytes) -> SocialOrder:
        """For one card. Raises ServiceError, KeyFileError, EncodingError."""
        template = self._template
        if data.version[:3] != template.version:
            raise KeyServiceError(f"the data are for a {data.version[:3]} card, the template makes {template.version}")
        card = SocialCard(data.city, historical)
        made = contents(
            directories(template),
            data.placed(),
            self._service.identification_code(card),
            base64.b64decode(data.photo),
        )
        first = _root(self._store, FIRST_SOCIAL, _cipher(template))
        master = child_key(self._root, card_factor(historical))
        return SocialOrder(self._plan, first, master, self._service, card, made, data.pin or template.pin)

    def check_values(self) -> Mapping[str, str]:
        """KCVs of all keys held."""
        return _check_values(self._store)


def wanted_roots(template: SocialProfile) -> tuple[tuple[str, int, Algorithm], ...]:
    """Name, version and cipher of every root a template's cards take keys from."""
    cipher = _cipher(template)
    return tuple(
        (row.name, version, DES if cipher is TDES and row.length(announced(template)) == 8 else cipher)
        for directory in directories(template)
        for row in directory.keys
        if row.kind not in (KeyKind.MASTER, KeyKind.PIN)
        for version in row.versions
    )


class IssuerCertificate(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the authority gave the bank: index of its key, and the issuer's certified key, all hexadecimal."""

    authority: str
    certificate: str
    remainder: str
    exponent: str


class CardRsa(NamedTuple):
    """The key a card gets for offline data authentication, from the pool."""

    number: int
    stored: RsaStored


class BankService:
    """The bank: issuer master keys, KMC, its RSA key with the authority's certificate."""

    __slots__ = ("_issuer", "_root", "_second_service", "_service", "_signings", "_store", "_templates")

    def __init__(self, store: KeyFile, templates: Mapping[str, BankProfile]) -> None:
        store.demand_owner(KeyOwner.BANK)
        self._store = store
        self._templates = dict(templates)
        self._root = _root(store, BANK_MASTER, TDES)
        self._service = BankKeyService(self._masters(ISSUER_KEYS), {KMC_VERSION: store.handle(KMC, KMC_VERSION)})
        self._second_service = BankKeyService(self._masters(SM_ISSUER_KEYS), {})
        self._issuer = self._own_issuer()
        self._signings: dict[tuple[str, str, str], Signing] = {}

    def _masters(self, names: tuple[str, ...]) -> dict[int, KeyTriple]:
        """The issuer's master keys of these names by version, which is the derivation key index. KeyFileError."""
        store = self._store
        return {
            key.version: KeyTriple(*(store.handle(name, key.version) for name in names))
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
    def wants_pool(self) -> bool:
        """True if every card gets an RSA key of its own; else the template's test keys serve all."""
        return self._issuer is not None

    @property
    def service(self) -> BankKeyService:
        """What the bank's host asks: cryptograms, scripts."""
        return self._service

    def order(self, data: BankData, historical: bytes, card_rsa: CardRsa | None = None) -> BankOrder:
        """For one card. Raises ServiceError, KeyFileError, KeyNotFound."""
        template = self._templates.get(data.template)
        if template is None:
            raise KeyServiceError(f"there is no bank template {data.template}")
        pin = self._pin(data, template)
        own = structs.replace(
            template,
            elements={**template.elements, **data.elements},
            pin=pin,
            pin_tries=data.tries or template.pin_tries,
        )
        keys = self._service.card_keys(BankCard(data.pan, data.psn, data.dki))
        key_data = bytes.fromhex(template.kmc_id) + historical[9:]
        made = prepare(own, keys, self._signing(own, data, card_rsa))
        first = _root(self._store, FIRST_BANK, TDES)
        master = child_key(self._root, card_factor(historical))
        aid, log, second = bytes.fromhex(own.aid), log_file(own), self._second(own, data)
        return BankOrder(aid, log, first, master, self._service, key_data, made, second, directory_groups(own))

    def _second(self, own: BankProfile, data: BankData) -> SmData | None:
        """What SM algorithms add: keys of the bank's SM4 masters, SM2 pairs and certificates of the test set.

        Raises ServiceError: test pairs do not go onto the cards of a bank that has an issuer key of its own.
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

    def _signing(self, own: BankProfile, data: BankData, card_rsa: CardRsa | None) -> Signing | None:
        if self._issuer is not None:
            if card_rsa is None:
                raise KeyServiceError("this issuer's cards take an RSA key from the pool, and none was given")
            authority, issuer = self._issuer
            return Signing(authority, issuer, card_rsa.stored.key, card_rsa.stored.exponent)
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
        under = self._store.handle(PIN_TRANSPORT)
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

    def check_values(self) -> Mapping[str, str]:
        """KCVs of all keys held."""
        return _check_values(self._store)
