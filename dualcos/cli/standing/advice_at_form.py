"""Advice that a terminal of this kind and form can follow: what it says is done here, or where else it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

from msgspec import structs

from dualcos.cli.facts.fact_sheet import FactPart
from dualcos.cli.standing.step_kinds import SERVICE, StepStop, StepTable
from dualcos.cli.standing.steps_asked import StepAsked, StepLanguage
from dualcos.cli.user_faults import Fault
from dualcos.terminal.terminal_forms import FormCell, FormFactor
from dualcos.terminal.terminal_parts import PartText

COUNTER = PartText("请到柜台办理", "go to a counter")
_RUNS_IT = PartText("维护人员", "whoever runs this terminal")
_NO_FORM = PartText("换一种终端", "another kind of terminal can")
MISSING_PART = PartText("补齐缺少的部件", "have the part fitted that is missing")
_NAMED = re.compile("`([^`]+)`")
C = TypeVar("C")
F = TypeVar("F", bound=FactPart)


class StepsHere(NamedTuple, Generic[C]):
    """The steps of a kind of terminal, as they are typed, at one of that form."""

    table: StepTable[C]
    language: StepLanguage
    cell: FormCell

    def are_for(self, line: str) -> bool:
        """True unless ``line`` is a step that is not for this form, whoever asks for it."""
        return all(self._allows(asked) or self._is_service(asked) for asked in self._steps((line,)))

    def stop(self, stop: StepStop[F]) -> StepStop[F]:
        """The same with advice that can be followed here."""
        todo = self._followed(stop.todo)
        if todo == stop.todo:
            return stop
        return stop._replace(todo=todo, facts=structs.replace(stop.facts, advice=todo.en, advice_zh=todo.zh))

    def _followed(self, todo: PartText) -> PartText:
        """Where an operator's step is named and there is none, a counter; where one is by which the terminal is run,
        who does that is said, as holders read it, too.
        """
        foreign = [asked for asked in self._steps(_NAMED.findall(todo.en)) if not self._allows(asked)]
        if not foreign:
            return todo
        if not all(map(self._is_service, foreign)):
            return COUNTER
        return PartText(f"{COUNTER.zh}；{_RUNS_IT.zh}：{todo.zh}", f"{COUNTER.en}; {_RUNS_IT.en}: {todo.en}")

    def _allows(self, asked: StepAsked) -> bool:
        return self.cell.refusal(*self.table.businesses_of(asked)) is None

    def _is_service(self, asked: StepAsked) -> bool:
        return self.table.businesses_of(asked) == SERVICE

    def _steps(self, lines: Sequence[str]) -> Iterator[StepAsked]:
        """Of what stands in backticks; options and command lines of a shell are none."""
        for line in lines:
            try:
                asked = self.language.step_in(line)
            except Fault:
                continue
            if asked is not None:
                yield asked


def other_forms(forms: Sequence[FormFactor]) -> PartText:
    """What a terminal is not for: which forms of its kind are."""
    if not forms:
        return _NO_FORM
    options = "|".join(form.row.option for form in forms)
    zh, en = f"（--form {options}）", f"another form of terminal can (`--form {options}`)"
    if all(form.row.attended for form in forms):
        return PartText(f"到柜台办理{zh}", f"{en}: a counter")
    return PartText(f"换一种终端{zh}", en)
