"""A SQLite file of ours that outlasts its program: made whole or not at all, known by its marks, changed durably.

Guarantees: a file of that name is one of the form from its first moment; another's file is only read; what is done in
a transaction is on disk when it ends (write-ahead log, synchronous FULL), or nothing of it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from dualcos.sqlitefile.sqlite_faults import in_words
from keys.custody.whole_file import write_whole

IN_MEMORY = ":memory:"
"""In place of a file: a database that goes with the process."""
DATABASE_BESIDE = ("-wal", "-shm")
"""Endings of the files that SQLite keeps beside one in use; a closed one is alone."""
_SQLITE = b"SQLite format 3\0"
# https://www.sqlite.org/fileformat2.html §1.3
_USER_VERSION, _APPLICATION, _HEADER = 60, 68, 100
_NO_UPGRADES: Mapping[int, str] = MappingProxyType({})


class DatabaseForm(NamedTuple):
    """The tables of a file, and the two marks in its header: whose it is, and the number of its format. ``upgrades``:
    of an older format, the statement that makes the next one of it.
    """

    schema: str
    application: int
    format: int
    upgrades: Mapping[int, str] = _NO_UPGRADES


class DatabaseMarks(NamedTuple):
    """What a file's header says it is."""

    application: int
    format: int


class DatabaseFault(NamedTuple):
    """What is wrong. ``words``: with the disk or with SQLite. Without: the file is another's, or of ``format``.

    ``clash``: the disk is well, and what was asked for cannot stand beside what is there.
    """

    path: str | Path
    words: str = ""
    format: int | None = None
    clash: bool = False


class DurableDatabase:
    """An open database; use it in one process, by one thread at a time. A context manager.

    Who keeps something in one derives from this. ``path``: made if there is nothing, or ``IN_MEMORY``. Every fault is
    raised as ``_fault`` puts it. ``within``: an open one that has the tables of this one, too; that closes the file.
    """

    def __init__(self, path: str | Path, form: DatabaseForm, within: DurableDatabase | None = None) -> None:
        self._path, self._is_guest = path, within is not None
        self._db: sqlite3.Connection
        if within is not None:
            self._path, self._db = within.opened
            return
        if path != IN_MEMORY:
            self._make_or_demand(Path(path), form)
        with self._told():
            self._db = sqlite3.connect(path, isolation_level=None, timeout=5, check_same_thread=False)
        try:
            with self._told():
                durable = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"
                self._db.executescript(form.schema if path == IN_MEMORY else durable)
            self._upgrade(form if path != IN_MEMORY else form._replace(upgrades=_NO_UPGRADES))
        except BaseException:
            self._db.close()
            raise

    def _upgrade(self, form: DatabaseForm) -> None:
        """An older format becomes this one, one step after the other, each wholly or not."""
        for old in sorted(form.upgrades):
            with self.transaction():
                if self._ask("PRAGMA user_version") == [(old,)]:
                    self._ask(form.upgrades[old])
                    self._ask(f"PRAGMA user_version = {old + 1}")

    def _fault(self, fault: DatabaseFault) -> Exception:
        """What callers are to be told of it."""
        raise NotImplementedError

    @property
    def opened(self) -> tuple[str | Path, sqlite3.Connection]:
        """For one that has its tables in this file."""
        return self._path, self._db

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is asked of it any more."""
        if not self._is_guest:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is done inside, on disk on return, or nothing of it. One inside another is on disk with that, and
        nothing of it is if an exception ends it, whether that ends the outer one, too, or not.
        """
        if self._db.in_transaction:
            with self.attempt():
                yield
            return
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

    def _ask(self, statement: str, *values: object) -> list[Any]:
        """All rows of an answer."""
        with self._told():
            return self._db.execute(statement, values).fetchall()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            clash = isinstance(error, sqlite3.IntegrityError)
            raise self._fault(DatabaseFault(self._path, in_words(error), clash=clash)) from None

    def _make_or_demand(self, path: Path, form: DatabaseForm) -> None:
        """The file is there and is of this form on return."""
        try:
            if not path.exists():
                with suppress(FileExistsError):
                    write_whole(path, empty_database(form))
            marks = marks_in(path)
        except OSError as error:
            raise self._fault(DatabaseFault(path, str(error.strerror))) from None
        if marks is None or marks.application != form.application:
            raise self._fault(DatabaseFault(path))
        if marks.format != form.format and marks.format not in form.upgrades:
            raise self._fault(DatabaseFault(path, format=marks.format))


def marks_in(path: Path) -> DatabaseMarks | None:
    """The marks of a file; None if SQLite has not made it. They are in its header from its first moment on, and no more
    of it is read: after a full disk pages of the same state may be partly here and partly in its log
    (https://www.sqlite.org/fileformat2.html §4). Raises OSError.
    """
    with path.open("rb") as file:
        header = file.read(_HEADER)
    if not header.startswith(_SQLITE) or len(header) < _HEADER:
        return None
    found, application = (int.from_bytes(header[at : at + 4], "big") for at in (_USER_VERSION, _APPLICATION))
    return DatabaseMarks(application, found)


def empty_database(form: DatabaseForm) -> bytes:
    """The bytes of one without rows."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.executescript(form.schema + f"PRAGMA application_id={form.application}; PRAGMA user_version={form.format};")
        return db.serialize()
