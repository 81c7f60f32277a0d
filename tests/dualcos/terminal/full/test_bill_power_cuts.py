"""The power goes in the middle of a bill's business, at moments all along it (``bill_businesses``); ``make full-cuts``
has every moment.
"""

from __future__ import annotations

import pytest

from tests.dualcos.terminal.full.bill_businesses import BUSINESSES, CASES, ONLINE, TDES, bench_before, cut_all_along


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.business}-{case.profile}-{case.mode.value}")
def test_cut_at_one_moment_in_so_many(case):
    cut_all_along(case, case.stride)


@pytest.mark.parametrize("stride", [7])
def test_who_puts_the_card_in_again_pays_once(stride):
    business = BUSINESSES["settlement"]
    count = bench_before(business, TDES, ONLINE).cut(business.act)
    for at in range(0, count, stride):
        bench = bench_before(business, TDES, ONLINE)
        bench.cut(business.act, at)
        bench.back()
        bench.finish()
        assert bench.states in ([], ["not-settled"], ["paid"])
        assert bench.gone == sum(each.bill.due for each in bench.journal.bills() if each.bill.payment)
        bench.demand_agreement()
        bench.back()
        assert bench.gone == sum(each.bill.due for each in bench.journal.bills() if each.bill.payment)
