"""``dualcos prepare``, ``match``, ``personalise``: input rows become cards, alone or in batches."""

from __future__ import annotations

import csv
import datetime
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cli import progress as progress_bar
from cli import readers
from cli.faults import DIFFERS, DONE, WRONG, Fault
from cli.locks import add_lock, open_store, source
from cli.subcommand import Subcommand
from issuance import batch as batches
from issuance import outputs
from issuance.batch import Report, Way
from issuance.data import bank, feedback, record, social
from issuance.data.bank import BankInput, BankRow, BankTerms
from issuance.data.columns import Policy
from issuance.data.findings import Finding
from issuance.data.matching import MatchKey, match
from issuance.data.record import Batch, CardRecord, Header
from issuance.data.social import SocialInput, SocialRow
from issuance.making.services import CERTIFICATE, FILE_MAC, file_mac_key
from issuance.making.workshop import Outcome, Setting, StoreAt, bank_templates
from issuance.pool import Cluster, Cores, Here, Pool
from issuance.readers import run_in_readers
from issuance.register import StockRegister
from keys.host.keyfile import KeyFile
from keys.host.ownership import Owner, Purpose

_TEMPLATE = "dual-2.0-3des"


# --- prepare and match ----------------------------------------------------------------------------------------------


def _input_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--social", metavar="FILE", help="the bureau's rows, .csv or .jsonl")
    parser.add_argument("--bank", metavar="FILE", help="the bank's rows, .csv or .jsonl")
    parser.add_argument("-o", "--output", metavar="FILE", help="the personalisation file to write")
    parser.add_argument("--keys", metavar="STORE", help="key store whose file MAC key protects it")
    add_lock(parser)
    parser.add_argument("--template", default=_TEMPLATE, help=f"what the cards are (default {_TEMPLATE})")
    parser.add_argument("--batch", metavar="NAME", help="name of the batch (default: the rows' batch_no)")
    parser.add_argument("--synthetic", action="store_true", help="invented people: regions 99…, plain test PINs")
    parser.add_argument("--warn", action="append", default=[], metavar="COLUMN", help="errors there only warn")
    parser.add_argument("--bin", action="append", default=[], metavar="DIGITS", help="accounts begin with these")


def _policy(args: Namespace) -> Policy:
    today = datetime.datetime.now(tz=datetime.UTC).strftime("%Y%m%d")
    return Policy(synthetic=args.synthetic, warnings=frozenset(args.warn), today=today)


def _terms(args: Namespace, store: KeyFile | None) -> BankTerms:
    templates = bank_templates(Setting(args.template, ""))
    dkis = frozenset((1,))
    if store is not None and store.owner is Owner.BANK:
        dkis = frozenset(key.version for key in store.entries(Purpose.ISSUER_AC)) or dkis
    indexes = frozenset(("F1",)) if store is None or CERTIFICATE in store.public else frozenset[str]()
    return BankTerms(templates, tuple(args.bin), dkis, indexes, plain_pins=args.synthetic)


def _store(args: Namespace) -> KeyFile | None:
    if args.output and not args.keys:
        raise Fault("a personalisation file needs a file MAC key: give --keys STORE")
    return open_store(args.keys, args.lock) if args.keys else None


def _tell(findings: Iterable[Finding]) -> bool:
    errors = False
    for finding in findings:
        if finding.level != "note":
            print(finding, file=sys.stderr)
        errors = errors or finding.level == "error"
    return errors


def prepare(args: Namespace) -> int:
    """Check one side's rows; the good ones become a personalisation file for the stepwise mode."""
    if bool(args.social) == bool(args.bank):
        raise Fault("one side is wanted, --social or --bank; for both, dualcos match")
    store = _store(args)
    given: SocialInput | BankInput
    if args.social:
        given = social.load(args.social, _policy(args))
        records = tuple(record.from_social(seq, row) for seq, row in enumerate(given.rows, 1))
    else:
        given = bank.load(args.bank, _terms(args, store), _policy(args))
        records = tuple(record.from_bank(seq, row) for seq, row in enumerate(_accepted(given.rows), 1))
    errors = _tell(given.findings)
    print(f"{given.name}: {len(given.rows)} good rows, {len(given.bad)} bad")
    _write(args, store, records, given.rows)
    return DIFFERS if errors else DONE


def _accepted(rows: Iterable[BankRow]) -> Iterator[BankRow]:
    for row in rows:
        if row.rejected:
            print(f"bank row {row.number}: BANK_REJECTED: {row.values.get('kyc_reason', '')}", file=sys.stderr)
        else:
            yield row


def _write(
    args: Namespace, store: KeyFile | None, records: tuple[CardRecord, ...], rows: tuple[SocialRow | BankRow, ...]
) -> None:
    if not args.output or store is None:
        return
    name = args.batch or next((row.values["batch_no"] for row in rows), "B1")
    header = Header(
        format=1,
        batch=name,
        template=args.template,
        sides=records[0].sides if records else "none",
        count=len(records),
        mac_kcv=store.key(FILE_MAC).kcv,
    )
    record.write(Path(args.output), header, records, file_mac_key(store))
    print(f"{args.output}: {len(records)} cards of batch {name}")


def matching(args: Namespace) -> int:
    """Check and match both sides; the pairs become a personalisation file."""
    if not (args.social and args.bank):
        raise Fault("both sides are wanted, --social and --bank; for one, dualcos prepare")
    store = _store(args)
    policy = _policy(args)
    people, accounts = social.load(args.social, policy), bank.load(args.bank, _terms(args, store), policy)
    _tell((*people.findings, *accounts.findings))
    known: Callable[[SocialRow, BankRow], str] | None = None
    register = StockRegister(args.stock) if args.stock else None
    if register is not None:
        stock = register

        def known(one: SocialRow, other: BankRow) -> str:
            account = f"{other.pan}/{other.values['psn']}"
            return stock.made_for(record.person_hash(one.ssn), one.values["card_no"], account)

    report = match(people, accounts, MatchKey.parse(args.key), known)
    for name, count in sorted(report.summary().items()):
        print(f"{count:7} rows {name}")
    if args.report:
        report.write(Path(args.report))
    records = [record.from_pair(seq, pair) for seq, pair in enumerate(report.pairs, 1)]
    if args.social_only:
        records += [record.from_social(len(records) + at, row) for at, row in enumerate(report.social_only, 1)]
    _write(args, store, tuple(records), people.rows)
    return DONE if len(report.pairs) * 2 == sum(report.summary().values()) else DIFFERS


def _match_arguments(parser: ArgumentParser) -> None:
    _input_arguments(parser)
    parser.add_argument("--key", default="ssn", help="the shared item: COLUMN, SOCIAL:BANK, joined by + (default ssn)")
    parser.add_argument("--report", metavar="FILE", help="every row's class, as CSV")
    parser.add_argument("--stock", metavar="FILE", help="register of cards made, to find people who have one")
    parser.add_argument("--social-only", action="store_true", help="also people the bank does not have")


# --- personalise --------------------------------------------------------------------------------------------------


def _personalise_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("batch", metavar="FILE", nargs="?", help="a personalisation file; none with --mode chips")
    parser.add_argument("-o", "--output", metavar="FOLDER", required=True, help="cards and reports go there")
    parser.add_argument("--mode", default="central", choices=["central", "chips", "social", "bank"])
    for owner in Owner:
        parser.add_argument(f"--{owner.value}", metavar="STORE", help=f"key store of {owner.who}")
        add_lock(parser, f"--{owner.value}-lock")
    add_lock(parser)
    parser.add_argument("--pool", metavar="POOL", help="RSA keys for cards; opens with the bank's lock")
    parser.add_argument("--template", help="instead of the one the file names")
    parser.add_argument("--count", type=int, default=1, help="how many chips (--mode chips)")
    parser.add_argument("--cards", metavar="FOLDER", help="initialised chips or cards of the first body (stepwise)")
    parser.add_argument("--link", choices=["card", "feedback", "both"], help="how cards name their person (2nd body)")
    parser.add_argument("--feedback", metavar="FILE", help="the first body's feedback file")
    parser.add_argument("--only", type=int, action="append", metavar="SEQ", help="make this card of the batch only")
    parser.add_argument(
        "--pcsc", metavar="READER[,READER…]", help="into cards in these readers (or `all`), as they are put in"
    )
    parser.add_argument("--protocol", type=int, choices=(0, 1), help="T=0 or T=1 only (--pcsc)")
    parser.add_argument("--patience", type=float, metavar="SECONDS", help="end when no card comes (--pcsc)")
    parser.add_argument(
        "--write-off", action="append", default=[], metavar="CHIP", help="this half-made chip is lost or broken"
    )
    parser.add_argument("--stock", metavar="FILE", help="register of chips and cards (default FOLDER/stock.db)")
    parser.add_argument("--jobs", type=int, default=0, help="processes; 0 one per core (default), 1 none")
    parser.add_argument("--cluster", metavar="ADDRESS", help="a Dask scheduler instead; FOLDER and stores shared")
    parser.add_argument("--seed", default="", help="reproducible cards; default: true random numbers")
    parser.add_argument("--durable", action="store_true", help="every command on disk before the next")
    parser.add_argument("--dialect", default="own", choices=sorted(feedback.DIALECTS), help="of the feedback file")
    parser.add_argument("--body", default="", help="name of the personalisation body")
    parser.add_argument("--operator", default="")


def personalise(args: Namespace) -> int:
    """Make a batch, or go on with an interrupted one."""
    folder = Path(args.output)
    folder.mkdir(parents=True, exist_ok=True)
    stores = {owner: _store_at(args, owner) for owner in Owner}
    mac_store = next((at for at in stores.values() if at), None)
    if mac_store is None:
        raise Fault("which keys? give --maker, --social, --bank, as the mode needs them")
    key = file_mac_key(mac_store.open())
    batch = _batch(args, key)
    bank_at = stores[Owner.BANK]
    pool = StoreAt(args.pool, bank_at.lock) if args.pool and bank_at else None
    setting = Setting(
        args.template or batch.header.template,
        str(folder / "cards"),
        args.mode,
        tuple(sorted(batch.header.bank_templates.items())),
        stores[Owner.MAKER],
        stores[Owner.SOCIAL],
        stores[Owner.BANK],
        pool,
        args.seed,
        args.durable,
    )
    with StockRegister(args.stock or folder / "stock.db", args.mode) as register:
        for chip in args.write_off:
            register.write_off(_chip(chip))
        report, failed = _make(args, setting, batch, register, key)
    print(outputs.summary(report))
    kcvs = {f"{owner.value}:{k.label}": k.kcv[:6] for owner, at in stores.items() if at for k in at.open().entries()}
    now = datetime.datetime.now(tz=datetime.UTC).isoformat(timespec="seconds")
    maker = outputs.Maker(args.body, args.operator, now)
    rows = outputs.feedback_rows(report, batch, kcvs, maker)
    outputs.write_feedback(folder / "feedback.csv", rows, key, args.dialect)
    if args.mode == "central" or args.link:
        outputs.write_all(folder, report, batch)
    for line in failed:
        print(f"dualcos: {line}", file=sys.stderr)
    return WRONG if failed else DONE if report.complete else DIFFERS


def _chip(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        raise Fault(f"--write-off {text}: the chip's number is wanted, eight hexadecimal digits") from None


def _store_at(args: Namespace, owner: Owner) -> StoreAt | None:
    path: str | None = getattr(args, owner.value)
    if not path:
        return None
    return StoreAt(path, source(getattr(args, f"{owner.value}_lock") or args.lock, path))


def _batch(args: Namespace, key: bytes) -> Batch:
    if args.mode == "chips":
        return batches.chips(args.count, f"chips-{Path(args.output).name}", args.template or _TEMPLATE)
    if not args.batch:
        raise Fault("which batch? give the personalisation file")
    batch = record.read(Path(args.batch), key)
    return batches.only(batch, args.only) if args.only else batch


def _make(
    args: Namespace, setting: Setting, batch: Batch, register: StockRegister, key: bytes
) -> tuple[Report, tuple[str, ...]]:
    """The report, and what went wrong with readers."""
    way = _way(args, key) if args.link else None
    if args.pcsc:
        return _in_readers(args, setting, batch, register, way)
    births = args.mode in ("central", "chips")
    if not births and not args.cards:
        raise Fault(f"--mode {args.mode} works on cards that exist: give --cards FOLDER, or --pcsc READER")
    pool: Pool = Cluster(args.cluster) if args.cluster else Here() if args.jobs == 1 else Cores(args.jobs)
    with _bar(len(batch.records)) as progress:
        if births:
            return batches.run(setting, batch, register, pool, progress), ()
        cards = batches.card_files(Path(args.cards))
        if way is None:
            return batches.first_step(setting, batch, register, cards, pool, progress), ()
        second = batches.second_step(setting, batch, register, cards, way, pool, progress)
    for reject in second.rejects:
        print(f"{reject.card}: {reject.reason}", file=sys.stderr)
    _rejects(Path(args.output) / "rejects.csv", second.rejects)
    return second.report, ()


def _way(args: Namespace, key: bytes) -> Way:
    if args.mode in ("central", "chips"):
        raise Fault(f"--link is for the second body; --mode {args.mode} has none")
    if args.link != "card" and not args.feedback:
        raise Fault(f"--link {args.link} needs the first body's --feedback FILE")
    rows = feedback.read(Path(args.feedback), key) if args.link != "card" else ()
    return Way(args.link != "feedback", rows)


def _in_readers(
    args: Namespace, setting: Setting, batch: Batch, register: StockRegister, way: Way | None
) -> tuple[Report, tuple[str, ...]]:
    given = [f"--{name}" for name in ("cards", "cluster", "durable") if getattr(args, name)]
    if given:
        raise Fault(f"{given[0]} is for card files, --pcsc for readers: one of them")
    chosen = readers.find(args.pcsc, args.protocol)

    def tell(reader: str, line: str) -> None:
        sys.stderr.write(f"{reader}: {line}\n")  # in one piece: readers speak at the same time
        sys.stderr.flush()

    done = run_in_readers(setting, batch, register, chosen, tell, way, patience=args.patience)
    _rejects(Path(args.output) / "rejects.csv", done.rejects)
    return done.report, done.failed


def _rejects(path: Path, rejects: tuple[batches.Reject, ...]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("card", "reason"))
        writer.writerows(rejects)


@contextmanager
def _bar(total: int) -> Iterator[Callable[[Outcome], None]]:
    """A progress bar on a terminal, silence elsewhere."""
    with progress_bar.bar("cards 制卡", total) as show:
        done = failed = 0

        def note(outcome: Outcome) -> None:
            nonlocal done, failed
            done, failed = done + 1, failed + (outcome.verdict != "made")
            show(done, f"cards 制卡, {failed} not made" if failed else "cards 制卡")

        yield note


PREPARE = Subcommand("prepare", "check one side's input rows", _input_arguments, prepare)
MATCH = Subcommand("match", "check both sides' input rows and match them", _match_arguments, matching)
PERSONALISE = Subcommand("personalise", "make cards from a personalisation file", _personalise_arguments, personalise)
