"""What a bill has come to, why, and what is to be done, for cashier and holder: slip, display and tools say the same.

A state alone says too little: after a try to pay whose reversal is known money may be taken otherwise, after one of
which nobody knows it may not; and what the back end did not take is given back, not paid again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from dualcos.messages.response_codes import APPROVED, UNKNOWN_CODE
from dualcos.terminal.financial.payment_record import PaymentRecord
from dualcos.terminal.financial.payment_states import PaymentState
from dualcos.terminal.financial.payment_words import code_words, pin_words, reason_words, state_words
from dualcos.terminal.financial.slip_layout import yuan
from dualcos.terminal.full.bill_record import CASH, OTHER_CARD, Bill
from dualcos.terminal.full.bill_states import BillKind, BillState
from dualcos.terminal.full.whole_bill import WholeBill
from dualcos.terminal.social.medical_records import MedicalRecord, SettlementMode
from dualcos.terminal.terminal_parts import PartText, in_yuan

OTHER_WAYS: Mapping[str, PartText] = MappingProxyType(
    {CASH: PartText("现金", "cash"), OTHER_CARD: PartText("其他卡", "another card")}
)
"""How else than by its card a bill is paid."""

_ONLINE = PartText("联网", "on line")
_OFFLINE_ONCE = PartText("临时脱网", "off line for once")
_OFFLINE = PartText("脱网", "off line, from the card's account")
_PAID_BY_HAND = PartText("支付须人工处理", "the payment is settled between persons")
_DISTRUSTED = PartText("结算可疑", "the settlement is suspicious")
_DROPPED = PartText("账单已取消", "the bill was dropped")
_DUE = PartText(
    "请收现金、刷其他卡，或插回原卡再付", "take cash or another card, or put the card in again and pay with it"
)
_DUE_OR_CANCELLED = PartText(
    "请收现金、刷其他卡，或插回原卡再付；也可撤销结算",
    "take cash or another card, or put the card in again and pay with it; or take the settlement back",
)
_PREMIUM_DUE = PartText("请收现金，或插回原卡再付", "take cash, or put the card in again and pay with it")
_DUE_ALONE = PartText("请插回原卡再付，或到窗口办理", "put the card in again and pay with it, or go to a counter")
_SEE_FIRST = PartText(
    "前次支付结果不明，人工核实前勿收款", "nobody knows what the last try took: see to that before money is taken"
)
_GIVE_BACK = PartText("请撤销支付，退款给持卡人", "take the payment back: the holder gets his money again")
_BACK_AT_COUNTER = PartText("请到窗口办理退款", "go to a counter: the holder gets his money back there")
_NOTHING_BACK = PartText("未收款，无须退款", "no money was taken, none goes back")
_SEE_BACK = PartText("人工核实前勿退款", "have the back end look at it before anything is given back")
_BY_HAND = PartText(
    "勿另收款，请与收单行核实是否到账", "take no other money; find out from the acquirer whether it has this"
)
_BACK_BY_ITSELF = PartText("支付待冲正，勿另退款", "what the bank took goes back by itself: give nothing else back")
_BACK_ALREADY = PartText("支付已退回，无须另退", "what was paid has gone back: give nothing else back")
REFUND_OPEN = PartText("退货待银行答复", "the bank is still to take the refund")
_REFUNDED = PartText("已退货", "refunded")
_REFUND_WAITS = PartText("退货已提交，勿重复退款", "the refund is on its way: give nothing else back")

_WENT_BACK = {PaymentState.VOIDED, PaymentState.REVERSED, PaymentState.APPROVED}
"""States of a try that has not paid, or does so no more: the last one was refunded."""
_ADVICE: Mapping[BillState, PartText] = MappingProxyType(
    {
        BillState.SETTLING: PartText(
            "勿收款，勿交付；请插回原卡", "take and hand out nothing; put the same card in again"
        ),
        BillState.PAYING: PartText("勿另收款，待核实支付结果", "take no other money; what became of it is looked up"),
        BillState.NOT_SETTLED: PartText("勿收款；可重新结算", "take no money; it may be settled again"),
        BillState.SUSPICIOUS: PartText("请报后台核实", "have the back end look at it"),
        BillState.UNKNOWN: PartText(
            "勿收款，勿交付；找到原卡请插入", "take and hand out nothing; if the card turns up, put it in"
        ),
        BillState.CANCELLING: PartText("后台答复前勿退款，勿收款", "take and give back nothing until it has answered"),
    }
)


def bill_words(whole: WholeBill) -> PartText:
    """What it came to."""
    said = _state_words(whole)
    if not whole.bill.distrusted:
        return said
    return PartText(f"{said.zh}；{_DISTRUSTED.zh}", f"{said.en}; {_DISTRUSTED.en}")


def _state_words(whole: WholeBill) -> PartText:
    bill = whole.bill
    if bill.state is BillState.ELSEWHERE and bill.elsewhere in OTHER_WAYS:
        zh, en = OTHER_WAYS[bill.elsewhere]
        return PartText(f"已用{zh}支付", f"paid by {en}" if bill.elsewhere == OTHER_CARD else f"paid in {en}")
    if bill.state is BillState.CANCELLED and not bill.record:
        return _DROPPED
    return _PAID_BY_HAND if bill.state is BillState.PAID and whole.left_to_persons else bill.state.words


def due_words(whole: WholeBill) -> tuple[PartText, ...]:
    """What the holder is shown before his card pays: the bill, who pays what of it, what he is to pay."""
    bill = whole.bill
    zh, en = f"账单{whole.number}", f"bill {whole.number}"
    if bill.premium is not None:
        zh, en = f"{zh}：{bill.premium.scheme_zh}{bill.premium.period}", f"{en}: {bill.premium.scheme_en}"
        en = f"{en} {bill.premium.period}"
    else:
        account, pooled, self_paid = map(in_yuan, whole.shares or (0, 0, 0))
        zh = f"{zh}：统筹{pooled}，账户{account}，自付{self_paid}，自费{in_yuan(bill.own)}"
        en = f"{en}: fund {pooled}, account {account}, holder {self_paid}, own expense {in_yuan(bill.own)}"
    due = in_yuan(bill.due)
    return PartText(zh, en), PartText(f"应付{due}元，用本卡支付，请稍候", f"{due} to pay by this card, please wait")


def settled_how(settlement: MedicalRecord) -> PartText:
    """联网, 临时脱网 or 脱网 (人社信息函〔2012〕38号)."""
    if settlement.mode is SettlementMode.OFFLINE:
        return _OFFLINE
    return _OFFLINE_ONCE if settlement.offline else _ONLINE


def bill_reasons(whole: WholeBill) -> tuple[PartText, ...]:
    """Why it stands so, and what is still under way, as far as the journal has it."""
    return tuple(_reasons(whole))


def bill_advice(whole: WholeBill, *, attended: bool = True) -> PartText | None:
    """What is to be done, None where nothing is: the bill is settled and paid. ``attended``: there is a cashier."""
    bill = whole.bill
    if bill.state is BillState.DUE:
        return _due_advice(whole, attended=attended)
    if bill.state is BillState.CANCELLED and whole.taken_back_otherwise:
        return _SEE_BACK
    if bill.state is BillState.CANCELLED:
        return _back(bill) if bill.elsewhere else _back_by_card(whole)
    if bill.distrusted:
        return _ADVICE[BillState.SUSPICIOUS]
    if bill.refund:
        return _REFUND_WAITS
    if bill.kind is BillKind.PREMIUM and bill.refusal is not None:
        if not attended:
            return _BACK_AT_COUNTER
        return _GIVE_BACK if bill.state is BillState.PAID else _back(bill)
    if whole.left_to_persons:
        return _BY_HAND
    return _ADVICE.get(bill.state)


def try_words(record: PaymentRecord) -> PartText:
    """What became of a payment that does not pay the bill, or does so no more, and why."""
    if record.state is PaymentState.APPROVED:
        return _REFUNDED
    said = [state_words(record)]
    if (reason := reason_words(record)) is not None:
        said.append(reason)
    elif record.code and record.code != APPROVED and record.state is not PaymentState.VOIDED:
        zh, en = code_words(record.code) or (UNKNOWN_CODE.zh, UNKNOWN_CODE.en)
        said.append(PartText(f"{record.code} {zh}", f"{record.code} {en}"))
    if record.note[0]:
        said.append(PartText(*record.note))
    if (blocked := pin_words(record)) is not None:
        said.append(blocked)
    return PartText("；".join(each.zh for each in said), "; ".join(each.en for each in said if each.en))


def _back(bill: Bill) -> PartText:
    """To whom what he has paid goes back, and how much."""
    amount = in_yuan(bill.due)
    if bill.elsewhere == CASH:
        return PartText(f"请退还现金{amount}元", f"give {amount} back in cash")
    return PartText(f"请在其他卡上退款{amount}元", f"give {amount} back to the other card")


def _due_advice(whole: WholeBill, *, attended: bool) -> PartText:
    bill = whole.bill
    if whole.in_doubt:
        return _SEE_FIRST
    if not attended:
        return _DUE_ALONE
    if bill.kind is BillKind.PREMIUM:
        return _PREMIUM_DUE
    return _DUE_OR_CANCELLED if bill.record else _DUE


def _reasons(whole: WholeBill) -> Iterator[PartText]:
    bill, settlement = whole.bill, whole.settlement
    if settlement is not None and (bill.distrusted or bill.state is BillState.SUSPICIOUS):
        wrong = "MAC2" if settlement.mac2_right is False else "TAC"
        yield PartText(f"{wrong}校验不符", f"its {wrong} is wrong")
    if settlement is not None and settlement.refusal is not None and bill.state is BillState.NOT_SETTLED:
        yield PartText(f"后台拒绝：{settlement.refusal.zh}", f"the back end refused: {settlement.refusal.en}")
    elif bill.why[0] and bill.state in (BillState.NOT_SETTLED, BillState.DUE):
        yield PartText(*bill.why)
    if bill.state is BillState.DUE and bill.record:
        yield PartText("结算有效", "the settlement stands")
    if bill.refusal is not None:
        zh, en = ("社保未收此缴费", "the back end does not take the premium")
        if bill.kind is BillKind.SETTLEMENT:
            zh, en = ("后台不撤销结算", "the back end does not take the settlement back")
        yield PartText(f"{zh}：{bill.refusal.zh}", f"{en}: {bill.refusal.en}")
    if (due := whole.to_go_back) is not None and whole.taken_back_otherwise:
        yield PartText(
            f"后台所退与结算不符，应为：统筹基金{yuan(due.pooled)}，个人账户{yuan(due.account)}，持卡人{yuan(due.self_paid)}",
            "the back end has not taken back what was settled, which is"
            f" fund {yuan(due.pooled)}, account {yuan(due.account)}, holder {yuan(due.self_paid)}",
        )
    if bill.refund:
        yield REFUND_OPEN
    if bill.reports:
        yield PartText("待通知社保后台", "the back end is still to be told")


def _back_by_card(whole: WholeBill) -> PartText:
    states = {record.state for record in whole.failed}
    if PaymentState.REVERSING in states:
        return _BACK_BY_ITSELF
    return _BACK_ALREADY if states & _WENT_BACK else _NOTHING_BACK
