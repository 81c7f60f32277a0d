"""What there is to know of a till between two steps, in a few words: whether it is signed on, what waits."""

from __future__ import annotations

from collections.abc import Iterator

from dualcos.terminal.financial.financial_terminal import FinancialTerminal
from dualcos.terminal.financial.payment_journal import JournalFault
from dualcos.terminal.terminal_parts import PartText


def till_status(terminal: FinancialTerminal) -> tuple[PartText, ...]:
    """Its form, whether it is signed on, what is to be sent, what was left to a person."""
    try:
        return (terminal.settings.cell.form.words, *bank_status(terminal))
    except JournalFault as fault:  # its storage, which steps complain of
        return (PartText(fault.zh, fault.en),)


def bank_status(terminal: FinancialTerminal) -> Iterator[PartText]:
    """The same without its form. Raises JournalFault."""
    yield PartText("已签到", "signed on") if terminal.is_signed_on else PartText("未签到", "not signed on")
    if waiting := len(terminal.journal.waiting()):
        yield PartText(f"待发送{waiting}笔", f"{waiting} to send")
    if left := len(terminal.for_people()):
        yield PartText(f"待人工{left}笔", f"{left} for a person")
