"""A disk that fails at the n-th thing that is asked of it, from then on or once; SQLite's files too. Nothing is synced.

What changes a file system goes through a handful of calls of ``os`` and, for SQLite, through connections: those count.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

_CALLS = ("write", "fsync", "link", "replace", "mkdir")
_UNDOING = ("unlink", "ftruncate")
_FSYNC = os.fsync
_MAKING = os.O_CREAT | os.O_TRUNC
_SQL = ("BEGIN", "COMMIT", "INSERT", "UPDATE", "DELETE", "PRAGMA JOURNAL")


class Failure(NamedTuple):
    """``lasting``: everything fails from then on; ``undone``: removing a file works all the same, as on a full disk."""

    code: int
    sqlite: int
    text: str
    lasting: bool = True
    undone: bool = True

    def __str__(self) -> str:
        return errno.errorcode[self.code]


FULL = Failure(errno.ENOSPC, sqlite3.SQLITE_FULL, "database or disk is full")
QUOTA = Failure(errno.EDQUOT, sqlite3.SQLITE_FULL, "database or disk is full")
BROKEN = Failure(errno.EIO, sqlite3.SQLITE_IOERR, "disk I/O error", lasting=False)
READ_ONLY = Failure(errno.EROFS, sqlite3.SQLITE_READONLY, "attempt to write a readonly database", undone=False)
FORBIDDEN = Failure(errno.EACCES, sqlite3.SQLITE_READONLY, "attempt to write a readonly database", undone=False)
FAILURES = (FULL, BROKEN, READ_ONLY, FORBIDDEN, QUOTA)


class Disk:
    """Counts; fails at the ``at``-th call, never if that is 0."""

    def __init__(self, at: int = 0, failure: Failure = FULL) -> None:
        self.at, self.failure = at, failure
        self.count = 0

    def fails(self, *, undoing: bool = False) -> bool:
        """Asked once more."""
        if undoing and self.failure.undone:
            return False
        self.count += not undoing
        return bool(self.at) and (self.count == self.at or (self.failure.lasting and self.count > self.at))

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """This process's disk, while inside."""
        with pytest.MonkeyPatch.context() as patch:
            for name in (*_CALLS, *_UNDOING):
                patch.setattr(os, name, self._failing(getattr(os, name), undoing=name in _UNDOING))
            patch.setattr(os, "open", self._opening(os.open))
            patch.setattr(sqlite3, "connect", self._connecting(sqlite3.connect))
            yield

    def _failing(self, call: Any, *, undoing: bool = False) -> Any:
        def asked(*args: Any, **how: Any) -> Any:
            if call.__name__ == "write" and args[0] <= 2:  # a screen
                return call(*args, **how)
            if self.fails(undoing=undoing):
                names = [str(args[0])] if isinstance(args[0], str | os.PathLike) else []
                raise OSError(self.failure.code, os.strerror(self.failure.code), *names)
            return None if call is _FSYNC else call(*args, **how)

        return asked

    def _opening(self, real: Any) -> Any:
        def asked(path: Any, flags: int, *args: Any, **how: Any) -> int:
            if flags & _MAKING and not str(path).startswith("/dev/") and self.fails():
                raise OSError(self.failure.code, os.strerror(self.failure.code), str(path))
            return int(real(path, flags, *args, **how))

        return asked

    def _connecting(self, real: Any) -> Any:
        disk = self

        class Failing(sqlite3.Connection):
            def _ask(self) -> None:
                if disk.fails():
                    error = sqlite3.OperationalError(disk.failure.text)
                    error.sqlite_errorcode = disk.failure.sqlite
                    raise error

            def execute(self, statement: str, *args: Any) -> Any:
                if statement.lstrip().upper().startswith(_SQL):
                    self._ask()
                if "SYNCHRONOUS" in statement.upper():
                    statement = "PRAGMA synchronous = OFF"
                return super().execute(statement, *args)

            def executescript(self, script: str) -> Any:
                self._ask()
                return super().executescript(script.replace("synchronous=FULL", "synchronous=OFF"))

            def __exit__(self, kind: Any, error: Any, at: Any) -> Any:  # noqa: PYI036 - handed on as it comes
                if kind is None:
                    try:
                        self._ask()
                    except sqlite3.Error as full:
                        super().__exit__(type(full), full, None)
                        raise
                return super().__exit__(kind, error, at)

        def connect(path: Any, *args: Any, **how: Any) -> Any:
            plain = path == ":memory:" or "mode=ro" in str(path)
            return real(path, *args, **how) if plain else real(path, *args, factory=Failing, **how)

        return connect
