"""What is told of a terminal's steps: in words, a line each with what there is to say, or as facts."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from argparse import Namespace
from collections.abc import Iterator
from itertools import chain
from typing import Generic, NamedTuple, TypeVar

from dualcos.cli.counter.step_kinds import StepDone, StepStop, counted
from dualcos.cli.counter.steps_asked import StepAsked
from dualcos.cli.facts.fact_sheet import FactSheet
from dualcos.cli.fault_mode import FaultMode
from dualcos.cli.machine_output import say, tell
from dualcos.cli.moments_shown import with_moments
from dualcos.cli.terminal_colours import paint_for
from dualcos.cli.trace_recorder import Recorder
from dualcos.explain.rendering import columns

_GOOD, _BAD, _THEN = "✓", "✗", "→"
C = TypeVar("C")


class StepsEnded(NamedTuple):
    """How steps ended: how many were asked for, done, stopped though the next ones came; the stop that ended them."""

    asked: int
    done: int
    tried: int
    stopped: StepStop | None

    @property
    def left(self) -> int:
        """How many were not reached."""
        return self.asked - self.done - self.tried - (self.stopped is not None)


class StepTold(NamedTuple):
    """One step as it came: ``done`` None where nothing was, ``stop`` None where all was well."""

    asked: StepAsked
    done: StepDone | None
    stop: StepStop | None

    @property
    def said(self) -> tuple[str, str]:
        """What the terminal says of it, in English and Chinese."""
        words = self.done.said if self.done is not None else self.stop.said if self.stop is not None else None
        return (words.en, words.zh) if words is not None else ("", "")


class StepTeller(ABC, Generic[C]):
    """Tells what came of each step of a terminal ``C``, behind the words of what passed in it."""

    def __init__(self, args: Namespace, recorder: Recorder, faults: tuple[FaultMode, ...]) -> None:
        self._args = args
        self._recorder = recorder
        self._faults = faults
        self._paint = paint_for(sys.stdout)

    # --- of one kind of terminal ------------------------------------------------------------------------------------

    @abstractmethod
    def carried_out(self, terminal: C, asked: StepAsked) -> StepTold:
        """Do it; what stopped it is in what is told. Raises Fault."""

    @abstractmethod
    def step_sheet(self, told: StepTold) -> FactSheet:
        """A step, as facts."""

    @abstractmethod
    def end_sheet(self, ended: StepsEnded) -> FactSheet:
        """The end, as facts."""

    def named(self, asked: StepAsked) -> str:
        """What a step is called where it is told of."""
        return asked.words[0]

    def more_lines(self, told: StepTold) -> Iterator[str]:
        """What is shown below a step besides what it says itself."""
        del told
        return iter(())

    # --- told -----------------------------------------------------------------------------------------------------

    def announce(self) -> None:
        """Cards that misbehave say so first."""
        for mode in self._faults:
            say(self._args, (f"{label:8}{words}" for label, words in mode.rows()))

    def settle(self) -> None:
        """All is shown that has passed so far."""
        self._recorder.settle()

    def work(self, terminal: C, asked: StepAsked) -> StepStop | None:
        """Carry a step out and tell of it; what stopped it. Raises Fault."""
        told = self.carried_out(terminal, asked)
        self.tell(told)
        return told.stop

    def tell(self, told: StepTold) -> None:
        """One step, behind what passed in it."""
        self._recorder.settle()
        tell(self._args, self.step_sheet(told), chain(self._lines(told), self.more_lines(told)))

    def _lines(self, told: StepTold) -> Iterator[str]:
        role, mark = ("good", _GOOD) if told.stop is None else ("bad", _BAD)
        head = f"{self._paint(role, mark)} {self.named(told.asked)}"  # type: ignore[arg-type]  # of two roles
        if told.done is not None:
            yield f"{head}  {told.done.said}"
            yield from self._rows(told.done)
        if told.stop is not None:
            rule = self._paint("faint", told.stop.rule)
            yield f"{head if told.done is None else '  '}  {with_moments(str(told.stop.said))}  {rule}".rstrip()
            yield f"    {self._paint('advice', f'{_THEN} {told.stop.todo.zh}; {told.stop.todo.en}')}"
        yield from told.done.lines if told.done is not None else ()

    def _rows(self, came: StepDone) -> Iterator[str]:
        shown = ((each, with_moments(each.text)) for each in came.details)
        rows = ((f"    {each.name} {each.zh}", text, self._paint("faint", each.place)) for each, text in shown)
        yield from (line.rstrip() for line in columns(rows))

    def end(self, ended: StepsEnded) -> None:
        """All is over."""
        self._recorder.settle()
        left = ended.left
        lines = [f"还有{left}步未执行 {counted(left, 'step')} not reached"] if left else []
        lines += [mode.outcome() for mode in self._faults]
        tell(self._args, self.end_sheet(ended), lines)
