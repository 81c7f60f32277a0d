"""The power goes at one moment of a bill's business: a command of card or PSAM, a message, a durable write, a slip; or
the storage is full from one write on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from dualcos.sqlitefile.durable_database import DatabaseFault, DurableDatabase
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


class StorageSpace:
    """Counts writes; ``left``: so many more fit, None: all."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.writes = 0

    @property
    def is_full(self) -> bool:
        """Asked once a write."""
        self.writes += 1
        if self.left is None:
            return False
        self.left -= 1
        return self.left < 0


class CutBench(FullBench):
    """All moments of a bench are counted by ``moments``. ``space``: of its storage."""

    def __init__(self, profile: str = "dual-2.0-3des", mode: SettlementMode = SettlementMode.ONLINE) -> None:
        self.moments, self.space = Moments(), StorageSpace()
        journal = FullJournal()
        for each in (journal, journal.social, journal.payments):
            self._meter_writes(each)
        super().__init__(profile, mode, journal=journal)
        self.line.cut = self._tick
        for part, name in (
            (self.card, "exchange"), (self.sam, "exchange"), (self.bureau, "ask"), (self.printer, "print")
        ):  # fmt: skip
            self._meter_answers(part, name)
        assert self.terminal is not None  # signed on

    def _tick(self) -> None:
        self.moments.tick()

    def _meter_answers(self, part: Any, name: str) -> None:
        """In front of each request, and behind each answer."""
        real = getattr(part, name)

        def metered(request: Any) -> Any:
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
                    if self.space.is_full:
                        raise database._fault(DatabaseFault(database.opened[0], "database or disk is full"))
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
