"""Who leaves a card, what one that was left serves for, what is forgotten of its PIN (SSC-7 §5.5; SSC-8 §6.4)."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType

import pytest

from dualcos.messages.social_services import CommandAsked, ReadCard
from dualcos.terminal.social.medical_record_states import RecordState
from dualcos.terminal.social.medical_records import SettlementMode
from dualcos.terminal.social.pin_services import change_pin, reload_pin
from dualcos.terminal.social.security_path import PathKind
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.social.transaction_choice import Actor
from tests.dualcos.terminal.social.medical_bench import MedicalBench, prepared_card
from tests.dualcos.terminal.social.test_pulled_in_the_middle import pulled_at_debit
from tests.dualcos.terminal.terminal_bench import TerminalBench

NEVER = "987654"


def test_a_card_that_was_admitted_before_another_is_asked_nothing():
    """Else the second card's silence about a settlement would be taken for the first one's."""
    bench = pulled_at_debit()
    first = bench.own_card
    bench.card.put_back()
    stale = bench.terminal.admit()
    bench.card.card = prepared_card("dual-2.0-3des")
    bench.terminal.admit()
    bench.card.passed.clear()
    assert bench.stopped(lambda: bench.desk.recover(stale)).cause is StopCause.NO_POWER
    assert bench.card.passed == []
    bench.put(first)
    ((_, record, _),) = bench.desk.recover(bench.insert())
    assert record.state is RecordState.COMPLETE


def test_a_card_that_was_left_serves_no_more():
    bench = TerminalBench()
    at = bench.admit()
    at.leave()
    assert bench.stopped(at.challenge).cause is StopCause.NO_POWER
    bench.admit()
    at.leave()
    assert bench.slot.powered


class BrokenKeyboard(Exception):
    pass


def test_a_fault_of_another_part_leaves_no_card_with_power(monkeypatch):
    bench = TerminalBench()

    def broken(*_):
        raise BrokenKeyboard

    monkeypatch.setattr(bench.operator, "choose", broken)
    with pytest.raises(BrokenKeyboard):
        bench.terminal().begin(Actor.OPERATOR)
    assert not bench.slot.powered
    monkeypatch.setattr(bench.clock, "now", broken)
    with pytest.raises(BrokenKeyboard):
        bench.admit()
    assert not bench.slot.powered


def test_the_terminal_switches_both_off():
    bench = TerminalBench()
    terminal = bench.terminal()
    terminal.switch_off()
    at = terminal.admit()
    terminal.switch_off()
    assert bench.sam_slot is not None
    assert (bench.slot.powered, bench.sam_slot.powered) == (False, False)
    assert bench.stopped(at.challenge).cause is StopCause.NO_POWER


@pytest.mark.parametrize("text", ["garbage", "2026011509300", "20260230093000", "２０２６０１１５０９３０００"])
def test_a_clock_that_says_no_time_stops_before_the_card_is_debited(monkeypatch, text):
    bench = MedicalBench("social-2.0", SettlementMode.ONLINE)
    at = bench.insert()
    monkeypatch.setattr(type(bench.clock), "now", lambda _: text)
    assert bench.stopped(lambda: bench.desk.settle(at, 500)).cause is StopCause.INPUT
    assert [record.state for _, record in bench.journal.records()] == [RecordState.GIVEN_UP]


# --- the PIN ----------------------------------------------------------------------------------------------------------


def frames(stopped: BaseException) -> Iterator[object]:
    """Everything local where it passed, and where what it came from did."""
    behind: list[BaseException | None] = [stopped]
    while behind:
        error = behind.pop()
        if error is None:
            continue
        behind += [error.__context__, error.__cause__]
        trace: TracebackType | None = error.__traceback__
        while trace is not None:
            yield from trace.tb_frame.f_locals.values()
            trace = trace.tb_next


def refusing(bench: TerminalBench, command: bytes) -> None:
    def bent(passed: bytes, answer: bytes) -> bytes:
        return b"\x6f\x00" if passed.startswith(command) and len(passed) > 5 and passed[4] else answer

    bench.card.bend = bent


@pytest.mark.parametrize(
    ("act", "command"),
    [
        (lambda at: at.demand_pin(), b"\x00\x20"),
        (lambda at: at.verify(NEVER), b"\x00\x20"),
        (change_pin, b"\x80\x5e"),
        (reload_pin, b"\x84\x24"),
    ],
    ids=["demand", "verify", "change", "reload"],
)
@pytest.mark.parametrize("pulled", [False, True])
def test_what_stops_at_a_pin_keeps_none_of_its_digits(act, command, pulled):
    bench = TerminalBench()
    at = bench.admit()
    bench.holder.digits[:] = [NEVER] * 3
    refusing(bench, command)
    if pulled:
        bench.card.bend = lambda passed, answer: bench.card.pull() or b"" if passed.startswith(command) else answer
    stopped = bench.stopped(lambda: act(at))
    assert stopped.__traceback__ is not None
    kept = [each for each in frames(stopped) if NEVER in repr(each) or NEVER.encode().hex() in repr(each)]
    assert not kept
    assert isinstance(stopped, TerminalStopped)


def test_two_new_pins_that_differ_are_kept_nowhere():
    bench = TerminalBench()
    at = bench.admit()
    bench.holder.digits[:] = ["123456", NEVER, "111111"]
    stopped = bench.stopped(lambda: change_pin(at))
    assert stopped.cause is StopCause.PINS_DIFFER
    assert not [each for each in frames(stopped) if NEVER in repr(each)]


def test_a_request_shows_everything_but_its_pin():
    card = ReadCard(region="990000", historical="00" * 13, algorithm="01", identification="00" * 16)
    asked = CommandAsked(
        terminal="0" * 12, running=7, card=card, key="0173", factor="00" * 8, header="842400010C", pin=NEVER
    )
    assert NEVER not in repr(asked)
    assert all(each in repr(asked) for each in ("CommandAsked(", "running=7", "key='0173'", "header='842400010C'"))


def test_the_hsm_path_keeps_no_digits_either():
    bench = TerminalBench("social-3.0", desk=True, path=PathKind.HSM)
    at = bench.admit()
    bench.holder.digits[:] = [NEVER] * 2
    refusing(bench, b"\x84\x24")
    stopped = bench.stopped(lambda: reload_pin(at))
    assert not [each for each in frames(stopped) if NEVER in repr(each)]
