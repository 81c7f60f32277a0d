"""存储 of a full-function terminal: bills change as a bill may, and what belongs together is on disk together."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from msgspec import structs

from dualcos.messages.social_services import ReadCard
from dualcos.sqlitefile.durable_database import IN_MEMORY
from dualcos.terminal.financial.payment_journal import JournalFault, PaymentJournal
from dualcos.terminal.full.bill_record import Bill
from dualcos.terminal.full.bill_states import BILL_LEADS, FIRST_BILL_STATES, BillEvent, BillKind, BillState
from dualcos.terminal.full.full_journal import FullJournal, StoredBill
from dualcos.terminal.social.terminal_journal import TerminalJournal
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from tests.dualcos.terminal.full.full_bench import FullBench
from tests.failing_disk import FAILURES, Disk, Failure

CARD = ReadCard(region="990000", historical="00" * 13, algorithm="03", identification="99" * 16, number="A00000001")
OTHER = structs.replace(CARD, number="A00000002")
SETTLING = Bill(
    kind=BillKind.SETTLEMENT, state=BillState.SETTLING, card=CARD, terminal="990000000001", moment="20260115093000"
)
DUE = structs.replace(SETTLING, state=BillState.DUE, due=5)

LIFE = """
settling: settled due, covered covered, not-settled not-settled, distrusted suspicious, lost unknown
unknown: settled due, covered covered, not-settled not-settled, distrusted suspicious, lost unknown
suspicious: settled due, covered covered, not-settled not-settled, distrusted suspicious, lost unknown
due: distrusted suspicious, paid paid, pays paying, paid-elsewhere elsewhere, dropped cancelled, cancels cancelling
paying: paid paid, not-paid due
paid: taken-back due
covered: cancels cancelling
elsewhere: cancels cancelling, taken-back due
cancelling: cancelled cancelled, stays due, stays-covered covered, stays-elsewhere elsewhere
not-settled:
cancelled:
"""
"""What a bill may become, written out: nothing is paid that is not settled, nothing is cancelled that is paid by card,
and of what never was nothing comes.
"""


def life() -> dict[tuple[str, str], str]:
    found = {}
    for line in LIFE.split("\n"):
        state, _, leads = line.partition(":")
        for each in filter(None, leads.strip().split(", ")):
            event, _, after = each.partition(" ")
            found[state, event] = after
    return found


@pytest.fixture(params=["on disk", "in memory"])
def journal(request, tmp_path):
    with FullJournal(tmp_path / "journal" if request.param == "on disk" else IN_MEMORY) as opened:
        yield opened


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal"


def fault(act: Callable[[], object]) -> str:
    """What is said of it, in one line."""
    with pytest.raises((JournalFault, TerminalStopped)) as caught:
        act()
    raised = caught.value
    assert not isinstance(raised, TerminalStopped) or raised.cause is StopCause.STORAGE
    assert "\n" not in raised.en
    assert "\n" not in raised.zh
    return raised.en


def named(each: BillEvent) -> str:
    return each.name.lower().replace("_", "-")


# --- bills ------------------------------------------------------------------------------------------------------------


def test_the_table_is_the_life_of_a_bill():
    assert {(state.value, named(event)): after.value for (state, event), after in BILL_LEADS.items()} == life()


@pytest.mark.parametrize("state", BillState, ids=lambda state: state.value)
def test_states_change_as_declared_and_not_otherwise(state):
    leads = life()
    for event in BillEvent:
        with FullJournal() as journal:
            stored = journal.begin(SETTLING)
            stored = journal.amend(stored, state=state, told=True)
            after = leads.get((state.value, named(event)))
            if after is None:
                with pytest.raises(ValueError, match="cannot come"):
                    journal.step(stored, event)
                assert journal.bills() == [stored]
            else:
                changed = journal.step(stored, event, due=7)
                assert (changed.bill.state.value, changed.bill.due, changed.bill.told) == (after, 7, False)
                assert journal.bills() == [changed]


@pytest.mark.parametrize("state", BillState, ids=lambda state: state.value)
def test_nothing_begins_in_the_middle(journal, state):
    bill = structs.replace(SETTLING, state=state)
    if state in FIRST_BILL_STATES:
        assert journal.begin(bill).bill == bill
    else:
        with pytest.raises(ValueError, match="no bill begins"):
            journal.begin(bill)
        assert journal.bills() == []


def test_bills_are_found_by_what_is_to_be_done_about_them(journal):
    first, second = journal.begin(DUE), journal.begin(structs.replace(SETTLING, card=OTHER))
    assert (first.number, second.number) == (1, 2)
    assert journal.bill(2) == second
    assert journal.bill(3) is None
    assert journal.in_state(BillState.DUE, BillState.SETTLING) == [first, second]
    assert journal.of_card(OTHER, *BillState) == [second]
    assert journal.untold() == [first, second]
    told = journal.amend(first, told=True)
    assert journal.untold() == [second]
    assert journal.bill(1) == told


def test_a_bill_that_was_changed_since_is_not_changed_over(journal):
    stored = journal.begin(DUE)
    journal.amend(stored, told=True)
    for act in (lambda: journal.step(stored, BillEvent.PAYS), lambda: journal.amend(stored, due=6)):
        assert "changed meanwhile" in fault(act)
    assert journal.bills()[0].bill == structs.replace(DUE, told=True)


@pytest.mark.parametrize("changes", [{"due": -1}, {"terminal": "no number"}, {"tries": (-1,)}, {"payment": -3}])
def test_what_would_not_be_read_back_is_not_written(journal, changes):
    stored = journal.begin(DUE)
    assert "nothing was stored" in fault(lambda: journal.amend(stored, **changes))
    assert "nothing was stored" in fault(lambda: journal.begin(structs.replace(DUE, **changes)))
    assert journal.bills() == [stored]


def test_what_is_done_together_is_on_disk_together(journal):
    """Also where a half's own transaction is inside, and the outer one comes to nothing."""
    stored = journal.begin(DUE)
    with suppress(KeyError), journal.transaction():
        journal.social.next_running()
        journal.payments.next_stan()
        journal.step(stored, BillEvent.PAYS)
        raise KeyError
    assert journal.bills() == [stored]
    assert journal.payments.next_stan() == "000001"
    before = journal.social.next_running()
    with journal.payments.transaction():
        journal.step(stored, BillEvent.PAYS)
        journal.social.next_running()
    assert journal.bills()[0].bill.state is BillState.PAYING
    assert journal.social.next_running() == before + 2


def test_the_halves_keep_their_parameters_apart(journal):
    """One table for both: neither has a name that the other uses."""
    bench = FullBench(journal=journal)
    bench.terminal.bank.download()
    bench.terminal.settle(bench.admitted(), bench.desk, 20_000, 1_500)
    names = {name for (name,) in journal.opened[1].execute("SELECT name FROM setting")}
    assert names
    assert "pending update" not in names
    journal.social.keep_setting("pending update", "x")
    assert journal.social.setting("pending update") == "x"
    assert journal.payments.setting("signed on") == "1"


# --- the file ---------------------------------------------------------------------------------------------------------


def kept(path: Path) -> None:
    """A file with two bills, a settlement and a payment each."""
    with FullJournal(path) as journal:
        bench = FullBench(journal=journal)
        for own in (1, 2):
            bench.terminal.settle(bench.admitted(), bench.desk, 20_000, own)


def test_everything_is_there_again(path):
    kept(path)
    with FullJournal(path) as journal:
        first, second = journal.bills()
        assert (first.bill.state, second.bill.state) == (BillState.PAID, BillState.PAID)
        assert (first.bill.record, second.bill.record) == (1, 2)
        assert (first.bill.tries, second.bill.tries) == ((1,), (2,))
        assert len(journal.social.records()) == len(journal.payments.payments()) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE bill SET state = 'due' WHERE number = 2", "bill 2 is damaged"),
        ("UPDATE bill SET payment = 1 WHERE number = 2", "bill 2 is damaged"),
        ("UPDATE bill SET told = 1 - told WHERE number = 2", "bill 2 is damaged"),
        ("UPDATE bill SET unsaid = 1 WHERE number = 2", "bill 2 is damaged"),
        ("UPDATE bill SET crc = crc + 1 WHERE number = 2", "bill 2 is damaged"),
        ("UPDATE bill SET body = REPLACE(body, '\"due\":2', '\"due\":1') WHERE number = 2", "bill 2 is damaged"),
        ("UPDATE bill SET body = 'x' WHERE number = 2", "bill 2 is damaged"),
        (
            "UPDATE bill SET number = number + 10; UPDATE bill SET number = 13 - number WHERE number > 2",
            "bill 1 is damaged",
        ),
        ("DELETE FROM bill WHERE number = 1", "it is damaged; no older copy"),
        ("DELETE FROM payment WHERE number = 1", "it is damaged; no older copy"),
        ("DELETE FROM record WHERE number = 1", "it is damaged; no older copy"),
        ("UPDATE record SET state = 'given-up' WHERE number = 1", "record 1 is damaged; no older copy"),
        ("UPDATE upload SET state = 'waiting' WHERE number = 1", "upload 1 is damaged; no older copy"),
        ("UPDATE payment SET state = 'voided' WHERE number = 1", "payment 1 is damaged; no older copy"),
    ],
)
def test_a_change_by_another_hand_is_noticed(path, change, said):
    kept(path)
    with closing(sqlite3.connect(path)) as db:
        db.executescript(f"PRAGMA foreign_keys = OFF; {change}")

    def read() -> None:
        with FullJournal(path) as journal:
            journal.bills()
            journal.social.records()
            journal.social.uploads_of(1)
            journal.payments.payments()

    assert said in fault(read)


OPENERS: dict[str, Callable[[Path], object]] = {
    "full": FullJournal,
    "social": TerminalJournal,
    "financial": PaymentJournal,
}


@pytest.mark.parametrize("given", OPENERS)
@pytest.mark.parametrize("opened", OPENERS)
def test_the_storage_of_another_kind_of_terminal_is_left_alone(path, given, opened):
    if given == opened:
        return
    OPENERS[given](path).close()  # type: ignore[attr-defined]
    before = path.read_bytes()
    said = fault(lambda: OPENERS[opened](path))
    assert str(path) in said
    assert "name another file" in said
    assert path.read_bytes() == before


@pytest.mark.parametrize("version", [0, 2, 9])
def test_a_file_of_another_format_is_left_alone(path, version):
    FullJournal(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {version}")
    before = path.read_bytes()
    assert f"of format {version}, this program reads 1" in fault(lambda: FullJournal(path))
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"text\n" * 200, b"SQLite format 3\0"])
def test_a_foreign_file_is_left_alone(path, content):
    path.write_bytes(content)
    assert "no journal of a full-function terminal" in fault(lambda: FullJournal(path))
    assert path.read_bytes() == content


def test_a_second_one_on_the_same_file_is_told(path, monkeypatch):
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda name, **how: connect(name, **{**how, "timeout": 0}))
    with FullJournal(path):
        assert str(path) in fault(lambda: FullJournal(path))
    FullJournal(path).close()


# --- the disk ---------------------------------------------------------------------------------------------------------


def business(journal: FullJournal) -> FullBench:
    bench = FullBench(journal=journal)
    bench.terminal.settle(bench.admitted(), bench.desk, 20_000, 1_500)
    return bench


@pytest.mark.parametrize("failure", FAILURES[:2], ids=str)
def test_a_disk_that_fails_at_any_write_of_a_bill_loses_nothing(tmp_path, failure: Failure):
    """One clear line; and when there is room again, everything is brought to its end."""
    counting = Disk()
    with counting.in_use(), FullJournal(tmp_path / "whole") as journal:
        business(journal)
    assert counting.count > 60
    for at in range(1, counting.count + 1, 7):
        path = tmp_path / str(at)
        bench = FullBench()
        with Disk(at, failure).in_use(), suppress(JournalFault, TerminalStopped), FullJournal(path) as journal:
            bench = FullBench(journal=journal)
            bench.terminal.settle(bench.admitted(), bench.desk, 20_000, 1_500)
        with FullJournal(path) as journal:
            bench.journal = journal
            bench.power_cut()
            bench.terminal.bank.sign_on()
            bench.terminal.resume(bench.admitted(), bench.desk)
            bench.finish()
            assert bench.states in ([], ["not-settled"], ["paid"])
            assert bench.gone == (1_500 if bench.states == ["paid"] else 0)


def test_many_bills_are_looked_up_by_indexes(journal):
    """A year at a hospital: whatever is asked at each business reads no row that it does not need."""
    asked: list[str] = []
    real = journal._ask

    def ask(statement: str, *values: object) -> object:
        asked.append(statement)
        return real(statement, *values)

    paid = structs.replace(DUE, state=BillState.PAID, payment=1, tries=(1,), told=True)
    with journal.transaction():
        for number in range(1_000):
            journal._ask(
                "INSERT INTO bill VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                *(number + 1, *journal._row(StoredBill(number + 1, paid))),
            )
    journal._ask = ask
    bench = FullBench(journal=journal)
    bench.terminal.catch_up()
    bench.terminal.send_waiting()
    selects = {each for each in asked if each.startswith("SELECT *")}
    assert len(selects) > 3
    for each in selects:
        marks = ["x"] * each.count("?")
        plan = " ".join(row[3] for row in journal.opened[1].execute(f"EXPLAIN QUERY PLAN {each}", marks))
        assert "SCAN bill" not in plan, (each, plan)
        assert "USING" in plan
