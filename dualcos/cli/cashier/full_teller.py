"""What is told of a cashier's steps: what the terminal says, what both sides came to and why, what was printed."""

from __future__ import annotations

from collections.abc import Iterator

from dualcos.cli.cashier.bill_steps import bills_told
from dualcos.cli.cashier.bill_told import bill_facts, bill_row
from dualcos.cli.cashier.full_at_work import FullAtWork
from dualcos.cli.cashier.full_on_desk import FullFound
from dualcos.cli.cashier.full_stops import FULL_STOPS, FullStopped, told_full_stop
from dualcos.cli.cashier.full_table import FULL_STEPS, full_steps_at
from dualcos.cli.cashier.pads_wanted import demand_pads
from dualcos.cli.cashier.side_steps import BANK_STEP, SOCIAL_STEP
from dualcos.cli.facts.full_facts import FullEnd, FullStep, FullStop
from dualcos.cli.standing.advice_at_form import StepsHere
from dualcos.cli.standing.step_kinds import StepDone, counted
from dualcos.cli.standing.step_teller import StepsEnded, StepTeller, StepTold
from dualcos.cli.standing.steps_asked import StepAsked
from dualcos.cli.till.kernel_told import card_facts, kernel_lines
from dualcos.cli.till.payment_told import payment_row, slip_facts, slip_lines
from dualcos.cli.user_faults import Fault
from dualcos.explain.rendering import Paint
from dualcos.terminal.financial.kernel.transaction_ended import TransactionEnded
from dualcos.terminal.full.whole_bill import whole_bill
from dualcos.terminal.terminal_parts import PartText


class FullTeller(StepTeller[FullAtWork, FullStop]):
    """Of a full-function terminal."""

    def carried_out(self, terminal: FullAtWork, asked: StepAsked) -> StepTold[FullStop]:
        """See ``StepTeller``."""
        terminal.begin_step()
        self._at = terminal
        try:
            kind = FULL_STEPS.kind_of(asked)
            demand_pads(self._args, asked)
            terminal.terminal.social.demand_business(*kind.demanded(asked))
            came = kind.run(terminal, asked)
        except Fault:  # nobody was there to answer, in the middle of it perhaps: what came of it is told all the same
            terminal.forget()
            self.tell_found(terminal, FullFound(*terminal.terminal.power_up()))
            raise
        except FULL_STOPS as stopped:
            terminal.forget()
            if isinstance(stopped, TransactionEnded):
                terminal.till.seen.kernel = stopped.record
            return StepTold(asked, None, told_full_stop(stopped, terminal))
        stop = told_full_stop(came.but, terminal) if isinstance(came.but, FullStopped) else None
        return StepTold(asked, came, stop)

    def tell_found(self, terminal: FullAtWork, found: FullFound) -> None:
        """What was left open, and the slips that nobody had, if there are any."""
        self._at, journal = terminal, terminal.terminal.journal
        if not found.payments and not found.bills and not terminal.till.paper.printed:
            return
        for each in found.payments:
            terminal.till.saw_stored(each)
        bills = [whole_bill(journal, each) for each in found.bills]
        terminal.bills.extend(bills)
        many, told = len(found.payments), bills_told(bills)
        said = PartText(
            f"上次未完成：{told.zh}，{many}笔交易",
            f"left open: {told.en}, {counted(many, 'payment')}",
        )
        rows = (*map(bill_row, bills), *(payment_row(each, journal.payments) for each in found.payments))
        self.tell(StepTold(StepAsked(("power-up",), {}), StepDone(said, rows), None))

    def tell(self, told: StepTold[FullStop]) -> None:
        """See ``StepTeller``; what it printed is out with it."""
        super().tell(told)
        self._at.till.paper.is_out()

    def steps_here(self, terminal: FullAtWork) -> StepsHere[FullAtWork]:
        """See ``StepTeller``."""
        return full_steps_at(terminal.terminal.cell)

    def step_sheet(self, told: StepTold[FullStop]) -> FullStep:
        """See ``StepTeller``."""
        en, zh = told.said
        seen = self._at.till.seen
        return FullStep(
            step=told.asked.shown, done=told.stop is None, tried=told.asked.tried, en=en, zh=zh,
            details=list(told.done.details) if told.done is not None else [],
            bills=[bill_facts(each) for each in self._at.bills],
            card=card_facts(seen.kernel) if seen.kernel is not None else None,
            messages=[each.facts() for each in seen.messages],
            payments=list(seen.payments),
            slips=slip_facts(self._at.till.slips()), stop=told.facts,
        )  # fmt: skip

    def end_sheet(self, ended: StepsEnded[FullStop]) -> FullEnd:
        """See ``StepTeller``."""
        return FullEnd(steps=ended.asked, done=ended.done, left=ended.left, stop=ended.facts)

    def named(self, asked: StepAsked) -> str:
        """See ``StepTeller``: with the step of one side."""
        return " ".join(asked.words[: 2 if asked.words[0] in (SOCIAL_STEP, BANK_STEP) else 1])

    def more_lines(self, told: StepTold[FullStop], paint: Paint) -> Iterator[str]:
        """See ``StepTeller``."""
        seen = self._at.till.seen
        yield from slip_lines(self._at.till.slips()[len(seen.slips) if told.done is not None else 0 :])
        if self._recorder.explains and seen.kernel is not None:
            yield from kernel_lines(seen.kernel, paint)
