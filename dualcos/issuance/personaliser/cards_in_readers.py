"""Cards made in readers, one after the other as a hand puts them in (读写器逐张制卡).

Each reader is served by a thread of its own; rows are given to chips, and outcomes entered, by one at a time. A card
that is pulled midway is never delivered: its row keeps it, and it is taken up when it is put in again, in this run or
a later one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import NamedTuple, Protocol

from apdu.link import SmartCard
from dualcos.issuance.exchange.personalisation_file import Batch, CardRecord
from dualcos.issuance.personaliser.batch_runs import (
    BatchReport,
    Way,
    demand_template,
    linker_of,
    note,
    report_of,
)
from dualcos.issuance.personaliser.cards_in_folder import Reject
from dualcos.issuance.personaliser.chips_in_hand import ChipInHand, demand_initialised, look
from dualcos.issuance.personaliser.linking import Linker, LinkError
from dualcos.issuance.personaliser.making_steps import takes_transport_key
from dualcos.issuance.personaliser.row_desk import BatchError, RowDesk, RowRefused
from dualcos.issuance.personaliser.stock_register import RowClaim, StockRegister, StockState
from dualcos.issuance.personaliser.workshop import CardLost, Job, JobOutcome, Workshop, WorkshopSetting
from dualcos.reader.observers import unfailing

_A_MOMENT = 0.2


class ReaderFailed(Exception):
    """The reader itself does not work; the text says which and why."""


class ReaderWithHand(Protocol):
    """A reader with a slot. The card's calls, and ``wait``, raise ReaderFailed; the card's also CardLost."""

    @property
    def name(self) -> str:
        """As the PC/SC service calls it."""
        ...

    def wait(self, *, present: bool) -> bool:
        """True if there is a card (or none); waits for it a second at most."""
        ...

    def card(self) -> SmartCard:
        """The card in the slot."""
        ...

    def leave(self) -> None:
        """Disconnect from the card."""
        ...


Tell = Callable[[str, str], None]
"""Takes a reader's name and a line for the person who handles the cards. Called from several threads; whatever it
raises, the cards are made."""


class ReaderReport(NamedTuple):
    """The run: the batch's report, cards that stayed as they were, readers that failed."""

    report: BatchReport
    rejects: tuple[Reject, ...]
    failed: tuple[str, ...]


def run_in_readers(
    setting: WorkshopSetting,
    batch: Batch,
    register: StockRegister,
    readers: Sequence[ReaderWithHand],
    tell: Tell,
    way: Way | None = None,
    *,
    patience: float | None = None,
) -> ReaderReport:
    """Make the cards of ``batch`` in ``readers`` until none is left, or nobody puts one in for ``patience`` seconds.

    ``way``: for the second body, how a card names its person. Ctrl-C finishes the cards in hand and reports. Raises
    BatchError, RegisterError and the faults of wrong stores before the first card; MixedUp.
    """
    bench = Workshop(setting)
    demand_template(bench, batch)
    if bench.births and bench.maker is None:
        raise BatchError("blank chips need the card maker's key store")
    started = time.perf_counter()
    earlier = sum(claim.state is StockState.MADE for claim in register.claims(batch.header.batch).values())
    desk = RowDesk(batch, register, bench.rsa_keys)
    room = _Room(bench, desk, linker_of(bench, batch, way) if way else None, tell, patience)
    with ThreadPoolExecutor(len(readers)) as threads:
        tasks = [threads.submit(room.attend, reader) for reader in readers]
        _await(tasks, room.stop)
    failed = []
    for task in tasks:
        try:
            task.result()
        except ReaderFailed as error:
            failed.append(str(error))
    report = report_of(batch, register, earlier, time.perf_counter() - started)
    if way is not None:
        report = report._replace(waiting=0)  # as in batch_runs.second_step
    return ReaderReport(report, tuple(room.rejects), tuple(failed))


def _await(tasks: Sequence[Future[None]], stop: threading.Event) -> None:
    """Until all are done; Ctrl-C asks them to end behind the card they have in hand."""
    while True:
        try:
            wait(tasks)
        except KeyboardInterrupt:
            stop.set()
        else:
            return


class _Room:
    """All readers of a run, their desk, and what they have in common."""

    def __init__(
        self, bench: Workshop, desk: RowDesk, linker: Linker | None, tell: Tell, patience: float | None
    ) -> None:
        self.stop = threading.Event()
        self.rejects: list[Reject] = []
        self._bench = bench
        self._desk = desk
        self._linker = linker
        self._tell = unfailing(tell)
        self._patience = patience
        self._one_at_a_time = threading.Lock()
        self._in_hand: set[int] = set()

    def attend(self, reader: ReaderWithHand) -> None:
        """One reader, from card to card. Raises ReaderFailed, MixedUp; the other readers then end too or go on."""
        try:
            while not self.stop.is_set() and not self._finished():
                wish = self._wish()
                if not wish:  # what is left is being made in other readers
                    self.stop.wait(_A_MOMENT)
                    continue
                self._tell(reader.name, wish)
                if not self._until(reader, present=True):
                    return
                self._card(reader)
                reader.leave()
                if self._finished() or not self._until(reader, present=False):
                    return
        except ReaderFailed:
            raise
        except BaseException:
            # Mixed-up cards, or a bug: no reader may go on as if nothing had happened.
            self.stop.set()
            raise
        finally:
            with suppress(ReaderFailed, CardLost):
                reader.leave()

    def _finished(self) -> bool:
        """The second body may have more people than cards come; the others are done when no row waits for a chip."""
        with self._one_at_a_time:
            if self._linker is not None:
                return self._desk.complete
            return not self._desk.waiting and not self._desk.half_made

    def _wish(self) -> str:
        if self._linker is not None:
            return "put in a card of the first body"
        with self._one_at_a_time:
            half = [claim for claim in self._desk.half_made if claim.serial not in self._in_hand]
            fresh = self._desk.waiting
        if not half and not fresh:
            return ""
        kind = "a blank chip" if self._bench.births else "an initialised chip"
        old = " or ".join(f"chip {claim.serial:08X} again" for claim in half[:3])
        return f"put in {' or '.join(filter(None, (kind if fresh else '', old)))}; {fresh + len(half)} to make"

    def _until(self, reader: ReaderWithHand, *, present: bool) -> bool:
        """Wait; False if the run ends first."""
        patience = self._patience
        end = None if patience is None else time.monotonic() + patience
        while not self.stop.is_set():
            if reader.wait(present=present):
                return True
            if present and self._finished():
                return False
            if end is not None and time.monotonic() > end:
                self._tell(reader.name, f"nothing happened for {patience:g} s, this reader ends")
                return False
        return False

    def _card(self, reader: ReaderWithHand) -> None:
        """The card in ``reader``: refused, or made as far as it goes. A rejected row leaves the chip for the next."""
        card = reader.card()
        while True:
            try:
                job = self._job(card)
            except (RowRefused, LinkError) as error:
                self._refuse(reader, str(error))
                return
            except CardLost as error:
                self._refuse(reader, f"CARD_LOST: {error}; nothing was written")
                return
            if job is None:
                self._tell(reader.name, "this card is made already; take it out")
                return
            self._tell(reader.name, f"making card {job.record.seq} in chip {job.serial:08X}, leave it in")
            try:
                outcome = self._bench.make_in_reader(job, card)
                with self._one_at_a_time:
                    self._note(job, outcome)
            finally:
                self._in_hand.discard(job.serial)
            if outcome.verdict != "rejected" or self._linker is not None:
                self._tell(reader.name, _verdict(outcome))
                return
            self._tell(reader.name, f"card {outcome.seq} rejected at {outcome.stage}: {outcome.reason}")

    def _refuse(self, reader: ReaderWithHand, why: str) -> None:
        self.rejects.append(Reject(reader.name, why))
        self._tell(reader.name, f"{why}; take it out")

    def _job(self, card: SmartCard) -> Job | None:
        """What to do to this card; None if it is made. Raises Refused, LinkError, MixedUp, CardLost."""
        chip = look(card)
        if self._linker is not None:
            record = self._linker.record(card)
            with self._one_at_a_time:
                known = self._desk.register.chip(chip.serial)
                claim = self._desk.second(record, chip.serial)
                if claim is not None and claim.state is StockState.REJECTED:
                    note(self._desk.register, JobOutcome(claim.seq, claim.serial, "rejected", "card", claim.reason))
                    raise RowRefused("REJECTED", f"card {claim.seq}: {claim.reason}")
            return claim and self._take(claim, record, resuming=known is not None)
        with self._one_at_a_time:
            known = self._known(chip)
        if known is None:
            self._demand_untouched(card, chip)
        claim = known
        while claim is None or claim.state is StockState.REJECTED:
            with self._one_at_a_time:
                claim = self._desk.next(None if self._bench.births else chip.serial)
                if claim.state is StockState.REJECTED:
                    outcome = JobOutcome(claim.seq, claim.serial, "rejected", "card", claim.reason)
                    note(self._desk.register, outcome)
                else:
                    self._in_hand.add(claim.serial)
        return self._take(claim, self._desk.record(claim.seq), resuming=known is not None)

    def _take(self, claim: RowClaim, record: CardRecord, *, resuming: bool) -> Job:
        self._in_hand.add(claim.serial)
        return Job(record, claim.serial, claim.rsa, resuming=resuming)

    def _known(self, chip: ChipInHand) -> RowClaim | None:
        """The claim to go on with. Raises Refused."""
        if not self._bench.births:
            return self._desk.known(chip.serial)
        if not chip.blank:
            claim = self._desk.known(chip.serial)
            if claim is None or claim.state is not StockState.CLAIMED:
                raise RowRefused("ALREADY_MADE", f"chip {chip.serial:08X} has an MF and is none of this register's")
            return claim
        # A blank chip may carry any number until it gets its own: only one that was begun here counts.
        found = self._desk.register.chip(chip.serial)
        begun = found is not None and found.state is StockState.CLAIMED and chip.serial not in self._in_hand
        return self._desk.known(chip.serial) if begun else None

    def _demand_untouched(self, card: SmartCard, chip: ChipInHand) -> None:
        """A blank chip of this maker, or for the first body one with an empty environment. Raises Refused, CardLost."""
        bench = self._bench
        if not bench.births:
            demand_initialised(bench, card, chip)
        elif bench.maker is not None and not takes_transport_key(card, bench.maker.transport):
            raise RowRefused("WRONG_CARD", "this blank chip does not take the transport key: it is another maker's")

    def _note(self, job: Job, outcome: JobOutcome) -> None:
        if outcome.verdict == "unfinished" and not outcome.commands and not job.resuming:
            self._desk.back(RowClaim(job.record.seq, job.serial, job.rsa, StockState.CLAIMED))
        else:
            note(self._desk.register, outcome)


def _verdict(outcome: JobOutcome) -> str:
    what = f"card {outcome.seq} {outcome.verdict}"
    if outcome.verdict == "made":
        return f"{what}, {outcome.commands} commands in {outcome.seconds:.1f} s; take it out"
    return f"{what} at {outcome.stage}: {outcome.reason}; take it out"
