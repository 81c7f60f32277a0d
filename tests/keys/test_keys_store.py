"""The card's key store: headers, versions, counters that survive, values that do not come out."""

import json
from pathlib import Path

import pytest
from keys_numbers import K3_VALUE, K8_VALUE, KS_VALUE, key

from firewall.hardware.cells import Cells
from firewall.hardware.power import PowerLoss, PowerRail
from firewall.partition import Partition
from keys import pin
from keys.algorithms import DES, SM4, TDES, bank_algorithm
from keys.store import KeyHeader, KeyNotFound, KeyRef, KeyStore, NoTriesLeft

UK = KeyHeader(0x0D, 0x04, 0x01, 0xEF, 0x33, 0x00, 0x44, 16)
STK = KeyHeader(0x07, 0x02, 0x00, 0xEF, 0x33, 0x01, 0x00, 8)
PIN = KeyHeader(0x01, 0x00, 0x00, 0xEF, 0x33, 0x11, 0x55, 3)
GOOD = bytes.fromhex("123456")
BAD = bytes.fromhex("654321")


@pytest.fixture
def rail():
    return PowerRail()


@pytest.fixture
def partition(rail):
    return Partition(Cells(rail, 4096))


@pytest.fixture
def store(partition):
    store = KeyStore(partition, b"s")
    with partition.transaction():
        store.put(UK, K3_VALUE)
        store.put(STK, K8_VALUE + b"\xff" * 8)  # FF-filled to 16 as WRITE KEY sends it
        store.put(PIN, GOOD + b"\xff" * 13)
    return store


def test_header_bytes():
    """The header of the personalised STK."""
    assert STK.encode().hex().upper() == "070200EF33010008"
    assert KeyHeader.decode(STK.encode() + b"rest") == STK
    with pytest.raises(ValueError, match="header"):
        KeyHeader.decode(bytes(7))


def test_find(store):
    assert store.find(0x0D, 0x04).equals(key(TDES, K3_VALUE))
    assert store.find(0x0D, 0x04, 1).equals(key(TDES, K3_VALUE))
    assert store.find(0x07, 0x02).equals(key(DES, K8_VALUE))
    assert store.find(0x07, 0x02) is store.find(0x07, 0x02)


@pytest.mark.parametrize(("kind", "kid", "version"), [(0x0D, 0x04, 2), (0x0D, 0x05, None), (0x07, 0x04, None)])
def test_not_found(store, kind, kid, version):
    with pytest.raises(KeyNotFound):
        store.find(kind, kid, version)


def test_the_lowest_version_counts(store):
    for version in (3, 2):
        store.put(UK._replace(version=version), KS_VALUE)
    assert store.locate(0x0D, 0x04) == (0x0D, 0x04, 1)
    store.erase(UK.ref)
    assert store.locate(0x0D, 0x04) == (0x0D, 0x04, 2)
    assert store.by_kid(0x04) == (KeyRef(0x0D, 0x04, 2), KeyRef(0x0D, 0x04, 3))
    assert store.by_kid(0x04, 3) == (KeyRef(0x0D, 0x04, 3),)


def test_entries(store):
    assert store.entries() == (PIN, STK, UK)
    store.spend_try(UK.ref)
    assert store.entries() == (PIN, STK, UK._replace(counter=0x32))


def test_algorithm_byte_of_each_side(partition):
    social, bank = KeyStore(partition, b"s"), KeyStore(partition, b"b", bank_algorithm)
    social.put(UK._replace(algorithm=3), KS_VALUE)
    bank.put(UK._replace(algorithm=4), KS_VALUE)
    assert social.find(0x0D, 0x04).algorithm is SM4
    assert bank.find(0x0D, 0x04).algorithm is SM4
    bank.put(UK._replace(algorithm=3), KS_VALUE)
    with pytest.raises(KeyNotFound):
        bank.find(0x0D, 0x04)


def test_a_pin_is_no_key(store):
    with pytest.raises(KeyNotFound):
        store.key(PIN.ref)


def test_short_value(store):
    with pytest.raises(ValueError, match="header says"):
        store.put(UK, bytes(15))


def test_replaced_and_rolled_back_values(store, partition):
    """A handle is never older or newer than the cells."""

    def refused_update():
        with partition.transaction():
            store.replace(UK.ref, KS_VALUE)
            assert store.key(UK.ref).equals(key(TDES, KS_VALUE))
            raise NoTriesLeft  # any refusal after the update

    with pytest.raises(NoTriesLeft):
        refused_update()
    assert store.key(UK.ref).equals(key(TDES, K3_VALUE))
    with partition.transaction():
        store.replace(UK.ref, KS_VALUE)
    assert store.key(UK.ref).equals(key(TDES, KS_VALUE))
    store.erase(UK.ref)
    with pytest.raises(KeyNotFound):
        store.key(UK.ref)


@pytest.mark.usefixtures("store")
def test_two_stores_do_not_meet(partition):
    other = KeyStore(partition, b"t")
    assert other.entries() == ()
    with pytest.raises(KeyNotFound):
        other.find(0x0D, 0x04)


def test_counter(store):
    assert (store.tries_left(UK.ref), store.tries_limit(UK.ref)) == (3, 3)
    assert [store.spend_try(UK.ref) for _ in range(3)] == [2, 1, 0]
    with pytest.raises(NoTriesLeft):
        store.spend_try(UK.ref)
    store.restore_tries(UK.ref)
    assert store.tries_left(UK.ref) == 3
    store.set_counter(UK.ref, 6, 2)
    assert (store.tries_left(UK.ref), store.tries_limit(UK.ref)) == (2, 6)
    with pytest.raises(ValueError, match="try counter"):
        store.set_counter(UK.ref, 3, 4)


@pytest.mark.parametrize("method", ["tries_left", "tries_limit", "spend_try", "restore_tries", "header"])
def test_counters_of_nothing(store, method):
    with pytest.raises(KeyNotFound):
        getattr(store, method)(KeyRef(0x0D, 0x77, 1))


def test_a_full_counter_costs_no_write(store, rail):
    before = rail.ticks
    store.restore_tries(UK.ref)
    assert rail.ticks == before


def test_repr_shows_no_secret(store):
    shown = repr(store) + repr(store.entries()) + repr(store.find(0x0D, 0x04))
    assert K3_VALUE.hex() not in shown.lower()
    assert "123456" not in shown


# --- the card's RSA key (DGIs 8201 to 8205) -----------------------------------------------------------------------


def test_private_key_is_there_when_all_parts_are(partition):
    """Parts come one by one, in any order; until the last there is no key."""
    numbers = json.loads((Path(__file__).parent / "emv_pki.json").read_text())["lab_chain_80"]
    names = ("q_inverse_8201", "dq_8202", "dp_8203", "q_8204", "p_8205")
    store = KeyStore(partition, b"b", bank_algorithm)
    for part in (5, 4, 3, 2, 1):
        with pytest.raises(KeyNotFound):
            store.private_key(1)
        with partition.transaction():
            store.put_private_part(1, part, bytes.fromhex(numbers[names[part - 1]]))
    assert store.private_key(1).modulus.hex().upper() == numbers["card_modulus"]
    assert store.private_key(1) is store.private_key(1)
    with pytest.raises(KeyNotFound):
        store.private_key(2)
    store.put_private_part(1, 1, b"\x01")
    with pytest.raises(KeyNotFound):
        store.private_key(1)
    store.erase_private(1)
    assert partition.keys(b"b") == ()
    for part in (0, 6):
        with pytest.raises(ValueError, match="part"):
            store.put_private_part(1, part, b"")


# --- PIN (SSC-7 §5.8) ---------------------------------------------------------------------------------------------


def test_pin_story(store):
    assert pin.present(store, PIN.ref, BAD) == (False, 2, False)
    assert pin.present(store, PIN.ref, GOOD) == (True, 3, False)
    assert [pin.present(store, PIN.ref, BAD).tries_left for _ in range(3)] == [2, 1, 0]
    assert pin.present(store, PIN.ref, GOOD) == (False, 0, True)
    store.restore_tries(PIN.ref)
    assert pin.present(store, PIN.ref, GOOD).right


def test_empty_pin(store, partition):
    """No PIN set: a comparison with data is a mismatch (SSC-5 §6.14)."""
    assert pin.is_set(store, PIN.ref)
    with partition.transaction():
        pin.set_pin(store, PIN.ref, b"")
    assert not pin.is_set(store, PIN.ref)
    assert pin.present(store, PIN.ref, GOOD) == (False, 2, False)


def test_a_changed_pin_has_all_its_tries(store, partition):
    pin.present(store, PIN.ref, BAD)
    with partition.transaction():
        pin.set_pin(store, PIN.ref, BAD)
    assert store.header(PIN.ref) == PIN
    assert pin.present(store, PIN.ref, BAD).right


@pytest.mark.parametrize("guess", [BAD, GOOD])
def test_no_cut_gives_a_try_back(guess):
    """Power cut at each tick of a presentation: never more tries than before, never a torn counter."""
    probe = PowerRail()
    story = _locked_down(probe)
    start = probe.ticks
    pin.present(story, PIN.ref, guess)
    needed = probe.ticks - start
    assert needed >= 2
    for cut in range(needed):
        rail = PowerRail()
        store = _locked_down(rail)
        rail.cut_after(cut)
        with pytest.raises(PowerLoss):
            pin.present(store, PIN.ref, guess)
        left = store.tries_left(PIN.ref)
        assert left in ((2, 1) if guess == BAD else (2, 1, 3))
        assert store.tries_limit(PIN.ref) == 3
        assert guess == GOOD or left <= 2


def _locked_down(rail):
    """A store whose PIN has two of three tries left."""
    store = KeyStore(Partition(Cells(rail, 512)), b"s")
    store.put(PIN, GOOD)
    store.spend_try(PIN.ref)
    return store


def test_comparison_comes_after_the_commit(store, partition, monkeypatch):
    """When the value is looked at, the spent try is in the cells already."""
    seen = []
    real = KeyStore.matches
    monkeypatch.setattr(
        KeyStore, "matches", lambda *args: seen.append(partition.dump()[b"sT\x01\x00\x00"]) or real(*args)
    )
    pin.present(store, PIN.ref, GOOD)
    assert seen == [b"\x32"]
