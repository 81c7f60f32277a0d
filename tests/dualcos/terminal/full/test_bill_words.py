"""What a bill has come to, why, and what is to be done, in both languages."""

from __future__ import annotations

import pytest

from dualcos.terminal.financial.payment_states import PaymentState
from dualcos.terminal.full.bill_record import CASH, OTHER_CARD
from dualcos.terminal.full.bill_states import BillKind, BillState
from dualcos.terminal.full.bill_words import bill_advice, bill_reasons, bill_words, try_words
from dualcos.terminal.full.whole_bill import WholeBill
from dualcos.terminal.social.medical_records import MedicalRecord
from tests.dualcos.terminal.full.bill_examples import REFUSED, bill, payment, premium, settlement

DONE = (BillState.PAID, BillState.COVERED, BillState.ELSEWHERE)


def whole(state: BillState, settled: MedicalRecord | None = None, *tries: PaymentState, **changed: object) -> WholeBill:
    """A bill with payments that stand so; the last one has paid it if it is paid."""
    payments = tuple((number, payment(each, number, 100)) for number, each in enumerate(tries, 1))
    paid = len(payments) if state is BillState.PAID else 0
    return WholeBill(1, bill(state, due=100, payment=paid, **changed), settled, payments)


@pytest.mark.parametrize("state", BillState)
def test_whatever_is_not_done_says_what_is_to_be_done(state):
    found = whole(state, settlement(state, (100, 100, 100)), elsewhere=CASH if state is BillState.ELSEWHERE else "")
    advice = bill_advice(found)
    assert (advice is None) is (state in DONE)
    assert all(bill_words(found))
    assert advice is None or all(advice)


def test_money_is_asked_for_only_where_nobody_doubts_what_was_taken():
    """A reversal that waits is sent until it is answered; one that is left to a person may have paid."""
    said = {
        state: bill_advice(whole(BillState.DUE, settlement(BillState.DUE, (0, 0, 100)), state))
        for state in PaymentState
    }
    doubted = [state for state, advice in said.items() if advice is not None and "前勿收款" in advice.zh]
    assert doubted == [PaymentState.MANUAL, PaymentState.NOT_TAKEN]
    earlier = whole(BillState.DUE, None, PaymentState.MANUAL, PaymentState.DECLINED)
    assert bill_advice(earlier) == said[PaymentState.MANUAL]


def test_a_settlement_may_be_taken_back_and_a_premium_is_not_paid_by_another_card():
    settled, alone = whole(BillState.DUE, settlement(BillState.DUE, (0, 0, 100))), whole(BillState.DUE, record=0)
    fund = whole(BillState.DUE, kind=BillKind.PREMIUM, premium=premium(), record=0)
    said = [advice.zh for advice in map(bill_advice, (settled, alone, fund)) if advice is not None]
    assert ["撤销结算" in each for each in said] == [True, False, False]
    assert ["其他卡" in each for each in said] == [True, True, False]


@pytest.mark.parametrize(
    ("state", "elsewhere", "advice"),
    [
        (BillState.PAID, "", "请撤销支付，退款给持卡人"),
        (BillState.ELSEWHERE, CASH, "请退还现金1.00元"),
        (BillState.CANCELLED, "", "未收款，无须退款"),
    ],
)
def test_a_premium_that_the_back_end_does_not_take_is_given_back_and_not_taken_again(state, elsewhere, advice):
    found = whole(state, None, kind=BillKind.PREMIUM, premium=premium(), record=0, elsewhere=elsewhere, refusal=REFUSED)
    said = bill_advice(found)
    assert said is not None
    assert said.zh == advice
    assert [each.zh for each in bill_reasons(found)] == ["社保未收此缴费：已与基金清算"]


@pytest.mark.parametrize(
    ("elsewhere", "advice"),
    [(CASH, "请退还现金1.00元"), (OTHER_CARD, "请在其他卡上退款1.00元"), ("", "未收款，无须退款")],
)
def test_what_was_taken_for_a_settlement_that_is_taken_back_goes_back_the_way_it_came(elsewhere, advice):
    said = bill_advice(whole(BillState.CANCELLED, settlement(BillState.CANCELLED, (0, 0, 100)), elsewhere=elsewhere))
    assert said is not None
    assert said.zh == advice


def test_a_settlement_that_stays_says_who_said_so_and_that_it_stands():
    found = whole(BillState.DUE, settlement(BillState.DUE, (0, 0, 100)), refusal=REFUSED)
    assert [each.zh for each in bill_reasons(found)] == ["结算有效", "后台不撤销结算：已与基金清算"]


@pytest.mark.parametrize(("right", "which"), [(False, "MAC2"), (True, "TAC"), (None, "TAC")])
def test_what_is_suspicious_says_which_proof_is_wrong(right, which):
    found = whole(BillState.SUSPICIOUS, settlement(BillState.SUSPICIOUS, (0, 0, 100), mac2_right=right))
    assert bill_reasons(found) == ((f"{which}校验不符", f"its {which} is wrong"),)


def test_a_settlement_that_was_refused_says_why_once():
    refused = settlement(BillState.NOT_SETTLED, (0, 0, 100), refusal=REFUSED)
    found = whole(BillState.NOT_SETTLED, refused, why=("后台拒绝：已与基金清算", "refused"))
    assert [each.zh for each in bill_reasons(found)] == ["后台拒绝：已与基金清算"]


@pytest.mark.parametrize(("how", "said"), [(CASH, "已用现金支付"), (OTHER_CARD, "已用其他卡支付")])
def test_how_else_it_was_paid(how, said):
    assert bill_words(whole(BillState.ELSEWHERE, elsewhere=how)).zh == said


def test_a_payment_that_the_acquirer_did_not_take_up_is_no_success():
    assert bill_words(whole(BillState.PAID, None, PaymentState.NOT_TAKEN)).zh == "支付须人工处理"
    assert bill_words(whole(BillState.PAID, None, PaymentState.APPROVED)).zh == "已用本卡支付"


def test_a_payment_that_is_refunded_is_no_success_and_not_given_back_twice():
    back = whole(BillState.PAID, None, PaymentState.APPROVED, kind=BillKind.PREMIUM, refund=2, refusal=REFUSED)
    advice = bill_advice(back)
    assert advice is not None
    assert advice.zh == "退货已提交，勿重复退款"
    assert try_words(payment(PaymentState.APPROVED, 1, 100)).zh == "已退货"


def test_a_try_says_the_code_only_where_that_is_why():
    assert try_words(payment(PaymentState.DECLINED, 1, 100)) == (
        "交易拒绝；51 可用余额不足",
        "declined; 51 not enough money",
    )
    assert try_words(payment(PaymentState.VOIDED, 1, 100, code="51")).zh == "已撤销"
    assert try_words(payment(PaymentState.DECLINED, 1, 100, code="7Q")).zh == "交易拒绝；7Q 未知应答码"
    assert "密码" in try_words(payment(PaymentState.DECLINED, 1, 100, note=("密码重试次数超限", "PIN"))).zh
