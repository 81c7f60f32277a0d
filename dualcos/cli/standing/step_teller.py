"""What is told of a terminal's steps: into its view, for whoever shows it, and with --json as facts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Generic, NamedTuple, TypeVar

from dualcos.cli.facts.fact_sheet import FactPart, FactSheet
from dualcos.cli.fault_mode import FaultMode
from dualcos.cli.machine_output import tell
from dualcos.cli.standing.advice_at_form import StepsHere
from dualcos.cli.standing.standing_place import StandingPlace
from dualcos.cli.standing.step_kinds import StepDone, StepStop, counted
from dualcos.cli.standing.steps_asked import StepAsked
from dualcos.explain.rendering import Paint
from dualcos.terminal.screen.seen_at_terminal import DetailSeen, RemarkAbout, StepSeen, StopSeen
from dualcos.terminal.screen.styled_text import StyledText

C = TypeVar("C")
F = TypeVar("F", bound=FactPart)


class StepsEnded(NamedTuple, Generic[F]):
    """How steps ended: how many were asked for, done, stopped though the next ones came; the stop that ended them."""

    asked: int
    done: int
    tried: int
    stopped: StepStop[F] | None

    @property
    def left(self) -> int:
        """How many were not reached."""
        return self.asked - self.done - self.tried - (self.stopped is not None)

    @property
    def facts(self) -> F | None:
        """Of the stop."""
        return None if self.stopped is None else self.stopped.facts


class StepTold(NamedTuple, Generic[F]):
    """One step as it came: ``done`` None where nothing was, ``stop`` None where all was well."""

    asked: StepAsked
    done: StepDone | None
    stop: StepStop[F] | None

    @property
    def said(self) -> tuple[str, str]:
        """What the terminal says of it, in English and Chinese."""
        words = self.done.said if self.done is not None else self.stop.said if self.stop is not None else None
        return (words.en, words.zh) if words is not None else ("", "")

    @property
    def facts(self) -> F | None:
        """Of the stop."""
        return None if self.stop is None else self.stop.facts


class StepTeller(ABC, Generic[C, F]):
    """Tells what came of each step of a terminal ``C``, with facts ``F`` of what stopped it, behind the words of what
    passed in it.
    """

    def __init__(self, place: StandingPlace, faults: tuple[FaultMode, ...]) -> None:
        self.view = place.view
        self._args = place.args
        self._recorder = place.recorder
        self._faults = faults

    # --- of one kind of terminal ------------------------------------------------------------------------------------

    @abstractmethod
    def carried_out(self, terminal: C, asked: StepAsked) -> StepTold[F]:
        """Do it; what stopped it is in what is told. Raises Fault."""

    @abstractmethod
    def steps_here(self, terminal: C) -> StepsHere[C]:
        """All that can be asked of it."""

    @abstractmethod
    def step_sheet(self, told: StepTold[F]) -> FactSheet:
        """A step, as facts."""

    @abstractmethod
    def end_sheet(self, ended: StepsEnded[F]) -> FactSheet:
        """The end, as facts."""

    def named(self, asked: StepAsked) -> str:
        """What a step is called where it is told of."""
        return asked.words[0]

    def more_lines(self, told: StepTold[F], paint: Paint) -> Iterator[str]:
        """What is told below a step besides what it says itself."""
        del told, paint
        return iter(())

    # --- told -----------------------------------------------------------------------------------------------------

    def announce(self) -> None:
        """Cards that misbehave say so first."""
        for mode in self._faults:
            for label, words in mode.rows():
                self.view.remark(f"{label:8}{words}", RemarkAbout.STEPS)

    def work(self, terminal: C, asked: StepAsked) -> StepStop[F] | None:
        """Carry a step out and tell of it; what stopped it. Raises Fault."""
        self.view.step_begins()
        told = self.carried_out(terminal, asked)
        if told.stop is not None:
            told = told._replace(stop=self.steps_here(terminal).stop(told.stop))
        self.tell(told)
        return told.stop

    def tell(self, told: StepTold[F]) -> None:
        """One step, behind what passed in it."""
        self._recorder.settle()
        self.view.step(self._seen_step(told))
        tell(self._args, self.step_sheet(told), ())

    def _seen_step(self, told: StepTold[F]) -> StepSeen:
        done, stop = told.done, told.stop
        more = StyledText.painted(lambda paint: "\n".join(self.more_lines(told, paint)))
        return StepSeen(
            name=self.named(told.asked),
            asked=told.asked.shown,
            done=done.said if done is not None else None,
            stop=StopSeen(stop.said, stop.rule, stop.todo) if stop is not None else None,
            details=tuple(DetailSeen(each.zh, each.name, each.text, each.place) for each in done.details)
            if done is not None
            else (),
            lines=done.lines if done is not None else (),
            more=more if more.pieces else None,
        )

    def end(self, ended: StepsEnded[F]) -> None:
        """All is over."""
        self._recorder.settle()
        left = ended.left
        lines = [f"还有{left}步未执行 {counted(left, 'step')} not reached"] if left else []
        for line in (*lines, *(mode.outcome() for mode in self._faults)):
            self.view.remark(line, RemarkAbout.STEPS)
        tell(self._args, self.end_sheet(ended), ())
