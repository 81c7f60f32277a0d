"""``dualcos backend ledger``: what the books of a back end hold."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from cos.ssse.tables.scheme_names import scheme_name
from dualcos.cli.beijing_time import beijing_now
from dualcos.cli.facts.backend_facts import AccountBalance, BackEndLedger, BookedLoad, BookedPremium, BookedSettlement
from dualcos.cli.file_arguments import add_input
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.terminal_colours import paint_for
from dualcos.cli.user_faults import DIFFERS, DONE, Fault
from dualcos.explain.rendering import columns
from dualcos.issuance.bureau.terminal_services.desk_books import DeskBooks
from dualcos.issuance.bureau.terminal_services.ledger_accounts import kind_of_account
from dualcos.issuance.bureau.terminal_services.load_service import LoadPaper
from dualcos.issuance.bureau.terminal_services.premium_service import PremiumPaper
from dualcos.issuance.bureau.terminal_services.registered_cards import RegionTerms
from dualcos.issuance.bureau.terminal_services.settlement_service import SettlementPaper, held_by
from dualcos.sqlitefile.durable_database import DATABASE_BESIDE


def _arguments(parser: ArgumentParser) -> None:
    add_input(
        parser, "--store", required=True, beside=DATABASE_BESIDE, metavar="FILE", help="the file that `serve` keeps"
    )
    add_json(parser, BackEndLedger)


def _ledger(args: Namespace) -> int:
    if not Path(args.store).exists():
        raise Fault(f"{args.store}: there are no books; `dualcos backend serve --store {args.store}` makes some")
    books = DeskBooks(args.store)
    try:
        ledger = _facts(books)
    finally:
        books.close()
    tell(args, ledger, _words(ledger))
    return DONE if ledger.sum == 0 else DIFFERS


def _facts(books: DeskBooks) -> BackEndLedger:
    balances, settlements = books.balances(), books.papers(SettlementPaper)
    terms, now = RegionTerms(), beijing_now()
    held: Counter[str] = Counter()
    for each in settlements:
        held[each.held_on] += held_by(each, terms, now)
    return BackEndLedger(
        accounts=[_balance(account, fen, held[account]) for account, fen in balances.items()],
        loads=[
            BookedLoad(
                voucher=each.voucher,
                time=each.time,
                terminal=each.terminal,
                card=each.card,
                amount=each.amount,
                state=each.state,
                found=each.found,
            )
            for each in books.papers(LoadPaper)
        ],
        settlements=[
            BookedSettlement(
                voucher=each.voucher,
                time=each.time,
                terminal=each.terminal,
                card=each.card,
                account=each.account,
                pooled=each.pooled,
                self_paid=each.self_paid,
                state=each.state,
                held=held_by(each, terms, now),
                claimed=each.claimed,
                cancellation=each.cancellation,
            )
            for each in settlements
        ],
        premiums=[_premium(each) for each in books.papers(PremiumPaper)],
        entries=sum(1 for _ in books.entries()),
        sum=sum(balances.values()),
    )


def _balance(account: str, fen: int, held: int) -> AccountBalance:
    kind = kind_of_account(account)
    overdrawn = fen < 0 and kind.of_somebody
    return AccountBalance(account=account, kind=kind.en, kind_zh=kind.zh, fen=fen, held=held, overdrawn=overdrawn)


def _premium(paper: PremiumPaper) -> BookedPremium:
    scheme = scheme_name(paper.scheme)
    return BookedPremium(
        voucher=paper.voucher,
        time=paper.time,
        scheme=paper.scheme,
        scheme_zh=scheme.zh,
        scheme_en=scheme.en,
        period=paper.period,
        amount=paper.amount,
        state="paid" if paper.paid_by else "due",
        payment=paper.paid_by,
    )


def _notes(each: AccountBalance) -> str:
    return f"{f', held 占用 {each.held}' if each.held else ''}{', overdrawn 透支' if each.overdrawn else ''}"


def _words(ledger: BackEndLedger) -> Iterator[str]:
    paint = paint_for(sys.stdout)
    yield paint("name", "accounts 账户, fen 分")
    yield from columns(
        (f"  {each.account}", f"{each.fen:>12}", f"{each.kind_zh} {each.kind}{_notes(each)}")
        for each in ledger.accounts
    )
    if ledger.loads:
        yield paint("name", "loads 账户划入")
        yield from columns(
            (
                f"  {each.voucher}",
                f"{each.amount:>10}",
                each.card,
                f"{each.state}{', found 补登' if each.found else ''}",
            )
            for each in ledger.loads
        )
    if ledger.settlements:
        yield paint("name", "settlements 结算: account 个人账户, pooled 统筹, self-paid 自付")
        yield from columns(
            (f"  {each.voucher}", f"{each.account:>10}", f"{each.pooled:>10}", f"{each.self_paid:>10}", each.state)
            for each in ledger.settlements
        )
    if ledger.premiums:
        yield paint("name", "premiums 保费")
        yield from columns(
            (
                f"  {each.voucher}",
                f"{each.amount:>10}",
                f"{each.scheme} {each.scheme_zh} {each.period}",
                f"{each.state} {each.payment}".rstrip(),
            )
            for each in ledger.premiums
        )
    whole = "" if ledger.sum == 0 else ": these books are not whole 账不平"
    yield paint("faint" if ledger.sum == 0 else "bad", f"{ledger.entries} entries, sum 合计 {ledger.sum}{whole}")


BACKEND_LEDGER = Subcommand(
    "ledger", "accounts, loads, settlements and premiums in a back end's books", _arguments, _ledger
)
