"""The printer of a terminal on this machine: its paper is seen, and is out when the step that printed is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from dualcos.terminal.financial.payment_journal import JournalFault, PaymentJournal
from dualcos.terminal.financial.payment_parts import PrinterFailed
from dualcos.terminal.financial.slip_layout import SalesSlip, SlipLayout
from dualcos.terminal.screen.terminal_view import TerminalView

_NOT_OUT = "slips that are not out"
_CUT = "\f"
_AGAIN = "重打印"


class PaperInStep:
    """``printed``: in the step that is under way. Until that is told the journal has it, too: a program that dies
    before prints it when it is started again. ``width``: of the paper, in columns.
    """

    def __init__(self, view: TerminalView, journal: PaymentJournal, width: int) -> None:
        self._view, self._journal = view, journal
        self._mark = SlipLayout(width).centred(_AGAIN)
        self.printed: list[SalesSlip] = []

    def print(self, slip: SalesSlip) -> None:
        """See ``SlipPrinter``. Raises PrinterFailed if the storage fails."""
        self._print([slip])

    def begin_step(self) -> None:
        """Nothing has been printed in it."""
        self.printed = []

    def is_out(self) -> None:
        """Whoever reads has it. If the storage fails it comes once more, and says so."""
        if self.printed:
            with suppress(PrinterFailed):
                self._keep(())

    def print_left(self) -> None:
        """What was printed in a step that was never told. It may be on paper, and says so. Raises JournalFault."""
        left = (self._journal.setting(_NOT_OUT) or "").split(_CUT)
        with suppress(PrinterFailed):
            self._print([self._marked(*slip.split("\n")) for slip in left if slip])

    def _marked(self, copy: str, title: str, *lines: str) -> SalesSlip:
        return SalesSlip(copy, (title, *lines) if self._mark in lines else (title, self._mark, *lines))

    def _print(self, slips: Sequence[SalesSlip]) -> None:
        self._keep((*self.printed, *slips))
        self.printed.extend(slips)
        for slip in slips:
            self._view.slip(slip.lines)

    def _keep(self, slips: Iterable[SalesSlip]) -> None:
        try:
            self._journal.keep_setting(_NOT_OUT, _CUT.join("\n".join((slip.copy, *slip.lines)) for slip in slips))
        except JournalFault:
            raise PrinterFailed from None
