"""``dualcos why``: an entry, a status word, all of them; what is none is one line with what was nearly meant."""

from __future__ import annotations

import json

import pytest

from dualcos.cli.main import run
from dualcos.explain.catalogue import ENTRIES
from tests.mishaps import mishaps


@pytest.fixture
def said(capsys):
    def call(*argv: str) -> tuple[int, str, str]:
        return (run(("why", *argv)), *capsys.readouterr())

    return call


def test_all_of_them_a_line_each(said):
    code, out, _ = said()
    lines = out.splitlines()
    assert code == 0
    assert [line.split()[0] for line in lines[:-1]] == list(ENTRIES)
    assert "`dualcos why ID`" in lines[-1] or "why ID" in lines[-1]
    assert not any(line.endswith(" ") for line in lines)


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=lambda entry: entry.id)
def test_every_entry_is_told_by_its_id(said, entry):
    code, out, err = said(entry.id)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith(f"{entry.id}  ")
    labels = [line.split()[0] for line in lines[1:] if not line.startswith(" ")]
    assert labels[0] == "says"
    assert [each for each in labels if each in ("cause", "change", "clause")] == ["cause", "change", "clause"]
    # A command to paste is as long as the path of this program.
    assert all(len(line) <= 120 for line in lines if not line.startswith("clause") and "`" not in line)
    assert not {"a placeholder", "a value as Python writes it"} & set(mishaps(out))


def test_the_phrase_itself_and_a_status_word(said):
    by_id, by_phrase = said("no-random-number"), said("no", "random", "number")
    assert by_id == by_phrase == said("No random number")
    code, out, _ = said("63C2")
    assert code == 0
    assert out.startswith("63C2  authentication failed, 2 tries left")
    assert "ssse    EXTERNAL AUTHENTICATION 外部鉴别" in out
    assert "  wrong-pin " in out
    assert "no reason of a refusal here" in said("9000")[1]


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ("no-amip", "no-amip: no reason, no finding and no status word; nearest: no-aip"),
        ("zzzz", "zzzz: no reason, no finding and no status word; "),
        ("1234", "1234: no reason, no finding and no status word; "),
        ("6F12", "6F12: no status word that a card here gives; "),
    ],
)
def test_what_is_none(said, asked, line):
    code, out, err = said(asked)
    assert (code, out) == (2, "")
    assert err.startswith(f"dualcos: {line}")
    assert err.count("\n") == 1


def test_as_json(said):
    shown = json.loads(said("wrong", "PIN", "--json")[1])
    assert (shown["id"], shown["name"], shown["words"]) == ("wrong-pin", "wrong PIN", ["63C0"])
    assert shown["clauses"] == ["SSC-7 §5.8"]
    word = json.loads(said("6901", "--json")[1])
    assert "no-medical-transaction" in [each["id"] for each in word["reasons"]]
    assert {each["environment"] for each in word["commands"]} == {"ssse", "psam"}
    listed = json.loads(said("--json")[1])["entries"]
    assert [each["id"] for each in listed] == list(ENTRIES)
