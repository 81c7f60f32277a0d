"""What the acquirer's journal of ``dualcos host`` holds, as facts."""

from __future__ import annotations

from contextlib import closing
from typing import NamedTuple

from dualcos.cli.facts.host_facts import HostAccount, JournalledMessage, SettledBatch
from dualcos.issuance.acquirer.acquired_transaction import AcquiredTransaction
from dualcos.issuance.acquirer.acquirer_books import ISSUERS, AcquirerBooks
from dualcos.issuance.acquirer.batch_records import BALANCED, ClosedBatch
from dualcos.messages.acquirer_messages import masked_account


class AcquirerSide(NamedTuple):
    """``sum``: of all accounts; ``owed``: fen that issuers owe."""

    merchants: list[HostAccount]
    messages: list[JournalledMessage]
    batches: list[SettledBatch]
    sum: int
    owed: int


def acquirer_side(journal: str) -> AcquirerSide:
    """Raises BooksError."""
    with closing(AcquirerBooks(journal)) as books:
        balances = books.balances()
        return AcquirerSide(
            merchants=[_account(name, fen) for name, fen in balances.items()],
            messages=[_message(each) for each in books.all_acquired()],
            batches=[_batch(each) for each in books.papers(ClosedBatch)],
            sum=sum(balances.values()),
            owed=-balances.get(ISSUERS, 0),
        )


def _account(name: str, fen: int) -> HostAccount:
    zh, en = ("应收发卡机构", "what issuers owe; negative") if name == ISSUERS else ("商户", "a merchant's")
    return HostAccount(account=name, kind=en, kind_zh=zh, amount=fen, points=False)


def _message(each: AcquiredTransaction) -> JournalledMessage:
    return JournalledMessage(
        terminal=each.key.terminal,
        merchant=each.key.merchant,
        batch=each.key.batch,
        stan=each.key.stan,
        mti=each.mti,
        message=each.kind,
        pan=masked_account(each.pan),
        amount=each.amount,
        standing=each.standing,
        code=each.code,
        reference=each.reference,
        voided=each.voided,
        refunded=each.refunded,
        reason=each.reason,
    )


def _batch(each: ClosedBatch) -> SettledBatch:
    return SettledBatch(
        terminal=each.batch.terminal,
        merchant=each.batch.merchant,
        batch=each.batch.number,
        balanced=each.result == BALANCED,
        ended=each.ended,
        told_debit=each.told.debit,
        told_debits=each.told.debits,
        told_credit=each.told.credit,
        told_credits=each.told.credits,
        own_debit=each.own.debit,
        own_debits=each.own.debits,
        own_credit=each.own.credit,
        own_credits=each.own.credits,
        only_here=list(each.only_here),
        only_there=list(each.only_there),
    )
