"""存储 of a full-function terminal: settlements, payments, and the bills that join them, in one SQLite file.

Guarantees: as ``TerminalJournal`` and ``PaymentJournal``, which both are in it; a bill's state changes only as
``BILL_LEADS`` has it; what belongs together is on disk together, or not at all. No secret is in it.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import structs

from dualcos.messages.social_services import ReadCard
from dualcos.sqlitefile.checked_rows import Unstorable, check_of, stored_form
from dualcos.sqlitefile.durable_database import IN_MEMORY, DatabaseFault, DatabaseForm
from dualcos.sqlitefile.held_database import SETTINGS_TABLE, HeldDatabase
from dualcos.terminal.financial.payment_journal import PAYMENT_TABLES, JournalFault, PaymentJournal
from dualcos.terminal.financial.payment_states import PaymentState
from dualcos.terminal.full.bill_record import Bill
from dualcos.terminal.full.bill_states import BILL_LEADS, FIRST_BILL_STATES, BillEvent, BillState
from dualcos.terminal.social.medical_record_states import RecordState
from dualcos.terminal.social.terminal_journal import SOCIAL_TABLES, TerminalJournal

_BILLS = """
CREATE TABLE bill (
    number INTEGER PRIMARY KEY, state TEXT NOT NULL, record INTEGER NOT NULL, payment INTEGER NOT NULL,
    premium TEXT NOT NULL, told INTEGER NOT NULL, unsaid INTEGER NOT NULL, body BLOB NOT NULL, crc INTEGER NOT NULL
);
CREATE INDEX bill_by_state ON bill (state, payment);
CREATE INDEX bill_by_told ON bill (told);
CREATE INDEX bill_by_unsaid ON bill (unsaid);
CREATE INDEX bill_by_record ON bill (record);
CREATE INDEX bill_by_premium ON bill (premium);
CREATE INDEX record_by_state ON record (state);
"""
_FORM = DatabaseForm(SETTINGS_TABLE + SOCIAL_TABLES + PAYMENT_TABLES + _BILLS, application=0x64756662, format=1)


class StoredBill(NamedTuple):
    """A bill and its number in the journal, from 1."""

    number: int
    bill: Bill


class FullJournal(HeldDatabase):
    """An open journal; use it by one thread at a time. A context manager. While it is open, nobody else opens it.

    ``path``: made if there is nothing; ``IN_MEMORY`` for one that goes with the process. ``social``, ``payments``: the
    journals of the two halves, of this file. All methods raise JournalFault, and then nothing has changed in it.
    Opening it raises TerminalStopped with ``StopCause.STORAGE`` where it is the social half that cannot be had.
    """

    def __init__(self, path: str | Path = IN_MEMORY) -> None:
        super().__init__(path, _FORM, ("bill",))
        try:
            self.social = TerminalJournal(within=self)
            self.payments = PaymentJournal(within=self)
        except BaseException:
            self.close()
            raise

    def _fault(self, fault: DatabaseFault) -> JournalFault:
        if fault.words:
            return JournalFault(fault.path, fault.words, fault.words)
        if fault.format is None:
            return JournalFault(
                fault.path,
                "不是全业务终端存储文件，请另选文件名",
                "it is no journal of a full-function terminal; name another file",
            )
        said = f"a full-function terminal's journal of format {fault.format}, this program reads {_FORM.format}"
        return JournalFault(fault.path, f"存储格式{fault.format}", said)

    def _damaged(self) -> JournalFault:
        return JournalFault(
            self._path, "文件损坏，勿用旧备份", "it is damaged; no older copy knows what was paid since"
        )

    # --- bills --------------------------------------------------------------------------------------------------------

    def begin(self, bill: Bill) -> StoredBill:
        """Store a new one in one of the first states."""
        if bill.state not in FIRST_BILL_STATES:
            raise ValueError(f"no bill begins {bill.state.name}")
        with self.transaction():
            ((number,),) = self._ask("SELECT coalesce(max(number), 0) + 1 FROM bill")
            stored = StoredBill(int(number), bill)
            self._ask("INSERT INTO bill VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", stored.number, *self._row(stored))
        return stored

    def step(self, stored: StoredBill, event: BillEvent, **changes: object) -> StoredBill:
        """The bill after ``event``, with other ``changes`` of its fields; whoever stands there has to hear of it.
        Raises ValueError for an event that cannot come in its state, JournalFault also if the bill was changed since.
        """
        state = BILL_LEADS.get((stored.bill.state, event))
        if state is None:
            raise ValueError(f"{event.name} cannot come where a bill is {stored.bill.state.name}")
        return self._put(stored, **{"told": False, **changes, "state": state})

    def amend(self, stored: StoredBill, **changes: object) -> StoredBill:
        """The bill with other fields, in the same state."""
        return self._put(stored, **changes)

    def bill(self, number: int) -> StoredBill | None:
        """The one with that number."""
        return next(iter(self._bills("number = ?", number)), None)

    def bills(self) -> list[StoredBill]:
        """All of them, oldest first."""
        return self._bills("1")

    def in_state(self, *states: BillState) -> list[StoredBill]:
        """Those that stand there, oldest first."""
        marks = ", ".join("?" * len(states))
        return self._bills(f"state IN ({marks})", *(each.value for each in states))

    def of_card(self, card: ReadCard, *states: BillState) -> list[StoredBill]:
        """Those of one card that stand there, oldest first."""
        return [each for each in self.in_state(*states) if each.bill.of_card(card)]

    def untold(self) -> list[StoredBill]:
        """Those whose slip nobody has, oldest first."""
        return self._bills("told = 0")

    def unsaid(self) -> list[StoredBill]:
        """Those of which the back end is still to be told or asked something, or the bank to take the refund."""
        return self._bills("unsaid = 1")

    def paid_and_voided(self) -> list[StoredBill]:
        """Those that stand as paid by a payment that was voided since."""
        return self._paid_by(PaymentState.VOIDED)

    def paid_and_not_taken(self) -> list[StoredBill]:
        """Those that stand as paid by a payment that the acquirer does not take up."""
        return self._paid_by(PaymentState.NOT_TAKEN)

    def _paid_by(self, state: PaymentState) -> list[StoredBill]:
        """Paid bills whose payment stands there."""
        such = "payment IN (SELECT number FROM payment WHERE state = ?)"
        return self._bills(f"state = ? AND {such}", BillState.PAID.value, state.value)

    def paid_by(self, payment: int) -> StoredBill | None:
        """The one that stands as paid by that payment."""
        return next(iter(self._bills("state = ? AND payment = ?", BillState.PAID.value, payment)), None)

    def settled_in_doubt(self) -> list[StoredBill]:
        """Those whose settlement is suspicious, oldest first, however they stand."""
        return self._bills("record IN (SELECT number FROM record WHERE state = ?)", RecordState.SUSPICIOUS.value)

    def of_premium(self, voucher: str) -> list[StoredBill]:
        """Those of one premium, by the back end's voucher, oldest first."""
        return self._bills("premium = ?", voucher)

    def _bills(self, which: str, *values: object) -> list[StoredBill]:
        rows = self._ask(f"SELECT * FROM bill WHERE {which} ORDER BY number", *values)  # noqa: S608 - ours
        return [self._read(*row) for row in rows]

    def _put(self, stored: StoredBill, **changes: object) -> StoredBill:
        after = stored._replace(bill=structs.replace(stored.bill, **changes))
        with self.transaction():
            changed = self._ask(
                "UPDATE bill SET state = ?, record = ?, payment = ?, premium = ?, told = ?, unsaid = ?, body = ?,"
                " crc = ? WHERE number = ? AND crc = ? RETURNING number",
                *(*self._row(after), stored.number, self._row(stored)[-1]),
            )
            if not changed:
                raise JournalFault(
                    self._path, "账单已被改动，请重新开始", "the bill was changed meanwhile; begin again"
                )
        return after

    def _row(self, stored: StoredBill) -> tuple[str, int, int, str, int, int, bytes, int]:
        bill = stored.bill
        try:
            body = stored_form(bill, Bill)
        except Unstorable:
            said = "数据不合格式，未存储", "the data are malformed, nothing was stored"
            raise JournalFault(self._path, *said) from None
        unsaid = int(bool(bill.reports or bill.refund) or bill.cancel is not None)
        premium = "" if bill.premium is None else bill.premium.voucher
        check = check_of(str(stored.number), body)
        return bill.state.value, bill.record, bill.payment, premium, int(bill.told), unsaid, body, check

    def _read(self, number: int, *row: Any) -> StoredBill:  # noqa: ANN401 - columns of SQLite
        with suppress(msgspec.DecodeError, TypeError):
            read = StoredBill(number, msgspec.json.decode(row[6], type=Bill))
            if self._row(read) == row:
                return read
        raise JournalFault(self._path, f"第{number}条账单损坏，勿用旧备份", f"bill {number} is damaged")
