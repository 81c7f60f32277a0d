"""The printer of a terminal on this machine: its paper is seen."""

from __future__ import annotations

from dualcos.terminal.financial.slip_layout import SalesSlip
from dualcos.terminal.screen.terminal_view import TerminalView


class SlipsInView:
    """See ``SlipPrinter``."""

    def __init__(self, view: TerminalView) -> None:
        self._view = view

    def print(self, slip: SalesSlip) -> None:
        """It never fails."""
        self._view.slip(slip.lines)
