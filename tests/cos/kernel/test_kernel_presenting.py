"""Presenting a secret: no refusal costs a try or gives one back, success alone fills the counter, cuts included."""

from __future__ import annotations

import pytest

from apdu.status import SW
from cos.kernel.presenting_secrets import SecretClaim, present, prove
from cos.kernel.refusal import Refusal
from cos.kernel.security_state import Challenge
from firewall.hardware.cells import Cells
from firewall.hardware.power import PowerLoss, PowerRail
from firewall.hardware.randomness import SeededRng
from firewall.partition import Partition
from keys.algorithms import BadBlocks
from keys.card_key_store import KeyHeader, KeyNotFound, KeyRef, KeyStore

PIN = KeyHeader(0x01, 0x00, 0x00, 0xEF, 0x33, 0x11, 0x55, 3)
KEY = KeyHeader(0x0D, 0x04, 0x01, 0xEF, 0x33, 0x00, 0x44, 16)
GOOD, BAD = bytes.fromhex("123456"), bytes.fromhex("654321")
NOBODY = KeyRef(0x0D, 0x05, 0x01)


@pytest.fixture
def partition():
    return Partition(Cells(PowerRail(), 4096))


@pytest.fixture
def store(partition):
    store = KeyStore(partition, b"s")
    store.put(PIN, GOOD)
    store.put(KEY, bytes(range(16)))
    return store


@pytest.fixture
def challenge():
    return Challenge(SeededRng(b"1"))


def claim(store, ref=PIN.ref):
    return SecretClaim(store, ref, "the PIN", "SSC-7 §5.8")


def shown(store, guess, **how):
    return present(claim(store), lambda: store.matches(PIN.ref, guess), **how)


def word(call):
    with pytest.raises(Refusal) as caught:
        call()
    return caught.value.sw


# --- one secret, shown (SSC-7 §5.8) -------------------------------------------------------------------------------


def test_story_of_a_pin(store):
    assert shown(store, BAD)[:2] == (False, 2)
    assert shown(store, GOOD).right
    assert store.tries_left(PIN.ref) == 3
    assert [shown(store, BAD).left for _ in range(3)] == [2, 1, 0]
    assert word(lambda: shown(store, GOOD)) == SW.METHOD_BLOCKED
    assert store.tries_left(PIN.ref) == 0


def test_only_the_last_wrong_one_locks(store):
    assert [shown(store, BAD).locks for _ in range(3)] == [False, False, True]
    store.restore_tries(PIN.ref)
    assert not shown(store, GOOD).locks


def test_an_empty_pin_is_not_whatever_comes(store):
    """No PIN set: a comparison with data is a mismatch (SSC-5 §6.14)."""
    store.replace(PIN.ref, b"")
    assert shown(store, GOOD)[:2] == (False, 2)


def test_a_locked_secret_is_not_looked_at(store):
    for _ in range(3):
        shown(store, BAD)
    assert word(lambda: present(claim(store), lambda: pytest.fail("compared"))) == SW.METHOD_BLOCKED
    assert word(lambda: present(claim(store), lambda: pytest.fail("compared"), counts=False)) == SW.METHOD_BLOCKED


def test_a_secret_that_never_locks_counts_nothing(store):
    assert [shown(store, guess, counts=False)[:2] for guess in (BAD, BAD, BAD, BAD, GOOD)] == [
        *[(False, 3)] * 4,
        (True, 3),
    ]


def test_success_that_is_not_the_end_puts_back_its_own_try_only(store):
    """The command may still be refused: a right MAC with nonsense behind it costs nothing and gives nothing."""
    shown(store, BAD)
    assert shown(store, GOOD, fills=False).right
    assert store.tries_left(PIN.ref) == 2
    assert shown(store, BAD, fills=False)[:2] == (False, 1)
    assert shown(store, GOOD, fills=False).right
    assert store.tries_left(PIN.ref) == 1


def test_a_comparison_that_fails_in_itself_is_a_try_spent(store):
    """Whatever is raised between spending and comparing gives nothing back."""

    def breaks():
        raise BadBlocks("in the middle")

    with pytest.raises(BadBlocks):
        present(claim(store), breaks)
    assert store.tries_left(PIN.ref) == 2


@pytest.mark.parametrize("fills", [True, False])
@pytest.mark.parametrize("guess", [BAD, GOOD])
def test_no_cut_gives_a_try_back(guess, fills):
    """Power cut at each tick of a presentation: never more tries than before, never a torn counter."""
    probe = PowerRail()
    story = locked_down(probe)
    start = probe.ticks
    shown(story, guess, fills=fills)
    needed = probe.ticks - start
    assert needed >= 2
    for cut in range(needed):
        rail = PowerRail()
        store = locked_down(rail)
        rail.cut_after(cut)
        with pytest.raises(PowerLoss):
            shown(store, guess, fills=fills)
        left = store.tries_left(PIN.ref)
        assert left in ((2, 1, 3) if guess == GOOD and fills else (2, 1))
        assert store.tries_limit(PIN.ref) == 3


def locked_down(rail):
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
    shown(store, GOOD)
    assert seen == [b"\x32"]


# --- a key, proved over a random number (SSC-7 §6.6) --------------------------------------------------------------


def proved(store, challenge, data, ref=KEY.ref, answer=lambda key, random: key.encrypt(random)):
    return prove(claim(store, ref), challenge, data, answer)


def answered(store, challenge, length=8):
    return store.key(KEY.ref).encrypt(challenge.draw(length))


def test_story_of_a_key(store, challenge):
    right = answered(store, challenge)
    assert proved(store, challenge, right).right
    for left in (2, 1):
        challenge.draw(8)
        assert proved(store, challenge, right)[:2] == (False, left)
    right = answered(store, challenge)
    assert proved(store, challenge, right).right
    assert store.tries_left(KEY.ref) == 3


def test_the_random_number_that_was_used_is_told_and_gone(store, challenge):
    number = challenge.draw(8)
    assert proved(store, challenge, bytes(8)).random == number
    assert challenge.take() is None


def test_no_key_is_said_before_anything_else(store, challenge):
    challenge.draw(8)
    with pytest.raises(KeyNotFound):
        proved(store, challenge, bytes(8), ref=NOBODY)
    assert challenge.take() is not None


def test_locked_is_said_before_the_random_number(store, challenge):
    for _ in range(3):
        store.spend_try(KEY.ref)
    assert word(lambda: proved(store, challenge, bytes(8))) == SW.METHOD_BLOCKED
    challenge.draw(8)
    assert word(lambda: proved(store, challenge, bytes(8))) == SW.METHOD_BLOCKED
    assert challenge.take() is not None


@pytest.mark.parametrize("tries", [3, 2, 1])
def test_no_random_number_costs_and_gives_nothing(store, challenge, tries):
    for _ in range(3 - tries):
        store.spend_try(KEY.ref)
    assert word(lambda: proved(store, challenge, bytes(8))) == SW.REFERENCED_DATA_INVALID
    assert store.tries_left(KEY.ref) == tries


@pytest.mark.parametrize("tries", [3, 2, 1])
def test_a_random_number_that_does_not_serve_costs_and_gives_nothing_and_is_used_up(store, challenge, tries):
    for _ in range(3 - tries):
        store.spend_try(KEY.ref)
    challenge.draw(5)
    assert word(lambda: proved(store, challenge, bytes(8))) == SW.REFERENCED_DATA_INVALID
    assert store.tries_left(KEY.ref) == tries
    assert challenge.take() is None
