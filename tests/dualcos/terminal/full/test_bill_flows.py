"""Settlement and payment by one card in one insertion (总体方案 二（二）): every mode, every rest, every dual card."""

from __future__ import annotations

import pytest

from dualcos.messages.social_services import SettlementReported
from dualcos.profile.schema import load, names
from dualcos.terminal.financial.kernel.kernel_parts import BankPinAsked
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.full.bill_record import CASH, OTHER_CARD
from dualcos.terminal.full.bill_refused import BillRefusal, BillRefused
from dualcos.terminal.full.bill_states import BillState
from dualcos.terminal.social.medical_records import SettlementMode
from dualcos.terminal.social.purchase_steps import MOST_FEN, OrderAmounts
from dualcos.terminal.terminal_parts import in_yuan
from tests.dualcos.terminal.full.full_bench import FullBench

DUAL = tuple(name for name in names() if (found := load(name)).ssse is not None and found.pse is not None)
OFFLINE, ONLINE, EITHER = SettlementMode.OFFLINE, SettlementMode.ONLINE, SettlementMode.ONLINE_OR_OFFLINE


def rest_by(bench: FullBench) -> int:
    """What the bureau has left to the holder, by its books alone."""
    return -bench.bureau.desk.books.balances().get("counter", 0)


def settled(bench: FullBench, total: int, own: int, parts: tuple[int, int, int] | None) -> None:
    if parts is not None:
        bench.desk.load(bench.admitted(), 60_000)
    amounts = None if parts is None else OrderAmounts(parts[0], parts[2], parts[1])
    outcome = bench.terminal.settle(bench.admitted(), bench.desk, total, own, amounts)
    bench.finish()
    bill = outcome.stored.bill
    left = 0 if outcome.settlement is None else outcome.settlement.record.shares[2]  # type: ignore[index]
    assert bill.due == left + own
    assert left == rest_by(bench)
    assert bench.gone == bill.due
    assert bill.state is (BillState.PAID if bill.due else BillState.COVERED)
    assert outcome.is_done
    assert not bench.slot.powered
    bench.demand_agreement()


@pytest.mark.parametrize("profile", DUAL)
@pytest.mark.parametrize(
    ("mode", "total", "own", "parts"),
    [
        (ONLINE, 20_000, 0, None),
        (ONLINE, 20_000, 1_500, None),
        (ONLINE, 3_000_000, 0, None),
        (ONLINE, 3_000_000, 99, None),
        (EITHER, 20_000, 1_500, None),
        (EITHER, 3_000_000, 1, None),
        (OFFLINE, 20_000, 0, (10_000, 7_000, 3_000)),
        (OFFLINE, 20_000, 1_500, (10_000, 7_000, 3_000)),
        (OFFLINE, 20_000, 0, (20_000, 0, 0)),
        (OFFLINE, 20_000, 1_500, (20_000, 0, 0)),
        (ONLINE, 0, 1_500, None),
        (OFFLINE, 0, 1, None),
    ],
)
def test_the_rest_is_paid_by_the_same_card(profile, mode, total, own, parts):
    settled(FullBench(profile, mode), total, own, parts)


@pytest.mark.parametrize("profile", DUAL)
def test_settled_off_line_while_the_network_is_down_and_the_rest_paid_then_and_there(profile):
    """The account pays all of what is settled (人社信息函〔2012〕38号 3); the bank has another line."""
    bench = FullBench(profile, EITHER)
    bench.bureau.down = True
    outcome = bench.terminal.settle(bench.admitted(), bench.desk, 20_000, 1_500)
    assert (outcome.stored.bill.state, bench.gone) == (BillState.PAID, 1_500)
    assert bench.desk.journal.waiting()
    bench.finish()
    bench.demand_agreement()


@pytest.mark.parametrize("profile", DUAL)
def test_a_premium_is_paid_and_the_bureau_knows_by_what(profile):
    bench = FullBench(profile)
    wanted = []
    for _ in range(2):
        outcome = bench.terminal.premium(bench.admitted())
        assert outcome.is_done
        wanted.append(outcome.stored.bill.premium)
    first, second = wanted
    assert first is not None
    assert second is not None
    assert (first.left, second.left) == (1, 0)
    assert bench.gone == first.amount + second.amount
    assert first.voucher != second.voucher
    bench.finish()
    bench.demand_agreement()


def test_a_premium_that_was_left_is_the_same_bill_when_it_is_asked_for_again():
    bench = FullBench()
    left = bench.terminal.premium(bench.admitted(), pays=False).stored
    again = bench.terminal.premium(bench.admitted()).stored
    assert (left.number, again.number) == (1, 1)
    assert left.bill.state is BillState.DUE
    assert bench.gone == again.bill.due


@pytest.mark.parametrize("profile", DUAL)
def test_due_then_paid_later_or_otherwise(profile):
    bench = FullBench(profile)
    for own in (1, 2, 3):
        bench.terminal.settle(bench.admitted(), bench.desk, 20_000, own, pays=False)
    assert (bench.states, bench.gone) == (["due"] * 3, 0)
    bench.terminal.pay(bench.admitted(), 2)
    assert bench.terminal.paid_elsewhere(1, CASH).is_done
    assert bench.terminal.paid_elsewhere(3, OTHER_CARD).is_done
    assert (bench.states, bench.gone) == (["elsewhere", "paid", "elsewhere"], 2)
    bench.finish()
    bench.demand_agreement()


def test_taken_back_and_cancelled():
    bench = FullBench()
    bench.terminal.settle(bench.admitted(), bench.desk, 20_000, 1_500)
    with pytest.raises(BillRefused, match="take the payment back first"):
        bench.terminal.cancel(1)
    assert not bench.terminal.take_back(1).is_done
    assert (bench.states, bench.gone) == (["due"], 0)
    bench.terminal.cancel(1)
    assert bench.states == ["cancelled"]
    bench.finish()
    bench.demand_agreement()


@pytest.mark.parametrize("mode", [ONLINE, OFFLINE])
def test_what_the_bureau_has_not_heard_of_is_reported_before_it_is_taken_back(mode):
    bench = FullBench(mode=mode)
    if mode is OFFLINE:
        bench.desk.load(bench.admitted(), 60_000)
    with bench.deaf_to(SettlementReported):
        parts = OrderAmounts(10_000, 7_000, 3_000) if mode is OFFLINE else None
        bench.terminal.settle(bench.admitted(), bench.desk, 20_000, 1_500, parts, pays=False)
    assert bench.desk.journal.waiting()
    assert bench.terminal.cancel(1).stored.bill.state is BillState.CANCELLED
    bench.finish()
    bench.demand_agreement()


def test_cancelling_waits_for_a_silent_bureau_also_with_the_settlements_own_report():
    bench = FullBench(mode=OFFLINE)
    bench.desk.load(bench.admitted(), 60_000)
    bench.terminal.settle(bench.admitted(), bench.desk, 20_000, 1, OrderAmounts(10_000, 7_000, 3_000), pays=False)
    bench.bureau.down = True
    assert bench.terminal.cancel(1).slips == ()
    assert bench.states == ["cancelling"]
    with pytest.raises(BillRefused):
        bench.terminal.pay(bench.admitted(), 1)
    bench.bureau.down = False
    assert bench.terminal.send_waiting() == 0
    assert bench.states == ["cancelled"]
    bench.finish()
    bench.demand_agreement()


@pytest.mark.parametrize("of", ["own expense", "premium"])
def test_what_nothing_was_settled_for_is_dropped(of):
    bench = FullBench()
    if of == "premium":
        bench.terminal.premium(bench.admitted(), pays=False)
    else:
        bench.terminal.settle(bench.admitted(), bench.desk, 0, 700, pays=False)
    asked = len(bench.bureau.asked)
    outcome = bench.terminal.cancel(1)
    assert len(bench.bureau.asked) == asked
    assert outcome.stored.bill.state is BillState.CANCELLED
    assert "账单已取消" in bench.display.shown[-1].zh or outcome.slips
    with pytest.raises(BillRefused):
        bench.terminal.pay(bench.admitted(), 1)
    bench.finish()
    bench.demand_agreement()


@pytest.mark.parametrize(
    ("total", "own"), [(0, 0), (-1, 5), (5, -1), (MOST_FEN, 1), (MOST_FEN + 1, 0), (0, MOST_FEN + 1)]
)
def test_sums_that_are_none(total, own):
    bench = FullBench()
    with pytest.raises(BillRefused) as refused:
        bench.terminal.settle(bench.admitted(), bench.desk, total, own)
    assert refused.value.cause is BillRefusal.AMOUNT
    assert bench.journal.bills() == []


@pytest.mark.parametrize("own", [1, MOST_FEN])
def test_the_least_and_the_most(own):
    """What the card's account has not is declined by the bank, and nothing else happens."""
    bench = FullBench()
    bench.terminal.settle(bench.admitted(), bench.desk, 0, own)
    assert (bench.states, bench.gone) == ((["paid"], 1) if own == 1 else (["due"], 0))
    bench.finish()
    bench.demand_agreement()


def test_the_holder_sees_bill_and_amount_before_a_bank_pin_is_asked_for():
    bench = FullBench()
    seen: list[tuple[int, list[str]]] = []
    typed = bench.fingers.digits

    def digits(asked: BankPinAsked, tries: int | None, amount: int) -> str:
        seen.append((amount, [each.zh for each in bench.display.shown[-2:]]))
        return typed(asked, tries, amount)

    bench.fingers.digits = digits  # type: ignore[method-assign]
    bench.terminal.settle(bench.admitted(), bench.desk, 20_000, 1_500)
    bench.terminal.settle(bench.admitted(), bench.desk, 0, 999, pays=False)
    bench.terminal.pay(bench.admitted(), 2)
    bench.terminal.settle(bench.admitted(), bench.desk, 0, 777, pays=False)
    bench.terminal.resume(bench.admitted(), bench.desk)
    bench.terminal.premium(bench.admitted())
    bills = [each.bill for each in bench.journal.bills()]
    assert [amount for amount, _ in seen] == [bill.due for bill in bills] == [1_500, 999, 777, bills[3].due]
    assert seen[0][1] == ["账单1：统筹133.00，账户67.00，自付0.00，自费15.00", "应付15.00元，用本卡支付，请稍候"]
    for number, (_, (first, second)) in enumerate(seen, 1):
        assert first.startswith(f"账单{number}：")
        assert second.startswith(f"应付{in_yuan(bills[number - 1].due)}元")


@pytest.mark.parametrize("why", ["not signed on", "settle first", "batch lost"])
def test_insurance_settles_nothing_for_a_bank_half_that_takes_no_payment(why):
    bench = FullBench()
    if why == "not signed on":
        bench.terminal.bank.sign_off()
    elif why == "settle first":
        bench.terminal.bank.journal.begin_settling()
    else:
        bench.terminal.bank._line.batch_lost = True
    cause = PaymentRefusal.NOT_SIGNED_ON if why == "not signed on" else PaymentRefusal.SETTLE_FIRST
    for act in (
        lambda: bench.terminal.settle(bench.admitted(), bench.desk, 20_000, 1_500),
        lambda: bench.terminal.premium(bench.admitted()),
    ):
        with pytest.raises(PaymentRefused) as refused:
            act()
        assert refused.value.cause is cause
    assert (bench.states, bench.journal.social.records()) == ([], [])
    later = bench.terminal.settle(bench.admitted(), bench.desk, 20_000, 1_500, pays=False)
    assert later.stored.bill.state is BillState.DUE
