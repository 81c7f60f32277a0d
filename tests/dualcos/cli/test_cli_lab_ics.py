"""``dualcos lab ics`` and ``dualcos lab plan`` as a laboratory types them."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

import dualcos.cli.statement_at_terminal as terminal
from dualcos.cli.main import run
from dualcos.lab.evidence.campaign_file import chain_of
from dualcos.lab.evidence.campaign_records import CampaignBegun
from dualcos.lab.ics.questions import BY_ID
from dualcos.lab.ics.statement import Statement

MAC = "ssse.options.missing_mac"


@pytest.fixture
def said(capfd, tmp_path, monkeypatch):
    """Run in an empty folder; code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*argv: str) -> tuple[int, str, str]:
        return (run(argv), *capfd.readouterr())

    return call


@pytest.fixture
def statement(said):
    """The statement of social-2.0 as a file, with a line otherwise."""
    assert said("lab", "ics", "derive", "social-2.0", "-o", "one.toml")[0] == 0

    def having(old: str, new: str, name: str = "one.toml") -> str:
        text = Path("one.toml").read_text("utf-8")
        assert text.count(old) == 1
        Path(name).write_text(text.replace(old, new), "utf-8")
        return name

    return having


def test_a_file_to_go_on_with(said):
    code, out, _ = said("lab", "ics", "derive", "bank-only")
    assert code == 0
    assert Statement.from_toml(out).answers["pse.cda"] is True
    assert said("issue", "bank-only", "-o", "one.card")[0] == 0
    assert said("lab", "ics", "derive", "one.card") == (0, out, ""), "a card file says what its profile did"
    assert said("lab", "ics", "derive", "bank-only", "-o", "a.toml")[1] == "a.toml: 55 answers\n"
    assert Path("a.toml").read_text("utf-8") == out
    assert said("lab", "ics", "derive", "bank-only", "-o", "a.toml")[0] == 2, "it is there"
    told = json.loads(said("lab", "ics", "derive", "bank-only", "--json")[1])
    assert told["toml"] == out


def test_what_a_check_says(said, statement):
    assert said("lab", "ics", "check", "one.toml") == (0, "one.toml: 35 answers, 0 open, 0 contradictions\n", "")
    statement(f'{MAC} = "6987"', "")
    code, out, _ = said("lab", "ics", "check", "one.toml")
    assert code == 0, "what is open has a default"
    assert out.startswith(f"open 未答  {MAC}: a secured command without room for a MAC ")
    assert 'default "6987"' in out
    statement("card.pki = false", "card.pki = true")
    code, out, _ = said("lab", "ics", "check", "one.toml", "--json")
    told = json.loads(out)
    assert code == 1
    assert told["contradictions"][0]["answers"] == {"card.pki": True, "ssse.version": "2.0"}
    assert told["contradictions"][0]["change"].startswith('answer ssse.version with "3.0"')
    statement("ssse.pin_set = true", "")
    assert "no default: answer it" in said("lab", "ics", "check", "one.toml")[1]
    statement("card.pki = true", "")
    assert said("lab", "ics", "check", "one.toml")[0] == 1, "what is open and has no default"


@pytest.mark.parametrize(
    ("old", "new", "said_so"),
    [
        (f"{MAC} = ", f"{MAC}s = ", f"one.toml: there is no question {MAC}s; did you mean {MAC}?"),
        (
            "card.pse = false",
            "card.pse = true",
            "one.toml: card.pse = true, and the profile says false, which no setting",
        ),
        (
            "card.pki = false",
            "card.pki = true",
            'one.toml: card.pki = true, ssse.version = "2.0": only cards of edition',
        ),
        ("ssse.dir_sfi = 30", "ssse.dir_sfi = 31", "one.toml: ssse.dir_sfi: 31 is no answer"),
    ],
)
@pytest.mark.parametrize("action", ["plan", "run"])
def test_what_cannot_be_is_said_in_a_line(said, statement, action, old, new, said_so):
    statement(old, new)
    code, out, err = said("lab", action, "ssse/verify.json", "--card", "social-2.0", "--ics", "one.toml")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"dualcos: {said_so}")


def test_a_statement_is_about_one_card(said, statement):
    statement(f'{MAC} = "6987"', f'{MAC} = "6988"')
    for words in ("lab plan ssse --ics one.toml", "lab plan ssse --ics none.toml --card social-2.0"):
        code, out, err = said(*words.split())
        assert (code, out, err.count("\n")) == (2, "", 1)
    assert said("issue", "social-2.0", "-o", "one.card")[0] == 0
    code, _, err = said("lab", "plan", "ssse", "--card", "one.card", "--ics", "one.toml")
    assert code == 2
    assert f'{MAC} = "6988", and the card of one.card has "6987": settings of a card file are burnt in' in err


def test_a_plan_is_what_the_run_does(said, statement):
    """The statement's answer holds, as a setting: the vector of the other reading is out, that of this one in."""
    statement(f'{MAC} = "6987"', f'{MAC} = "6988"')
    words = ("id=SSC-READING-NO-MAC-*", "--vectors", "ssse", "--card", "social-2.0", "--ics", "one.toml")
    code, out, _ = said("lab", "plan", *words, "--json")
    *vectors, whole = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert {each["id"]: each["plays"] for each in vectors} == {
        "SSC-READING-NO-MAC-6987": False,
        "SSC-READING-NO-MAC-6988": True,
    }
    assert whole["settings"] == [f"{MAC}=6988"]
    assert (whole["vectors"], whole["plays"], [each["vectors"] for each in whole["reasons"]]) == (2, 1, [1, 1])
    lines = said("lab", "plan", *words)[1].splitlines()
    assert lines[0].startswith("out  SSC-READING-NO-MAC-6987  ")
    assert lines[1] == f"     needs version >= 2 and {MAC} == '6987'"
    assert lines[4:6] == ["1 of 2 vectors are for this sample: social-2.0", f"set         {MAC}=6988"]
    assert said("lab", "plan", *words, "-q")[1].splitlines() == lines[4:]
    assert said("lab", "run", *words, "--jobs", "1", "--campaign", "one.campaign")[0] == 0
    begun = chain_of(Path("one.campaign").read_bytes()).records[0]
    assert isinstance(begun, CampaignBegun)
    assert begun.ics == dict(Statement.from_toml(Path("one.toml").read_text("utf-8")).answers)
    assert begun.sample.settings == [f"{MAC}=6988"]


def test_the_plan_for_a_card_in_a_reader_looks_at_no_reader(said):
    words = "lab plan ssse/verify.json card/environments.json --pcsc nowhere --profile social-2.0 --sam nowhere"
    code, out, err = said(*words.split(), "-q")
    assert (code, err) == (0, "")
    assert "out  needs a card as it was issued" in out or "out  spoils the card: --destructive plays it" in out
    assert out.endswith("What the PSAM does not compute shows when it is asked, in the run.\n")


def test_the_questions_are_listed(said):
    code, out, _ = said("lab", "ics", "questions")
    assert code == 0
    assert [line.split("  ")[0] for line in out.splitlines() if not line.startswith(" ")] == list(BY_ID)
    assert '    "6988"  6988 6988\n' in out
    assert '    "6987"  6987 6987 (default 默认)\n' in out
    assert "    1 to 15 (default 默认 3)\n" in out


# --- at a terminal ----------------------------------------------------------------------------------------------------


def answered(monkeypatch, typed: str, begun: Statement | None = None) -> Statement:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    return terminal.answered_at_terminal(begun or Statement({}))


def test_answers_at_a_terminal(monkeypatch, capfd):
    """By number, by word in both languages, by Enter; what is asked follows from what was answered."""
    typed = ["1", "否", "no", "FALSE", "", "direct", "2", "3", "nonsense", "1", "", "3.0", "sm4", "", "5"]
    statement = answered(monkeypatch, "\n".join(typed) + "\n")
    assert statement.answers == {
        "card.ssse": True,
        "card.pse": False,
        "card.pki": False,
        "card.psam": False,
        "chip.transmission.protocol": "T=0",
        "chip.transmission.case4": "direct",
        "chip.transmission.le00": "data",
        "chip.transmission.trailing_le": "ignore",
        "chip.transmission.get_response": "same class",
        "ssse.version": "3.0",
        "ssse.algorithm": "SM4",
        "ssse.pin_tries": 5,
    }
    out, err = capfd.readouterr()
    assert out == "", "questions are no output"
    assert err.count('it may be 可答 "ignore" or "6700"') == 2
    assert "Enter: left open 回车：不答" in err or "Enter: left open 输入序号或答案，回车：不答" in err


def test_what_is_answered_is_not_asked_again(monkeypatch, capfd):
    begun = Statement({**dict.fromkeys(("card.ssse", "card.pse"), False), "card.pki": True}, {"product": "x"})
    statement = answered(monkeypatch, "2\n", begun)
    assert statement == Statement({**begun.answers, "card.psam": False}, {"product": "x"})
    err = capfd.readouterr().err
    assert "SSSE" not in err.partition("contradiction")[0]
    assert "contradiction 矛盾  card.pki = true, card.ssse = false: " in err


def test_a_number_is_asked_for_until_it_is_one(monkeypatch, capfd):
    begun = {each.id: each.default for each in BY_ID.values() if not each.side and each.default is not None}
    environments = {"card.ssse": True, "card.pse": False, "card.pki": False, "card.psam": False}
    version = {"ssse.version": "2.0", "ssse.algorithm": "3DES", "ssse.pin_set": True}
    statement = answered(monkeypatch, "0\n16\n七\n7\n", Statement({**begun, **environments, **version}))
    assert statement.answers["ssse.pin_tries"] == 7
    assert capfd.readouterr().err.count("it may be 可答 a whole number, 1 to 15") == 3


def test_answers_may_come_through_a_pipe(said, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("no\nno\nno\nyes\n"))
    assert said("lab", "ics", "ask", "-o", "new.toml")[:2] == (0, "new.toml: 4 answers\n")
    text = Path("new.toml").read_text("utf-8")
    assert Statement.from_toml(text).answers == {
        **dict.fromkeys(("card.ssse", "card.pse", "card.pki"), False),
        "card.psam": True,
    }
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n" * 99))
    told = json.loads(said("lab", "ics", "ask", "--from", "new.toml", "--json")[1])
    assert told["answers"]["psam.options.mac_answer"] == "4 bytes"
    monkeypatch.setattr(sys, "stdin", None)
    code, out, _ = said("lab", "ics", "ask", "--from", "new.toml")
    assert (code, out) == (0, text), "nobody is there: all stays as it was"
