"""The books read for people and for whoever compares: accounts with what they are, movements, whether all adds up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dualcos.issuance.bank.authorisation.bank_books import Authorisation, BankBooks
from dualcos.issuance.bank.authorisation.ledger_names import KINDS_OF_ACCOUNT, BankAccountKind
from dualcos.sqlitefile.double_entry_books import BookEntry, BooksError


class BookedAccount(NamedTuple):
    """``amount``: fen, or points as its kind says."""

    name: str
    kind: BankAccountKind
    amount: int


class BankLedger:
    """Reads an issuer's books; changes nothing."""

    def __init__(self, books: BankBooks) -> None:
        self._books = books

    def accounts(self) -> list[BookedAccount]:
        """All of them by name. Raises BooksError for one that nobody has."""
        return [BookedAccount(name, _kind(name), amount) for name, amount in self._books.balances().items()]

    def lines(self) -> Iterator[BookEntry]:
        """All movements, oldest first."""
        return self._books.entries()

    def authorisations(self) -> Iterator[Authorisation]:
        """All requests and what became of them, oldest first."""
        return self._books.authorisations()

    def sums_to_zero(self) -> bool:
        """Every movement, all money, and all points by themselves."""
        entries = all(not sum(each.postings.values()) for each in self.lines())
        accounts = self.accounts()
        sums = (sum(each.amount for each in accounts if each.kind.points is points) for points in (False, True))
        return entries and not any(sums)


def _kind(name: str) -> BankAccountKind:
    found = KINDS_OF_ACCOUNT.get(name.partition("/")[0])
    if found is None:
        raise BooksError(f"the books name an account {name!r}, which nobody has; restore them from a copy")
    return found
