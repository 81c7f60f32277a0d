"""Books in one SQLite file, of whichever party: movements of money by double entry, papers, series of numbers.

Guarantees: the postings of an entry sum to zero; what is done in one transaction is on disk, or nothing of it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from dualcos.sqlitefile.durable_database import DatabaseFault, DatabaseForm, DurableDatabase

_SCHEMA = """
CREATE TABLE entry (number INTEGER PRIMARY KEY, time TEXT NOT NULL, kind TEXT NOT NULL, reference TEXT NOT NULL);
CREATE TABLE posting (
    entry INTEGER NOT NULL REFERENCES entry, account TEXT NOT NULL, fen INTEGER NOT NULL, PRIMARY KEY (entry, account)
);
CREATE INDEX posting_by_account ON posting (account);
CREATE TABLE paper (
    kind TEXT NOT NULL, name TEXT NOT NULL, owner TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (kind, name)
);
CREATE INDEX paper_by_owner ON paper (kind, owner);
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""
Paper = TypeVar("Paper", bound=msgspec.Struct)


class BooksError(Exception):
    """The books cannot be used; says why. Nothing of the request is in them."""


class BookEntry(NamedTuple):
    """One movement of money: its postings, account to fen, sum to zero."""

    number: int
    time: str
    kind: str
    reference: str
    postings: Mapping[str, int]


class BooksForm(NamedTuple):
    """Whose books: in words, for messages; the tables they have besides; the marks of the file."""

    owner: str
    schema: str
    application: int
    format: int


class DoubleEntryBooks(DurableDatabase):
    """Open books; use them in one process, by one thread at a time.

    ``path``: made if there is nothing, ``IN_MEMORY`` for books that go with the process. Raises BooksError.
    """

    def __init__(self, path: str | Path, form: BooksForm) -> None:
        self._form = form
        super().__init__(path, DatabaseForm(form.schema + _SCHEMA, form.application, form.format))

    def _fault(self, fault: DatabaseFault) -> BooksError:
        if fault.words:
            return BooksError(f"{fault.path}: {fault.words}")
        if fault.format is None:
            return BooksError(f"{fault.path} is no books of {self._form.owner}")
        return BooksError(f"{fault.path}: books of format {fault.format}, this program reads {self._form.format}")

    def next_number(self, counter: str) -> int:
        """The next number of a series, from 1."""
        self._ask("INSERT INTO counter VALUES (?, 1) ON CONFLICT DO UPDATE SET value = value + 1", counter)
        ((value,),) = self._ask("SELECT value FROM counter WHERE name = ?", counter)
        return self._number(value, f"the counter {counter}")

    # --- money -------------------------------------------------------------------------------------------------------

    def post(self, time: str, kind: str, reference: str, postings: Mapping[str, int]) -> None:
        """One entry; accounts by name, fen. Raises ValueError if it does not sum to zero."""
        if sum(postings.values()):
            raise ValueError(f"{kind} {reference}: the postings do not sum to zero")
        number = self.next_number("entry")
        self._ask("INSERT INTO entry VALUES (?, ?, ?, ?)", number, time, kind, reference)
        for account, fen in postings.items():
            if fen:
                self._ask("INSERT INTO posting VALUES (?, ?, ?)", number, account, fen)

    def balance(self, account: str) -> int:
        """What is on an account, in fen; 0 on one that nobody has posted to."""
        ((fen,),) = self._ask("SELECT coalesce(sum(fen), 0) FROM posting WHERE account = ?", account)
        return self._number(fen, f"the account {account}")

    def balances(self) -> dict[str, int]:
        """Every account by name; their sum is zero."""
        found = self._ask("SELECT account, sum(fen) FROM posting GROUP BY account ORDER BY account")
        return {str(account): self._number(fen, f"the account {account}") for account, fen in found}

    def entries(self, about: str | None = None) -> Iterator[BookEntry]:
        """All movements, or those with that reference, oldest first."""
        only = "" if about is None else "WHERE reference = ?"
        found = self._ask(
            f"SELECT * FROM entry {only} ORDER BY number",  # noqa: S608 - one of two constants
            *(() if about is None else (about,)),
        )
        for number, time, kind, reference in found:
            postings = self._ask("SELECT account, fen FROM posting WHERE entry = ? ORDER BY account", number)
            told = {str(account): self._number(fen, f"the account {account}") for account, fen in postings}
            yield BookEntry(self._number(number, "an entry"), str(time), str(kind), str(reference), told)

    # --- papers ------------------------------------------------------------------------------------------------------

    def file_paper(self, name: str, owner: str, paper: msgspec.Struct) -> None:
        """Keep a paper under its kind, the name of its class, and its own name, in place of an older one."""
        body = msgspec.json.encode(paper)
        self._ask("INSERT OR REPLACE INTO paper VALUES (?, ?, ?, ?)", type(paper).__name__, name, owner, body)

    def paper(self, kind: type[Paper], name: str) -> Paper | None:
        """The paper of that kind and name."""
        found = self._ask("SELECT body FROM paper WHERE kind = ? AND name = ?", kind.__name__, name)
        return self._read(kind, found[0][0]) if found else None

    def papers(self, kind: type[Paper], owner: str | None = None) -> list[Paper]:
        """All papers of that kind, of one owner or of all, by name."""
        of_owner = "" if owner is None else "AND owner = ?"
        found = self._ask(
            f"SELECT body FROM paper WHERE kind = ? {of_owner} ORDER BY name",  # noqa: S608 - one of two constants
            *(value for value in (kind.__name__, owner) if value is not None),
        )
        return [self._read(kind, body) for (body,) in found]

    # --- what is damaged ----------------------------------------------------------------------------------------------

    def _read(self, kind: type[Paper], body: bytes) -> Paper:
        with self._whole(f"a {kind.__name__}"):
            return msgspec.json.decode(body, type=kind)

    @contextmanager
    def _whole(self, name: str) -> Iterator[None]:
        """Raises BooksError for what cannot be read, also for what SQLite holds in place of bytes."""
        try:
            yield
        except (msgspec.DecodeError, UnicodeDecodeError, TypeError):
            raise self._damaged(name) from None

    def _number(self, value: object, name: str) -> int:
        """Raises BooksError for what SQLite holds in place of a number."""
        if not isinstance(value, int):
            raise self._damaged(name)
        return value

    def _damaged(self, name: str) -> BooksError:
        return BooksError(f"{self._path}: {name} in it is damaged; restore it from a copy")
