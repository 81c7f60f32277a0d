"""What whoever stands at the terminal is told of a bill: the slip is in the journal before it is on paper.

Nothing is on paper twice unless it says so, and nothing is lost: a bill of which nobody has the slip of how it stands
has it with the next business, or behind a power cut. So have payments whose slips the bank half could not print.
"""

from __future__ import annotations

from dualcos.terminal.financial.financial_terminal import FinancialTerminal
from dualcos.terminal.financial.payment_parts import PrinterFailed, SlipPrinter
from dualcos.terminal.financial.payment_states import PaymentState
from dualcos.terminal.financial.slip_layout import SalesSlip
from dualcos.terminal.full.bill_words import bill_advice, bill_words, due_words
from dualcos.terminal.full.combined_slip import bill_slips
from dualcos.terminal.full.full_journal import FullJournal, StoredBill
from dualcos.terminal.full.whole_bill import WholeBill, whole_bill
from dualcos.terminal.terminal_parts import Display


class BillPress:
    """Prints what the journal says. A printer that fails has it later. Methods raise JournalFault."""

    def __init__(
        self, journal: FullJournal, bank: FinancialTerminal, display: Display, printer: SlipPrinter | None
    ) -> None:
        self._journal, self._bank, self._display, self._printer = journal, bank, display, printer

    def tell(self, stored: StoredBill, *, again: bool = False) -> tuple[SalesSlip, ...]:
        """How the bill stands now: on the display, and all copies on paper; none of what is not decided, nor of what
        the slip that somebody has says. ``again``: they are printed all the same, and say that they were before.
        """
        now = self._journal.bill(stored.number) or stored
        whole = whole_bill(self._journal, now)
        self._show(whole)
        if not now.bill.state.is_decided or (now.bill.told and not again):
            return ()
        return self._print(now, whole, again=again)

    def before_paying(self, stored: StoredBill) -> None:
        """What the card is about to pay is on the display before its bank side is asked."""
        for said in due_words(whole_bill(self._journal, stored)):
            self._display.show(said)

    def tell_untold(self, *, but: int = 0) -> None:
        """Bills that are decided, and payments, of which nobody has a slip: behind a power cut, a printer without
        paper, a late answer; or a slip that says that it is paid, where the acquirer has not taken it up since.
        ``but``: not that bill, which was to be printed a moment ago.
        """
        for stored in self._journal.paid_and_not_taken():
            if _news(whole_bill(self._journal, stored)) not in stored.bill.printed:
                self._journal.amend(stored, told=False)
        for stored in self._journal.untold():
            if stored.bill.state.is_decided and stored.number != but:
                self._print(stored, whole_bill(self._journal, stored))
        self._bank.tell_untold()

    def _show(self, whole: WholeBill) -> None:
        self._display.show(bill_words(whole))
        if (advice := bill_advice(whole, attended=self._bank.settings.kernel.data.is_attended)) is not None:
            self._display.show(advice)

    def _print(self, stored: StoredBill, whole: WholeBill, *, again: bool = False) -> tuple[SalesSlip, ...]:
        """What went to the printer before and may be on paper says so."""
        bill, news = stored.bill, _news(whole)
        slips = bill_slips(whole, self._bank.settings, again=again or news in bill.printed)
        if bill.told:
            self._printed(slips)
            return slips
        begun = self._journal.amend(stored, printed=(*bill.printed, news)) if news not in bill.printed else stored
        out = self._printed(slips)
        if out == len(slips):
            self._told(begun)
        elif not out:
            self._journal.amend(begun, printed=bill.printed)
        return slips

    def _told(self, stored: StoredBill) -> None:
        """The slip has the bill's payments, too, as they stand."""
        payments = self._journal.payments
        with self._journal.transaction():
            self._journal.amend(stored, told=True)
            for paid in map(payments.payment, stored.bill.tries):
                if paid is not None and not paid.record.told:
                    payments.amend(paid, told=True)

    def _printed(self, slips: tuple[SalesSlip, ...]) -> int:
        """How many are on paper; without a printer none has to be."""
        if self._printer is None:
            return len(slips)
        for turn, slip in enumerate(slips):
            try:
                self._printer.print(slip)
            except PrinterFailed:
                return turn
        return len(slips)


def _news(whole: WholeBill) -> str:
    """What a slip tells that another one of the same bill does not: the same is not told twice unmarked."""
    bill = whole.bill
    refused = "" if bill.refusal is None else bill.refusal.code
    doubts = f"{PaymentState.NOT_TAKEN.value if whole.left_to_persons else ''}{len(bill.cleared) or ''}"
    distrusted = "distrusted" if bill.distrusted else ""
    return " ".join((bill.state.value, str(len(bill.tries)), refused, bill.why[0], doubts, distrusted)).rstrip()
