"""``dualcos personalise``: a personalisation file becomes cards, in card files or in readers."""

from __future__ import annotations

import csv
import datetime
import io
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from dualcos.cli import pcsc_readers, progress_bar
from dualcos.cli.commands_to_paste import to_paste
from dualcos.cli.facts.issuance_facts import BatchFacts, CardOutcome, RejectedCard
from dualcos.cli.file_arguments import add_force, add_input, add_kept, add_output_folder
from dualcos.cli.key_store_locks import add_lock, source, warn
from dualcos.cli.machine_output import add_json, say, tell
from dualcos.cli.prepare import TEMPLATE
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.user_faults import DIFFERS, DONE, WRONG, Fault
from dualcos.explain.control_characters import harmless
from dualcos.issuance.exchange import feedback_file, personalisation_file
from dualcos.issuance.exchange.personalisation_file import Batch
from dualcos.issuance.exchange.shared_keys import MacKey, file_mac_key, file_mac_keys, shared_mac
from dualcos.issuance.parties_together import PartiesAt, StoreAt
from dualcos.issuance.personaliser import batch_runs, handover_files
from dualcos.issuance.personaliser.batch_runs import Way
from dualcos.issuance.personaliser.cards_in_folder import Reject, card_files
from dualcos.issuance.personaliser.cards_in_readers import ReaderReport, run_in_readers
from dualcos.issuance.personaliser.folder_in_use import alone_in
from dualcos.issuance.personaliser.job_pool import Cluster, Cores, Here, Pool
from dualcos.issuance.personaliser.report_folder import (
    FEEDBACK,
    REJECTS,
    REPORTS,
    STATES,
    ReportFolder,
    demand_no_reports,
)
from dualcos.issuance.personaliser.stock_register import StockRegister
from dualcos.issuance.personaliser.workshop import JobOutcome, WorkshopSetting
from dualcos.profile.schema import file_of
from dualcos.sqlitefile.durable_database import DATABASE_BESIDE
from dualcos.textforms.text_files import decoded
from keys.custody.ceremony_log import LOG
from keys.custody.key_store_file import KeyFile
from keys.custody.ownership import KeyOwner
from keys.custody.sealing import Lock, LockSource


def _personalise_arguments(parser: ArgumentParser) -> None:
    add_input(parser, "batch", metavar="FILE", nargs="?", help="a personalisation file; none with --mode chips")
    add_output_folder(
        parser,
        "-o",
        "--output",
        inside=REPORTS,
        metavar="FOLDER",
        required=True,
        help="cards and reports go there; a batch goes on with what is there of it",
    )
    add_force(parser, "replace reports there that are not this batch's")
    parser.add_argument("--mode", default="central", choices=["central", "chips", "social", "bank"])
    for owner in KeyOwner:
        add_input(parser, f"--{owner.value}", beside=(LOG,), metavar="STORE", help=f"key store of {owner.who}")
        add_lock(parser, f"--{owner.value}-lock")
    add_lock(parser)
    add_input(parser, "--pool", metavar="POOL", help="RSA keys for cards; opens with the bank's lock")
    add_input(parser, "--template", where=file_of, help="instead of the one the file names")
    parser.add_argument("--count", type=int, default=1, help="how many chips (--mode chips)")
    add_input(parser, "--cards", metavar="FOLDER", help="initialised chips or cards of the first body (stepwise)")
    parser.add_argument("--link", choices=["card", "feedback", "both"], help="how cards name their person (2nd body)")
    add_input(parser, "--feedback", metavar="FILE", help="the first body's feedback file")
    parser.add_argument("--only", type=int, action="append", metavar="SEQ", help="make this card of the batch only")
    parser.add_argument(
        "--pcsc", metavar="READER[,READER…]", help="into cards in these readers (or `all`), as they are put in"
    )
    parser.add_argument("--protocol", type=int, choices=(0, 1), help="T=0 or T=1 only (--pcsc)")
    parser.add_argument("--patience", type=float, metavar="SECONDS", help="end when no card comes (--pcsc)")
    parser.add_argument(
        "--write-off", action="append", default=[], metavar="CHIP", help="this half-made chip is lost or broken"
    )
    add_kept(
        parser,
        "--stock",
        beside=DATABASE_BESIDE,
        metavar="FILE",
        help="register of chips and cards (default FOLDER/stock.db)",
    )
    parser.add_argument("--jobs", type=int, default=0, help="processes; 0 one per core (default), 1 none")
    parser.add_argument("--cluster", metavar="ADDRESS", help="a Dask scheduler (tls:// or this machine); files shared")
    parser.add_argument("--seed", default="", help="reproducible cards; default: true random numbers")
    parser.add_argument("--durable", action="store_true", help="every command on disk before the next")
    parser.add_argument("--dialect", default="own", choices=sorted(feedback_file.DIALECTS), help="of the feedback file")
    parser.add_argument("--body", default="", help="name of the personalisation body")
    parser.add_argument("--operator", default="")
    add_json(parser, BatchFacts)


def personalise(args: Namespace) -> int:
    """Make a batch, or go on with an interrupted one. 0 all are made, 1 some are not, 2 nothing could be or a reader
    failed.
    """
    _demand_sense(args)
    folder, stock = Path(args.output), Path(args.stock or Path(args.output) / "stock.db")
    if not stock.exists() and not args.force:
        demand_no_reports(folder)
    stores = {owner: _store_at(args, owner) for owner in KeyOwner}
    ring = _Ring({owner: at.open() for owner, at in stores.items() if at}, [at.lock for at in stores.values() if at])
    for owner, store in ring.stores.items():
        warn(getattr(args, owner.value), store)
    batch = _batch(args, ring)
    bank_at = stores[KeyOwner.BANK]
    pool = StoreAt(args.pool, bank_at.lock) if args.pool and bank_at else None
    parties = PartiesAt(
        args.template or batch.header.template,
        stores[KeyOwner.MAKER],
        stores[KeyOwner.SOCIAL],
        bank_at,
        pool,
        tuple(sorted(batch.header.bank_templates.items())),
        args.seed,
    )
    synthetic = args.mode == "chips" or batch.header.synthetic is True
    setting = WorkshopSetting(parties, str(folder / "cards"), args.mode, args.durable, synthetic=synthetic)
    folder.mkdir(parents=True, exist_ok=True)
    given = [Path(args.cards)] if args.cards else []
    with ExitStack() as alone, StockRegister(stock, args.mode) as register:
        for place in dict.fromkeys(place.resolve() for place in (folder, *given) if place.is_dir()):
            alone.enter_context(alone_in(place))
        reports = ReportFolder(folder, register, batch.header.batch, force=args.force)
        for chip in args.write_off:
            register.write_off(_chip(chip))
        done = _make(args, setting, batch, register, ring)
        say(args, (handover_files.summary(done.report),))
        key = _hand_over(args, reports, ring, batch, done)
    tell(args, _facts(done, str(folder / FEEDBACK), key), ())
    for line in done.failed:
        print(f"dualcos: {to_paste(line)}", file=sys.stderr)
    # The second body has done what it can when every card that came is made; none that came is none made.
    report = done.report
    whole = report.complete and bool(report.outcomes) and not (args.cards and args.link and done.rejects)
    return WRONG if done.failed else DONE if whole else DIFFERS


def _hand_over(args: Namespace, reports: ReportFolder, ring: _Ring, batch: Batch, done: ReaderReport) -> MacKey:
    """Write all reports of the batch; the key of the feedback file."""
    report = done.report
    kcvs = {f"{owner.value}:{k.label}": k.kcv[:6] for owner, store in ring.stores.items() for k in store.entries()}
    now = datetime.datetime.now(tz=datetime.UTC).isoformat(timespec="seconds")
    made_by = handover_files.MadeBy(args.body, args.operator, now)
    rows = handover_files.feedback_rows(report, batch, kcvs, made_by)
    if args.cards or args.pcsc:
        reports.write(REJECTS, _as_csv(done.rejects))
    reports.write(STATES, handover_files.states(report, batch, second=bool(args.link)))
    key = ring.for_partner(args.mode)
    reports.write(FEEDBACK, feedback_file.as_csv(rows, key.value, args.dialect))
    say(args, (f"{reports.folder / FEEDBACK}: MAC key {key.label} (KCV {key.kcv})",))
    if args.mode == "central" or args.link:
        for name, content in handover_files.deliveries(report, batch).items():
            reports.write(name, content)
    return key


def _demand_sense(args: Namespace) -> None:
    """What would be asked for and not done. Raises Fault."""
    if args.count < 1:
        raise Fault(f"--count {args.count}: one chip or more")
    if args.batch and args.mode == "chips":
        raise Fault(f"--mode chips makes chips without a person: leave {args.batch} out")
    if args.feedback and args.link not in ("feedback", "both"):
        raise Fault("--feedback is how cards name their person: give --link feedback or --link both")
    given = [f"--{name}" for name in ("protocol", "patience") if getattr(args, name) is not None]
    if given and not args.pcsc:
        raise Fault(f"{given[0]} is about cards in readers: name them with --pcsc")


def _facts(done: ReaderReport, feedback: str, key: MacKey) -> BatchFacts:
    report = done.report
    return BatchFacts(
        batch=report.batch,
        rows=dict(sorted(report.counts.items())),
        made_before=report.earlier,
        waiting=report.waiting,
        spoiled_chips=len(report.spoiled),
        seconds=round(report.seconds, 1),
        complete=report.complete,
        not_made=[
            CardOutcome(
                seq=each.seq,
                verdict=each.verdict,
                stage=each.stage,
                chip=None if each.verdict == "rejected" else f"{each.serial:08X}",
                reason=each.reason,
            )
            for each in report.outcomes
            if each.verdict != "made"
        ],
        rejected_cards=[RejectedCard(card=each.card, reason=each.reason) for each in done.rejects],
        failures=list(done.failed),
        feedback=feedback,
        mac_key=key.label,
        mac_kcv=key.kcv,
    )


def _chip(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        raise Fault(f"--write-off {text}: the chip's number is wanted, eight hexadecimal digits") from None


def _store_at(args: Namespace, owner: KeyOwner) -> StoreAt | None:
    path: str | None = getattr(args, owner.value)
    if not path:
        return None
    return StoreAt(path, source(getattr(args, f"{owner.value}_lock") or args.lock, path))


class _Ring:
    """The stores given, and the file keys and locks they bring. Raises Fault without any."""

    def __init__(self, stores: Mapping[KeyOwner, KeyFile], locks: Iterable[LockSource]) -> None:
        if not stores:
            raise Fault("which keys? give --maker, --social, --bank, as the mode needs them")
        self.stores = stores
        self._locks = tuple(dict.fromkeys(locks))

    @property
    def mac_keys(self) -> list[bytes]:
        """Keys of files these parties accept."""
        return [key.value for store in self.stores.values() for key in file_mac_keys(store)]

    def locks(self) -> list[Lock]:
        """What may open a personalisation file."""
        return [each.lock(dict(os.environ), decoded) for each in self._locks]

    def for_partner(self, mode: str) -> MacKey:
        """The key of the feedback file: the one with the other body if there is one, else the first store's own."""
        store = next(iter(self.stores.values()))
        partner = {"social": KeyOwner.BANK, "bank": KeyOwner.SOCIAL}.get(mode)
        return file_mac_key(store, partner if partner and store.holds(shared_mac(partner)) else None)


def _batch(args: Namespace, ring: _Ring) -> Batch:
    if args.mode == "chips":
        return batch_runs.chips(args.count, f"chips-{Path(args.output).name}", args.template or TEMPLATE)
    if not args.batch:
        raise Fault("which batch? give the personalisation file")
    batch = personalisation_file.read(Path(args.batch), ring.mac_keys, ring.locks())
    if not batch.records:
        raise Fault(f"{args.batch}: a batch without cards")
    return batch_runs.only(batch, args.only) if args.only else batch


def _make(
    args: Namespace, setting: WorkshopSetting, batch: Batch, register: StockRegister, ring: _Ring
) -> ReaderReport:
    """The report, cards that were not the batch's, and what went wrong with readers."""
    way = _way(args, ring) if args.link else None
    if args.pcsc:
        return _in_readers(args, setting, batch, register, way)
    births = args.mode in ("central", "chips")
    if not births and not args.cards:
        raise Fault(f"--mode {args.mode} works on cards that exist: give --cards FOLDER, or --pcsc READER")
    pool: Pool = Cluster(args.cluster) if args.cluster else Here() if args.jobs == 1 else Cores(args.jobs)
    with _bar(len(batch.records), shown=not args.json) as progress:
        if births:
            return ReaderReport(batch_runs.run(setting, batch, register, pool, progress), (), ())
        cards = card_files(Path(args.cards))
        if not cards:
            raise Fault(f"--cards {args.cards}: no card files there")
        if way is None:
            done = batch_runs.first_step(setting, batch, register, cards, pool, progress)
        else:
            done = batch_runs.second_step(setting, batch, register, cards, way, pool, progress)
    for reject in done.rejects:
        print(f"{reject.card}: {to_paste(reject.reason)}", file=sys.stderr)
    return ReaderReport(done.report, done.rejects, ())


def _way(args: Namespace, ring: _Ring) -> Way:
    if args.mode in ("central", "chips"):
        raise Fault(f"--link is for the second body; --mode {args.mode} has none")
    if args.link != "card" and not args.feedback:
        raise Fault(f"--link {args.link} needs the first body's --feedback FILE")
    rows = feedback_file.read(Path(args.feedback), ring.mac_keys) if args.link != "card" else ()
    return Way(args.link != "feedback", rows)


def _in_readers(
    args: Namespace, setting: WorkshopSetting, batch: Batch, register: StockRegister, way: Way | None
) -> ReaderReport:
    given = [f"--{name}" for name in ("cards", "cluster", "durable") if getattr(args, name)]
    if given:
        raise Fault(f"{given[0]} is for card files, --pcsc for readers: one of them")
    chosen = pcsc_readers.find(args.pcsc, args.protocol)

    def tell(reader: str, line: str) -> None:
        sys.stderr.write(f"{reader}: {line}\n")  # in one piece: readers speak at the same time
        sys.stderr.flush()

    return run_in_readers(setting, batch, register, chosen, tell, way, patience=args.patience)


def _as_csv(rejects: tuple[Reject, ...]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("card", "reason"))
    writer.writerows([harmless(cell) for cell in reject] for reject in rejects)
    return text.getvalue().encode()


@contextmanager
def _bar(total: int, *, shown: bool) -> Iterator[Callable[[JobOutcome], None]]:
    """A progress bar on a terminal, silence elsewhere."""
    with progress_bar.bar("cards 制卡", total, shown=shown) as show:
        done = failed = 0

        def note(outcome: JobOutcome) -> None:
            nonlocal done, failed
            done, failed = done + 1, failed + (outcome.verdict != "made")
            show(done, f"cards 制卡, {failed} not made" if failed else "cards 制卡")

        yield note


PERSONALISE = Subcommand("personalise", "make cards from a personalisation file", _personalise_arguments, personalise)
