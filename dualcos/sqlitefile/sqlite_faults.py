"""What went wrong with a file that SQLite keeps, in words for whoever has to mend it."""

from __future__ import annotations

import sqlite3

_PRIMARY = 0xFF
_WORDS = {
    sqlite3.SQLITE_BUSY: "another process is using it; wait for its end",
    sqlite3.SQLITE_LOCKED: "another process is using it; wait for its end",
    sqlite3.SQLITE_PERM: "you may not write it",
    sqlite3.SQLITE_READONLY: "it, or its folder, is read-only",
    sqlite3.SQLITE_IOERR: "the disk fails",
    sqlite3.SQLITE_FULL: "no space is left on its disk; make room, then start again",
    sqlite3.SQLITE_CANTOPEN: "it, or a file beside it, cannot be opened",
    sqlite3.SQLITE_CORRUPT: "it is damaged; restore it from a copy",
    sqlite3.SQLITE_NOTADB: "it is damaged; restore it from a copy",
}


def in_words(error: sqlite3.Error) -> str:
    """``error`` by its primary result code (https://www.sqlite.org/rescode.html); others in SQLite's own words."""
    return _WORDS.get(getattr(error, "sqlite_errorcode", 0) & _PRIMARY, str(error))
