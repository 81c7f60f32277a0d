"""Batches: rows become cards, each once, whatever is interrupted (批量制卡).

The register is the memory: a claim is on disk before a card is begun, its outcome behind it. Started again with
the same file, a batch makes what is missing. Only this process touches the register; workers make cards.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec

from dualcos.cardfile.card_in_file import open_card
from dualcos.issuance.exchange.feedback_file import FeedbackRow
from dualcos.issuance.exchange.personalisation_file import Batch, CardRecord, Header, Paper
from dualcos.issuance.personaliser.job_pool import Here, Pool
from dualcos.issuance.personaliser.linking import Linker, LinkError, OwnData
from dualcos.issuance.personaliser.row_desk import OPEN_AGAIN, BatchError, RowDesk, RowRefused, demand_same_people
from dualcos.issuance.personaliser.stock_register import RowClaim, StockRegister, StockState
from dualcos.issuance.personaliser.unfinished_card_files import PART, historical_bytes, part_of
from dualcos.issuance.personaliser.workshop import Job, JobOutcome, Verdict, Workshop, WorkshopSetting, work
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
    _demand_known(Path(setting.cards), register)
    jobs = _claimed(register, batch, bench.rsa_keys)
    return _run(setting, batch, register, pool or Here(), progress, jobs)


def _demand_known(cards: Path, register: StockRegister) -> None:
    """Raise BatchError if a card file has a name that the register will give to another card."""
    for path in card_files(cards):
        if re.fullmatch("[0-9A-F]{8}", path.stem) and not register.knows(int(path.stem, 16)):
            raise BatchError(f"{path} is a card that the register does not know: another folder, or its own register")


def _claimed(register: StockRegister, batch: Batch, rsa_keys: int) -> Iterator[tuple[RowClaim, CardRecord]]:
    """Rows to make: those an interrupted run left claimed keep their chip, the rest get fresh ones, lazily."""
    before = demand_same_people(batch, register)
    fresh: list[CardRecord] = []
    for record in batch.records:
        claim = before.get(record.seq)
        if claim is None or claim.state in OPEN_AGAIN:
            fresh.append(record)
        elif claim.state is StockState.CLAIMED:
            yield claim, record
    for at in range(0, len(fresh), _CLAIMS_AT_ONCE):
        some = fresh[at : at + _CLAIMS_AT_ONCE]
        yield from zip(register.claim(batch.header.batch, some, rsa_keys=rsa_keys), some, strict=True)


def _run(
    setting: WorkshopSetting,
    batch: Batch,
    register: StockRegister,
    pool: Pool,
    progress: Progress | None,
    claims: Iterable[tuple[RowClaim, CardRecord]],
    cards: Mapping[int, str] | None = None,
) -> BatchReport:
    started = time.perf_counter()
    name = batch.header.batch
    earlier = sum(claim.state is StockState.MADE for claim in register.claims(name).values())
    rejected: list[JobOutcome] = []

    def jobs() -> Iterator[Job]:
        for claim, record in claims:
            if claim.state is StockState.REJECTED:
                rejected.append(JobOutcome(record.seq, claim.serial, "rejected", "card", claim.reason))
            else:
                yield Job(record, claim.serial, claim.rsa, (cards or {}).get(record.seq, ""))

    tell = unfailing(progress) if progress else None
    Path(setting.cards).mkdir(parents=True, exist_ok=True)
    for outcome in chain(pool.run(partial(work, setting), jobs()), rejected):
        note(register, outcome)
        if tell:
            tell(outcome)
    return report_of(batch, register, earlier, time.perf_counter() - started)


def report_of(batch: Batch, register: StockRegister, earlier: int, seconds: float) -> BatchReport:
    """What the register knows of every row of a batch. ``earlier``: how many were made before this run."""
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
        return JobOutcome(**msgspec.json.decode(claim.outcome))
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


def first_step(
    setting: WorkshopSetting,
    batch: Batch,
    register: StockRegister,
    chips: Iterable[Path],
    pool: Pool | None = None,
    progress: Progress | None = None,
) -> BatchReport:
    """The first body: its rows on initialised chips, one after the other. Raises as ``run``, and if chips run out."""
    bench = Workshop(setting)
    demand_template(bench, batch)
    before = demand_same_people(batch, register)
    known = {_serial(path): path for path in _cards(chips)}
    taken = {claim.serial for claim in register.history(batch.header.batch)}
    free = iter(sorted(serial for serial in known if serial not in taken))
    claims: list[tuple[RowClaim, CardRecord]] = []
    cards: dict[int, str] = {}
    for record in batch.records:
        claim = before.get(record.seq)
        if claim is not None and claim.state is StockState.MADE:
            continue
        if claim is None or claim.state in OPEN_AGAIN:
            serial = next(free, None)
            if serial is None:
                if claims:
                    break  # What there are chips for is made; the report counts those who wait.
                raise BatchError(f"there are no more initialised chips: card {record.seq} and those behind it wait")
            (claim,) = register.claim(batch.header.batch, (record,), rsa_keys=bench.rsa_keys, serial=serial)
        claims.append((claim, record))
        cards[record.seq] = str(known[claim.serial])
    return _run(setting, batch, register, pool or Here(), progress, claims, cards)


class Reject(NamedTuple):
    """A card that stays as it is: NO_LINK, NO_DATA, FIRST_SIDE_OPEN … and why."""

    card: str
    reason: str


class SecondReport(NamedTuple):
    """The second body's run: its cards, and those for the reject bin."""

    report: BatchReport
    rejects: tuple[Reject, ...]


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
) -> SecondReport:
    """The second body: each card is asked, or looked up in a feedback file, whose it is; with both, both must agree.

    Raises as ``run``; MixedUp if card and file disagree, before any card is written.
    """
    bench = Workshop(setting)
    demand_template(bench, batch)
    desk = RowDesk(batch, register, bench.rsa_keys)
    linker = linker_of(bench, batch, way)
    claims: list[tuple[RowClaim, CardRecord]] = []
    places: dict[int, str] = {}
    rejects: list[Reject] = []
    found: list[tuple[Path, CardRecord]] = []
    for path in _cards(cards):
        try:
            found.append((path, _whose(linker, path)))
        except LinkError as error:
            rejects.append(Reject(path.name, str(error)))
    for path, record in found:
        try:
            claim = desk.second(record, _serial(path))
        except RowRefused as error:
            rejects.append(Reject(path.name, str(error)))
            continue
        if claim is not None:
            claims.append((claim, record))
            places[record.seq] = str(path)
    report = _run(setting, batch, register, pool or Here(), progress, claims, places)
    # This body may have more people than cards came: nobody waits for those.
    return SecondReport(report._replace(waiting=0), tuple(rejects))


def linker_of(bench: Workshop, batch: Batch, way: Way) -> Linker:
    """How the second body of this batch finds its rows."""
    own = OwnData(batch.records, way.feedback)
    return Linker(own, bench.setting.mode, bench.kind.debit_aid, read_card=way.read_card)


def _whose(linker: Linker, path: Path) -> CardRecord:
    events = TraceBuffer()
    card = open_card(_lies_at(path), trace=events)
    try:
        return linker.record(card)
    except LinkError as error:
        raise error.because(events) from None
    finally:
        card.close()


def _cards(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Card files by their final names, interrupted ones too, each once."""
    return tuple(sorted({path.with_name(path.name.removesuffix(PART)) for path in paths}))


def _lies_at(path: Path) -> Path:
    return path if path.exists() else part_of(path)


def _serial(path: Path) -> int:
    """TA to TD of the card in a card file."""
    return int.from_bytes(historical_bytes(_lies_at(path))[9:], "big")


def card_files(folder: Path) -> tuple[Path, ...]:
    """The card files in a folder, interrupted ones under their final names."""
    return _cards((*folder.glob("*.card"), *folder.glob(f"*.card{PART}")))


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
