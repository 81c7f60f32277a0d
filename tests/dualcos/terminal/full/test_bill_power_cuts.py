"""The power goes at every command, message and durable write of a bill's business: behind it nothing is paid twice,
nothing is paid that was not settled, and hosts, card and paper say the same (总体方案 二（二）; PBOC-4 §6.2.12.5).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from dualcos.terminal.full.bill_record import CASH
from dualcos.terminal.social.medical_records import SettlementMode
from dualcos.terminal.social.purchase_steps import OrderAmounts
from tests.dualcos.terminal.full.bill_cuts import Act, CutBench

TOTAL, OWN = 20_000, 1_500
PARTS = OrderAmounts(10_000, 7_000, 3_000)


def settles(bench: CutBench, *, pays: bool = True) -> None:
    """With something left to pay in all modes."""
    amounts = PARTS if bench.mode is SettlementMode.OFFLINE else None
    bench.terminal.settle(bench.admitted(), bench.desk, TOTAL, OWN, amounts, pays=pays)


def day_later(bench: CutBench) -> None:
    """What was settled and paid is of a batch that is over."""
    settles(bench)
    bench.finish()
    bench.terminal.bank.settle()


class Business(NamedTuple):
    """``before``: what was done already; ``ends``: how it may stand behind the cut, where nobody goes on with it."""

    act: Act
    before: Act
    ends: frozenset[str]


def of(act: Callable[[CutBench], object], before: Callable[[CutBench], object], *ends: str) -> Business:
    return Business(act, before, frozenset(ends))  # type: ignore[arg-type]  # all benches here are such


BUSINESSES = {
    "settlement": of(settles, lambda _: None, "", "not-settled", "due", "paid"),
    "premium": of(lambda bench: bench.terminal.premium(bench.admitted()), lambda _: None, "", "due", "paid"),
    "payment later": of(
        lambda bench: bench.terminal.pay(bench.admitted(), 1), lambda bench: settles(bench, pays=False), "due", "paid"
    ),
    "take-back": of(lambda bench: bench.terminal.take_back(1), settles, "paid", "due"),
    "take-back of a premium": of(
        lambda bench: bench.terminal.take_back(1),
        lambda bench: bench.terminal.premium(bench.admitted()),
        *("paid", "due"),
    ),
    "refund": of(lambda bench: bench.terminal.take_back(1), day_later, "paid", "due"),
    "cancelling": of(
        lambda bench: bench.terminal.cancel(1), lambda bench: settles(bench, pays=False), "due", "cancelled"
    ),
    "cash for a premium": of(
        lambda bench: bench.terminal.paid_elsewhere(1, CASH),
        lambda bench: bench.terminal.premium(bench.admitted(), pays=False),
        *("due", "elsewhere"),
    ),
}


def bench_before(business: Business, profile: str, mode: SettlementMode) -> CutBench:
    bench = CutBench(profile, mode)
    if mode is SettlementMode.OFFLINE:
        bench.desk.load(bench.admitted(), 50_000)
    business.before(bench)
    return bench


@pytest.mark.parametrize(
    ("name", "profile", "mode", "stride"),
    [
        ("settlement", "dual-2.0-3des", SettlementMode.ONLINE, 1),
        ("settlement", "dual-3.0-sm4", SettlementMode.OFFLINE, 2),
        ("settlement", "dual-2.0-3des", SettlementMode.ONLINE_OR_OFFLINE, 4),
        ("premium", "dual-2.0-3des", SettlementMode.ONLINE, 2),
        ("payment later", "dual-3.0-sm4", SettlementMode.ONLINE, 3),
        ("take-back", "dual-2.0-3des", SettlementMode.ONLINE, 1),
        ("take-back of a premium", "dual-3.0-sm4", SettlementMode.ONLINE, 2),
        ("refund", "dual-2.0-3des", SettlementMode.ONLINE, 2),
        ("cancelling", "dual-2.0-3des", SettlementMode.ONLINE, 1),
        ("cancelling", "dual-3.0-sm4", SettlementMode.OFFLINE, 1),
        ("cash for a premium", "dual-2.0-3des", SettlementMode.ONLINE, 1),
    ],
)
def test_cut_at_every_moment(name, profile, mode, stride):
    business = BUSINESSES[name]
    count = bench_before(business, profile, mode).cut(business.act)
    ends = set()
    for at in range(0, count, stride):
        bench = bench_before(business, profile, mode)
        bench.cut(business.act, at)
        bench.power_cut()
        bench.finish()
        if bench.states == ["settling"]:
            assert bench.gone == 0
            bench.terminal.resume(bench.admitted(), bench.desk, pays=False)
        ends.add("".join(bench.states))
        assert bench.gone == sum(each.bill.due for each in bench.journal.bills() if each.bill.payment)
        bench.demand_agreement()
        on_paper = len(bench.printer.slips)
        bench.power_cut()
        assert len(bench.printer.slips) == on_paper
    assert ends == business.ends


@pytest.mark.parametrize("stride", [3])
def test_who_puts_the_card_in_again_pays_once(stride):
    business, mode = BUSINESSES["settlement"], SettlementMode.ONLINE
    count = bench_before(business, "dual-2.0-3des", mode).cut(business.act)
    for at in range(0, count, stride):
        bench = bench_before(business, "dual-2.0-3des", mode)
        bench.cut(business.act, at)
        bench.back()
        bench.finish()
        assert bench.states in ([], ["not-settled"], ["paid"])
        assert bench.gone == sum(each.bill.due for each in bench.journal.bills() if each.bill.payment)
        bench.demand_agreement()
        bench.back()
        assert bench.gone == sum(each.bill.due for each in bench.journal.bills() if each.bill.payment)
