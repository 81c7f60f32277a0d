"""Money of which the terminal cannot know where it is: nobody is asked for it twice, and a person's word ends it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from msgspec import structs

from dualcos.issuance.bureau.terminal_services.cards_of_profiles import DUE
from dualcos.messages.social_services import PremiumPaid
from dualcos.terminal.financial.payment_record import OriginalPayment
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.financial.payment_states import PaymentEvent, PaymentState, WaitingKind, WaitingState
from dualcos.terminal.full.bill_record import CASH
from dualcos.terminal.full.bill_refused import BillRefusal
from dualcos.terminal.full.bill_states import BillState
from dualcos.terminal.social.medical_record_states import RecordEvent, RecordState
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.terminal_forms import FormFactor, TerminalKind, cell_of
from tests.dualcos.terminal.full.full_bench import FullBench, approving_alone, refused

OWN = 1_500
PREMIUM = DUE[0].amount


def settled(bench: FullBench) -> None:
    bench.terminal.settle(bench.admitted(), bench.desk, 20_000, OWN)


def last_slip(bench: FullBench) -> str:
    return "".join(bench.printer.slips[-1])


def left_to_a_person(premium: bool = False) -> FullBench:
    """A bill whose try was not answered, and whose reversal nobody takes: the bank has booked it, or not."""
    bench = FullBench()
    bench.rules("answer-lost")
    bench.terminal.premium(bench.admitted()) if premium else settled(bench)
    (payment,) = bench.journal.payments.payments()
    (waits,) = bench.journal.payments.waiting()
    assert waits.kind is WaitingKind.REVERSAL
    bench.terminal.bank.resolve(payment.record.voucher)
    bench.rules("")
    assert bench.journal.payments.payments()[0].record.state is PaymentState.MANUAL
    return bench


def not_taken_up() -> FullBench:
    """A bill that card and terminal have approved without the bank, which does not take it up."""
    bench = approving_alone()
    assert bench.terminal is not None
    bench.line.down = True
    settled(bench)
    assert bench.states == ["paid"]
    bench.line.down = False
    journal = bench.journal.payments
    (upload,) = journal.waiting()
    journal.ended(upload, WaitingState.REFUSED, "14", PaymentEvent.UPLOAD_REFUSED)
    bench.terminal.catch_up()
    return bench


@pytest.mark.parametrize("premium", [False, True], ids=["settlement", "premium"])
def test_while_nobody_knows_what_the_bank_took_nothing_more_is_taken_or_given_back(premium: bool) -> None:
    bench = left_to_a_person(premium)
    terminal = bench.terminal
    for act in (
        lambda: terminal.pay(bench.admitted(), 1),
        lambda: terminal.paid_elsewhere(1, CASH),
        lambda: terminal.cancel(1),
    ):
        assert refused(act) is BillRefusal.SEE_TO_IT
    if premium:
        assert refused(lambda: terminal.premium(bench.admitted())) is BillRefusal.SEE_TO_IT
    terminal.resume(bench.admitted(), bench.desk)
    assert bench.states == ["due"]
    assert len(bench.journal.payments.payments()) == 1
    assert "人工核实前勿收款" in "".join(line for each in terminal.reprint(1).slips for line in each.lines)


@pytest.mark.parametrize("premium", [False, True], ids=["settlement", "premium"])
def test_a_person_says_that_the_bank_has_nothing(premium: bool) -> None:
    bench = left_to_a_person(premium)
    assert bench.terminal.found_out(1, holds=False).stored.bill.state is BillState.DUE
    assert bench.terminal.paid_elsewhere(1, CASH).is_done


@pytest.mark.parametrize("premium", [False, True], ids=["settlement", "premium"])
def test_a_person_says_that_the_bank_has_it(premium: bool) -> None:
    """Then the bill is paid by that try, and of a premium the back end hears it."""
    bench = left_to_a_person(premium)
    outcome = bench.terminal.found_out(1, holds=True)
    assert (outcome.stored.bill.state, outcome.is_done) == (BillState.PAID, True)
    assert bench.gone == outcome.stored.bill.due
    paid = [each for each in bench.bureau.asked if isinstance(each, PremiumPaid)]
    assert len(paid) == int(premium)
    assert refused(lambda: bench.terminal.found_out(1, holds=True)) is BillRefusal.NOT_IN_DOUBT


def test_what_nobody_doubts_needs_no_word() -> None:
    bench = FullBench()
    settled(bench)
    assert refused(lambda: bench.terminal.found_out(1, holds=False)) is BillRefusal.NOT_IN_DOUBT
    assert bench.states == ["paid"]


def test_what_the_bank_does_not_take_up_is_due_again_by_a_persons_word() -> None:
    bench = not_taken_up()
    assert refused(lambda: bench.terminal.take_back(1)) is BillRefusal.SEE_TO_IT
    assert bench.terminal.found_out(1, holds=False).stored.bill.state is BillState.DUE
    assert bench.terminal.paid_elsewhere(1, CASH).is_done
    assert bench.gone == 0


def test_what_the_bank_has_after_all_stays_paid() -> None:
    bench = not_taken_up()
    assert bench.terminal.found_out(1, holds=True).stored.bill.state is BillState.PAID
    assert "支付须人工处理" not in last_slip(bench)


def test_a_premium_is_paid_on_the_banks_word_alone() -> None:
    """What the terminal approves alone may not be taken up, and the social back end would have booked it."""
    bench = approving_alone()
    assert bench.terminal is not None
    bench.line.down = True
    outcome = bench.terminal.premium(bench.admitted())
    assert outcome.stored.bill.state is BillState.DUE
    assert [each.record.state for each in bench.journal.payments.payments()] == [PaymentState.NOT_SENT]
    bench.line.down = False
    bench.rules("answer-lost")
    assert bench.terminal.premium(bench.admitted()).stored.bill.state is BillState.DUE
    assert bench.journal.payments.payments()[-1].record.state is PaymentState.REVERSING
    assert not [each for each in bench.bureau.asked if isinstance(each, PremiumPaid)]


def test_a_refusal_is_over_with_the_payment_that_it_was_about() -> None:
    bench = FullBench()
    with bench.deaf_to(PremiumPaid):
        bench.terminal.premium(bench.admitted())
    bench.bureau_rules("premium-paid-elsewhere")
    bench.terminal.send_waiting()
    bench.bureau.rules()
    assert refused(lambda: bench.terminal.premium(bench.admitted())) is BillRefusal.EARLIER
    bench.terminal.take_back(1)
    assert "支付已退回" in last_slip(bench)
    again = bench.terminal.premium(bench.admitted())
    assert (again.stored.number, again.is_done, again.stored.bill.refusal) == (2, True, None)
    assert "请撤销支付" not in last_slip(bench)
    assert bench.gone == PREMIUM


def test_cash_goes_back_and_the_back_end_hears_of_it() -> None:
    bench = FullBench()
    bench.terminal.premium(bench.admitted(), pays=False)
    bench.terminal.paid_elsewhere(1, CASH)
    assert refused(lambda: bench.terminal.take_back(1)) is BillRefusal.NOT_PAID
    assert bench.terminal.give_back(1).stored.bill.state is BillState.DUE
    assert "已退还所收款项" in last_slip(bench)
    assert refused(lambda: bench.terminal.give_back(1)) is BillRefusal.NOT_PAID
    assert bench.terminal.premium(bench.admitted()).is_done
    bench.finish()
    bench.demand_agreement()


@pytest.mark.parametrize("approval", [False, True], ids=["without approval code", "with it"])
def test_a_plain_refund_of_a_bills_payment_gives_it_back(approval: bool) -> None:
    """By what somebody reads off its slip."""
    bench = FullBench()
    settled(bench)
    paid = bench.journal.payments.payments()[0].record
    bench.terminal.bank.settle()
    own = paid.as_original
    read = OriginalPayment(batch=own.batch, voucher=own.voucher, day=own.day, reference=own.reference)
    bench.terminal.bank.refund(paid.amount, structs.replace(read, approval=own.approval) if approval else read)
    bench.terminal.bank.send_waiting()
    bench.terminal.send_waiting()
    assert (bench.states, bench.gone) == (["due"], 0)
    assert bench.terminal.cancel(1).stored.bill.state is BillState.CANCELLED
    assert "支付已退回，无须另退" in last_slip(bench)


@pytest.mark.parametrize("state", ["paid", "covered", "elsewhere"])
def test_a_settlement_that_the_back_end_refuses_later_is_told_of_a_bill_that_is_over(state: str) -> None:
    bench = FullBench()
    bench.terminal.settle(bench.admitted(), bench.desk, 20_000, 0 if state == "covered" else OWN, pays=state == "paid")
    if state == "elsewhere":
        bench.terminal.paid_elsewhere(1, CASH)
    assert bench.states == [state]
    social = bench.journal.social
    (record,) = social.records()
    social.step(record, RecordEvent.TAC_WRONG)
    bench.terminal.send_waiting()
    assert social.records()[0].record.state is RecordState.SUSPICIOUS
    assert bench.states == [state]
    assert not bench.terminal.reprint(1).is_done
    assert "结算可疑" in "".join(line for slip in bench.printer.slips[-3:] for line in slip)


def test_what_is_on_its_way_back_is_not_given_back_twice() -> None:
    bench = FullBench()
    bench.rules("answer-lost")
    settled(bench)
    bench.rules("reversal-unanswered")
    bench.terminal.cancel(1)
    assert "支付待冲正，勿另退款" in last_slip(bench)


def test_a_transaction_inside_another_is_undone_alone() -> None:
    bench = FullBench()
    bench.terminal.settle(bench.admitted(), bench.desk, 0, OWN, pays=False)
    journal = bench.journal
    (stored,) = journal.bills()
    with journal.transaction():
        with suppress(ZeroDivisionError), journal.transaction():
            journal.amend(stored, own=7)
            raise ZeroDivisionError
        after = journal.amend(stored, told=True)
    assert journal.bills() == [after]


def test_a_bill_that_is_due_without_any_doubt_needs_no_word() -> None:
    bench = FullBench()
    bench.terminal.settle(bench.admitted(), bench.desk, 0, OWN, pays=False)
    for holds in (False, True):
        assert refused(lambda holds=holds: bench.terminal.found_out(1, holds=holds)) is BillRefusal.NOT_IN_DOUBT
    assert bench.states == ["due"]


def test_what_nobody_may_take_money_for_is_not_paid_by_a_persons_word_either() -> None:
    """The settlement turns out to be suspicious while its payment is in doubt."""
    bench = left_to_a_person()
    social = bench.journal.social
    social.step(social.records()[0], RecordEvent.TAC_WRONG)
    assert refused(lambda: bench.terminal.found_out(1, holds=True)) is BillRefusal.NOT_IN_DOUBT
    assert bench.states == ["suspicious"]


def test_nobody_finds_out_or_gives_back_at_a_machine() -> None:
    bench = left_to_a_person()
    bench.terminal.cell = cell_of(TerminalKind.FULL, FormFactor.KIOSK)
    for act in (lambda: bench.terminal.found_out(1, holds=False), lambda: bench.terminal.give_back(1)):
        with pytest.raises(TerminalStopped) as stopped:
            act()
        assert stopped.value.cause is StopCause.OTHER_TERMINAL


def test_a_premium_waits_for_a_reversal_that_nobody_has_answered() -> None:
    bench = FullBench()
    bench.rules("answer-lost")
    settled(bench)
    bench.rules("reversal-unanswered")
    outcome = bench.terminal.premium(bench.admitted())
    assert outcome.stored.bill.state is BillState.DUE
    assert outcome.unpaid is not None
    assert outcome.unpaid.cause is PaymentRefusal.NO_LINE
    assert len(bench.journal.payments.payments()) == 1


@pytest.mark.parametrize("holds", [False, True])
@pytest.mark.parametrize("make", [left_to_a_person, not_taken_up])
def test_what_a_person_has_spoken_for_is_not_sent_again(make: Callable[[], FullBench], holds: bool) -> None:
    """Sent all the same it would take the money behind his word, or give it back."""
    bench = make()
    bench.terminal.found_out(1, holds=holds)
    before, voucher = bench.gone, bench.journal.payments.payments()[-1].record.voucher
    with pytest.raises(PaymentRefused) as refusal:
        bench.terminal.bank.resend(voucher)
    assert refusal.value.cause is PaymentRefusal.NO_SUCH_PAYMENT
    bench.terminal.bank.send_waiting()
    assert (bench.gone, bench.states) == (before, ["paid" if holds else "due"])
