"""An input that is refused is byte for byte what it was, with nothing beside it: whatever argument named it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from commands_with_files import COMMANDS, Place, make_sound_files, one_parser, places, typed

import dualcos
import dualcos.cli.serve
from dualcos.cardfile.card_file_format import _meta_row
from dualcos.cli import main
from dualcos.issuance.personaliser.stock_register import RegisterError, StockRegister

__all__ = ["one_parser"]  # a fixture
pytestmark = pytest.mark.usefixtures("one_parser")


def foreign(path: Path, journal: str, version: int = 0) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(f"PRAGMA journal_mode = {journal}; PRAGMA user_version = {version}; CREATE TABLE t (x);")


STRANGE = {
    "empty": lambda path: path.touch(),
    "torn": lambda path: path.write_bytes(b"Dear Sir,"),
    "letter": lambda path: path.write_bytes("尊敬的先生\nDear Sir,\n".encode()),
    "noise": lambda path: path.write_bytes(bytes(range(256)) * 3),
    "header only": lambda path: path.write_bytes(b"SQLite format 3\0"),
    "database": lambda path: foreign(path, "DELETE"),
    "database with WAL": lambda path: foreign(path, "WAL", 1),
    "card of a newer program": lambda path: edited(path, 63, 99),
    "card in WAL mode": lambda path: edited(path, 18, 2),
    "damaged card": lambda path: edited(path, Path("a.card").read_bytes().index(b"transmission"), 1),
}


def edited(path: Path, place: int, value: int) -> None:
    image = bytearray(Path("a.card").read_bytes())
    image[place] ^= value
    path.touch(0o600)
    path.write_bytes(image)


# Arguments whose files go through SQLite; all others read a file as a whole.
DATABASES = {
    *("serve @card", "serve @sam", "run @card", "run @sam", "send @card", "replay @profile", "inspect @card"),
    *("card export @card", "card diff @old", "card diff @new"),
    *(
        "backend ledger @store",
        "host ledger @store",
        "host card @store",
        "doctor @files",
        "keys show-test @card",
        "match @stock",
        "personalise @stock",
        "personalise --link @stock",
    ),
}
# A pass phrase, a public key or rows of codes may be any text.
LOCKS = {"lock", "maker_lock", "social_lock", "bank_lock"}
ANY_TEXT = {*LOCKS, "recipient", "regions"}
FOUND_WRONG = {
    "doctor @files": "missing",
    "blacklist verify @file": "NOT signed by",
    **dict.fromkeys(("lab verify @campaign", "lab verify @signature", "lab verify @vectors"), "NOT a whole"),
}
"""What is asked of these is whether anything is wrong with them."""
FEW = ("empty", "torn", "noise")
CASES = [
    (place, strange)
    for command in COMMANDS
    for place in places(command)
    if not place.sound.startswith("new") or place.dest in ("results", "pool", "stock")
    for strange in (STRANGE if str(place) in DATABASES else ("empty", "noise") if place.dest in LOCKS else FEW)
]


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        make_sound_files(folder)
        yield folder


def beside(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}


def without_outputs(folder: Path) -> None:
    for path in folder.glob("new*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.fixture
def place_for_it(sound, tmp_path, monkeypatch):
    without_outputs(sound)
    monkeypatch.setattr(dualcos.cli.serve, "_waited", lambda: None)
    return tmp_path


@pytest.mark.parametrize(("place", "strange"), CASES, ids=str)
def test_a_refused_input_is_untouched(place_for_it, place: Place, strange: str, capfd):
    path = place_for_it / "strange"
    STRANGE[strange](path)
    before = beside(place_for_it)
    given = f"file:{path}" if place.sound.startswith("file:") else path
    code = main.run(typed(place.command, **{place.dest: given}))
    out, told = capfd.readouterr()
    assert code in (0, 1, 2), told
    if code == 0:
        assert place.dest in ANY_TEXT or (place.dest, strange) == ("results", "empty"), "this can be no such file"
    elif place.dest not in ANY_TEXT:
        found = FOUND_WRONG.get(str(place))
        assert (found in out) if found else ("dualcos: " in told)
    if (place.dest, strange) != ("results", "empty"):
        assert beside(place_for_it) == before


# What is sound in a place: text, or something that nobody reads as text.
TEXTS = {
    *("t.toml", "p.toml", "f.toml", "t.jsonl", "v.json", "a.json", "social.csv", "bank.csv", "feedback.csv"),
    *("leash.toml", "regions", "part", "lock", "lock.pub", "lab.pub", "laboratory.pub", "known.toml", "ics.toml"),
    *("pins", "steps", "calls"),
    *("till.toml", "till.steps", "tmk", "full.steps", "bank.pins"),
}
NO_TEXTS = {
    *("a.card", "s.card", "d.card", "b.perso", "k/maker.keys", "k/social.keys", "k/bank.keys", "pool", "chips"),
    *("books.db", "bank.db", "stock.db", "stock2.db", "laboratory", "a.campaign", "a.campaign.sig", "b.campaign"),
    "played",
    *("black", "black.lists"),
}
# Its stores have locks of their own in the table.
UNREAD = {"personalise @lock"}
TEXT_PLACES = [
    each
    for command in COMMANDS
    for each in places(command)
    if each.sound.removeprefix("file:") in TEXTS and str(each) not in UNREAD
]
NOT_TEXT = {
    "one byte of Latin-1": lambda sound: sound + b"\xe9",
    "UTF-16 without a mark": lambda sound: sound.decode().encode("utf-16-le"),
    "a NUL": lambda sound: sound[:5] + b"\0" + sound[5:],
    "nothing": lambda _: b"",
    "a mark alone": lambda _: b"\xef\xbb\xbf",
}


def test_whoever_declares_a_file_says_whether_it_is_text():
    sound = {each.sound.removeprefix("file:") for command in COMMANDS for each in places(command)}
    assert {each for each in sound if not each.startswith("new")} == TEXTS | NO_TEXTS


@pytest.mark.parametrize("place", TEXT_PLACES, ids=str)
def test_what_is_no_text_is_told_by_its_name(place_for_it, place: Place, capfd):
    scheme, _, name = place.sound.rpartition(":")
    path = place_for_it / f"strange{Path(name).suffix}"
    given = f"{scheme}:{path}" if scheme else path
    for damage, damaged in NOT_TEXT.items():
        without_outputs(Path())
        path.write_bytes(damaged(Path(name).read_bytes()))
        code = main.run(typed(place.command, **{place.dest: given}))
        told = capfd.readouterr().err
        assert code == 2, (damage, told)
        *_, line = told.splitlines()
        assert line.startswith("dualcos: "), (damage, told)
        assert path.name in line, (damage, told)


@pytest.mark.parametrize("detached", [False, True])
def test_a_card_of_an_older_format_is_brought_up_to_date_only_if_it_is_one(tmp_path, detached):
    """Damaged where only the card itself sees it, or merely looked at."""
    path = tmp_path / "old.card"
    card = dualcos.card("social-2.0")
    dualcos.write_card(card, path)
    as_format_2(path)
    sound = path.read_bytes()
    if not detached:
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("UPDATE cell SET value = x'00' WHERE region = 'ssse' AND key = (SELECT max(key) FROM cell)")
            db.execute("DELETE FROM cell WHERE key = (SELECT max(key) FROM cell WHERE region = 'ssse')")
        before = beside(tmp_path)
        with pytest.raises(dualcos.CardFileError, match="damaged"):
            dualcos.open_card(path)
    else:
        before = beside(tmp_path)
        dualcos.open_card(path, detached=True).close()
    assert beside(tmp_path) == before
    path.write_bytes(sound)
    dualcos.open_card(path).close()
    assert path.read_bytes() != sound


def as_format_2(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        (options,) = db.execute("SELECT value FROM meta WHERE name = 'options'").fetchone()
        settings = json.loads(options)
        old = {"transmission": settings["transmission"], "psam": None, **settings["stacks"]}
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?, ?)", _meta_row("options", json.dumps(old)))
        db.execute("PRAGMA user_version = 2")


@pytest.mark.usefixtures("sound")
def test_a_register_that_is_not_there_is_not_made_by_asking(capfd):
    assert main.run(typed("match", stock="no.db")) == 2
    assert "no.db does not exist" in capfd.readouterr().err
    assert not Path("no.db").exists()


def test_registers_of_the_first_programs_have_no_mark(tmp_path):
    with StockRegister(tmp_path / "stock.db"):
        pass
    with closing(sqlite3.connect(tmp_path / "stock.db")) as db:
        db.executescript("DROP TABLE report; PRAGMA application_id = 0; PRAGMA journal_mode = WAL;")
    with StockRegister.existing(tmp_path / "stock.db") as register:
        assert not register.wrote("B", "mail.csv", "0")
    with closing(sqlite3.connect(tmp_path / "stock.db")) as db:
        db.execute("PRAGMA user_version = 9")
    with pytest.raises(RegisterError, match="format 9"):
        StockRegister(tmp_path / "stock.db")
