"""What a key of the menu asks for, word by word, before its step begins."""

from __future__ import annotations

from typing import Any

import pytest

from dualcos.cli.cashier.full_table import FULL_STEPS, TYPED_AT_CASHIER
from dualcos.cli.standing.step_menu import StepMenu
from dualcos.terminal.full.full_terminal import AT_A_CASHIER


class Pressing:
    """A view and its person, who presses ``key``, and types ``answers`` to what is asked then."""

    def __init__(self, key: str, *answers: str) -> None:
        self.key, self.answers, self.asked, self.view, self.hand = key, list(answers), list[str](), self, None

    def next_step(self, question: Any) -> Any:
        return next(each for each in question.keys if each.name == self.key)

    def typed(self, asked: Any, about: object, step: object = None) -> str:
        del about, step
        self.asked.append(asked.zh)
        return self.answers.pop(0)


@pytest.mark.parametrize(
    ("answers", "line", "asked"),
    [
        (("200", "15"), "settle 200 --own 15", 2),
        (("200", ""), "settle 200", 2),
        (("0", "15"), "settle 0 --own 15", 2),
        (("200 --own 15",), "settle 200 --own 15", 1),
    ],
)
def test_a_settlement_asks_for_what_no_insurance_knows_of(answers, line, asked):
    person: Any = Pressing("settle", *answers)
    found: Any = StepMenu(FULL_STEPS, TYPED_AT_CASHIER, person, {}, AT_A_CASHIER).asked()
    assert (found.shown, len(person.asked)) == (line, asked)
    assert all("自费" in each for each in person.asked[1:])
