"""What a payment has come to, in words for cashier and holder: slip, display and tools say the same.

A state alone says too little: what is reversed because the card declined is known, what nobody answered is not; and
what is to be done about either is another thing for goods, cash, notes and an earlier payment.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dualcos.messages.authorisation import Business
from dualcos.messages.response_codes import RESPONSE_CODES
from dualcos.messages.terminal_results import CryptogramReason, Tvr
from dualcos.terminal.financial.held_in_machine import notes_go_back
from dualcos.terminal.financial.kernel.cardholder_verification import OWN_PIN_BLOCKED
from dualcos.terminal.financial.kernel.debit_kernel import CardVerdict
from dualcos.terminal.financial.payment_messages import NO_ANSWER, NOT_COMPLETED, TERMINAL_FAULT
from dualcos.terminal.financial.payment_record import PaymentRecord
from dualcos.terminal.financial.payment_states import COUNTED, PaymentState
from dualcos.terminal.terminal_parts import PartText

REVERSAL_REASONS: Mapping[str, PartText] = MappingProxyType(
    {
        NO_ANSWER: PartText("未收到应答", "no answer came"),
        "A0": PartText("应答报文鉴别码错", "the answer's MAC is wrong"),
        NOT_COMPLETED: PartText("卡片未确认，或应答不合要求", "the card did not take it, or the answer was not fit"),
        TERMINAL_FAULT: PartText("终端故障", "the terminal failed"),
    }
)
"""Field 39 of a reversal."""
_OWN_CODES: Mapping[str, PartText] = MappingProxyType(
    {
        "Y1": PartText("脱机批准", "approved off line"),
        "Z1": PartText("脱机拒绝", "declined off line"),
        "Y3": PartText("不能联机，脱机批准", "nobody was reached, approved off line"),
        "Z3": PartText("不能联机，脱机拒绝", "nobody was reached, declined off line"),
    }
)
"""What a terminal says where no host has (8A)."""
_KNOWN = {
    NOT_COMPLETED: PartText("未成交，待冲正", "not made, a reversal waits"),
    TERMINAL_FAULT: PartText("终端故障，待冲正", "the terminal failed, a reversal waits"),
}
_REFUND = {
    PaymentState.ASKED: PartText("退货已提交，待后台答复", "on its way, the acquirer has not answered"),
    PaymentState.MANUAL: PartText("退货未答复，须人工处理", "never answered, a person must see to it"),
}
_UNANSWERED = PartText("未收到应答，未完成", "no answer came")

_NOTHING = PartText("", "")
_CARD_SAYS = {
    CryptogramReason.SERVICE_NOT_ALLOWED: PartText("服务不允许", "service not allowed"),
    CryptogramReason.PIN_TRIES_EXCEEDED: PartText("密码重试次数超限", "PIN try limit exceeded"),
    CryptogramReason.ISSUER_NOT_AUTHENTICATED: PartText("发卡行认证失败", "issuer authentication failed"),
}
_ADVICE = PartText("卡片要求通知发卡行", "the card wants its issuer to be told")
_NOT_SOLD = PartText("请勿交付", "hand nothing out")
_NO_CASH = PartText("未出钞", "no cash came out")
_NOTES_STAY = PartText("钞票留在机内，请凭本凭条与发卡行联系", "the notes stay in the machine; this slip is the proof")
_NOTES_BACK = PartText("钞票已退还", "the notes came out again")
_NOT_TRANSFERRED = PartText("转账未完成，款项退回转出账户", "not transferred, the money goes back")
_TRANSFER_OPEN = PartText("转账结果待核实，请勿重复", "it is not known whether it was transferred; not to be repeated")
_STANDS = PartText("撤销未成，原消费仍有效", "not voided: the purchase stands")
_VOID_OPEN = PartText("撤销结果待核实，请勿重复", "it is not known whether it is voided; not to be repeated")
_REFUND_ONCE = PartText("请勿重复退货", "do not refund it again")
_OLD_PIN = PartText("密码未改，请用原密码", "the PIN is the old one")
_PIN_OPEN = PartText("密码是否已改待核实", "it is not known which PIN holds")

_ON_ITS_WAY_BACK = (PaymentState.REVERSING, PaymentState.REVERSED)
_TO_BE_DONE: Mapping[tuple[Business, PaymentState], PartText] = MappingProxyType(
    {
        **{(Business.PURCHASE, state): _NOT_SOLD for state in (*_ON_ITS_WAY_BACK, PaymentState.MANUAL)},
        **{(Business.TRANSFER, state): _NOT_TRANSFERRED for state in _ON_ITS_WAY_BACK},
        **{(Business.VOID, state): _STANDS for state in (*_ON_ITS_WAY_BACK, PaymentState.DECLINED)},
        **{(Business.REFUND, state): _REFUND_ONCE for state in (PaymentState.ASKED, PaymentState.MANUAL)},
        **{(Business.PIN_CHANGE, state): _OLD_PIN for state in _ON_ITS_WAY_BACK},
        (Business.TRANSFER, PaymentState.MANUAL): _TRANSFER_OPEN,
        (Business.VOID, PaymentState.NOT_SENT): _STANDS,
        (Business.VOID, PaymentState.MANUAL): _VOID_OPEN,
        (Business.PIN_CHANGE, PaymentState.MANUAL): _PIN_OPEN,
    }
)


def state_words(record: PaymentRecord) -> PartText:
    """What it came to."""
    state = record.state
    if record.kind is Business.REFUND and state in _REFUND:
        return _REFUND[state]
    if state is PaymentState.NOT_SENT and record.reason:
        return _UNANSWERED
    if state is PaymentState.REVERSING and record.reason in _KNOWN:
        return _KNOWN[record.reason]
    return state.words


def todo_words(record: PaymentRecord) -> PartText | None:
    """What holder and cashier have to know besides, None where nothing is."""
    if record.is_open and record.kind is not Business.REFUND:
        return None
    if record.kind is Business.WITHDRAWAL and record.state not in COUNTED:
        return _NO_CASH
    if record.kind is Business.DEPOSIT and record.state not in COUNTED:
        return _NOTES_BACK if notes_go_back(record.state) else _NOTES_STAY
    return _TO_BE_DONE.get((record.kind, record.state))


def code_words(code: str) -> PartText | None:
    """What field 39 says, or the terminal's own code (8A, PBOC-6); None for a code of nobody's list, or none."""
    if code in _OWN_CODES:
        return _OWN_CODES[code]
    found = RESPONSE_CODES.get(code)
    return PartText(found.zh, found.en) if found is not None else None


def card_words(said: CardVerdict | None, first: PartText = _NOTHING) -> PartText:
    """Why the card answered so, where it says that, and whether its issuer is to be told (9F27, PBOC-6 §7.13.4),
    behind ``first``; or what ended it before the card said anything.
    """
    if said is not None and said.ended is not None:
        return PartText(said.ended.row.zh, said.ended.row.en)
    found = [first] if first.zh else []
    if said is not None and said.reason in _CARD_SAYS:
        found.append(_CARD_SAYS[said.reason])
    if said is not None and said.advice:
        found.append(_ADVICE)
    return PartText("；".join(each.zh for each in found), "; ".join(each.en for each in found))


def pin_words(record: PaymentRecord) -> PartText | None:
    """That the card compares no PIN any more, as the terminal found it; None where it does, or nobody tried."""
    results = record.chip.tvr if record.chip is not None else ""
    return OWN_PIN_BLOCKED if results and int(results, 16) & Tvr.PIN_TRIES_EXCEEDED.mask else None


def reason_words(record: PaymentRecord) -> PartText | None:
    """Why it is reversed, the code in front; None where it is not."""
    if not record.reason or record.state not in (*_ON_ITS_WAY_BACK, PaymentState.MANUAL):
        return None
    zh, en = REVERSAL_REASONS.get(record.reason, ("", ""))
    return PartText(f"{record.reason} {zh}".rstrip(), en)
