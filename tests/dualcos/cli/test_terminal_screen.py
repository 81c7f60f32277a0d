"""A cashier's day on a screen: cards put in and pulled, PINs wrong and right, what is paid and printed.

What a terminal does in all other cases its own tests say; here is what goes through its screen.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import pytest

from dualcos.cli.main import run
from dualcos.reader.pcsc import PcscError
from dualcos.reader.silent_card import CardMute
from tests.dualcos.cli.host_in_shell import back_end_in_shell, host_in_shell
from tests.dualcos.cli.terminal_at_screen import terminal_at_screen

SOCIAL_PIN, BANK_PIN = "123456", "1234"
CLOCK = ("--clock", "20261129120000")


@pytest.fixture
def host() -> Iterator[str]:
    with host_in_shell("dual-2.0-3des") as address:
        yield address


async def steps(at, typed: str) -> None:
    """A step, typed."""
    await at.until(lambda: at.app.query_one("#keys").lit)
    await at.presses("f2")
    await at.sees("type a step")
    at.app.screen.query_one("Input").value = typed
    await at.presses("enter")


def test_a_social_card_is_read_settles_and_is_taken_out(tmp_path):
    async def person(at):
        await at.sees("社保业务功能终端", "请插卡", "无卡")
        await at.presses("enter")
        await at.sees("卡片真实有效", "卡在内")
        await steps(at, "update DF04EF05 8F=2")
        await at.sees("✓ update")
        await steps(at, "settle 8.50 --mode 3 --account 0")
        await at.sees("社保密码", "还剩3次")
        await at.presses(*"999999", "enter")
        await at.sees("密码错误", "还剩2次")
        await at.presses(*SOCIAL_PIN, "enter")
        await at.sees("✓ settle", "8.50", "待上传1笔")
        await at.presses("f3")
        await at.sees("请插卡", "无卡")

    storage = tmp_path / "till.db"
    assert terminal_at_screen("social", *CLOCK, "--storage", str(storage), person=person) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["till.db"]  # closed: no journal of SQLite beside it


def test_a_card_that_is_pulled_while_the_pad_is_open_is_missed():
    async def person(at):
        await at.sees("请插卡")
        await at.presses("f3")
        await at.sees("卡片真实有效")
        await steps(at, "pin check")
        await at.sees("社保密码")
        await at.presses(*SOCIAL_PIN[:2], "f3")
        await at.sees("✗ pin", "there is no card, or it was pulled out", "请插卡", "无卡")
        await at.presses(*SOCIAL_PIN[2:], "enter")
        await at.sees("no such number")

    assert terminal_at_screen("social", *CLOCK, person=person) == 0


def test_a_settlement_is_paid_by_the_same_card_pulled_in_the_middle_put_back_and_printed(host):
    async def settles(at, step: str) -> None:
        await steps(at, step)
        await at.sees("请插卡")
        await at.presses("f3")
        await at.sees("社保密码")
        await at.presses(*SOCIAL_PIN, "enter")

    async def person(at):
        await at.sees("全业务功能终端", "未签到", "请选择交易", "choose a step")
        await steps(at, "sign-on")
        await at.sees("已签到")
        await steps(at, "settle 200 --own 15")
        await at.sees("请插卡：回车或F3，Esc返回")
        await at.presses("escape")  # nobody has a card
        await settles(at, "settle 200 --own 15")
        await at.sees("银行卡密码")
        await at.presses(*BANK_PIN, "enter")
        await at.sees("已用本卡支付", "请取卡")
        await at.until(lambda: "医疗费用结算" in at.paper())
        await at.presses("enter")
        await settles(at, "settle 100 --own 20")
        await at.sees("银行卡密码")
        await at.presses("f3")
        await at.sees("✗ settle", "无卡", "待支付1笔", "无卡，或卡已拔出")
        await steps(at, "pay 2")
        await at.sees("请插卡")
        await at.presses("f3")
        await at.sees("银行卡密码")
        await at.presses(*BANK_PIN, "enter")
        await at.sees("✓ pay", "请取卡")
        await at.presses("f3")
        await at.until(lambda: at.app.query_one("#keys").lit)
        await at.presses("f4")
        await at.sees("slip")
        await at.types("2")
        await at.until(lambda: "重打印" in at.paper())

    with back_end_in_shell("dual-2.0-3des") as back_end:
        words = ("--host", host, "--backend", back_end, *CLOCK)
        assert terminal_at_screen("full", *words, person=person) == 0


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (ZeroDivisionError(BANK_PIN), ("程序错误", "ZeroDivisionError")),
        (PcscError("the reader is gone"), ("读卡器不能用", "the reader is gone")),
        (CardMute("not a byte came"), ("卡无应答", "not a byte came")),
    ],
)
def test_a_step_that_fails_is_one_line_and_the_next_one_is_asked_for(monkeypatch, failure, said):
    async def person(at):
        await steps(at, "nope")
        await at.sees("没有步骤nope", "is called nope")
        await steps(at, "journal")
        await at.sees(*said)
        monkeypatch.undo()
        await steps(at, "journal")
        await at.sees("✓ journal")

    def fails(*_):
        raise failure

    monkeypatch.setattr("dualcos.cli.till.till_teller.TillTeller.carried_out", fails)
    assert terminal_at_screen("financial", *CLOCK, person=person) == 0


def test_a_terminal_that_cannot_be_set_up_is_told_without_a_screen():
    with pytest.raises(Exception, match=r"no-such\.card"):
        terminal_at_screen("social", "--card", "no-such.card", person=None)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--json"], "--json is for programs and --screen for people: one of them"),
        (["read"], "--screen asks for the steps one by one"),
        ([], "--screen is shown at a terminal, and stdin or stderr is none"),
    ],
)
@pytest.mark.parametrize("terminal", ["social", "financial", "full"])
def test_a_screen_for_nobody_is_refused(terminal, words, said, capsys):
    assert run(["terminal", terminal, "--screen", *words]) == 2
    assert said in capsys.readouterr().err


def test_without_textual_one_line_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr("dualcos.cli.standing.steps_at_work.demand_screen", lambda *_, **__: None)
    ours = ("dualcos.terminal.screen.", "dualcos.cli.counter.on")
    for name in list(sys.modules):
        if name.partition(".")[0] == "textual" or name.startswith(ours):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "textual", None)
    assert run(["terminal", "social", "--screen"]) == 2
    shown = capsys.readouterr().err
    assert re.fullmatch(r"dualcos: the package textual is missing, which it needs: .* -m pip install textual\n", shown)
