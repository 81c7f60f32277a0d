"""The printer as the bank half has it: while a bill is paid its slips get no paper, for the bill's own has them.

What the bank half has not printed stays to be printed in the journal, so nothing is lost whatever else waited there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dualcos.terminal.financial.payment_parts import PrinterFailed, SlipPrinter
from dualcos.terminal.financial.slip_layout import SalesSlip


class WithheldPaper:
    """See ``SlipPrinter``; ``printer``: the one that there is."""

    def __init__(self, printer: SlipPrinter) -> None:
        self._printer, self._withheld = printer, False

    @contextmanager
    def withheld(self) -> Iterator[None]:
        """Nothing is printed meanwhile."""
        self._withheld = True
        try:
            yield
        finally:
            self._withheld = False

    def print(self, slip: SalesSlip) -> None:
        """Raises PrinterFailed."""
        if self._withheld:
            raise PrinterFailed
        self._printer.print(slip)
