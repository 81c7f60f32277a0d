"""CONTRIBUTING.md leaves out no part of what runs, and its figures come from reports."""

from __future__ import annotations

import re

import pytest

from tests import ledger

TEXT = ledger.PAGE.read_text(encoding="utf-8")
REPORT = """<testsuites><testsuite name="pytest" tests="3" time="9.0">
<testcase classname="tests.keys.test_a" name="one" time="1.25"/>
<testcase classname="tests.keys.test_b.TestC" name="two" time="2.5"/>
<testcase classname="tests.dualcos.lab.faults.test_c" name="three" time="0.5"><skipped/></testcase>
</testsuite></testsuites>"""


def test_every_folder_of_tests_is_in_the_ledger_once():
    parts = [row.part for row in ledger.rows(TEXT) if row.part.startswith("`tests/")]
    assert sorted(parts) == sorted(ledger.folders())
    assert all(row.words for row in ledger.rows(TEXT))


def test_the_ledger_has_figures_of_a_run():
    rows = {row.part: row for row in ledger.rows(TEXT)}
    without = {f"`tests/{room}`" for room in ("benchmarks", "tour", "toy_stack")}
    assert not [part for part, row in rows.items() if not (row.seconds.isdecimal() or part in without)]
    whole = int(rows[ledger.ALL].seconds)
    assert rows[ledger.ALL].words == f"{whole // 60} min {whole % 60:02} s"
    assert int(rows[ledger.CHECK].seconds) < whole
    assert re.search(r"\n\d{4}-\d\d-\d\d, \d+ cores, \w+ 3\.\d+\.\d+, load \d+\.\d.*\.\n", TEXT)


def test_every_target_of_the_makefile_is_named():
    makefile = (ledger.ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert targets
    told = {"help", "clean", "debian"}  # housekeeping: `make help` says it
    assert {name for name in targets[1].split() if f"make {name}" not in TEXT} - told == set()


def test_figures_are_taken_from_reports(tmp_path):
    (tmp_path / "r.xml").write_text(REPORT, encoding="utf-8")
    took = ledger.measured([tmp_path / "r.xml"])
    assert took == {"`tests/keys`": (2, 3.75), "`tests/dualcos/lab`": (1, 0.5)}
    page = f"before\n{ledger.BEGIN}| part | what it asks | tests | seconds |\n|---|---|---|---|\n"
    page += "| `make check` | all |  |  |\n| `tests/keys` | ciphers |  |  |\n| `tests/tour` | none | – | – |\n"
    page += "| `tests/dualcos/lab` | readers | 7 | 70 |\n| all | x | 1 | 1 |\n\nold day\n" + ledger.END + "behind\n"
    assert ledger.elapsed([tmp_path / "r.xml"]) == 9
    once = ledger.renewed(page, took, 61, 9.0, "a day.")
    assert ledger.rows(once) == [
        ("`make check`", "all", "", "61"),
        ("`tests/keys`", "ciphers", "2", "4"),
        ("`tests/tour`", "none", "–", "–"),
        ("`tests/dualcos/lab`", "readers", "1", "0"),
        ("all", "1 min 10 s", "3", "70"),
    ]
    assert ledger.renewed(once, took, 61, 9.0, "a day.") == once
    assert (once.startswith("before\n"), once.endswith("behind\n"), "old day" in once) == (True, True, False)


def test_a_page_without_a_ledger_is_refused():
    with pytest.raises(ValueError, match="no ledger"):
        ledger.rows("# Contributing\n")
