"""Batches: rows become cards, each once, whatever is interrupted (批量制卡).

The register is the memory: a claim is on disk before a card is begun, its outcome behind it. Started again with
the same file, a batch makes what is missing. Only this process touches the register; workers make cards.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec

from apdu.link import SmartCard
from dualcos.cardfile.card_file_format import CardFileError
from dualcos.issuance.exchange.feedback_file import FeedbackRow
from dualcos.issuance.exchange.personalisation_file import Batch, CardRecord, Header, Paper
from dualcos.issuance.personaliser.cards_in_folder import (
    CardsFound,
    FoundCard,
    Reject,
    ask,
    card_files,
    find_cards,
    serial_in,
)
from dualcos.issuance.personaliser.chips_in_hand import demand_initialised, look
from dualcos.issuance.personaliser.job_pool import Here, Pool
from dualcos.issuance.personaliser.linking import Linker, LinkError, OwnData, read_bank, read_social
from dualcos.issuance.personaliser.row_desk import OPEN_AGAIN, BatchError, RowDesk, RowRefused, demand_same_people
from dualcos.issuance.personaliser.stock_register import RegisterError, RowClaim, StockRegister, StockState
from dualcos.issuance.personaliser.workshop import (
    DISK,
    FILE,
    Job,
    JobOutcome,
    Verdict,
    Workshop,
    WorkshopSetting,
    or_write_off,
    work,
)
from dualcos.reader.observers import unfailing
from firewall.trace import TraceBuffer

_CLAIMS_AT_ONCE = 64
_STATES: Mapping[str, StockState] = {
    "made": StockState.MADE,
    "rejected": StockState.REJECTED,
    "spoiled": StockState.SPOILED,
    "unfinished": StockState.CLAIMED,
}

Progress = Callable[[JobOutcome], None]
"""Told of each card when the register knows of it; whatever it raises, the batch goes on."""


class BatchReport(NamedTuple):
    """What a run did. ``outcomes`` of all rows begun, in earlier runs too; ``spoiled`` every burnt chip.

    ``waiting``: rows no chip was given to; ``side``: what was made, as in the register.
    """

    batch: str
    outcomes: tuple[JobOutcome, ...]
    spoiled: tuple[RowClaim, ...]
    earlier: int
    seconds: float
    waiting: int = 0
    side: str = "central"

    @property
    def counts(self) -> Mapping[str, int]:
        """Rows by verdict."""
        return Counter(outcome.verdict for outcome in self.outcomes)

    @property
    def complete(self) -> bool:
        """True if every row has its card."""
        return not self.waiting and all(outcome.verdict == "made" for outcome in self.outcomes)


def run(
    setting: WorkshopSetting,
    batch: Batch,
    register: StockRegister,
    pool: Pool | None = None,
    progress: Progress | None = None,
) -> BatchReport:
    """Make every card of ``batch`` that is not made yet (centralised mode, and blank chips).

    Raises BatchError, RegisterError, JobPoolError and the faults of wrong stores, all before the first card; a single
    row's or card's fault is its outcome.
    """
    bench = Workshop(setting)
    demand_template(bench, batch)
    before = demand_same_people(batch, register)
    astray = _astray(Path(setting.cards), register, before)
    tasks = chain(map(_failing, astray.values()), _claimed(register, batch, before, astray, bench.rsa_keys))
    return _run(setting, batch, register, pool or Here(), progress, tasks)


def _astray(cards: Path, register: StockRegister, before: Mapping[int, RowClaim]) -> Mapping[int, JobOutcome]:
    """Begun cards that lie in the folder under a name that is not theirs, by row: made anew, they would be there twice.

    Raises BatchError if a card file has a name that the register will give to another card.
    """
    files = card_files(cards)
    named = {serial: path for path in files if (serial := serial_in(path)) is not None}
    for serial, path in named.items():
        if not register.knows(serial):
            raise BatchError(f"{path} is a card that the register does not know: another folder, or its own register")
    begun = {each.serial: each for each in before.values() if each.state is StockState.CLAIMED}
    lost = begun.keys() - named.keys()
    found = find_cards(path for path in files if serial_in(path) is None) if lost else None
    wrong = {serial: card.path.name for serial, card in found.cards.items() if serial in lost} if found else {}
    return {
        begun[serial].seq: _unusable(begun[serial], f"it is called {name}, its name is {serial:08X}.card")
        for serial, name in wrong.items()
    }


def _claimed(
    register: StockRegister,
    batch: Batch,
    before: Mapping[int, RowClaim],
    astray: Mapping[int, JobOutcome],
    rsa_keys: int,
) -> Iterator[_Task]:
    """Rows to make: those an interrupted run left claimed keep their chip, the rest get fresh ones, lazily."""
    fresh: list[CardRecord] = []
    for record in batch.records:
        claim = before.get(record.seq)
        if claim is None or claim.state in OPEN_AGAIN:
            fresh.append(record)
        elif claim.state is StockState.CLAIMED and record.seq not in astray:
            yield _task(claim, record)
    for at in range(0, len(fresh), _CLAIMS_AT_ONCE):
        some = fresh[at : at + _CLAIMS_AT_ONCE]
        yield from map(_task, register.claim(batch.header.batch, some, rsa_keys=rsa_keys), some)


class _Task(NamedTuple):
    """What to do for one row: a job, or nothing, since it is known already what became of it."""

    job: Job | None = None
    outcome: JobOutcome | None = None


def _task(claim: RowClaim, record: CardRecord, card: str = "", *, resuming: bool = False) -> _Task:
    if claim.state is StockState.REJECTED:
        return _failing(JobOutcome(record.seq, claim.serial, "rejected", "card", claim.reason))
    return _Task(Job(record, claim.serial, claim.rsa, card, resuming))


def _failing(outcome: JobOutcome) -> _Task:
    return _Task(outcome=outcome)


def _unusable(claim: RowClaim, why: str) -> JobOutcome:
    """A begun chip that cannot be taken up; its row keeps it."""
    return JobOutcome(claim.seq, claim.serial, "unfinished", FILE, f"{why}; {or_write_off(claim.serial)}")


def _run(
    setting: WorkshopSetting,
    batch: Batch,
    register: StockRegister,
    pool: Pool,
    progress: Progress | None,
    tasks: Iterable[_Task],
) -> BatchReport:
    """Do the tasks. Whatever stops them, the cards that are being made are finished and entered first."""
    started = time.perf_counter()
    name = batch.header.batch
    earlier = sum(claim.state is StockState.MADE for claim in register.claims(name).values())
    known: list[JobOutcome] = []
    stopped: list[Exception] = []

    def jobs() -> Iterator[Job]:
        try:
            for task in tasks:
                if stopped:
                    return
                if task.outcome is not None:
                    known.append(task.outcome)
                if task.job is not None:
                    yield task.job
        except RegisterError as error:
            stopped.append(error)

    tell = unfailing(progress) if progress else None
    Path(setting.cards).mkdir(parents=True, exist_ok=True)
    for outcome in chain(pool.run(partial(work, setting), jobs()), known):
        note(register, outcome)
        if tell:
            tell(outcome)
        if outcome.stage == DISK:
            stopped.append(BatchError(f"{outcome.reason}; mend that, then the same command goes on with the batch"))
    if stopped:
        raise stopped[0]
    return report_of(batch, register, earlier, time.perf_counter() - started)


def report_of(batch: Batch, register: StockRegister, earlier: int, seconds: float) -> BatchReport:
    """What the register knows of every row of a batch. ``earlier``: how many were made before this run.

    Raises RegisterError (damaged).
    """
    history = register.history(batch.header.batch)
    last = {claim.seq: claim for claim in history}
    outcomes = tuple(_outcome(last[record.seq]) for record in batch.records if record.seq in last)
    spoiled = tuple(claim for claim in history if claim.state is StockState.SPOILED)
    waiting = len(batch.records) - len(outcomes)
    return BatchReport(batch.header.batch, outcomes, spoiled, earlier, seconds, waiting, register.side)


def note(register: StockRegister, outcome: JobOutcome) -> None:
    """Enter what became of a card."""
    text = msgspec.json.encode(outcome._asdict()).decode()
    register.finish(outcome.serial, _STATES[outcome.verdict], outcome.reason, text)


def _outcome(claim: RowClaim) -> JobOutcome:
    if claim.outcome:
        try:
            return JobOutcome(**msgspec.json.decode(claim.outcome))
        except (msgspec.DecodeError, TypeError):
            raise RegisterError(
                f"the register is damaged: what became of card {claim.seq} of batch {claim.batch} cannot be read in it"
            ) from None
    verdict: Verdict = "spoiled" if claim.state is StockState.SPOILED else "unfinished"
    return JobOutcome(claim.seq, claim.serial, verdict, "card", claim.reason or "begun and not finished")


def demand_template(bench: Workshop, batch: Batch) -> None:
    """Refuse a batch whose cards the template does not make. Raises BatchError."""
    kind = bench.kind
    for record in batch.records:
        if record.social and not kind.social:
            raise BatchError(f"card {record.seq} has social data, template {kind.template} no social side")
        if record.bank and not kind.debit_aid:
            raise BatchError(f"card {record.seq} has bank data, template {kind.template} no bank side")
        break


# --- stepwise 分步 ------------------------------------------------------------------------------------------------


class StepReport(NamedTuple):
    """One body's run over cards that exist: its own cards, and those for the reject bin."""

    report: BatchReport
    rejects: tuple[Reject, ...]


def first_step(
    setting: WorkshopSetting,
    batch: Batch,
    register: StockRegister,
    chips: Iterable[Path],
    pool: Pool | None = None,
    progress: Progress | None = None,
) -> StepReport:
    """The first body: its rows on initialised chips, one after the other. Raises as ``run``, and if chips run out.

    A chip is free if this register has not given it to any row, of whatever batch, and it has not this side yet.
    """
    bench = Workshop(setting)
    demand_template(bench, batch)
    before = demand_same_people(batch, register)
    found = find_cards(chips)
    free, rejects = _free(bench, batch, register, found)
    fresh = [each for each in batch.records if each.seq not in before or before[each.seq].state in OPEN_AGAIN]
    begun = [each for each in batch.records if each.seq in before and before[each.seq].state is StockState.CLAIMED]
    if fresh and not free and not begun:
        spent = f"; none of the {len(found.cards)} there is free" if found.cards else ""
        unusable = f"; {rejects[0].card} is not used: {rejects[0].reason}" if rejects else ""
        raise BatchError(
            f"there are no more initialised chips: card {fresh[0].seq} and those behind it wait{spent}{unusable}"
        )

    def tasks() -> Iterator[_Task]:
        for record in begun:
            yield _taken_up(before[record.seq], record, found)
        # What there are chips for is made; the report counts those who wait.
        for record, card in zip(fresh, free, strict=False):
            (claim,) = register.claim(batch.header.batch, (record,), rsa_keys=bench.rsa_keys, serial=card.serial)
            yield _task(claim, record, str(card.path))

    report = _run(setting, batch, register, pool or Here(), progress, tasks())
    return StepReport(report, rejects)


def _taken_up(claim: RowClaim, record: CardRecord, found: CardsFound) -> _Task:
    card = found.cards.get(claim.serial)
    if card is None:
        return _failing(_unusable(claim, found.missing(claim.serial)))
    return _task(claim, record, str(card.path), resuming=True)


def _free(
    bench: Workshop, batch: Batch, register: StockRegister, found: CardsFound
) -> tuple[tuple[FoundCard, ...], tuple[Reject, ...]]:
    """Chips for rows that have none, and those that cannot be used. Raises BatchError if one holds a row's data and
    the register does not know it: it is not the register of these cards.
    """
    free: list[FoundCard] = []
    rejects = list(found.rejects)
    people = OwnData(batch.records)
    for card in found.cards.values():
        if register.chip(card.serial) is not None:
            continue
        try:
            if card.begun:
                raise RowRefused("HALF_MADE", f"chip {card.serial:08X} was begun by a run that is not in this register")
            ask(card.path, partial(_demand_free, bench))
        except (RowRefused, CardFileError, OSError) as error:
            if isinstance(error, RowRefused) and error.code == "ALREADY_MADE":
                _demand_strangers(bench, people, card)
            rejects.append(Reject(card.path.name, str(error)))
        else:
            free.append(card)
    return tuple(free), tuple(rejects)


def _demand_free(bench: Workshop, card: SmartCard) -> None:
    demand_initialised(bench, card, look(card))


def _demand_strangers(bench: Workshop, people: OwnData, card: FoundCard) -> None:
    """Raise BatchError if a card that was made elsewhere says that it is one of this batch's people's."""
    read = read_social if bench.setting.mode == "social" else partial(read_bank, aid=bench.kind.debit_aid)
    try:
        record = people.record(ask(card.path, read))
    except LinkError:
        return
    raise BatchError(
        f"{card.path} is made and has the data of card {record.seq}, and the register knows nothing of it: "
        "go on with the register that does"
    )


class Way(NamedTuple):
    """How cards are linked to people: by reading them, by the first body's ``feedback``, or both."""

    read_card: bool = True
    feedback: tuple[FeedbackRow, ...] = ()


def second_step(
    setting: WorkshopSetting,
    batch: Batch,
    register: StockRegister,
    cards: Iterable[Path],
    way: Way,
    pool: Pool | None = None,
    progress: Progress | None = None,
) -> StepReport:
    """The second body: each card is asked, or looked up in a feedback file, whose it is; with both, both must agree.

    Raises as ``run``; MixedUp if card and file disagree, before any card is written.
    """
    bench = Workshop(setting)
    demand_template(bench, batch)
    desk = RowDesk(batch, register, bench.rsa_keys)
    linker = linker_of(bench, batch, way)
    found = find_cards(cards)
    rejects = list(found.rejects)
    linked: list[tuple[FoundCard, CardRecord]] = []
    for card in found.cards.values():
        try:
            linked.append((card, _whose(linker, card.path)))
        except (LinkError, CardFileError, OSError) as error:
            rejects.append(Reject(card.path.name, str(error)))
    begun = {claim.seq: claim for claim in desk.half_made}

    def tasks() -> Iterator[_Task]:
        for card, record in linked:
            try:
                claim = desk.second(record, card.serial)
            except RowRefused as error:
                rejects.append(Reject(card.path.name, str(error)))
                continue
            known = begun.pop(record.seq, None)
            if claim is not None:
                yield _task(claim, record, str(card.path), resuming=known is not None)
        for claim in begun.values():
            yield _failing(_unusable(claim, found.missing(claim.serial)))

    report = _run(setting, batch, register, pool or Here(), progress, tasks())
    # This body may have more people than cards came: nobody waits for those.
    return StepReport(report._replace(waiting=0), tuple(rejects))


def linker_of(bench: Workshop, batch: Batch, way: Way) -> Linker:
    """How the second body of this batch finds its rows."""
    own = OwnData(batch.records, way.feedback)
    return Linker(own, bench.setting.mode, bench.kind.debit_aid, read_card=way.read_card)


def _whose(linker: Linker, path: Path) -> CardRecord:
    events = TraceBuffer()
    try:
        return ask(path, linker.record, events)
    except LinkError as error:
        raise error.because(events) from None


# --- chips and single cards ---------------------------------------------------------------------------------------


def chips(count: int, batch: str, template: str) -> Batch:
    """A batch of initialised chips without a person: what the card maker delivers to the first body."""
    paper = Paper(ssn="", name="")
    records = tuple(CardRecord(seq=seq, person="", paper=paper) for seq in range(1, count + 1))
    return Batch(
        header=Header(format=1, batch=batch, template=template, sides="none", count=count, mac_kcv=""),
        records=records,
    )


def only(batch: Batch, seqs: Iterable[int]) -> Batch:
    """The same batch with some of its cards: making one card is a batch of one. Raises BatchError."""
    wanted = set(seqs)
    records = tuple(record for record in batch.records if record.seq in wanted)
    missing = wanted - {record.seq for record in records}
    if missing:
        raise BatchError(f"batch {batch.header.batch} has no card {', '.join(map(str, sorted(missing)))}")
    return Batch(header=batch.header, records=records)
