"""Key stores: vectors of the published ways keys travel, what a store refuses, and that values never show."""

import hashlib

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from firewall.hardware.randomness import SeededRng
from keys.custody import key_blocks, key_transport
from keys.custody.key_store_file import KeyFile, KeyFileError
from keys.custody.key_transport import Component, TransportError, check_value, combine
from keys.custody.ownership import OWNERS, KeyOwner, NotYours, Purpose
from keys.custody.sealing import Lock, LockSource, SealError, new_key_file

KMC = bytes.fromhex("5A1C93E7064FB82D71CE3896A5F04B2D")  # invented test key
KBPK_B = bytes.fromhex("1D7B3F5A92C4E60817A3D5F9240E6C8B")
KBPK_D = bytes.fromhex("9A2E51C7083FD46B1E7590AB3C62F8D4")
BLOCK_B = "B0096E5TX01N000011B6054C0C5F96070F1432975B25E899D8C4CC9D0D1780527951A9214428CCDA49926EEF92A11628"
BLOCK_D = (
    "D0112E5TX01N0000F8542CF987965938B8462FF821370A7BF38FCC4BCCEF5DC0662F2D84908AFCCC9F806485D545A5E0FE2356480E72E1EE"
)
TRANSPORT = bytes.fromhex("0B9D27E4A1C63F587210D8EB94F5A637")
PARTS = (
    ("C2A4E69018B7D35F7E6021F394A8C5DB", "D08440"),
    ("6B31F8047D9AE2C6150F7B28D43E90A1", "15B6EB"),
    ("F3898D73636289B41AA1624DE5661E57", "7ABB54"),
)
ROOT = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C")
KEY_FILE, PHRASE = Lock(new_key_file()), Lock("a pass phrase of the tests", phrase=True)


def components():
    return [Component(bytes.fromhex(value), bytes.fromhex(kcv)) for value, kcv in PARTS]


def bank():
    store = KeyFile(KeyOwner.BANK, "test keys of the bank")
    store.add("exchange", Purpose.EXCHANGE, "3DES", TRANSPORT)
    return store


@pytest.mark.parametrize(
    ("algorithm", "value", "kcv"),
    [
        ("3DES", ROOT, "86A5F0"),
        ("SM4", ROOT, "09CBE1"),
        ("AES", ROOT, "7AD386C376"),
        ("3DES", bytes.fromhex("A80757D28A24D4ED6376B5B0C7447699"), "7BFBCC"),
        ("SM4", bytes.fromhex("1B8927DC34DC34184027D493F2837538"), "ABB776"),
        ("3DES", KMC, "575613"),
        ("3DES", TRANSPORT, "4365DD"),
    ],
)
def test_check_values(algorithm, value, kcv):
    assert check_value(algorithm, value).hex().upper() == kcv


@pytest.mark.parametrize(("kbpk", "block"), [(KBPK_B, BLOCK_B), (KBPK_D, BLOCK_D)])
def test_published_key_blocks_open(kbpk, block):
    assert key_blocks.unwrap_block(kbpk, block)[:3] == (Purpose.KMC, "3DES", KMC)


def test_a_changed_key_block_is_refused():
    with pytest.raises(TransportError, match="does not open"):
        key_blocks.unwrap_block(KBPK_B, BLOCK_B[:-1] + "9")


def test_components_join_to_the_published_key():
    assert combine(components(), "3DES", bytes.fromhex("575613")) == KMC


def test_a_wrong_component_is_named():
    parts = components()
    parts[1] = Component(parts[1].value, bytes.fromhex("000000"))
    with pytest.raises(TransportError, match="component 2 has check value 15B6EB, expected 000000"):
        combine(parts, "3DES", bytes.fromhex("575613"))


def test_the_joined_key_is_checked_too():
    with pytest.raises(TransportError, match="joined key"):
        combine(components()[:2], "3DES", bytes.fromhex("575613"))


def test_one_component_is_no_ceremony():
    with pytest.raises(TransportError, match="two components"):
        combine(components()[:1], "3DES", bytes.fromhex("D08440"))


def test_a_short_expected_check_value_proves_nothing():
    with pytest.raises(TransportError):
        combine(components(), "3DES", bytes.fromhex("57"))


def test_published_cryptogram_under_a_transport_key():
    store = bank()
    cryptogram = bytes.fromhex("898EEA14825AC4B698AA5B1C49830391")
    key = store.receive_cryptogram("kmc", Purpose.KMC, "3DES", "exchange", cryptogram, bytes.fromhex("575613"))
    assert key.kcv == "575613"
    with pytest.raises(TransportError, match="575613, expected 575614"):
        store.receive_cryptogram("other", Purpose.KMC, "3DES", "exchange", cryptogram, bytes.fromhex("575614"))


@pytest.mark.parametrize(("algorithm", "value"), [("3DES", KBPK_B), ("AES", KBPK_D)])
def test_a_key_travels_between_two_stores_of_the_bank(algorithm, value):
    here, there = KeyFile(KeyOwner.BANK), KeyFile(KeyOwner.BANK)
    for store in (here, there):
        store.add("exchange", Purpose.EXCHANGE, algorithm, value)
    here.add("kmc", Purpose.KMC, "3DES", KMC)
    there.receive("kmc", "exchange", here.send("kmc", "exchange"))
    assert there.handle("kmc").equals(here.handle("kmc"))


@pytest.mark.parametrize(
    "lock", [KEY_FILE, Lock("a pass phrase of the tests", phrase=True)], ids=["key file", "pass phrase"]
)
def test_a_store_opens_again_with_its_lock_only(tmp_path, lock):
    path = tmp_path / "bank.keys"
    store = bank()
    store.add("kmc", Purpose.KMC, "3DES", KMC)
    store.save(path, lock)
    assert KMC not in path.read_bytes()
    assert KMC.hex().upper().encode() not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    assert KeyFile.open(path, lock).handle("kmc").equals(store.handle("kmc"))
    with pytest.raises(KeyFileError, match="does not open with this key file"):
        KeyFile.open(path, Lock(new_key_file()))


def test_a_damaged_store_is_refused(tmp_path):
    path = tmp_path / "bank.keys"
    bank().save(path, KEY_FILE)
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    with pytest.raises(KeyFileError):
        KeyFile.open(path, KEY_FILE)


def test_a_store_with_a_foreign_key_does_not_open(tmp_path):
    """Even a file made by other software cannot bring the other side's key in."""
    path = tmp_path / "bank.keys"
    content = (
        b'{"format":1,"owner":"bank","title":"","public":{},"keys":[{"name":"IRK","purpose":"root of a social '
        b'application key","algorithm":"3DES","value":"2B7E151628AED2A6ABF7158809CF4F3C","kcv":"86A5F0"}]}'
    )
    path.write_bytes(KEY_FILE.seal(content))
    with pytest.raises(KeyFileError, match="belongs to the social bureau, never to the bank"):
        KeyFile.open(path, KEY_FILE)


def test_a_store_whose_value_changed_does_not_open(tmp_path):
    path = tmp_path / "bank.keys"
    content = (
        b'{"format":1,"owner":"bank","title":"","public":{},"keys":[{"name":"kmc","purpose":"personalisation master '
        b'key","algorithm":"3DES","value":"5A1C93E7064FB82D71CE3896A5F04B2D","kcv":"575614"}]}'
    )
    path.write_bytes(KEY_FILE.seal(content))
    with pytest.raises(KeyFileError, match="575613, noted is 575614"):
        KeyFile.open(path, KEY_FILE)


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("owner", list(KeyOwner))
def test_every_purpose_has_its_owners(owner, purpose):
    store = KeyFile(owner)
    # Who may hold it is asked before what it is: an issuer's RSA key and a file MAC key are no 3DES keys.
    if owner not in OWNERS[purpose]:
        with pytest.raises(NotYours, match="never to"):
            store.add("k", purpose, "3DES", KMC)
    elif purpose in (Purpose.ISSUER_RSA, Purpose.FILE_MAC):
        with pytest.raises(KeyFileError, match="this one is 3DES"):
            store.add("k", purpose, "3DES", KMC)
    else:
        assert store.add("k", purpose, "3DES", KMC).kcv == "575613"


def test_no_application_key_has_two_owners():
    shared = {purpose for purpose, owners in OWNERS.items() if {KeyOwner.SOCIAL, KeyOwner.BANK} <= owners}
    assert shared == {Purpose.EXCHANGE, Purpose.FILE_MAC}


def test_a_store_serves_its_owner_only():
    with pytest.raises(NotYours, match="belongs to the bank; the social bureau may not use it"):
        bank().demand_owner(KeyOwner.SOCIAL)


def test_a_name_is_taken_once():
    store = bank()
    with pytest.raises(KeyFileError, match="here already"):
        store.add("exchange", Purpose.EXCHANGE, "3DES", KMC)


def test_values_do_not_leave():
    store = bank()
    store.add("kmc", Purpose.KMC, "3DES", KMC)
    with pytest.raises(KeyFileError, match="does not leave"):
        store.secret("kmc", Purpose.KMC)
    shown = f"{store!r} {store.entries()} {store.handle('kmc')!r} {components()} {KEY_FILE!r}"
    assert KMC.hex() not in shown.lower()
    assert TRANSPORT.hex() not in shown.lower()
    assert "575613" in shown


def test_generated_keys_come_from_the_stream():
    one, other = (KeyFile(KeyOwner.SOCIAL) for _ in range(2))
    for store in (one, other):
        store.generate("IRK", Purpose.SOCIAL_ROOT, "SM4", SeededRng(b"test"))
    assert one.key("IRK").kcv == other.key("IRK").kcv


def test_where_a_lock_is_found(tmp_path):
    path = tmp_path / "lock"
    path.write_text(new_key_file(), encoding="utf-8")
    sealed = LockSource(file=str(path)).lock({}).seal(b"x")
    assert LockSource(variable="SECRET").lock({"SECRET": path.read_text(encoding="utf-8")}).unseal(sealed) == b"x"
    with pytest.raises(SealError, match="SECRET is not set"):
        LockSource(variable="SECRET").lock({})
    with pytest.raises(SealError, match="No such file"):
        LockSource(file=str(tmp_path / "none")).lock({})
    with pytest.raises(SealError, match="empty"):
        Lock("", phrase=True)


def test_the_check_value_of_an_rsa_key_is_the_digest_openssl_gives():
    """Against the library's own encoding of the public key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    numbers = key.private_numbers()
    stored = key_transport.rsa_bytes(numbers.p, numbers.q, 65537)
    encoded = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert check_value("RSA", stored) == hashlib.sha256(encoded).digest()


@pytest.mark.parametrize(("algorithm", "size"), [("3DES", 8), ("AES", 15), ("HMAC", 8), ("RSA", 3), ("SSF33", 16)])
def test_what_is_no_key_is_refused(algorithm, size):
    with pytest.raises(KeyFileError, match="key k/1"):
        KeyFile(KeyOwner.BANK).add("k", Purpose.EXCHANGE, algorithm, bytes(size))
