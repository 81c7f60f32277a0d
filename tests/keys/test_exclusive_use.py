"""Stores and pools between processes: one at a time, and never over what another wrote."""

from __future__ import annotations

import os
import threading

import pytest

from dualcos.issuance.bank.rsa_pool import RsaPool, RsaPoolError
from keys.custody import exclusive_use
from keys.custody.exclusive_use import ChangedMeanwhileError, mark_of, replace_unchanged, used_alone
from keys.custody.key_store_file import KeyFile, KeyFileError
from keys.custody.ownership import KeyOwner, Purpose
from keys.custody.sealing import Lock, new_key_file

LOCK = Lock(new_key_file())
KEY = bytes(range(16))


def test_whoever_comes_second_waits_and_then_sees_what_the_first_wrote(tmp_path):
    """The first replaces the file, so the second's lock is of a file that is gone: it takes that of the new one."""
    path, waiting, order = tmp_path / "store", threading.Event(), []
    path.write_bytes(b"old")

    def second() -> None:
        with used_alone(path, waiting.set):
            order.append(path.read_bytes())
            with pytest.raises(BlockingIOError):
                _lock_now(path)

    thread = threading.Thread(target=second)
    with used_alone(path):
        thread.start()
        assert waiting.wait(30)
        assert not order
        replace_unchanged(path, b"new", mark_of(b"old"))
    thread.join(30)
    assert order == [b"new"]
    _lock_now(path)


def _lock_now(path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        exclusive_use.fcntl.flock(handle, exclusive_use.fcntl.LOCK_EX | exclusive_use.fcntl.LOCK_NB)
    finally:
        os.close(handle)


def test_it_is_free_again_after_a_fault_and_leaves_nothing(tmp_path):
    path = tmp_path / "store"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), used_alone(path):
        raise ZeroDivisionError
    _lock_now(path)
    with used_alone(tmp_path / "not there"):
        pass
    assert [each.name for each in tmp_path.iterdir()] == ["store"]


@pytest.mark.parametrize("there", [b"other", None])
@pytest.mark.parametrize("read", [b"old", None])
def test_only_what_was_read_is_replaced(tmp_path, there, read):
    path = tmp_path / "store"
    if there:
        path.write_bytes(there)
        with pytest.raises(ChangedMeanwhileError, match="nothing was written: do it again"):
            replace_unchanged(path, b"new", mark_of(read) if read else None)
        assert path.read_bytes() == there
    else:
        assert replace_unchanged(path, b"new", mark_of(read) if read else None) == mark_of(b"new")
        assert path.read_bytes() == b"new"


def store() -> KeyFile:
    found = KeyFile(KeyOwner.BANK)
    found.add("kmc", Purpose.KMC, "3DES", KEY)
    return found


def pool() -> RsaPool:
    return RsaPool((b"a",))


KEPT = {
    "store": (store, KeyFile.open, lambda found: found.add("new", Purpose.KMC, "3DES", KEY[::-1]), KeyFileError),
    "pool": (pool, RsaPool.open, len, RsaPoolError),
}


@pytest.mark.parametrize("kind", KEPT)
def test_two_who_opened_the_same_do_not_overwrite_each_other(tmp_path, kind):
    make, opened, change, fault = KEPT[kind]
    path = tmp_path / kind
    make().save(path, LOCK)
    one, other = opened(path, LOCK), opened(path, LOCK)
    change(one)
    one.save(path, LOCK)
    kept = path.read_bytes()
    with pytest.raises(fault, match="changed by another process meanwhile"):
        other.save(path, LOCK)
    assert path.read_bytes() == kept
    one.save(path, LOCK)  # its own it may replace again
    opened(path, LOCK).save(path, LOCK)
    with pytest.raises(fault, match="made by another process meanwhile"):
        make().save(path, LOCK)


def test_a_pool_that_grew_is_still_the_one_that_was_opened(tmp_path):
    path = tmp_path / "pool"
    pool().save(path, LOCK)
    grown = RsaPool.open(path, LOCK).extended(1, bits=1024)
    RsaPool.open(path, LOCK).save(path, LOCK)
    with pytest.raises(RsaPoolError, match="changed by another process"):
        grown.save(path, LOCK)
