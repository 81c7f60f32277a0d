"""The stock register (制卡登记): which chip was claimed for which row, and what became of it. One SQLite file.

Guarantees: a serial number is given once; a row has at most one card that is made or in the making; an account or a
card number is on one such card; every claim is on disk before the first command goes to the card. An interrupted
batch therefore goes on where it stopped and makes nothing twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from enum import Enum
from pathlib import Path
from typing import NamedTuple, Self

from dualcos.issuance.exchange.personalisation_file import CardRecord
from dualcos.sqlitefile.durable_database import (
    DatabaseFault,
    DatabaseForm,
    DurableDatabase,
    empty_database,
    marks_in,
)
from dualcos.sqlitefile.sqlite_faults import in_words
from keys.custody.whole_file import write_whole

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
_REPORTS = """
CREATE TABLE IF NOT EXISTS report (
    side TEXT NOT NULL, batch TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (side, batch, name, digest)
);
"""
_FORM = DatabaseForm(_SCHEMA + _REPORTS, application=0x64756173, format=1)
_OTHERS_CHIPS = ("social", "bank")
_HOLDERS_CARDS = ("central", *_OTHERS_CHIPS)
"""Sides that make a card somebody's."""


class RegisterError(Exception):
    """The register cannot be used; says why. What it was to note is not in it."""


class _Claimed(RegisterError):
    """A row or a chip that is in the register already."""


class StockState(Enum):
    """Where a claimed card is. REJECTED: the row's data; SPOILED: the chip, its serial number is burnt."""

    CLAIMED = "CLAIMED"
    MADE = "MADE"
    REJECTED = "REJECTED"
    SPOILED = "SPOILED"


class RowClaim(NamedTuple):
    """A row bound to a chip. ``serial`` TA to TD of the ATR; ``rsa`` the number in the pool, None without.

    A rejected row holds no chip: where chips come from another hand, ``serial`` is then a negative number.
    """

    seq: int
    serial: int
    rsa: int | None
    state: StockState
    reason: str = ""
    outcome: str = ""
    person: str = ""
    batch: str = ""


class StockRegister(DurableDatabase):
    """An open register; use it in one process, by one thread at a time. A context manager.

    ``side``: what is done here, ``central``, ``chips``, ``social`` or ``bank``. A chip passes through several hands,
    and each claims it once.
    """

    def __init__(self, path: str | Path, side: str = "central") -> None:
        self.side = side
        # Several readers' threads may use it, one at a time.
        super().__init__(path, _FORM)
        try:
            self._ask(_REPORTS)
        except BaseException:
            self.close()
            raise

    def _make_or_demand(self, path: Path, form: DatabaseForm) -> None:
        with suppress(FileExistsError):
            if not path.exists():
                write_whole(path, empty_database(form))
        _demand_register(path)

    def _fault(self, fault: DatabaseFault) -> RegisterError:
        kind = _Claimed if fault.clash else RegisterError
        return kind(f"register {fault.path}: {fault.words}")

    @classmethod
    def existing(cls, path: str | Path, side: str = "central") -> Self:
        """A register that is there. Raises RegisterError."""
        if not Path(path).exists():
            raise RegisterError(f"register {path} does not exist; `dualcos personalise` makes one")
        return cls(path, side)

    def claims(self, batch: str) -> dict[int, RowClaim]:
        """The last word on every row of a batch that was claimed before, by sequence number."""
        return {claim.seq: claim for claim in self.history(batch)}

    def history(self, batch: str) -> tuple[RowClaim, ...]:
        """Every claim of a batch, spoiled chips too, in the order of claiming."""
        return self._claims("batch = ? ORDER BY rowid", batch)

    def row(self, batch: str, seq: int) -> RowClaim | None:
        """The last word on one row."""
        ((at,),) = self._ask(
            "SELECT max(rowid) FROM card WHERE side = ? AND batch = ? AND seq = ?", self.side, batch, seq
        )
        return next(iter(self._claims("rowid = ?", at)), None) if at else None

    def chip(self, serial: int) -> RowClaim | None:
        """What is known of one chip, of whatever batch."""
        return next(iter(self._claims("serial = ?", serial)), None)

    def knows(self, serial: int) -> bool:
        """True if a chip was given this number here, whatever was to be made of it."""
        return bool(self._ask("SELECT 1 FROM card WHERE serial = ?", serial))

    def note_report(self, batch: str, name: str, digest: str) -> None:
        """A report of a batch with this digest is going to be written; durable on return."""
        row = self.side, batch, name, digest
        with self.transaction():
            self._ask("INSERT OR IGNORE INTO report VALUES (?, ?, ?, ?)", *row)

    def wrote(self, batch: str, name: str, digest: str) -> bool:
        """True if a report of a batch had this digest."""
        found = "SELECT 1 FROM report WHERE side = ? AND batch = ? AND name = ? AND digest = ?"
        return bool(self._ask(found, self.side, batch, name, digest))

    def _claims(self, where: str, value: str | int) -> tuple[RowClaim, ...]:
        query = "SELECT seq, serial, rsa, state, reason, outcome, person, batch FROM card WHERE side = ? AND "
        rows = self._ask(query + where, self.side, value)
        return tuple(RowClaim(r[0], r[1], r[2], StockState(r[3]), r[4], r[5], r[6], r[7]) for r in rows)

    def claim(
        self, batch: str, records: Iterable[CardRecord], *, rsa_keys: int = 0, serial: int | None = None
    ) -> tuple[RowClaim, ...]:
        """Bind rows to fresh chips, or one row to the chip ``serial`` in hand; durable on return.

        ``rsa_keys``: how many the pool has, 0 for none wanted. A row whose number or account is on another card
        comes back REJECTED. A row that was rejected before is claimed again: its data may have been corrected.
        Raises RegisterError if the pool is empty.
        """
        with self.transaction():
            return tuple([self._one(batch, record, rsa_keys, serial) for record in records])

    def _one(self, batch: str, record: CardRecord, rsa_keys: int, serial: int | None) -> RowClaim:
        again = "side = ? AND batch = ? AND seq = ? AND state = 'REJECTED'"
        at = self.side, batch, record.seq
        before = self._ask(f"SELECT serial FROM card WHERE {again}", *at)  # noqa: S608 - constant
        self._ask(f"DELETE FROM card WHERE {again}", *at)  # noqa: S608 - constant
        if serial is None and before:
            ((serial,),) = before
        if serial is None:
            ((serial,),) = self._ask("SELECT coalesce(max(serial), 0) + 1 FROM card")
        rsa = None
        if rsa_keys:
            ((rsa,),) = self._ask("SELECT coalesce(max(rsa), -1) + 1 FROM card")
            if rsa >= rsa_keys:
                raise RegisterError(
                    f"the pool's {rsa_keys} RSA keys are used up; `dualcos keys pool` makes more, nothing was claimed"
                )
        account = f"{record.bank.pan}/{record.bank.psn}" if record.bank else ""
        clash = self._clash(record.paper.card_no, account, self.side)
        state = StockState.REJECTED if clash else StockState.CLAIMED
        row = (
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
        )
        try:
            self._ask("INSERT INTO card VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')", *row)
        except _Claimed:
            raise RegisterError(
                f"batch {batch} row {record.seq}, chip {serial:08X}: one of them is claimed already"
            ) from None
        return RowClaim(record.seq, serial, None if clash else rsa, state, clash)

    def _clash(self, card_no: str, account: str, *sides: str) -> str:
        """Why number or account is taken on one of ``sides``; empty if neither is."""
        any_side = ", ".join("?" for _ in sides)
        for column, value, what in (("card_no", card_no, "card number"), ("account", account, "account")):
            # That the value is not empty is said to SQLite, too: the index is over those.
            found = self._ask(
                f"SELECT batch, seq, state FROM card WHERE side IN ({any_side}) AND {column} = ? AND {column} != ''"  # noqa: S608 - two constant column names
                " AND state IN ('CLAIMED', 'MADE')",
                *sides,
                value,
            )
            if found:
                batch, seq, state = found[0]
                return f"ALREADY_MADE: the {what} is on card {seq} of batch {batch} ({state.lower()})"
        return ""

    def finish(self, serial: int, state: StockState, reason: str, outcome: str) -> None:
        """Note what became of a claimed card; durable on return. A rejected row's RSA key and chip are free again."""
        note = "UPDATE card SET state = ?, reason = ?, outcome = ?"
        if state is StockState.REJECTED:
            note += ", rsa = NULL"
            if self.side in _OTHERS_CHIPS:
                note += ", serial = (SELECT min(0, min(serial)) - 1 FROM card)"
        with self.transaction():
            self._ask(note + " WHERE side = ? AND serial = ?", state.value, reason, outcome, self.side, serial)

    def release(self, serial: int) -> None:
        """Forget a claim: its chip was never written to."""
        with self.transaction():
            self._ask("DELETE FROM card WHERE side = ? AND serial = ? AND state = 'CLAIMED'", self.side, serial)

    def write_off(self, serial: int) -> None:
        """A half-made chip is broken or lost: burnt, and its row gets another. Raises RegisterError."""
        claim = self.chip(serial)
        if claim is None or claim.state is not StockState.CLAIMED:
            known = "is not in the register" if claim is None else f"is {claim.state.value.lower()}"
            raise RegisterError(f"chip {serial:08X} {known}: only a half-made one is written off")
        self.finish(serial, StockState.SPOILED, "written off", "")

    def made_for(self, person: str, card_no: str, account: str) -> str:
        """Why matching must report ALREADY_MADE, whoever made it; empty if nothing stands against it."""
        clash = self._clash(card_no, account, *_HOLDERS_CARDS)
        query = "SELECT batch, seq FROM card WHERE side IN (?, ?, ?) AND person = ? AND state = 'MADE'"
        found = self._ask(query, *_HOLDERS_CARDS, person)
        return clash or (f"ALREADY_MADE: this person has card {found[0][1]} of batch {found[0][0]}" if found else "")


def _columns_unmarked(path: Path) -> frozenset[str]:
    # Immutable: SQLite takes no lock and makes no file beside it.
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
        return frozenset(name for (name,) in db.execute("SELECT name FROM pragma_table_info('card')"))


def _demand_register(path: Path) -> None:
    """Raise RegisterError if the file is none, or none of this format; it has only been read then."""
    try:
        marks = marks_in(path)
        if marks is None:
            raise RegisterError(f"{path} is no register of chips and cards")
        columns = frozenset[str]() if marks.application else _columns_unmarked(path)
    except OSError as error:
        raise RegisterError(f"register {path}: {error.strerror}") from None
    except sqlite3.Error as error:
        raise RegisterError(f"register {path}: {in_words(error)}") from None
    # The first registers had no mark; those of others may have a table of that name, hardly with these columns.
    ours = marks.application == _FORM.application or (
        not marks.application and {"side", "serial", "batch", "rsa"} <= columns
    )
    if not ours:
        raise RegisterError(f"{path} is no register of chips and cards")
    if marks.format != _FORM.format:
        raise RegisterError(f"register {path}: format {marks.format}, this program reads {_FORM.format}")
