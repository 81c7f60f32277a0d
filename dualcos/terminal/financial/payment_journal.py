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

import msgspec
from msgspec import structs

from dualcos.messages.acquirer_messages import AcquirerMessage, masked_account
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
from dualcos.terminal.financial.stored_request import StoredRequest, stored_request

PAYMENT_TABLES = """
CREATE TABLE payment (
    number INTEGER PRIMARY KEY, batch TEXT NOT NULL, voucher TEXT NOT NULL, state TEXT NOT NULL, told INTEGER NOT NULL,
    body BLOB NOT NULL, crc INTEGER NOT NULL
);
CREATE TABLE waiting (
    number INTEGER PRIMARY KEY, payment INTEGER NOT NULL REFERENCES payment, kind TEXT NOT NULL, state TEXT NOT NULL,
    tries INTEGER NOT NULL, request BLOB NOT NULL, code TEXT NOT NULL, crc INTEGER NOT NULL
);
CREATE INDEX payment_by_voucher ON payment (batch, voucher);
CREATE INDEX payment_by_state ON payment (state);
CREATE INDEX payment_by_told ON payment (told);
CREATE INDEX waiting_by_state ON waiting (state);
CREATE INDEX waiting_by_payment ON waiting (payment);
CREATE TABLE running (name TEXT PRIMARY KEY, last INTEGER NOT NULL, crc INTEGER NOT NULL);
"""
_FORM = DatabaseForm(SETTINGS_TABLE + PAYMENT_TABLES, application=0x64756670, format=2)
MOST_NUMBER = 999_999
_OF_BATCH = "batch = ? AND number > ?"
NOTHING: Mapping[str, object] = MappingProxyType({})
MOST_AHEAD = 1_000
"""So far in front of a terminal that has payments an acquirer's batch is believed to be."""
_SETTLING, _SLIP = "settling", "settlement slip"


_NOT_BACK = (
    "勿用旧备份；与收单行核对后换新文件",
    "no older copy knows what was paid since: compare with the acquirer, and begin with a new file",
)


class JournalFault(Exception):
    """The storage fails, or is not one; nothing was changed in it."""

    def __init__(self, path: str | Path, zh: str, en: str) -> None:
        self.zh, self.en = f"{path}：{zh}", f"{path}: {en}"
        super().__init__(f"{self.zh} {self.en}")


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
        PaymentState.AGREED: WaitingState.STANDING,
        PaymentState.PAYING: WaitingState.STANDING,
    }
)
"""What a reversal that stands by becomes where its payment gets there."""


class PaymentJournal(HeldDatabase):
    """An open journal; use it by one thread at a time. A context manager. While it is open, nobody else opens it.

    ``path``: made if there is nothing; ``IN_MEMORY`` for one that goes with the process. All methods raise
    JournalFault, and then nothing has changed in it. One that was copied back does not know what has happened since: it
    would give numbers again, and reverse what stands. ``within``: the open file of a terminal that has these tables
    among others.
    """

    def __init__(self, path: str | Path = IN_MEMORY, *, within: HeldDatabase | None = None) -> None:
        super().__init__(path, _FORM, ("payment", "waiting"), within)

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
        return JournalFault(self._path, f"文件损坏，{_NOT_BACK[0]}", f"it is damaged; {_NOT_BACK[1]}")

    def _opened(self) -> None:
        if not self._ask("SELECT 1 FROM running"):
            for name, first in (("stan", 0), ("batch", 1), ("counter", 0), ("before", 0)):
                self._ask("INSERT INTO running VALUES (?, ?, ?)", name, first, check_of(name, str(first)))

    def setting(self, name: str) -> str | None:
        """See ``HeldDatabase``; a damaged one is none."""
        stored = super().setting(name)
        if stored is None:
            return None
        value = stored.rpartition(" ")[0]
        if _checked(name, value) == stored:
            return value
        raise self._damaged()

    def put_setting(self, name: str, value: str) -> None:
        """See ``HeldDatabase``."""
        super().put_setting(name, _checked(name, value))

    # --- payments -----------------------------------------------------------------------------------------------------

    def begin(self, record: PaymentRecord, *waits: Waits) -> StoredPayment:
        """Store a new one in one of the first states, with its reversal or what else is to be sent for it."""
        if record.state not in FIRST_PAYMENT_STATES:
            raise ValueError(f"no payment begins {record.state.name}")
        with self.transaction():
            ((number,),) = self._ask("SELECT coalesce(max(number), 0) + 1 FROM payment")
            stored = StoredPayment(int(number), record)
            self._ask("INSERT INTO payment VALUES (?, ?, ?, ?, ?, ?, ?)", stored.number, *self._row(stored))
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
        """The newest one with that voucher number of a batch: batch numbers begin anew behind 999999."""
        found = self._payments(f"{_OF_BATCH} AND voucher = ?", *self._begun(batch), voucher)
        return found[-1] if found else None

    def last_number(self) -> int:
        """Of the newest payment, 0 if there is none."""
        ((number,),) = self._ask("SELECT coalesce(max(number), 0) FROM payment")
        return int(number)

    def behind(self, number: int) -> list[StoredPayment]:
        """Those that came behind that one, oldest first."""
        return self._payments("number > ?", number)

    def payments(self) -> list[StoredPayment]:
        """All of them, oldest first."""
        return self._payments("1")

    def of_batch(self, batch: str) -> list[StoredPayment]:
        """Those of one batch."""
        return self._payments(_OF_BATCH, *self._begun(batch))

    def spent_offline(self, pan: str, sequence: str) -> int:
        """Fen that this batch has of purchases which the terminal approved alone for that card (PBOC-6 §7.8.6)."""
        card = pan, int(sequence or 0)
        return sum(
            each.record.amount
            for each in self.of_batch(self.batch)
            if each.record.offline
            and each.record.state is PaymentState.APPROVED
            and (each.record.pan, int(each.record.sequence or 0)) == card
        )

    def count_in_batch(self) -> int:
        """How many payments this batch has."""
        ((count,),) = self._ask(f"SELECT count(*) FROM payment WHERE {_OF_BATCH}", *self._begun(self.batch))  # noqa: S608 - ours
        return int(count)

    def _begun(self, batch: str) -> tuple[str, int]:
        """What ``_OF_BATCH`` asks for: of the open one nothing that came before it."""
        return batch, self._last("before") if batch == self.batch else 0

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
        after = stored._replace(record=structs.replace(stored.record, **changes))
        changed = self._ask(
            "UPDATE payment SET batch = ?, voucher = ?, state = ?, told = ?, body = ?, crc = ?"
            " WHERE number = ? AND state = ? RETURNING number",
            *(*self._row(after), stored.number, stored.record.state.value),
        )
        if not changed:
            raise self._changed()
        return after

    def _row(self, stored: StoredPayment) -> tuple[str, str, str, int, bytes, int]:
        record = stored.record
        body = self._form(record, PaymentRecord)
        check = check_of(str(stored.number), body)
        return record.batch, record.voucher, record.state.value, int(record.told), body, check

    def _read(self, number: int, *row: Any) -> StoredPayment:  # noqa: ANN401 - columns of SQLite
        with suppress(msgspec.DecodeError, TypeError):
            read = StoredPayment(number, msgspec.json.decode(row[4], type=PaymentRecord))
            if self._row(read) == row:
                return read
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
        check = check_of(
            str(row.number), str(row.payment), row.kind.value, row.state.value, str(row.tries), body, row.code
        )
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
        self._set_last(name, self._last(name) + 1)
        return self._last(name)

    def _last(self, name: str) -> int:
        for last, check in self._ask("SELECT last, crc FROM running WHERE name = ?", name):
            if check == check_of(name, str(last)):
                return int(last)
        raise self._damaged()

    def _set_last(self, name: str, last: int) -> None:
        self._ask("UPDATE running SET last = ?, crc = ? WHERE name = ?", last, check_of(name, str(last)), name)

    @property
    def batch(self) -> str:
        """批次号, six digits."""
        return f"{self._last('batch'):06d}"

    def is_behind(self, batch: str) -> bool:
        """Whether the acquirer, which named its ``batch``, is in front of this terminal; nothing that is too far."""
        ahead = (int(batch) - int(self.batch)) % MOST_NUMBER
        return 0 < ahead <= (MOST_AHEAD if self.payment(1) else MOST_NUMBER // 2)

    def adopt_batch(self, batch: str) -> bool:
        """Go on with a batch number that the acquirer named; only where the own one is behind it, and nothing was done
        in the own one. False: it stays.
        """
        if not self.is_behind(batch) or self.count_in_batch():
            return False
        with self.transaction():
            self._begin_batch(int(batch))
        return True

    def _begin_batch(self, number: int) -> None:
        self._set_last("before", self.last_number())
        self._set_last("batch", number)

    @property
    def settling(self) -> bool:
        """批结算 has begun and is not ended: nothing else is done until it is."""
        return bool(self.setting(_SETTLING))

    def begin_settling(self) -> None:
        """From now on the batch is closed."""
        self.keep_setting(_SETTLING, self.batch)

    def end_settling(self, slip: tuple[str, ...] = ()) -> None:
        """The batch is settled: the next one begins, with numbers from 1, and its ``slip`` is to be printed; accounts
        are masked, for nothing of it is sent any more.
        """
        with self.transaction():
            for each in self.of_batch(self.batch):
                record = each.record
                self._put(each, pan=record.masked_pan, expiry="", account_to=masked_account(record.account_to))
                for sent in self.waiting_of(each.number):
                    self._change(sent, request=sent.request.without_account)
            self._begin_batch(int(self.batch) % MOST_NUMBER + 1)
            self._set_last("stan", 0)
            self.put_setting(_SETTLING, "")
            self.put_setting(_SLIP, "\n".join(slip))

    def untold_settlement(self) -> tuple[str, ...]:
        """Lines of a settlement slip that is not known to be on paper; empty if there is none."""
        return tuple((self.setting(_SLIP) or "").split("\n")) if self.setting(_SLIP) else ()

    def settlement_told(self) -> None:
        """It is on paper."""
        self.keep_setting(_SLIP, "")

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
            self._path, f"第{number}条{zh}损坏，{_NOT_BACK[0]}", f"{en} {number} is damaged; {_NOT_BACK[1]}"
        )


def _checked(name: str, value: str) -> str:
    return f"{value} {check_of(name, value)}"


def _led(record: PaymentRecord, event: PaymentEvent) -> PaymentState:
    state = PAYMENT_LEADS.get((record.state, event))
    if state is None:
        raise ValueError(f"{event.name} cannot come where a payment is {record.state.name}")
    return state
