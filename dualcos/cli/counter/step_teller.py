"""What is told of a counter's steps: in words, a line each with what there is to say, or as facts."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from typing import NamedTuple

from dualcos.cli.counter.counter_at_work import CounterAtWork, StepDone, counted
from dualcos.cli.counter.step_table import carry_out
from dualcos.cli.counter.steps_asked import StepAsked
from dualcos.cli.counter.what_to_do import advice
from dualcos.cli.facts.terminal_facts import TerminalEnd, TerminalStep, TerminalStop
from dualcos.cli.fault_mode import FaultMode
from dualcos.cli.machine_output import say, tell
from dualcos.cli.moments_shown import with_moments
from dualcos.cli.terminal_colours import paint_for
from dualcos.cli.trace_recorder import Recorder
from dualcos.explain.rendering import columns
from dualcos.terminal.social.terminal_stopped import TerminalStopped

_GOOD, _BAD, _THEN = "✓", "✗", "→"


class StepsEnded(NamedTuple):
    """How steps ended: how many were asked for, done, stopped though the next ones came; the stop that ended them."""

    asked: int
    done: int
    tried: int
    stopped: TerminalStopped | None


class StepTeller:
    """Tells what came of each step, behind the words of what passed in it."""

    def __init__(self, args: Namespace, recorder: Recorder, faults: tuple[FaultMode, ...]) -> None:
        self._args = args
        self._recorder = recorder
        self._faults = faults
        self._paint = paint_for(sys.stdout)

    def announce(self) -> None:
        """Cards that misbehave say so first."""
        for mode in self._faults:
            say(self._args, (f"{label:8}{words}" for label, words in mode.rows()))

    def settle(self) -> None:
        """All is shown that has passed so far."""
        self._recorder.settle()

    def work(self, counter: CounterAtWork, asked: StepAsked) -> TerminalStopped | None:
        """Carry a step out and tell of it; what stopped it. Raises Fault."""
        try:
            came = carry_out(counter, asked)
        except TerminalStopped as stopped:
            counter.forget()
            self._stopped(asked, stopped)
            return stopped
        if came.but is not None:
            self._stopped(asked, came.but, came)
        else:
            self._done(asked, came)
        return came.but

    def _done(self, asked: StepAsked, came: StepDone) -> None:
        self._recorder.settle()
        facts = TerminalStep(
            step=asked.shown, done=True, tried=asked.tried, en=came.said.en, zh=came.said.zh,
            details=list(came.details), stop=None,
        )  # fmt: skip
        first = f"{self._paint('good', _GOOD)} {asked.words[0]}  {came.said}"
        tell(self._args, facts, (first, *self._rows(came)))

    def _rows(self, came: StepDone) -> Iterator[str]:
        shown = ((each, with_moments(each.text)) for each in came.details)
        rows = ((f"    {each.name} {each.zh}", text, self._paint("faint", each.place)) for each, text in shown)
        yield from (line.rstrip() for line in columns(rows))

    def _stopped(self, asked: StepAsked, stopped: TerminalStopped, came: StepDone | None = None) -> None:
        """``came``: what was done all the same."""
        self._recorder.settle()
        en, zh = (came.said.en, came.said.zh) if came is not None else (stopped.en, stopped.zh)
        facts = TerminalStep(
            step=asked.shown, done=False, tried=asked.tried, en=en, zh=zh,
            details=list(came.details) if came is not None else [], stop=stop_facts(stopped),
        )  # fmt: skip
        rule = self._paint("faint", f"[{stopped.cause.row.ref}; code {stopped.code}]")
        why = f"{with_moments(f'{stopped.zh} {stopped.en}')}  {rule}"
        bad, todo = f"{self._paint('bad', _BAD)} {asked.words[0]}", advice(stopped)
        lines = [f"{bad}  {why}"] if came is None else [f"{bad}  {came.said}", *self._rows(came), f"    {why}"]
        tell(self._args, facts, (*lines, f"    {self._paint('advice', f'{_THEN} {todo.zh}; {todo.en}')}"))

    def end(self, ended: StepsEnded) -> None:
        """All is over."""
        self._recorder.settle()
        left = ended.asked - ended.done - ended.tried - (ended.stopped is not None)
        facts = TerminalEnd(
            steps=ended.asked,
            done=ended.done,
            left=left,
            stop=stop_facts(ended.stopped) if ended.stopped is not None else None,
        )
        lines = [f"还有{left}步未执行 {counted(left, 'step')} not reached"] if left else []
        lines += [mode.outcome() for mode in self._faults]
        tell(self._args, facts, lines)


def stop_facts(stopped: TerminalStopped) -> TerminalStop:
    """Why the terminal stopped, as facts."""
    todo = advice(stopped)
    return TerminalStop(
        cause=stopped.cause.name.lower().replace("_", "-"),
        code=stopped.code,
        sw=str(stopped.sw) if stopped.sw is not None else None,
        tries=stopped.tries,
        clause=stopped.cause.row.ref,
        en=stopped.en,
        zh=stopped.zh,
        advice=todo.en,
        advice_zh=todo.zh,
        booked=stopped.booking.booked.name.lower() if stopped.booking is not None else None,
        record=stopped.booking.record if stopped.booking is not None else None,
    )
