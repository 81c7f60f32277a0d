"""存储: what is on disk when a call returns, and what no damage makes of it (PBOC-6 §5.1)."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from msgspec import structs

from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.authorisation import Business
from dualcos.sqlitefile.durable_database import IN_MEMORY
from dualcos.terminal.financial.payment_journal import (
    MOST_NUMBER,
    JournalFault,
    PaymentJournal,
    Waits,
)
from dualcos.terminal.financial.payment_record import ChipFacts, PaymentRecord
from dualcos.terminal.financial.payment_states import (
    FIRST_PAYMENT_STATES,
    PAYMENT_LEADS,
    PaymentEvent,
    PaymentState,
    WaitingKind,
    WaitingState,
)
from dualcos.terminal.financial.stored_request import stored_request
from dualcos.terminal.social.terminal_journal import TerminalJournal

PAN = "6299990123456789019"
ASKED = PaymentRecord(
    state=PaymentState.ASKED,
    business=Business.PURCHASE.name,
    batch="000001",
    voucher="000001",
    moment="20260115093000",
    terminal="12345678",
    merchant="123456789012345",
    pan=PAN,
    amount=100,
    chip=ChipFacts(aid="A000000333010101"),
)
BACK = AcquirerMessage("0400", {2: PAN, 11: "000001", 39: "98", 55: b"\x95\x05", 64: bytes(8)})
STANDING = Waits(WaitingKind.REVERSAL, BACK, WaitingState.STANDING)


@pytest.fixture(params=["on disk", "in memory"])
def journal(request, tmp_path):
    with PaymentJournal(tmp_path / "journal" if request.param == "on disk" else IN_MEMORY) as opened:
        yield opened


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal"


def kept(path) -> None:
    """A journal with two payments; a reversal waits for the second."""
    with PaymentJournal(path) as journal:
        journal.step(journal.begin(ASKED, STANDING), PaymentEvent.REFUSED, code="51")
        other = journal.begin(structs.replace(ASKED, voucher="000002"), STANDING)
        journal.step(other, PaymentEvent.UNKNOWN, reason="98")


def fault(act) -> JournalFault:
    with pytest.raises(JournalFault) as caught:
        act()
    assert "\n" not in caught.value.en
    return caught.value


def test_a_payment_and_its_reversal_from_beginning_to_end(journal):
    stored = journal.begin(ASKED, STANDING)
    assert (stored.number, journal.payments(), journal.waiting()) == (1, [stored], [])
    doubtful = journal.step(stored, PaymentEvent.UNKNOWN, reversal=BACK.having({39: "A0"}), reason="A0")
    assert journal.payment(1) == doubtful
    (waits,) = journal.waiting()
    assert waits.request.message == BACK.having({39: "A0", 64: None})
    tried = journal.tried(waits)
    assert tried.tries == 1
    back = journal.ended(tried, WaitingState.ANSWERED, "00", PaymentEvent.REVERSED)
    assert back.record.state is PaymentState.REVERSED
    assert [(each.state, each.code) for each in journal.waiting_of(1)] == [(WaitingState.ANSWERED, "00")]


@pytest.mark.parametrize("state", PaymentState, ids=lambda state: state.value)
@pytest.mark.parametrize("event", PaymentEvent, ids=lambda event: event.name)
def test_states_change_as_declared_and_not_otherwise(state, event):
    with PaymentJournal() as journal:
        stored = journal.begin(ASKED)
        record = structs.replace(ASKED, state=state)
        with journal.transaction():
            stored = journal._put(stored, state=state)
        assert stored.record == record
        after = PAYMENT_LEADS.get((state, event))
        if after is None:
            with pytest.raises(ValueError, match="cannot come"):
                journal.step(stored, event)
            assert journal.payments() == [stored]
        else:
            assert journal.step(stored, event).record.state is after


@pytest.mark.parametrize("state", PaymentState, ids=lambda state: state.value)
def test_nothing_begins_in_the_middle(journal, state):
    record = structs.replace(ASKED, state=state)
    if state in FIRST_PAYMENT_STATES:
        assert journal.begin(record).record == record
    else:
        with pytest.raises(ValueError, match="no payment begins"):
            journal.begin(record)
        assert journal.payments() == []


@pytest.mark.parametrize(
    ("event", "becomes"),
    [
        (PaymentEvent.REFUSED, WaitingState.CLEARED),
        (PaymentEvent.NOT_SENT, WaitingState.CLEARED),
        (PaymentEvent.APPROVED, WaitingState.CLEARED),
        (PaymentEvent.UNKNOWN, WaitingState.WAITING),
        (PaymentEvent.AGREED, WaitingState.STANDING),
    ],
)
def test_what_becomes_of_a_reversal_that_stands_by(journal, event, becomes):
    journal.step(journal.begin(ASKED, STANDING), event)
    assert [each.state for each in journal.waiting_of(1)] == [becomes]


@pytest.mark.parametrize("number", [35, 36, 52, 62])
def test_no_track_pin_or_key_is_stored(number):
    with pytest.raises(ValueError, match=f"field {number}"):
        stored_request(BACK.having({number: b"12"}))


def test_a_number_is_never_given_twice(path):
    with PaymentJournal(path) as journal:
        first = [journal.next_stan() for _ in range(3)]
        counted = journal.next_counter()
    with PaymentJournal(path) as journal:
        assert journal.next_stan() not in first
        assert journal.next_counter() == counted + 1


def test_a_batch_that_has_used_its_numbers_must_be_settled(path):
    with PaymentJournal(path) as journal:
        with journal.transaction():
            journal._set_last("stan", MOST_NUMBER - 1)
        assert journal.next_stan() == "999999"
        assert "settle" in fault(journal.next_stan).en
        journal.end_settling()
        assert (journal.batch, journal.next_stan()) == ("000002", "000001")


def test_a_batch_is_adopted_only_in_front_of_ones_own_payments(journal):
    assert not journal.adopt_batch("000001")
    assert journal.adopt_batch("000007")
    assert not journal.adopt_batch("000003")
    assert not journal.adopt_batch("999999")  # it is behind this one, as numbers go round
    journal.begin(structs.replace(ASKED, batch="000007"))
    assert not journal.adopt_batch("000009")
    assert journal.batch == "000007"


def test_a_payment_that_was_changed_since_is_not_changed_over(journal):
    stored = journal.begin(ASKED, STANDING)
    journal.step(stored, PaymentEvent.UNKNOWN)
    assert "changed meanwhile" in fault(lambda: journal.step(stored, PaymentEvent.REFUSED)).en
    (waits,) = journal.waiting()
    journal.tried(waits)
    assert "changed meanwhile" in fault(lambda: journal.tried(waits)).en


def test_what_would_not_be_read_back_is_not_written(journal):
    assert "nothing was stored" in fault(lambda: journal.begin(structs.replace(ASKED, amount=-1))).en
    assert journal.payments() == []


@pytest.mark.parametrize(
    ("change", "table"),
    [
        ("UPDATE payment SET state = 'approved' WHERE number = 2", "payment 2"),
        ("UPDATE payment SET told = 1 WHERE number = 2", "payment 2"),
        ("UPDATE payment SET batch = '000009' WHERE number = 2", "payment 2"),
        ("UPDATE payment SET crc = crc + 1 WHERE number = 2", "payment 2"),
        ("UPDATE payment SET body = REPLACE(body, '629999', '629998') WHERE number = 2", "payment 2"),
        ("UPDATE waiting SET tries = 2 WHERE number = 2", "message 2"),
        ("UPDATE waiting SET payment = 1 WHERE number = 2", "message 2"),
        ("UPDATE waiting SET code = '00' WHERE number = 2", "message 2"),
        ("UPDATE waiting SET request = REPLACE(request, '0400', '0200') WHERE number = 2", "message 2"),
        ("UPDATE waiting SET kind = 'nothing' WHERE number = 2", "message 2"),
    ],
)
def test_a_change_by_another_hand_is_noticed(path, change, table):
    kept(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute(change)
        db.commit()
    with PaymentJournal(path) as journal:
        assert f"{table} is damaged" in fault(lambda: (journal.payments(), journal.waiting())).en


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE running SET last = 0 WHERE name = 'stan'",
        "UPDATE running SET last = last + 1 WHERE name = 'batch'",
        "UPDATE running SET crc = (SELECT crc FROM running WHERE name = 'batch') WHERE name = 'stan'",
        "DELETE FROM running WHERE name = 'stan'",
        "UPDATE setting SET value = '000009' || substr(value, 7)",
        "UPDATE payment SET number = 3 - number + 10; UPDATE payment SET number = number - 10",
        "UPDATE waiting SET number = number + 10; UPDATE waiting SET number = 13 - number",
    ],
)
def test_numbers_and_settings_are_checked_as_rows_are(path, change):
    kept(path)
    with PaymentJournal(path) as journal:
        journal.next_stan()
        journal.begin_settling()
    with closing(sqlite3.connect(path)) as db:
        db.executescript(f"PRAGMA foreign_keys = OFF; {change}")
        db.commit()
    with PaymentJournal(path) as journal:
        asked = (journal.next_stan, lambda: journal.settling, journal.payments, lambda: journal.waiting_of(2))
        assert any("damaged" in said for said in map(_said, (*asked, lambda: journal.batch)))


def _said(act) -> str:
    try:
        act()
    except JournalFault as told:
        return told.en
    return ""


@pytest.mark.parametrize("table", ["payment", "waiting"])
def test_a_row_that_is_gone_is_noticed(path, table):
    kept(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"DELETE FROM {table} WHERE number = 1")  # noqa: S608 - ours
        db.commit()
    assert "it is damaged" in fault(lambda: PaymentJournal(path)).en


def test_rows_that_are_gone_are_counted_not_read(path):
    with PaymentJournal(path) as journal:
        for number in range(12):
            journal.begin(structs.replace(ASKED, voucher=f"{number:06d}"))
    with closing(sqlite3.connect(path)) as db:
        db.execute("DELETE FROM payment WHERE number < 12")
        db.commit()
    assert "it is damaged" in fault(lambda: PaymentJournal(path)).en


def test_files_that_are_none(path, tmp_path):
    TerminalJournal(path).close()
    assert "no payment journal" in fault(lambda: PaymentJournal(path)).en
    other = tmp_path / "newer"
    PaymentJournal(other).close()
    with closing(sqlite3.connect(other)) as db:
        db.execute("PRAGMA user_version = 9")
    assert "of format 9" in fault(lambda: PaymentJournal(other)).en


def test_no_account_is_in_a_repr(journal):
    stored = journal.begin(ASKED, STANDING)
    assert PAN not in f"{stored} {stored.record!r} {journal.waiting_of(1)!r}"
