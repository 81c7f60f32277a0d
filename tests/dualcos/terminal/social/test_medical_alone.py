"""Checks of the medical flows that other checks stand in front of or behind, each alone."""

from __future__ import annotations

import pytest
from msgspec import structs

from cos.kernel.files import Descriptor
from dualcos.messages.social_services import ReadCard, ServiceDone
from dualcos.terminal.social.medical_record_states import RecordState
from dualcos.terminal.social.medical_records import CardFigures, FigureUpdate, MedicalRecord, SettlementMode
from dualcos.terminal.social.purchase_steps import OrderAmounts
from dualcos.terminal.social.terminal_stopped import StopCause
from tests.dualcos.terminal.social.medical_bench import DEBIT, PROOF, MedicalBench, PulledAt, prepared_card
from tests.dualcos.terminal.social.test_medical_flows import one_bit_false
from tests.dualcos.terminal.social.test_pulled_in_the_middle import elsewhere, load, offline_account, pulled_at_debit

ONLINE, EITHER, OFFLINE = SettlementMode
CARD = ReadCard(region="990000", historical="00" * 13, algorithm="03", identification="99" * 16, number="A00000001")
LOG = bytes.fromhex("46DF04EF08")
READ_LOG = b"\x00\xb2"


class Answering:
    """A back end that says "done" to one kind of request, and otherwise what ``behind`` does."""

    def __init__(self, behind, kind):
        self._behind, self._kind = behind, kind

    def ask(self, request):
        if type(request).__name__ == self._kind:
            return ServiceDone(running=request.running)
        return self._behind.ask(request)


@pytest.mark.parametrize(
    ("mode", "kind", "act"),
    [(ONLINE, "PreSettlementAsked", "settle"), (OFFLINE, "LoadAsked", "load")],
)
def test_an_answer_of_another_kind_agrees_to_nothing(mode, kind, act):
    bench = MedicalBench("social-2.0", mode)
    bench.terminal.parts.back_end._back_end = Answering(bench.bureau, kind)
    at = bench.insert()
    assert bench.stopped(lambda: getattr(bench.desk, act)(at, 500)).cause is StopCause.BACK_END_REFUSED
    ((_, record),) = bench.journal.records()
    assert record.state is RecordState.ASKED
    assert bench.desk.upload() == ((), (), 0)
    bench.terminal.parts.back_end._back_end = bench.bureau
    bench.desk.recover(bench.insert())
    bench.desk.upload()
    ((_, record),) = bench.journal.records()
    assert record.state is RecordState.GIVEN_UP


def test_balance_and_log_ask_for_the_pin_themselves():
    bench = MedicalBench("social-2.0", OFFLINE)
    assert bench.desk.balance(bench.insert()).account == 0
    assert bench.desk.log(bench.insert()) == ()
    assert len(bench.holder.asked) == 2


@pytest.mark.parametrize("mode", [ONLINE, OFFLINE])
@pytest.mark.parametrize("total", [0, -1, 1 << 32])
def test_a_total_that_is_none_asks_nobody(mode, total):
    bench = MedicalBench("social-2.0", mode)
    at = bench.insert()
    assert bench.stopped(lambda: bench.desk.settle(at, total)).cause is StopCause.AMOUNT
    assert (bench.journal.records(), bench.bureau.asked) == ([], [])


def test_the_greatest_total_is_one():
    bench = MedicalBench("social-2.0", OFFLINE)
    at = bench.insert()
    amounts = OrderAmounts(0, (1 << 32) - 1, 0)
    assert bench.desk.settle(at, (1 << 32) - 1, amounts=amounts).record.state is RecordState.COMPLETE


@pytest.mark.parametrize("amounts", [OrderAmounts(0, 250, 251), OrderAmounts(0, 250, 249), OrderAmounts(0, 501, -1)])
def test_parts_are_exactly_the_total(amounts):
    bench = MedicalBench("social-2.0", OFFLINE)
    at = bench.insert()
    assert bench.stopped(lambda: bench.desk.settle(at, 500, amounts=amounts)).cause is StopCause.AMOUNT


# --- what is open -----------------------------------------------------------------------------------------------------

UPDATE = FigureUpdate(before=CardFigures(True, 0, 0), after=CardFigures(True, 1, 1), adds=True)


@pytest.mark.parametrize("state", RecordState)
def test_what_is_open(state):
    record = MedicalRecord(state=state, card=CARD, terminal="990000000001", mode=EITHER)
    ended = state in (RecordState.COMPLETE, RecordState.SUSPICIOUS, RecordState.GIVEN_UP)
    assert record.is_open is not ended
    with_file = structs.replace(record, figures=UPDATE)
    assert with_file.is_open is (not ended or state is RecordState.COMPLETE)
    written = structs.replace(record, figures=structs.replace(UPDATE, written=True))
    assert written.is_open is not ended


def test_a_suspicious_settlement_leaves_the_file_alone():
    card = prepared_card("social-2.0", offline_account=False)
    bench = MedicalBench("social-2.0", EITHER, card=card)
    bench.bureau.down = True
    at = bench.insert()
    bench.card.bend = lambda _, answer: one_bit_false(answer) if debited(bench, answer) else answer
    assert bench.stopped(lambda: bench.desk.settle(at, 500)).cause is StopCause.MAC2_WRONG
    bench.card.bend = None
    at = bench.insert()
    bench.desk.recover(at)
    place = at.place("DF04", 0xEF06)
    at.earn(place, place.file.read)
    assert at.read_item(place, 0x93) == b"00"


def debited(bench, answer):
    return len(answer) == 10 and any(each.command[:2] == DEBIT for each in bench.card.passed)


# --- the card's log as a witness --------------------------------------------------------------------------------------


def account_only(card):
    """Its log has records of 14 (hex) bytes (SSC-7 §12)."""
    raw = card.dump()["ssse"][LOG]
    card.overwrite("ssse", LOG, Descriptor.decode(0xEF08, raw)._replace(record_length=0x14).encode())
    return card


def account_alone(bench):
    return bench.desk.settle(bench.insert(), 523)


def test_to_a_card_that_has_the_account_only_parts_mean_nothing():
    """They are 0, or the settlement is refused; and on line all of it are parts (SSC-7 §12)."""
    bench = MedicalBench("social-2.0", OFFLINE, card=account_only(prepared_card("social-2.0")))
    bench.desk.load(bench.insert(), 10_000)
    for amounts in (OrderAmounts(400, 100, 0), OrderAmounts(400, 0, 100)):
        at = bench.insert()
        stopped = bench.stopped(lambda at=at, amounts=amounts: bench.desk.settle(at, 500, amounts=amounts))
        assert stopped.cause is StopCause.AMOUNT
    for mode in (ONLINE, EITHER):
        at = bench.insert()
        assert bench.stopped(lambda at=at, mode=mode: bench.desk_in(mode).settle(at, 500)).cause is StopCause.USE_FLAG
    done = bench.desk.settle(bench.insert(), 500, amounts=OrderAmounts(500, 0, 0)).record
    assert (done.account, done.self_paid, done.pooled) == (500, 0, 0)
    assert [type(each).__name__ for each in bench.bureau.asked] == ["LoadAsked", "LoadReported"]


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize("act", [load, account_alone])
def test_a_card_that_has_the_account_only(carried_out, act):
    """Log records of 20 bytes: the other amounts are 0 (SSC-7 §12)."""
    bench = MedicalBench("social-2.0", OFFLINE, card=account_only(prepared_card("social-2.0")))
    bench.desk.load(bench.insert(), 10_000)
    (entry,) = bench.desk.log(bench.insert())
    assert (entry.account, entry.self_paid, entry.pooled) == (10_000, None, None)
    bench.card.card = PulledAt(bench.own_card, b"\xb0\x2a" if act is load else DEBIT, carried_out=carried_out)
    bench.stopped(lambda: act(bench))
    bench.card.card = bench.own_card
    ((_, record, _),) = bench.desk.recover(bench.insert())
    assert record.state is (RecordState.COMPLETE if carried_out else RecordState.GIVEN_UP)
    assert bench.desk.balance(bench.insert())[1:] == (0, 0, "0000")


@pytest.mark.parametrize("act", [load, offline_account])
def test_a_log_without_it_does_not_undo_a_proof(act):
    """A card may lose its last log record with its power; amounts and proof go together (SSC-7 §12.6, §14)."""
    bench = MedicalBench("social-2.0", OFFLINE)
    bench.desk.load(bench.insert(), 10_000)
    bench.card.card = PulledAt(bench.own_card, b"\xb0\x2a" if act is load else DEBIT, carried_out=True)
    bench.stopped(lambda: act(bench))
    bench.put(bench.own_card)
    skipped = []

    def without_the_newest(command, answer):
        if command[:2] != READ_LOG or not any(each.command[:2] == PROOF for each in bench.card.passed):
            return answer
        skipped.append(command)
        return bench.own_card.exchange(bytes((*command[:2], command[2] + 1, *command[3:])))

    at = bench.insert()
    bench.card.bend = without_the_newest
    ((_, record, _),) = bench.desk.recover(at)
    assert record.state is RecordState.COMPLETE
    assert skipped


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize(("since", "told"), [(29, True), (30, True), (31, False)])
def test_a_log_that_does_not_reach_back_says_nothing(carried_out, since, told):
    """30 records (V2.0 §8.5.3). The oldest of 30 others has the number that ours would have: it was not booked."""
    bench = pulled_at_debit(carried_out=carried_out)
    elsewhere(bench, lambda other: [other.desk.settle(at, 1) for at in [other.insert()] for _ in range(since)])
    ((_, record, _),) = bench.desk.recover(bench.insert())
    assert record.state is (RecordState.GIVEN_UP if told and not carried_out else RecordState.UNKNOWN)


def test_the_same_settlement_but_one_amount_is_another(monkeypatch):
    """Same terminal, same second: three amounts decide."""
    bench = pulled_at_debit(carried_out=False)
    ((_, pending),) = bench.journal.open_records()
    other = MedicalBench(
        "social-2.0", OFFLINE, bureau=bench.bureau, card=bench.own_card, clock=bench.clock, sam=bench.own_sam
    )
    at = other.insert()
    monkeypatch.setattr(type(bench.clock), "now", lambda _: pending.time)
    total = pending.account + pending.self_paid + pending.pooled
    other.desk.settle(at, total, amounts=OrderAmounts(pending.account, pending.self_paid - 1, pending.pooled + 1))
    bench.put(bench.own_card)
    ((_, record, _),) = bench.desk.recover(bench.insert())
    assert record.state is RecordState.GIVEN_UP
