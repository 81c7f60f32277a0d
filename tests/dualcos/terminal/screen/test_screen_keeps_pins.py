"""A PIN that is typed on the screen is in no picture of it, no log, no state, no failure, wherever it is looked for."""

from __future__ import annotations

import gc
import re
import traceback
from enum import Enum
from types import FunctionType

import pytest
import textual.constants

from dualcos.terminal.screen.answered_elsewhere import AnsweredElsewhere
from dualcos.terminal.screen.halves_at_work import CardHalf
from dualcos.terminal.screen.pin_pad_dialog import PinPadDialog, TypedDigits
from dualcos.terminal.screen.silent_textual import ScreenFailed
from dualcos.terminal.screen.terminal_on_screen import TerminalOnScreen
from dualcos.terminal.screen.terminal_view import TerminalView
from dualcos.terminal.screen.view_questions import PadKey, PinQuestion
from dualcos.terminal.terminal_parts import PartText
from tests.dualcos.terminal.screen.cashier_at_screen import at_screen

PIN = "739146"
KIND = PartText("社保业务功能终端", "social terminal")


class PadAsks(Enum):
    SOCIAL = PartText("请输入社保密码", "enter your social security PIN")


def asked(person):
    """What comes of one PIN, and the view that it was asked through."""
    answerer = AnsweredElsewhere()
    view = TerminalView(answerer)

    def flow(stand):
        stand(TerminalOnScreen(KIND))
        return view.enter_pin(PinQuestion(PadAsks.SOCIAL.value, PadAsks.SOCIAL, CardHalf.SOCIAL))

    return at_screen(answerer, view, flow, person), view


def texts_from(*roots) -> set[str]:
    """Every text that can be reached from objects, without going through modules and classes."""
    seen, left, found = set(), list(roots), set()
    while left:
        one = left.pop()
        if id(one) in seen or isinstance(one, type) or type(one).__name__ in ("module", "frame"):
            continue
        if isinstance(one, FunctionType):
            left.extend(one.__closure__ or ())
            continue
        seen.add(id(one))
        if isinstance(one, str):
            found.add(str.__str__(one))
        left.extend(gc.get_referents(one))
    return found


def test_a_picture_of_the_screen_has_dots_whichever_way_they_were_typed():
    pictures = []

    async def person(at):
        await at.sees("社保密码")
        empty = at.app.export_screenshot()
        for key in PIN:
            await at.presses(key)
        await at.sees("● ● ● ● ● ●")
        by_keys = at.app.export_screenshot()
        for _ in PIN:
            await at.presses("backspace")
        await at.pilot.click("#pad-keys", offset=(2, 0))
        one = at.app.export_screenshot()
        await at.presses("backspace")
        await at.pilot.click("#pad-keys", offset=(9, 4))
        pictures.extend((empty, by_keys, one, at.app.export_screenshot()))
        await at.presses("escape")
        await at.until(lambda: at.app._exit)

    came, _ = asked(person)
    assert came is PadKey.CANCEL
    empty, by_keys, one, eight = (_unnumbered(picture) for picture in pictures)
    assert PIN not in by_keys
    assert one == eight  # which key was clicked on is not to be seen
    assert one != empty


def _unnumbered(picture: str) -> str:
    """Without the number that each picture calls its styles by."""
    return re.sub(r"terminal-\d+", "terminal", picture)


def test_neither_screen_nor_view_holds_it_while_it_is_typed_nor_afterwards():
    held = []

    async def person(at):
        await at.sees("社保密码")
        await at.presses(*PIN)
        await at.sees("● ● ● ● ● ●")
        held.append(texts_from(at.app, at.app._view))
        await at.presses("enter")
        await at.until(lambda: at.app._exit)
        held.append(texts_from(at.app, at.app._view))

    came, view = asked(person)
    assert came == PIN
    assert len(held) == 2
    held.append(texts_from(view))
    assert not [text for texts in held for text in texts if PIN in text]
    assert PIN not in repr(view.seen())


def test_digits_show_their_number_and_are_given_once():
    digits = TypedDigits()
    for key in PIN:
        digits.press(key)
    assert (repr(digits), len(digits)) == ("<6 keys>", 6)
    assert (digits.take(), digits.take()) == (PIN, "")


@pytest.mark.parametrize("broken", ["_dots", "on_key", "enter"])
def test_a_screen_that_fails_while_the_pad_is_open_says_where_and_nothing_else(broken, monkeypatch, capfd):
    def fails(self, *args):
        raise RuntimeError(f"{PIN} {self} {args}")

    async def person(at):
        await at.sees("社保密码")
        await at.presses(*PIN[:3])
        monkeypatch.setattr(PinPadDialog, broken, fails)
        await at.presses(*PIN[3:], "enter")

    with pytest.raises(ScreenFailed) as failed:
        asked(person)
    told = "".join(traceback.format_exception(failed.value)) + "".join(capfd.readouterr())
    assert "RuntimeError at tests/dualcos/terminal/screen/test_screen_keeps_pins.py:" in told
    assert PIN not in told
    assert not any(PIN in text for text in texts_from(failed.value))


def test_nothing_that_textual_may_be_told_to_log_is_logged(monkeypatch, tmp_path):
    log = tmp_path / "log"
    monkeypatch.setattr(textual.constants, "LOG_FILE", str(log))
    monkeypatch.setattr(textual.constants, "DEBUG", True)
    monkeypatch.setenv("TEXTUAL", "devtools,debug")

    async def person(at):
        await at.sees("社保密码")
        assert not at.app.features
        await at.presses(*PIN, "enter")
        await at.until(lambda: at.app._exit)

    came, _ = asked(person)
    assert came == PIN
    assert not log.exists()
