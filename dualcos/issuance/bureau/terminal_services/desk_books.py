"""The desk's books in one SQLite file: requests answered, accounts, loads, settlements, permits.

Guarantees: all of a request is on disk, its answer too, or nothing of it; the postings of an entry sum to zero.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec

from dualcos.messages.social_services import Answer
from dualcos.sqlitefile.double_entry_books import BooksForm, DoubleEntryBooks
from dualcos.sqlitefile.durable_database import IN_MEMORY

_SCHEMA = """
CREATE TABLE request (
    terminal TEXT NOT NULL, running INTEGER NOT NULL, service TEXT NOT NULL,
    content BLOB NOT NULL, answer BLOB NOT NULL,
    PRIMARY KEY (terminal, running)
);
"""
_FORM = BooksForm("a back end", _SCHEMA, application=0x64756274, format=1)


class AnsweredRequest(NamedTuple):
    """What the books know of a request: a digest of its content, the answer."""

    content: bytes
    answer: Answer


class DeskBooks(DoubleEntryBooks):
    """Open books; use them in one process, by one thread at a time.

    ``path``: made if there is nothing, ``IN_MEMORY`` for books that go with the process. Raises BooksError.
    """

    def __init__(self, path: str | Path = IN_MEMORY) -> None:
        super().__init__(path, _FORM)

    def answered(self, terminal: str, running: int) -> AnsweredRequest | None:
        """What this terminal asked under this number before."""
        found = self._ask("SELECT content, answer FROM request WHERE terminal = ? AND running = ?", terminal, running)
        if not found:
            return None
        content, answer = found[0]
        with self._whole("an answer"):
            return AnsweredRequest(content, msgspec.json.decode(answer, type=Answer))

    def keep_answer(self, terminal: str, running: int, service: str, kept: AnsweredRequest) -> None:
        """From now on this number is this request's."""
        answer = msgspec.json.encode(kept.answer)
        self._ask("INSERT INTO request VALUES (?, ?, ?, ?, ?)", terminal, running, service, kept.content, answer)
