"""What whoever stands at the terminal is told of a bill: the slip is in the journal before it is on paper."""

from __future__ import annotations

from dualcos.terminal.financial.financial_terminal import FinancialTerminal
from dualcos.terminal.financial.payment_parts import PrinterFailed, SlipPrinter
from dualcos.terminal.financial.sales_slip import SalesSlip
from dualcos.terminal.full.combined_slip import bill_slips
from dualcos.terminal.full.full_journal import FullJournal, StoredBill
from dualcos.terminal.terminal_parts import Display


class BillPress:
    """Prints what the journal says. A printer that fails has it later."""

    def __init__(
        self, journal: FullJournal, bank: FinancialTerminal, display: Display, printer: SlipPrinter | None
    ) -> None:
        self._journal, self._bank, self._display, self._printer = journal, bank, display, printer

    def tell(self, stored: StoredBill, *, again: bool = False) -> tuple[SalesSlip, ...]:
        """All copies, on the display and on paper; none of what is not decided. ``again``: they say that they were
        printed before.
        """
        self._display.show(stored.bill.state.words)
        return self._print(stored, again=again) if stored.bill.state.is_decided else ()

    def tell_untold(self) -> None:
        """Bills that are decided and of which nobody has a slip: behind a power cut, or a printer without paper."""
        for stored in self._journal.untold():
            if stored.bill.state.is_decided:
                self._print(stored)

    def _print(self, stored: StoredBill, *, again: bool = False) -> tuple[SalesSlip, ...]:
        """What went to the printer before and may be on paper says so."""
        bill, state = stored.bill, stored.bill.state.value
        slips = bill_slips(
            stored,
            self._journal.social.record(bill.record) if bill.record else None,
            [paid for number in bill.tries if (paid := self._journal.payments.payment(number)) is not None],
            self._bank.settings,
            again=again or bill.printing == state,
        )
        if bill.told:
            self._printed(slips)
            return slips
        begun = self._journal.amend(stored, printing=state) if self._printer is not None else stored
        out = self._printed(slips)
        if out == len(slips):
            self._journal.amend(begun, told=True)
        elif not out:
            self._journal.amend(begun, printing=bill.printing)
        return slips

    def _printed(self, slips: tuple[SalesSlip, ...]) -> int:
        """How many are on paper; without a printer none has to be."""
        if self._printer is None:
            return len(slips)
        for turn, slip in enumerate(slips):
            try:
                self._printer.print(slip.lines)
            except PrinterFailed:
                return turn
        return len(slips)
