"""存储: what a social terminal must not forget when its power goes (SSC-8 §6.4.1.1), in one SQLite file.

Guarantees: a change is on disk when the call returns, or nothing of it is (write-ahead log, synchronous FULL); a
running number is never given twice, and one of a storage that was lost or copied back hardly ever: where they begin,
and how far they skip when one was used, is by chance (inferred: no standard says how they are counted); a transaction's
state changes only as ``medical_record_states.LEADS`` has it, and the report that belongs to the change is on disk with
it; a damaged row is never taken for a right one, and what could not be read back is never written. No secret is in it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from zlib import crc32

import msgspec
from msgspec import structs

from dualcos.messages.social_services import Answer, LoadReported, SettlementGivenUp, SettlementReported
from dualcos.sqlitefile.checked_rows import Unstorable, check_of, stored_form
from dualcos.sqlitefile.durable_database import IN_MEMORY, DatabaseFault, DatabaseForm
from dualcos.sqlitefile.held_database import SETTINGS_TABLE, HeldDatabase
from dualcos.terminal.social.medical_record_states import FIRST_STATES, LEADS, RecordEvent, UploadState
from dualcos.terminal.social.medical_records import MedicalRecord
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped

SOCIAL_TABLES = """
CREATE TABLE record (
    number INTEGER PRIMARY KEY, open INTEGER NOT NULL, state TEXT NOT NULL, body BLOB NOT NULL, crc INTEGER NOT NULL
);
CREATE TABLE upload (
    number INTEGER PRIMARY KEY, record INTEGER NOT NULL REFERENCES record, state TEXT NOT NULL,
    request BLOB NOT NULL, answer BLOB NOT NULL, crc INTEGER NOT NULL
);
CREATE INDEX record_by_open ON record (open);
CREATE INDEX upload_by_state ON upload (state);
CREATE INDEX upload_by_record ON upload (record);
CREATE TABLE request_number (last INTEGER NOT NULL);
INSERT INTO request_number VALUES (0);
"""
"""Tables and indexes of a social terminal; none is called as one of a payment terminal."""
_CHANCE = random.SystemRandom()
_FAR = 1 << 40
"""So far apart numbers begin and skip: a terminal gives some thousands a day, and there are 2^63."""
_FORM = DatabaseForm(
    SETTINGS_TABLE + SOCIAL_TABLES,
    application=0x6475736A,
    format=2,
    upgrades=MappingProxyType({1: "ALTER TABLE running RENAME TO request_number"}),
)
Reported = LoadReported | SettlementReported | SettlementGivenUp
Report = Callable[[MedicalRecord, int], Reported]
"""Makes what is reported of a record; the running number is given."""


class StoredRecord(NamedTuple):
    """A record and its number in the journal, from 1."""

    number: int
    record: MedicalRecord


class StoredUpload(NamedTuple):
    """A report to the back end. ``number``: their order; ``record``: whose it is; ``answer``: None while it waits."""

    number: int
    record: int
    state: UploadState
    request: Reported
    answer: Answer | None


class TerminalJournal(HeldDatabase):
    """An open journal; use it by one thread at a time. A context manager. While it is open, nobody else opens it.

    ``path``: made if there is nothing; ``IN_MEMORY`` for one that goes with the process. ``chance``: a number from 0
    below the one that is given, another each time. ``within``: the open file of a terminal that has these tables among
    others. All methods raise TerminalStopped with ``StopCause.STORAGE``, and
    then nothing has changed.
    """

    def __init__(
        self,
        path: str | Path = IN_MEMORY,
        chance: Callable[[int], int] = _CHANCE.randrange,
        *,
        within: HeldDatabase | None = None,
    ) -> None:
        self._chance, self._mend = chance, _COPY if within is None else _NO_COPY
        super().__init__(path, _FORM, ("record", "upload"), within)

    def _opened(self) -> None:
        if self._ask("SELECT last FROM request_number") == [(0,)]:
            self._ask("UPDATE request_number SET last = ?", self._chance(_FAR))

    def _fault(self, fault: DatabaseFault) -> TerminalStopped:
        if fault.words:
            return _storage(fault.path, fault.words, fault.words)
        if fault.format is None:
            return _storage(
                fault.path, "不是终端存储文件，请另选文件名", "it is no terminal's journal; name another file"
            )
        found = fault.format
        return _storage(
            fault.path, f"存储格式{found}", f"a journal of format {found}, this program reads {_FORM.format}"
        )

    def _damaged(self) -> TerminalStopped:
        return _storage(self._path, f"文件损坏，{self._mend[0]}", f"it is damaged; {self._mend[1]}")

    # --- transactions with cards -------------------------------------------------------------------------------------

    def begin(self, record: MedicalRecord) -> StoredRecord:
        """Store a new one, in one of the first states."""
        if record.state not in FIRST_STATES:
            raise ValueError(f"no transaction begins {record.state.name}")
        with self.transaction():
            ((number,),) = self._ask("SELECT coalesce(max(number), 0) + 1 FROM record")
            self._ask("INSERT INTO record VALUES (?, ?, ?, ?, ?)", number, *_row(record))
        return StoredRecord(int(number), record)

    def step(
        self, stored: StoredRecord, event: RecordEvent, report: Report | None = None, **changes: object
    ) -> StoredRecord:
        """The record after ``event``, with other ``changes`` of its fields, and what is to be reported of it. Raises
        ValueError for an event that cannot come in its state, TerminalStopped also if the record was changed since.
        """
        state = LEADS.get((stored.record.state, event))
        if state is None:
            raise ValueError(f"{event.name} cannot come where a transaction is {stored.record.state.name}")
        with self.transaction():
            after = self._put(stored, state=state, **changes)
            if report is not None:
                request = _encoded(report(after.record, self._next_running()), Reported)
                ((number,),) = self._ask("SELECT coalesce(max(number), 0) + 1 FROM upload")
                waiting = UploadState.WAITING.value
                self._ask(
                    "INSERT INTO upload VALUES (?, ?, ?, ?, ?, ?)",
                    *(number, stored.number, waiting, request, b"", check_of(waiting, request, b"")),
                )
        return after

    def amend(self, stored: StoredRecord, **changes: object) -> StoredRecord:
        """The record with other fields, in the same state."""
        with self.transaction():
            return self._put(stored, **changes)

    def _put(self, stored: StoredRecord, **changes: object) -> StoredRecord:
        record = structs.replace(stored.record, **changes)
        changed = self._ask(
            "UPDATE record SET open = ?, state = ?, body = ?, crc = ? WHERE number = ? AND state = ? RETURNING number",
            *(*_row(record), stored.number, stored.record.state.value),
        )
        if not changed:
            raise _storage(self._path, *_CHANGED)
        return stored._replace(record=record)

    def records(self) -> list[StoredRecord]:
        """All of them, oldest first."""
        return [self._read(*row) for row in self._ask("SELECT * FROM record ORDER BY number")]

    def open_records(self) -> list[StoredRecord]:
        """Those that are not at their end (``MedicalRecord.is_open``), oldest first."""
        return [self._read(*row) for row in self._ask("SELECT * FROM record WHERE open = 1 ORDER BY number")]

    def last_number(self) -> int:
        """Of the newest record, 0 if there is none."""
        ((number,),) = self._ask("SELECT coalesce(max(number), 0) FROM record")
        return int(number)

    def record(self, number: int) -> StoredRecord | None:
        """The one with that number."""
        rows = self._ask("SELECT * FROM record WHERE number = ?", number)
        return self._read(*rows[0]) if rows else None

    def _read(self, number: int, is_open: int, state: str, body: bytes, crc: int) -> StoredRecord:
        with suppress(msgspec.DecodeError, TypeError):
            record = msgspec.json.decode(body, type=MedicalRecord)
            if (int(record.is_open), record.state.value, crc32(body)) == (is_open, state, crc):
                return StoredRecord(number, record)
        raise self._damaged_row("记录", "record", number)

    # --- reports -----------------------------------------------------------------------------------------------------

    def waiting(self) -> list[StoredUpload]:
        """Reports that are to be sent, in this order."""
        rows = self._ask("SELECT * FROM upload WHERE state = ? ORDER BY number", UploadState.WAITING.value)
        return [self._read_upload(*row) for row in rows]

    def uploads_of(self, record: int) -> list[StoredUpload]:
        """All reports of that record, in their order."""
        rows = self._ask("SELECT * FROM upload WHERE record = ? ORDER BY number", record)
        return [self._read_upload(*row) for row in rows]

    def answered(
        self, upload: StoredUpload, state: UploadState, answer: Answer, event: RecordEvent | None = None
    ) -> None:
        """What the back end said to it, and what ``event`` that is for its record, if it can come in its state."""
        stored = self.record(upload.record) if event is not None else None
        request, body = _encoded(upload.request, Reported), _encoded(answer, Answer)
        with self.transaction():
            changed = self._ask(
                "UPDATE upload SET state = ?, answer = ?, crc = ? WHERE number = ? AND state = ? RETURNING number",
                *(state.value, body, check_of(state.value, request, body), upload.number, upload.state.value),
            )
            if not changed:
                raise _storage(self._path, *_CHANGED)
            after = LEADS.get((stored.record.state, event)) if stored is not None and event is not None else None
            if stored is not None and after is not None:
                self._put(stored, state=after)

    def _read_upload(
        self, number: int, record: int, state: str, request: bytes, answer: bytes, crc: int
    ) -> StoredUpload:
        try:
            if crc == check_of(state, request, answer):
                told = msgspec.json.decode(answer, type=Answer) if answer else None
                asked = msgspec.json.decode(request, type=Reported)
                return StoredUpload(number, record, UploadState(state), asked, told)
        except (msgspec.DecodeError, TypeError, ValueError):
            pass
        raise self._damaged_row("上传", "upload", number)

    def _damaged_row(self, zh: str, en: str, number: int) -> TerminalStopped:
        return _storage(
            self._path, f"第{number}条{zh}损坏，{self._mend[0]}", f"{en} {number} is damaged; {self._mend[1]}"
        )

    # --- numbers ---------------------------------------------------------------------------------------------------

    def next_running(self) -> int:
        """The number of the next request to the back end; this one is on disk before it is told, and never again."""
        with self.transaction():
            return self._next_running()

    def skip_running(self) -> None:
        """The back end has met the last number before: this is a copy of an older storage. The next are far from it."""
        with self.transaction():
            self._ask("UPDATE request_number SET last = last + ?", self._chance(_FAR))

    def renumbered(self, upload: StoredUpload) -> StoredUpload:
        """The report under a number that the back end has not met, waiting as before."""
        with self.transaction():
            request = structs.replace(upload.request, running=self._next_running())
            body = _encoded(request, Reported)
            changed = self._ask(
                "UPDATE upload SET request = ?, crc = ? WHERE number = ? AND state = ? RETURNING number",
                *(body, check_of(upload.state.value, body, b""), upload.number, UploadState.WAITING.value),
            )
            if not changed:
                raise _storage(self._path, *_CHANGED)
        return upload._replace(request=request)

    def _next_running(self) -> int:
        ((last,),) = self._ask("UPDATE request_number SET last = last + 1 RETURNING last")
        return int(last)


_COPY = "请从备份恢复", "restore a copy"
_NO_COPY = "勿用旧备份", "no older copy knows what was paid since"
"""What lies beside payments is not to be had from a copy."""
_CHANGED = "记录已被改动，请重新开始", "the record was changed meanwhile; begin again"


def _row(record: MedicalRecord) -> tuple[int, str, bytes, int]:
    """Everything of a record's row but its number."""
    body = _encoded(record, MedicalRecord)
    return int(record.is_open), record.state.value, body, crc32(body)


def _encoded(wanted: object, kind: Any) -> bytes:  # noqa: ANN401 - a union is no type to a checker
    """As it is stored. Raises TerminalStopped for what would not be read back."""
    try:
        return stored_form(wanted, kind)
    except Unstorable:
        said = "数据不合格式，未存储", "the data are malformed, nothing was stored"
        raise TerminalStopped(StopCause.STORAGE, detail=said) from None


def _storage(path: str | Path, zh: str, en: str) -> TerminalStopped:
    return TerminalStopped(StopCause.STORAGE, detail=(f"{path}：{zh}", f"{path}: {en}"))
