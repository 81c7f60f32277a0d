"""The desk's books in one SQLite file: requests answered, accounts, loads, settlements, permits.

Guarantees: all of a request is on disk, its answer too, or nothing of it; the postings of an entry sum to zero.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from dualcos.cardfile.sqlite_faults import in_words
from keys.custody.whole_file import write_whole

_SCHEMA = """
CREATE TABLE request (
    terminal TEXT NOT NULL, running INTEGER NOT NULL, service TEXT NOT NULL, content BLOB NOT NULL, answer BLOB,
    PRIMARY KEY (terminal, running)
);
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
_FORMAT = 1
_APPLICATION_ID = 0x64756274
_SQLITE = b"SQLite format 3\0"
_USER_VERSION, _APPLICATION, _HEADER = 60, 68, 100
IN_MEMORY = ":memory:"
BOOKS_BESIDE = ("-wal", "-shm")
"""Endings of the files that SQLite keeps beside books in use."""
Paper = TypeVar("Paper", bound=msgspec.Struct)


class BooksError(Exception):
    """The books cannot be used; says why. Nothing of the request is in them."""


class AnsweredRequest(NamedTuple):
    """What the books know of a request: a digest of its content, the answer if it changed something."""

    content: bytes
    answer: bytes | None


class BookEntry(NamedTuple):
    """One movement of money: its postings, account to fen, sum to zero."""

    number: int
    time: str
    kind: str
    reference: str
    postings: Mapping[str, int]


class DeskBooks:
    """Open books; use them in one process, by one thread at a time.

    ``path``: made if there is nothing, ``:memory:`` for books that go with the process. Raises BooksError.
    """

    def __init__(self, path: str | Path = IN_MEMORY) -> None:
        self._path = path
        if path != IN_MEMORY:
            _make_or_demand(Path(path))
        with self._told():
            self._db = sqlite3.connect(path, isolation_level=None, timeout=5, check_same_thread=False)
            if path == IN_MEMORY:
                self._db.executescript(_SCHEMA)
            else:
                self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise BooksError(f"{self._path}: {in_words(error)}") from None

    def close(self) -> None:
        """Nothing is asked of them any more."""
        self._db.close()

    def _ask(self, statement: str, *values: object) -> list[Any]:
        with self._told():
            return self._db.execute(statement, values).fetchall()

    # --- one request -------------------------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is done inside, durable on return, or nothing of it."""
        self._ask("BEGIN IMMEDIATE")
        try:
            yield
            self._ask("COMMIT")
        except BaseException:
            # After some faults of the disk SQLite has rolled back by itself; otherwise a commit that failed is open.
            if self._db.in_transaction:
                with suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
            raise

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Inside a transaction: what is done here is undone by an exception, and that goes on."""
        self._ask("SAVEPOINT attempt")
        try:
            yield
        except Exception:
            self._ask("ROLLBACK TO attempt")
            raise
        finally:
            if self._db.in_transaction:
                self._ask("RELEASE attempt")

    def answered(self, terminal: str, running: int) -> AnsweredRequest | None:
        """What this terminal asked under this number before."""
        found = self._ask("SELECT content, answer FROM request WHERE terminal = ? AND running = ?", terminal, running)
        return AnsweredRequest(*found[0]) if found else None

    def keep_answer(self, terminal: str, running: int, service: str, kept: AnsweredRequest) -> None:
        """From now on this number is this request's."""
        self._ask("INSERT INTO request VALUES (?, ?, ?, ?, ?)", terminal, running, service, kept.content, kept.answer)

    def next_number(self, counter: str) -> int:
        """The next number of a series, from 1."""
        self._ask("INSERT INTO counter VALUES (?, 1) ON CONFLICT DO UPDATE SET value = value + 1", counter)
        ((value,),) = self._ask("SELECT value FROM counter WHERE name = ?", counter)
        return int(value)

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
        return int(fen)

    def balances(self) -> dict[str, int]:
        """Every account by name; their sum is zero."""
        found = self._ask("SELECT account, sum(fen) FROM posting GROUP BY account ORDER BY account")
        return {str(account): int(fen) for account, fen in found}

    def entries(self) -> Iterator[BookEntry]:
        """All movements, oldest first."""
        for number, time, kind, reference in self._ask("SELECT * FROM entry ORDER BY number"):
            postings = self._ask("SELECT account, fen FROM posting WHERE entry = ? ORDER BY account", number)
            told = {str(account): int(fen) for account, fen in postings}
            yield BookEntry(int(number), str(time), str(kind), str(reference), told)

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

    def _read(self, kind: type[Paper], body: bytes) -> Paper:
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.DecodeError:
            raise BooksError(f"{self._path}: a {kind.__name__} in it is none; restore it from a copy") from None


def _make_or_demand(path: Path) -> None:
    """The file is there and is books of this format on return. Raises BooksError."""
    try:
        if not path.exists():
            with suppress(FileExistsError):
                write_whole(path, _new_books())
        with path.open("rb") as file:
            header = file.read(_HEADER)
    except OSError as error:
        raise BooksError(f"{path}: {error.strerror}") from None
    found, application = (int.from_bytes(header[at : at + 4], "big") for at in (_USER_VERSION, _APPLICATION))
    if not header.startswith(_SQLITE) or application != _APPLICATION_ID:
        raise BooksError(f"{path} is no books of a back end")
    if found != _FORMAT:
        raise BooksError(f"{path}: books of format {found}, this program reads {_FORMAT}")


def _new_books() -> bytes:
    """The bytes of empty books: what has this name is books from its first moment."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    try:
        db.executescript(_SCHEMA + f"PRAGMA application_id={_APPLICATION_ID}; PRAGMA user_version={_FORMAT};")
        return db.serialize()
    finally:
        db.close()
