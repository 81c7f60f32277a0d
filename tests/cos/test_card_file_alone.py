"""Card files and exports that are wrong in one thing: each check that opens or imports one has a case of its own."""

from __future__ import annotations

import json
import sqlite3
import struct
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import dualcos
from cos.cos_options import describe_options
from dualcos.cardfile import card_in_file
from dualcos.cardfile.card_file_format import CardFile, CardFileError, CardNotKept
from dualcos.cardfile.card_in_file import keep_card, open_card, write_card
from dualcos.explain.card_export import ExportError, demand_agreement, exported, parts, provenance_in, up_to_date


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("cards") / "a.card"
    write_card(dualcos.card("bank-sda", seed=1), path)
    return path


def test_an_export_with_one_thing_wrong():
    newest = 2
    good = {"card": "dualcos", "format": newest, "secrets": True, "options": {}, "cells": {}}
    assert parts(json.dumps(good))
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"format": newest + 1}, f"export format {newest + 1}"),
        ({"format": newest - 1}, f"export format {newest - 1}"),
        ({"format": None}, "export format None"),
        ({"secrets": False}, "exported without keys"),
        ({"secrets": 1}, "exported without keys"),
        ({"card": "dualco"}, "no export of a card"),
        ({"cells": []}, "not as an export writes them"),
        ({"cells": {"ssse": {"0": {"value": "00"}}}}, "not as an export writes them"),
        ({"cells": {"ssse": {"00": {}}}}, "not as an export writes them"),
    ]
    for change, said in wrong:
        with pytest.raises(ExportError, match=said):
            parts(json.dumps(good | change))
    for said in ([], {"keys": 1}, "test"):
        with pytest.raises(ExportError, match="what it says of its keys"):
            provenance_in(json.dumps(good | {"provenance": said}))
    with pytest.raises(ExportError, match="edited or damaged"):
        up_to_date(json.dumps(good | {"format": 1}))


def header(at: int, value: bytes) -> Callable[[bytes], bytes]:
    return lambda raw: raw[:at] + value + raw[at + len(value) :]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda raw: raw, ""),
        (lambda _: b"", "is empty, no card file"),
        (lambda raw: raw[:71], "it is too short"),
        (lambda raw: raw[:50], "it is too short"),
        (header(15, b"\x01"), "is damaged or no card file"),
        (header(0, b"s"), "is damaged or no card file"),
        (header(68, struct.pack(">I", 0x64756174)), "is not a card file of dualcos"),
        (header(68, bytes(4)), "is not a card file of dualcos"),
        (header(18, b"\x02\x02"), "no card file is in this mode"),
        (header(18, b"\x02"), "no card file is in this mode"),
        (header(19, b"\x02"), "no card file is in this mode"),
        (header(60, struct.pack(">I", 4)), "card file format 4"),
        (header(60, bytes(4)), "card file format 0, which never was"),
    ],
    ids=lambda each: each[:30] if isinstance(each, str) else "bytes",
)
def test_a_card_file_with_one_thing_wrong_at_its_beginning(kept, tmp_path, change, said):
    path = tmp_path / "b.card"
    path.write_bytes(change(kept.read_bytes()))
    path.chmod(0o600)
    if not said:
        CardFile.open(path).close()
        return
    with pytest.raises(CardFileError, match=said):
        CardFile.open(path)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE cell SET crc = crc {0} 1 WHERE key = (SELECT max(key) FROM cell)", "fails its check"),
        ("UPDATE meta SET crc = crc {0} 1 WHERE name = 'options'", "its options fail their check"),
        ("UPDATE meta SET value = value || ' ' WHERE name = 'options'", "its options fail their check"),
        ("DELETE FROM cell WHERE key = (SELECT max(key) FROM cell)", "it has the cells"),
    ],
)
@pytest.mark.parametrize("sign", "+-")
def test_a_card_file_with_one_row_nearly_right(kept, tmp_path, statement, said, sign):
    path = tmp_path / "b.card"
    path.write_bytes(kept.read_bytes())
    path.chmod(0o600)
    with closing(sqlite3.connect(path)) as db:
        db.execute(statement.format(sign))
        db.commit()
    with pytest.raises(CardFileError, match=said):
        open_card(path)


def test_an_export_is_the_cards_to_the_last_digit():
    card = dualcos.card("bank-sda", seed=1)
    text = exported(card.dump(), describe_options(card.options), secrets=True)
    demand_agreement(text, card.dump(), describe_options(card.options))
    for wrong in (text + "\n", text[:-1], text[::-1].replace("0", "1", 1)[::-1], text.upper()):
        with pytest.raises(ExportError, match="edited or damaged"):
            demand_agreement(wrong, card.dump(), describe_options(card.options))


def test_what_is_no_card_file_at_all(kept, tmp_path):
    with pytest.raises(CardFileError, match="is a folder"):
        CardFile.open(tmp_path)
    with pytest.raises(CardFileError, match="does not exist"):
        CardFile.open(tmp_path / "none.card")
    path = tmp_path / "c.card"
    path.write_bytes(kept.read_bytes())
    for mode in (0o640, 0o604, 0o620, 0o601):
        path.chmod(mode)
        with pytest.raises(CardFileError, match="others may use it"):
            CardFile.open(path)
    path.chmod(0o600)
    card = open_card(path)
    with pytest.raises(CardFileError, match=r"lives in .*c\.card already"):
        keep_card(card, tmp_path / "d.card")
    with pytest.raises(CardFileError, match="is in use by another"):
        CardFile.open(path)
    card.close()


def test_a_file_whose_name_the_disk_does_not_keep_is_no_file(tmp_path, monkeypatch):
    def failing(_folder: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(card_in_file, "sync_folder", failing)
    with pytest.raises(CardNotKept, match=r"e\.card cannot be written: Input/output error"):
        keep_card(dualcos.card("blank"), tmp_path / "e.card")
    assert not list(tmp_path.iterdir())


def older(path: Path, version: int) -> None:
    """The card file as that format had it; 1 had no checksums of its options and none over which cells there are."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        (written,) = db.execute("SELECT value FROM meta WHERE name = 'options'").fetchone()
        told = json.loads(written)
        sides = {"ssse": {}, "pse": {}, "psam": None} | told["stacks"]
        options = json.dumps(sides | {"transmission": told["transmission"]})
        if version == 1:
            db.execute("DROP TABLE meta")
            db.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
            db.execute("INSERT INTO meta VALUES ('options', ?)", (options,))
        else:
            crc = zlib.crc32(b"\0".join((b"meta", b"options", options.encode())))
            db.execute("UPDATE meta SET value = ?, crc = ? WHERE name = 'options'", (options, crc))
        db.execute(f"PRAGMA user_version = {version}")


ROWS_OF_OTHER_TYPES = (
    "UPDATE cell SET key = 'x' WHERE key = (SELECT max(key) FROM cell)",
    "UPDATE cell SET value = 1 WHERE key = (SELECT max(key) FROM cell)",
    "UPDATE cell SET crc = 'x' WHERE key = (SELECT max(key) FROM cell)",
    "UPDATE cell SET region = x'FF'",
    "UPDATE cell SET region = CAST(x'FF' AS TEXT)",
    "UPDATE meta SET name = x'00' WHERE name = 'options'",
    "UPDATE meta SET value = x'00' WHERE name = 'options'",
    "UPDATE meta SET value = CAST(x'FF' AS TEXT)",
)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_row_of_another_type_is_one_line_in_every_format(kept, tmp_path, version):
    """SQLite keeps in a column whatever it is given; and where it cannot read a text, it quotes it."""
    path = tmp_path / "f.card"
    path.write_bytes(kept.read_bytes())
    path.chmod(0o600)
    if version < 3:
        older(path, version)
    whole = path.read_bytes()
    open_card(path).close()
    said = "is damaged: (a row is of another type|its options cannot be read|cell .* fails its check)"
    for statement in ROWS_OF_OTHER_TYPES:
        path.write_bytes(whole)
        with closing(sqlite3.connect(path)) as db:
            db.execute(statement)
            db.commit()
        damaged = path.read_bytes()
        with pytest.raises(CardFileError, match=rf"f\.card {said}.*; restore it from a copy"):
            open_card(path)
        assert path.read_bytes() == damaged, statement


def test_each_cell_of_format_1_is_checked_before_it_is_counted(kept, tmp_path):
    path = tmp_path / "f.card"
    path.write_bytes(kept.read_bytes())
    path.chmod(0o600)
    older(path, 1)
    CardFile.open(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE cell SET crc = crc + 1 WHERE key = (SELECT max(key) FROM cell)")
        db.commit()
    with pytest.raises(CardFileError, match="fails its check"):
        CardFile.open(path)
