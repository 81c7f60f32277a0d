"""Whatever stands in a file that a user hands in: one line that says what is wrong, exit 2, and nobody is surprised.

Every reader of foreign text × every way in which text is hostile: nested without end, numbers nobody can read, half a
character, another encoding, nothing at all.
"""

from __future__ import annotations

import contextlib
import io
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

import dualcos
from dualcos.cli.expected_faults import EXPECTED
from dualcos.cli.main import run
from dualcos.cli.replay import read_trace
from dualcos.explain.card_export import ExportError, parts, up_to_date
from dualcos.issuance.exchange import feedback_file, personalisation_file, region_codes
from dualcos.issuance.exchange.input_files import read as read_rows
from dualcos.lab.conformance import vector_file
from dualcos.lab.faults import fault_script
from dualcos.lab.search.results import ResultsError, parse
from dualcos.profile.schema import load
from dualcos.textforms.text_files import text_of
from keys.custody.key_store_file import KeyFile
from keys.custody.sealing import Lock, new_key_file

DEPTH = 20_000
LINE = b'{"seq":1,"command":"00A40000","answer":"9000",'
HOSTILE = {
    "nothing": b"",
    "brackets without end": b"[" * DEPTH,
    "as many brackets closed": b"[" * DEPTH + b"]" * DEPTH,
    "objects without end": b'{"a":' * DEPTH,
    "a field nested deep": LINE + b'"x":' + b"[" * 800 + b"]" * 800 + b"}",
    "a reason nested deep": LINE
    + b'"refusals":[{"gate":"a","why":"b","about":{"x":'
    + b"[" * 490
    + b"]" * 490
    + b"}}]}",
    "an integer of 5000 digits": b'{"format":' + b"9" * 5000 + b"}",
    "a time that is none": LINE + b'"at":' + b"9" * 400 + b"}",
    "a float beyond all": b'{"format":1e999999}',
    "no number": b'{"format":NaN}',
    "a list for an event": b'{"event":[]}',
    "a list for a format": b'{"trace":"dualcos","format":[],"card":{}}',
    "a status word beyond all": LINE + b'"refusals":[{"gate":"a","why":"b","sw":99999999999999999999,"about":{}}]}',
    "a field twice": b'{"format":1,"format":"x"}',
    "half a character": b'{"format":"\\ud800"}',
    "half a character, raw": b'{"format":"\xed\xa0\x80"}',
    "a NUL": b"\0",
    "a NUL in a word": b'{"format":"\0"}',
    "a byte order mark": b'\xef\xbb\xbf{"format":1}',
    "UTF-16": '{"format":1}'.encode("utf-16"),
    "Latin-1": b'name = "\xe9"',
    "TOML: lists without end": b"a = " + b"[" * DEPTH,
    "TOML: as many lists closed": b"a = " + b"[" * DEPTH + b"]" * DEPTH,
    "TOML: tables without end": b"a = " + b"{a=" * DEPTH,
    "TOML: a key of many steps": b".".join([b"a"] * DEPTH) + b" = 1",
    "TOML: a table of many steps": b"[" + b".".join([b"a"] * DEPTH) + b"]",
    "TOML: an integer of 5000 digits": b"format = " + b"9" * 5000,
    "TOML: the same in hex": b"format = 0x" + b"f" * 5000,
    "TOML: no day": b"format = 9999-99-99",
    "CSV: a quote without end": b'"' + b"a" * 200_000,
    "CSV: as many columns": b"," * 50_000 + b"\n1",
    "a database of nothing": b"SQLite format 3\0" + b"\xff" * 4000,
    "terminal escapes": b"\x1b[31m\x07\x08",
    "one long line": b"x" * 500_000,
}


def results(path: Path) -> None:
    list(parse(path.read_bytes().splitlines(), path.name))


def imported(path: Path) -> None:
    parts(up_to_date(text_of(path)))


READERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "trace": (".jsonl", lambda path: read_trace(str(path))),
    "profile": (".toml", load),
    "fault script": (".toml", lambda path: fault_script.load(str(path))),
    "vectors": (".json", vector_file.load),
    "campaign results": (".results", results),
    "card as text": (".json", imported),
    "card file": (".card", dualcos.open_card),
    "input rows": (".csv", lambda path: tuple(read_rows(path, frozenset(("format",)), frozenset(("format",))).rows)),
    "region codes": (".txt", region_codes.load),
    "personalisation file": (".perso", lambda path: personalisation_file.read(path, [bytes(16)], [])),
    "feedback file": (".csv", lambda path: feedback_file.read(path, [bytes(16)])),
    "key store": (".keys", lambda path: KeyFile.open(path, Lock(new_key_file()))),
    "key block": (".txt", text_of),
}
MAY_BE_READ = {"key block", "region codes"}  # any text is one, or nearly; what it says is asked later
"""Readers that may take a text that is not theirs."""


def complaint(read: Callable[[Path], object], path: Path) -> str | None:
    """What a reader says of a file, None if it takes it. Anything else that it raises is a bug."""
    try:
        read(path)
    except (*EXPECTED, ResultsError, vector_file.VectorError, ExportError) as error:
        return str(error)
    return None


def is_one_line(said: str) -> bool:
    return bool(said.strip()) and "\n" not in said and len(said) < 700


@pytest.mark.parametrize("reader", READERS)
def test_hostile_text_ends_in_a_line(reader, tmp_path):
    suffix, read = READERS[reader]
    taken = 0
    for number, (name, content) in enumerate(HOSTILE.items()):
        path = tmp_path / f"{number}{suffix}"
        path.write_bytes(content)
        said = complaint(read, path)
        assert said is None or is_one_line(said), f"{name}: {said}"
        taken += said is None
    assert taken <= (len(HOSTILE) if reader in MAY_BE_READ else 2), reader


@pytest.mark.parametrize("reader", ["trace", "profile", "card as text", "vectors", "input rows"])
@pytest.mark.parametrize("name", ["brackets without end", "TOML: lists without end", "an integer of 5000 digits"])
def test_a_command_says_so_and_ends_with_2(reader, name, tmp_path):
    """What a user sees: one line, and the exit code of wrong input."""
    path = tmp_path / f"hostile{READERS[reader][0]}"
    path.write_bytes(HOSTILE[name])
    commands = {
        "trace": ["replay", str(path)],
        "profile": ["inspect", str(path)],
        "card as text": ["card", "import", str(path), "-o", str(tmp_path / "new.card")],
        "vectors": ["conform", str(path)],
        "input rows": ["prepare", "--social", str(path), "--synthetic"],
    }
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(commands[reader])
    assert (code, out.getvalue()) == (2, "")
    line = err.getvalue().removesuffix("\n")
    assert is_one_line(line)


def test_a_card_file_whose_options_are_hostile(tmp_path):
    path = tmp_path / "one.card"
    dualcos.write_card(dualcos.card("social-2.0", seed=0), path)
    for content in list(HOSTILE.values())[::4]:
        with contextlib.closing(sqlite3.connect(path)) as file, file:
            file.execute("UPDATE meta SET value = ? WHERE name = 'options'", (content.decode("latin-1"),))
        with pytest.raises(EXPECTED) as caught:
            dualcos.open_card(path)
        assert is_one_line(str(caught.value))


def test_rows_of_json_say_what_is_wrong_with_each(tmp_path):
    """A row that cannot be read is a finding, and the others are read."""
    path = tmp_path / "rows.jsonl"
    lines = [content for content in HOSTILE.values() if content and b"\n" not in content and content.isascii()]
    path.write_bytes(b"\n".join((*lines, b'{"format":"x"}')))
    rows = tuple(read_rows(path, frozenset(("format",)), frozenset()).rows)
    assert len(rows) > 20
    assert {row.values["format"] for row in rows if row.fault is None} == {"x"}
    assert "is there twice" in {row.fault.text for row in rows if row.fault is not None}
    assert all(is_one_line(row.fault.text) for row in rows if row.fault is not None)
