"""What whoever stands at the terminal is told of a payment: the slip is in the journal before it is on paper."""

from __future__ import annotations

from dualcos.terminal.financial.payment_journal import PaymentJournal, StoredPayment
from dualcos.terminal.financial.payment_parts import FinancialParts, PrinterFailed
from dualcos.terminal.financial.payment_settings import FinancialSettings
from dualcos.terminal.financial.sales_slip import SalesSlip, payment_slips
from dualcos.terminal.financial.slip_layout import SlipLayout


class SlipPress:
    """Prints what the journal says. A printer that fails has it later."""

    def __init__(self, parts: FinancialParts, settings: FinancialSettings, journal: PaymentJournal) -> None:
        self._parts, self._settings, self._journal = parts, settings, journal

    def tell(self, stored: StoredPayment, *, again: bool = False) -> tuple[SalesSlip, ...]:
        """All copies, on the display and on paper. ``again``: they say that they were printed before."""
        self._parts.display.show(stored.record.state.words)
        slips = payment_slips(stored.record, self._settings, again=again)
        if self.printed(slips) and not stored.record.told:
            self._journal.amend(stored, told=True)
        return slips

    def leave(self, stored: StoredPayment) -> None:
        """Nothing is said of it as it stands: another payment has taken its place."""
        self._journal.amend(stored, told=True)

    def tell_untold(self, *, again: bool = False) -> None:
        """What is decided and nobody has been told of: behind a power cut, a printer without paper, a late answer.
        ``again``: they may have been printed when the power went.
        """
        if lines := self._journal.untold_settlement():
            self.settled(lines, again=again)
        for stored in self._journal.untold():
            if not stored.record.is_open:
                self.tell(stored, again=again)

    def settled(self, lines: tuple[str, ...], *, again: bool = False) -> None:
        """The slip of a batch that was settled, which the journal has; on paper, or later."""
        layout = SlipLayout(self._settings.slip.width)
        copy = self._settings.slip.copies[0]
        if self.printed((SalesSlip(copy, (layout.centred("重打印"), *lines) if again else lines),)):
            self._journal.settlement_told()

    def printed(self, slips: tuple[SalesSlip, ...]) -> bool:
        """True if they are on paper, or there is no printer."""
        printer = self._parts.printer
        try:
            for slip in slips if printer is not None else ():
                if printer is not None:
                    printer.print(slip.lines)
        except PrinterFailed:
            return False
        return True
