"""The command line in process: each subcommand does its one thing; bad input is one line and a non-zero code."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

import dualcos.cli.main
from dualcos.cli.main import run
from dualcos.cli.screen import Screen
from dualcos.cli.terminal_colours import paint_for

SELECT_SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
PIN = "123456"


@pytest.fixture
def said(capfd):
    """Run and return code, stdout, stderr."""

    def call(*argv: str) -> tuple[int, str, str]:
        code = run(argv)
        out, err = capfd.readouterr()
        return code, out, err

    return call


@pytest.fixture
def card_file(tmp_path, said):
    path = tmp_path / "my.card"
    assert said("issue", "social-2.0", "-o", str(path))[0] == 0
    return path


def test_send_explains(said):
    code, out, _ = said("send", "social-2.0", SELECT_SSSE, "00C0000018", "00B2013414")
    assert code == 0
    for piece in ("SELECT 选择文件", "SSSE 社会保障系统环境", "00 B2 01 34  14", "社会保障号码", "9000  done"):
        assert piece in out
    assert "\x1b" not in out


def test_send_fetches_like_a_reader_library(said):
    _, out, _ = said("send", "social-2.0", "--fetch", SELECT_SSSE, "00B2013400")
    assert out.count("GET RESPONSE") >= 1
    assert "6C14" in out
    assert "社会保障号码" in out


def test_send_takes_bytes_as_words_and_resets(said):
    assert "GET CHALLENGE" in said("send", "social-2.0", "00", "84", "00", "00", "08")[1]
    assert "热复位" in said("send", "social-2.0", "reset")[1]


def test_send_as_json(said):
    lines = [json.loads(line) for line in said("send", "social-2.0", "--json", SELECT_SSSE)[1].splitlines()]
    assert [line.get("name", line.get("event")) for line in lines] == ["cold", "SELECT"]


def test_a_card_file_keeps_what_was_written(said, card_file):
    wrong = "0020000002FFFF"
    assert "63C2" in said("send", str(card_file), SELECT_SSSE, wrong)[1]
    assert "63C1" in said("send", str(card_file), SELECT_SSSE, wrong)[1]
    pins = [line for line in said("inspect", str(card_file))[1].splitlines() if "PIN 个人密码" in line]
    assert ["tries 1 of 3" in line for line in pins] == [True]


def test_a_pin_is_never_on_the_screen(said):
    code, out, err = said("send", "social-2.0", SELECT_SSSE, "0020000003" + PIN)
    assert code == 0
    assert PIN not in (out + err).replace(" ", "")


def test_trace_and_replay(said, tmp_path):
    trace = str(tmp_path / "t.jsonl")
    assert said("send", "social-2.0", SELECT_SSSE, "0084000008", "0020000003" + PIN, "--trace", trace)[0] == 0
    assert PIN not in Path(trace).read_text(encoding="utf-8")
    assert Path(trace).stat().st_mode & 0o077 == 0
    code, out, _ = said("replay", trace)
    assert (code, "0 different" in out, "1 not sent" in out) == (0, True, True)
    code, out, _ = said("replay", trace, "--seed", "1")
    assert (code, "GET CHALLENGE" in out) == (1, True)
    assert said("replay", trace, "--profile", "blank")[0] == 1


def test_an_unsafe_trace_is_marked_and_complete(said, tmp_path):
    trace = str(tmp_path / "t.jsonl")
    command = ("send", "social-2.0", SELECT_SSSE, "0020000003" + PIN, "--trace", trace, "--unsafe-trace")
    _, out, _ = said(*command)
    text = Path(trace).read_text(encoding="utf-8")
    assert "UNSAFE" in text.splitlines()[1]
    assert PIN in text
    assert PIN not in out.replace(" ", "")
    code, out, _ = said("replay", trace)
    assert (code, "not sent" in out) == (0, False)


def test_inspect_shows_rules_and_check_values(said):
    code, out, _ = said("inspect", "social-2.0", "--options")
    assert code == 0
    for piece in ("DF03 社会保险信息区1", "read PIN or RK2DF03", "KCV", "tries 3 of 3", "edition 2.0", '"le00"'):
        assert piece in out


def test_inspect_says_why_a_card_of_its_profiles_is_not_marked(said, tmp_path):
    def keys(*argv: str) -> str:
        (line,) = (line for line in said("inspect", *argv)[1].splitlines() if line.startswith("keys "))
        return line

    changed = "or not marked: the profile was changed by --set"
    assert changed in keys("social-2.0", "--set", "ssse.pin=864213")
    assert "show-test social-2.0" in keys("social-2.0", "--set", "ssse.pin_tries=5")
    path = str(tmp_path / "real.card")
    said("issue", "social-2.0", "--set", "ssse.pin=864213", "-o", path)
    assert keys(path).endswith("or not marked")


def test_inspect_commands(said):
    code, out, _ = said("inspect", "--commands")
    assert code == 0
    assert "PIN CHANGE/UNBLOCK" in out
    assert "status words" in out


def test_options_of_a_card_file(said, card_file):
    assert '"transmission"' in said("inspect", str(card_file), "--options")[1]


def test_profiles(said):
    code, out, _ = said("profiles")
    assert code == 0
    assert "social-2.0" in out
    assert "社会保障卡" in out


def test_help_and_version(said):
    assert said("--help")[0] == 0
    assert said("serve", "--help")[0] == 0
    assert said("--version")[0] == 0


@pytest.mark.parametrize(
    ("argv", "complaint"),
    [
        ((), "COMMAND"),
        (("fly",), "invalid choice"),
        (("send", "social-2.0"), "APDU"),
        (("send", "social-2.0", "00A4zz"), "is not hex"),
        (("send", "no-such-card", "00"), "no such profile and no such card file"),
        (("inspect", "no-such-card"), "no such profile"),
        (("inspect", "social-2.0", "--commands"), "takes no card"),
        (("inspect", "social-2.0", "--", "x"), "takes nothing behind --"),
        (("run", "social-2.0"), "which command?"),
        (("run", "social-2.0", "--"), "which command?"),
        (("run", "social-2.0", "--", "/no/such/program"), "cannot run"),
        (("run", "social-2.0", "--cut-at", "-1", "--", "true"), "--cut-at"),
        (("serve", "social-2.0", "--socket", "/x", "--reader", "vpcd"), "--socket"),
        (("serve", "social-2.0", "--socket", "/no/such/place/s"), "/no/such/place/s"),
        (("serve", "social-2.0", "--socket", "/no/" + "x" * 120), "107"),
        (("issue", "social-2.0", "-o", "/no/such/place/card"), "/no/such/place/card"),
        (("issue", "no-such-profile", "-o", "never-made.card"), "no-such-profile"),
        (("replay", "/no/such/trace"), "/no/such/trace"),
        (("send", "social-2.0", "00", "--trace", "/no/such/place/t"), "/no/such/place/t"),
        (("send", "social-2.0", "00", "--unsafe-trace"), "--trace FILE"),
    ],
)
def test_bad_input_is_one_line(said, argv, complaint):
    code, _, err = said(*argv)
    assert code != 0
    assert complaint in err
    assert len(err.strip().splitlines()) == 1
    assert err.startswith("dualcos: ")
    assert "Traceback" not in err


def test_a_bad_profile_names_the_field(said, tmp_path):
    path = tmp_path / "p.toml"
    path.write_text('title = "x"\n', encoding="utf-8")
    code, _, err = said("inspect", str(path))
    assert (code, str(path) in err, len(err.splitlines())) == (2, True, 1)


@pytest.mark.parametrize("at", [0, 100, 4096])
def test_a_damaged_card_file(said, card_file, at):
    raw = bytearray(card_file.read_bytes())
    raw[at : at + 16] = bytes(byte ^ 0x55 for byte in raw[at : at + 16])
    card_file.write_bytes(raw)
    code, _, err = said("send", str(card_file), "00A40000")
    assert (code, len(err.splitlines())) == (2, 1)
    assert str(card_file) in err


def test_an_existing_card_file_is_not_overwritten(said, card_file):
    before = card_file.read_bytes()
    code, _, err = said("issue", "social-2.0", "-o", str(card_file))
    assert (code, "exists already" in err) == (2, True)
    assert card_file.read_bytes() == before


def test_two_cannot_have_one_card_file(said, card_file):
    code, _, err = said("run", str(card_file), "--sam", str(card_file), "--", "true")
    assert (code, "in use" in err, len(err.splitlines())) == (2, True, 1)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        *(("nonsense\n", "is no trace"), ("", "is no trace"), ('{"trace": "dualcos", "format": 1}\n', "is no trace")),
        ("\xff\n", "is not UTF-8"),
    ],
)
def test_what_is_no_trace(said, tmp_path, lines, why):
    path = tmp_path / "t.jsonl"
    path.write_bytes(lines.encode("latin-1"))
    code, _, err = said("replay", str(path))
    assert (code, why in err, str(path) in err, len(err.splitlines())) == (2, True, True, 1)


def test_a_trace_of_nowhere_wants_a_target(said, tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text('{"seq": 1, "command": "00A40000", "answer": "6A82"}\n', encoding="utf-8")
    code, _, err = said("replay", str(path))
    assert (code, "--profile or --pcsc" in err) == (2, True)
    assert said("replay", str(path), "--profile", "blank")[0] == 0


def test_run_gives_the_programs_exit_code(said):
    look = "import os, sys; sys.exit(7 if os.path.exists(os.environ['PCSCLITE_CSOCK_NAME']) else 1)"
    assert said("run", "social-2.0", "--", sys.executable, "-c", look)[0] == 7


def test_a_bug_is_one_line_too(said, monkeypatch):
    def broken() -> None:
        raise KeyError("test key 0123456789ABCDEF")

    monkeypatch.setattr("dualcos.cli.profiles.names", broken)
    monkeypatch.delenv("DUALCOS_DEBUG", raising=False)
    code, _, err = said("profiles")
    assert (code, len(err.splitlines())) == (70, 1)
    assert "KeyError at tests/dualcos/cli/test_cli_run.py:" in err
    assert "0123456789" not in err


def test_every_subcommand_is_in_the_table_once():
    names = list(dualcos.cli.main.SUBCOMMANDS)
    assert len(names) == len(set(names))
    assert {"serve", "run", "send", "replay", "inspect", "issue", "profiles"} <= set(names)


class Terminal(io.StringIO):
    """A stream that says whether it is a terminal."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.mark.parametrize(
    ("terminal", "variables", "coloured"),
    [(True, {}, True), (False, {}, False), (True, {"NO_COLOR": "1"}, False), (True, {"TERM": "dumb"}, False)],
)
def test_colour_only_where_it_is_wanted(monkeypatch, terminal, variables, coloured):
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    terminal = Terminal(terminal=terminal)
    screen = Screen(terminal)
    screen.write(paint_for(screen)("bad", "x"))
    assert terminal.getvalue() == ("\x1b[1;31mx\x1b[0m" if coloured else "x")
