"""Files of vectors are files of tests, and what comes of one is what ``dualcos conform`` says of it."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from dualcos.lab.conformance.card_on_bench import Bench
from dualcos.lab.conformance.playing import play_all
from dualcos.lab.conformance.shipped_vectors import shipped
from dualcos.lab.conformance.vector_file import load
from dualcos.lab.pytest_plugin import vector_items

VERIFY = json.loads((shipped() / "ssse/verify.json").read_text("utf-8"))
ROUTINES = (shipped() / "routines.json").read_text("utf-8")
INI = "[pytest]\ndualcos_vectors = v/*.json\n"


@pytest.fixture
def folder(pytester) -> Path:
    """Vectors that pass, and one of each other kind."""
    (pytester.path / "v").mkdir()
    (pytester.path / "v/routines.json").write_text(ROUTINES, "utf-8")
    (pytester.path / "v/holes.json").write_text("[]", "utf-8")
    (pytester.path / "package.json").write_text('{"name": "other"}')
    (pytester.path / "broken.json").write_text("[1")
    good = VERIFY["vectors"][:2]
    write(pytester.path / "v/good.json", good)
    wrong = {**good[0], "id": "T-WRONG-01", "steps": [{"send": "0020000003314159", "expect": "6A81"}]}
    unreached = {**good[0], "id": "T-UNREACHED-01", "setup": [{"send": "00B0000000", "expect": "9000"}]}
    other = {**good[0], "id": "T-OTHER-01", "applies": "version >= 3"}
    gone = {**good[0], "id": "T-GONE-01", "status": "withdrawn", "reason": "judged nothing"}
    write(pytester.path / "v/mixed.json", [wrong, unreached, other, gone])
    return pytester.path


def write(path: Path, vectors: list[dict[str, object]]) -> None:
    path.write_text(json.dumps({**VERIFY, "vectors": vectors}), "utf-8")


def test_verdicts_are_those_of_conform(inner, folder, pytester):
    ran = inner("", "v/mixed.json", "--dualcos", "social-2.0", "-rs", "--junitxml", "report.xml")
    assert ran.outcomes == {"failed": 2, "skipped": 2}
    said = {result.case.id: result for result in play_all(load(folder / "v/mixed.json"), Bench("social-2.0"))}
    for name in ("T-WRONG-01", "T-UNREACHED-01", "T-OTHER-01", "T-GONE-01"):
        assert said[name].text in ran.out
    assert "\nfail at steps[0]: " in ran.out
    assert "\ninconclusive at setup[1]: " in ran.out
    assert "not judged: the card was never in the situation that the vector is about" in ran.out
    assert "个人密码不正确；剩余 2 次" in ran.out
    assert "314159" not in ran.out
    cases = ElementTree.parse(pytester.path / "report.xml").iter("testcase")  # noqa: S314 - pytest's own output
    assert {(case.get("name"), *(each.tag for each in case if each.tag != "properties")) for case in cases} == {
        *(("T-WRONG-01", "failure"), ("T-UNREACHED-01", "failure"), ("T-OTHER-01", "skipped"), ("T-GONE-01", "skipped"))
    }


@pytest.mark.usefixtures("folder")
def test_a_pattern_collects_them_and_no_other_file_is_opened(inner):
    ran = inner("def test_plain(): pass", "-v", pytest_dot_ini=INI)
    assert ran.outcomes == {"passed": 3, "failed": 2, "skipped": 2}
    assert f"v/good.json::{VERIFY['vectors'][0]['id']} PASSED" in ran.out


def test_without_a_pattern_a_folder_has_none(inner, folder):
    assert inner("", "v").code == pytest.ExitCode.NO_TESTS_COLLECTED
    assert inner("", str(folder / "v/good.json")).outcomes == {"passed": 2}


@pytest.mark.usefixtures("folder")
def test_they_are_chosen_as_other_tests_are(inner):
    first = VERIFY["vectors"][0]["id"]
    assert inner("", f"v/good.json::{first}").outcomes == {"passed": 1}
    assert inner("", "-k", "UNREACHED", pytest_dot_ini=INI).outcomes == {"failed": 1, "deselected": 5}
    ran = inner("def test_plain(): pass", "-m", "not dualcos_vector", "--strict-markers", pytest_dot_ini=INI)
    assert ran.outcomes == {"passed": 1, "deselected": 6}


@pytest.mark.usefixtures("folder")
def test_several_cards_play_each_vector(inner):
    ran = inner("", "v/good.json", "-v", "--dualcos", "social-2.0", "--dualcos", "bank-only")
    assert ran.outcomes == {"passed": 2, "skipped": 2}
    assert f"::{VERIFY['vectors'][0]['id']}[social-2.0] PASSED" in ran.out


@pytest.mark.usefixtures("folder")
def test_a_vector_sees_the_setting_of_the_card(inner):
    assert inner("", "v/good.json", "--dualcos", "social-2.0", "--dualcos-set", "ssse.pin=8642").outcomes == {
        "passed": 2
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"unit"', "not JSON"),
        ("[1]", "takes a table, not a list"),
        (json.dumps({**VERIFY, "vektors": []}), "vektors"),
        (
            json.dumps({**VERIFY, "vectors": [{**VERIFY["vectors"][0], "flags": ["unknown"]}]}),
            "unknown is not explained",
        ),
    ],
    ids=["no JSON", "a list", "a field too many", "a vector"],
)
def test_a_damaged_file_is_one_line(inner, folder, text, told):
    (folder / "v/good.json").write_text(text, "utf-8")
    ran = inner("", "v/good.json", pytest_dot_ini=INI)
    assert ran.outcomes == {"error": 1}
    (line,) = ran.out.partition("ERROR collecting v/good.json")[2].partition("\n")[2].partition("\n===")[0].splitlines()
    assert line.startswith("dualcos: ")
    assert "good.json" in line
    assert told in line


def test_a_vector_for_a_card_that_is_not_there_is_one_line(inner, folder):
    write(folder / "v/good.json", [{**VERIFY["vectors"][0], "profile": "nope.toml"}])
    ran = inner("", "v/good.json")
    assert ran.outcomes == {"failed": 1}
    assert "vector_items.py" not in ran.out
    assert "nope.toml" in ran.out


@pytest.mark.usefixtures("folder")
def test_a_bug_of_ours_is_one_line(inner, monkeypatch):
    monkeypatch.setattr(vector_items, "play", None)
    ran = inner("", "v/good.json", "-l")
    assert ran.outcomes == {"failed": 2}
    (line, *_) = ran.out.partition("= FAILURES =")[2].splitlines()[2:]
    assert line.startswith("dualcos: TypeError: 'NoneType' object is not callable (dualcos/lab/pytest_plugin/vector")
    assert "sitting" not in ran.out


@pytest.mark.usefixtures("folder")
def test_json_of_another_kind_that_is_named_is_left_to_others(inner):
    assert "not found" in inner("", "package.json").err
    assert "not found" in inner("", "v/routines.json").err


@pytest.mark.usefixtures("folder")
def test_workers_share_them(inner):
    """And what a worker sends of an error shows no frame of ours, as in ``test_plugin_frames``."""
    pytest.importorskip("xdist")
    source = "def test_one(card): card.power_on()\ndef test_off(card): card.exchange(bytes.fromhex('314159' + '2653'))"
    ran = inner(source, "-l", "-p", "xdist", "-n", "2", apart=True, pytest_dot_ini=INI)
    assert ran.outcomes == {"passed": 3, "failed": 3, "skipped": 2}
    assert "in dualcos: cos/card.py:" in ran.out
    assert [shown for shown in ("dispatcher = self._dispatcher", "1AY&S") if shown in ran.out] == []
