"""What is done with bills, as a table, and the power that goes in the middle of each: behind it nothing is paid twice,
nothing is paid that was not settled, and hosts, card and paper say the same (总体方案 二（二）; PBOC-4 §6.2.12.5).

``python -m tests.dualcos.terminal.full.bill_businesses`` (``make full-cuts``): at every moment there is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

from dualcos.terminal.full.bill_record import CASH, OTHER_CARD
from dualcos.terminal.social.medical_records import SettlementMode
from dualcos.terminal.social.purchase_steps import OrderAmounts
from tests.dualcos.terminal.full.bill_cuts import Act, CutBench

TOTAL, OWN = 20_000, 1_500
PARTS = OrderAmounts(10_000, 7_000, 3_000)
TDES, SM4 = "dual-2.0-3des", "dual-3.0-sm4"
ONLINE, EITHER, OFFLINE = SettlementMode.ONLINE, SettlementMode.ONLINE_OR_OFFLINE, SettlementMode.OFFLINE


def settles(bench: CutBench, *, pays: bool = True) -> None:
    """With something left to pay in all modes."""
    amounts = PARTS if bench.mode is OFFLINE else None
    bench.terminal.settle(bench.admitted(), bench.desk, TOTAL, OWN, amounts, pays=pays)


def settles_for_later(bench: CutBench) -> None:
    """It is due."""
    settles(bench, pays=False)


def day_later(bench: CutBench) -> None:
    """What was settled and paid is of a batch that is over."""
    settles(bench)
    bench.finish()
    bench.terminal.bank.settle()


def premium_for_later(bench: CutBench) -> None:
    """It is due."""
    bench.terminal.premium(bench.admitted(), pays=False)


class Business(NamedTuple):
    """``before``: what was done already; ``ends``: how it may stand behind the cut, where nobody goes on with it."""

    act: Act
    before: Act
    ends: frozenset[str]


def _of(act: Callable[[CutBench], object], before: Callable[[CutBench], object], *ends: str) -> Business:
    return Business(act, before, frozenset(ends))  # type: ignore[arg-type]  # all benches here are such


def _nothing(_: CutBench) -> None:
    """Nothing was done before."""


BUSINESSES = {
    "settlement": _of(settles, _nothing, "", "not-settled", "due", "paid"),
    "premium": _of(lambda bench: bench.terminal.premium(bench.admitted()), _nothing, "", "due", "paid"),
    "premium for later": _of(premium_for_later, _nothing, "", "due"),
    "payment later": _of(lambda bench: bench.terminal.pay(bench.admitted(), 1), settles_for_later, "due", "paid"),
    "resuming": _of(
        lambda bench: bench.terminal.resume(bench.admitted(), bench.desk), settles_for_later, "due", "paid"
    ),
    "take-back": _of(lambda bench: bench.terminal.take_back(1), settles, "paid", "due"),
    "take-back of a premium": _of(
        lambda bench: bench.terminal.take_back(1),
        lambda bench: bench.terminal.premium(bench.admitted()),
        *("paid", "due"),
    ),
    "refund": _of(lambda bench: bench.terminal.take_back(1), day_later, "paid", "due"),
    "cancelling": _of(lambda bench: bench.terminal.cancel(1), settles_for_later, "due", "cancelled"),
    "cash for a premium": _of(
        lambda bench: bench.terminal.paid_elsewhere(1, CASH), premium_for_later, "due", "elsewhere"
    ),
    "another card": _of(
        lambda bench: bench.terminal.paid_elsewhere(1, OTHER_CARD), settles_for_later, "due", "elsewhere"
    ),
}


class CutCase(NamedTuple):
    """``stride``: where there is no time for all moments, one in so many."""

    business: str
    profile: str
    mode: SettlementMode
    stride: int


CASES = (
    CutCase("settlement", TDES, ONLINE, 3),
    CutCase("settlement", SM4, OFFLINE, 7),
    CutCase("settlement", TDES, EITHER, 11),
    CutCase("premium", TDES, ONLINE, 4),
    CutCase("premium for later", TDES, ONLINE, 3),
    CutCase("payment later", SM4, ONLINE, 7),
    CutCase("resuming", TDES, ONLINE, 5),
    CutCase("take-back", TDES, ONLINE, 2),
    CutCase("take-back of a premium", SM4, ONLINE, 3),
    CutCase("refund", TDES, ONLINE, 3),
    CutCase("cancelling", TDES, ONLINE, 1),
    CutCase("cancelling", SM4, OFFLINE, 2),
    CutCase("cash for a premium", TDES, ONLINE, 1),
    CutCase("another card", TDES, ONLINE, 1),
)


def bench_before(business: Business, profile: str, mode: SettlementMode) -> CutBench:
    """Where the business is about to begin."""
    bench = CutBench(profile, mode)
    if mode is OFFLINE:
        bench.desk.load(bench.admitted(), 50_000)
    business.before(bench)
    return bench


def demand_right(bench: CutBench) -> str:
    """How the bill stands when all works again and nobody goes on with it; raises AssertionError where money, paper and
    bills do not agree.
    """
    bench.finish()
    if bench.states == ["settling"]:
        assert bench.gone == 0
        bench.terminal.resume(bench.admitted(), bench.desk, pays=False)
    assert bench.gone == sum(each.bill.due for each in bench.journal.bills() if each.bill.payment)
    bench.demand_agreement()
    return "".join(bench.states)


def cut_all_along(case: CutCase, stride: int = 1) -> int:
    """The power goes at one moment in ``stride``, each on a bench of its own; how many moments there are. Raises
    AssertionError, which names the moment.
    """
    business = BUSINESSES[case.business]
    count = bench_before(business, case.profile, case.mode).cut(business.act)
    ends = set()
    for at in range(0, count, stride):
        bench = bench_before(business, case.profile, case.mode)
        try:
            bench.cut(business.act, at)
            bench.power_cut()
            ends.add(demand_right(bench))
            on_paper = len(bench.printer.slips)
            bench.power_cut()
            assert len(bench.printer.slips) == on_paper
        except BaseException as error:
            error.add_note(f"{case.business}, {case.profile}, mode {case.mode.value}, moment {at} of {count}")
            raise
    assert ends == business.ends
    return count


if __name__ == "__main__":
    for each in CASES:
        if len(sys.argv) == 1 or each.business in sys.argv[1:]:
            print(f"{cut_all_along(each):5} {each.business}, {each.profile}, mode {each.mode.value}", flush=True)
