"""积分: points that stand for a purchase fit what is still paid of it, whatever was voided, refunded, reversed."""

from __future__ import annotations

from msgspec import structs

from dualcos.issuance.bank.authorisation import ledger_names
from dualcos.issuance.bank.authorisation.bank_books import Authorisation, BankBooks

_FEN_IN_YUAN = 100


def settle_points(books: BankBooks, purchase: Authorisation) -> Authorisation:
    """Credit what is missing or take back what is too much; the purchase as it is then."""
    if not purchase.programme:
        return purchase
    due = purchase.open // _FEN_IN_YUAN * purchase.points_per_yuan
    more = due - purchase.points
    if more:
        account = ledger_names.points(purchase.programme, purchase.account)
        lines = {account: more, ledger_names.programme(purchase.programme): -more}
        books.post(purchase.time, "points", purchase.reference, lines)
    return structs.replace(purchase, points=due)


def points_of(books: BankBooks, purchase: Authorisation) -> tuple[int, int] | None:
    """Points that stand for it, and the holder's of its programme in all; None without a programme."""
    if not purchase.programme:
        return None
    return purchase.points, books.balance(ledger_names.points(purchase.programme, purchase.account))
