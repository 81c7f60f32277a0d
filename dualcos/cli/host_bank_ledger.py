"""What the bank's books of ``dualcos host`` hold, as facts."""

from __future__ import annotations

from contextlib import closing
from typing import NamedTuple

from dualcos.cli.facts.host_facts import BookedAuthorisation, LedgerAccount
from dualcos.issuance.bank.authorisation.bank_books import BankBooks
from dualcos.issuance.bank.authorisation.ledger_names import KINDS_OF_ACCOUNT
from dualcos.messages.acquirer_messages import masked_account

_OWED = "acquirer"


class BankSide(NamedTuple):
    """``sum``: of all accounts; ``owed``: fen that stand on acquirers' accounts."""

    accounts: list[LedgerAccount]
    authorisations: list[BookedAuthorisation]
    sum: int
    owed: int


def bank_side(store: str) -> BankSide:
    """Raises BooksError."""
    with closing(BankBooks(store)) as books:
        balances = books.balances()
        return BankSide(
            accounts=[_account(name, amount) for name, amount in balances.items()],
            authorisations=[
                BookedAuthorisation(
                    reference=each.reference,
                    time=each.time,
                    terminal=each.key.terminal,
                    stan=each.key.stan,
                    business=each.business.lower(),
                    pan=masked_account(each.pan),
                    amount=each.amount,
                    code=each.code,
                    reason=each.reason,
                    state=each.state,
                    points=each.points,
                    remarks=list(each.remarks),
                )
                for each in books.authorisations()
            ],
            sum=sum(balances.values()),
            owed=sum(amount for name, amount in balances.items() if name.partition("/")[0] == _OWED),
        )


def _account(name: str, amount: int) -> LedgerAccount:
    kind = KINDS_OF_ACCOUNT[name.partition("/")[0]]
    return LedgerAccount(account=name, kind=kind.en, kind_zh=kind.zh, amount=amount, points=kind.points)
