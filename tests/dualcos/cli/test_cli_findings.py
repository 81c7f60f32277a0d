"""Findings of every level are shown, the first of each column; what is not shown is counted, and a file takes all."""

import csv
import json

import pytest

from dualcos.cli import main
from dualcos.cli.findings_told import SHOWN, FindingsTold
from dualcos.issuance.exchange.input_findings import Finding
from dualcos.issuance.invented_citizens import citizens, write_csv
from dualcos.profile.schema import file_of

MANY = 1500
FINDINGS = [
    Finding("social.csv", number, column, "odd", level)
    for number in range(1, MANY + 1)
    for column, level in (("name", "note"), ("sex", "warning"), ("ssn", "error"), ("", "error"))
]


def test_the_first_of_each_column_and_level_and_how_many_more(capsys):
    told = FindingsTold()
    told.tell(FINDINGS)
    said = capsys.readouterr().err
    assert "\n".join(map(str, FINDINGS[:4])) in said
    for level, shown in SHOWN.items():
        column = {"note": " column name", "warning": " column sex", "error": " column ssn"}[level]
        assert said.count(f"{column}: odd") == shown
        assert f"social.csv{column}: {MANY - shown} more {level}s; `--findings FILE` takes all" in said
    assert "social.csv: 500 more errors" in said
    assert {(each.column, each.count) for each in told.more} == {
        ("", 500), ("name", 1495), ("sex", 1480), ("ssn", 500),
    }  # fmt: skip


def test_the_file_has_every_one(tmp_path):
    with (tmp_path / "f.csv").open("wb") as into:
        FindingsTold().tell(FINDINGS, into)
    with (tmp_path / "f.csv").open(encoding="utf-8", newline="") as file:
        assert [Finding(row[0], int(row[1]), *row[2:]) for row in list(csv.reader(file))[1:]] == FINDINGS


@pytest.mark.parametrize("command", ["prepare", "match"])
def test_notes_are_shown_where_rows_are_checked(tmp_path, monkeypatch, capsys, command):
    """Left out because the edition has no item for it; written otherwise than it came."""
    monkeypatch.chdir(tmp_path)
    person = next(citizens(1, 3, version="1.00"))
    write_csv(tmp_path / "social.csv", [{**person.social, "phone": "１３８", "res_addr": "测试路", "reg_type": ""}])
    write_csv(tmp_path / "bank.csv", [person.bank])
    old = file_of("dual-2.0-3des").read_text("utf-8").replace('version = "2.0"', 'version = "1.0"')
    (tmp_path / "old.toml").write_text(old, "utf-8")
    words = [command, "--social", "social.csv", *(["--bank", "bank.csv"] if command == "match" else [])]
    words += ["--synthetic", "--template", "old.toml"]
    assert main.run(words) == 0
    said = capsys.readouterr().err
    assert "social.csv row 1 column phone:" in said
    assert "(note)" in said
    assert main.run([*words, "--json", "--findings", "f.csv"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert [each for each in facts["findings"] if each["column"] == "phone" and each["level"] == "note"]
    assert facts["findings_file"] == "f.csv"
    assert len((tmp_path / "f.csv").read_text().splitlines()) == 1 + len(facts["findings"])
