"""Which rows have a value in common, for more rows than memory holds.

SQLite keeps it in a temporary database of its own, gone when it is closed. No value lies there: only its digest under a
key of this process.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from firewall.hardware.randomness import SystemRng

_AT_ONCE = 4096
_DIGEST = 16


class Group(NamedTuple):
    """Rows that share a value: how many on each of two sides, and the first place on each, -1 where there is none."""

    digest: bytes
    counts: tuple[int, int]
    firsts: tuple[int, int]


class ValueIndex:
    """Places of rows by value, on up to two sides (0 and 1). Use it in one thread."""

    def __init__(self) -> None:
        self._key = SystemRng().bytes(_DIGEST)
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE;"
            "CREATE TABLE seen (digest BLOB NOT NULL, side INTEGER NOT NULL, place INTEGER NOT NULL)"
        )
        self._waiting: list[tuple[bytes, int, int]] = []
        self._sorted = False

    def note(self, value: Sequence[str], place: int, side: int = 0) -> None:
        """The row at ``place`` has this value; several texts make a composite one."""
        digest = hashlib.blake2b(digest_size=_DIGEST, key=self._key)
        for part in value:
            raw = part.encode("utf-8", "surrogatepass")
            digest.update(len(raw).to_bytes(4, "big") + raw)
        self._waiting.append((digest.digest(), side, place))
        self._sorted = False
        if len(self._waiting) == _AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        self._db.executemany("INSERT INTO seen VALUES (?, ?, ?)", self._waiting)
        self._waiting.clear()

    def _sort(self) -> None:
        if self._sorted:
            return
        self._flush()
        self._db.executescript(
            "CREATE INDEX IF NOT EXISTS by_value ON seen (digest, side, place);"
            "DROP TABLE IF EXISTS shared;"
            "CREATE TABLE shared AS SELECT digest, sum(side = 0) AS here, sum(side = 1) AS there,"
            " min(CASE side WHEN 0 THEN place END) AS first_here, min(CASE side WHEN 1 THEN place END) AS first_there"
            " FROM seen GROUP BY digest"
        )
        self._sorted = True

    def groups(self, side: int) -> Iterator[Group]:
        """Every value of a side in the order of its first row; on side 1 those that side 0 does not have."""
        self._sort()
        query = ("here > 0 ORDER BY first_here", "here = 0 ORDER BY first_there")[side]
        rows = self._db.execute(
            f"SELECT digest, here, there, first_here, first_there FROM shared WHERE {query}"  # noqa: S608 - two constants
        )
        for digest, here, there, first, other in rows:
            yield Group(digest, (here, there), (-1 if first is None else first, -1 if other is None else other))

    def places(self, group: Group, side: int) -> list[int]:
        """All rows of a group on one side, in order."""
        found = self._db.execute(
            "SELECT place FROM seen WHERE digest = ? AND side = ? ORDER BY place", (group.digest, side)
        )
        return [place for (place,) in found]

    def shared(self, side: int) -> tuple[int, int]:
        """How many rows of a side share their value with others of it, and how many values one row alone has."""
        self._sort()
        column = ("here", "there")[side]
        many, alone = self._db.execute(
            f"SELECT total({column} * ({column} > 1)), total({column} = 1) FROM shared"  # noqa: S608 - two constants
        ).fetchone()
        return int(many), int(alone)

    def repeats(self) -> Iterator[tuple[int, int]]:
        """First place and place of every row of side 0 whose value an earlier row has, in the order of the latter."""
        self._sort()
        yield from self._db.execute(
            "SELECT first_here, place FROM seen JOIN shared USING (digest)"
            " WHERE side = 0 AND here > 1 AND place > first_here ORDER BY place"
        )

    def close(self) -> None:
        """Its file is gone."""
        self._db.close()
