"""How fast a whole purchase is, on line by chip, split by part: card, kernel, journal, codec, acquirer, issuer.

Every time is the part's own: what it asks of another is that one's. Storage is durable on a disk (where temporary files
lie), or in memory, which shows what the disk costs. Nothing is asserted.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from dualcos.issuance.acquirer.acquirer_front import AcquirerFront
from dualcos.issuance.bank.authorisation.issuer_core import IssuerCore
from dualcos.messages.iso8583_codec import Iso8583Codec
from dualcos.sqlitefile.durable_database import IN_MEMORY, DurableDatabase
from dualcos.terminal.financial import terminal_line
from dualcos.terminal.financial.payment_journal import PaymentJournal
from tests.dualcos.terminal.financial.till_bench import TillBench
from tests.dualcos.terminal.terminal_bench import WatchedCard

PROFILES = ("dual-2.0-3des", "dual-3.0-sm4", "bank-dda", "bank-sda")
COUNT, _WARM = 60, 3
_REST = "kernel, terminal, slips"


class SplitWatch:
    """``own``: seconds by part, of that part alone; ``calls``: how often it was asked."""

    def __init__(self) -> None:
        self.own: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self._parts = [_REST]
        self._since = time.perf_counter()

    def _charge(self) -> None:
        now = time.perf_counter()
        self.own[self._parts[-1]] += now - self._since
        self._since = now

    def around(self, part: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """``call``, whose time is that part's."""

        def timed(*args: Any, **how: Any) -> Any:
            self._charge()
            self._parts.append(part)
            self.calls[part] += 1
            try:
                return call(*args, **how)
            finally:
                self._charge()
                self._parts.pop()

        return timed

    @contextmanager
    def everywhere(self) -> Iterator[None]:
        """All parts are timed while inside."""
        timed = (
            (WatchedCard, "exchange", "card"),
            (Iso8583Codec, "body", "codec"),
            (Iso8583Codec, "message", "codec"),
            (Iso8583Codec, "mac_input", "codec"),
            (terminal_line, "sealed", "MACs"),
            (AcquirerFront, "answer", "acquirer"),
            (IssuerCore, "answer", "issuer"),
        )
        real = DurableDatabase._ask

        def asked(books: DurableDatabase, statement: str, *values: object) -> list[Any]:
            part = f"SQLite, {type(books).__name__}"
            return self.around(f"{part}, commits" if statement == "COMMIT" else part, real)(books, statement, *values)

        with ExitStack() as stack:
            for where, name, part in timed:
                stack.enter_context(patch.object(where, name, self.around(part, getattr(where, name))))
            stack.enter_context(patch.object(DurableDatabase, "_ask", asked))
            self._since = time.perf_counter()
            yield
            self._charge()


def purchases(profile: str, folder: Path | None, count: int = COUNT) -> tuple[float, SplitWatch]:
    """So many purchases a second, and a watch over as many again; ``folder``: of durable files, None: in memory."""
    journal, acquirer, issuer = (IN_MEMORY if folder is None else folder / name for name in ("journal", "a", "i"))
    bench = TillBench(profile, journal=PaymentJournal(journal), path=acquirer, issuer_path=issuer)

    def pay(times: int) -> None:
        for number in range(times):
            bench.printer.slips.clear()
            bench.card.passed.clear()
            done = bench.till.purchase(1_000 + number, forced_online=True)
            assert done.is_approved
            assert not done.stored.record.offline

    pay(_WARM)
    begun = time.perf_counter()
    pay(count)
    rate = count / (time.perf_counter() - begun)
    watch = SplitWatch()
    with watch.everywhere():
        pay(count)
    bench.journal.close()
    bench.host.close()
    return rate, watch


def main() -> None:
    """Print the tables."""
    for profile in PROFILES:
        with TemporaryDirectory() as folder:
            durable, split = purchases(profile, Path(folder))
        in_memory, _ = purchases(profile, None)
        print(
            f"  a purchase on line ({profile})".ljust(48)
            + f"{in_memory:>12,.0f} /s   {durable:,.0f} /s with all on disk"
        )
        if profile != PROFILES[0]:
            continue
        for part, seconds in split.own.most_common():
            each = f"{seconds / COUNT * 1000:.2f} ms"
            print(f"    {part:<44}{each:>12}      {split.calls[part] / COUNT:.1f} calls")


if __name__ == "__main__":
    main()
