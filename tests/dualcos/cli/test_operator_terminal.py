"""The operator's desk at a terminal: a pseudo-terminal, and a hand that types."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
import termios
from datetime import UTC, datetime

import pytest

from dualcos.cli.operator_terminal import PersonAtTerminal, operator_desk
from dualcos.cli.screen import screens
from dualcos.cli.user_faults import Fault
from dualcos.lab.operator_steps.desk import YES_NO, OperatorQuestion, OperatorWords, Unattended

WORDS = OperatorWords("卡面是否完好？", "Is the card whole?")
FACES = {
    "front": OperatorWords("正面", "the front"),
    "back": OperatorWords("背面", "the back"),
    "edge": OperatorWords("侧面", "the edge"),
}
NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
PERSON = PersonAtTerminal()


@pytest.fixture
def typing(monkeypatch):
    """What is asked where somebody types these lines at a terminal: what came back, and what the terminal showed."""
    master, slave = pty.openpty()
    mode = termios.tcgetattr(slave)
    mode[3] &= ~termios.ECHO
    termios.tcsetattr(slave, termios.TCSANOW, mode)
    reading, showing = os.fdopen(os.dup(slave), encoding="utf-8"), os.fdopen(slave, "w", encoding="utf-8")

    def asked(typed: str, ask):
        os.write(master, typed.encode())
        with monkeypatch.context() as here:  # pytest has streams of its own for each phase of a test
            here.setattr(sys, "stdin", reading)
            here.setattr(sys, "stderr", showing)
            with screens():
                came = ask()
        print(end="\f", file=showing, flush=True)
        shown = b""
        while not shown.endswith(b"\f"):
            shown += os.read(master, 65536)
        return came, shown.decode().removesuffix("\f")

    yield asked
    reading.close()
    showing.close()
    os.close(master)


@pytest.mark.parametrize(
    ("typed", "chosen"),
    [
        ("2\n", "back"),
        ("２\n", "back"),
        ("back\n", "back"),
        ("  Front \n", "front"),
        ("正面\n", "front"),
        ("the b\n", "back"),
        ("e\n", "edge"),
        ("\n4\n0\nthe\nperhaps\n背\n", "back"),
    ],
)
def test_a_choice(typing, typed, chosen):
    came, shown = typing(typed, lambda: PERSON.choice(WORDS, FACES))
    assert came == chosen
    assert shown.count("Is the card whole?") == 1
    assert "卡面是否完好？" in shown
    assert "  3  侧面 the edge" in shown
    assert shown.count("not understood; like 1 / 2 / 3") == typed.count("\n") - 1


@pytest.mark.parametrize(("typed", "chosen"), [("y\n", "yes"), ("NO\n", "no"), ("是\n", "yes"), ("1\n", "yes")])
def test_yes_or_no(typing, typed, chosen):
    assert typing(typed, lambda: PERSON.choice(WORDS, YES_NO))[0] == chosen


@pytest.mark.parametrize(
    ("typed", "measured"),
    [
        ("0.76\n", 0.76),
        ("0,76\n", 0.76),
        ("０．７６\n", 0.76),
        ("85.6 mm\n", 85.6),
        ("85.6MM\n", 85.6),
        ("1\n", 1.0),
        ("-1\nnan\ninf\n1e3\n0.7.6\n\n12 cm\n0x10\n1_0\n12345678\n0.77\n", 0.77),
    ],
)
def test_a_measurement(typing, typed, measured):
    came, shown = typing(typed, lambda: PERSON.number(WORDS, "mm"))
    assert came == measured
    assert "a number, in mm" in shown
    assert shown.count("not understood; like 0.76 / 0.76 mm") == typed.count("\n") - 1


def test_an_act_is_confirmed_by_enter(typing):
    _, shown = typing("\n", lambda: PERSON.confirm(WORDS))
    assert "press Enter when it is done" in shown
    assert "完成后按回车键" in shown


@pytest.mark.parametrize("ask", [lambda: PERSON.choice(WORDS, YES_NO), lambda: PERSON.confirm(WORDS)])
def test_the_end_of_input_is_an_operator_who_leaves(typing, ask):
    with pytest.raises(KeyboardInterrupt):
        typing("\x04", ask)


def test_ctrl_c_is_an_operator_who_leaves():
    """As a terminal's driver makes it of the key: in a process whose terminal this is."""
    program = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from dualcos.cli.operator_terminal import PersonAtTerminal
from dualcos.lab.operator_steps.desk import OperatorWords
try:
    PersonAtTerminal().confirm(OperatorWords("请放入", "put in"))
except KeyboardInterrupt:
    sys.exit(7)
"""
    master, slave = pty.openpty()
    with subprocess.Popen(  # noqa: S603 - this Python
        [sys.executable, "-c", program], stdin=slave, stdout=slave, stderr=slave
    ) as process:
        os.close(slave)
        shown = b""
        while b"> " not in shown:
            shown += os.read(master, 1024)
        os.write(master, b"\x03")
        assert process.wait(30) == 7
    os.close(master)


def test_whose_desk_it_is(typing, monkeypatch):
    notes = []
    kept = {"now": lambda: NOW, "note": notes.append}
    question = OperatorQuestion("V-1", "steps[0]", WORDS, YES_NO, "", 30)

    def at_the_desk():
        desk = operator_desk("Ms Test", unattended=False, **kept)
        assert desk.attended
        return desk.answer(question)

    attested, _ = typing("no\n", at_the_desk)
    assert (attested.answer, attested.by, attested.until) == ("no", "Ms Test", "2026-12-29T08:00:00Z")
    assert notes == [attested]
    again = typing("", lambda: operator_desk("Ms Test", unattended=False, earlier=notes, **kept).answer(question))
    assert again == (attested, "")
    for name, unattended in ((None, False), ("", False), ("Ms Test", True)):
        assert isinstance(operator_desk(name, unattended=unattended, **kept), Unattended)
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))
    with pytest.raises(Fault, match="stdin is none"):
        operator_desk("Ms Test", unattended=False, **kept)
