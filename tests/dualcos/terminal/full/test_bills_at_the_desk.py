"""Who comes to the desk while a bill is open, and what becomes of its paper."""

from __future__ import annotations

from typing import Any

import pytest

from dualcos.terminal.full.bill_record import CASH
from dualcos.terminal.full.bill_refused import BillRefusal
from dualcos.terminal.full.full_journal import FullJournal
from dualcos.terminal.social.terminal_stopped import TerminalStopped
from tests.dualcos.terminal.full.full_bench import FullBench, refused
from tests.dualcos.terminal.social.medical_bench import DEBIT

TOTAL, OWN = 20_000, 1_500


def settled(bench: FullBench, own: int = OWN, **how: Any) -> None:
    bench.terminal.settle(bench.admitted(), bench.desk, TOTAL, own, **how)


# --- whoever comes to the desk ----------------------------------------------------------------------------------------


def test_what_is_not_there_is_refused_and_nothing_changes():
    bench = FullBench()
    settled(bench)
    for act in (bench.terminal.take_back, bench.terminal.cancel, bench.terminal.reprint):
        assert refused(lambda act=act: act(7)) is BillRefusal.NO_SUCH_BILL
    assert refused(lambda: bench.terminal.pay(bench.admitted(), 7)) is BillRefusal.NO_SUCH_BILL
    assert refused(lambda: bench.terminal.pay(bench.admitted(), 1)) is BillRefusal.NOTHING_TO_PAY
    assert refused(lambda: bench.terminal.paid_elsewhere(1, CASH)) is BillRefusal.NOTHING_TO_PAY
    settled(bench, pays=False)
    assert refused(lambda: bench.terminal.take_back(2)) is BillRefusal.NOT_PAID
    assert bench.states == ["paid", "due"]


def test_two_bills_of_one_card_are_paid_each_by_itself_the_newest_first():
    bench = FullBench()
    for own in (1, 20):
        settled(bench, own, pays=False)
    bench.terminal.resume(bench.admitted(), bench.desk)
    assert (bench.states, bench.gone) == (["due", "paid"], 20)
    bench.terminal.resume(bench.admitted(), bench.desk)
    assert (bench.states, bench.gone) == (["paid", "paid"], 21)
    assert bench.terminal.resume(bench.admitted(), bench.desk) == ()


def test_a_settlement_of_somebody_else_is_not_the_bills():
    """A program that used the social half alone meanwhile: a record of another sum, or a load, is no end of it."""
    bench = FullBench()
    desk, real = bench.desk, bench.desk.settle

    def breaks(*_: Any) -> None:
        raise RuntimeError("a part breaks")

    desk.settle = breaks  # type: ignore[assignment, method-assign]
    with pytest.raises(RuntimeError):
        bench.terminal.settle(bench.admitted(), desk, TOTAL, OWN)
    assert bench.states == ["settling"]
    real(bench.admitted(), 700)
    bench.terminal.catch_up()
    assert bench.states == ["not-settled"]
    settled(bench)
    bench.finish()
    bench.demand_agreement(plain=1)


def pulled_behind_the_debit(bench: FullBench) -> None:
    """A settlement whose answer the terminal never sees; the card is back then."""
    real = bench.card.exchange

    def exchange(command: bytes) -> bytes:
        answer = real(command)
        if command.startswith(DEBIT):
            bench.card.pull()
        return answer

    bench.card.exchange = exchange  # type: ignore[method-assign]
    settled(bench)
    del bench.card.exchange  # type: ignore[method-assign]
    assert bench.states == ["settling"]
    bench.card.put_back()


def test_a_second_terminal_between_the_settlement_and_its_recovery():
    """The card was elsewhere meanwhile: its log has the settlement and its proof is another's (SSC-7 §14). What nobody
    can prove is not paid.
    """
    bench = FullBench()
    pulled_behind_the_debit(bench)
    other = FullBench(terminal="990000000077", card=bench.own_card)
    other.bureau, other.host, other.line = bench.bureau, bench.host, bench.line
    other.terminal.settle(other.admitted(), other.desk, 5_000, 50)
    bench.terminal.resume(bench.admitted(), bench.desk)
    assert (bench.states, other.states, bench.gone) == (["unknown"], ["paid"], 50)
    assert refused(lambda: bench.terminal.pay(bench.admitted(), 1)) is BillRefusal.NOTHING_TO_PAY


def test_a_card_that_is_given_up_comes_back():
    bench = FullBench()
    pulled_behind_the_debit(bench)
    bench.desk.give_card_up(1)
    bench.terminal.catch_up()
    assert bench.states == ["unknown"]
    assert refused(lambda: bench.terminal.cancel(1)) is BillRefusal.NOT_CANCELLABLE
    bench.terminal.resume(bench.admitted(), bench.desk)
    assert (bench.states, bench.gone) == (["paid"], OWN)
    bench.finish()
    bench.demand_agreement()


def test_an_earlier_settlement_comes_to_its_end_before_a_new_one_is_begun():
    bench = FullBench()
    pulled_behind_the_debit(bench)
    assert refused(lambda: settled(bench)) is BillRefusal.EARLIER
    assert bench.states == ["due"]
    settled(bench)
    assert (bench.states, bench.gone) == (["due", "paid"], OWN)
    bench.finish()
    bench.demand_agreement()


# --- paper ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jams_at", range(4))
def test_a_printer_that_jams_at_any_slip_prints_it_later(jams_at):
    bench = FullBench()
    real, printed = bench.printer.print, [0]

    def jamming(lines: Any) -> None:
        printed[0] += 1
        bench.printer.jams = printed[0] - 1 == jams_at
        real(lines)

    bench.printer.print = jamming  # type: ignore[method-assign]
    settled(bench)
    bench.terminal.take_back(1)
    bench.finish()
    bench.demand_agreement()


def test_a_bill_that_was_being_paid_when_power_and_paper_went():
    bench = FullBench()
    bench.printer.jams = True

    def breaks() -> None:
        raise KeyboardInterrupt

    assert bench.terminal is not None
    bench.line.cut = breaks
    with pytest.raises(KeyboardInterrupt):
        settled(bench)
    bench.line.cut = lambda: None
    bench.power_cut()
    assert (bench.states, bench.printer.slips) == (["due"], [])
    bench.printer.jams = False
    bench.power_cut()
    assert "待支付" in "\n".join(bench.printer.slips[0])
    printed = len(bench.printer.slips)
    bench.power_cut()
    assert len(bench.printer.slips) == printed
    bench.finish()
    bench.demand_agreement()


def test_no_back_end_at_all_settles_nothing_and_says_so():
    bench = FullBench()
    at = bench.admitted()
    bench.bureau.down = True
    with pytest.raises(TerminalStopped):
        bench.terminal.premium(at)
    assert FullJournal().bills() == bench.journal.bills() == []
