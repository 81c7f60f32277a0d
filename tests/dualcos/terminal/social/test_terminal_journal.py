"""存储: what is on disk when a call returns, and what no damage makes of it (SSC-8 §6.4.1.1)."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from contextlib import closing

import pytest
from msgspec import structs

from dualcos.messages.social_services import ReadCard, ServiceDone, SettlementGivenUp
from dualcos.sqlitefile.durable_database import DATABASE_BESIDE, IN_MEMORY
from dualcos.terminal.social.medical_record_states import LEADS, RecordEvent, RecordState, UploadState
from dualcos.terminal.social.medical_records import MedicalRecord, SettlementMode
from dualcos.terminal.social.medical_reports import not_booked
from dualcos.terminal.social.terminal_journal import TerminalJournal
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from tests.dualcos.terminal.social.medical_bench import DEBIT, MedicalBench

CARD = ReadCard(region="990000", historical="00" * 13, algorithm="03", identification="99" * 16, number="A00000001")
AGREED = MedicalRecord(
    state=RecordState.AGREED, card=CARD, terminal="990000000001", mode=SettlementMode.ONLINE, voucher="S1"
)


@pytest.fixture(params=["on disk", "in memory"])
def journal(request, tmp_path):
    with TerminalJournal(tmp_path / "journal" if request.param == "on disk" else IN_MEMORY, lambda _: 0) as opened:
        yield opened


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal"


def kept(path) -> None:
    """A journal with two records, one of them closed and reported."""
    with TerminalJournal(path) as journal:
        journal.begin(AGREED)
        journal.step(journal.begin(AGREED), RecordEvent.NOT_BOOKED, not_booked)


def stopped(act) -> TerminalStopped:
    with pytest.raises(TerminalStopped) as caught:
        act()
    assert caught.value.cause is StopCause.STORAGE
    assert "\n" not in caught.value.en
    return caught.value


# --- records and reports ---------------------------------------------------------------------------------------------


def test_a_transaction_from_beginning_to_end(journal):
    stored = journal.begin(AGREED)
    assert (stored.number, journal.records(), journal.open_records()) == (1, [stored], [stored])
    sent = journal.step(stored, RecordEvent.SENT, sequence="0001", time="20260115093000")
    assert journal.record(1) == sent == stored._replace(record=sent.record)
    assert (sent.record.state, sent.record.sequence) == (RecordState.AT_CARD, "0001")
    done = journal.step(sent, RecordEvent.NOT_BOOKED, not_booked)
    assert (journal.open_records(), journal.records()) == ([], [done])
    (upload,) = journal.waiting()
    assert upload.request == SettlementGivenUp(terminal=AGREED.terminal, running=1, card=CARD, voucher="S1")
    journal.answered(upload, UploadState.TAKEN, ServiceDone(running=1))
    assert journal.waiting() == []
    (upload,) = journal.uploads_of(1)
    assert (upload.state, upload.answer) == (UploadState.TAKEN, ServiceDone(running=1))
    assert journal.record(2) is None


def test_reports_wait_in_their_order(journal):
    numbers = [journal.step(journal.begin(AGREED), RecordEvent.NOT_BOOKED, not_booked).number for _ in range(3)]
    assert [each.record for each in journal.waiting()] == numbers == [1, 2, 3]


@pytest.mark.parametrize("state", RecordState, ids=lambda state: state.value)
def test_states_change_as_declared_and_not_otherwise(state):
    """Every event is tried in it; the way there is found in the table."""
    for event in RecordEvent:
        with TerminalJournal() as journal:
            stored = brought(journal, state)
            if (state, event) in LEADS:
                assert journal.step(stored, event).record.state is LEADS[state, event]
                continue
            with pytest.raises(ValueError, match="cannot come"):
                journal.step(stored, event)
            assert journal.record(stored.number) == stored


def brought(journal, state):
    """A record in that state."""
    first = RecordState.ASKED if state is RecordState.ASKED else RecordState.AGREED
    ways = {first: ()}
    while state not in ways:
        for (here, event), there in LEADS.items():
            if here in ways:
                ways.setdefault(there, (*ways[here], event))
    stored = journal.begin(structs.replace(AGREED, state=first))
    for event in ways[state]:
        stored = journal.step(stored, event)
    return stored


def test_nothing_begins_in_the_middle(journal):
    with pytest.raises(ValueError, match="begins"):
        journal.begin(MedicalRecord(state=RecordState.AT_CARD, card=CARD, terminal=AGREED.terminal))
    assert journal.records() == []


def test_a_report_that_cannot_be_made_leaves_the_record_as_it_was(journal):
    stored = journal.begin(AGREED)
    with pytest.raises(ZeroDivisionError):
        journal.step(stored, RecordEvent.NOT_BOOKED, lambda *_: 1 / 0)
    assert (journal.records(), journal.waiting()) == ([stored], [])


def test_settings(journal):
    assert journal.setting("blacklist") is None
    journal.keep_setting("blacklist", "3")
    journal.keep_setting("blacklist", "4")
    assert journal.setting("blacklist") == "4"


# --- on disk ---------------------------------------------------------------------------------------------------------


def test_a_running_number_is_never_given_twice(path, tmp_path):
    """Not after the power went either: what lies on the disk when a number is told already knows it."""
    given = []
    for turn in range(3):
        journal = TerminalJournal(path)
        given += [journal.next_running(), journal.next_running()]
        left = tmp_path / f"left {turn}"
        left.mkdir()
        copied_to(left / "journal", path)
        journal.close()
        path = left / "journal"
    assert [each - given[0] for each in given] == [0, 1, 2, 3, 4, 5]


def copied_to(there, path) -> None:
    """What lies on the disk of an open journal."""
    for ending in ("", *DATABASE_BESIDE):
        if path.with_name(path.name + ending).exists():
            shutil.copy(f"{path}{ending}", f"{there}{ending}")


def test_numbers_of_a_storage_that_was_lost_are_others(tmp_path):
    """Both kinds of storage: each begins somewhere, and skips far."""
    chances = iter((10, 5_000, 70_000))

    def chance(below):
        assert below == 1 << 40
        return next(chances)

    with TerminalJournal(tmp_path / "a", chance) as journal:
        assert (journal.next_running(), journal.next_running()) == (11, 12)
    with TerminalJournal(tmp_path / "a", chance) as journal:
        assert journal.next_running() == 13
        journal.skip_running()
        assert journal.next_running() == 5_014
    with TerminalJournal(IN_MEMORY, chance) as journal:
        assert journal.next_running() == 70_001
    with TerminalJournal() as one, TerminalJournal() as other:
        assert one.next_running() != other.next_running()


def test_the_disk_knows_before_the_card_is_asked(path, tmp_path):
    """What would be left if all power went while DEBIT is under way: the transaction, by which it is recovered."""
    with TerminalJournal(path) as journal:
        bench = MedicalBench("social-2.0", journal=journal)

        def copied(command, answer):
            if command[:2] == DEBIT:
                copied_to(tmp_path / "left", path)
            return answer

        bench.card.bend = copied
        done = bench.desk.settle(bench.insert(), 500).record
    with TerminalJournal(tmp_path / "left") as left:
        ((_, record),) = left.open_records()
        assert record.state is RecordState.AT_CARD
        told = record.sequence, record.terminal_sequence, record.time, record.pooled
        assert told == (done.sequence, done.terminal_sequence, done.time, done.pooled)


def test_everything_is_there_again(path):
    with TerminalJournal(path) as journal:
        stored = journal.step(journal.begin(AGREED), RecordEvent.NOT_BOOKED, not_booked)
        journal.keep_setting("a", "b")
        waiting = journal.waiting()
    with TerminalJournal(path) as journal:
        assert (journal.records(), journal.waiting(), journal.setting("a")) == ([stored], waiting, "b")
        assert journal.next_running() == waiting[0].request.running + 1
    assert [each.name for each in path.parent.iterdir()] == ["journal"]  # closed, it is one file


def test_it_is_its_owners(path):
    kept(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_waits_for_the_disk(path):
    """A commit that is acknowledged outlasts a power cut: write-ahead log with synchronous FULL (sqlite.org/pragma)."""
    with TerminalJournal(path) as journal:
        assert journal._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert journal._db.execute("PRAGMA synchronous").fetchone() == (2,)


@pytest.mark.parametrize("new", [False, True])
def test_a_second_one_on_the_same_file_is_told(path, new, monkeypatch):
    """Two terminals that carry one record on would each do so."""
    if not new:
        kept(path)
    real = sqlite3.connect
    with TerminalJournal(path) as journal:
        monkeypatch.setattr(sqlite3, "connect", lambda *args, **more: real(*args, **(more | {"timeout": 0})))
        assert "another process" in stopped(lambda: TerminalJournal(path)).en
        journal.next_running()
    TerminalJournal(path).close()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE record SET state = 'complete' WHERE number = 1", "record 1 is damaged"),
        ("UPDATE record SET open = 0 WHERE number = 1", "record 1 is damaged"),
        ("UPDATE record SET crc = crc + 1 WHERE number = 1", "record 1 is damaged"),
        ("UPDATE record SET crc = crc - 1 WHERE number = 1", "record 1 is damaged"),
        ("UPDATE record SET body = replace(body, 'S1', 'S2') WHERE number = 1", "record 1 is damaged"),
        ("UPDATE record SET body = x'00' WHERE number = 1", "record 1 is damaged"),
        ("UPDATE upload SET state = 'taken'", "upload 1 is damaged"),
        ("UPDATE upload SET request = replace(request, 'S1', 'S2')", "upload 1 is damaged"),
        ("UPDATE upload SET answer = '{}'", "upload 1 is damaged"),
        ("UPDATE upload SET crc = crc + 1", "upload 1 is damaged"),
        ("UPDATE upload SET crc = crc - 1", "upload 1 is damaged"),
        ("DELETE FROM record WHERE number = 1", "it is damaged"),
        ("INSERT INTO upload SELECT 7, record, state, request, answer, crc FROM upload", "it is damaged"),
        ("DROP TABLE setting", "no such table"),
    ],
)
def test_a_change_by_another_hand_is_noticed(path, change, said):
    kept(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(change)

    def read_all():
        with TerminalJournal(path) as journal:
            journal.records()
            journal.uploads_of(2)
            journal.setting("a")

    told = stopped(read_all)
    assert said in told.en
    assert str(path) in told.en


def test_a_damaged_page_is_noticed(path):
    kept(path)
    raw = bytearray(path.read_bytes())
    raw[4096 : 2 * 4096] = bytes(4096)
    path.write_bytes(raw)
    assert "damaged" in stopped(lambda: TerminalJournal(path)).en


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no terminal's journal"),
        (b"a shopping list", "no terminal's journal"),
        (b"SQLite format 3\0" + bytes(84), "no terminal's journal"),
        (bytes(60) + bytes.fromhex("00000001 00000000 6475736A") + bytes(28), "no terminal's journal"),
    ],
    ids=["empty", "a text", "SQLite's beginning", "the right numbers"],
)
def test_a_foreign_file_is_left_alone(path, content, said):
    path.write_bytes(content)
    assert said in stopped(lambda: TerminalJournal(path)).en
    assert path.read_bytes() == content


def test_a_journal_of_the_first_format_becomes_one_of_this(path):
    """Its running numbers stood in a table of another name; nothing of it is lost."""
    kept(path)
    with TerminalJournal(path) as journal:
        last = journal.next_running()
    with closing(sqlite3.connect(path)) as db:
        db.execute("ALTER TABLE request_number RENAME TO running")
        db.execute("PRAGMA user_version = 1")
    for number in (last + 1, last + 2):
        with TerminalJournal(path) as journal:
            assert journal.next_running() == number
            assert len(journal.records()) == 2


@pytest.mark.parametrize("version", [0, 3])
def test_a_journal_of_another_format(path, version):
    kept(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {version}")
    assert f"format {version}" in stopped(lambda: TerminalJournal(path)).en


def test_another_programs_database(path):
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE record (number)")
    assert "no terminal's journal" in stopped(lambda: TerminalJournal(path)).en


def test_a_folder_is_none(tmp_path):
    stopped(lambda: TerminalJournal(tmp_path))
    stopped(lambda: TerminalJournal(tmp_path / "missing" / "journal"))


def test_a_full_disk_leaves_everything_as_it_was(path):
    with TerminalJournal(path) as journal:
        stored = journal.begin(AGREED)
        journal._db.execute(f"PRAGMA max_page_count = {journal._db.execute('PRAGMA page_count').fetchone()[0]}")
        long = {"voucher": "S" * 20_000}
        assert "space" in stopped(lambda: journal.step(stored, RecordEvent.SENT, **long)).en
        assert journal.records() == [stored]
        assert journal.step(stored, RecordEvent.SENT).record.state is RecordState.AT_CARD
