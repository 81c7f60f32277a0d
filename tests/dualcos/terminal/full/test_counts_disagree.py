"""The count of money bites: one figure that is wrong on card, paper, in books or in the drawer is seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from dualcos.terminal.full.bill_record import CASH
from dualcos.terminal.social.medical_records import SettlementMode
from dualcos.terminal.social.purchase_steps import OrderAmounts
from tests.demonstration_bank import BANK_OPENING
from tests.dualcos.terminal.full.card_money import CardMoney, on_card
from tests.dualcos.terminal.full.full_bench import FullBench
from tests.dualcos.terminal.full.full_money import HostMoney, PaperMoney, at_hosts, demand_agreement, on_paper

OWN = 1_500


class Counts(NamedTuple):
    """What is compared."""

    hosts: HostMoney
    card: CardMoney
    paper: PaperMoney
    cash: int

    def demand(self) -> None:
        demand_agreement(self.hosts, [self.card], self.paper, self.cash)


@pytest.fixture(scope="module", params=[SettlementMode.ONLINE, SettlementMode.OFFLINE])
def counts(request: pytest.FixtureRequest) -> Counts:
    """Two bills, the first paid by its card, the second in cash."""
    bench = FullBench(mode=request.param)
    offline = request.param is SettlementMode.OFFLINE
    if offline:
        bench.desk.load(bench.admitted(), 50_000)
    for pays in (True, False):
        amounts = OrderAmounts(10_000, 7_000, 3_000) if offline else None
        bench.terminal.settle(bench.admitted(), bench.desk, 20_000, OWN, amounts, pays=pays)
    bench.terminal.paid_elsewhere(2, CASH)
    bench.finish()
    issuer: Any = bench.host.issuer
    books = (each.opened[1] for each in (issuer.books, bench.host.books, bench.bureau.desk.books))
    hosts = at_hosts(*books, BANK_OPENING, in_parts=offline)
    due = bench.journal.bills()[1].bill.due
    return Counts(hosts, on_card(bench.own_card), on_paper(bench.printer.slips), due)


def test_counted_right_they_agree(counts):
    counts.demand()
    assert {each.tac for each in counts.paper.bills.values()} == {
        counts.card.tac(each.sequence, each.terminal_sequence) for each in counts.paper.bills.values()
    }


def on_the_card(**changed: Any) -> Callable[[Counts], Counts]:
    def wrong(counts: Counts) -> Counts:
        social = counts.card.social
        for name, more in changed.items():
            social = social._replace(**{name: getattr(social, name) + more})
        return counts._replace(card=counts.card._replace(social=social))

    return wrong


def in_its_log(**changed: Any) -> Callable[[Counts], Counts]:
    def wrong(counts: Counts) -> Counts:
        settled = {each: logged._replace(**changed) for each, logged in counts.card.settled.items()}
        return counts._replace(card=counts.card._replace(settled=settled))

    return wrong


def on_a_slip(bill: str, **changed: Any) -> Callable[[Counts], Counts]:
    def wrong(counts: Counts) -> Counts:
        bills = {**counts.paper.bills, bill: counts.paper.bills[bill]._replace(**changed)}
        return counts._replace(paper=counts.paper._replace(bills=bills))

    return wrong


@pytest.mark.parametrize(
    "wrong",
    [
        *(on_the_card(**{name: 1}) for name in ("settlements", "self_paid", "pooled", "loads", "balance")),
        in_its_log(account=1),
        in_its_log(self_paid=1),
        in_its_log(pooled=1),
        in_its_log(time="20260115093000"),
        in_its_log(terminal="990000000077"),
        lambda counts: counts._replace(card=counts.card._replace(settled={})),
        lambda counts: counts._replace(card=counts.card._replace(dtk=bytes(16))),
        lambda counts: counts._replace(card=counts.card._replace(proof="00000000")),
        lambda counts: counts._replace(card=counts.card._replace(bank={})),
        lambda counts: counts._replace(cash=counts.cash + 1),
        lambda counts: counts._replace(hosts=counts.hosts._replace(cards={})),
        lambda counts: counts._replace(hosts=counts.hosts._replace(taken=0)),
        on_a_slip("000001", tac="00000000"),
        on_a_slip("000001", terminal_sequence="000000FF"),
        on_a_slip("000002", settled_at="2026/01/15 09:30:00"),
        on_a_slip("000002", due=1),
    ],
)
def test_one_wrong_figure_is_seen(counts, wrong):
    with pytest.raises(AssertionError):
        wrong(counts).demand()
