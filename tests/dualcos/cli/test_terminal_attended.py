"""A counter with somebody at it: a cashier's day on a real terminal, and at a reader where people put cards in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import dualcos
from apdu.link import AroundCard, SmartCard
from dualcos.cli import operator_terminal
from dualcos.cli.counter.step_table import STEPS
from dualcos.cli.main import run
from dualcos.cli.standing import cards_on_desk
from tests.dualcos.cli.cashier_at_terminal import CTRL_D, Cashier

PIN = "123456"
INSERT, WHAT, ENTER_PIN, TAKE = "put a card in", "what is to be done>", "tries left): ", "take the card out"


@pytest.fixture
def cashier(request) -> Iterator[Cashier]:
    there = Cashier("social", *getattr(request, "param", ()))
    yield there
    there.close()


@pytest.mark.parametrize("cashier", [("--clock", "20261129120000", "--explain")], indirect=True)
def test_insert_read_settle_pull_in_the_middle_put_back(cashier):
    cashier.sees(INSERT)
    cashier.types("")
    cashier.sees("✓ read")
    assert "settle" in cashier.sees(WHAT)
    cashier.types("update DF04EF05 8F=2")
    cashier.sees("✓ update")
    cashier.types("nope")
    cashier.sees("no step is called nope")
    cashier.types("pull B02C")
    cashier.sees("✓ pull")
    cashier.sees(WHAT)
    cashier.types(str(_number_of("settle")))
    cashier.sees("settle YUAN, Enter cancels>")
    cashier.types("")
    cashier.sees(WHAT)
    cashier.types(str(_number_of("settle")))
    cashier.sees("settle YUAN, Enter cancels>")
    cashier.types("8.50 --mode 3 --account 0")
    cashier.sees(ENTER_PIN)
    cashier.types(PIN)
    assert "DEBIT FOR PURCHASE" in cashier.sees("✗ settle")
    cashier.sees("put the same card back")
    cashier.sees(INSERT)
    cashier.types("")
    assert "something is open" in cashier.sees(ENTER_PIN)
    cashier.types(PIN)
    cashier.sees("1 brought to an end")
    assert "8.50" in cashier.sees(WHAT)
    cashier.types("journal")
    assert "complete" in cashier.sees(WHAT)
    cashier.types("done")
    cashier.sees(TAKE)
    cashier.types("")
    cashier.sees(INSERT)
    cashier.types("quit")
    assert cashier.leaves() == 0
    assert not re.search(rf"(?<!\d){PIN}(?!\d)", cashier.seen)


def _number_of(name: str) -> int:
    offered = [each.name for each in STEPS if each.name != "insert"]
    return offered.index(name) + 1


def test_a_card_is_blocked_only_by_who_types_its_number(cashier):
    cashier.sees("quit ends>")
    cashier.types("")
    cashier.sees(WHAT)
    cashier.types("block card")
    cashier.sees("Enter cancels>")
    cashier.types("")
    cashier.sees("nothing is blocked")
    cashier.sees(WHAT)
    cashier.types("block card")
    cashier.sees("Enter cancels>")
    cashier.types("T00000028")
    cashier.sees("nothing is blocked")
    cashier.sees("✓ read")
    cashier.types("block card")
    cashier.sees("Enter cancels>")
    cashier.types("T0000001X")
    cashier.sees("✓ block")
    cashier.types("quit")
    assert cashier.leaves() == 0


@pytest.mark.parametrize("cashier", [("--clock", "20261129120000")], indirect=True)
def test_what_does_not_fit_the_card_is_told_in_both_languages(cashier):
    cashier.sees("quit ends>")
    cashier.types("")
    cashier.sees(WHAT)
    for line, zh, en in (
        ("update DF04EF05 11=1", "11：DF04EF05没有这个数据项，有81 ", "11: DF04EF05 has no such item"),
        ("update DF04EF05 8F=12", "：最多1字节，一个汉字占两字节", "2 bytes do not fit 1"),
        ("update DF04EF05 8F=7", "：没有代码7，有1", "7 is none of its codes: 1 "),
        ("update SSSEEF06 0D=20261399", "：没有20261399这个日期，写年月日八位", "20261399 is no such date"),
        ("update DF04EF08 8F=12", "DF04EF08是循环文件：写入内容写作content=十六进制", "content=HEX"),
        ("inquire DF04EF08,1F", "DF04EF08是循环文件：后面写一个记录号", "the number of one record"),
        ("blacklist", "本终端没有黑名单", "this terminal has no blacklist"),
    ):
        cashier.types(line)
        cashier.sees(zh)
        cashier.sees(en)
        cashier.sees(WHAT)
    cashier.types("quit")
    assert cashier.leaves() == 0
    assert "不能执行" not in cashier.seen


def test_a_wrong_pin_is_called_wrong_with_what_is_left(cashier):
    cashier.sees("quit ends>")
    cashier.types("")
    cashier.sees(WHAT)
    cashier.types("pin check")
    cashier.sees(ENTER_PIN)
    cashier.types("999999")
    shown = cashier.sees(ENTER_PIN)
    assert "密码错误" in shown
    assert "还剩2次, 2 tries left" in shown
    cashier.types("999998")
    assert "还剩1次, 1 try left" in cashier.sees("1 try left): ")
    cashier.types(PIN)
    cashier.sees("✓ pin")
    cashier.sees(WHAT)
    cashier.types("quit")
    assert cashier.leaves() == 0


def test_ctrl_c_at_a_question_ends_it(cashier):
    cashier.sees("quit ends>")
    cashier.interrupts()
    assert cashier.leaves() == 130


def test_ctrl_c_where_a_pin_is_asked_for_ends_it(cashier):
    cashier.sees("quit ends>")
    cashier.types("")
    cashier.sees(WHAT)
    cashier.types("pin check")
    cashier.sees(ENTER_PIN)
    cashier.interrupts()
    assert cashier.leaves() == 130


def test_the_end_of_input_ends_it(cashier):
    cashier.sees("quit ends>")
    cashier.types("")
    cashier.sees(WHAT)
    cashier.presses(CTRL_D)
    assert cashier.leaves() == 0


# --- at a reader ------------------------------------------------------------------------------------------------------


class ReaderWithPeople(AroundCard[SmartCard]):
    """A reader; a card comes when somebody has waited for it twice, and goes likewise."""

    def __init__(self, card: SmartCard) -> None:
        super().__init__(card)
        self.reader = "Card reader"
        self.asked: list[tuple[bool, float]] = []
        self.there = False
        self.closing_time = False

    def wait(self, *, present: bool, seconds: float) -> bool:
        if self.closing_time and present and (False, seconds) in self.asked:
            raise KeyboardInterrupt
        self.asked.append((present, seconds))
        if self.there is not present and self.asked[-2:-1] == [(present, seconds)]:
            self.there = present
        return self.there is present

    def close(self) -> None:
        """Nothing to let go of."""


@pytest.fixture
def reader(monkeypatch) -> ReaderWithPeople:
    there = ReaderWithPeople(dualcos.card("social-2.0", seed=5))
    monkeypatch.setattr(cards_on_desk, "reader_named", lambda _: "Card reader")
    monkeypatch.setattr(cards_on_desk, "PcscLink", lambda _, exclusive: there)  # noqa: ARG005 - as it is called
    monkeypatch.setattr("dualcos.cli.standing.steps_at_work.demand_attended", lambda _: None)
    return there


def typing(monkeypatch, *lines: str) -> None:
    left = [*lines]
    monkeypatch.setattr(operator_terminal, "_typed_line", lambda _: left.pop(0))


AT_READER = ("terminal", "social", "--pcsc", "x", "--sam", "psam-3des", "--seed", "1", "--pin-file", "pins")


@pytest.fixture
def at_reader(tmp_path, monkeypatch, capsys, reader) -> Any:  # noqa: ARG001 - which has to be there
    monkeypatch.chdir(tmp_path)
    Path("pins").write_text(f"{PIN}\n", encoding="utf-8")

    def call(*lines: str) -> tuple[int, str, str]:
        typing(monkeypatch, *lines)
        code = run(AT_READER)
        return (code, *capsys.readouterr())

    return call


def test_a_reader_is_waited_at_until_the_card_is_out(at_reader, reader):
    code, out, err = at_reader("1", "inquire DF01EF99", "pull", "block nope", "log", "done", "quit")
    assert code == 0
    assert out.count("✓ read") == 4, "inserted, asked for, behind a stop, the next card"
    assert "✗ inquire" in out
    assert "✓ log" in out
    assert "in somebody's hand" in err
    assert "block takes" in err
    assert [err.count(words) for words in (INSERT, TAKE)] == [2, 1]
    assert {present for present, _ in reader.asked} == {True, False}


def test_a_card_that_is_not_admitted_is_to_be_taken_out(at_reader, reader):
    reader.card = dualcos.card("bank-only", seed=5)
    reader.closing_time = True
    code, out, err = at_reader()
    assert code == 130
    assert "✗ read" in out
    assert [err.count(words) for words in (INSERT, TAKE, WHAT)] == [1, 1, 0]
