"""What README and the how-to show runs as it stands there, and what they print is what comes."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
from hypothesis import Phase, seed, settings
from pages_that_run import HOW_TO, README, files, output, programs

import dualcos
from cos.stacks import STACKS
from dualcos.lab.fuzzing import OUTSIDE, PROPERTIES, OwnApplication, Violation
from dualcos.lab.fuzzing.what_each_needs import need
from dualcos.lab.properties.sight_needed import Sight
from dualcos.profile.schema import file_of
from tests.toy_stack.stack import TOY

SECTION = README.partition("## Fuzzing, in tests of your own")[2].partition("\n## ")[0]
SIX_LINES, OTHER_CARDS, *_ = programs(SECTION)


def run(program, **names):
    """Its names behind it."""
    exec(compile(program, "a page", "exec"), names)  # noqa: S102 - our own pages
    return names


def written(program):
    """Its lines, without those that are empty."""
    return [line for line in program.splitlines() if line]


def asked(test, examples=20, phases=(Phase.generate,)):
    seed(5)(settings(max_examples=examples, database=None, deadline=None, phases=phases)(test))()


@pytest.fixture
def own_card(monkeypatch):
    """The how-to's card, where the how-to's test looks for it."""
    module = ModuleType("own_card")
    exec(files(HOW_TO)["own_card"], vars(module))  # noqa: S102 - our own page
    monkeypatch.setitem(sys.modules, "own_card", module)
    return module


def found_by(program):
    test = run(program)["test_one_side_shows_nothing_of_the_other"]
    with pytest.raises(Violation) as found:
        asked(test, 800, (Phase.generate, Phase.shrink))
    return found.value


# --- README -----------------------------------------------------------------------------------------------------------


def test_they_are_six_lines():
    assert len(written(SIX_LINES)) == 6


@pytest.mark.parametrize("number", range(1 + OTHER_CARDS.count("CARD =")))
def test_six_lines_run(number, own_card, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    card = dualcos.card("social-1.0", seed=1)
    dualcos.keep_card(card, tmp_path / "my.card")
    card.close()
    (tmp_path / "my-card.toml").write_text(file_of("social-1.0").read_text("utf-8") + "[toy]\n", "utf-8")
    how_to = run(files(HOW_TO)["test_own_card"])
    names = {
        "STACKS": STACKS,
        "MY_STACK": TOY,
        "MyCard": mended(own_card),
        "WALLET": OwnApplication("wallet", bytes.fromhex("00A4040005F000000001"), how_to["COMMANDS"]),
        "BONUS": OwnApplication("bonus", bytes.fromhex("00A4040005F000000002"), how_to["COMMANDS"]),
    }
    lines = written(SIX_LINES)
    assert lines[2].startswith("CARD = ")
    if number:
        lines[2] = written(OTHER_CARDS)[number - 1]
    behind = run("\n".join(lines), **names)
    asked(behind["test_one_side_shows_nothing_of_the_other"])
    judged = behind["CARD"].tally.now().judged
    assert sum(judged.values()) > 5
    assert ("toy" in judged) == (number == 2)


def test_what_readme_prints_is_what_is_found(own_card):
    assert own_card
    printed = SECTION.partition("```\nF1: ")[2].partition("```")[0]
    assert f"F1: {printed}".splitlines() == str(found_by(files(HOW_TO)["test_own_card"])).splitlines()


# --- the how-to -------------------------------------------------------------------------------------------------------


def test_what_the_how_to_prints_is_what_is_found(own_card):
    assert own_card
    told = str(found_by(files(HOW_TO)["test_own_card"])).splitlines()
    *shown, case = [line.removeprefix("E").strip() for line in output(HOW_TO, "pytest test_own_card.py")]
    assert [line.strip() for line in told] == shown
    assert case == "case=wallet: ADD(0); bonus: TOTAL(0),"


def mended(module):
    """The card, with the line that the how-to gives."""
    line = "self.current, self.last = data, None"
    assert f"`{line}`" in HOW_TO
    text = files(HOW_TO)["own_card"]
    assert text.count("            self.current = data\n") == 1
    exec(text.replace("            self.current = data\n", f"            {line}\n"), vars(module))  # noqa: S102 - as above
    return module.MyCard


def test_what_is_mended_holds(own_card):
    mended(own_card)
    asked(run(files(HOW_TO)["test_own_card"])["test_one_side_shows_nothing_of_the_other"], 100)


def test_the_last_program_runs():
    behind = run(programs(HOW_TO)[-1])
    tests = [test for name, test in behind.items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        seed(5)(test)()


def test_the_table_says_what_can_be_asked_of_which_card():
    rows = [line.split(" | ") for line in HOW_TO.splitlines() if line.startswith(("| a ", "| and "))]
    named = [set(row[-1].rstrip(" |").replace(";", ",").split(", ")) for row in rows]
    outside, dialogues, _, siblings = named
    flagged = {identity for identity in PROPERTIES if need(identity).flags}
    assert dialogues == flagged
    assert outside == set(OUTSIDE) - flagged - {"F18"}
    assert siblings == {identity for identity in PROPERTIES if need(identity).sight is Sight.SIBLINGS}
