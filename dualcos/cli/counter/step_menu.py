"""The steps of a terminal, offered to whoever sits there: chosen by number, or typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from dualcos.cli.counter.card_awaited import QUIT_WORD, Enough, PersonWithCard
from dualcos.cli.counter.step_kinds import StepKind, StepTable
from dualcos.cli.counter.steps_asked import StepAsked, StepLanguage
from dualcos.cli.user_faults import Fault
from dualcos.lab.operator_steps.desk import OperatorWords
from dualcos.terminal.terminal_forms import FormCell

_WHAT = OperatorWords("做什么", "what is to be done")
_QUIT = OperatorWords("退出", "end")
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
        ways: dict[str, OperatorWords],
        cell: FormCell,
        complete: Callable[[StepAsked], StepAsked] = _as_typed,
    ) -> None:
        self._table, self._language, self._person = table, language, person
        self._ways = {**ways, QUIT_WORD: _QUIT}
        self._cell = cell
        self._complete = complete

    def show(self) -> None:
        """All that can be done."""
        rows = [f"{at:3}  {kind.name:10}{kind.said}" for at, kind in enumerate(self._offered(), 1)]
        ways = [f"     {word:10}{said.zh} {said.en}" for word, said in self._ways.items()]
        self._person.show(OperatorWords("请选择交易：", "\n".join(["choose by number, or type a step:", *rows, *ways])))

    def asked(self) -> StepAsked | str:
        """The next step, or one of the other ways. Raises Enough."""
        while True:
            line = self._person.typed(_WHAT)
            if line == QUIT_WORD:
                raise Enough
            if line in self._ways:
                return line
            kinds = self._offered()
            if line.isascii() and line.isdecimal() and 0 < int(line) <= len(kinds):
                line = self._with_words(kinds[int(line) - 1])
            try:
                asked = self._language.step_in(line)
                if asked is not None:
                    asked = self._complete(asked)
                    self._table.kind_of(asked)
                    return asked
            except Fault as fault:
                self._person.show(OperatorWords("不能理解", str(fault)))
                continue
            self.show()

    def _with_words(self, kind: StepKind[C]) -> str:
        """A step that was chosen by its number, with what is missing; nothing where that was not typed."""
        if not kind.least:
            return kind.name
        asked = OperatorWords(f"{kind.said.zh}（回车取消）", f"{kind.name} {kind.usage}, Enter cancels")
        behind = self._person.typed(asked)
        return f"{kind.name} {behind}" if behind else ""

    def _offered(self) -> list[StepKind[C]]:
        """What can be done with a card that is in, at this terminal."""
        by_hand = self._person.hand is not None
        kinds = (kind for kind in self._table if kind.name != "insert" and (by_hand or not kind.by_hand))
        return [kind for kind in kinds if kind.is_for(self._cell)]
