"""The printer as the bank half has it: while a bill is paid its slips wait, for they are on the bill's own paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from dualcos.terminal.financial.payment_parts import SlipPrinter


class WithheldPaper:
    """See ``SlipPrinter``; ``printer``: where everything else goes."""

    def __init__(self, printer: SlipPrinter) -> None:
        self._printer, self._withholds = printer, False

    @contextmanager
    def withholding(self) -> Iterator[None]:
        """What is printed meanwhile is taken, and goes nowhere: whoever asked for it prints it himself."""
        self._withholds = True
        try:
            yield
        finally:
            self._withholds = False

    def print(self, lines: Sequence[str]) -> None:
        """Raises PrinterFailed."""
        if not self._withholds:
            self._printer.print(lines)
