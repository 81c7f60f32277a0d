"""What the bank's books of ``dualcos host`` hold, as facts."""

from __future__ import annotations

from contextlib import closing
from typing import NamedTuple

from dualcos.cli.facts.host_facts import BookedAuthorisation, HostAccount
from dualcos.issuance.bank.authorisation.bank_books import BankBooks
from dualcos.issuance.bank.authorisation.bank_ledger import BankLedger
from dualcos.issuance.bank.authorisation.ledger_names import KINDS_OF_ACCOUNT
from dualcos.messages.acquirer_messages import masked_account

_OWED = "acquirer"


class BankSide(NamedTuple):
    """``sum``: of all accounts; ``whole``: so is each movement of them; ``owed``: fen that acquirers are owed."""

    accounts: list[HostAccount]
    authorisations: list[BookedAuthorisation]
    sum: int
    whole: bool
    owed: int


def bank_side(store: str) -> BankSide:
    """Raises BooksError."""
    with closing(BankBooks(store)) as books:
        ledger = BankLedger(books)
        accounts = ledger.accounts()
        return BankSide(
            accounts=[
                HostAccount(
                    account=each.name,
                    kind=each.kind.en,
                    kind_zh=each.kind.zh,
                    amount=each.amount,
                    points=each.kind.points,
                )
                for each in accounts
            ],
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
                for each in ledger.authorisations()
            ],
            sum=sum(each.amount for each in accounts),
            whole=ledger.sums_to_zero(),
            owed=sum(each.amount for each in accounts if each.kind is KINDS_OF_ACCOUNT[_OWED]),
        )
