"""A terminal whose storage was lost, or copied back from an older copy: nothing that it reports is refused for that."""

from __future__ import annotations

import shutil

import pytest

from dualcos.messages.social_services import Request, ServiceRefused
from dualcos.terminal.social.medical_record_states import RecordEvent, RecordState, UploadState
from dualcos.terminal.social.medical_records import SettlementMode
from dualcos.terminal.social.medical_reports import not_booked
from dualcos.terminal.social.terminal_journal import TerminalJournal
from dualcos.terminal.social.terminal_stopped import StopCause
from tests.dualcos.terminal.social.medical_bench import MedicalBench
from tests.dualcos.terminal.social.test_terminal_journal import AGREED, stopped

ONLINE, _, OFFLINE = SettlementMode


def reopened(bench: MedicalBench, path) -> None:
    bench.journal = TerminalJournal(path)
    bench.start()


def test_what_is_settled_behind_a_copy_is_taken(tmp_path):
    """Numbers that were given behind the copy are given once more; the back end has met them."""
    path, copy = tmp_path / "journal", tmp_path / "copy"
    bench = MedicalBench("social-2.0", OFFLINE, journal=TerminalJournal(path))
    bench.desk.load(bench.insert(), 10_000)
    bench.journal.close()
    shutil.copy(path, copy)
    reopened(bench, path)
    for total in (523, 100):
        bench.desk.settle(bench.insert(), total)
    assert len(bench.desk.upload().taken) == 2
    bench.journal.close()
    shutil.copy(copy, path)
    reopened(bench, path)
    for total in (77, 78, 79):
        bench.desk.settle(bench.insert(), total)
    result = bench.desk.upload()
    assert (len(result.taken), result.refused, result.waiting) == (3, (), 0)
    assert bench.journal.waiting() == []
    books = bench.bureau.desk.books.balances()
    assert [fen for name, fen in books.items() if name.startswith("provider/")] == [523 + 100 + 77 + 78 + 79]
    bench.journal.close()


def test_a_number_that_is_refused_again_is_tried_again_later():
    bench = MedicalBench("social-2.0", OFFLINE)
    bench.desk.load(bench.insert(), 10_000)
    bench.desk.settle(bench.insert(), 77)
    real = bench.bureau.ask
    bench.bureau.ask = refused
    result = bench.desk.upload()
    assert (result.taken, result.refused, result.waiting) == ((), (), 1)
    bench.bureau.ask = real
    assert len(bench.desk.upload().taken) == 1


def refused(request: Request) -> ServiceRefused:
    return ServiceRefused(running=request.running, code="running-number-used", zh="", en="")


def test_on_line_one_stop_is_enough(tmp_path):
    path, copy = tmp_path / "journal", tmp_path / "copy"
    TerminalJournal(path).close()
    shutil.copy(path, copy)
    bench = MedicalBench("social-2.0", ONLINE, journal=TerminalJournal(path))
    bench.desk.settle(bench.insert(), 500)
    bench.journal.close()
    shutil.copy(copy, path)
    reopened(bench, path)
    assert bench.stopped(lambda: bench.desk.settle(bench.insert(), 77)).cause is StopCause.BACK_END_REFUSED
    for total in (78, 79):
        assert bench.desk.settle(bench.insert(), total).record.state is RecordState.COMPLETE
    bench.journal.close()


@pytest.mark.parametrize("mode", [ONLINE, OFFLINE])
def test_a_new_storage_of_an_old_terminal(mode):
    bench = MedicalBench("social-2.0", mode)
    for _ in range(2):
        if mode is OFFLINE:
            bench.desk.load(bench.insert(), 1_000)
        bench.desk.settle(bench.insert(), 500)
        result = bench.desk.upload()
        assert (result.refused, result.waiting) == ((), 0)
        bench.journal = TerminalJournal()
        bench.start()


def test_only_what_waits_gets_another_number():
    with TerminalJournal() as journal:
        journal.step(journal.begin(AGREED), RecordEvent.NOT_BOOKED, not_booked)
        (upload,) = journal.waiting()
        again = journal.renumbered(upload)
        assert (again.request.running, journal.waiting()) == (upload.request.running + 1, [again])
        journal.answered(again, UploadState.TAKEN, refused(again.request))
        stopped(lambda: journal.renumbered(again))
