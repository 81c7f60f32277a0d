"""What there is to know of a full-function terminal between two steps, in a few words: both sides, and its bills."""

from __future__ import annotations

from collections.abc import Iterator

from dualcos.cli.cashier.full_at_work import FullAtWork
from dualcos.cli.counter.counter_status import counter_status
from dualcos.cli.till.till_status import bank_status
from dualcos.terminal.financial.payment_journal import JournalFault
from dualcos.terminal.full.bill_states import BillState
from dualcos.terminal.terminal_parts import PartText


def full_status(full: FullAtWork) -> tuple[PartText, ...]:
    """Its form, what its social side waits for, whether it is signed on and what is to be sent, bills not done."""
    try:
        return (*counter_status(full.counter), *bank_status(full.till.terminal), *_bills(full))
    except JournalFault as fault:  # its storage, which steps complain of
        return (PartText(fault.zh, fault.en),)


def _bills(full: FullAtWork) -> Iterator[PartText]:
    journal = full.terminal.journal
    if due := len(journal.in_state(BillState.DUE)):
        yield PartText(f"待支付{due}笔", f"{due} to pay")
    if undecided := len([bill for bill in journal.bills() if not bill.bill.state.is_decided]):
        yield PartText(f"未决{undecided}笔", f"{undecided} undecided")
