"""``dualcos terminal interface``: the national functions called from a shell, alone and in pairs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dualcos.cli.main import run
from dualcos.cli.terminal_interface import _PIN_IN_TEXT, _shown
from dualcos.terminal.interface.national_functions import FUNCTIONS, Called

PIN = "123456"
WHOSE = "990000D1560000050000A1C2A3BD9603|T0000001X|"


@pytest.fixture
def called(capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("pins").write_text(f"{PIN}\n" * 9, encoding="utf-8")

    def call(*words: str) -> tuple[int, str, str]:
        code = run(("terminal", "interface", *words, "--pin-file", "pins"))
        out, err = capfd.readouterr()
        assert PIN not in out + err
        return code, out, err

    return call


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("iReadCardBas", "1"), "990000|990000190001010016|T0000001X|"),
        (("iReadCard", "1", "2", WHOSE, "DF01EF05|21|$"), "DF01EF05|测试省测试市测试区测试路1号|$"),
        (("iVerifyPIN", "3"), ""),
        (("iDoDebit", "1", WHOSE, "50.00|30.00|20261129120000|"), "0000138800000BB8|32|990000000001|"),
    ],
)
def test_a_function_returns_its_text(called, words, text):
    code, out, err = called(*words)
    assert (code, err) == (0, "")
    assert out.startswith(f"✓ {words[0]}  0 成功\n")
    assert text in out
    code, out, _ = called(*words, "--json")
    told = json.loads(out)
    assert (code, told["function"], told["code"], text in told["text"]) == (0, words[0], 0, True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("iReadCardBas", "9"), -23),
        (("iReadCardBas", "1", "--card", "bank-only"), -1),
        (("iReadCardBas", "1", "--card", "social-3.0", "--sam", "psam-3des"), -2202),
        (("iReadCard", "1", "2", WHOSE.replace("1X", "2X"), "DF01EF05|21|$"), -22),
    ],
)
def test_what_fails_has_its_code_and_its_words(called, words, code):
    ended, out, err = called(*words)
    assert (ended, err) == (1, "")
    assert out.startswith(f"✗ {words[0]}  {code} ")
    told = json.loads(called(*words, "--json")[1])
    assert (told["code"], bool(told["zh"]), bool(told["text"])) == (code, True, True)


def test_a_pair_of_steps_is_one_program(called):
    """Between the steps the card keeps its power: the second finds the first."""
    Path("calls").write_text(
        f"# a pair\niReadCardBas_HSM_Step1 1\niReadCardBas_HSM_Step2 '{'00' * 16}||'\n", encoding="utf-8"
    )
    code, out, _ = called("--script", "calls")
    assert code == 1
    assert out.count("✓ iReadCardBas_HSM_Step1  0") == 1
    assert "✗ iReadCardBas_HSM_Step2  -23" in out


def test_a_pin_on_its_way_to_an_hsm_is_not_shown():
    """SC §6.3: the fifth field is the new PIN."""
    for name in _PIN_IN_TEXT:
        assert name in FUNCTIONS
        shown = _shown(name, Called(0, f"01|0173|A6680BB7E05EDCA4|842400010C|{PIN}|"))
        assert (PIN in shown, shown.count("|")) == (False, 5)


def test_variants_and_words_of_what_passed(called):
    code, out, _ = called("iReadCardBas", "1", "--variant", "whole_atr", "--variant", "short_version", "--explain")
    assert (code, "|2.0|" in out, "|3B6D" in out) == (0, True, True)
    assert "INTERNAL AUTHENTICATION" in out[: out.index("✓")]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((), "which function?"),
        (("nope",), "no function is called nope"),
        (("iReadCardBas",), "iReadCardBas takes iType"),
        (("iReadCardBas", "1", "2"), "iReadCardBas takes iType"),
        (("iReadCardBas", "x"), "iType is a number"),
        (("iReadCardBas", "1", "--script", "pins"), "--script has the calls"),
        (("--script", "pins"), "pins line 1: no function is called"),
        (("iReadCardBas", "1", "--variant", "nope"), "invalid choice"),
    ],
)
def test_wrong_input_is_one_line(called, words, line):
    code, out, err = called(*words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert line in err


@pytest.mark.parametrize(
    ("text", "line"), [("# none\n", "no call in it"), ("iReadCardBas '1\n", "No closing quotation")]
)
def test_a_script_that_is_none(called, text, line):
    Path("calls").write_text(text, encoding="utf-8")
    code, out, err = called("--script", "calls")
    assert (code, out, line in err) == (2, "", True)
