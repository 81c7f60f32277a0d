"""Card files: what was answered is on disk; damage, a second user and a foreign file are one clear error."""

from __future__ import annotations

import sqlite3
import stat

import pytest

from cos.card import Card
from cos.image import CardFileError

SELECT = bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF")
WRONG_PIN = bytes.fromhex("0020000003999999")
ASK_PIN = bytes.fromhex("0020000000")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "demo.dualcos"
    card = Card.from_profile("social-2.0")
    card.save_as(path)
    card.close()
    return path


def test_only_the_owner_may_read_it(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_reopened_card_is_the_same_card(path):
    card = Card.open(path)
    fresh = Card.from_profile("social-2.0")
    assert card.dump() == fresh.dump()
    assert card.power_on() == fresh.power_on()
    card.close()


def test_every_write_is_on_disk_before_its_answer_leaves(path):
    card = Card.open(path)
    card.power_on()
    card.exchange(SELECT)
    assert card.exchange(WRONG_PIN) == b"\x63\xc2"
    expected = card.dump()
    # As after kill -9: nobody closes anything, the lock goes with the process.
    card._file._db.close()
    again = Card.open(path)
    assert again.dump() == expected
    again.power_on()
    again.exchange(SELECT)
    assert again.exchange(ASK_PIN) == b"\x63\xc2"
    again.close()


def test_read_only_commands_write_nothing(path):
    card = Card.open(path)
    card.power_on()
    card.exchange(SELECT)
    before = card._file._db.total_changes
    for command in ("00A4020002EF05", "00B2010412", "0084000008", "00B2010400", "0020000000"):
        card.exchange(bytes.fromhex(command))
    assert card._file._db.total_changes == before
    card.close()


def test_second_user_is_refused(path):
    card = Card.open(path)
    with pytest.raises(CardFileError, match="in use"):
        Card.open(path)
    card.close()
    Card.open(path).close()


def test_existing_file_is_not_overwritten(path):
    with pytest.raises(CardFileError, match="exists already"):
        Card.from_profile("blank").save_as(path)


def test_missing_file(tmp_path):
    with pytest.raises(CardFileError, match="does not exist"):
        Card.open(tmp_path / "nothing.dualcos")


def test_foreign_files(tmp_path):
    text = tmp_path / "text.dualcos"
    text.write_text("not a database, but long enough to look like a file " * 40)
    with pytest.raises(CardFileError, match=r"damaged|no card file"):
        Card.open(text)
    database = tmp_path / "other.dualcos"
    with sqlite3.connect(database) as db:
        db.execute("CREATE TABLE t (x)")
    db.close()
    with pytest.raises(CardFileError, match="not a card file"):
        Card.open(database)


def test_changed_cell_is_noticed(path):
    with sqlite3.connect(path) as db:
        db.execute("UPDATE cell SET value = x'00' WHERE region = 'chip'")
    db.close()
    with pytest.raises(CardFileError, match="fails its check"):
        Card.open(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_cut_off_file_is_noticed(path, share):
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])
    with pytest.raises(CardFileError):
        Card.open(path)


def test_a_journal_of_a_card_that_is_gone_does_not_reach_the_new_one(path, tmp_path):
    old = Card.open(path)
    old.power_on()
    old.exchange(SELECT)
    cut = sqlite3.connect(path.with_name("other"), isolation_level=None)  # any database cut in the middle of a commit
    cut.executescript("PRAGMA journal_mode=PERSIST; CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(9000));")
    cut.executescript("PRAGMA cache_size=1; BEGIN; UPDATE t SET x = randomblob(9000); DELETE FROM t;")
    journal = path.with_name("other-journal").read_bytes()
    cut.close()
    fresh = tmp_path / "fresh.dualcos"
    fresh.with_name("fresh.dualcos-journal").write_bytes(journal)
    old.write_to(fresh)
    copy = Card.open(fresh)
    assert copy.dump() == old.dump()
    copy.close()
    old.close()
