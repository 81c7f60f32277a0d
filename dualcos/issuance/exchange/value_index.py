"""Which rows have a value in common, for more rows than memory holds.

SQLite keeps it in a temporary database of its own, gone when it is closed. No value lies there: only its digest under a
key of this process.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from errno import ENOSPC
from typing import NamedTuple

from dualcos.sqlitefile.sqlite_faults import in_words
from firewall.hardware.randomness import SystemRng

_AT_ONCE = 4096
_DIGEST = 16


_BY_VALUE = (
    "CREATE INDEX IF NOT EXISTS by_value ON seen (digest, side, place);"
    "DROP TABLE IF EXISTS shared;"
    "CREATE TABLE shared AS SELECT digest, sum(side = 0) AS here, sum(side = 1) AS there,"
    " min(CASE side WHEN 0 THEN place END) AS first_here, min(CASE side WHEN 1 THEN place END) AS first_there"
    " FROM seen GROUP BY digest"
)


class Group(NamedTuple):
    """Rows that share a value: how many on each of two sides, and the first place on each, -1 where there is none."""

    digest: bytes
    counts: tuple[int, int]
    firsts: tuple[int, int]


class ValueIndex:
    """Places of rows by value, on up to two sides (0 and 1). Use it in one thread."""

    def __init__(self) -> None:
        self._key = SystemRng().bytes(_DIGEST)
        with _told():
            self._db = sqlite3.connect("", isolation_level=None)
            self._db.executescript(
                "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE;"
                "CREATE TABLE seen (digest BLOB NOT NULL, side INTEGER NOT NULL, place INTEGER NOT NULL)"
            )
        self._waiting: list[tuple[bytes, int, int]] = []
        self._sorted = False

    def note(self, value: Sequence[str], place: int, side: int = 0) -> None:
        """The row at ``place`` has this value; several texts make a composite one."""
        self._waiting.append((self._digest(value), side, place))
        self._sorted = False
        if len(self._waiting) == _AT_ONCE:
            self._flush()

    def _digest(self, value: Sequence[str]) -> bytes:
        digest = hashlib.blake2b(digest_size=_DIGEST, key=self._key)
        for part in value:
            raw = part.encode("utf-8", "surrogatepass")
            digest.update(len(raw).to_bytes(4, "big") + raw)
        return digest.digest()

    def _flush(self) -> None:
        with _told():
            self._db.executemany("INSERT INTO seen VALUES (?, ?, ?)", self._waiting)
        self._waiting.clear()

    def _sort(self) -> None:
        if self._sorted:
            return
        self._flush()
        with _told():
            self._db.executescript(_BY_VALUE)
        self._sorted = True

    def groups(self, side: int) -> Iterator[Group]:
        """Every value of a side in the order of its first row; on side 1 those that side 0 does not have."""
        self._sort()
        query = ("here > 0 ORDER BY first_here", "here = 0 ORDER BY first_there")[side]
        statement = f"SELECT digest, here, there, first_here, first_there FROM shared WHERE {query}"  # noqa: S608 - constants
        with _told():
            for digest, here, there, first, other in self._db.execute(statement):
                yield Group(digest, (here, there), (-1 if first is None else first, -1 if other is None else other))

    def places(self, group: Group, side: int) -> list[int]:
        """All rows of a group on one side, in order."""
        query = "SELECT place FROM seen WHERE digest = ? AND side = ? ORDER BY place"
        with _told():
            return [place for (place,) in self._db.execute(query, (group.digest, side))]

    def first(self, value: Sequence[str], side: int) -> int | None:
        """The first row of a side with this value."""
        self._sort()
        query = "SELECT min(place) FROM seen WHERE digest = ? AND side = ?"
        (place,) = self._db.execute(query, (self._digest(value), side)).fetchone()
        return None if place is None else int(place)

    def shared(self, side: int) -> tuple[int, int]:
        """How many rows of a side share their value with others of it, and how many values one row alone has."""
        self._sort()
        column = ("here", "there")[side]
        query = f"SELECT total({column} * ({column} > 1)), total({column} = 1) FROM shared"  # noqa: S608 - two constants
        with _told():
            many, alone = self._db.execute(query).fetchone()
        return int(many), int(alone)

    def repeats(self) -> Iterator[tuple[int, int]]:
        """First place and place of every row of side 0 whose value an earlier row has, in the order of the latter."""
        self._sort()
        query = (
            "SELECT first_here, place FROM seen JOIN shared USING (digest)"
            " WHERE side = 0 AND here > 1 AND place > first_here ORDER BY place"
        )
        with _told():
            yield from self._db.execute(query)

    def close(self) -> None:
        """Its file is gone."""
        self._db.close()


@contextmanager
def _told() -> Iterator[None]:
    """What is wrong with the temporary file is the disk's doing: OSError."""
    try:
        yield
    except sqlite3.Error as error:
        raise OSError(ENOSPC, in_words(error), "a temporary file") from None
