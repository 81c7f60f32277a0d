"""The card's key store: headers, versions, counters that survive, values that do not come out."""

import json
from pathlib import Path

import pytest
from keys_numbers import K3_VALUE, K8_VALUE, KS_VALUE, key

from firewall.hardware.cells import Cells
from firewall.hardware.power import PowerRail
from firewall.partition import DamagedCell, Partition, PartitionError
from keys import pin
from keys.algorithms import DES, SM4, TDES, BadBlocks, BadKey, bank_algorithm
from keys.card_key_store import KeyHeader, KeyNotFound, KeyRef, KeyStore, NoTriesLeft, PartsUnfit

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
            raise NoTriesLeft("any")  # any refusal after the update

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
    store.put(UK._replace(counter=0x62), K3_VALUE)
    assert (store.tries_left(UK.ref), store.tries_limit(UK.ref)) == (2, 6)


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


# --- PIN (SSC-7 §5.6); how it is presented: tests/cos/kernel/test_kernel_presenting.py ----------------------------


def test_empty_pin(store, partition):
    """No PIN set."""
    assert pin.is_set(store, PIN.ref)
    with partition.transaction():
        pin.set_pin(store, PIN.ref, b"")
    assert not pin.is_set(store, PIN.ref)


def test_a_changed_pin_has_all_its_tries(store, partition):
    store.spend_try(PIN.ref)
    with partition.transaction():
        pin.set_pin(store, PIN.ref, BAD)
    assert store.header(PIN.ref) == PIN
    assert store.matches(PIN.ref, BAD)


# --- edges of the contract ----------------------------------------------------------------------------------------


def test_a_level_is_the_headers(store):
    assert (store.level(UK.ref), store.level(STK.ref), store.level(PIN.ref)) == (0x44, 0x00, 0x55)
    with pytest.raises(KeyNotFound):
        store.level(KeyRef(0x0D, 0x77, 1))


def test_what_is_missing_is_named(store):
    missing = KeyRef(0x0D, 0x77, 1)
    for call, text in (
        (lambda: store.locate(0x0D, 0x77), "no such key: kind 0D, kid 77"),
        (lambda: store.key(missing), "no such entry: key 0D/77/01"),
        (lambda: store.tries_left(missing), "no such entry: key 0D/77/01"),
        (lambda: store.level(missing), "no such entry: key 0D/77/01"),
    ):
        with pytest.raises(KeyNotFound) as caught:
            call()
        assert str(caught.value) == text


def test_why_a_value_is_no_key(store):
    store.put(UK._replace(algorithm=0x77), K3_VALUE)
    with pytest.raises(KeyNotFound, match=r"^value is no key: key 0D/04/01, algorithm 77, length 16$"):
        store.key(UK.ref)
    store.put(UK._replace(length=15), K3_VALUE[:15])
    with pytest.raises(KeyNotFound, match=r"^value is no key: key 0D/04/01, algorithm 00, length 15$"):
        store.key(UK.ref)


@pytest.mark.parametrize(("limit", "left"), [(0, 0), (15, 15), (15, 0), (6, 2), (1, 1)])
def test_a_counter_takes_any_two_nibbles_in_order(store, partition, limit, left):
    store.put(UK._replace(counter=limit << 4 | left), K3_VALUE)
    assert (store.tries_limit(UK.ref), store.tries_left(UK.ref)) == (limit, left)
    store.restore_tries(UK.ref)
    assert store.tries_left(UK.ref) == limit
    assert len(partition.get(b"sT" + bytes(UK.ref))) == 1  # one byte: one put is atomic (T2)


def test_a_try_is_not_spent_where_it_could_come_back(store, partition):
    before = partition.dump()
    with (
        pytest.raises(
            PartitionError,
            match=r"^a try is spent outside any transaction: a rollback would give it back$",
        ),
        partition.transaction(),
    ):
        store.spend_try(UK.ref)
    assert partition.dump() == before


@pytest.mark.parametrize("counter", [0x33, 0x31, 0x0F, 0x3F, 0xF1])
def test_a_try_is_given_back_whatever_the_limit(store, partition, counter):
    store.put(UK._replace(counter=counter), K3_VALUE)
    store.spend_try(UK.ref)
    store.give_back_try(UK.ref)
    assert partition.get(COUNTER) == bytes((counter,))


def test_a_locked_entry_writes_nothing(store, rail):
    store.put(UK._replace(counter=0x30), K3_VALUE)
    before = rail.ticks
    with pytest.raises(NoTriesLeft):
        store.spend_try(UK.ref)
    assert rail.ticks == before


def test_erasing_leaves_no_cell(store, partition):
    for ref in (UK.ref, STK.ref, PIN.ref):
        store.erase(ref)
        store.erase(ref)  # harmless when absent
    assert partition.dump() == {}
    assert store.entries() == ()


def test_a_wiped_key_is_not_kept_in_the_card(store):
    """The handle kept beside the cells goes with them: a key that is wiped computes nothing any more."""
    handle = store.key(UK.ref)
    store.erase(UK.ref)
    assert all(kept is not handle for _, kept in store._handles.values())


def test_pin_digits_over_a_block(partition):
    """D4 of PBOC-5 B.10.3: the current PIN's digits from the left, filled with 0, without the length nibble."""
    store = KeyStore(partition, b"b", bank_algorithm)
    for block, digits in (
        ("241234FFFFFFFFFF", "1234000000000000"),
        ("26123456FFFFFFFF", "1234560000000000"),
        ("2C123456789012FF", "1234567890120000"),
    ):
        store.put(PIN._replace(length=8), bytes.fromhex(block))
        assert store.with_pin_digits(PIN.ref, bytes(8)).hex() == digits
        assert store.with_pin_digits(PIN.ref, bytes.fromhex(digits)) == bytes(8)
    with pytest.raises(KeyNotFound):
        store.with_pin_digits(UK.ref, bytes(8))


def test_an_incomplete_private_key_says_what_is_wrong(partition):
    store = KeyStore(partition, b"b", bank_algorithm)
    with pytest.raises(KeyNotFound) as caught:
        store.private_key(1)
    assert str(caught.value) not in ("", "None")


def test_a_wiped_private_key_is_not_kept_in_the_card(partition):
    numbers = json.loads((Path(__file__).parent / "emv_pki.json").read_text())["lab_chain_80"]
    store = KeyStore(partition, b"b", bank_algorithm)
    for part, name in enumerate(("q_inverse_8201", "dq_8202", "dp_8203", "q_8204", "p_8205"), start=1):
        store.put_private_part(1, part, bytes.fromhex(numbers[name]))
    assert store.private_key(1) in [kept for _, kept in store._private.values()]
    store.erase_private(1)
    assert not store._private


def test_wiping_a_private_key_that_was_never_used(store, partition):
    store.put_private_part(1, 3, b"part")
    store.erase_private(1)
    store.erase_private(1)
    assert not [key for key in partition.keys(b"s") if key[1:2] == b"R"]


# --- the card's SM2 key (DGIs 8501 and 8502) ------------------------------------------------------------------------

# GB/T 32918.5 annex A, the pair of its signature example.
SM2_PRIVATE = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
SM2_PUBLIC = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)


def test_sm2_key_is_there_when_both_parts_are(partition):
    store = KeyStore(partition, b"b", bank_algorithm)
    for part in (0, 3):
        with pytest.raises(ValueError, match=rf"^part {part} of an SM2 key$"):
            store.put_sm2_part(1, part, b"")
    store.put_sm2_part(1, 1, SM2_PRIVATE)
    with pytest.raises(KeyNotFound):
        store.sm2_key(1)
    store.put_sm2_part(1, 2, SM2_PUBLIC)
    key_ = store.sm2_key(1)
    assert store.sm2_key(1) is key_
    with pytest.raises(KeyNotFound):
        store.sm2_key(2)
    assert partition.dump() == {b"bS\x01\x01": SM2_PRIVATE, b"bS\x01\x02": SM2_PUBLIC}
    store.put_sm2_part(1, 2, SM2_PUBLIC[:-1] + b"\0")
    with pytest.raises(KeyNotFound) as caught:
        store.sm2_key(1)
    assert str(caught.value) not in ("", "None")
    store.put_sm2_part(1, 2, SM2_PUBLIC)
    assert store.sm2_key(1).public == SM2_PUBLIC


def test_a_pair_drawn_in_the_card_is_its_own(partition):
    store = KeyStore(partition, b"b", bank_algorithm)
    asked = []

    def random(length: int) -> bytes:
        asked.append(length)
        return SM2_PRIVATE

    assert store.draw_sm2(1, random) == SM2_PUBLIC
    assert asked == [32]
    assert partition.dump() == {b"bS\x01\x01": SM2_PRIVATE, b"bS\x01\x02": SM2_PUBLIC}
    assert store.sm2_key(1).public == SM2_PUBLIC


def test_a_private_value_comes_in_enciphered(partition):
    store, transport = KeyStore(partition, b"b", bank_algorithm), key(SM4, KS_VALUE)
    store.unwrap_sm2(2, transport.encrypt(SM2_PRIVATE), transport)
    assert partition.dump() == {b"bS\x02\x01": SM2_PRIVATE, b"bS\x02\x02": SM2_PUBLIC}
    for wrapped, error in ((bytes(31), BadBlocks), (transport.encrypt(bytes(32)), BadKey)):
        with pytest.raises(error):
            store.unwrap_sm2(3, wrapped, transport)
    assert len(partition.keys(b"bS")) == 2


def test_a_store_knows_what_it_holds(store, partition):
    other = KeyStore(partition, b"t")
    assert (len(store), len(other)) == (3, 0)
    assert UK.ref in store
    assert UK.ref not in other
    assert UK.ref._replace(version=9) not in store
    with partition.transaction():
        store.erase(UK.ref)
        assert (len(store), UK.ref in store) == (2, False)
    assert repr(store) == "<KeyStore b's', 2 entries>"


# --- damage ---------------------------------------------------------------------------------------------------------

RECORD, COUNTER = b"sK" + bytes(UK.ref), b"sT" + bytes(UK.ref)
NO_RECORDS = (
    b"",
    UK.encode()[:7],
    UK.encode(),
    UK.encode() + K3_VALUE[:-1],
    UK.encode() + K3_VALUE + b"\0",
    UK._replace(kid=5).encode() + K3_VALUE,
    UK._replace(length=8).encode() + K3_VALUE,
    STK.encode() + K8_VALUE,
    b"\xff" * 24,
)


@pytest.mark.parametrize("raw", NO_RECORDS, ids=lambda raw: str(len(raw)))
def test_a_record_that_is_not_of_its_cell(store, partition, raw):
    partition.put(RECORD, raw)
    uses = (
        lambda: store.key(UK.ref),
        lambda: store.find(0x0D, 4),
        lambda: store.header(UK.ref),
        lambda: store.level(UK.ref),
        lambda: store.matches(UK.ref, GOOD),
        lambda: store.replace(UK.ref, GOOD),
        lambda: store.with_pin_digits(UK.ref, bytes(8)),
        store.entries,
    )
    for use in uses:
        with pytest.raises(DamagedCell, match=r"^key 0D/04/01 of the MF is no record of it$") as found:
            use()
        assert found.value.cell == RECORD
    assert store.readable() == (PIN, STK), "the others are there"
    assert UK.ref in store.refs()


@pytest.mark.parametrize("raw", [b"", b"\x33\x33", None])
def test_a_counter_that_is_not_one_byte(store, partition, raw):
    if raw is None:
        partition.delete(COUNTER)
    else:
        partition.put(COUNTER, raw)
    uses = (
        lambda: store.tries_left(UK.ref),
        lambda: store.tries_limit(UK.ref),
        lambda: store.spend_try(UK.ref),
        lambda: store.restore_tries(UK.ref),
        lambda: store.give_back_try(UK.ref),
        lambda: store.header(UK.ref),
    )
    for use in uses:
        with pytest.raises(DamagedCell, match="has no try counter of one byte") as found:
            use()
        assert found.value.cell == COUNTER


def test_a_counter_without_its_record_is_not_nothing(store, partition):
    """What counts as "no such key" may open a way: no PIN set, another master key governs."""
    partition.delete(RECORD)
    uses = (
        lambda: UK.ref in store,
        lambda: store.find(0x0D, 4),
        lambda: store.find(0x0D, 4, 1),
        lambda: store.level(UK.ref),
    )
    for use in uses:
        with pytest.raises(DamagedCell, match="has a try counter and no record"):
            use()
    with pytest.raises(KeyNotFound):
        store.find(0x0D, 5)
    with pytest.raises(KeyNotFound):
        store.find(0x0D, 4, 2)
    store.erase(UK.ref)
    assert UK.ref not in store


def test_a_pin_that_is_no_block(store):
    with pytest.raises(DamagedCell, match="holds no reference PIN block"):
        store.with_pin_digits(PIN.ref, bytes(8))


def test_cells_nobody_owns_are_passed_over(store, partition):
    for cell in (b"sK", b"sK\x0d", RECORD + b"\0"):
        partition.put(cell, b"foreign")
    assert store.refs() == (PIN.ref, STK.ref, UK.ref)
    assert store.entries() == (PIN, STK, UK)


def test_parts_that_make_no_key_are_told_from_none(store, partition):
    with pytest.raises(KeyNotFound) as none:
        store.private_key(1)
    assert not isinstance(none.value, PartsUnfit)
    partition.put(b"sR\x01\x03", b"\x01\x02")
    with pytest.raises(PartsUnfit) as unfit:
        store.private_key(1)
    assert unfit.value.cell == b"sR\x01\x01"
