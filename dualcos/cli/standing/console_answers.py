"""Whoever sits at this terminal answers: questions go to stderr, a PIN is typed unseen."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType

from dualcos.cli.operator_terminal import InputEnded, PersonAtTerminal
from dualcos.cli.standing.pins_typed import PIN_FILE, typed_digits
from dualcos.cli.user_faults import Fault
from dualcos.lab.operator_steps.desk import YES_NO, OperatorWords
from dualcos.terminal.screen.view_questions import (
    Answerer,
    AskedAbout,
    CardQuestion,
    ChoiceQuestion,
    PadKey,
    PinDigits,
    PinQuestion,
    StepKey,
    StepQuestion,
    TextQuestion,
    YesNoQuestion,
)
from dualcos.terminal.terminal_parts import PartText

BYPASS = "-"
QUIT_WORD = "quit"
_YES = "yes"
_INSTEAD: Mapping[AskedAbout, str] = MappingProxyType(
    {
        AskedAbout.APPLICATION: "--application N",
        AskedAbout.THIS_APPLICATION: "--application N",
        AskedAbout.DOCUMENT: "--document yes|no",
        AskedAbout.TELEPHONE: "--telephone CODE",
    }
)
"""What says it for scripts."""


class ConsoleAnswers(Answerer):
    """A PIN is digits and Enter; Enter alone cancels, ``-`` goes on without one where that may be. Whatever else is
    asked, Ctrl-D leaves: InputEnded, or no step and no card any more. Raises Fault where there is no terminal.
    """

    def __init__(self) -> None:
        self._person = PersonAtTerminal()

    def pin(self, asked: PinQuestion) -> PinDigits | PadKey:
        """See ``Answerer``, as all of these."""
        while digits := typed_digits(asked.prompt, asked.tries, asked.instead or PIN_FILE):
            if digits == BYPASS and asked.may_bypass:
                return PadKey.BYPASS
            if asked.takes(digits):
                return PinDigits(digits)
            print(asked.wrong_length, file=sys.stderr)
        return PadKey.CANCEL

    def choice(self, asked: ChoiceQuestion) -> int | None:
        """By number, or by what it is called."""
        _demand_terminal(asked.about)
        offered = {str(at): OperatorWords(*each) for at, each in enumerate(asked.choices)}
        return int(self._person.choice(OperatorWords(*asked.prompt), offered))

    def yes(self, asked: YesNoQuestion) -> bool:
        """Likewise."""
        _demand_terminal(asked.about)
        return self._person.choice(OperatorWords(*asked.prompt), YES_NO) == _YES

    def text(self, asked: TextQuestion) -> str | None:
        """A line."""
        _demand_terminal(asked.about)
        return self._person.text(OperatorWords(*asked.prompt))

    def step(self, asked: StepQuestion) -> StepKey | str | None:
        """Chosen by number, or typed."""
        if asked.shown_first:
            self._person.show(OperatorWords(*_menu(asked)))
        line = self._typed(asked.prompt)
        if line is not None and line.isascii() and line.isdecimal() and 0 < int(line) <= len(asked.keys):
            return asked.keys[int(line) - 1]
        return line

    def card(self, asked: CardQuestion) -> bool | None:
        """Enter moves one of this process, and leaves what one in a reader is wanted for; other lines do nothing."""
        if asked.moved is not None:
            return self._moved_by_hand(asked, asked.moved)
        self._person.show(OperatorWords(*asked.said))
        while (line := self._typed(asked.prompt)) not in (None, QUIT_WORD, ""):
            pass
        return line == ""

    def _moved_by_hand(self, asked: CardQuestion, moved: Callable[[], bool]) -> bool | None:
        words = OperatorWords(f"{asked.said.zh}（{asked.prompt.zh}）", f"{asked.said.en} ({asked.prompt.en})")
        try:
            while (line := self._person.text_unless(moved, words)) is not None:
                if line == QUIT_WORD:
                    return False
                if line == "" and asked.may_go_back:
                    return None
        except InputEnded:
            return False
        return True

    def _typed(self, prompt: PartText) -> str | None:
        try:
            return self._person.text(OperatorWords(*prompt))
        except InputEnded:
            return None


def _demand_terminal(about: AskedAbout) -> None:
    """Raises Fault where a script should have said it."""
    option = _INSTEAD.get(about)
    if option is not None and not sys.stdin.isatty():
        raise Fault(f"somebody is asked and stdin is no terminal; {option} says it for scripts")


def _menu(asked: StepQuestion) -> PartText:
    offered = [
        *((f"{at:3}", key.name, key.said) for at, key in enumerate(asked.keys, 1)),
        *(("   ", *way) for way in asked.ways),
    ]
    widest = max(len(name) for _, name, _ in offered)
    rows = [f"{at}  {name:{widest}} {said}" for at, name, said in offered]
    return PartText("请选择交易：", "\n".join(["choose by number, or type a step:", *rows]))
