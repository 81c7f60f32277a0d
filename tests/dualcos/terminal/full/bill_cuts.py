"""The power goes at one moment of a bill's business: a command of card or PSAM, a message, a durable write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from dualcos.sqlitefile.durable_database import DurableDatabase
from dualcos.terminal.full.bill_outcome import BillOutcome
from dualcos.terminal.full.full_journal import FullJournal
from dualcos.terminal.social.medical_records import SettlementMode
from tests.dualcos.terminal.full.full_bench import FullBench

Act = Callable[[FullBench], object]


class FullPowerCut(BaseException):
    """The terminal is gone in the middle."""


class Moments:
    """Counts; the power goes at number ``at`` from 0, and is gone from then on."""

    def __init__(self, at: int | None = None) -> None:
        self.at, self.count = at, 0

    def tick(self) -> None:
        """Another one."""
        self.count += 1
        if self.at is not None and self.count > self.at:
            raise FullPowerCut


class CutBench(FullBench):
    """All moments of a bench are counted by ``moments``."""

    def __init__(self, profile: str = "dual-2.0-3des", mode: SettlementMode = SettlementMode.ONLINE) -> None:
        self.moments = Moments()
        journal = FullJournal()
        for each in (journal, journal.social, journal.payments):
            self._meter_writes(each)
        super().__init__(profile, mode, journal=journal)
        self.line.cut = self._tick
        self._meter_answers(self.card, "exchange")
        self._meter_answers(self.sam, "exchange")
        self._meter_answers(self.bureau, "ask", before=True)
        assert self.terminal is not None  # signed on

    def _tick(self) -> None:
        self.moments.tick()

    def _meter_answers(self, part: Any, name: str, *, before: bool = False) -> None:
        """Behind each answer; ``before``: in front of each request, too, where a write need not come first."""
        real = getattr(part, name)

        def metered(request: Any) -> Any:
            if before:
                self._tick()
            answer = real(request)
            self._tick()
            return answer

        setattr(part, name, metered)

    def _meter_writes(self, database: DurableDatabase) -> None:
        """All of a transaction was said, and it is not on disk; it is, and nobody has been told."""
        real = database.transaction

        @contextmanager
        def metered() -> Iterator[None]:
            nested = database.opened[1].in_transaction
            with real():
                yield
                if not nested:
                    self._tick()
            if not nested:
                self._tick()

        database.transaction = metered  # type: ignore[method-assign]

    def cut(self, act: Act, at: int | None = None) -> int:
        """``act``, with the power gone at that moment, and the terminal without it behind that; how many there were."""
        self.moments = Moments(at)
        with suppress(FullPowerCut):
            act(self)
        count, self.moments = self.moments.count, Moments()
        return count

    def back(self) -> tuple[BillOutcome, ...]:
        """The power is back, and so is the card."""
        self.power_cut()
        return self.terminal.resume(self.admitted(), self.desk)
