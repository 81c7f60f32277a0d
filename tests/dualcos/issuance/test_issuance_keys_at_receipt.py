"""What a store takes is what the services use: every purpose and algorithm, in the store at entry and in the service on
the day the cards are made; and under the names that the services ask for.
"""

from __future__ import annotations

import pytest
from issuance_world import MAC, TEMPLATE

from dualcos.dialogue.personalise_bank import KMC_VERSION
from dualcos.issuance.bank.bank_order_service import BankService
from dualcos.issuance.bureau.social_order_service import SocialService, wanted_roots
from dualcos.issuance.exchange import personalisation_file
from dualcos.issuance.exchange.named_keys import demand_as_named
from dualcos.issuance.exchange.order_services import KeyServiceError
from dualcos.issuance.exchange.personalisation_file import Header
from dualcos.issuance.exchange.shared_keys import file_mac_key
from dualcos.issuance.maker.birth_order_service import MakerService
from dualcos.issuance.parties_together import invented_stores, named_key
from dualcos.profile.schema import load
from firewall.hardware.randomness import SeededRng
from keys.algorithms import BadBlocks, BadKey
from keys.custody import key_transport
from keys.custody.bank_key_service import BankCard
from keys.custody.key_material import FROM_BEFORE
from keys.custody.key_store_file import KeyFile, KeyFileError, StoredKey
from keys.custody.key_transport import TransportError
from keys.custody.ownership import KeyOwner, Purpose

TEMPLATES = {name: load(name) for name in (TEMPLATE, "dual-3.0-sm4", "pboc-sm")}
VALUES = {
    "DES": bytes(range(1, 9)),
    "3DES": bytes(range(16)),
    "SM4": bytes(range(16)),
    "AES": bytes(range(16)),
    "HMAC": MAC,
}
NO_USE = (KeyServiceError, KeyFileError, BadKey, BadBlocks, TransportError)
DATA, HISTORICAL = bytes(8), bytes(13)


@pytest.fixture(scope="module")
def stores():
    """For each template three stores, as a ceremony would leave them."""
    return {
        name: invented_stores(template, SeededRng(b"receipt"), own_rsa=name == TEMPLATE)
        for name, template in TEMPLATES.items()
    }


def births(store, template):
    MakerService(store, template).order(HISTORICAL)


def socials(store, template):
    SocialService(store, template.ssse)


def banks(store, template):
    service = BankService(store, {"debit": template.pse}).service
    keys = service.card_keys(BankCard("6212340100000042194"))
    keys.verifies(bytes(2), DATA, DATA)
    service.personalisation_keys(bytes(10), KMC_VERSION)


def second_masters(store, template):
    BankService(store, {"debit": template.pse})._second_service.card_keys(BankCard("6212340100000042194"))


def file_macs(store, _):
    header = Header(format=1, batch="B", template=TEMPLATE, sides="none", count=0, mac_kcv="")
    assert list(personalisation_file.encoded(header, (), file_mac_key(store).value))


def exchanges(store, _):
    """A key goes out under it and comes in again, in a block or enciphered."""
    try:
        store.receive("back", "k", store.send("kmc", "k"))
    except TransportError:
        under = store.handle("k")
        value = bytes.fromhex(store.key("kmc").value)
        kcv = bytes.fromhex(store.key("kmc").kcv)
        store.receive_cryptogram("again", Purpose.KMC, "3DES", "k", under.encrypt(value), kcv)


# Which store, what a key of this purpose is called there, and who needs it.
USES = {
    Purpose.TRANSPORT: ("maker", ["transport"], births),
    Purpose.CARD_MASTER: ("maker", ["card-master"], births),
    Purpose.CARD_MASTER_ROOT: ("maker", ["card-master-root"], births),
    Purpose.FIRST_SOCIAL: ("maker", ["first-social"], births),
    Purpose.FIRST_BANK: ("maker", ["first-bank"], births),
    Purpose.SOCIAL_MASTER: ("social", ["social-master"], socials),
    Purpose.SOCIAL_ROOT: ("social", ["IRK", "STKSSSE"], socials),
    Purpose.BANK_MASTER: ("bank", ["bank-master"], banks),
    Purpose.KMC: ("bank", ["kmc"], banks),
    Purpose.ISSUER_AC: ("bank", ["imk-ac", "imk-ac-sm4"], banks),
    Purpose.ISSUER_MAC: ("bank", ["imk-mac", "imk-mac-sm4"], banks),
    Purpose.ISSUER_ENC: ("bank", ["imk-enc", "imk-enc-sm4"], banks),
    Purpose.ISSUER_RSA: ("bank", ["issuer-rsa"], banks),
    Purpose.EXCHANGE: ("bank", ["k"], exchanges),
    Purpose.FILE_MAC: ("bank", ["file-mac"], file_macs),
}


def copied(store: KeyFile, changed: StoredKey) -> KeyFile:
    """The store with one key in place of that of its name, as if nobody had looked at it."""
    found = KeyFile(store.owner, public=store.public)
    found._keys = {at: key for at, key in store._keys.items() if at[0] != changed.name}
    versions = [version for name, version in store._keys if name == changed.name] or [1]
    for version in versions:
        found._keys[changed.name, version] = changed
    return found


def stored(name: str, purpose: Purpose, algorithm: str, value: bytes) -> StoredKey:
    kcv = key_transport.check_value(algorithm, value).hex().upper()
    return StoredKey(name=name, purpose=purpose, algorithm=algorithm, value=value.hex().upper(), kcv=kcv)


def works(use, store, template) -> bool:
    try:
        use(store, template)
    except NO_USE:
        return False
    return True


@pytest.mark.parametrize("algorithm", [*VALUES, "RSA"])
@pytest.mark.parametrize("purpose", list(Purpose))
def test_what_is_accepted_at_receipt_is_what_some_card_is_made_with(stores, purpose, algorithm):
    owner, names, use = USES[purpose]
    value = VALUES.get(algorithm) or bytes.fromhex(stores[TEMPLATE].bank.key("issuer-rsa").value)
    try:
        accepted = bool(KeyFile(KeyOwner(owner)).add("k", purpose, algorithm, value))
    except KeyFileError:
        accepted = False
    usable = False
    for label, template in TEMPLATES.items():
        for name in names:
            store = getattr(stores[label], owner)
            if use is socials and (template.ssse is None or not store.holds(name)):
                continue
            if use in (banks, births) and name != "issuer-rsa" and not store.holds(name):
                continue
            if name == "issuer-rsa" and label != TEMPLATE:
                continue
            asked = second_masters if name.endswith("-sm4") else use
            usable = usable or works(asked, copied(store, stored(name, purpose, algorithm, value)), template)
    assert accepted == usable or (purpose, algorithm) in FROM_BEFORE


def demand(owner: KeyOwner, key: StoredKey) -> None:
    demand_as_named(owner, key, named_key(owner, key.name, key.version))


@pytest.mark.parametrize("label", TEMPLATES)
def test_every_invented_key_is_what_its_name_says(stores, label):
    for store in stores[label]:
        for key in store.entries():
            demand(store.owner, key)


@pytest.mark.parametrize(
    ("owner", "name", "purpose", "algorithm"),
    [
        ("maker", "transport", Purpose.CARD_MASTER, "3DES"),
        ("maker", "card-master", Purpose.CARD_MASTER_ROOT, "3DES"),
        ("maker", "first-bank", Purpose.FIRST_SOCIAL, "3DES"),
        ("social", "social-master", Purpose.SOCIAL_ROOT, "3DES"),
        ("social", "IRK", Purpose.SOCIAL_MASTER, "SM4"),
        ("social", "IRK", Purpose.SOCIAL_ROOT, "DES"),
        ("bank", "kmc", Purpose.BANK_MASTER, "3DES"),
        ("bank", "imk-ac", Purpose.ISSUER_MAC, "3DES"),
        ("bank", "imk-ac", Purpose.ISSUER_AC, "SM4"),
        ("bank", "imk-ac-sm4", Purpose.ISSUER_AC, "3DES"),
        ("bank", "pin-transport", Purpose.EXCHANGE, "AES"),
        ("bank", "pin-transport", Purpose.EXCHANGE, "SM4"),
        ("bank", "file-mac-social", Purpose.EXCHANGE, "3DES"),
    ],
)
def test_a_name_that_a_service_asks_for_is_of_one_kind(owner, name, purpose, algorithm):
    with pytest.raises(KeyServiceError, match=f"takes as {name}, which is a"):
        demand(KeyOwner(owner), stored(name, purpose, algorithm, VALUES[algorithm]))
    demand(KeyOwner(owner), stored("another-name", purpose, algorithm, VALUES[algorithm]))


def test_every_root_of_every_edition_is_known_by_name():
    for template in TEMPLATES.values():
        for name, version, cipher in wanted_roots(template.ssse) if template.ssse is not None else ():
            found = named_key(KeyOwner.SOCIAL, name, version)
            assert found is not None
            assert found.purpose is Purpose.SOCIAL_ROOT
            assert cipher.name in found.algorithms
