"""What whoever stands at the terminal is told of a payment: the slip is in the journal before it is on paper."""

from __future__ import annotations

from dualcos.terminal.financial.payment_journal import PaymentJournal, StoredPayment
from dualcos.terminal.financial.payment_parts import FinancialParts, PrinterFailed
from dualcos.terminal.financial.payment_record import PaymentRecord
from dualcos.terminal.financial.payment_settings import FinancialSettings
from dualcos.terminal.financial.payment_words import pin_words, state_words, todo_words
from dualcos.terminal.financial.sales_slip import payment_slips
from dualcos.terminal.financial.slip_layout import SalesSlip, SlipLayout
from dualcos.terminal.terminal_parts import PartText


class SlipPress:
    """Prints what the journal says. A printer that fails has it later."""

    def __init__(self, parts: FinancialParts, settings: FinancialSettings, journal: PaymentJournal) -> None:
        self._parts, self._settings, self._journal = parts, settings, journal

    def tell(self, stored: StoredPayment, *, again: bool = False) -> tuple[SalesSlip, ...]:
        """All copies, on the display and on paper. ``again``: they say that they were printed before."""
        self._show(stored.record)
        return self._print(stored, again=again)

    def _show(self, record: PaymentRecord) -> None:
        self._parts.display.show(state_words(record))
        if record.note[0]:
            self._parts.display.show(PartText(*record.note))
        if (blocked := pin_words(record)) is not None:
            self._parts.display.show(blocked)
        if (todo := todo_words(record)) is not None:
            self._parts.display.show(todo)

    def _print(self, stored: StoredPayment, *, again: bool = False) -> tuple[SalesSlip, ...]:
        """What went to the printer before and may be on paper says so."""
        record, state = stored.record, stored.record.state.value
        slips = payment_slips(record, self._settings, again=again or record.printing == state)
        if record.told:
            self.printed(slips)
            return slips
        begun = self._journal.amend(stored, printing=state) if self._parts.printer is not None else stored
        out = self.printed(slips)
        if out == len(slips):
            self._journal.amend(begun, told=True)
        elif not out:
            self._journal.amend(begun, printing=record.printing)
        return slips

    def leave(self, stored: StoredPayment) -> None:
        """Nothing is said of it as it stands: another payment has taken its place."""
        self._journal.amend(stored, told=True, replaced=True)

    def tell_untold(self, *, shown: bool = False) -> None:
        """What is decided and nobody has a slip of: behind a power cut, a printer without paper, a late answer.
        ``shown``: what each came to is on the display, too; else that is for whoever stands there now.
        """
        if lines := self._journal.untold_settlement():
            self.settled(lines, again=True)
        for stored in self._journal.untold():
            if stored.record.replaced:
                self.leave(stored)
            elif not stored.record.is_open:
                if shown:
                    self._parts.display.show(state_words(stored.record))
                self._print(stored)

    def settled(self, lines: tuple[str, ...], *, again: bool = False) -> None:
        """The slip of a batch that was settled, which the journal has; on paper, or later."""
        layout = SlipLayout(self._settings.slip.width)
        copy = self._settings.slip.copies[0]
        if self.printed((SalesSlip(copy, (layout.centred("重打印"), *lines) if again else lines),)):
            self._journal.settlement_told()

    def printed(self, slips: tuple[SalesSlip, ...]) -> int:
        """How many are on paper; without a printer none has to be."""
        printer = self._parts.printer
        if printer is None:
            return len(slips)
        for turn, slip in enumerate(slips):
            try:
                printer.print(slip)
            except PrinterFailed:
                return turn
        return len(slips)
