"""The power goes at every durable write, message and command of a payment: behind it every payment is decided, the
holder pays for what is approved, once, and no reversal is lost (PBOC-4 §6.2.12.5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from apdu import tlv
from dualcos.terminal.financial.kernel.kernel_settings import ATM, POS
from dualcos.terminal.financial.payment_journal import PaymentJournal
from dualcos.terminal.financial.payment_states import OPEN_PAYMENT_STATES
from tests.dualcos.terminal.financial.till_bench import TillBench

AMOUNT = 5_000


class TillPowerCut(BaseException):
    """The terminal is gone in the middle."""


class CutCounter:
    """Counts moments; the power goes at number ``at``."""

    def __init__(self, at: int = -1) -> None:
        self.at, self.count = at, 0

    def tick(self) -> None:
        self.count += 1
        if self.count - 1 == self.at:
            raise TillPowerCut


class MeteredJournal(PaymentJournal):
    """Its writes are moments: before they are on disk, and right behind it."""

    def __init__(self) -> None:
        self.counter = CutCounter()
        super().__init__()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with super().transaction():
            yield
            self.counter.tick()
        self.counter.tick()


def moments(what: str, act: Callable[[TillBench], object], at: int = -1) -> tuple[TillBench, int]:
    """The bench behind ``act``, and how many moments it had; the power goes at one of them."""
    journal = MeteredJournal()
    bench = TillBench(data=ATM if what in AT_MACHINES else POS, journal=journal)
    till = bench.till
    if what == "void":
        till.purchase(AMOUNT)
    counter = journal.counter = CutCounter(at)
    bench.line.cut = counter.tick
    exchange = bench.card.exchange

    def metered(command: bytes) -> bytes:
        counter.tick()
        answer = exchange(command)
        counter.tick()
        return answer

    bench.card.exchange = metered  # type: ignore[method-assign]
    with suppress(TillPowerCut):
        act(bench)
    journal.counter, bench.line.cut = CutCounter(), lambda: None
    bench.card.exchange = exchange  # type: ignore[method-assign]
    return bench, counter.count


ACTS: dict[str, Callable[[TillBench], object]] = {
    "purchase": lambda bench: bench.till.purchase(AMOUNT),
    "withdrawal": lambda bench: bench.till.withdraw(AMOUNT),
    "deposit": lambda bench: bench.till.deposit(AMOUNT),
    "void": lambda bench: bench.till.void(bench.record.voucher),
}
AT_MACHINES = ("withdrawal", "deposit")


def paid_for(bench: TillBench) -> int:
    """Fen that approved payments took, as the terminal knows them."""
    approved = [each.record for each in bench.journal.payments() if each.record.state.value in ("approved", "voided")]
    return sum(-each.amount if each.kind.credit else each.amount for each in approved if each.kind.posts)


def decided(bench: TillBench) -> None:
    """Power, sign-on, whatever waits; then all books agree."""
    till = bench.power_cut()
    assert bench.journal.in_state(*OPEN_PAYMENT_STATES) == []
    for _ in range(3):
        if not till.send_waiting():
            break
    assert bench.journal.waiting() == []
    assert not {"reversing", "manual"} & set(bench.states)
    assert bench.gone == paid_for(bench)
    assert sum(bench.box.paid.values()) in (0, paid_for(bench))
    assert bench.journal.untold() == []


def check_notes(bench: TillBench) -> None:
    """They are the bank's, with a slip about them, or their holder's, with nothing booked."""
    mouth = bench.mouth
    assert (mouth.held, mouth.kept + mouth.back) in ((0, AMOUNT), (0, 0))
    if mouth.kept:
        assert "交易成功" in bench.slips() or "钞票留在机内" in bench.slips()
    else:
        assert bench.gone == 0


@pytest.mark.parametrize("what", ACTS)
def test_at_every_moment_of_it(what):
    _, count = moments(what, ACTS[what])
    assert count > 20
    outcomes = set()
    for at in range(count):
        bench, _ = moments(what, ACTS[what], at)
        decided(bench)
        if what == "withdrawal":
            assert bench.gone == sum(bench.box.paid.values())
        if what == "deposit":
            check_notes(bench)
        outcomes.add(bench.gone)
        if at % 8 == 0:
            assert (bench.till.withdraw if what in AT_MACHINES else bench.till.purchase)(100).is_approved
    assert outcomes == {0, -AMOUNT if what == "deposit" else AMOUNT}


@pytest.mark.parametrize("what", ACTS)
def test_a_terminal_that_goes_on_behind_an_exception_ends_what_was_open_first(what):
    _, count = moments(what, ACTS[what])
    for at in range(0, count, 4):
        bench, _ = moments(what, ACTS[what], at)
        bench.till.send_waiting()
        bench.till.send_waiting()
        assert bench.journal.in_state(*OPEN_PAYMENT_STATES) == []
        assert bench.gone == paid_for(bench)


def test_a_dispenser_that_had_paid_when_the_power_went():
    bench = TillBench(data=ATM)
    pay = bench.box.pay

    def paid_and_gone(mark: str, amount: int) -> None:
        pay(mark, amount)
        raise TillPowerCut

    bench.box.pay = paid_and_gone  # type: ignore[method-assign]
    with pytest.raises(TillPowerCut):
        bench.till.withdraw(AMOUNT)
    assert bench.states == ["paying"]
    decided(bench)
    assert bench.states == ["approved"]
    assert bench.gone == AMOUNT


def test_a_dispenser_that_had_not_paid_when_the_power_went():
    bench = TillBench(data=ATM)

    def gone(_mark: str, _amount: int) -> None:
        raise TillPowerCut

    bench.box.pay = gone  # type: ignore[method-assign]
    with pytest.raises(TillPowerCut):
        bench.till.withdraw(AMOUNT)
    decided(bench)
    assert bench.states == ["reversed"]
    (reversal,) = bench.line.of("0400")
    assert (reversal.text(39), reversal.text(38)) == ("96", bench.record.approval)
    at = max(turn for turn, each in enumerate(bench.card.passed) if each.command[1] == 0xAE)
    issuer_data = tlv.find(reversal.raw(55), 0x9F10)
    assert issuer_data is not None
    assert any(issuer_data in each.answer for each in bench.card.passed[at:])


def test_slips_that_nobody_has_are_printed_when_the_power_is_back():
    bench = TillBench()
    bench.printer.jams = True
    bench.till.purchase(AMOUNT)
    assert bench.slips() == ""
    bench.printer.jams = False
    bench.power_cut()
    assert "交易成功" in bench.slips()
    assert "重打印" not in bench.slips()
    printed = len(bench.printer.slips)
    bench.power_cut()
    assert len(bench.printer.slips) == printed
