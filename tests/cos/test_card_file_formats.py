"""Card files and exports of an older format are the same card in this program: cells, settings, answers.

What is opened here was made by the program that wrote the older format (``data/README.md``).
"""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import dualcos
from cos.card import Card
from cos.cos_options import CardPartsError, describe_options
from dualcos.cardfile import card_file_format
from dualcos.cardfile.card_file_format import FORMAT, CardFileError, _meta_row
from dualcos.cli.main import run
from dualcos.explain.card_export import ExportError, demand_agreement, parts, up_to_date

DATA = Path(__file__).parent / "data"
ANSWERS = json.loads((DATA / "answers.json").read_text(encoding="utf-8"))


def queried(path: Path, question: str) -> list[tuple]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(question).fetchall()


@pytest.fixture(params=ANSWERS)
def name(request):
    return request.param


@pytest.fixture
def path(tmp_path, name):
    path = tmp_path / f"{name}.card"
    path.touch(0o600)
    path.write_bytes(gzip.decompress((DATA / f"{name}.format-2.card.gz").read_bytes()))
    assert queried(path, "PRAGMA user_version") == [(2,)]
    return path


def format_1(path: Path) -> None:
    """The file as format 1 had it: no checksum over the settings, none over which cells there are."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        rows = db.execute("SELECT name, value FROM meta WHERE name != 'cells'").fetchall()
        db.execute("DROP TABLE meta")
        db.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
        db.executemany("INSERT INTO meta VALUES (?, ?)", rows)
        db.execute("PRAGMA user_version = 1")


def test_the_same_cells_settings_and_answers(path, name):
    cells = queried(path, "SELECT region, key, value FROM cell")
    ((old,),) = queried(path, "SELECT value FROM meta WHERE name = 'options'")
    with closing(dualcos.open_card(path, seed=7)) as card:
        assert {(region, key, value) for region, found in card.dump().items() for key, value in found.items()} == {
            *cells
        }
        demand_settings(json.loads(old), json.loads(describe_options(card.options)))
        assert card.power_on().hex().upper() == ANSWERS[name]["atr"]
        for command, answer in ANSWERS[name]["dialogue"]:
            assert card.exchange(bytes.fromhex(command)).hex().upper() == answer, command


def demand_settings(old: dict, new: dict) -> None:
    """Every setting is as it was; a key card never ran by those of the sides it has not."""
    assert new["transmission"] == old["transmission"]
    user = {"manager": {"plain_first_key": True}, "ssse": old["ssse"], "pse": old["pse"], "pki": {}}
    assert new["stacks"] == (user if old["psam"] is None else {"psam": old["psam"]})


def test_the_second_opening_changes_nothing(path):
    with closing(dualcos.open_card(path)) as card:
        dump, options = card.dump(), card.options
    assert queried(path, "PRAGMA user_version") == [(FORMAT,)]
    written = path.read_bytes()
    with closing(dualcos.open_card(path)) as card:
        assert (card.dump(), card.options) == (dump, options)
    assert path.read_bytes() == written


def test_format_1_ends_at_the_same_card(path, tmp_path):
    older = tmp_path / "older.card"
    older.touch(0o600)
    older.write_bytes(path.read_bytes())
    format_1(older)
    with closing(dualcos.open_card(path)) as one, closing(dualcos.open_card(older)) as other:
        assert (one.dump(), one.options) == (other.dump(), other.options)


@pytest.mark.parametrize("version", [1, 2])
def test_a_file_that_could_not_be_brought_up_to_date_is_as_it_was(path, version, monkeypatch):
    if version == 1:
        format_1(path)
    before = queried(path, "SELECT * FROM meta")
    with monkeypatch.context() as failing:
        # the last statement fails: all rows have been changed by then
        failing.setattr(card_file_format, "FORMAT", "no number")
        failing.setattr(card_file_format, "_demand_header", lambda _: None)
        failing.setattr(card_file_format, "_check", getattr(card_file_format, f"_from_format_{version}"))
        with pytest.raises(CardFileError):
            dualcos.open_card(path)
    assert queried(path, "SELECT * FROM meta") == before
    assert queried(path, "PRAGMA user_version") == [(version,)]


@pytest.mark.parametrize("name", ["bank-sda"], indirect=True)
def test_damaged_settings_are_damaged_in_the_new_format_too(path):
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE meta SET value = replace(value, '6D00', '6A81') WHERE name = 'options'")
    with pytest.raises(CardFileError, match="its options fail their check"):
        dualcos.open_card(path)


@pytest.mark.parametrize("name", ["bank-sda"], indirect=True)
@pytest.mark.parametrize("text", ["", "{}", "[]", "[" * 100_000, '{"transmission": {}, "psam": null}', "7"])
def test_settings_that_are_none_are_one_line(path, text):
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?, ?)", _meta_row("options", text))
    with pytest.raises(CardFileError, match=r"^[^\n]*its options cannot be read; restore it from a copy$"):
        dualcos.open_card(path)
    assert queried(path, "PRAGMA user_version") == [(2,)]


# Exports.

EXPORTS = ("dual-2.0-3des", "psam-sm4")


def export(name: str) -> str:
    return gzip.decompress((DATA / f"{name}.format-1.json.gz").read_bytes()).decode()


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_of_the_first_format_becomes_the_card_it_was(path, name, tmp_path, capsys):
    old, new = tmp_path / "old.json", tmp_path / "new.card"
    old.write_text(export(name), encoding="utf-8")
    assert run(["card", "import", str(old), "-o", str(new)]) == 0
    with closing(dualcos.open_card(path)) as card, closing(dualcos.open_card(new)) as imported:
        assert (imported.dump(), imported.options) == (card.dump(), card.options)
    assert capsys.readouterr().err == ""


def test_an_export_of_the_first_format_that_was_edited_is_refused():
    text = export("psam-sm4")
    for old, new in (('"is": "', '"is": "a '), ('"secrets": true', '"secrets":  true')):
        with pytest.raises((ExportError, CardPartsError), match="edited or damaged"):
            agreed(text.replace(old, new, 1))
    with pytest.raises(ExportError, match="options or cells"):
        up_to_date(json.dumps({"card": "dualcos", "format": 1, "options": 1}) + "\n")


def agreed(text: str) -> None:
    text = up_to_date(text)
    card = Card.restored(*parts(text))
    demand_agreement(text, card.dump(), describe_options(card.options))


def test_a_text_of_the_newest_format_stays_as_it_is():
    text = up_to_date(export("psam-sm4"))
    agreed(text)
    assert up_to_date(text) == text
