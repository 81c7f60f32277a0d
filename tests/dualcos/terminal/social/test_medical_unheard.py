"""Whoever stands at the terminal hears of every transaction that the card has booked, once, before anything new begins.

A cashier who does not know that the card is debited does what anybody would: the same once more.
"""

from __future__ import annotations

import pytest
from msgspec import structs

from dualcos.leash.leash_rules import LeashRule
from dualcos.terminal.social.hsm_path import said_of
from dualcos.terminal.social.medical_desk import EarlierTransaction
from dualcos.terminal.social.medical_record_states import RecordEvent, RecordState
from dualcos.terminal.social.security_path import PathKind
from dualcos.terminal.social.terminal_stopped import Booked, StopCause, TerminalStopped
from tests.dualcos.terminal.social.medical_bench import (
    CREDIT,
    DEBIT,
    INITIALIZE,
    UPDATE,
    MedicalBench,
    PulledAt,
    prepared_card,
)
from tests.dualcos.terminal.social.test_pulled_in_the_middle import (
    bench_for,
    disturbed,
    elsewhere,
    offline_account,
    pulled_at_debit,
    undisturbed,
)

ACTS = ("on line", "on line by HSM", "off line", "load", "off line for a while")


def pulled(name: str, *, carried_out: bool = True):
    """A bench whose card was pulled at DEBIT or CREDIT, what stopped it, and what is done there."""
    bench, act = bench_for(name)
    command = CREDIT if name == "load" else DEBIT
    bench.card.card = PulledAt(bench.own_card, command, carried_out=carried_out)
    stopped = bench.stopped(lambda: act(bench))
    bench.card.card = bench.own_card
    return bench, act, stopped


# --- once more -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ACTS)
def test_the_same_once_more_tells_of_the_first_and_begins_nothing(name):
    bench, act, stopped = pulled(name)
    assert stopped.booking.booked is Booked.UNKNOWN
    before = len(bench.journal.records())
    again = bench.stopped(lambda: act(bench))
    assert isinstance(again, EarlierTransaction)
    ((number, record, _),) = again.outcomes
    assert record.state in (RecordState.COMPLETE, RecordState.PROVED)
    assert (again.cause, again.booking) == (StopCause.RECOVERED, (Booked.YES, number))
    assert stopped.booking.record == number
    assert f"record {number}" in again.en
    assert len(bench.journal.records()) == before
    assert act(bench).number > number  # asked for a second time, it is a second one


@pytest.mark.parametrize("name", ACTS)
def test_what_was_not_booked_is_simply_done_again(name):
    bench, act, _ = pulled(name, carried_out=False)
    assert act(bench).record.state is RecordState.COMPLETE


def test_what_recover_has_told_is_not_told_again():
    bench, act, _ = pulled("off line")
    assert len(bench.desk.recover(bench.insert())) == 1
    assert bench.desk.recover(bench.insert()) == ()
    assert act(bench).record.state is RecordState.COMPLETE


def test_one_whose_proof_is_gone_is_told_once():
    """The card's log says that it has booked; nobody has the TAC."""
    bench = pulled_at_debit()
    elsewhere(bench, offline_account)
    again = bench.stopped(lambda: offline_account(bench))
    assert (again.cause, again.booking.booked) == (StopCause.RECOVERED, Booked.UNKNOWN)
    assert offline_account(bench).record.state is RecordState.COMPLETE


@pytest.mark.parametrize("name", ["on line", "off line", "load"])
def test_the_terminal_was_off_in_between(name):
    """At each write of its storage: what the card has booked is told by ``settle``, or stands there as told."""
    _, writes, *_ = undisturbed(name)
    for number in range(writes):
        bench, act = bench_for(name)
        bench.meter.cut_at = number, True
        assert not disturbed(bench, act)
        bench.meter.cut_at = None
        booked = any(each.command[:2] in (DEBIT, CREDIT) for each in bench.card.passed)
        bench.start()
        last = bench.journal.record(bench.journal.last_number())
        told = last is not None and last.record.told
        if booked and not told:
            assert isinstance(bench.stopped(lambda bench=bench, act=act: act(bench)), EarlierTransaction)
        assert act(bench).record.state is RecordState.COMPLETE


# --- closed on the way -----------------------------------------------------------------------------------------------


def without_check(path: PathKind) -> tuple[MedicalBench, TerminalStopped]:
    """The card has answered; PSAM or HSM is gone before it has checked MAC2."""
    bench = MedicalBench("social-2.0", path=path)
    at = bench.insert()
    if path is PathKind.HSM:
        bench.bureau.rules(LeashRule(match={"service": "purchase-mac-check"}, drop="before commit"))
    else:
        bench.card.bend = lambda command, answer: bench.sam.pull() or answer if command[:2] == DEBIT else answer
    stopped = bench.stopped(lambda: bench.desk.settle(at, 600))
    bench.card.bend = None
    bench.sam.put_back()
    bench.bureau.rules()
    return bench, stopped


@pytest.mark.parametrize("path", PathKind)
@pytest.mark.parametrize("uploaded", [False, True])
def test_one_whose_mac2_was_not_checked(path, uploaded):
    bench, stopped = without_check(path)
    cause = StopCause.NO_BACK_END if path is PathKind.HSM else StopCause.NO_PSAM
    assert (stopped.cause, stopped.booking) == (cause, (Booked.YES, 1))
    if uploaded:
        bench.desk.upload()
    again = bench.stopped(lambda: bench.desk.settle(bench.insert(), 600))
    ((number, record, _),) = again.outcomes
    assert (number, record.state) == (1, RecordState.COMPLETE)


def test_it_is_told_though_another_cards_is_pending():
    bench = pulled_at_debit()
    own, other = bench.own_card, prepared_card("dual-2.0-3des")
    bench.put(other)
    at = bench.insert()
    bench.desk.recover(at, override=True)
    mine = bench.journal.record(2).record
    of_other = structs.replace(mine, state=RecordState.AGREED, card=said_of(at.environment), set_aside=False)
    pending = bench.journal.begin(of_other)
    bench.journal.step(pending, RecordEvent.SENT)
    bench.put(own)
    assert bench.stopped(lambda: bench.desk.recover(bench.insert())).cause is StopCause.PENDING
    assert bench.journal.record(2).record.state is RecordState.COMPLETE
    (found,) = bench.desk.recover(bench.insert(), override=True)
    assert (found.number, found.record.state) == (2, RecordState.COMPLETE)


# --- every stop says what became of the card's money -----------------------------------------------------------------


def test_nothing_was_begun():
    bench = MedicalBench("social-2.0")
    at = bench.insert()
    assert bench.stopped(lambda: bench.desk.settle(at, 0)).booking is None


@pytest.mark.parametrize(("command", "word"), [(INITIALIZE, "9403"), (INITIALIZE, "6F00")])
def test_the_card_was_not_asked(command, word):
    bench, act = bench_for("off line")
    bench.instead(command, word)
    stopped = bench.stopped(lambda: act(bench))
    assert stopped.booking.booked is Booked.NO
    assert "booked" not in stopped.en


def test_a_card_that_says_nothing_more():
    bench, act = bench_for("off line")
    bench.card.bend = lambda command, answer: (
        b"\x6f\x00" if command[0] == 0xB0 and command[:2] != INITIALIZE else answer
    )
    stopped = bench.stopped(lambda: act(bench))
    assert stopped.booking == (Booked.UNKNOWN, bench.journal.last_number())
    assert "not known" in stopped.en


def test_figures_that_the_card_does_not_write():
    """The settlement is off the card; its temporary off-line file is not written."""
    bench, act = bench_for("off line for a while")
    bench.card.bend = lambda command, answer: b"\x65\x81" if command[:2] == UPDATE else answer
    stopped = bench.stopped(lambda: act(bench))
    assert (f"{stopped.sw}", stopped.booking.booked) == ("6581", Booked.YES)
    assert f"the card has booked it, record {stopped.booking.record}" in stopped.en


@pytest.mark.parametrize("name", ["on line", "off line", "load", "off line for a while"])
def test_a_storage_that_fails_at_each_write(name, monkeypatch):
    """What it says is never less than what the card did."""
    seen = set()
    for number in range(40):
        bench, act = bench_for(name)
        left = [number]
        real = type(bench.journal).transaction

        def failing(journal, left=left, real=real):
            left[0] -= 1
            if left[0] < 0:
                raise TerminalStopped(StopCause.STORAGE)
            return real(journal)

        monkeypatch.setattr(type(bench.journal), "transaction", failing)
        try:
            act(bench)
        except TerminalStopped as stopped:
            booking = stopped.booking
        else:
            break
        finally:
            monkeypatch.undo()
        asked = any(each.command[:2] in (DEBIT, CREDIT) for each in bench.card.passed)
        assert booking is not None or not asked
        if booking is not None:
            assert (booking.booked is not Booked.NO) is asked
            seen.add(booking.booked)
    assert seen >= {Booked.NO, Booked.UNKNOWN, Booked.YES}
