"""The evidence report: it tells all that was run, nothing that was not, and never calls a failure a success."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from dualcos.lab.properties.list_of_properties import PROPERTIES
from dualcos.lab.properties.tearing_of_macros import Sweep
from dualcos.lab.search.shard import Found, Shard, ShardResult
from tests.evidence import report

CODE = "c0de"


def result(claim: str, verdict: str = "held", **more: object) -> ShardResult:
    shard = Shard(claim, more.pop("profile", "social-2.0"), "digest", more.pop("seed", 0), 10, CODE)
    return ShardResult(shard=shard, verdict=verdict, **{"examples": 10, "commands": 1000, "accepted": 700, **more})


ALL = tuple(result(claim.identity) for claim in PROPERTIES)
SWEPT = result("T", cuts=40, sweeps=(Sweep("ssse", "update", 0, 30, 40, 20, 10, 0.5),))
JUNIT = """<testsuites><testsuite>
<testcase classname="tests.properties.test_seeded_bugs" name="test_bug_is_seen[right_kept]"><properties>
<property name="bug" value="right kept"/><property name="seen by" value="F5b"/></properties></testcase>
<testcase classname="tests.cos.test_card_file" name="test_a">{}</testcase>
<testcase classname="tests.cos.test_card_file" name="test_b"><skipped/></testcase>
</testsuite></testsuites>"""


class Filed:
    """One run of the command."""

    def __init__(self, folder: Path, capsys) -> None:
        self.folder = folder
        self._capsys = capsys

    def __call__(self, *results: ShardResult, junit: str = "", attach: str = "") -> tuple[int, str]:
        lines = self.folder / "results.jsonl"
        lines.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in results))
        arguments = ["--results", str(lines), "--about", "date=2026-11-24", "--output", str(self.folder / "out")]
        for option, name, text in (("--tests", "j.xml", junit), ("--attach", "night.md", attach)):
            if text:
                (self.folder / name).write_text(text, encoding="utf-8")
                arguments += [option, f"{'A night=' * (option == '--attach')}{self.folder / name}"]
        code = report.main(arguments)
        self.said = "".join(self._capsys.readouterr())
        path = self.folder / "out" / "evidence.md"
        return code, path.read_text(encoding="utf-8") if path.exists() else ""


@pytest.fixture
def file(tmp_path, capsys) -> Filed:
    return Filed(tmp_path, capsys)


def test_an_environment_of_which_nothing_was_judged_is_told_with_its_reason(file):
    """Over all shards of a card together; one without a reason says that."""
    sides = {"manager": "manager", "pse": "pse", "pki": "pki"}
    some = result("F13", sides=sides, judged={"manager": 3})
    more = result("F13", sides=sides, judged={"pse": 3}, seed=1)
    _, text = file(some, more, result("F14", sides=sides, judged={"pse": 1}), *ALL[:3])
    told = text.partition("judged nothing of")[2]
    assert "* F13, pki (1 of 1 profiles): nothing was judged, and no reason is known" in told
    assert "* F14, manager (1 of 1 profiles): numbers no transactions" in told
    assert "F13, pse" not in told
    assert "F14, pse" not in told


def test_every_property_with_its_reference_and_numbers(file):
    code, text = file(*ALL, SWEPT)
    assert code == 0
    for claim in PROPERTIES:
        assert f"| {claim.identity} | {claim.sentence} | {claim.clause} |" in text
        assert claim.clause
    assert "| date | 2026-11-24 |" in text
    assert "| ssse | update | 1 | 30 | 40 | 20 | 10 |" in text
    assert "all properties held." in file.said
    assert CODE in text


def test_the_same_input_is_the_same_evidence(file):
    first = file(*ALL, SWEPT, junit=JUNIT.format(""))
    kept = (file.folder / "out" / "evidence.json").read_bytes()
    assert file(*ALL, SWEPT, junit=JUNIT.format("")) == first
    assert (file.folder / "out" / "evidence.json").read_bytes() == kept
    assert json.loads(kept)["properties"]


def test_results_are_added_up_over_cards_and_seeds(file):
    _, text = file(result("F1", seed=3), result("F1", seed=5), result("F1", profile="bank-cda"))
    (line,) = (line for line in text.splitlines() if line.startswith("| F1 "))
    assert "| 2 | 30 | 3 000 | 0 | 0–5 | held |" in line


def test_a_violation_comes_first_and_is_the_exit_code(file):
    found = Found("F1", "e notices", "[case]", ("  1  9000  SELECT",), None)
    code, text = file(*ALL, result("F1", "violated", seed=1, found=found))
    assert code == 1
    assert "VIOLATED: F1." in file.said
    assert text.index("e notices") < text.index("## 1.")
    assert "  1  9000  SELECT" in text
    assert "| **VIOLATED** |" in text


def test_what_could_not_be_judged_did_not_hold(file):
    code, text = file(*ALL, result("F1", "failed", seed=1, why="its worker died, 3 times"))
    assert code == 1
    assert "could not be judged: F1" in text


def test_nothing_run_is_no_success(file):
    assert file()[0] == 1
    assert "no property was run" in file.said


def test_a_property_without_a_card_to_ask_is_not_called_held(file):
    _, text = file(result("F14", "idle", commands=0), *ALL[:3])
    (line,) = (line for line in text.splitlines() if line.startswith("| F14 "))
    assert line.endswith("| **not asked** |")
    assert "* F14: social-2.0" in text


def test_tests_by_subject_and_what_was_not_run(file):
    code, text = file(*ALL, junit=JUNIT.format(""))
    assert code == 0
    assert "not run: " in file.said
    assert "| right kept | F5b | passed |" in text
    (line,) = (line for line in text.splitlines() if line.startswith("| Card file "))
    assert line.endswith("| 1 | 0 | 1 | passed |")


def test_a_failed_test_is_named_and_is_the_exit_code(file):
    code, text = file(*ALL, junit=JUNIT.format("<failure>boom</failure>"))
    assert code == 1
    assert "tests FAILED: Card file" in file.said
    assert "* tests.cos.test_card_file::test_a" in text


def test_an_appendix_keeps_its_headings_below(file):
    _, text = file(*ALL, attach="# Evidence\n\nText.\n\n## Part\n")
    assert "## Appendix: A night" in text
    assert "### Evidence" in text
    assert "#### Part" in text
    assert "SHA-256 of `night.md`" in text


@pytest.mark.parametrize("junit", ["no xml", "<a>"])
def test_a_broken_file_is_one_line(file, junit):
    assert file(*ALL, junit=junit) == (2, "")
    assert file.said.count("\n") == 1


def test_a_missing_file_is_one_line(tmp_path, capsys):
    arguments = ["--results", str(tmp_path / "none.jsonl"), "--output", str(tmp_path)]
    assert report.main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1
