"""The page of the cashier's screen: its commands are commands, and its keys are the keys that there are."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from dualcos.cli.main import parser
from dualcos.terminal.screen.answered_elsewhere import AnsweredElsewhere
from dualcos.terminal.screen.cashier_screen import CashierScreen
from dualcos.terminal.screen.screen_look import WIDE_FROM
from dualcos.terminal.screen.terminal_on_screen import TerminalOnScreen
from dualcos.terminal.screen.terminal_view import TerminalView
from dualcos.terminal.terminal_parts import PartText
from tests.dualcos.terminal.screen.cashier_at_screen import SMALL

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/how-to/attend-a-terminal-on-a-screen.md").read_text("utf-8")


def test_each_terminal_is_put_on_a_screen_by_a_command_that_is_one():
    lines = re.findall("^dualcos (terminal .*)$", PAGE, re.MULTILINE)
    asked = [parser("terminal").parse_args(shlex.split(line)) for line in lines]
    assert [line.split()[1] for line in lines] == ["social", "financial", "full"]
    assert all(args.screen for args in asked)
    parser("terminal").parse_args(["terminal", "full", *re.search("`(settle [^`]*)`", PAGE)[1].split()])


def test_its_keys_are_those_of_the_screen():
    told = {key for row in re.findall(r"^\| ([FC][^|]*) \|", PAGE, re.MULTILINE) for key in row.split(", ")}
    bound = {key for binding in CashierScreen.BINDINGS for key in binding.key.split(",")} - {"ctrl+q"}
    assert told == {key.capitalize() if key[0] == "f" else "Ctrl-C" for key in bound}
    answerer = AnsweredElsewhere()
    screen = CashierScreen(TerminalView(answerer), answerer, TerminalOnScreen(PartText("", "")))
    assert {name for name, _, _ in screen._foot()} == told - {"Ctrl-C"}


def test_the_window_is_as_small_as_the_one_that_is_tried():
    assert "from {} columns and {} lines".format(*SMALL) in PAGE
    assert SMALL[0] < WIDE_FROM


def test_its_pictures_are_there():
    pictures = re.findall(r"!\[[^\]]+\]\(\.\./(pictures/[^)]+)\)", PAGE)
    assert len(pictures) == 2
    assert all((ROOT / "docs" / each).is_file() for each in pictures)
