"""One card or one answer with something impossible in it stops its own business, never that of the next card."""

from __future__ import annotations

import pytest
from msgspec import structs

from dualcos.leash.leash_rules import LeashRule
from dualcos.messages.social_services import Answer, Request, ServiceDone
from dualcos.terminal.social.medical_record_states import RecordEvent, RecordState, UploadState
from dualcos.terminal.social.medical_records import SettlementMode
from dualcos.terminal.social.medical_reports import not_booked as report
from dualcos.terminal.social.security_path import PathKind
from dualcos.terminal.social.terminal_journal import TerminalJournal
from dualcos.terminal.social.terminal_stopped import StopCause
from tests.dualcos.terminal.power_cuts import PowerCut
from tests.dualcos.terminal.social.medical_bench import MedicalBench, prepared_card
from tests.dualcos.terminal.social.test_temporary_offline import bench_with
from tests.dualcos.terminal.social.test_terminal_journal import AGREED, stopped

ONLINE, EITHER, OFFLINE = SettlementMode
MOST = 0xFFFFFFFF


def next_card_settles(bench: MedicalBench) -> None:
    bench.bureau.rules()
    bench.put(prepared_card("social-2.0", offline_account=False))
    assert bench.desk.settle(bench.insert(), 500).record.state is RecordState.COMPLETE


@pytest.mark.parametrize("count", [b"-9", b"+5", b" 7", b"5_", "٣".encode("utf-16-be")])
def test_a_count_on_the_card_that_is_no_digits(count):
    bench = bench_with()
    at = bench.insert()
    place = at.place("DF04", 0xEF06)
    at.earn(place, place.file.update)
    at.write_item(place, 0x93, count)
    assert bench.stopped(lambda: bench.desk.settle(at, 500)).cause is StopCause.LENGTH
    assert bench.journal.records() == []
    next_card_settles(bench)


@pytest.mark.parametrize("cut", [None, *range(1, 6)])
def test_shares_that_are_not_the_total_are_given_up_whatever_they_are(cut):
    """Also if the power goes at any write: what is stored can be read."""
    bench = MedicalBench("social-2.0", ONLINE)
    bench.bureau.rules(LeashRule(match={"service": "pre-settlement"}, answer={"pooled": MOST, "account": MOST}))
    at = bench.insert()
    bench.meter.cut_at = None if cut is None else (bench.meter.writes + cut, True)
    try:
        assert bench.stopped(lambda: bench.desk.settle(at, 500)).cause is StopCause.BACK_END_REFUSED
    except PowerCut:
        assert cut is not None
    bench.meter.cut_at = None
    next_card_settles(bench)
    assert [record.state for _, record in bench.journal.records()] == [RecordState.GIVEN_UP, RecordState.COMPLETE]


class Bending:
    """The bureau behind a bench, whose answers of one kind are changed."""

    def __init__(self, bench: MedicalBench, kind: str, **changed: object) -> None:
        self._behind, self._kind, self._changed = bench.bureau, kind, changed
        bench.terminal.parts.back_end._back_end = self

    def ask(self, request: Request) -> Answer:
        answer = self._behind.ask(request)
        return structs.replace(answer, **self._changed) if type(answer).__name__ == self._kind else answer


@pytest.mark.parametrize(
    ("mode", "path", "act", "kind", "changed"),
    [
        (OFFLINE, PathKind.PSAM, "load", "LoadGranted", {"mac2": "zz"}),
        (OFFLINE, PathKind.PSAM, "load", "LoadGranted", {"time": "noon"}),
        (OFFLINE, PathKind.PSAM, "load", "LoadGranted", {"running": 0}),
        (ONLINE, PathKind.HSM, "settle", "PurchaseMac", {"mac1": "zz"}),
        (ONLINE, PathKind.HSM, "settle", "PurchaseMac", {"running": 0}),
        (ONLINE, PathKind.PSAM, "settle", "PreSettled", {"pooled": -1}),
        (ONLINE, PathKind.PSAM, "settle", "PreSettled", {"running": 0}),
    ],
)
def test_an_answer_that_is_malformed_or_anothers_is_none(mode, path, act, kind, changed):
    bench = MedicalBench("social-2.0", mode, path)
    at = bench.insert()
    Bending(bench, kind, **changed)
    assert bench.stopped(lambda: getattr(bench.desk, act)(at, 700)).cause is StopCause.BACK_END_REFUSED


def test_an_answer_to_another_report_takes_none():
    bench = MedicalBench("social-2.0", ONLINE)
    at = bench.insert()
    Bending(bench, "SettlementTaken", running=0)
    outcome = bench.desk.settle(at, 700)
    assert (outcome.record.state, outcome.upload.state) == (RecordState.COMPLETE, UploadState.WAITING)


# --- the journal ------------------------------------------------------------------------------------------------------


@pytest.fixture
def journal():
    with TerminalJournal() as opened:
        yield opened


@pytest.mark.parametrize("changed", [{"pooled": -1}, {"total": 1 << 40}, {"terminal": "x"}, {"voucher": 5}])
def test_what_would_not_be_read_again_is_not_written(journal, changed):
    stopped(lambda: journal.begin(structs.replace(AGREED, **changed)))
    stored = journal.begin(AGREED)
    stopped(lambda: journal.step(stored, RecordEvent.SENT, **changed))
    stopped(lambda: journal.amend(stored, **changed))
    assert journal.records() == [stored]


def test_a_report_that_would_not_be_read_again_is_not_written(journal):
    stored = journal.begin(AGREED)
    stopped(lambda: journal.step(stored, RecordEvent.NOT_BOOKED, lambda *_: ServiceDone(running=1)))
    assert (journal.records(), journal.waiting()) == ([stored], [])
    journal.step(stored, RecordEvent.NOT_BOOKED, report)
    (upload,) = journal.waiting()
    stopped(lambda: journal.answered(upload, UploadState.TAKEN, ServiceDone(running=-1)))
    assert journal.waiting() == [upload]


def test_a_state_that_was_changed_since_is_not_changed_over(journal):
    stored = journal.begin(AGREED)
    sent = journal.step(stored, RecordEvent.SENT)
    stopped(lambda: journal.step(stored, RecordEvent.NOT_BOOKED, report))
    assert (journal.records(), journal.waiting()) == ([sent], [])
    journal.step(sent, RecordEvent.NOT_BOOKED, report)
    (upload,) = journal.waiting()
    journal.answered(upload, UploadState.TAKEN, ServiceDone(running=1))
    stopped(lambda: journal.answered(upload, UploadState.REFUSED, ServiceDone(running=1)))
    assert journal.uploads_of(1)[0].state is UploadState.TAKEN
