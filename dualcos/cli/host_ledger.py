"""``dualcos host ledger``: what the books of bank and acquirer hold, and whether they agree."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from dualcos.cli.facts.host_facts import HostAccount, HostLedger, SettledBatch
from dualcos.cli.file_arguments import add_input
from dualcos.cli.host_acquirer import STORE_BESIDE, journal_beside
from dualcos.cli.host_acquirer_ledger import acquirer_side
from dualcos.cli.host_bank import demand_store
from dualcos.cli.host_bank_ledger import bank_side
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.terminal_colours import paint_for
from dualcos.cli.user_faults import DIFFERS, DONE
from dualcos.explain.rendering import columns


def _arguments(parser: ArgumentParser) -> None:
    add_input(parser, "--store", required=True, beside=STORE_BESIDE, metavar="FILE", help="the file that `serve` keeps")
    add_json(parser, HostLedger)


def _ledger(args: Namespace) -> int:
    journal = journal_beside(args.store)
    for each in (args.store, journal):
        demand_store(each)
    bank, acquirer = bank_side(args.store), acquirer_side(journal)
    ledger = HostLedger(
        accounts=bank.accounts,
        merchants=acquirer.merchants,
        authorisations=bank.authorisations,
        messages=acquirer.messages,
        batches=acquirer.batches,
        sum=bank.sum,
        acquirer_sum=acquirer.sum,
        whole=bank.whole and bank.sum == acquirer.sum == 0,
        between=bank.owed - acquirer.owed,
    )
    tell(args, ledger, _words(ledger))
    return DONE if ledger.whole and not ledger.between else DIFFERS


def _words(ledger: HostLedger) -> Iterator[str]:
    paint = paint_for(sys.stdout)
    yield paint("name", "the bank's accounts 银行账户, fen 分")
    yield from columns(_account_row(each) for each in ledger.accounts)
    yield paint("name", "the acquirer's accounts 收单账户, fen 分")
    yield from columns(_account_row(each) for each in ledger.merchants)
    if ledger.authorisations:
        yield paint("name", "authorisations 授权")
        yield from columns(
            (f"  {each.reference}", each.business, f"{each.amount:>10}", each.pan, each.code, each.reason or each.state)
            for each in ledger.authorisations
        )
    if ledger.messages:
        yield paint("name", "messages of terminals 终端报文")
        yield from columns(
            (
                f"  {each.terminal} {each.batch}#{each.stan}",
                f"{each.mti} {each.message}",
                f"{each.amount:>10}",
                each.code,
                f"{each.standing}{', voided 已撤销' if each.voided else ''}",
            )
            for each in ledger.messages
        )
    if ledger.batches:
        yield paint("name", "batches 批次: debits 借记, credits 贷记")
        yield from columns(_batch_row(each) for each in ledger.batches)
    sums = f"sum 合计 {ledger.sum}, of the acquirer 收单 {ledger.acquirer_sum}"
    yield paint("faint", sums) if ledger.whole else paint("bad", f"{sums}: not whole 账不平")
    if ledger.between:
        yield paint("bad", f"bank and acquirer differ by {ledger.between} fen 银行与收单不符")


def _account_row(each: HostAccount) -> tuple[str, ...]:
    unit = " points 积分" if each.points else ""
    return f"  {each.account}", f"{each.amount:>12}{unit}", f"{each.kind_zh} {each.kind}"


def _batch_row(each: SettledBatch) -> tuple[str, ...]:
    own = f"{each.own_debit}/{each.own_debits} {each.own_credit}/{each.own_credits}"
    result = "balanced 平" if each.balanced else f"not balanced 不平, told {each.told_debit}/{each.told_debits}"
    differ = ", ".join(
        (*(f"only here {stan}" for stan in each.only_here), *(f"only there {stan}" for stan in each.only_there))
    )
    return f"  {each.terminal} {each.batch}", own, f"{result}{', ended 已结束' if each.ended else ''}", differ


HOST_LEDGER = Subcommand(
    "ledger", "accounts, authorisations, messages and batches of bank and acquirer", _arguments, _ledger
)
