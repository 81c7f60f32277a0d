"""Files that laboratories hand in or keep (vectors, scripts of faults, results, traces, exports, card files): each
check of their form with a file that it alone refuses, and a field that nobody knows in every part of each.
"""

from __future__ import annotations

import copy
import json
import sqlite3
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

import dualcos
from cos.cos_options import describe_options
from dualcos.cardfile import card_in_file
from dualcos.cardfile.card_file_format import CardFile, CardFileError, CardNotKept
from dualcos.cardfile.card_in_file import keep_card, open_card, write_card
from dualcos.explain.card_export import ExportError, demand_agreement, exported, parts, provenance_in, up_to_date
from dualcos.explain.recorded_data import from_json
from dualcos.explain.trace_file_lines import TraceError, read
from dualcos.lab.campaign.results import Results, ResultsError
from dualcos.lab.campaign.shard import Shard, ShardResult, fingerprint
from dualcos.lab.conformance.command_template import TemplateError, parse
from dualcos.lab.conformance.vector_file import VectorError, load
from dualcos.lab.faults.fault_script import Rule

TITLE = {"zh": "题", "en": "title"}
UNIT: dict[str, Any] = {
    "unit": "U",
    "title": TITLE,
    "purpose": "p",
    "clause": ["SSC-5 §6"],
    "profile": "social-2.0",
    "provenance": {"kind": "derived", "source": "tests"},
    "notes": {"f": {"bugType": "b", "effect": "e"}},
    "setup": [{"send": "0084000008"}],
    "vectors": [
        {
            "id": "U-1",
            "title": TITLE,
            "flags": ["f"],
            "random": {"ssse": ["00FF"]},
            "steps": [
                {"send": "0084000008", "expect": [{"sw": "9000", "data": "*"}], "cut": {"tick": "each"}},
                {"state": {"unchanged": ["ssse"], "atomic": ["ssse"]}},
                {"damage": {"file": "ssse/DDF1/EF05", "bytes": "00"}},
            ],
        }
    ],
}


def objects(here: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every object of a document by its path, but for those that map names."""
    if isinstance(here, dict):
        if path[-1:] not in (("random",), ("notes",), ("counter",)):
            yield path
        for name, each in here.items():
            yield from objects(each, (*path, name))
    elif isinstance(here, list):
        for at, each in enumerate(here):
            yield from objects(each, (*path, at))


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    found = here = copy.deepcopy(document)
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    return found


def vectors(tmp_path: Path, document: Any) -> str:
    path = tmp_path / "v.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    try:
        load(path)
    except VectorError as error:
        return str(error)
    return ""


def test_a_field_that_nobody_knows_in_every_part_of_a_vector_file(tmp_path):
    assert vectors(tmp_path, UNIT) == ""
    paths = list(objects(UNIT))
    assert len(paths) >= 14
    for path in paths:
        assert "colour" in vectors(tmp_path, changed(UNIT, (*path, "colour"), "red")), path


STEPS = ("vectors", 0, "steps")


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("setup",), [{"send": "0084000008", "reset": "warm"}], "$.setup[0]: a step has one of"),
        (("setup",), [{}], "$.setup[0]: a step has one of"),
        (("setup",), [{"routine": "none"}], "$.setup[0].routine: there is no routine none"),
        (("setup",), [{"send": "00840000{"}], "$.setup[0].send"),
        (("setup",), [{"reset": "warm", "cut": {"tick": 1}}], "$.setup[0].cut: only a command"),
        ((*STEPS, 0, "cut"), None, "atomic is about a command that is cut"),
        ((*STEPS, 1, "state", "unchanged"), ["SSSE"], "'SSSE' is none of"),
        ((*STEPS, 1, "state", "atomic"), ["ss"], "'ss' is none of"),
        ((*STEPS, 2, "damage", "file"), "nope/DDF1/EF05", "'nope' is none of"),
        ((*STEPS, 2, "damage"), {"file": "ssse/DDF1/EF05"}, "one of bytes and becomes"),
        ((*STEPS, 2, "damage"), {"bytes": "00"}, "one of file and cell"),
        ((*STEPS, 2, "damage"), {"file": "ssse/DDF1/EF05", "cell": "ssse: a", "bytes": "00"}, "one of file and cell"),
        ((*STEPS, 2, "damage"), {"cell": "ssse: a", "becomes": "00", "at": 1}, "becomes goes with cell"),
        ((*STEPS, 0, "expect"), [{"sw": "9000", "data": "{ext_auth(x}"}], ".expect"),
        ((*STEPS, 0, "expect"), [{"sw": "9000", "data": "{=no_such(00)}"}], "there is no function no_such"),
        ((*STEPS, 0, "expect"), [{"sw": "9000", "tlv": {"9F36": "{=no_such(00)}"}}], "there is no function no_such"),
        ((*STEPS, 0, "expect"), [{"sw": "9000", "masks": ["0"]}], ""),
        (("vectors", 0, "random", "SSSE"), ["00"], "'SSSE' draws nothing"),
        (("setup",), [{"send": "0084000008", "times": "left(nothing known", "expect": "9000"}], "$.setup[0]"),
        (("vectors", 0, "random", "ssse"), ["00F"], "'00F' is not hex"),
        (("vectors", 0, "random", "ssse"), [""], "'' is not hex"),
        (("vectors", 0, "random", "ssse"), ["0G"], "'0G' is not hex"),
        (("vectors", 0, "flags"), ["F"], "F is not explained"),
        (("vectors", 0, "steps"), [], "nothing is judged"),
        (("vectors", 0, "reason"), "why", "a withdrawn vector gives its reason"),
        (("vectors", 0, "status"), "withdrawn", "a withdrawn vector gives its reason"),
        (("vectors", 0, "applies"), "no such", "applies"),
        (("vectors",), [UNIT["vectors"][0]] * 2, "id U-1 is taken"),
    ],
)
def test_a_vector_file_with_one_thing_wrong(tmp_path, path, value, said):
    found = vectors(tmp_path, changed(UNIT, path, value))
    assert said in found
    assert bool(found) or not said


def test_a_vector_file_that_says_something_twice(tmp_path):
    twice = json.dumps(UNIT).replace('"purpose": "p"', '"purpose": "p", "purpose": "q"')
    assert "has purpose twice" in vectors(tmp_path, twice)


def test_a_routine_is_checked_like_a_vector(tmp_path):
    for step, said in (({"reset": "warm", "send": "00"}, "a step has one of"), ({"send": "00840000{"}, ".send")):
        routines = {"routines": {"r": {"title": TITLE, "steps": [step]}}}
        (tmp_path / "routines.json").write_text(json.dumps(routines), encoding="utf-8")
        assert said in vectors(tmp_path, UNIT)
        assert "$.routines.r.steps" in vectors(tmp_path, UNIT)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"send": "0084000008", "expect": "9000"}, ""),
        ({"send": "0084000008", "expect": "9000", "cut": {"tick": 1}}, ""),
        ({"send": "0084000008", "expect": "9000", "cut": {"tick": "each"}}, "a cut at each tick"),
        ({"state": {"unchanged": ["ssse"]}}, ""),
        ({"state": {"atomic": ["ssse"]}}, "what is atomic"),
        ({"routine": "r(00)"}, "it calls itself"),
        ({"routine": "r(no such function())"}, "$.routines.r.steps"),
    ],
    ids=lambda each: each if isinstance(each, str) else "step",
)
def test_a_routine_has_nothing_that_is_about_a_vector(tmp_path, step, said):
    routines = {"routines": {"r": {"title": TITLE, "params": ["x"], "steps": [step]}}}
    (tmp_path / "routines.json").write_text(json.dumps(routines), encoding="utf-8")
    found = vectors(tmp_path, UNIT)
    assert said in found
    assert bool(found) == bool(said)


def test_what_a_routine_is_called_with_is_checked(tmp_path):
    routines = {"routines": {"r": {"title": TITLE, "params": ["x"], "steps": [{"send": "00B0000000"}]}}}
    (tmp_path / "routines.json").write_text(json.dumps(routines), encoding="utf-8")
    for called, said in (("r(00)", ""), ("r(no_such(00))", "no_such")):
        found = vectors(tmp_path, changed(UNIT, ("setup",), [{"routine": called}]))
        assert said in found
        assert bool(found) == bool(said)


def test_scripted_random_numbers_are_for_the_own_card(tmp_path):
    """On another card other numbers are drawn: such a vector is for none but its own, whatever its conditions."""
    for random, common in (({}, True), ({"ssse": ["5AC3907E12F4B86D"]}, False)):
        path = tmp_path / "one.json"
        written = changed(changed(UNIT, ("applies",), "ssse"), ("vectors", 0, "random"), random)
        path.write_text(json.dumps(written), encoding="utf-8")
        (case,) = load(path)
        assert case.common is common


def test_what_a_card_in_a_reader_cannot_show_is_not_played_on_it(tmp_path):
    """What is scripted, cut or changed by hand, and what needs another profile than the card was made with."""
    plain = changed(UNIT, ("vectors", 0), {"id": "U-1", "title": TITLE, "live": True, "steps": UNIT["setup"]})
    damage = [{"damage": {"file": "ssse/DDF1/EF05", "bytes": "00"}}, *UNIT["setup"]]
    cut = [{"send": "0084000008", "expect": "9000", "cut": {"tick": 1}}]
    for path, value, white_box, playable in (
        ((), None, False, True),
        (("live",), False, False, False),
        (("overrides",), {"ssse": {"pin": "1234"}}, False, False),
        (("random",), {"ssse": ["00FF"]}, True, False),
        (("steps",), damage, True, False),
        (("steps",), cut, True, False),
    ):
        file = tmp_path / "one.json"
        file.write_text(json.dumps(changed(plain, ("vectors", 0, *path), value) if path else plain), encoding="utf-8")
        (case,) = load(file)
        assert (case.white_box, case.playable_live) == (white_box, playable), path


@pytest.mark.parametrize("text", ["f(00 01)", "f(00,01 02)", "f(g(00) 01)", "f(00", "f(00,", "f(,00)", "f(00)) "])
def test_between_two_arguments_stands_a_comma(text):
    assert parse("f( 00 , g(01))") == ("f", ("00", ("g", ("01",))))
    with pytest.raises(TemplateError):
        parse(text)


# --- scripts of faults -----------------------------------------------------------------------------------------------


def test_a_rule_is_for_the_commands_it_names():
    def rule(**fields: Any) -> Rule:
        fault = {"kind": "malformed-tlv", "shape": "length-huge"}
        told = {"name": "n", "purpose": "p", "clause": "c", "fault": fault} | fields
        return msgspec.convert(told, Rule)

    one = rule(command="00b2??0C")
    assert one.fits(bytes.fromhex("00B2FF0C"))
    assert [one.fits(bytes.fromhex(near)) for near in ("00B2FF0D", "00B2FF1C", "00B0FF0C", "80B2FF0C")] == [False] * 4
    assert [rule(nth=[2, 4]).due(count) for count in range(1, 6)] == [False, True, False, True, False]
    assert [rule(nth=2).due(count) for count in range(1, 4)] == [False, True, False]
    assert [rule(nth="every").due(count) for count in range(1, 4)] == [True] * 3


# --- traces ----------------------------------------------------------------------------------------------------------

HEAD = {"trace": "dualcos", "format": 2}
LINE = {"seq": 1, "command": "0084000008", "answer": "00" * 8 + "9000"}
REFUSAL = {"command": "SELECT", "sw": 0x6A82, "gate": "g", "why": "w", "clause": "c", "about": {}}


def trace(*lines: Any) -> str:
    try:
        read([json.dumps(line) for line in lines])
    except TraceError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([HEAD, LINE], ""),
        ([HEAD | {"format": 1}, LINE], ""),
        ([HEAD | {"format": 3}, LINE], "line 1: trace format 3"),
        ([HEAD | {"format": 0}, LINE], "line 1: trace format 0"),
        ([HEAD | {"format": "2"}, LINE], "line 1: trace format 2"),
        ([HEAD], "no commands in it"),
        ([], "no commands in it"),
        ([HEAD, [LINE]], "line 2: not a JSON object"),
        ([HEAD, LINE | {"slot": 1}], "line 2: slot is text"),
        ([HEAD, LINE | {"seq": "1"}], "line 2: seq is a number"),
        ([HEAD, LINE | {"event": 1}], "line 2: event is one of"),
        ([HEAD, LINE | {"event": "Cold"}], "line 2: event is one of"),
        ([HEAD, LINE | {"env": 1}], "line 2: env is text"),
        ([HEAD, LINE | {"hidden": -1}], "line 2: hidden is a number"),
        ([HEAD, LINE | {"hidden": "1"}], "line 2: hidden is a number"),
        ([HEAD, LINE | {"notes": "a: b"}], "line 2: notes is a list"),
        ([HEAD, LINE | {"notes": [1]}], "line 2: notes is a list"),
        ([HEAD, LINE | {"refusals": ["x"]}], "line 2: refusals is a list"),
        ([HEAD, LINE | {"command": "008"}], 'line 2: "command" must be hex'),
        ([HEAD, LINE | {"command": None}], 'line 2: "command" must be hex'),
        ([HEAD, {"seq": 1, "command": "00"}], 'line 2: "answer" must be hex'),
        ([HEAD, LINE | {"refusals": [REFUSAL]}], ""),
        *(
            ([HEAD, LINE | {"refusals": [REFUSAL | change]}], "line 2: a refusal has|line 2: the data of")
            for change in (
                *({"command": 1}, {"clause": 1}, {"sw": "6A82"}, {"sw": -1}, {"sw": 0x10000}, {"about": []}),
                *({"about": {"a": {"hex": "0"}}}, {"about": {"a": {"is": "X", "fields": {"_a": 1}}}}),
                *({"about": {"a": {"is": "X", "fields": {}, "says": 1}}}, {"about": {"a": {}}}, {"about": {"a": 1.5}}),
                *({"settings": 1}, {"settings": [["a"]]}, {"settings": [[1, 1, 1]]}),
            )
        ),
    ],
    ids=lambda each: str(each)[-70:],
)
def test_a_trace_with_one_thing_wrong(lines, said):
    found = trace(*lines)
    assert found.startswith(tuple(said.split("|"))) if said else not found, found


def test_a_datum_is_what_a_card_notes():
    assert from_json({"is": "X", "fields": {"a": 1}, "says": "s"})
    assert from_json([None, True, "a", 1]) == (None, True, "a", 1)


# --- results of a campaign -------------------------------------------------------------------------------------------


def result(**changes: Any) -> bytes:
    """A line of a results file, with fields of the shard or of the line otherwise."""
    told = msgspec.to_builtins(ShardResult(shard=Shard("F3", "bank-sda", "", 1, 1, fingerprint()), verdict="held"))
    for name, value in changes.items():
        (told["shard"] if name == "code" else told)[name] = value
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, ""),
        ({"code": fingerprint()[:-1]}, "of another dualcos"),
        ({"code": ""}, "of another dualcos"),
        ({"colour": "red"}, "line 1, is no campaign result"),
    ],
)
def test_results_of_this_very_program(tmp_path, change, said):
    path = tmp_path / "r.jsonl"
    path.write_bytes(result(**change))
    try:
        with Results(path):
            assert not said
    except ResultsError as error:
        assert said, error  # noqa: PT017 - either way
        assert said in str(error)  # noqa: PT017 - as above


def test_a_shard_counts_once_it_was_judged(tmp_path):
    """One that failed for want of a worker was not: it is run again, and that result counts."""
    shard = Shard("F3", "bank-sda", "", 1, 1, fingerprint())
    for verdict, judged in (("held", True), ("failed", False)):
        path = tmp_path / f"{verdict}.jsonl"
        with Results(path) as results:
            assert shard not in results
            results.add(ShardResult(shard=shard, verdict=verdict))
            assert (shard in results) is judged
        with Results(path) as results:
            assert (shard in results) is judged
            results.add(ShardResult(shard=shard, verdict="violated"))
            assert shard in results
            assert [each.verdict for each in results] == ["held" if judged else "violated"]


def test_what_stands_behind_the_last_whole_line_was_cut_short_or_is_somebody_elses(tmp_path):
    path, line = tmp_path / "r.jsonl", result()
    for end in (1, 30, -1):
        path.write_bytes(line + line[:end])
        with Results(path) as results:
            assert len(list(results)) == 1
        assert path.read_bytes() == line
    other = b'{"shard":{"clain":"'
    path.write_bytes(line + other)
    with pytest.raises(ResultsError, match=r"r\.jsonl, line 2, is no campaign result, nor the beginning of one"):
        Results(path).__enter__()
    assert path.read_bytes() == line + other


# --- exports and card files ------------------------------------------------------------------------------------------


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
