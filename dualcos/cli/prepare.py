"""``dualcos prepare`` and ``match``: input rows are checked, matched, and become a personalisation file."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec

from dualcos.cli.facts.issuance_facts import MatchedRows, PersonalisationFileMade, PreparedRows
from dualcos.cli.file_arguments import add_input, add_output
from dualcos.cli.findings_told import FindingsTold, add_findings
from dualcos.cli.key_store_locks import add_lock, lock, open_store, recipient, today
from dualcos.cli.machine_output import add_json, say, tell
from dualcos.cli.outputs_together import OutputsTogether
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.user_faults import DIFFERS, DONE, Fault
from dualcos.issuance.bank.bank_rows import BankTerms
from dualcos.issuance.exchange import personalisation_file, region_codes
from dualcos.issuance.exchange.checked_input import CheckedRow
from dualcos.issuance.exchange.input_columns import Policy
from dualcos.issuance.exchange.input_findings import Finding
from dualcos.issuance.exchange.matching import AlreadyMade, MatchKey
from dualcos.issuance.exchange.personalisation_file import CardRecord, Header
from dualcos.issuance.exchange.shared_keys import file_mac_key, file_mac_keys
from dualcos.issuance.parties_together import (
    BothSides,
    MatchedSides,
    bank_templates,
    columns_of,
    for_cards_of,
    prepare_bank,
    prepare_both,
    prepare_social,
)
from dualcos.issuance.personaliser.stock_register import StockRegister
from dualcos.profile.profile_notes import profile_notes
from dualcos.profile.schema import file_of, load
from dualcos.sqlitefile.durable_database import DATABASE_BESIDE
from dualcos.textforms.text_files import ENCODINGS, SaidEncoding
from keys.custody.ceremony_log import LOG
from keys.custody.key_store_file import KeyFile
from keys.custody.ownership import KeyOwner
from keys.custody.whole_file import COMMON

TEMPLATE = "dual-2.0-3des"


def _prepare_arguments(parser: ArgumentParser) -> None:
    _input_arguments(parser)
    _add_encoding(parser, "--encoding", "the rows'")
    parser.set_defaults(social_encoding=None, bank_encoding=None)
    add_json(parser, PreparedRows)


def _input_arguments(parser: ArgumentParser) -> None:
    add_input(parser, "--social", metavar="FILE", help="the bureau's rows, .csv or .jsonl")
    add_input(parser, "--bank", metavar="FILE", help="the bank's rows, .csv or .jsonl")
    add_output(parser, "-o", "--output", metavar="FILE", help="the personalisation file to write")
    add_input(parser, "--keys", beside=(LOG,), metavar="STORE", help="key store whose file MAC key protects it")
    add_lock(parser)
    parser.add_argument(
        "--to", choices=[owner.value for owner in KeyOwner], help="who will use it: the MAC key shared with them"
    )
    add_input(parser, "--recipient", metavar="age1…|FILE", help="whose key file may open it too: its public key")
    add_input(
        parser, "--amend", metavar="FILE", help="the batch's earlier file: people keep their numbers, new ones follow"
    )
    add_input(parser, "--template", where=file_of, default=TEMPLATE, help=f"what the cards are (default {TEMPLATE})")
    add_findings(parser)
    parser.add_argument("--batch", metavar="NAME", help="name of the batch (default: the rows' batch_no)")
    parser.add_argument("--synthetic", action="store_true", help="invented people: regions 99…, plain test PINs")
    parser.add_argument("--warn", action="append", default=[], metavar="COLUMN", help="what is implausible there warns")
    add_input(parser, "--regions", metavar="FILE", help="region codes: edition, then one a line; others are warned of")
    parser.add_argument("--bin", action="append", default=[], metavar="DIGITS", help="accounts begin with these")


def _add_encoding(parser: ArgumentParser, option: str, whose: str) -> None:
    text = f"{whose} encoding, for a file without a byte order mark (default utf-8; Excel in China writes gb18030)"
    parser.add_argument(option, choices=tuple(ENCODINGS), help=text)


def _said(args: Namespace, side: str) -> SaidEncoding:
    """What was said of one side's file. With two files there is an option for each, and that is the one to name."""
    option = f"--{side}-encoding" if args.social and args.bank else "--encoding"
    return SaidEncoding(getattr(args, f"{side}_encoding") or args.encoding or "", option)


def _policy(args: Namespace) -> Policy:
    template = load(args.template)
    for given, side, whose in ((args.social, template.ssse, "social"), (args.bank, template.pse, "bank")):
        if given and side is None:
            raise Fault(f"--template {args.template}: its cards have no {whose} side, and {given} is for one")
    for note in profile_notes(template):
        print(f"{args.template}: {note}", file=sys.stderr)
    _demand_columns(args)
    policy = Policy(
        synthetic=args.synthetic,
        warnings=frozenset(args.warn),
        today=today(),
        regions=region_codes.load(args.regions) if args.regions else region_codes.NO_LIST,
        social_encoding=_said(args, "social"),
        bank_encoding=_said(args, "bank"),
    )
    return for_cards_of(template, policy)


def _demand_columns(args: Namespace) -> None:
    """What is warned of must be a column of an input that is given."""
    columns = columns_of(social=bool(args.social), bank=bool(args.bank))
    for column in args.warn:
        if column not in columns:
            raise Fault(f"--warn {column}: there is no such column; there are {', '.join(sorted(columns))}")


def _key(args: Namespace) -> MatchKey:
    """What is matched on. Raises Fault."""
    key = MatchKey.parse(args.key)
    sides = (key.social, columns_of(social=True, bank=False)), (key.bank, columns_of(social=False, bank=True))
    for whose, (columns, known) in zip(("bureau's", "bank's"), sides, strict=True):
        for column in columns:
            if column not in known:
                raise Fault(f"--key {args.key}: the {whose} rows have no column {column}")
    return key


def _terms(args: Namespace, store: KeyFile | None) -> BankTerms:
    return BankTerms.of_store(bank_templates(args.template), store, tuple(args.bin), plain_pins=args.synthetic)


def _store(args: Namespace) -> KeyFile | None:
    about_output = [f"--{name}" for name in ("to", "recipient", "amend", "batch") if getattr(args, name)]
    if about_output and not args.output:
        raise Fault(f"{about_output[0]} is about the personalisation file: name it with -o FILE")
    if args.output and not args.keys:
        raise Fault("a personalisation file needs a file MAC key: give --keys STORE")
    recipient(args.recipient)  # a wrong one is told before the rows are read
    return open_store(args.keys, args.lock) if args.keys else None


def _told(args: Namespace, findings: Iterable[Finding], outputs: OutputsTogether) -> FindingsTold:
    told = FindingsTold()
    told.tell(findings, outputs.begin(args.findings) if args.findings else None)
    return told


def prepare(args: Namespace) -> int:
    """Check one side's rows; the good ones become a personalisation file for the stepwise mode."""
    if bool(args.social) == bool(args.bank):
        raise Fault("one side is wanted, --social or --bank; for both, `dualcos match`")
    store = _store(args)
    if args.social:
        side = prepare_social(args.social, _policy(args))
    else:
        side = prepare_bank(args.bank, _terms(args, store), _policy(args))
    if not side.given.rows and not side.given.bad:
        raise Fault(f"{side.given.name}: no rows in it")
    for line in side.refused:
        print(line, file=sys.stderr)
    with OutputsTogether(replace=args.force) as outputs:
        told = _told(args, side.given.findings, outputs)
        say(args, (f"{side.given.name}: {len(side.given.rows)} good rows, {len(side.given.bad)} bad",))
        made = _write(args, store, side.records, side.batch, outputs)
    facts = PreparedRows(
        input=side.given.name,
        good=len(side.given.rows),
        bad=len(side.given.bad),
        refused=list(side.refused),
        findings=told.shown,
        more=told.more,
        findings_file=args.findings,
        output=made,
    )
    tell(args, facts, _written(made))
    return DIFFERS if told.errors else DONE


def _write(
    args: Namespace, store: KeyFile | None, records: Sequence[CardRecord], batch: str, outputs: OutputsTogether
) -> PersonalisationFileMade | None:
    if not args.output or store is None:
        return None
    opened = lock(args.lock, args.keys)
    key = file_mac_key(store, KeyOwner(args.to) if args.to else None)
    name, synthetic = args.batch or batch or "B1", bool(args.synthetic)
    if args.amend:
        earlier = personalisation_file.read(Path(args.amend), [each.value for each in file_mac_keys(store)], [opened])
        name, records = earlier.header.batch, personalisation_file.amended(earlier, records)
        synthetic = synthetic and earlier.header.synthetic is True
    header = Header(
        format=1,
        batch=name,
        template=args.template,
        sides=records[0].sides if records else "none",
        count=len(records),
        mac_kcv=key.kcv,
        synthetic=synthetic or msgspec.UNSET,
    )
    reader = recipient(args.recipient)
    personalisation_file.write_into(outputs.begin(args.output), header, records, key.value, opened, reader)
    return PersonalisationFileMade(file=args.output, cards=len(records), batch=name, mac_key=key.label, mac_kcv=key.kcv)


def _written(made: PersonalisationFileMade | None) -> Iterator[str]:
    if made is not None:
        yield f"{made.file}: {made.cards} cards of batch {made.batch}, MAC key {made.mac_key} (KCV {made.mac_kcv})"


def matching(args: Namespace) -> int:
    """Check and match both sides; the pairs become a personalisation file."""
    if not (args.social and args.bank):
        raise Fault("both sides are wanted, --social and --bank; for one, `dualcos prepare`")
    store, key = _store(args), _key(args)
    both = prepare_both(args.social, args.bank, _terms(args, store), _policy(args))
    with OutputsTogether(replace=args.force) as outputs:
        told = _told(args, both.findings, outputs)
        found = _matched(args, both, key)
        counts = found.report.summary()
        if not counts:
            raise Fault(f"{args.social} and {args.bank}: no rows in them")
        say(args, (f"{count:7} rows {name}" for name, count in sorted(counts.items())))
        if args.report:
            outputs.begin(args.report, mode=COMMON).writelines(found.report.as_csv())
        made = _write(args, store, found.records, both.batch, outputs)
    facts = MatchedRows(
        rows=dict(sorted(counts.items())),
        findings=told.shown,
        more=told.more,
        findings_file=args.findings,
        report=args.report,
        output=made,
    )
    tell(args, facts, _written(made))
    return DONE if len(found.report.pairs) * 2 == sum(counts.values()) else DIFFERS


def _matched(args: Namespace, both: BothSides, key: MatchKey) -> MatchedSides:
    with ExitStack() as stack:
        register = stack.enter_context(StockRegister.existing(args.stock)) if args.stock else None
        known = _known_to(register) if register is not None else None
        return both.matched(key, known, social_only=args.social_only)


def _known_to(register: StockRegister) -> AlreadyMade:
    def known(one: CheckedRow, other: CheckedRow) -> str:
        account = f"{other.values['pan']}/{other.values['psn']}"
        return register.made_for(personalisation_file.person_hash(one.values["ssn"]), one.values["card_no"], account)

    return known


def _match_arguments(parser: ArgumentParser) -> None:
    _input_arguments(parser)
    _add_encoding(parser, "--encoding", "both files'")
    _add_encoding(parser, "--social-encoding", "the bureau's file's")
    _add_encoding(parser, "--bank-encoding", "the bank's file's")
    parser.add_argument("--key", default="ssn", help="the shared item: COLUMN, SOCIAL:BANK, joined by + (default ssn)")
    add_output(parser, "--report", metavar="FILE", help="every row's class, as CSV")
    add_input(
        parser,
        "--stock",
        beside=DATABASE_BESIDE,
        metavar="FILE",
        help="register of cards made, to find people who have one",
    )
    parser.add_argument("--social-only", action="store_true", help="also people the bank does not have")
    add_json(parser, MatchedRows)


PREPARE = Subcommand("prepare", "check one side's input rows", _prepare_arguments, prepare)
MATCH = Subcommand("match", "check both sides' input rows and match them", _match_arguments, matching)
