"""A vector file that is wrong in one thing is refused for it: each check of the loader has a case of its own."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dualcos.lab.conformance.command_template import TemplateError, parse
from dualcos.lab.conformance.vector_file import VectorError, load

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
        (("item",), "DF01_SAFTEY", "$.item: 'DF01_SAFTEY' is no test item"),
        (("item",), ["DF01_SAFETY", "YYXZ"], "$.item: 'YYXZ' is no test item"),
        (("vectors", 0, "item"), "DF06_SAFETY", "$.vectors[0] (U-1).item: 'DF06_SAFETY' is no test item"),
        (("vectors", 0, "item"), ["JR/T 0045.1 YYXZ", "防拔"], ""),
        (("requirement",), "F0", "$.requirement: 'F0' is no requirement"),
        (("vectors", 0, "requirement"), ["F1", "f1"], "$.vectors[0] (U-1).requirement: 'f1' is no requirement"),
        (("vectors", 0, "requirement"), ["F1", "T8", "P4"], ""),
        ((*STEPS, 0, "requirement"), "CR1", "steps[0].requirement: 'CR1' is no requirement"),
        ((*STEPS, 0, "requirement"), "T1", ""),
        (("vectors",), [UNIT["vectors"][0]] * 2, "id U-1 is taken"),
        (("setup",), [{"send": "0084000008", "cut": {"tick": "each"}}], "$.setup[0]: only steps are cut at each tick"),
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
    """What is scripted, cut or changed by hand. What is overridden may be so on a card in a reader as well."""
    plain = changed(UNIT, ("vectors", 0), {"id": "U-1", "title": TITLE, "live": True, "steps": UNIT["setup"]})
    damage = [{"damage": {"file": "ssse/DDF1/EF05", "bytes": "00"}}, *UNIT["setup"]]
    cut = [{"send": "0084000008", "expect": "9000", "cut": {"tick": 1}}]
    for path, value, white_box, playable in (
        ((), None, False, True),
        (("live",), False, False, False),
        (("overrides",), {"ssse": {"pin": "1234"}}, False, True),
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


@pytest.mark.parametrize("where", ["setup", "steps", "after"])
@pytest.mark.parametrize(("sent", "whole"), [("00", False), ("00 84 00", False), ("00840000", True), ("{x}", True)])
def test_what_no_reader_passes_on_is_not_for_a_card_in_one(where, sent, whole, tmp_path):
    step, sound = {"send": sent, "expect": "6700"}, {"send": "0084000008"}
    vector = {"id": "U-1", "title": TITLE, "live": True, "steps": [sound], where: [step]}
    unit = {name: each for name, each in UNIT.items() if name not in ("setup", "notes")}
    file = tmp_path / "u.json"
    for live in (True, False):
        file.write_text(json.dumps({**unit, "vectors": [{**vector, "live": live}]}), encoding="utf-8")
        if whole or not live:
            load(file)
        else:
            with pytest.raises(VectorError, match="no reader passes on less than the four bytes of a header"):
                load(file)


def test_a_setup_looks_at_no_state_in_a_routine_either(tmp_path):
    routines = {"routines": {"r": {"title": TITLE, "steps": [{"state": {"unchanged": ["ssse"]}}]}}}
    (tmp_path / "routines.json").write_text(json.dumps(routines), encoding="utf-8")
    assert "belongs behind it" in vectors(tmp_path, changed(UNIT, ("setup",), [{"routine": "r"}]))
    assert vectors(tmp_path, changed(UNIT, ("setup",), UNIT["setup"])) == ""
