"""The stock register (制卡登记): which chip was claimed for which row, and what became of it. One SQLite file.

Guarantees: a serial number is given once; a row has at most one card that is made or in the making; an account or a
card number is on one such card; every claim is on disk before the first command goes to the card. An interrupted
batch therefore goes on where it stopped and makes nothing twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from issuance.data.record import CardRecord

_SCHEMA = """
CREATE TABLE IF NOT EXISTS card (
    side TEXT NOT NULL, serial INTEGER NOT NULL,
    batch TEXT NOT NULL, seq INTEGER NOT NULL, person TEXT NOT NULL,
    card_no TEXT NOT NULL, account TEXT NOT NULL, rsa INTEGER UNIQUE,
    state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '', outcome TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (side, serial)
);
CREATE UNIQUE INDEX IF NOT EXISTS one_card_a_row ON card (side, batch, seq) WHERE state IN ('CLAIMED', 'MADE');
CREATE UNIQUE INDEX IF NOT EXISTS one_card_a_number ON card (side, card_no)
    WHERE card_no != '' AND state IN ('CLAIMED', 'MADE');
CREATE UNIQUE INDEX IF NOT EXISTS one_card_an_account ON card (side, account)
    WHERE account != '' AND state IN ('CLAIMED', 'MADE');
CREATE INDEX IF NOT EXISTS by_person ON card (person);
"""
_FORMAT = 1


class RegisterError(Exception):
    """The register cannot be used."""


class State(Enum):
    """Where a claimed card is. REJECTED: the row's data; SPOILED: the chip, its serial number is burnt."""

    CLAIMED = "CLAIMED"
    MADE = "MADE"
    REJECTED = "REJECTED"
    SPOILED = "SPOILED"


class Claim(NamedTuple):
    """A row bound to a chip. ``serial`` TA to TD of the ATR; ``rsa`` the number in the pool, None without."""

    seq: int
    serial: int
    rsa: int | None
    state: State
    reason: str = ""
    outcome: str = ""


class StockRegister:
    """An open register; use it in one process. A context manager.

    ``side``: what is done here, ``central``, ``chips``, ``social`` or ``bank``. A chip passes through several hands,
    and each claims it once.
    """

    def __init__(self, path: str | Path, side: str = "central") -> None:
        self.side = side
        try:
            self._db = sqlite3.connect(path, isolation_level=None, timeout=5)
            self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
            (found,) = self._db.execute("PRAGMA user_version").fetchone()
            if found not in (0, _FORMAT):
                raise RegisterError(f"register {path}: format {found}, this program reads {_FORMAT}")
            self._db.executescript(_SCHEMA + f"PRAGMA user_version={_FORMAT};")
        except sqlite3.Error as error:
            raise RegisterError(f"register {path}: {error}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def claims(self, batch: str) -> dict[int, Claim]:
        """The last word on every row of a batch that was claimed before, by sequence number."""
        return {claim.seq: claim for claim in self.history(batch)}

    def history(self, batch: str) -> tuple[Claim, ...]:
        """Every claim of a batch, spoiled chips too, by serial number."""
        rows = self._db.execute(
            "SELECT seq, serial, rsa, state, reason, outcome FROM card WHERE side = ? AND batch = ? ORDER BY rowid",
            (self.side, batch),
        )
        return tuple(Claim(row[0], row[1], row[2], State(row[3]), row[4], row[5]) for row in rows)

    def claim(
        self, batch: str, records: Iterable[CardRecord], *, rsa_keys: int = 0, serial: int | None = None
    ) -> tuple[Claim, ...]:
        """Bind rows to fresh chips, or one row to the chip ``serial`` in hand; durable on return.

        ``rsa_keys``: how many the pool has, 0 for none wanted. A row whose number or account is on another card
        comes back REJECTED, with a serial number that is not used. Raises RegisterError if the pool is empty.
        """
        with self._transaction():
            return tuple([self._one(batch, record, rsa_keys, serial) for record in records])

    def _one(self, batch: str, record: CardRecord, rsa_keys: int, serial: int | None) -> Claim:
        if serial is None:
            (serial,) = self._db.execute("SELECT coalesce(max(serial), 0) + 1 FROM card").fetchone()
        rsa = None
        if rsa_keys:
            (rsa,) = self._db.execute("SELECT coalesce(max(rsa), -1) + 1 FROM card").fetchone()
            if rsa >= rsa_keys:
                raise RegisterError(
                    f"the pool's {rsa_keys} RSA keys are used up; `dualcos keys pool` makes more, nothing was claimed"
                )
        account = f"{record.bank.pan}/{record.bank.psn}" if record.bank else ""
        clash = self._clash(record.paper.card_no, account)
        state = State.REJECTED if clash else State.CLAIMED
        try:
            self._db.execute(
                "INSERT INTO card VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')",
                (
                    self.side,
                    serial,
                    batch,
                    record.seq,
                    record.person,
                    record.paper.card_no,
                    account,
                    None if clash else rsa,
                    state.value,
                    clash,
                ),
            )
        except sqlite3.IntegrityError:
            raise RegisterError(
                f"batch {batch} row {record.seq}, chip {serial:08X}: one of them is claimed already"
            ) from None
        return Claim(record.seq, serial, None if clash else rsa, state, clash)

    def _clash(self, card_no: str, account: str) -> str:
        for column, value, what in (("card_no", card_no, "card number"), ("account", account, "account")):
            row = self._db.execute(
                f"SELECT batch, seq, state FROM card WHERE side = ? AND {column} = ?"  # noqa: S608 - two constant column names
                " AND state IN ('CLAIMED', 'MADE')",
                (self.side, value),
            ).fetchone()
            if value and row:
                return f"ALREADY_MADE: the {what} is on card {row[1]} of batch {row[0]} ({row[2].lower()})"
        return ""

    def finish(self, serial: int, state: State, reason: str, outcome: str) -> None:
        """Note what became of a claimed card; durable on return."""
        with self._transaction():
            self._db.execute(
                "UPDATE card SET state = ?, reason = ?, outcome = ? WHERE side = ? AND serial = ?",
                (state.value, reason, outcome, self.side, serial),
            )

    def made_for(self, person: str, card_no: str, account: str) -> str:
        """Why matching must report ALREADY_MADE; empty if nothing stands against it."""
        clash = self._clash(card_no, account)
        query = "SELECT batch, seq FROM card WHERE side = ? AND person = ? AND state = 'MADE'"
        row = self._db.execute(query, (self.side, person)).fetchone()
        return clash or (f"ALREADY_MADE: this person has card {row[1]} of batch {row[0]}" if row else "")
