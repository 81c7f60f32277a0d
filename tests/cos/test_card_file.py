"""Card files: what was answered is on disk; damage, a second user and a foreign file are one clear error."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import dualcos
from dualcos.cardfile import card_file_format
from dualcos.cardfile.card_file_format import FORMAT, CardFileError
from firewall.hardware.randomness import SeededRng

ROOT = Path(__file__).parents[2]

SELECT = bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF")
WRONG_PIN = bytes.fromhex("0020000003999999")
ASK_PIN = bytes.fromhex("0020000000")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "demo.dualcos"
    card = dualcos.card("social-2.0")
    dualcos.keep_card(card, path)
    card.close()
    return path


def opened(path):
    """Memory and options of the card; None if the file is refused, which takes one line."""
    try:
        card = dualcos.open_card(path)
    except CardFileError as error:
        return None if "\n" not in str(error) else pytest.fail(str(error))
    with closing(card):
        return card.dump(), card.options


def test_only_the_owner_may_read_it(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_reopened_card_is_the_same_card(path):
    card = dualcos.open_card(path)
    fresh = dualcos.card("social-2.0")
    assert card.dump() == fresh.dump()
    assert card.power_on() == fresh.power_on()
    card.close()


def test_every_write_is_on_disk_before_its_answer_leaves(path):
    card = dualcos.open_card(path)
    card.power_on()
    card.exchange(SELECT)
    assert card.exchange(WRONG_PIN) == b"\x63\xc2"
    expected = card.dump()
    # As after kill -9: nobody closes anything, the lock goes with the process.
    card.on_change._db.close()
    again = dualcos.open_card(path)
    assert again.dump() == expected
    again.power_on()
    again.exchange(SELECT)
    assert again.exchange(ASK_PIN) == b"\x63\xc2"
    again.close()


def test_read_only_commands_write_nothing(path):
    card = dualcos.open_card(path)
    card.power_on()
    card.exchange(SELECT)
    before = card.on_change._db.total_changes
    for command in ("00A4020002EF05", "00B2010412", "0084000008", "00B2010400", "0020000000"):
        card.exchange(bytes.fromhex(command))
    assert card.on_change._db.total_changes == before
    card.close()


def test_second_user_is_refused(path):
    card = dualcos.open_card(path)
    with pytest.raises(CardFileError, match="in use"):
        dualcos.open_card(path)
    card.close()
    dualcos.open_card(path).close()


def test_existing_file_is_not_overwritten(path):
    with pytest.raises(CardFileError, match="exists already"):
        dualcos.keep_card(dualcos.card("blank"), path)


def test_missing_file(tmp_path):
    with pytest.raises(CardFileError, match="does not exist"):
        dualcos.open_card(tmp_path / "nothing.dualcos")


def test_a_card_written_and_used_at_once_can_be_opened_again(tmp_path):
    card = dualcos.card("social-2.0")
    dualcos.keep_card(card, tmp_path / "new.dualcos")
    card.power_on()
    card.exchange(SELECT)
    card.exchange(WRONG_PIN)
    expected = card.dump()
    card.close()
    assert opened(tmp_path / "new.dualcos")[0] == expected


def test_foreign_files(tmp_path):
    text = tmp_path / "text.dualcos"
    text.write_text("not a database, but long enough to look like a file " * 40)
    with pytest.raises(CardFileError, match=r"damaged|no card file"):
        dualcos.open_card(text)
    database = tmp_path / "other.dualcos"
    with sqlite3.connect(database) as db:
        db.execute("CREATE TABLE t (x)")
    db.close()
    with pytest.raises(CardFileError, match="not a card file"):
        dualcos.open_card(database)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE cell SET value = x'00' WHERE region = 'chip'", "fails its check"),
        ("UPDATE cell SET region = 'pse' WHERE region = 'chip'", "fails its check"),
        ("DELETE FROM cell WHERE region = 'chip'", "should have"),
        ("DELETE FROM cell WHERE key = (SELECT MAX(key) FROM cell WHERE region = 'ssse')", "should have"),
        ("UPDATE meta SET value = REPLACE(value, 'T=0', 'T=1') WHERE name = 'options'", "options fail their check"),
        ("UPDATE cell SET value = 'text' WHERE region = 'chip'", "another type"),
        ("DELETE FROM meta", "should have|options"),
        ("DROP TABLE cell", "no such table"),
    ],
)
def test_any_change_by_another_hand_is_noticed(path, statement, said):
    with sqlite3.connect(path) as db:
        db.execute(statement)
    db.close()
    with pytest.raises(CardFileError, match=said) as caught:
        dualcos.open_card(path)
    assert "\n" not in str(caught.value)


def test_a_cell_that_comes_back_is_noticed(path):
    """As if a page of an older copy had been written over a newer one."""
    old = path.read_bytes()
    with closing(dualcos.open_card(path)) as card:
        card.power_on()
        card.exchange(SELECT)
        card.exchange(WRONG_PIN)
        expected = card.dump()
    new = path.read_bytes()
    page = 4096
    differing = [at for at in range(0, len(new), page) if old[at : at + page] != new[at : at + page]]
    assert len(differing) > 1
    for at in differing:
        path.write_bytes(new[:at] + old[at : at + page] + new[at + page :])
        found = opened(path)
        assert found is None or found[0] == expected  # a page may hold nothing of the card, as the change counter


def test_a_flipped_bit_is_noticed_or_harmless(path):
    raw, chance = path.read_bytes(), SeededRng(b"flips")
    with closing(dualcos.open_card(path)) as card:
        expected, options = card.dump(), card.options
    refused = 0
    for _ in range(200):
        draw = int.from_bytes(chance.bytes(4), "big") % (len(raw) * 8)
        wrong = bytearray(raw)
        wrong[draw // 8] ^= 1 << draw % 8
        path.write_bytes(wrong)
        found = opened(path)
        if found is None:
            refused += 1
        else:
            assert found == (expected, options)
    assert refused > 100


# Who may use it, and which program.


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_file_open_to_others_is_refused_with_what_to_do(path, mode):
    path.chmod(mode)
    with pytest.raises(CardFileError, match=f"mode {mode:04o}.*chmod 600"):
        dualcos.open_card(path)
    path.chmod(0o600)
    dualcos.open_card(path).close()


def test_nothing_but_the_card_file_stays_behind(path):
    with closing(dualcos.open_card(path)) as card:
        card.power_on()
        card.exchange(SELECT)
        card.exchange(WRONG_PIN)
        for each in path.parent.iterdir():
            assert stat.S_IMODE(each.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(("version", "said"), [(FORMAT + 1, "newer dualcos"), (0, "never was")])
def test_formats_this_program_does_not_know(path, version, said):
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {version}")
    db.close()
    with pytest.raises(CardFileError, match=said):
        dualcos.open_card(path)


def as_format_1(path):
    with sqlite3.connect(path, isolation_level=None) as db:
        (options,) = db.execute("SELECT value FROM meta WHERE name = 'options'").fetchone()
        db.execute("DROP TABLE meta")
        db.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
        settings = json.loads(options)
        old = {"transmission": settings["transmission"], "psam": None, **settings["stacks"]}
        db.execute("INSERT INTO meta VALUES ('options', ?)", (json.dumps(old),))
        db.execute("PRAGMA user_version = 1")
    db.close()


def test_a_file_of_format_1_is_brought_up_to_date(path):
    expected = opened(path)
    as_format_1(path)
    for _ in range(2):
        assert opened(path) == expected
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (FORMAT,)
    db.close()


def test_a_file_that_could_not_be_brought_up_to_date_is_as_it_was(path, monkeypatch):
    expected = opened(path)
    as_format_1(path)
    with monkeypatch.context() as failing:
        # the last statement fails: all tables have been changed by then
        failing.setattr(card_file_format, "FORMAT", "no number")
        failing.setattr(card_file_format, "_demand_header", lambda _: None)
        failing.setattr(card_file_format, "_check", card_file_format._from_format_1)
        with pytest.raises(CardFileError):
            dualcos.open_card(path)
    assert opened(path) == expected


# The host fails.

KILLED = """
import sys
from cos.card import Card
card = dualcos.open_card(sys.argv[1])
card.power_on()
card.exchange(bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF"))
pins = ["123456", "654321"]
for turn in range(10000):
    old, new = pins[turn % 2], pins[(turn + 1) % 2]
    assert card.exchange(bytes.fromhex(f"805E010007{old}FF{new}")) == b"\\x90\\x00"
    print(turn, flush=True)
"""


@pytest.mark.parametrize("turns", [1, 2, 17, 58])
def test_killed_at_any_moment_the_card_is_as_it_last_answered(path, turns):
    with subprocess.Popen([sys.executable, "-c", KILLED, str(path)], cwd=ROOT, stdout=subprocess.PIPE) as child:  # noqa: S603 - the script above
        for _ in range(turns):
            child.stdout.readline()
        child.kill()
        last = int((child.stdout.read().split() or [turns - 1])[-1])  # what it still said before it died
    with closing(dualcos.open_card(path)) as card:
        card.power_on()
        card.exchange(SELECT)
        # The PIN that is right now: that of the last answer, or of the command that was under way.
        right = [pin for pin in ("123456", "654321") if card.exchange(bytes.fromhex(f"0020000003{pin}")) == b"\x90\x00"]
    assert len(right) == 1
    assert last >= turns - 1


HALF_WRITTEN = """
import os, sys
from pathlib import Path
from dualcos.cardfile.card_file_format import CardFile
file = CardFile.open(Path(sys.argv[1]))
regions = file.load()
for pragma in ("cache_size = 2", "cache_spill = 1"):  # pages go to the file long before the commit
    file._db.execute(f"PRAGMA {pragma}")
file._db.execute("BEGIN IMMEDIATE")
for region, cells in regions.items():
    for key, value in cells.items():
        file._write(region, key, bytes(255 - byte for byte in value))
os.kill(os.getpid(), 9)
"""


def test_torn_writes_of_the_host_s_own_power_loss(path):
    """Killed in the middle of a commit, any of its pages written; the journal's tail lost, garbage or with wrong bits
    while the file was still untouched: the card is as before, or (a journal no power loss leaves) refused.
    """
    journal = path.with_name(path.name + "-journal")
    with closing(dualcos.open_card(path)) as card:
        expected = card.dump()
    old = path.read_bytes()
    subprocess.run([sys.executable, "-c", HALF_WRITTEN, str(path)], cwd=ROOT, check=False)  # noqa: S603 - as above
    torn, log = path.read_bytes(), journal.read_bytes()
    page = 4096
    assert torn != old
    assert len(log) > page
    chance = SeededRng(b"torn")

    def draw(below: int) -> int:
        return int.from_bytes(chance.bytes(4), "big") % below

    mixtures = [
        b"".join((torn if draw(2) else old.ljust(len(torn), b"\0"))[at : at + page] for at in range(0, len(torn), page))
        for _ in range(15)
    ]
    cases = [(torn, log, True), *((mixture, log, True) for mixture in mixtures)]
    for _ in range(30):
        cut = log[: draw(len(log))]
        flipped = bytearray(log)
        flipped[draw(len(log))] ^= 1 << draw(8)
        cases += [(old, cut, True), (old, cut + chance.bytes(512), False), (old, bytes(flipped), False)]
    same = 0
    for database, tail, certain in cases:
        path.write_bytes(database)
        journal.write_bytes(tail)
        found = opened(path)
        assert found is not None or not certain
        if found is not None:
            assert found[0] == expected
            same += 1
    assert same > len(cases) * 2 // 3


def test_a_full_disk_leaves_the_card_as_before_that_command(path):
    card = dualcos.open_card(path)
    card.power_on()
    card.exchange(SELECT)
    assert card.exchange(WRONG_PIN) == b"\x63\xc2"
    before = card.dump()
    card.on_change._db.execute("PRAGMA query_only = ON")  # every write fails
    with pytest.raises(CardFileError, match="mend it and start again"):
        card.exchange(WRONG_PIN)
    card.on_change._db.execute("PRAGMA query_only = OFF")
    with pytest.raises(CardFileError):  # nor half of it later
        card.exchange(WRONG_PIN)
    card.close()
    with closing(dualcos.open_card(path)) as card:
        assert card.dump() == before


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_cut_off_file_is_noticed(path, share):
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])
    with pytest.raises(CardFileError):
        dualcos.open_card(path)


def test_a_journal_of_a_card_that_is_gone_does_not_reach_the_new_one(path, tmp_path):
    old = dualcos.open_card(path)
    old.power_on()
    old.exchange(SELECT)
    cut = sqlite3.connect(path.with_name("other"), isolation_level=None)  # any database cut in the middle of a commit
    cut.executescript("PRAGMA journal_mode=PERSIST; CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(9000));")
    cut.executescript("PRAGMA cache_size=1; BEGIN; UPDATE t SET x = randomblob(9000); DELETE FROM t;")
    journal = path.with_name("other-journal").read_bytes()
    cut.close()
    fresh = tmp_path / "fresh.dualcos"
    fresh.with_name("fresh.dualcos-journal").write_bytes(journal)
    dualcos.write_card(old, fresh)
    copy = dualcos.open_card(fresh)
    assert copy.dump() == old.dump()
    copy.close()
    old.close()


def test_a_closed_card_is_one_file(path):
    card = dualcos.open_card(path)
    card.power_on()
    card.exchange(SELECT)
    card.exchange(WRONG_PIN)
    card.close()
    assert list(path.parent.iterdir()) == [path]
