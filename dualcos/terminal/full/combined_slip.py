"""One slip with both parts of a bill: what was settled and who pays it (医疗费用结算单), and how the rest was paid
(签购单), or what is to be done about it; in Chinese.

It says 支付成功 only of what is paid, and who pays what only of what is settled. A social number is masked as an
account is; the name, where the record has it, is not: the slip is the holder's proof at his unit or insurance.
"""

from __future__ import annotations

from collections.abc import Iterator

from dualcos.messages.acquirer_messages import masked_account
from dualcos.terminal.financial.payment_record import PaymentRecord
from dualcos.terminal.financial.payment_settings import FinancialSettings
from dualcos.terminal.financial.payment_states import COUNTED, PaymentState
from dualcos.terminal.financial.sales_slip import heading, payment_part
from dualcos.terminal.financial.slip_layout import SalesSlip, SlipLayout, printed_time, yuan
from dualcos.terminal.full.bill_states import BillKind, BillState
from dualcos.terminal.full.bill_words import bill_advice, bill_reasons, bill_words, settled_how, try_words
from dualcos.terminal.full.whole_bill import WholeBill
from dualcos.terminal.social.medical_records import MedicalRecord

_MERCHANTS = {BillKind.SETTLEMENT: "医疗机构", BillKind.PREMIUM: "商户名称"}
_SHARED_OUT = (BillState.DUE, BillState.PAID, BillState.COVERED, BillState.ELSEWHERE)
"""Who pays what stands."""
_OWED = (BillState.DUE, BillState.ELSEWHERE)
_UNDONE = (PaymentState.VOIDED, PaymentState.APPROVED)
"""Payments that were made, and pay the bill no more: voided, or refunded."""
_YEAR_DIGITS = 4


def bill_slips(whole: WholeBill, settings: FinancialSettings, *, again: bool = False) -> tuple[SalesSlip, ...]:
    """All copies of a bill as it stands, at least the last one, which is the holder's: he has the only one of what
    never was, and at a machine. ``again``: a reprint.
    """
    copies = settings.slip.copies
    if settings.kernel.data.is_atm or whole.bill.state is BillState.NOT_SETTLED:
        copies = copies[-1:]
    return tuple(SalesSlip(copy, tuple(_lines(whole, settings, copy, again=again))) for copy in copies)


def _lines(whole: WholeBill, settings: FinancialSettings, copy: str, *, again: bool) -> Iterator[str]:
    layout, bill, data = SlipLayout(settings.slip.width), whole.bill, settings.kernel.data
    yield layout.centred(f"{bill.kind.words.zh}单")
    if again:
        yield layout.centred("重打印")
    yield layout.rule()
    yield from heading(data.merchant, data.terminal, settings, _MERCHANTS[bill.kind])
    yield from layout.labelled("社保终端号：", bill.terminal)
    yield layout.rule()
    yield from layout.labelled("账单号：", f"{whole.number:06d}")
    yield from layout.labelled("社会保障卡号：", bill.card.number)
    yield from _premium(layout, whole) if bill.kind is BillKind.PREMIUM else _settlement(layout, whole)
    if bill.state in _SHARED_OUT:
        yield from layout.pair("应付", yuan(bill.due))
    state = bill_words(whole) if bill.state is BillState.CANCELLED or bill.distrusted else bill.state.words
    yield from layout.wrapped(f"状态：{state.zh}")
    yield from _outcome(layout, whole, attended=data.is_attended)
    undone = [each for each in whole.failed if each.state in _UNDONE]
    for said, tries in (
        ("未成的支付：", [each for each in whole.failed if each not in undone]),
        ("已撤销的支付：", undone),
    ):
        if tries:
            yield from layout.wrapped(said)
        for each in tries:
            yield from _try(layout, each)
    if whole.standing is not None:
        if whole.failed:
            yield layout.rule()
        yield layout.centred("银行卡签购单")
        yield layout.rule()
        yield from payment_part(whole.standing, settings, copy)
    yield layout.centred(copy)


# --- what is to be paid -----------------------------------------------------------------------------------------------


def _premium(layout: SlipLayout, whole: WholeBill) -> Iterator[str]:
    premium = whole.bill.premium
    if premium is None:
        return
    year, month = premium.period[:_YEAR_DIGITS], premium.period[_YEAR_DIGITS:]
    yield from layout.labelled("险种：", f"{premium.scheme} {premium.scheme_zh}")
    yield from layout.labelled("费款所属期：", f"{year}年" + (f"{month}月" if month else ""))
    yield from layout.labelled("收款户名：", premium.payee)
    yield from layout.labelled("缴费凭证：", premium.voucher)
    yield from layout.labelled("办理时间：", printed_time(whole.bill.moment))


def _settlement(layout: SlipLayout, whole: WholeBill) -> Iterator[str]:
    bill, settlement = whole.bill, whole.settlement
    if settlement is not None and settlement.person is not None:
        yield from layout.labelled("姓名：", settlement.person.name)
        yield from layout.labelled("社会保障号：", masked_account(settlement.person.social_number))
    if settlement is not None:
        yield from layout.labelled("结算方式：", settled_how(settlement).zh)
    if settlement is None or bill.state is BillState.NOT_SETTLED:
        yield from layout.labelled("办理时间：", printed_time(bill.moment))
    if settlement is not None and settlement.voucher:
        yield from layout.labelled("中心流水号：", settlement.voucher)
    if settlement is not None and bill.state is not BillState.NOT_SETTLED:
        yield from _certificate(layout, settlement)
    yield layout.rule()
    yield from layout.pair("费用总额", yuan(bill.total + bill.own))
    yield from _shares(layout, whole)


def _certificate(layout: SlipLayout, settlement: MedicalRecord) -> Iterator[str]:
    """What names it on the card, and proves it."""
    for label, value in (
        ("卡交易序号：", settlement.sequence),
        ("终端交易序号：", settlement.terminal_sequence),
        ("结算时间：", settlement.time and printed_time(settlement.time)),
        ("TAC：", settlement.tac),
        ("结算结果：", settlement.state.words.zh),
    ):
        if value:
            yield from layout.labelled(label, value)


def _shares(layout: SlipLayout, whole: WholeBill) -> Iterator[str]:
    """Who pays what, or what goes back to whom."""
    bill = whole.bill
    account, pooled, self_paid = whole.shares or (0, 0, 0)
    if bill.state in _SHARED_OUT:
        if whole.shares is not None:
            yield from layout.pair("统筹基金支付", yuan(pooled))
            yield from layout.pair("个人账户支付", yuan(account))
            yield from layout.pair("个人自付", yuan(self_paid))
        yield from layout.pair("个人自费", yuan(bill.own))
    elif bill.state is BillState.CANCELLED and (back := whole.going_back) is not None:
        if bill.taken_back is not None:
            yield from layout.labelled("撤销流水号：", bill.taken_back.cancellation)
        yield from layout.pair("退回统筹基金", yuan(back.pooled))
        yield from layout.pair("退回个人账户", yuan(back.account))
        if back.to_load:
            yield from layout.pair("其中下次划入卡内", yuan(back.to_load))
        yield from layout.pair("退还持卡人", yuan(back.self_paid + bill.own if bill.elsewhere else 0))


# --- what has become of it --------------------------------------------------------------------------------------------


def _outcome(layout: SlipLayout, whole: WholeBill, *, attended: bool) -> Iterator[str]:
    """What it came to, large; why; and what is to be done."""
    bill, paid = whole.bill, whole.standing
    yield layout.bar()
    yield layout.centred(
        "支付成功" if paid is not None and paid.state in COUNTED and not whole.bill.distrusted else bill_words(whole).zh
    )
    if paid is not None or bill.state in _OWED:
        yield layout.large(yuan(bill.due if paid is None else paid.amount).replace("RMB ", "￥"))
    for reason in bill_reasons(whole):
        yield from layout.wrapped(reason.zh)
    if (advice := bill_advice(whole, attended=attended)) is not None:
        yield from layout.wrapped(advice.zh)
    yield layout.bar()


def _try(layout: SlipLayout, record: PaymentRecord) -> Iterator[str]:
    """Voucher and end of the account are what bank and holder find it by."""
    yield from layout.pair(printed_time(record.moment)[5:], f"凭证{record.voucher} *{record.pan[-4:]}")
    yield from layout.wrapped(try_words(record).zh)
