"""What is typed at the wrong moment does nothing: a number that no menu has, a PIN before its pad or behind it."""

from __future__ import annotations

import pytest
from textual import events

from dualcos.terminal.screen.keys_around_pad import KeysAroundPad
from dualcos.terminal.screen.menu_number import MenuNumber
from dualcos.terminal.screen.view_questions import PadKey
from dualcos.terminal.terminal_parts import PartText
from tests.dualcos.terminal.screen.test_cashier_screen import STEPS, next_step, played, social_pin

PIN = "271828"


def key(name: str, at: float = 0.0) -> events.Key:
    event = events.Key(name, name if len(name) == 1 else None)
    event.time = at
    return event


@pytest.mark.parametrize("typed", ["12", "99", "5", "0", "02", PIN, "1111", "0003"])
def test_a_number_that_no_step_has_chooses_none(typed):
    async def person(at):
        await at.sees("1 读卡", "4 办完")
        await at.presses("down", *typed, "enter")
        await at.sees("no such number; there are 1 to 4")
        assert PIN not in at.shown()
        await at.presses("enter")  # the cursor is where it was
        await at.until(lambda: at.app._exit)

    assert played(next_step, person) == STEPS[1]


def test_one_of_several_is_chosen_with_enter_alone():
    def flow(view):
        choices = [PartText(name, "") for name in ("甲", "乙", "丙")]
        return view.choose(PartText("哪一个", "which one"), choices)

    async def person(at):
        await at.sees("which one")
        await at.presses("3", "1", "enter")
        await at.sees("no such number")
        await at.presses("enter", "2", "enter")
        await at.until(lambda: at.app._exit)

    assert played(flow, person) == 1


def test_a_menus_number_keeps_nothing_of_a_pin():
    number = MenuNumber()
    for digit in PIN:
        number.press(key(digit))
    assert number.of(99) is None
    assert not any(PIN[:3] in str(value) for value in vars(number).values())


def test_a_pin_that_comes_when_its_pad_is_gone_is_no_step():
    def flow(view):
        view.pads_go_by(lambda: gone)
        return view.enter_pin(social_pin()), next_step(view)

    async def person(at):
        nonlocal gone
        await at.sees("社保密码")
        at.app.around_pad.pause = 60
        await at.presses(*PIN[:3])
        gone = True
        await at.sees("2 医疗消费")
        await at.presses("2", "enter")
        assert at.app.query_one("#keys").highlighted == 1
        at.app.around_pad.pad_opens()  # as time goes by
        at.app.around_pad.pause = 0
        await at.presses("1", "enter")
        await at.until(lambda: at.app._exit)

    gone = False
    assert played(flow, person) == (PadKey.CARD_OUT, STEPS[0])


def test_keys_from_before_a_pad_are_not_its_own():
    async def person(at):
        await at.sees("社保密码")
        for digit in PIN[:2]:
            at.app.post_message(key(digit))
        await at.presses("4", "8", "2", "9", "enter")
        await at.until(lambda: at.app._exit)

    assert played(lambda view: view.enter_pin(social_pin()), person) == "4829"


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr("dualcos.terminal.screen.keys_around_pad.time.monotonic", lambda: 100.0)


@pytest.mark.usefixtures("clock")
def test_who_types_while_a_pad_opens_has_to_begin_anew():
    around = KeysAroundPad(pause=0.5)
    assert not around.drops(key("2", 99.9))
    around.pad_opens()
    assert around.drops(key("7", 100.2))
    assert around.drops(key("1", 100.6))  # half a second from the last one
    assert around.drops(key("enter", 101.0))
    assert not around.drops(key("2", 101.6))


@pytest.mark.usefixtures("clock")
def test_a_pad_that_opens_behind_enter_takes_the_first_key():
    around = KeysAroundPad(pause=0.5)
    around.drops(key("2", 99.8))
    around.drops(key("enter", 99.9))
    around.pad_opens()
    assert around.drops(key("1", 99.95))
    assert not around.drops(key("2", 100.5))


@pytest.mark.usefixtures("clock")
def test_behind_a_pad_the_keys_of_a_pin_are_dropped_and_no_others():
    around = KeysAroundPad(pause=0.5)
    around.pad_closes()
    assert not around.drops(key("f10", 100.1))
    assert not around.drops(key("down", 100.1))
    assert around.drops(key("enter", 100.4))
    assert around.drops(key("8", 100.8))
    assert not around.drops(key("8", 101.4))
