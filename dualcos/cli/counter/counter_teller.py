"""What is told of a counter's steps: of a social terminal's, with the code of the national interface for each stop."""

from __future__ import annotations

from dualcos.cli.counter.counter_at_work import CounterAtWork
from dualcos.cli.counter.step_table import STEPS, TYPED
from dualcos.cli.counter.what_to_do import advice
from dualcos.cli.facts.terminal_facts import TerminalEnd, TerminalStep, TerminalStop
from dualcos.cli.standing.advice_at_form import StepsHere
from dualcos.cli.standing.step_kinds import StepStop
from dualcos.cli.standing.step_teller import StepsEnded, StepTeller, StepTold
from dualcos.cli.standing.steps_asked import StepAsked
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.terminal_parts import PartText

_GONE = (StopCause.NO_CARD, StopCause.READER)


class CounterTeller(StepTeller[CounterAtWork, TerminalStop]):
    """Of a social terminal."""

    def carried_out(self, terminal: CounterAtWork, asked: StepAsked) -> StepTold[TerminalStop]:
        """See ``StepTeller``."""
        try:
            kind = STEPS.kind_of(asked)
            terminal.terminal.demand_business(*kind.demanded(asked))
            came = kind.run(terminal, asked)
        except TerminalStopped as stopped:
            terminal.forget()
            return StepTold(asked, None, told_stop(stopped, advice(stopped, is_open=terminal.waits_for_card)))
        but = came.but
        return StepTold(asked, came, told_stop(but, advice(but)) if isinstance(but, TerminalStopped) else None)

    def steps_here(self, terminal: CounterAtWork) -> StepsHere[CounterAtWork]:
        """See ``StepTeller``."""
        return StepsHere(STEPS, TYPED, terminal.terminal.cell)

    def step_sheet(self, told: StepTold[TerminalStop]) -> TerminalStep:
        """See ``StepTeller``."""
        en, zh = told.said
        return TerminalStep(
            step=told.asked.shown, done=told.stop is None, tried=told.asked.tried, en=en, zh=zh,
            details=list(told.done.details) if told.done is not None else [], stop=told.facts,
        )  # fmt: skip

    def end_sheet(self, ended: StepsEnded[TerminalStop]) -> TerminalEnd:
        """See ``StepTeller``."""
        return TerminalEnd(steps=ended.asked, done=ended.done, left=ended.left, stop=ended.facts)


def told_stop(stopped: TerminalStopped, todo: PartText) -> StepStop[TerminalStop]:
    """Why the terminal stopped, as it is told. ``todo``: what to do about it."""
    rule = f"[{stopped.ref}; code {stopped.code}]"
    gone = stopped.cause in _GONE
    return StepStop(PartText(stopped.zh, stopped.en), rule, todo, _stop_facts(stopped, todo), gone)


def _stop_facts(stopped: TerminalStopped, todo: PartText) -> TerminalStop:
    return TerminalStop(
        cause=stopped.cause.name.lower().replace("_", "-"),
        code=stopped.code,
        sw=str(stopped.sw) if stopped.sw is not None else None,
        tries=stopped.tries,
        clause=stopped.ref,
        en=stopped.en,
        zh=stopped.zh,
        advice=todo.en,
        advice_zh=todo.zh,
        booked=stopped.booking.booked.name.lower() if stopped.booking is not None else None,
        record=stopped.booking.record if stopped.booking is not None else None,
    )
