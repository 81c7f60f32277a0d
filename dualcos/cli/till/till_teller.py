"""What is told of a till's steps: what the terminal says, what card and kernel decided and why, what was printed."""

from __future__ import annotations

from collections.abc import Iterator

from dualcos.cli.facts.financial_facts import FinancialEnd, FinancialStep, FinancialStop
from dualcos.cli.standing.advice_at_form import StepsHere
from dualcos.cli.standing.step_kinds import StepDone, counted
from dualcos.cli.standing.step_teller import StepsEnded, StepTeller, StepTold
from dualcos.cli.standing.steps_asked import StepAsked
from dualcos.cli.till.kernel_told import card_facts, kernel_lines
from dualcos.cli.till.payment_told import payment_row, slip_facts, slip_lines
from dualcos.cli.till.till_at_work import TillAtWork
from dualcos.cli.till.till_stops import STOPS, TillStop, told_stop
from dualcos.cli.till.till_table import TILL_STEPS, TYPED_AT_TILL
from dualcos.explain.rendering import Paint
from dualcos.terminal.financial.kernel.transaction_ended import TransactionEnded
from dualcos.terminal.financial.payment_journal import StoredPayment
from dualcos.terminal.terminal_parts import PartText


class TillTeller(StepTeller[TillAtWork, FinancialStop]):
    """Of a financial terminal."""

    def carried_out(self, terminal: TillAtWork, asked: StepAsked) -> StepTold[FinancialStop]:
        """See ``StepTeller``."""
        terminal.begin_step()
        self._at = terminal
        try:
            came = TILL_STEPS.kind_of(asked).run(terminal, asked)
        except STOPS as stopped:
            terminal.forget()
            if isinstance(stopped, TransactionEnded):
                terminal.seen.kernel = stopped.record
            return StepTold(asked, None, told_stop(stopped))
        return StepTold(asked, came, told_stop(came.but) if isinstance(came.but, TillStop) else None)

    def tell_found(self, terminal: TillAtWork, found: tuple[StoredPayment, ...]) -> None:
        """What a power cut had left open, if it had."""
        self._at = terminal
        if not found and not terminal.paper.printed:
            return
        journal = terminal.terminal.journal
        for each in found:
            terminal.saw_stored(each)
        many = len(found)
        said = PartText(f"上次未完成的交易{many}笔", f"{counted(many, 'payment')} had been left open")
        rows = tuple(payment_row(each, journal) for each in found)
        self.tell(StepTold(StepAsked(("power-up",), {}), StepDone(said, rows), None))

    def tell(self, told: StepTold[FinancialStop]) -> None:
        """See ``StepTeller``; what it printed is out with it."""
        super().tell(told)
        self._at.paper.is_out()

    def steps_here(self, terminal: TillAtWork) -> StepsHere[TillAtWork]:
        """See ``StepTeller``."""
        return StepsHere(TILL_STEPS, TYPED_AT_TILL, terminal.terminal.settings.cell)

    def step_sheet(self, told: StepTold[FinancialStop]) -> FinancialStep:
        """See ``StepTeller``."""
        en, zh = told.said
        seen, kernel = self._at.seen, self._at.seen.kernel
        return FinancialStep(
            step=told.asked.shown, done=told.stop is None, tried=told.asked.tried, en=en, zh=zh,
            details=list(told.done.details) if told.done is not None else [],
            card=card_facts(kernel) if kernel is not None else None,
            messages=[each.facts() for each in seen.messages],
            payments=list(seen.payments),
            slips=slip_facts(self._at.slips()), stop=told.facts,
        )  # fmt: skip

    def end_sheet(self, ended: StepsEnded[FinancialStop]) -> FinancialEnd:
        """See ``StepTeller``."""
        return FinancialEnd(steps=ended.asked, done=ended.done, left=ended.left, stop=ended.facts)

    def more_lines(self, told: StepTold[FinancialStop], paint: Paint) -> Iterator[str]:
        """See ``StepTeller``."""
        seen, kernel = self._at.seen, self._at.seen.kernel
        yield from slip_lines(self._at.slips()[len(seen.slips) if told.done is not None else 0 :])
        if self._recorder.explains and kernel is not None:
            yield from kernel_lines(kernel, paint)
