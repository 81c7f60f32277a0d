"""存储: what a payment terminal must not forget when its power goes (PBOC-6 §5.1), in one SQLite file.

Guarantees: a change is on disk when the call returns, or nothing of it is; a payment's state changes only as
``PAYMENT_LEADS`` has it, and what is to be sent because of the change (a reversal, a report) is on disk with it; a
request leaves the terminal only after its reversal stands there; a number is never given twice in a batch; a damaged
row is never taken for a right one. No secret is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from zlib import crc32

import msgspec
from msgspec import Struct, structs

from dualcos.messages.acquirer_messages import SECRET_FIELDS, AcquirerMessage, FieldValue, masked_account
from dualcos.sqlitefile.checked_rows import Unstorable, check_of, stored_form
from dualcos.sqlitefile.durable_database import IN_MEMORY, DatabaseFault, DatabaseForm
from dualcos.sqlitefile.held_database import SETTINGS_TABLE, HeldDatabase
from dualcos.terminal.financial.payment_record import PaymentRecord
from dualcos.terminal.financial.payment_states import (
    FIRST_PAYMENT_STATES,
    PAYMENT_LEADS,
    PaymentEvent,
    PaymentState,
    WaitingKind,
    WaitingState,
)

_SCHEMA = """
CREATE TABLE payment (
    number INTEGER PRIMARY KEY, batch TEXT NOT NULL, voucher TEXT NOT NULL, state TEXT NOT NULL, told INTEGER NOT NULL,
    body BLOB NOT NULL, crc INTEGER NOT NULL, UNIQUE (batch, voucher)
);
CREATE TABLE waiting (
    number INTEGER PRIMARY KEY, payment INTEGER NOT NULL REFERENCES payment, kind TEXT NOT NULL, state TEXT NOT NULL,
    tries INTEGER NOT NULL, request BLOB NOT NULL, code TEXT NOT NULL, crc INTEGER NOT NULL
);
CREATE INDEX payment_by_state ON payment (state);
CREATE INDEX payment_by_told ON payment (told);
CREATE INDEX waiting_by_state ON waiting (state);
CREATE INDEX waiting_by_payment ON waiting (payment);
CREATE TABLE running (name TEXT PRIMARY KEY, last INTEGER NOT NULL);
INSERT INTO running VALUES ('stan', 0), ('batch', 1), ('counter', 0);
"""
_FORM = DatabaseForm(SETTINGS_TABLE + _SCHEMA, application=0x64756670, format=1)
MOST_NUMBER = 999_999
NOTHING: Mapping[str, object] = MappingProxyType({})
_MAC_FIELDS = frozenset({64, 128})
_ACCOUNT = 2
_SETTLING = "settling"


class JournalFault(Exception):
    """The storage fails, or is not one; nothing was changed."""

    def __init__(self, path: str | Path, zh: str, en: str) -> None:
        self.zh, self.en = f"{path}：{zh}", f"{path}: {en}"
        super().__init__(f"{self.zh} {self.en}")


class StoredRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A message that waits, without MAC and without what no storage may have; binary fields in hex."""

    mti: str
    texts: dict[int, str]
    raw: dict[int, str]

    @property
    def message(self) -> AcquirerMessage:
        """As it is sent, but for the MAC."""
        fields: dict[int, FieldValue] = {**self.texts, **{at: bytes.fromhex(each) for at, each in self.raw.items()}}
        return AcquirerMessage(self.mti, fields)


def stored_request(message: AcquirerMessage) -> StoredRequest:
    """A message to be sent later. Raises ValueError for one with a track, a PIN or a key."""
    if found := SECRET_FIELDS & set(message.fields):
        raise ValueError(f"no storage may have field {min(found)}")
    kept = {at: each for at, each in message.fields.items() if at not in _MAC_FIELDS}
    texts = {at: each for at, each in kept.items() if isinstance(each, str)}
    return StoredRequest(message.mti, texts, {at: each.hex() for at, each in kept.items() if isinstance(each, bytes)})


class Waits(NamedTuple):
    """Something to be sent, not stored yet."""

    kind: WaitingKind
    request: AcquirerMessage
    state: WaitingState = WaitingState.WAITING


class StoredPayment(NamedTuple):
    """A payment and its number in the journal, from 1."""

    number: int
    record: PaymentRecord


class StoredWaiting(NamedTuple):
    """What waits. ``number``: their order; ``payment``: whose it is; ``code``: field 39 of its answer."""

    number: int
    payment: int
    kind: WaitingKind
    state: WaitingState
    tries: int
    request: StoredRequest
    code: str


_REVERSAL_BECOMES: Mapping[PaymentState, WaitingState] = MappingProxyType(
    {
        PaymentState.APPROVED: WaitingState.CLEARED,
        PaymentState.DECLINED: WaitingState.CLEARED,
        PaymentState.NOT_SENT: WaitingState.CLEARED,
        PaymentState.REVERSING: WaitingState.WAITING,
    }
)
"""What a reversal that stands by becomes where its payment gets there."""


class PaymentJournal(HeldDatabase):
    """An open journal; use it by one thread at a time. A context manager. While it is open, nobody else opens it.

    ``path``: made if there is nothing; ``IN_MEMORY`` for one that goes with the process. All methods raise
    JournalFault, and then nothing has changed.
    """

    def __init__(self, path: str | Path = IN_MEMORY) -> None:
        super().__init__(path, _FORM, ("payment", "waiting"))

    def _fault(self, fault: DatabaseFault) -> JournalFault:
        if fault.words:
            return JournalFault(fault.path, fault.words, fault.words)
        if fault.format is None:
            return JournalFault(
                fault.path, "不是金融终端存储文件，请另选文件名", "it is no payment journal; name another file"
            )
        said = f"a payment journal of format {fault.format}, this program reads {_FORM.format}"
        return JournalFault(fault.path, f"存储格式{fault.format}", said)

    def _damaged(self) -> JournalFault:
        return JournalFault(self._path, "文件损坏，请从备份恢复", "it is damaged; restore a copy")

    # --- payments -----------------------------------------------------------------------------------------------------

    def begin(self, record: PaymentRecord, *waits: Waits) -> StoredPayment:
        """Store a new one in one of the first states, with its reversal or what else is to be sent for it."""
        if record.state not in FIRST_PAYMENT_STATES:
            raise ValueError(f"no payment begins {record.state.name}")
        with self.transaction():
            ((number,),) = self._ask("SELECT coalesce(max(number), 0) + 1 FROM payment")
            stored = StoredPayment(int(number), record)
            self._ask("INSERT INTO payment VALUES (?, ?, ?, ?, ?, ?, ?)", stored.number, *self._row(record))
            self._add(stored, waits)
        return stored

    def step(
        self,
        stored: StoredPayment,
        event: PaymentEvent,
        *waits: Waits,
        reversal: AcquirerMessage | None = None,
        voids: StoredPayment | None = None,
        **changes: object,
    ) -> StoredPayment:
        """The payment after ``event``, with other ``changes`` of its fields, and what is to be sent because of it. The
        reversal that stands by is cleared or waits from now on, as ``reversal`` if that is given; ``voids``: the
        payment that is voided by this. Raises ValueError for an event that cannot come in its state, JournalFault also
        if the payment was changed since.
        """
        state = _led(stored.record, event)
        with self.transaction():
            after = self._put(stored, state=state, **changes)
            if (becomes := _REVERSAL_BECOMES.get(state)) is not None:
                for each in self._standing(stored.number):
                    request = each.request if reversal is None else stored_request(reversal)
                    self._change(each, state=becomes, request=request)
            if voids is not None:
                self._put(voids, state=_led(voids.record, PaymentEvent.VOIDED))
            self._add(after, waits)
        return after

    def amend(self, stored: StoredPayment, *waits: Waits, **changes: object) -> StoredPayment:
        """The payment with other fields, in the same state, and more to be sent for it."""
        with self.transaction():
            after = self._put(stored, **changes)
            self._add(after, waits)
        return after

    def payment(self, number: int) -> StoredPayment | None:
        """The one with that number in the journal."""
        return next(iter(self._payments("number = ?", number)), None)

    def of_voucher(self, batch: str, voucher: str) -> StoredPayment | None:
        """The one with that voucher number of a batch."""
        return next(iter(self._payments("batch = ? AND voucher = ?", batch, voucher)), None)

    def payments(self) -> list[StoredPayment]:
        """All of them, oldest first."""
        return self._payments("1")

    def of_batch(self, batch: str) -> list[StoredPayment]:
        """Those of one batch."""
        return self._payments("batch = ?", batch)

    def count_in_batch(self) -> int:
        """How many payments this batch has."""
        ((count,),) = self._ask("SELECT count(*) FROM payment WHERE batch = ?", self.batch)
        return int(count)

    def in_state(self, *states: PaymentState) -> list[StoredPayment]:
        """Those that stand there, oldest first."""
        marks = ", ".join("?" * len(states))
        return self._payments(f"state IN ({marks})", *(each.value for each in states))

    def untold(self) -> list[StoredPayment]:
        """Those whose slip nobody has, oldest first."""
        return self._payments("told = 0")

    def _payments(self, which: str, *values: object) -> list[StoredPayment]:
        rows = self._ask(f"SELECT * FROM payment WHERE {which} ORDER BY number", *values)  # noqa: S608 - ours
        return [self._read(*row) for row in rows]

    def _put(self, stored: StoredPayment, **changes: object) -> StoredPayment:
        record = structs.replace(stored.record, **changes)
        changed = self._ask(
            "UPDATE payment SET batch = ?, voucher = ?, state = ?, told = ?, body = ?, crc = ?"
            " WHERE number = ? AND state = ? RETURNING number",
            *(*self._row(record), stored.number, stored.record.state.value),
        )
        if not changed:
            raise self._changed()
        return stored._replace(record=record)

    def _row(self, record: PaymentRecord) -> tuple[str, str, str, int, bytes, int]:
        body = self._form(record, PaymentRecord)
        return record.batch, record.voucher, record.state.value, int(record.told), body, crc32(body)

    def _read(self, number: int, *row: Any) -> StoredPayment:  # noqa: ANN401 - columns of SQLite
        with suppress(msgspec.DecodeError, TypeError):
            record = msgspec.json.decode(row[4], type=PaymentRecord)
            if self._row(record) == row:
                return StoredPayment(number, record)
        raise self._damaged_row("payment", "交易", number)

    # --- what waits to be sent ----------------------------------------------------------------------------------------

    def waiting(self) -> list[StoredWaiting]:
        """What is to be sent, in this order."""
        return self._waiting("state = ?", WaitingState.WAITING.value)

    def waiting_of(self, payment: int) -> list[StoredWaiting]:
        """Everything that was, is, or may be to be sent for that payment."""
        return self._waiting("payment = ?", payment)

    def left_to_a_person(self, tries: int | None = None) -> list[StoredWaiting]:
        """What is not sent any more though nobody took it, and what waits still after so many ``tries``."""
        states = WaitingState.MANUAL.value, WaitingState.WAITING.value
        found = self._waiting("state IN (?, ?)", *states)
        waits = WaitingState.WAITING
        return [each for each in found if each.state is not waits or (tries is not None and each.tries >= tries)]

    def tried(self, waits: StoredWaiting, times: int = 1) -> StoredWaiting:
        """It is about to be sent once more; -1: it did not leave the terminal."""
        with self.transaction():
            return self._change(waits, tries=waits.tries + times)

    def sent_again(self, waits: StoredWaiting, event: PaymentEvent | None) -> StoredPayment:
        """What was left to a person waits again; what ``event`` that is for its payment."""
        (found,) = self._payments("number = ?", waits.payment)
        with self.transaction():
            self._change(waits, state=WaitingState.WAITING, code="")
            after = found.record.state if event is None else _led(found.record, event)
            return self._put(found, state=after, note=("", ""))

    def ended(
        self,
        waits: StoredWaiting,
        state: WaitingState,
        code: str,
        event: PaymentEvent | None = None,
        heard: Mapping[str, object] = NOTHING,
    ) -> StoredPayment:
        """It was answered with ``code``, or is left to a person; what ``event`` that is for its payment, and what else
        was ``heard`` of it.
        """
        (found,) = self._payments("number = ?", waits.payment)
        with self.transaction():
            self._change(waits, state=state, code=code)
            after = found.record.state if event is None else _led(found.record, event)
            told = found.record.told and event is None
            return self._put(found, **{**heard, "state": after, "told": told})

    def _add(self, stored: StoredPayment, waits: Iterable[Waits]) -> None:
        for each in waits:
            ((number,),) = self._ask("SELECT coalesce(max(number), 0) + 1 FROM waiting")
            row = StoredWaiting(
                int(number), stored.number, each.kind, each.state, 0, stored_request(each.request), code=""
            )
            self._ask("INSERT INTO waiting VALUES (?, ?, ?, ?, ?, ?, ?, ?)", *self._waiting_row(row))

    def _standing(self, payment: int) -> list[StoredWaiting]:
        return self._waiting("payment = ? AND state = ?", payment, WaitingState.STANDING.value)

    def _change(self, waits: StoredWaiting, **changes: Any) -> StoredWaiting:  # noqa: ANN401 - of several kinds
        after = waits._replace(**changes)
        changed = self._ask(
            "UPDATE waiting SET payment = ?, kind = ?, state = ?, tries = ?, request = ?, code = ?, crc = ?"
            " WHERE number = ? AND state = ? AND tries = ? RETURNING number",
            *(*self._waiting_row(after)[1:], waits.number, waits.state.value, waits.tries),
        )
        if not changed:
            raise self._changed()
        return after

    def _waiting_row(self, row: StoredWaiting) -> tuple[int, int, str, str, int, bytes, str, int]:
        body = self._form(row.request, StoredRequest)
        check = check_of(str(row.payment), row.kind.value, row.state.value, str(row.tries), body, row.code)
        return row.number, row.payment, row.kind.value, row.state.value, row.tries, body, row.code, check

    def _waiting(self, which: str, *values: object) -> list[StoredWaiting]:
        rows = self._ask(f"SELECT * FROM waiting WHERE {which} ORDER BY number", *values)  # noqa: S608 - ours
        return [self._read_waiting(row) for row in rows]

    def _read_waiting(self, row: tuple[Any, ...]) -> StoredWaiting:
        number, payment, kind, state, tries, body, code, _ = row
        with suppress(msgspec.DecodeError, TypeError, ValueError):
            request = msgspec.json.decode(body, type=StoredRequest)
            read = StoredWaiting(number, payment, WaitingKind(kind), WaitingState(state), tries, request, code)
            if self._waiting_row(read) == row:
                return read
        raise self._damaged_row("message", "待发报文", number)

    # --- numbers, batch -----------------------------------------------------------------------------------------------

    def next_stan(self) -> str:
        """终端流水号, which is the voucher number, too: on disk before it is told, and not again in this batch. Raises
        JournalFault where a batch has used all of them.
        """
        with self.transaction():
            number = self._next("stan")
            if number > MOST_NUMBER:
                raise JournalFault(self._path, "流水号已用完，请先结算", "all numbers are used; settle the batch first")
            return f"{number:06d}"

    def next_counter(self) -> int:
        """9F41."""
        with self.transaction():
            return self._next("counter")

    def _next(self, name: str) -> int:
        ((last,),) = self._ask("UPDATE running SET last = last + 1 WHERE name = ? RETURNING last", name)
        return int(last)

    @property
    def batch(self) -> str:
        """批次号, six digits."""
        ((last,),) = self._ask("SELECT last FROM running WHERE name = 'batch'")
        return f"{last:06d}"

    def adopt_batch(self, batch: str) -> bool:
        """Go on with a batch number that the acquirer named; only where it is behind the own one and nothing was done
        in the own one. False: it stays.
        """
        if int(batch) <= int(self.batch) or self.of_batch(self.batch):
            return False
        with self.transaction():
            self._ask("UPDATE running SET last = ? WHERE name = 'batch'", int(batch))
        return True

    @property
    def settling(self) -> bool:
        """批结算 has begun and is not ended: nothing else is done until it is."""
        return bool(self.setting(_SETTLING))

    def begin_settling(self) -> None:
        """From now on the batch is closed."""
        self.keep_setting(_SETTLING, self.batch)

    def end_settling(self) -> None:
        """The batch is settled: the next one begins, with numbers from 1; account numbers are masked where nothing
        waits that needs them.
        """
        with self.transaction():
            for each in self.of_batch(self.batch):
                self._put(each, pan=each.record.masked_pan)
                self._mask_sent(each.number)
            ((last,),) = self._ask("SELECT last FROM running WHERE name = 'batch'")
            self._ask("UPDATE running SET last = ? WHERE name = 'batch'", last % MOST_NUMBER + 1)
            self._ask("UPDATE running SET last = 0 WHERE name = 'stan'")
            self.put_setting(_SETTLING, "")

    def _mask_sent(self, payment: int) -> None:
        for each in self.waiting_of(payment):
            if each.state in (WaitingState.ANSWERED, WaitingState.CLEARED):
                texts = {
                    at: masked_account(text) if at == _ACCOUNT else text for at, text in each.request.texts.items()
                }
                self._change(each, request=structs.replace(each.request, texts=texts))

    # --- faults -------------------------------------------------------------------------------------------------------

    def _form(self, wanted: object, kind: type) -> bytes:
        try:
            return stored_form(wanted, kind)
        except Unstorable:
            said = "数据不合格式，未存储", "the data are malformed, nothing was stored"
            raise JournalFault(self._path, *said) from None

    def _changed(self) -> JournalFault:
        return JournalFault(self._path, "记录已被改动，请重新开始", "the record was changed meanwhile; begin again")

    def _damaged_row(self, en: str, zh: str, number: int) -> JournalFault:
        return JournalFault(
            self._path, f"第{number}条{zh}损坏，请从备份恢复", f"{en} {number} is damaged; restore a copy"
        )


def _led(record: PaymentRecord, event: PaymentEvent) -> PaymentState:
    state = PAYMENT_LEADS.get((record.state, event))
    if state is None:
        raise ValueError(f"{event.name} cannot come where a payment is {record.state.name}")
    return state
