"""``dualcos sample``: nothing is replaced, the files say the same, every damage is told, the tour comes to its end."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from pathlib import Path

import pytest

import dualcos
from dualcos.cli.main import run
from dualcos.issuance.sample.sample_folder import FILES
from dualcos.profile.hard_cases import BY_KEY, HOLDERS
from tests.holders.card_read_back import row_faults

# Holders that the tour of the tests makes cards for: they need most of what a card can hold.
FEW = ("name-of-30-bytes", "four-bytes-across-byte-30", "every-item-full", "replacement-card")
# Who is in no batch of cards: the bank has no account or no place, and the card that was replaced.
LEFT_OUT = {"no-bank-side", "very-long-latin-name", "replaced-card"}
CHECKED = ["--template", "template.toml", "--synthetic"]


@pytest.fixture
def folder(tmp_path, monkeypatch, capsys):
    assert run(["sample", str(tmp_path / "sample")]) == 0
    monkeypatch.chdir(tmp_path / "sample")
    capsys.readouterr()
    return tmp_path / "sample"


def rows(name: str, encoding: str = "utf-8") -> list[dict[str, str]]:
    with Path(name).open(encoding=encoding, newline="") as file:
        return [{column: value for column, value in row.items() if value} for row in csv.DictReader(file)]


def test_all_files_are_there_and_the_tour_can_be_started(folder):
    assert {path.name for path in folder.iterdir()} == set(FILES)
    assert (folder / "run.sh").stat().st_mode & 0o100
    assert subprocess.run(["/bin/sh", "-n", "run.sh"], check=False).returncode == 0


@pytest.mark.parametrize("name", FILES)
def test_no_file_is_ever_replaced(tmp_path, capsys, name):
    (tmp_path / name).write_text("mine")
    assert run(["sample", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert name in told
    assert told.count("\n") == 1
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "mine")]


@pytest.mark.usefixtures("folder")
def test_the_same_people_three_times_and_every_holder_among_them():
    social = rows("social.csv")
    assert rows("social-excel.csv", "gb18030") == social
    assert b"\r\n" in Path("social-excel.csv").read_bytes()
    assert [json.loads(line) for line in Path("social.jsonl").read_text(encoding="utf-8").splitlines()] == social
    cards = {row["card_no"] for row in social}
    assert all((holder.card_number in cards) == (holder.key not in LEFT_OUT) for holder in HOLDERS)
    assert {row["ssn"] for row in rows("bank.csv")} == {row["ssn"] for row in social}


@pytest.mark.usefixtures("folder")
def test_the_good_rows_all_become_cards(capsys):
    assert run(["match", "--social", "social.csv", "--bank", "bank.csv", *CHECKED]) == 0
    told = capsys.readouterr()
    assert told.out.split() == [str(2 * len(rows("social.csv"))), "rows", "MATCHED"]
    excel = ["--social", "social-excel.csv", "--social-encoding", "gb18030"]
    assert run(["match", *excel, "--bank", "bank.csv", *CHECKED]) == 0


@pytest.mark.usefixtures("folder")
def test_every_damage_is_told_and_nothing_else(capsys):
    wanted = Path("damages.txt").read_text(encoding="utf-8").splitlines()
    damaged = ["--social", "damaged-social.csv", "--bank", "damaged-bank.csv", *CHECKED[:3]]
    assert run(["match", *damaged, "--report", "report.csv"]) == 1
    told = capsys.readouterr().err
    report = rows("report.csv")
    for line in wanted:
        rows_of, what = line.split(": ", 1)
        (social,) = re.findall(r"social row (\d+)", rows_of)
        (found,) = (each for each in report if each.get("social_row") == social)
        if what.startswith("nothing is wrong"):
            assert found["class"] == "MATCHED"
            continue
        assert found["class"] != "MATCHED", line
        side, _, columns = what.partition(":")[0].partition(", ")
        at = dict(re.findall(r"(social|bank) row (\d+)", rows_of))
        if found["class"] not in ("CONFLICT", "BANK_REJECTED") and columns and "and" not in columns:
            column = {"apply_type": "old_card_no"}.get(columns, columns)
            assert f"damaged-{side}.csv row {at[side]} column {column}: " in told, line


def test_the_tour_makes_cards_that_a_terminal_reads(folder):
    """From start to end, by a shell, with few people: the holders whose cards hold most."""
    for name in ("social.csv", "bank.csv"):
        keep_few(folder / name, {BY_KEY[key].number for key in FEW})
    few = (folder / "social.csv").read_text(encoding="utf-8")
    (folder / "social-excel.csv").write_text(few.replace("\n", "\r\n"), encoding="gb18030", newline="")
    ran = subprocess.run(["/bin/sh", "run.sh"], capture_output=True, check=False, timeout=300)
    out, told = ran.stdout.decode(), ran.stdout.decode() + ran.stderr.decode()
    assert ran.returncode == 0, ran.stderr.decode()
    assert out.splitlines()[-1] == "== done: 4 cards in run/made/cards; run/made/feedback.csv tells both parties"
    assert BY_KEY["four-bytes-across-byte-30"].name[:14] in told
    template = dualcos.load_profile("template.toml")
    held = {row["card_no"]: BY_KEY[key] for key in FEW for row in rows("social.csv") if BY_KEY[key].name == row["name"]}
    by_number = {}
    for path in sorted((folder / "run" / "made" / "cards").iterdir()):
        card = dualcos.open_card(path, detached=True)
        card.power_on()
        card.exchange(bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF"))
        by_number[card.exchange(bytes.fromhex("00B2072C0B"))[2:11].decode()] = card
    assert by_number.keys() == held.keys()
    for number, holder in held.items():
        assert list(row_faults(by_number[number], holder, template.ssse, template.pse)) == [], holder.key
    # A second time it stops before anything is done.
    again = subprocess.run(["/bin/sh", "run.sh"], capture_output=True, check=False, timeout=300)
    assert (again.returncode, again.stderr.count(b"\n")) == (2, 1)


def keep_few(path: Path, numbers: set[str]) -> None:
    header, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text(header + "".join(line for line in lines if line.split(",")[2] in numbers), encoding="utf-8")
