"""The campaign: same seed, same run; counterexamples are shrunk; a dying card and a forgetful one are caught."""

from __future__ import annotations

import random
from typing import NamedTuple

import pytest
from hypothesis import strategies as st

from cli.main import run as dualcos
from terminal.assurance import report
from terminal.assurance.bench import CardDied, Exchange
from terminal.assurance.campaign import run_for, search
from terminal.assurance.verdict import Property, Violation


class Nothing(NamedTuple):
    name: str = "nothing"


NUMBERS = st.lists(st.integers(0, 99), max_size=20)


def claim(check, cases=NUMBERS):
    return Property("X1", "a sentence", "a clause", check, None if cases is None else lambda _: cases)


def never_over_fifty(_specimen, numbers):
    if any(number > 50 for number in numbers):
        raise Violation("X1", f"{numbers}", (Exchange("a", b"\0\0\0\0", b"\x90\x00", "a"),))


def test_counterexample_is_shrunk():
    outcome = search(claim(never_over_fifty), Nothing(), 200)
    assert not outcome.held
    assert outcome.case == "[51]"


def test_same_seed_same_run():
    seen: list[list[object]] = [[], []]
    for numbers in seen:
        search(claim(lambda _, case, into=numbers: into.append(case)), Nothing(), 30, seed=7)
    assert seen[0] == seen[1]
    assert len(seen[0]) == 30


def test_a_card_that_dies_violates_f17():
    def dies(_specimen, _case):
        raise CardDied("raised", ())

    outcome = search(claim(dies), Nothing(), 5)
    assert outcome.violation.identity == "F17"


def test_a_card_that_remembers_outside_its_memory_is_no_excuse():
    chance = random.Random(1)  # noqa: S311 - a test of flakiness

    def sometimes(_specimen, _case):
        if chance.random() < 0.5:
            raise Violation("X1", "sometimes")

    assert not search(claim(sometimes), Nothing(), 50).held


def test_an_enumeration_runs_once():
    calls = []
    outcome = search(claim(lambda _, case: calls.append(case), None), Nothing(), 500)
    assert outcome.held
    assert calls == [None]


def test_hours_go_on_with_new_seeds_until_the_time_is_up():
    outcomes = run_for([claim(lambda *_: None)], Nothing(), hours=0.2 / 3600, examples=5)
    assert [outcome.seed for outcome in outcomes] == list(range(len(outcomes)))
    assert len(outcomes) > 1


# --- what a user sees ----------------------------------------------------------------------------------------------


def test_command_line_tells_each_property(capsys, tmp_path):
    code = dualcos(
        [
            *("fuzz", "firewall", "--profile", "social-2.0", "--examples", "5"),
            *("--property", "F1", "--property", "F9", "--save", str(tmp_path)),
        ]
    )
    said = capsys.readouterr().out
    assert code == 0
    assert "F1" in said
    assert "F9" in said
    assert "0 properties violated" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("arguments", [["--property", "F99"], ["--profile", "no-such-profile"], ["--profile", "blank"]])
def test_command_line_refuses_in_one_line(capsys, arguments):
    assert dualcos(["fuzz", "firewall", "--examples", "1", *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_report_tells_every_property_and_every_cut(tmp_path):
    path = tmp_path / "evidence.md"
    report.main(["--profile", "social-2.0", "--examples", "2", "--output", str(path)])
    text = path.read_text(encoding="utf-8")
    for known in report.PROPERTIES:
        assert f"| {known.identity} |" in text
    assert "power cuts" in text
    assert "seed 0" in text
