"""The slip of a bill: both parts, each once; sums that add up; 支付成功 only of what is paid; straight on all paper."""

from __future__ import annotations

import re
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualcos.messages.terminal_parameters import AidParameters
from dualcos.profile.line_test_keys import terminal_master_key
from dualcos.terminal.financial.kernel.kernel_settings import ATM, POS, KernelSettings, TerminalData
from dualcos.terminal.financial.payment_settings import FinancialSettings, SlipForm
from dualcos.terminal.financial.payment_states import PaymentState
from dualcos.terminal.financial.slip_layout import columns
from dualcos.terminal.full.bill_states import BillKind, BillState
from dualcos.terminal.full.combined_slip import bill_slips
from dualcos.terminal.full.whole_bill import WholeBill
from dualcos.terminal.social.medical_records import SettlementMode
from tests.dualcos.terminal.financial.payment_bench import DEBIT
from tests.dualcos.terminal.full.bill_examples import (
    ACCOUNT,
    DECIDED,
    PERSON,
    Example,
    bill,
    examples,
    payment,
    premium,
    settlement,
)

SETTLED = (BillState.DUE, BillState.PAID, BillState.COVERED, BillState.ELSEWHERE)


@cache
def form(width: int = 32, data: TerminalData = POS) -> FinancialSettings:
    """Of a hospital."""
    data = data if data.is_atm else TerminalData(merchant_name="江城市第一人民医院门诊收费处")
    kernel = KernelSettings(data, (AidParameters(DEBIT),), bytes, {})
    return FinancialSettings(kernel, terminal_master_key(data.terminal), slip=SlipForm(width))


def text(whole: WholeBill, copy: int = 0, width: int = 32, *, again: bool = False) -> str:
    """One copy."""
    return "\n".join(bill_slips(whole, form(width), again=again)[copy].lines)


def fen(name: str, slip: str) -> int:
    """The amount behind that name; it stands alone in its line, or in the next one."""
    (found,) = re.findall(rf"^{name}\s+RMB ([\d,]+\.\d\d)$", slip, re.MULTILINE)
    return int(re.sub("[,.]", "", found))


@settings(max_examples=150)
@given(examples(), st.integers(24, 64), st.booleans())
def test_what_is_on_the_slip_adds_up(example: Example, width: int, again: bool):
    """Shares and own expense are the total; what is due is what the holder has of both; what is paid is that, less what
    the merchant has taken off; and what goes back is what was paid.
    """
    whole, state = example.whole, example.whole.bill.state
    slip = text(whole, -1, width, again=again)
    account, pooled, self_paid = example.shares
    assert fen("费用总额", slip) == sum(example.shares) + example.own
    if state in SETTLED:
        named = ("统筹基金支付", "个人账户支付", "个人自付", "个人自费")
        assert [fen(each, slip) for each in named] == [pooled, account, self_paid, example.own]
        assert fen("应付", slip) == self_paid + example.own == example.due
    else:
        assert "支付  " not in slip
        assert "应付" not in slip
    if state is BillState.PAID:
        assert fen("金额", slip) == example.due - example.discount
        if example.discount:
            assert (fen("原价", slip), fen("优惠", slip)) == (example.due, example.discount)
    if state is BillState.CANCELLED:
        assert (fen("退回个人账户", slip), fen("退回统筹基金", slip)) == (account, pooled)
        assert fen("退还持卡人", slip) == (example.due if whole.bill.elsewhere else 0)


@settings(max_examples=150)
@given(examples(), st.integers(24, 64), st.booleans())
def test_every_slip_is_straight_whole_and_says_paid_only_of_what_is(example: Example, width: int, again: bool):
    whole = example.whole
    for slip in bill_slips(whole, form(width), again=again):
        lines, joined = slip.lines, "\n".join(slip.lines)
        assert max(map(columns, lines)) <= width
        assert "".join(lines).isprintable()
        paid = whole.standing is not None and whole.standing.state is PaymentState.APPROVED
        assert ("支付成功" in joined, "交易成功" in joined) == (paid, paid)
        assert ("重打印" in joined) is again
        for once in ("医疗机构", "商户编号", "操作员", "账单号", "费用总额", "社会保障卡号"):
            assert joined.count(once) == 1, once
        assert joined.count("银行卡签购单") == (whole.standing is not None)
        for hidden in (ACCOUNT, PERSON.social_number):
            assert hidden not in "".join(lines)
        assert whole.settlement is not None
        certificate = whole.settlement.tac and whole.settlement.terminal_sequence
        wanted = [whole.bill.card.number, certificate, whole.settlement.tac, whole.settlement.voucher]
        wanted += [each.voucher for _, each in whole.payments]
        if whole.standing is not None:
            wanted += [
                whole.standing.masked_pan,
                "2026/01/15 ",
                whole.standing.moment[8:10] + ":30:07",
                "330243D29CA8D2B0",
            ]
        for needed in filter(None, wanted):
            assert any(needed in line for line in lines), needed


@pytest.mark.parametrize("width", range(24, 65))
def test_account_and_time_are_never_broken(width):
    whole = WholeBill(
        1,
        bill(BillState.PAID, tries=(1,), payment=1, own=100, due=100),
        None,
        ((1, payment(PaymentState.APPROVED, 1, 100)),),
    )
    slip = text(whole, 0, width)
    assert re.search(r"^(卡号：)?629999\*{9}9019 /I$", slip, re.MULTILINE)
    assert re.search(r"^(日期时间：)?2026/01/15 10:30:07$", slip, re.MULTILINE)


WORDS = {
    BillState.DUE: ("待支付", "￥１５．００", "结算有效", "请收现金、刷其他卡", "也可撤销结算"),
    BillState.PAID: ("支付成功", "￥１５．００", "银行卡签购单", "本人确认以上交易"),
    BillState.COVERED: ("无须另付",),
    BillState.ELSEWHERE: ("已用现金支付", "￥１５．００"),
    BillState.NOT_SETTLED: ("未结算，未支付", "勿收款；可重新结算"),
    BillState.SUSPICIOUS: ("结算可疑", "勿收款，勿交付", "MAC2校验不符", "请报后台核实"),
    BillState.UNKNOWN: ("结算结果不明", "勿收款，勿交付"),
    BillState.CANCELLED: ("结算已撤销", "退回个人账户", "退回统筹基金", "请退还现金"),
}


@pytest.mark.parametrize("state", DECIDED)
def test_each_state_says_what_it_came_to_and_what_is_to_be_done(state):
    kept = (BillState.ELSEWHERE, BillState.CANCELLED)
    shares = (6_700, 13_300, 0 if state is BillState.COVERED else 1_500)
    paid = ((1, payment(PaymentState.APPROVED, 1, 1_500)),) if state is BillState.PAID else ()
    made = bill(state, due=shares[2], total=sum(shares), payment=len(paid), elsewhere="cash" if state in kept else "")
    slip = text(WholeBill(1, made, settlement(state, shares, mac2_right=state is not BillState.SUSPICIOUS), paid))
    said = slip.replace("\n", "")
    assert [each for each in WORDS[state] if each not in said] == []
    headlines = {words[0] for words in WORDS.values()}
    assert [each for each in headlines if each in said] == [WORDS[state][0]]


def test_what_never_was_is_the_holders_alone():
    whole = WholeBill(1, bill(BillState.NOT_SETTLED, total=100), settlement(BillState.NOT_SETTLED, (100, 0, 0)))
    assert [each.copy for each in bill_slips(whole, form())] == ["持卡人存根"]
    due = WholeBill(1, bill(BillState.DUE, own=100, due=100))
    assert [each.copy for each in bill_slips(due, form())] == ["商户存根", "持卡人存根"]
    (alone,) = bill_slips(due, form(32, ATM))
    assert alone.copy == "持卡人存根"
    assert "请插回原卡再付，或到窗口办理" in alone.lines


def test_only_the_merchants_copy_is_signed():
    paid = payment(PaymentState.APPROVED, 1, 100, signature=True)
    whole = WholeBill(1, bill(BillState.PAID, tries=(1,), payment=1, own=100, due=100), None, ((1, paid),))
    assert "持卡人签名：\n" in text(whole, 0)
    assert "持卡人签名" not in text(whole, 1)


@pytest.mark.parametrize(
    ("mode", "voucher", "said"),
    [
        (SettlementMode.ONLINE, "S01", "联网"),
        (SettlementMode.ONLINE_OR_OFFLINE, "S01", "联网"),
        (SettlementMode.ONLINE_OR_OFFLINE, "", "临时脱网"),
        (SettlementMode.OFFLINE, "", "脱网"),
    ],
)
def test_a_settlement_says_how_and_by_what_it_is_proved(mode, voucher, said):
    record = settlement(BillState.COVERED, (100, 200, 0), mode=mode, voucher=voucher, person=PERSON)
    lines = text(WholeBill(1, bill(BillState.COVERED, total=300), record)).splitlines()
    for needed in (
        "账单号：000001",
        "社会保障卡号：T0000001X",
        "姓名：张三丰",
        "社会保障号：990000********1234",
        f"结算方式：{said}",
        "卡交易序号：0001",
        "终端交易序号：0000000A",
        "结算时间：2026/01/15 09:30:05",
        "TAC：3ABDFBB8",
        "社保终端号：990000000009",
    ):
        assert needed in lines, needed
    assert ("中心流水号：S01" in lines) is bool(voucher)


TRIES = {
    PaymentState.DECLINED: "交易拒绝；51 可用余额不足",
    PaymentState.REVERSING: "结果未知，待冲正；98 未收到应答",
    PaymentState.REVERSED: "已冲正；98 未收到应答",
    PaymentState.MANUAL: "冲正未成功，须人工处理；98 未收到应答",
    PaymentState.NOT_SENT: "未联机，未成交",
    PaymentState.VOIDED: "已撤销",
    PaymentState.APPROVED: "已退货",
}


@pytest.mark.parametrize("state", TRIES)
def test_a_try_that_has_not_paid_says_when_and_why(state):
    tries = (payment(state, 7, 100), payment(PaymentState.DECLINED, 8, 100))
    slip = text(
        WholeBill(1, bill(BillState.DUE, own=100, due=100, tries=(1, 2)), None, tuple(enumerate(tries, 1))), 0, 48
    )
    first = slip.splitlines().index("01/15 16:30:07" + " " * 18 + "凭证000007 *9019".rjust(14))
    assert slip.splitlines()[first + 1] == TRIES[state]
    assert "凭证000008 *9019" in slip
    assert ("人工核实前勿收款" in slip) is (state is PaymentState.MANUAL)


def test_own_expense_alone_has_no_settlement_to_take_back():
    slip = text(WholeBill(1, bill(BillState.DUE, own=1_500, due=1_500, record=0)))
    assert fen("费用总额", slip) == fen("个人自费", slip) == fen("应付", slip) == 1_500
    assert "结算有效" not in slip
    assert "撤销结算" not in slip
    assert "TAC" not in slip


@pytest.mark.parametrize(("period", "said"), [("202601", "2026年01月"), ("2026", "2026年")])
def test_what_a_premiums_slip_has(period, said):
    paid = payment(PaymentState.APPROVED, 1, 40_000)
    made = bill(
        BillState.PAID,
        kind=BillKind.PREMIUM,
        record=0,
        premium=premium(period=period),
        due=40_000,
        tries=(1,),
        payment=1,
    )
    lines = text(WholeBill(1, made, None, ((1, paid),))).splitlines()
    assert lines[0].strip() == "社会保险费缴纳单"
    for needed in (
        "险种：390 城乡居民基本医疗保险",
        f"费款所属期：{said}",
        "收款户名：社会保险基金收入户",
        "缴费凭证：P0000000001-C458E60B",
    ):
        assert needed in lines, needed
    assert fen("应付", "\n".join(lines)) == fen("金额", "\n".join(lines)) == 40_000
    assert "费用总额" not in "".join(lines)


def test_a_premium_is_paid_in_cash_or_by_its_card():
    due = bill(BillState.DUE, kind=BillKind.PREMIUM, record=0, premium=premium(), due=40_000)
    assert "请收现金，或插回原卡再付" in text(WholeBill(1, due))


def test_a_reprint_is_the_same_slip_marked():
    whole = WholeBill(1, bill(BillState.DUE, own=100, due=100))
    first, again = (bill_slips(whole, form(), again=each) for each in (False, True))
    assert all(slip.lines[1].strip() == "重打印" for slip in again)
    assert [(*slip.lines[:1], *slip.lines[2:]) for slip in again] == [slip.lines for slip in first]


def test_what_ended_a_half_before_anything_came_of_it_is_said():
    made = bill(BillState.DUE, own=100, due=100, why=("未输入密码", "no PIN was entered"))
    assert "未输入密码" in text(WholeBill(1, made))
    stopped = bill(BillState.NOT_SETTLED, total=100, record=0, why=("卡不在名册", "not in the register"))
    assert "卡不在名册" in text(WholeBill(1, stopped))
