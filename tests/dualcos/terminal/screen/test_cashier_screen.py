"""A terminal's screen: what is told stands there as it is, and what is asked is answered by keys or clicks."""

from __future__ import annotations

import re
from enum import Enum

import pytest
from rich.cells import cell_len
from textual import events

from dualcos.terminal.screen.answered_elsewhere import AnsweredElsewhere
from dualcos.terminal.screen.halves_at_work import CardHalf
from dualcos.terminal.screen.seen_at_terminal import DetailSeen, StepSeen, StopSeen
from dualcos.terminal.screen.styled_text import StyledPiece, StyledText
from dualcos.terminal.screen.terminal_on_screen import TerminalOnScreen
from dualcos.terminal.screen.terminal_view import TerminalView
from dualcos.terminal.screen.view_questions import (
    AskedAbout,
    CardQuestion,
    PadKey,
    PinQuestion,
    StepKey,
    StepQuestion,
)
from dualcos.terminal.terminal_parts import PartText
from tests.dualcos.terminal.screen.cashier_at_screen import SMALL, WIDE, at_screen

KIND = PartText("社保业务功能终端", "social terminal")
STEPS = (
    StepKey("read", PartText("读卡", "read the card"), group=PartText("卡片", "card")),
    StepKey("settle", PartText("医疗消费", "a medical settlement"), "YUAN", 1),
    StepKey("pull", PartText("拔卡", "take the card out"), "[N|COMMAND]"),
)
WAYS = (("done", PartText("办完，取卡", "all done with this card")),)
WHAT = PartText("做什么", "what is to be done")


class PadAsks(Enum):
    SOCIAL = PartText("请输入社保密码", "enter your social security PIN")
    BANK = PartText("请输入银行卡密码", "enter your bank card PIN")


def social_pin(**besides) -> PinQuestion:
    return PinQuestion(PadAsks.SOCIAL.value, PadAsks.SOCIAL, CardHalf.SOCIAL, **besides)


def played(flow, person, size=WIDE):
    """What ``flow`` makes of its view, and the view."""
    answerer = AnsweredElsewhere()
    view = TerminalView(answerer)

    def stands(stand):
        stand(TerminalOnScreen(KIND))
        return flow(view)

    return at_screen(answerer, view, stands, person, size)


def next_step(view):
    return view.next_step(StepQuestion(WHAT, STEPS, WAYS))


def test_steps_are_chosen_by_number_and_by_arrow_keys():
    async def person(at):
        await at.sees("1 读卡", "3 拔卡", "4 办完")
        await at.presses("2", "enter")
        await at.sees("1 读卡")
        await at.presses("down", "enter")  # below the one that was chosen last
        await at.sees("1 读卡")
        await at.presses("4", "enter")
        await at.until(lambda: at.app._exit)

    chosen = played(lambda view: [next_step(view) for _ in range(3)], person, SMALL)
    assert chosen == [STEPS[1], STEPS[2], "done"]


def test_a_step_is_clicked_on():
    async def person(at):
        await at.sees("── 卡片 card", "2 医疗消费")
        await at.pilot.click("#keys", offset=(5, 3))  # below border, group and the first one
        await at.until(lambda: at.app._exit)

    assert played(next_step, person) == STEPS[1]


def test_a_step_is_typed_with_what_it_takes():
    async def person(at):
        await at.sees("2 医疗消费")
        await at.presses("2", "f2")
        await at.sees("settle YUAN")
        await at.types("settle 12.50 --mode 1")
        await at.until(lambda: at.app._exit)

    assert played(next_step, person) == "settle 12.50 --mode 1"


def test_what_is_asked_is_answered_with_keys_alone():
    def flow(view):
        yield view.text(PartText("金额", "how much"), AskedAbout.STEP_WORDS, STEPS[1])
        yield view.text(PartText("金额", "how much"), AskedAbout.STEP_WORDS)
        yield view.choose(PartText("哪一个", "which one"), [PartText("一", "one"), PartText("二", "two")])
        yield view.choose(PartText("哪一个", "which one"), [PartText("一", "one"), PartText("二", "two")])
        yield view.confirm(PartText("是否相符", "does it fit"), AskedAbout.DOCUMENT)
        yield view.confirm(PartText("是否相符", "does it fit"), AskedAbout.DOCUMENT)
        yield view.move_card(CardQuestion(PartText("请插卡", "put a card in"), PartText("回车", "Enter"), present=True))

    async def person(at):
        await at.sees("how much", "settle YUAN")
        await at.types("80")
        await at.sees("how much")
        await at.presses("escape")
        await at.sees("which one", "2 二 two")
        await at.presses("2", "enter")
        await at.sees("which one")
        await at.presses("escape")
        await at.sees("does it fit")
        await at.presses("enter", "y")
        await at.sees("does it fit")
        await at.presses("escape")
        await at.sees("请插卡")
        await at.presses("escape", "f3")  # there is nothing to go back to
        await at.until(lambda: at.app._exit)

    assert played(lambda view: list(flow(view)), person, SMALL) == ["80", None, 1, None, True, False, True]


@pytest.mark.parametrize("size", [WIDE, SMALL])
def test_the_pin_pad_says_whose_pin_it_wants_and_shows_dots(size):
    def flow(view):
        length = PartText("银行卡密码为4至12位数字", "a bank PIN is 4 to 12 digits")
        yield view.enter_pin(social_pin(tries=3))
        bank = PinQuestion(PadAsks.BANK.value, PadAsks.BANK, CardHalf.BANK, 1, 4, 12, length, may_bypass=True)
        yield view.enter_pin(bank)
        yield view.enter_pin(bank)
        yield view.enter_pin(social_pin())

    async def person(at):
        shown = await at.sees("社保密码", "social PIN", "还剩3次 3 tries left")
        assert "F9" not in shown
        await at.presses("4", "8", "f9", "x", "2")
        await at.sees("● ● ●")
        await at.presses("backspace")
        await at.until(lambda: "● ● ●" not in at.shown())
        await at.presses("9", "enter")
        await at.sees("银行卡密码", "bank PIN", "1 try left", "F9")
        await at.presses("4", "8", "2", "enter")
        await at.sees("银行卡密码为4至12位数字")
        await at.presses("7", "3", "5", "1", "enter")
        await at.sees("－ － － －")
        await at.presses("1", "f9")
        await at.until(lambda: "社保密码" in at.shown() and "－ － － －" in at.shown())
        await at.presses("1", "escape")
        await at.until(lambda: at.app._exit)

    assert played(lambda view: list(flow(view)), person, size) == ["489", "7351", PadKey.BYPASS, PadKey.CANCEL]


def test_keys_of_the_pad_that_come_all_at_once_are_taken_in_their_turn():
    async def person(at):
        await at.sees("社保密码")
        for key in ("4", "8", "2", "9", "enter"):
            at.app.post_message(events.Key(key, key if key.isdecimal() else None))
        await at.until(lambda: at.app._exit)

    assert played(lambda view: view.enter_pin(social_pin()), person) == "4829"


def test_the_pin_pad_is_clicked_on():
    async def person(at):
        await at.sees("社保密码")
        for place in ((2, 0), (9, 2), (16, 4), (9, 6), (2, 6), (16, 6)):  # 1 5 9 0, one back, enter
            await at.pilot.click("#pad-keys", offset=place)
        await at.until(lambda: at.app._exit)

    assert played(lambda view: view.enter_pin(social_pin()), person) == "159"


HOSTILE = "[bold]甲[/bold]\x1b[2J\x07\u202e㐂𠮷"


@pytest.mark.parametrize("size", [WIDE, SMALL])
def test_what_a_card_says_is_shown_as_it_is_and_moves_nothing(size):
    def flow(view):
        view.show(PartText(HOSTILE, HOSTILE))
        view.exchange("", StyledText((StyledPiece("place", "SSSE      "), StyledPiece("value", HOSTILE))))
        view.step(StepSeen("read", "read", PartText(HOSTILE, "read"), None, (DetailSeen("姓名", "name", HOSTILE),)))
        view.step(StepSeen("read", "read", None, StopSeen(PartText("停", "stopped"), HOSTILE, PartText("", HOSTILE))))
        view.slip([HOSTILE])
        return view.choose(PartText("哪一个", "which one"), [PartText(HOSTILE, "")])

    async def person(at):
        shown = await at.sees("which one")
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "1 [bold]甲[/bold]\\u001b[2J\\u0007\\u202e㐂𠮷" in shown
        await at.presses("1", "enter")
        for pane in ("steps", "slips", "passed"):
            at.app._show_pane(pane)
            await at.sees("[bold]甲[/bold]\\u001b")
        await at.until(lambda: at.app._exit)

    assert played(flow, person, size) == 0


@pytest.mark.parametrize("size", [WIDE, SMALL])
def test_every_line_is_as_wide_as_the_screen_whatever_characters_are_in_it(size):
    def flow(view):
        for at in range(40):
            view.step(StepSeen("read", "read", PartText("甲" * at + "㐂𠮷b", "read"), None))
            view.slip(["㐂𠮷" * (at % 9)])
        next_step(view)

    async def person(at):
        await at.sees("1 读卡")
        strips = at.app.screen._compositor.render_strips()
        assert {sum(cell_len(segment.text) for segment in strip) for strip in strips} == {size[0]}

    played(flow, person, size)


def test_the_language_changes_for_all_that_stands_there():
    def flow(view):
        view.step(StepSeen("read", "read", PartText("已读", "it is read"), None))
        view.show(PartText("请插卡", "put a card in"))
        return next_step(view)

    async def person(at):
        await at.sees("请插卡", "put a card in", "已读 it is read", "交易 steps")
        await at.presses("f6")
        await at.until(lambda: "put a card in" not in at.shown())
        assert "已读" in at.shown()
        await at.presses("f6")
        shown = await at.sees("it is read", "put a card in")
        assert not any("一" <= char <= "鿿" for char in shown)

    played(flow, person)


def test_a_small_screen_shows_one_pane_after_the_other():
    def flow(view):
        view.step(StepSeen("read", "read", PartText("已读", "it is read"), None))
        text = StyledText((StyledPiece("place", "SSSE"), StyledPiece(None, " passed")))
        view.exchange("", text)
        view.half_works(CardHalf.BANK)
        view.exchange("", text)  # which half it is the connection says, never the text
        view.message("sent", text, CardHalf.BANK)
        return next_step(view)

    async def person(at):
        await at.sees("it is read")
        await at.presses("f5")
        await at.sees("凭条 slips")
        await at.presses("f5")
        shown = await at.sees("SSSE passed")
        assert re.findall("│([^│]*)SSSE passed", shown) == ["", "银行 ", "银行 发出 sent "]
        assert "社保 " not in shown

    played(flow, person, SMALL)


def test_why_a_step_stopped_stands_there_until_the_next_one_however_that_is_asked_for():
    def flow(view):
        view.step(StepSeen("read", "read", None, StopSeen(PartText("无效卡", "invalid"), "", PartText("", ""))))
        yield next_step(view)
        view.hint(PartText("不能理解", "why not"))
        yield next_step(view)
        view.step(StepSeen("pull", "pull", PartText("已拔卡", "pulled"), None))
        yield next_step(view)
        yield view.confirm(PartText("是否相符", "does it fit"), AskedAbout.DOCUMENT)

    def display(at):
        return str(at.app.query_one("#display").content)

    async def person(at):
        await at.sees("1 读卡")
        assert display(at) == "无效卡\ninvalid"
        await at.presses("f6", "f2")
        await at.sees("输入一步")
        await at.types("read x")
        await at.sees("why not", "1 读卡")  # in Chinese, too
        assert "无效" not in display(at)
        await at.presses("f2")
        await at.sees("输入一步")
        await at.presses("f3")  # asks for another one in its place
        await at.until(lambda: display(at) == "已拔卡" and "输入一步" not in at.shown())
        await at.presses("1", "enter")
        await at.sees("是否相符")
        assert not display(at)
        await at.presses("y")
        await at.until(lambda: at.app._exit)

    chosen = played(lambda view: view.card(present=True) or list(flow(view)), person)
    assert chosen == ["read x", STEPS[2], STEPS[0], True]


def test_a_terminal_of_which_nothing_is_known_is_attended_all_the_same():
    def unknown():
        raise OSError

    def flow(stand):
        stand(TerminalOnScreen(KIND, unknown))
        return next_step(view)

    async def person(at):
        await at.sees("1 读卡")
        await at.presses("2", "enter")
        await at.until(lambda: at.app._exit)

    answerer = AnsweredElsewhere()
    view = TerminalView(answerer)
    assert at_screen(answerer, view, flow, person) == STEPS[1]


def test_leaving_while_nothing_is_done_asks_nothing():
    async def person(at):
        await at.sees("1 读卡")
        await at.presses("f10")
        await at.until(lambda: at.app._exit)

    assert played(next_step, person) is None


def test_leaving_in_the_middle_of_a_step_ends_behind_it():
    def flow(view):
        chosen = next_step(view)
        digits = view.enter_pin(social_pin())
        return chosen, digits, next_step(view)

    async def person(at):
        await at.sees("1 读卡")
        await at.presses("1", "enter")
        await at.sees("社保密码")
        await at.presses("ctrl+c", "1", "2", "enter")
        await at.until(lambda: at.app._exit)

    assert played(flow, person) == (STEPS[0], "12", None)


def test_leaving_twice_cancels_what_is_asked():
    async def person(at):
        await at.sees("社保密码")
        await at.presses("f10", "f10")
        await at.until(lambda: at.app._exit)

    assert played(lambda view: view.enter_pin(social_pin()), person) is PadKey.CANCEL


# --- a card in a reader -----------------------------------------------------------------------------------------------


def asks_for_card(*, moved, may_go_back=True):
    return CardQuestion(PartText("请插卡", "put a card in"), PartText("", ""), True, may_go_back, moved)


@pytest.mark.parametrize(("key", "came"), [("escape", None), ("f10", False)])
def test_a_card_of_a_reader_is_not_waited_for_for_ever(key, came):
    """What it is wanted for is left undone, or all of it; nobody can say that it is in."""

    async def person(at):
        await at.sees("请插卡：在读卡器中", "Esc返回")
        assert "插卡 card" not in at.shown()
        await at.presses("f3")
        await at.sees("请插拔读卡器中的卡")
        await at.presses(key)
        await at.until(lambda: at.app._exit)

    assert played(lambda view: view.move_card(asks_for_card(moved=lambda: False)), person) is came


def test_a_card_of_a_reader_goes_on_by_itself():
    there = []

    async def person(at):
        await at.sees("请插卡：在读卡器中")
        assert "返回" not in at.shown()
        await at.presses("escape")
        there.append(True)
        await at.until(lambda: at.app._exit)

    asked = asks_for_card(moved=lambda: bool(there), may_go_back=False)
    assert played(lambda view: view.move_card(asked), person) is True
