"""The steps of a terminal, offered to whoever stands there: keys that are pressed, or lines that are typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from dualcos.cli.standing.card_awaited import Enough, PersonWithCard
from dualcos.cli.standing.console_answers import QUIT_WORD
from dualcos.cli.standing.step_kinds import SERVICE, StepKind, StepTable
from dualcos.cli.standing.steps_asked import StepAsked, StepLanguage, fault_told
from dualcos.cli.user_faults import Fault
from dualcos.terminal.screen.view_questions import AskedAbout, StepKey, StepQuestion
from dualcos.terminal.terminal_forms import FormCell
from dualcos.terminal.terminal_parts import PartText

_WHAT = PartText("做什么", "what is to be done")
_QUIT = PartText("退出", "end")
C = TypeVar("C")


def _as_typed(asked: StepAsked) -> StepAsked:
    return asked


class StepMenu(Generic[C]):
    """``ways``: words besides the steps, each with what it does. ``cell``: what that terminal is for; nothing else is
    offered. ``complete`` asks for what a step lacks, and raises Fault where that was not said. A card is put in
    otherwise than by a step of its name.
    """

    def __init__(
        self,
        table: StepTable[C],
        language: StepLanguage,
        person: PersonWithCard,
        ways: dict[str, PartText],
        cell: FormCell,
        complete: Callable[[StepAsked], StepAsked] = _as_typed,
    ) -> None:
        self._table, self._language, self._person = table, language, person
        self._ways = {**ways, QUIT_WORD: _QUIT}
        self._cell = cell
        self._complete = complete
        self._shown_first = False

    def show(self) -> None:
        """All that can be done is shown with the next question."""
        self._shown_first = True

    def asked(self) -> StepAsked | str:
        """The next step, or one of the other ways. Raises Enough."""
        while True:
            typed = self._pressed_or_typed()
            if typed in self._ways:
                return typed
            try:
                asked = self._language.step_in(typed)
                if asked is not None:
                    asked = self._complete(asked)
                    self._table.kind_of(asked)
                    self._demand_offered(asked)
                    return asked
            except Fault as fault:
                self._person.view.hint(fault_told(fault, "不能理解"))
                continue
            self.show()

    def _demand_offered(self, asked: StepAsked) -> None:
        """Raises Fault for what whoever stands here is not to do; what the form is not for the terminal refuses."""
        businesses = self._table.businesses_of(asked)
        refusal = self._cell.refusal(*businesses) if businesses == SERVICE else None
        if refusal is not None:
            raise asked.fault(
                PartText(
                    f"{refusal.zh}；由管理终端的人用命令行办理",
                    f"{refusal.en}; whoever runs it asks for that on a command line",
                )
            )

    def _pressed_or_typed(self) -> str:
        """A line; a key that was pressed with what is missing, or nothing where that was not said. Raises Enough."""
        keys = tuple(map(self._table.key_of, self._offered()))
        question = StepQuestion(_WHAT, keys, tuple(self._ways.items()), self._shown_first)
        self._shown_first = False
        answer = self._person.view.next_step(question)
        if answer is None or answer == QUIT_WORD:
            raise Enough
        return self._with_words(answer) if isinstance(answer, StepKey) else answer

    def _with_words(self, key: StepKey) -> str:
        if not key.least:
            return key.name
        zh, en = key.typed_as
        asked = PartText(f"{key.said.zh}：{zh}（回车取消）", f"{en}, Enter cancels")
        behind = self._person.typed(asked, AskedAbout.STEP_WORDS, key)
        if not behind:
            return ""
        line = f"{key.name} {behind}"
        for option, said in key.more:
            if f"--{option}" not in line.split() and (value := self._person.typed(said, AskedAbout.STEP_WORDS, key)):
                line = f"{line} --{option} {value}"
        return line

    def _offered(self) -> list[StepKind[C]]:
        """What can be done with a card that is in, at this terminal."""
        by_hand = self._person.hand is not None
        kinds = (kind for kind in self._table if kind.name != "insert" and (by_hand or not kind.by_hand))
        return [kind for kind in kinds if kind.is_for(self._cell)]
