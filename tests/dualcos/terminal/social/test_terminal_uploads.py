"""Reports to the back end: in order, each the same until it is taken, refused ones kept and told."""

from __future__ import annotations

import pytest

from dualcos.leash.leash_rules import LeashRule
from dualcos.messages.social_services import ServiceDone
from dualcos.terminal.social.medical_means import MedicalTerms
from dualcos.terminal.social.medical_record_states import RecordState, UploadState
from dualcos.terminal.social.medical_records import SettlementMode
from dualcos.terminal.social.security_path import PathKind
from dualcos.terminal.social.social_terminal import SocialParts, SocialTerminal
from dualcos.terminal.social.terminal_stopped import StopCause
from tests.dualcos.terminal.social.medical_bench import MedicalBench, prepared_card

OFFLINE = SettlementMode.OFFLINE


def with_three() -> MedicalBench:
    """Three off-line settlements wait."""
    bench = MedicalBench("social-2.0", OFFLINE)
    at = bench.insert()
    bench.desk.load(at, 5_000)
    for total in (1, 2, 3):
        bench.desk.settle(at, total)
    bench.bureau.asked.clear()
    return bench


def sent(bench: MedicalBench) -> list[int]:
    return [request.account for request in bench.bureau.asked]


def test_in_their_order():
    bench = with_three()
    assert [each.request.account for each in bench.desk.upload().taken] == [1, 2, 3]
    assert bench.desk.upload() == ((), (), 0)
    assert sent(bench) == [1, 2, 3]


def test_one_that_is_never_answered_holds_up_no_other():
    bench = with_three()
    bench.bureau.rules(LeashRule(match={"service": "settlement", "account": 2}, drop="before commit"))
    result = bench.desk.upload()
    assert ([each.request.account for each in result.taken], result.waiting) == ([1, 3], 1)
    assert sent(bench) == [1, 2, 2, 3]
    bench.bureau.rules()
    assert [each.request.account for each in bench.desk.upload().taken] == [2]


def test_the_second_silence_keeps_those_behind_waiting():
    bench = with_three()
    bench.bureau.down = True
    assert bench.desk.upload() == ((), (), 3)
    assert sent(bench) == [1, 1, 2, 2]
    bench.bureau.down = False
    assert [each.request.account for each in bench.desk.upload().taken] == [1, 2, 3]


def test_a_question_that_is_never_answered_holds_up_no_report():
    """Two of them: reports go first, then each is asked about in its turn."""
    bench = MedicalBench("social-2.0", SettlementMode.ONLINE)
    bench.bureau.down = True
    for total in (500, 501, 502):
        bench.stopped(lambda total=total: bench.desk.settle(bench.insert(), total))
    bench.bureau.down = False
    bench.bureau.rules(LeashRule(match={"service": "pre-settlement", "total": 500}, drop="before commit"))
    outcome = bench.desk.settle(bench.insert(), 600)
    assert (outcome.record.state, outcome.upload.state) == (RecordState.COMPLETE, UploadState.TAKEN)
    states = [record.state for _, record in bench.journal.records()]
    assert states == [RecordState.ASKED, RecordState.GIVEN_UP, RecordState.GIVEN_UP, RecordState.COMPLETE]
    assert bench.desk.upload().waiting == 0


def test_two_questions_without_an_answer_are_enough():
    bench = MedicalBench("social-2.0", SettlementMode.ONLINE)
    bench.bureau.down = True
    for total in (500, 501, 502):
        bench.stopped(lambda total=total: bench.desk.settle(bench.insert(), total))
    bench.bureau.asked.clear()
    bench.desk.upload()
    assert [request.total for request in bench.bureau.asked] == [500, 500, 501, 501]


def test_what_was_carried_out_unheard_is_sent_again_and_booked_once():
    bench = with_three()
    bench.bureau.rules(LeashRule(match={"service": "settlement"}, drop="after commit"))
    assert bench.desk.upload().waiting == 3
    bench.bureau.rules()
    assert bench.desk.upload().waiting == 0
    assert len({request.running for request in bench.bureau.asked}) == 3
    books = bench.bureau.desk.books.balances()
    assert [fen for name, fen in books.items() if name.startswith("provider/")] == [6]


def test_a_refused_one_is_kept_and_told_and_not_sent_again():
    bench = with_three()
    bench.bureau.rules(LeashRule(match={"service": "settlement", "account": 2}, refuse="tac-wrong"))
    result = bench.desk.upload()
    assert [each.request.account for each in result.taken] == [1, 3]
    ((upload, refusal),) = result.refused
    assert (upload.request.account, refusal.code, result.waiting) == (2, "tac-wrong", 0)
    (kept,) = bench.journal.uploads_of(upload.record)
    assert (kept.state, kept.answer) == (UploadState.REFUSED, refusal)
    assert bench.desk.upload() == ((), (), 0)


def test_an_answer_of_another_kind_is_none():
    bench = with_three()
    ask = bench.bureau.ask
    bench.terminal.parts.back_end._back_end = Answering(lambda request: ServiceDone(running=request.running))
    assert bench.desk.upload() == ((), (), 3)
    bench.terminal.parts.back_end._back_end = Answering(ask)
    assert len(bench.desk.upload().taken) == 3


class Answering:
    """A back end that answers so."""

    def __init__(self, answer):
        self.ask = answer


def unanswered(mode: SettlementMode) -> MedicalBench:
    """A load or settlement that the back end has agreed to, and nobody has heard it."""
    bench = MedicalBench("social-2.0", mode)
    at = bench.insert()
    act = bench.desk.load if mode is OFFLINE else bench.desk.settle
    bench.bureau.rules(LeashRule(match={"service": _QUESTIONS[mode]}, drop="after commit"))
    assert bench.stopped(lambda: act(at, 500)).cause is StopCause.NO_BACK_END
    ((_, record),) = bench.journal.open_records()
    assert record.state is RecordState.ASKED
    bench.bureau.rules()
    bench.bureau.asked.clear()
    return bench


_QUESTIONS = {OFFLINE: "load", SettlementMode.ONLINE: "pre-settlement"}


@pytest.mark.parametrize("mode", _QUESTIONS)
def test_a_question_that_nobody_answered_is_asked_again_and_given_up(mode):
    """The same question: the back end says which voucher it gave, and gets that back. For a load the card is there."""
    bench = unanswered(mode)
    ((_, record),) = bench.journal.open_records()
    if mode is OFFLINE:
        assert bench.desk.upload() == ((), (), 0)
        ((_, given_up, told),) = bench.desk.recover(bench.insert())
    else:
        (told,) = bench.desk.upload().taken
        ((_, given_up),) = bench.journal.records()
    question, report = bench.bureau.asked
    assert (question, report) == (record.asked, told.request)
    assert (given_up.state, given_up.asked) == (RecordState.GIVEN_UP, None)
    books = bench.bureau.desk.books.balances()
    assert books.get("transit", 0) == 0


def test_an_old_question_does_not_undo_a_later_load():
    """The card was loaded elsewhere and nobody heard that: asked now, the old load would have its sequence number."""
    bench = unanswered(OFFLINE)
    bench.bureau.rules(LeashRule(match={"service": "load-proof"}, drop="before commit"))
    other = MedicalBench(
        "social-2.0", OFFLINE, PathKind.HSM, bureau=bench.bureau, card=bench.own_card, clock=bench.clock
    )
    other.desk.load(other.insert(), 700)
    bench.put(bench.own_card)
    bench.bureau.rules()
    bench.bureau.asked.clear()
    ((_, record, upload),) = bench.desk.recover(bench.insert())
    assert (record.state, upload, bench.bureau.asked) == (RecordState.GIVEN_UP, None, [])
    other.desk.upload()
    books = bench.bureau.desk.books.balances()
    assert books["transit"] == 0
    assert [fen for name, fen in books.items() if name.startswith("purse/")] == [700]


@pytest.mark.parametrize(
    ("rule", "state"),
    [
        (LeashRule(match={"service": "load"}, drop="before commit"), RecordState.ASKED),
        (LeashRule(match={"service": "load"}, refuse="not-enough"), RecordState.GIVEN_UP),
        (LeashRule(match={"service": "load"}, refuse="mac1-wrong"), RecordState.GIVEN_UP),
    ],
)
def test_a_load_that_is_asked_for_again_in_vain_stops_nothing(rule, state):
    bench = unanswered(OFFLINE)
    bench.bureau.rules(rule)
    ((_, record, upload),) = bench.desk.recover(bench.insert())
    assert (record.state, upload) == (state, None)


def test_the_back_end_hears_of_a_card_before_it_is_asked_about_it_again():
    """A voucher that nobody heard of holds the account's money; given back, all of it pays again."""
    bench = MedicalBench("social-2.0")
    at = bench.insert()
    bench.bureau.rules(LeashRule(match={"service": "pre-settlement"}, drop="after commit"))
    bench.stopped(lambda: bench.desk.settle(at, 2_000_000))
    bench.bureau.rules()
    total, fund = 2_000_000, (2_000_000 - 1_000) * 7 // 10
    assert bench.desk.settle(at, total).record.shares == (total - fund, fund, 0)


def test_what_waits_of_a_card_is_told_before_its_next_load():
    bench = with_three()
    bench.desk.load(bench.insert(), 10)
    assert [
        type(each).__name__
        for each in bench.bureau.asked
        if "Asked" not in type(each).__name__ or "Load" in type(each).__name__
    ] == [
        *["SettlementReported"] * 3,
        "LoadAsked",
        "LoadReported",
    ]


def test_what_waits_of_other_cards_waits():
    bench = with_three()
    bench.put(prepared_card("dual-2.0-3des"))
    bench.stopped(lambda: bench.desk_in(SettlementMode.ONLINE).settle(bench.insert(), 10))
    assert "SettlementReported" not in {type(each).__name__ for each in bench.bureau.asked}


def test_a_question_that_is_refused_now_is_closed():
    bench = MedicalBench("social-2.0")
    at = bench.insert()
    bench.bureau.down = True
    bench.stopped(lambda: bench.desk.settle(at, 500))
    bench.bureau.down = False
    bench.bureau.rules(LeashRule(match={"service": "pre-settlement"}, refuse="not-insured"))
    assert bench.desk.upload() == ((), (), 0)
    ((_, record),) = bench.journal.records()
    assert (record.state, record.refusal.code) == (RecordState.GIVEN_UP, "not-insured")


def test_each_request_is_tried_as_often_as_the_region_says():
    bench = MedicalBench("social-2.0")
    bench.terms = MedicalTerms(mode=SettlementMode.ONLINE, tries=5)
    bench.start()
    at = bench.insert()
    bench.bureau.down = True
    bench.stopped(lambda: bench.desk.settle(at, 500))
    assert len(bench.bureau.asked) == 5
    assert len({request.running for request in bench.bureau.asked}) == 1


def test_a_terminal_that_is_never_on_line():
    """Mode 3 needs no back end; what waits, waits."""
    bench = with_three()
    parts = bench.terminal.parts
    alone = SocialParts(parts.card, parts.sam, parts.display, parts.keyboard, parts.pin_pad, parts.clock)
    bench.desk.__init__(SocialTerminal(alone), bench.journal, bench.terms)
    at = bench.insert()
    assert bench.desk.settle(at, 4).record.state is RecordState.COMPLETE
    assert bench.desk.upload() == ((), (), 4)
    assert bench.stopped(lambda: bench.desk.load(at, 1)).cause is StopCause.NO_BACK_END
