"""What seldom happens to a bill: two payments of one try, hosts that are silent at each report, money that goes back
by hand.
"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from dualcos.leash.leash_rules import LeashRule
from dualcos.messages.acquirer_messages import NoLineAnswer
from dualcos.messages.social_services import (
    PremiumAsked,
    PremiumCancelled,
    PremiumPaid,
    SettlementCancelled,
)
from dualcos.terminal.financial.payment_refused import PaymentRefused
from dualcos.terminal.financial.payment_states import PaymentState
from dualcos.terminal.full.bill_record import CASH, OTHER_CARD
from dualcos.terminal.full.bill_refused import BillRefusal
from dualcos.terminal.full.bill_states import BillState
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from tests.dualcos.terminal.full.full_bench import FullBench, approving_alone, refused
from tests.dualcos.terminal.social.medical_bench import prepared_card
from tests.dualcos.terminal.terminal_bench import WatchedCard

TOTAL, OWN = 20_000, 1_500


def settled(bench: FullBench, own: int = OWN, **how: Any) -> None:
    bench.terminal.settle(bench.admitted(), bench.desk, TOTAL, own, **how)


# --- payments ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["answer-lost", "request-lost", "wrong-mac"])
def test_unanswered_and_then_taken_off_line_is_one_payment(rule):
    """Two payments of one try: the first is reversed, the other stands, is uploaded, and has paid the bill (PBOC-6
    §7.13).
    """
    bench = approving_alone()
    bench.rules(rule)
    settled(bench)
    (stored,) = bench.journal.bills()
    states = [each.record.state for each in bench.journal.payments.payments()]
    assert states == [PaymentState.REVERSING, PaymentState.APPROVED]
    assert (stored.bill.state, stored.bill.tries, stored.bill.payment) == (BillState.PAID, (1, 2), 2)
    bench.finish()
    assert bench.gone == stored.bill.due
    bench.demand_agreement()
    voided = bench.terminal.take_back(1)
    bench.finish()
    assert (voided.unpaid is None) == (bench.gone == 0) == (bench.states == ["due"])
    bench.demand_agreement()


def test_a_payment_that_the_acquirer_does_not_take_up_still_has_paid():
    """The card's certificate is there, and goods may be gone: that is settled between persons, not paid again, and no
    slip says from then on that it has worked.
    """
    bench = approving_alone()
    bench.rules("request-lost")
    settled(bench)
    bench.host.leash.exchange((LeashRule(match={"message": "offline sale"}, refuse="14"),))
    bench.terminal.bank.send_waiting()
    bench.finish()
    states = [each.record.state for each in bench.journal.payments.payments()]
    assert states == [PaymentState.REVERSED, PaymentState.NOT_TAKEN]
    assert (bench.states, bench.gone) == (["paid"], 0)
    for act in (lambda: bench.terminal.pay(bench.admitted(), 1), lambda: bench.terminal.paid_elsewhere(1, CASH)):
        assert refused(act) is BillRefusal.NOTHING_TO_PAY
    assert refused(lambda: bench.terminal.take_back(1)) is BillRefusal.SEE_TO_IT
    assert "上送被拒，须人工处理" in "\n".join(line for slip in bench.printer.slips for line in slip)
    again = "\n".join(bench.terminal.reprint(1).slips[-1].lines)
    assert "支付须人工处理" in again
    assert "支付成功" not in again


@pytest.mark.parametrize("rule", ["answer-lost", "request-lost", "wrong-mac", "hangs-up-after", "answer-late"])
def test_nobody_pays_twice_where_the_bank_was_not_heard(rule):
    bench = FullBench()
    bench.rules(rule)
    settled(bench)
    bench.rules()
    if bench.states == ["due"]:
        assert bench.terminal.pay(bench.admitted(), 1).is_done
    bench.finish()
    assert (bench.states, bench.gone) == (["paid"], OWN)
    bench.demand_agreement()


def test_the_line_is_down_and_the_rest_stays_due():
    bench = FullBench()
    assert bench.terminal is not None
    bench.line.down = True
    settled(bench)
    assert bench.states == ["due"]
    bench.finish()
    assert bench.terminal.paid_elsewhere(1, CASH).is_done
    assert bench.gone == 0
    bench.demand_agreement()


def test_a_reversal_that_is_left_to_a_person_takes_no_payment_back_and_makes_none():
    bench = FullBench()
    bench.rules("answer-lost")
    settled(bench)
    bench.rules("reversal-unanswered")
    voucher = bench.journal.payments.payments()[0].record.voucher
    bench.terminal.bank.resolve(voucher)
    bench.terminal.catch_up()
    bench.terminal.send_waiting()
    assert bench.journal.payments.payments()[0].record.state is PaymentState.MANUAL
    assert bench.states == ["due"]
    bench.rules()
    bench.terminal.bank.resend(voucher)
    bench.finish()
    assert bench.journal.payments.payments()[0].record.state is PaymentState.REVERSED
    assert (bench.states, bench.gone) == (["due"], 0)


def test_a_void_that_nobody_answers_leaves_the_bill_paid():
    bench = FullBench()
    settled(bench)
    real = bench.line.ask

    def lost(payload: bytes, belongs: Any) -> bytes:
        real(payload, belongs)
        raise NoLineAnswer("lost")

    bench.line.ask = lost  # type: ignore[method-assign]
    for _ in range(2):  # the second is not even asked: the reversal of the first waits
        assert bench.terminal.take_back(1).stored.bill.state is BillState.PAID
    assert len([each for each in bench.line.sent if each.mti == "0200"]) == 2
    bench.line.ask = real  # type: ignore[method-assign]
    bench.finish()
    assert (bench.states, bench.gone) == (["paid"], OWN)
    bench.demand_agreement()
    assert bench.terminal.take_back(1).stored.bill.state is BillState.DUE
    bench.finish()
    assert bench.gone == 0
    bench.demand_agreement()


def test_what_is_open_at_the_bank_is_open_on_the_bill():
    """Whoever looks in the middle sees a bill that is being paid, whatever state the payment is in."""
    bench = FullBench()
    seen: list[str] = []
    assert bench.terminal is not None

    def looks() -> None:
        bench.terminal._follower.follow_all()
        seen.extend(bench.states)

    bench.line.cut = looks
    settled(bench)
    assert seen == ["paying", "paying"]
    assert bench.states == ["paid"]


@pytest.mark.parametrize("premium", [False, True])
def test_a_payment_that_was_voided_at_the_bank_side_alone_is_the_bills(premium):
    bench = FullBench()
    bench.terminal.premium(bench.admitted()) if premium else settled(bench)
    paid = bench.journal.payments.payments()[-1].record
    bench.terminal.bank.void(paid.voucher)
    bench.terminal.catch_up()
    assert bench.states == ["due"]
    bench.finish()
    assert bench.gone == 0
    bench.demand_agreement()
    assert bench.terminal.paid_elsewhere(1, CASH).is_done


def day_later(*, premium: bool = False) -> FullBench:
    """A bill that is paid, in a batch that is settled: accounts of it are masked, and nothing of it is voided."""
    bench = FullBench(others=("dual-3.0-sm4",))
    bench.terminal.premium(bench.admitted()) if premium else settled(bench)
    bench.finish()
    bench.terminal.bank.settle()
    bench.power_cut()
    assert bench.states == ["paid"]
    assert bench.terminal.reprint(1).slips
    return bench


@pytest.mark.parametrize("premium", [False, True], ids=["settlement", "premium"])
def test_what_was_paid_in_a_settled_batch_is_refunded_and_then_taken_back(premium):
    bench = day_later(premium=premium)
    assert refused(lambda: bench.terminal.cancel(1)) is BillRefusal.TAKE_BACK_FIRST
    assert bench.terminal.take_back(1).stored.bill.state is BillState.DUE
    assert bench.terminal.cancel(1).stored.bill.state is BillState.CANCELLED
    bench.finish()
    assert bench.gone == 0
    bench.demand_agreement()


def test_a_refund_that_nobody_answers_is_not_asked_for_twice():
    bench = day_later()
    real = bench.line.ask

    def lost(payload: bytes, belongs: Any) -> bytes:
        answer = real(payload, belongs)
        if bench.line.sent[-1].mti == "0220":
            raise NoLineAnswer("lost")
        return answer

    bench.line.ask = lost  # type: ignore[method-assign]
    assert bench.terminal.take_back(1).stored.bill.state is BillState.PAID
    assert refused(lambda: bench.terminal.take_back(1)) is BillRefusal.NOT_PAID
    assert refused(lambda: bench.terminal.cancel(1)) is BillRefusal.TAKE_BACK_FIRST
    bench.line.ask = real  # type: ignore[method-assign]
    bench.power_cut()
    assert bench.states == ["paid"]
    bench.finish()
    assert (bench.states, bench.gone) == (["due"], 0)
    bench.demand_agreement()


def test_a_refund_goes_to_the_account_that_paid():
    bench = day_later()
    bench.put(WatchedCard(prepared_card("dual-3.0-sm4")))
    outcome = bench.terminal.take_back(1)
    assert isinstance(outcome.unpaid, PaymentRefused)
    assert len(bench.journal.payments.payments()) == 1
    bench.put(bench.side)
    assert bench.terminal.take_back(1).stored.bill.state is BillState.DUE


@pytest.mark.parametrize("why", ["the line is down", "the bank refuses"])
def test_a_refund_that_came_to_nothing_can_be_asked_for_again(why):
    bench = day_later()
    if why == "the line is down":
        bench.line.down = True
    else:
        bench.host.leash.exchange((LeashRule(match={"message": "refund"}, refuse="05"),))
    assert bench.terminal.take_back(1).stored.bill.state is BillState.PAID
    bench.finish()
    assert (bench.states, bench.gone) == (["paid"], OWN)
    assert bench.terminal.take_back(1).stored.bill.state is BillState.DUE
    bench.finish()
    assert (bench.states, bench.gone) == (["due"], 0)
    bench.demand_agreement()


def test_a_batch_that_is_settled_between_due_and_paid():
    bench = FullBench()
    settled(bench, pays=False)
    bench.terminal.bank.purchase(300)
    bench.finish()
    bench.terminal.bank.settle()
    assert bench.terminal.pay(bench.admitted(), 1).is_done
    bench.finish()
    assert bench.gone == OWN + 300
    bench.demand_agreement()


def test_a_premium_has_no_special_price():
    """What the bureau wants is what it hears of; a merchant gives nothing of it away."""
    bench = FullBench()
    asked = []
    real = bench.terminal.bank.purchase

    def purchase(amount: int, **how: Any) -> Any:
        asked.append(how)
        return real(amount, **how)

    bench.terminal.bank.purchase = purchase  # type: ignore[method-assign]
    bench.terminal.premium(bench.admitted())
    settled(bench)
    assert asked == [{"as_it_stands": True}, {"as_it_stands": False}]


# --- the bureau is silent ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("heard", [False, True], ids=["request lost", "answer lost"])
@pytest.mark.parametrize("how", ["card", "cash"])
def test_a_premium_is_not_paid_again_while_the_bureau_has_not_heard_of_it(how, heard):
    bench = FullBench()
    with bench.deaf_to(PremiumPaid, heard=heard):
        bench.terminal.premium(bench.admitted(), pays=how == "card")
        if how == "cash":
            bench.terminal.paid_elsewhere(1, CASH)
        if heard:  # the next one is due
            assert bench.terminal.premium(bench.admitted(), pays=False).stored.number == 2
        else:
            assert refused(lambda: bench.terminal.premium(bench.admitted())) is BillRefusal.EARLIER
    assert bench.terminal.send_waiting() == 0
    bench.finish()
    bench.demand_agreement()


@pytest.mark.parametrize("heard", [False, True], ids=["request lost", "answer lost"])
@pytest.mark.parametrize("kind", [PremiumPaid, PremiumCancelled])
def test_a_premium_that_is_taken_back_is_due_again_whatever_the_bureau_heard(kind, heard):
    bench = FullBench()
    with bench.deaf_to(kind, heard=heard):
        bench.terminal.premium(bench.admitted())
        bench.terminal.take_back(1)
    assert bench.terminal.send_waiting() == 0
    assert (bench.states, bench.gone) == (["due"], 0)
    assert bench.terminal.premium(bench.admitted()).stored.number == 1
    bench.finish()
    assert bench.gone == bench.journal.bills()[0].bill.due
    bench.demand_agreement()


@pytest.mark.parametrize("heard", [False, True], ids=["request lost", "answer lost"])
def test_a_settlement_is_taken_back_once(heard):
    bench = FullBench()
    settled(bench, pays=False)
    with bench.deaf_to(SettlementCancelled, heard=heard):
        bench.terminal.cancel(1)
        assert bench.states == ["cancelling"]
        assert refused(lambda: bench.terminal.cancel(1)) is BillRefusal.NOT_CANCELLABLE
        assert refused(lambda: bench.terminal.pay(bench.admitted(), 1)) is BillRefusal.NOTHING_TO_PAY
        assert refused(lambda: bench.terminal.paid_elsewhere(1, CASH)) is BillRefusal.NOTHING_TO_PAY
        assert bench.terminal.send_waiting() == 1
    assert bench.terminal.send_waiting() == 0
    assert bench.states == ["cancelled"]
    bench.finish()
    bench.demand_agreement()


def test_a_number_that_was_used_before_is_another_the_next_time():
    """A storage that was copied back gives numbers again (inferred)."""
    bench = FullBench()
    settled(bench, pays=False)
    used = bench.bureau.asked[-1].running
    with bench.deaf_to(SettlementCancelled):
        bench.terminal.cancel(1)
    with bench.journal.transaction():
        bench.journal.opened[1].execute("UPDATE request_number SET last = ?", (used - 3,))
    (stored,) = bench.journal.bills()
    assert stored.bill.cancel is not None
    bench.journal.amend(stored, cancel=structs.replace(stored.bill.cancel, running=used))
    for _ in range(5):
        bench.terminal.send_waiting()
    assert bench.states == ["cancelled"]


def test_a_silence_holds_up_no_other_bill():
    bench = FullBench()
    with bench.deaf_to(SettlementCancelled, PremiumPaid):
        for _ in range(3):
            settled(bench, pays=False)
        for number in (1, 2, 3):
            bench.terminal.cancel(number)
    real, silent = bench.bureau.ask, [bench.journal.bills()[0].bill.cancel]

    def ask(request: Any) -> Any:
        if request in silent:
            bench.bureau.down = True
        try:
            return real(request)
        finally:
            bench.bureau.down = False

    bench.bureau.ask = ask  # type: ignore[method-assign]
    assert bench.terminal.send_waiting() == 1
    assert bench.states == ["cancelling", "cancelled", "cancelled"]


# --- premiums elsewhere -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("silent", [False, True])
def test_a_premium_is_paid_later_only_if_the_bureau_still_wants_it(silent):
    bench, other = FullBench(), FullBench(terminal="990000000077")
    other.bureau = bench.bureau
    bench.terminal.premium(bench.admitted(), pays=False)
    if silent:
        with bench.deaf_to(PremiumAsked):
            with pytest.raises(TerminalStopped) as stopped:
                bench.terminal.pay(bench.admitted(), 1)
            assert stopped.value.cause is StopCause.NO_BACK_END
    else:
        other._terminal = None
        other.terminal.premium(other.admitted(), pays=False)
        other.terminal.paid_elsewhere(1, CASH)
        assert refused(lambda: bench.terminal.pay(bench.admitted(), 1)) is BillRefusal.NOT_WANTED
    assert bench.journal.payments.payments() == []
    assert bench.states == ["due"]


def test_a_premium_that_the_bureau_refuses_behind_the_payment_is_not_done_and_goes_back():
    bench = FullBench()
    with bench.deaf_to(PremiumPaid):
        bench.terminal.premium(bench.admitted())
    bench.bureau_rules("premium-paid-elsewhere")
    bench.terminal.send_waiting()
    stored = bench.journal.bills()[0]
    assert (stored.bill.state, stored.bill.refusal is not None) == (BillState.PAID, True)
    assert not bench.terminal.reprint(1).is_done
    bench.bureau.rules()
    assert refused(lambda: bench.terminal.premium(bench.admitted())) is BillRefusal.EARLIER
    assert bench.terminal.take_back(1).stored.bill.state is BillState.CANCELLED
    bench.finish()
    assert bench.gone == 0
    bench.demand_agreement()


def test_a_premium_is_not_paid_from_another_card():
    bench = FullBench()
    bench.terminal.premium(bench.admitted(), pays=False)
    assert refused(lambda: bench.terminal.paid_elsewhere(1, OTHER_CARD)) is BillRefusal.NOT_FOR_PREMIUMS
    assert bench.states == ["due"]
