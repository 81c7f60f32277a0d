"""A full-function terminal with a card in it, or none: what the steps of a cashier work on."""

from __future__ import annotations

from dualcos.cli.counter.counter_at_work import CounterAtWork
from dualcos.cli.till.till_at_work import TillAtWork
from dualcos.terminal.financial.kernel.transaction_ended import TransactionEnded
from dualcos.terminal.financial.payment_journal import JournalFault
from dualcos.terminal.full.bill_outcome import BillOutcome
from dualcos.terminal.full.bill_states import FOLLOWED_STATES
from dualcos.terminal.full.full_terminal import FullTerminal
from dualcos.terminal.full.whole_bill import WholeBill
from dualcos.terminal.social.card_at_terminal import CardAtTerminal


class FullAtWork:
    """``counter`` and ``till``: its two sides, for the steps of theirs. ``hand``: at a
    card in this process; None at a reader, where people put cards in. ``bills``: that the step is about.
    """

    def __init__(self, terminal: FullTerminal, counter: CounterAtWork, till: TillAtWork) -> None:
        self.terminal, self.counter, self.till = terminal, counter, till
        self.hand = counter.hand
        self.bills: list[WholeBill] = []

    def card(self) -> CardAtTerminal:
        """The card in the terminal, admitted now if it was not yet. Raises TerminalStopped."""
        return self.counter.card()

    @property
    def has_open_bill(self) -> bool:
        """True if there is one of which it is not known how it ends; False where the storage fails, which steps
        complain of.
        """
        try:
            return bool(self.terminal.journal.in_state(*FOLLOWED_STATES))
        except JournalFault:
            return False

    def saw(self, outcome: BillOutcome, whole: WholeBill) -> None:
        """A step has come to this."""
        self.bills.append(whole)
        if outcome.payment is not None:
            self.till.saw_payment(outcome.payment)
        if isinstance(outcome.unpaid, TransactionEnded):
            self.till.seen.kernel = outcome.unpaid.record
        self.till.seen.slips.extend(outcome.slips)

    def begin_step(self) -> None:
        """Nothing has been seen in it."""
        self.till.begin_step()
        self.bills = []

    def forget(self) -> None:
        """Whatever card is in has to be admitted anew; it loses its power."""
        self.counter.forget()
