"""签购单: what a payment terminal prints of a payment (PBOC-6 §5.5; lines as seen in the field), in Chinese.

It says 交易成功 only of what is approved. An account is masked but for its first six and last four digits. A payment
approved on line has its ARQC, one approved off line its TC. The merchant has a copy of what
moved money, or may have.
"""

from __future__ import annotations

from collections.abc import Iterator

from dualcos.messages.acquirer_messages import masked_account
from dualcos.messages.authorisation import Business
from dualcos.messages.response_codes import APPROVED, UNKNOWN_CODE
from dualcos.terminal.financial.payment_record import ChipFacts, PaymentRecord
from dualcos.terminal.financial.payment_settings import FinancialSettings
from dualcos.terminal.financial.payment_states import COUNTED, PaymentState
from dualcos.terminal.financial.payment_words import code_words, pin_words, reason_words, state_words, todo_words
from dualcos.terminal.financial.slip_layout import SalesSlip, SlipLayout, printed_time, yuan

_BY_CHIP = "I"
_NOT_MADE = (PaymentState.DECLINED, PaymentState.NOT_SENT)


def payment_slips(record: PaymentRecord, settings: FinancialSettings, *, again: bool = False) -> tuple[SalesSlip, ...]:
    """All copies of a payment as it stands, at least the last one, which is the holder's: he has the only one of what
    moved no money, and at a machine. ``again``: a reprint.
    """
    copies = settings.slip.copies
    if settings.kernel.data.is_atm or not record.kind.posts or record.state in _NOT_MADE:
        copies = copies[-1:]
    return tuple(SalesSlip(copy, tuple(_lines(record, settings, copy, again=again))) for copy in copies)


def _lines(record: PaymentRecord, settings: FinancialSettings, copy: str, *, again: bool) -> Iterator[str]:
    layout = SlipLayout(settings.slip.width)
    yield layout.centred("自助终端交易凭条" if settings.kernel.data.is_atm else "银行卡签购单")
    if again:
        yield layout.centred("重打印")
    yield layout.rule()
    yield from heading(record.merchant, record.terminal, settings)
    yield layout.rule()
    yield from payment_part(record, settings, copy)
    yield layout.centred(copy)


def payment_part(record: PaymentRecord, settings: FinancialSettings, copy: str) -> Iterator[str]:
    """All that ``copy`` says of the payment itself, between its heading and whose it is."""
    layout = SlipLayout(settings.slip.width)
    yield from _card(layout, record)
    yield from _payment(layout, record)
    yield layout.rule()
    yield from _outcome(layout, record)
    if record.chip is not None:
        yield from _chip(layout, record, record.chip)
    signed = record.state is PaymentState.APPROVED and record.kind.posts and settings.cell.takes_signatures
    if signed and copy == settings.slip.copies[0]:
        yield from _signature(layout, record)


def _signature(layout: SlipLayout, record: PaymentRecord) -> Iterator[str]:
    """签名栏, which every slip has (PBOC-6 §5.5); whether it has to be filled the card's list has said."""
    yield ""
    yield "持卡人签名：" if record.signature else "持卡人签名：（无须签名）"
    yield layout.rule()
    yield from layout.wrapped("本人确认以上交易，同意将其记入本卡账户")


def heading(merchant: str, terminal: str, settings: FinancialSettings, called: str = "商户名称") -> Iterator[str]:
    """Merchant, terminal, operator. ``called``: what the merchant is."""
    layout = SlipLayout(settings.slip.width)
    if settings.kernel.data.merchant_name:
        yield from layout.labelled(f"{called}：", settings.kernel.data.merchant_name)
    yield from layout.labelled("商户编号：", merchant)
    yield from layout.pair(f"终端编号：{terminal}", f"操作员：{settings.operator}")


def _card(layout: SlipLayout, record: PaymentRecord) -> Iterator[str]:
    if record.issuer:
        yield from layout.pair(f"发卡行：{record.issuer[:11].strip()}", f"收单行：{record.issuer[11:22].strip()}")
    yield from layout.labelled("卡号：", f"{record.masked_pan} /{_BY_CHIP}")
    if record.account_to:
        yield from layout.labelled("转入账号：", masked_account(record.account_to))


def _payment(layout: SlipLayout, record: PaymentRecord) -> Iterator[str]:
    yield from layout.pair(f"交易类型：{record.kind.zh}", _way(record))
    yield from layout.pair(f"批次号：{record.batch}", f"凭证号：{record.voucher}")
    if record.original is not None:
        yield from layout.pair(f"原批次号：{record.original.batch}", f"原凭证号：{record.original.voucher}")
    if record.approval:
        yield from layout.wrapped(f"授权码：{record.approval}")
    if record.reference:
        yield from layout.labelled("参考号：", record.reference)
    yield from layout.labelled("日期时间：", printed_time(record.moment))
    if record.amount:
        yield from _amount(layout, record)


def _way(record: PaymentRecord) -> str:
    """How it was decided; nothing was, of what did not leave the terminal."""
    if record.offline:
        return "脱机"
    return "未联机" if record.state is PaymentState.NOT_SENT and not record.reason else "联机"


def _amount(layout: SlipLayout, record: PaymentRecord) -> Iterator[str]:
    added = record.value_added
    if added is not None and added.before:
        yield from layout.pair("原价", yuan(added.before))
        yield from layout.pair("优惠", yuan(added.before - record.amount))
    yield from layout.pair("金额", yuan(record.amount))
    if added is not None and added.earned is not None and added.points is not None and record.state in COUNTED:
        yield from layout.pair("本次积分", str(added.earned))
        yield from layout.pair("积分余额", str(added.points))


def _outcome(layout: SlipLayout, record: PaymentRecord) -> Iterator[str]:
    yield from layout.wrapped(f"交易状态：{state_words(record).zh}")
    if record.state not in COUNTED and record.code and record.code != APPROVED:
        yield from layout.wrapped(f"应答码 {record.code} {(code_words(record.code) or UNKNOWN_CODE).zh}")
    if record.note[0]:
        yield from layout.wrapped(record.note[0])
    if (blocked := pin_words(record)) is not None:
        yield from layout.wrapped(blocked.zh)
    if (reason := reason_words(record)) is not None:
        yield from layout.wrapped(f"冲正原因 {reason.zh}")
    if (todo := todo_words(record)) is not None:
        yield from layout.wrapped(todo.zh)
    if record.retained:
        yield from layout.wrapped("卡片已被保留，请与发卡行联系")
    if record.balances is not None and record.kind is Business.BALANCE:
        yield from layout.pair("账面余额", yuan(record.balances[0]))
        yield from layout.pair("可用余额", yuan(record.balances[1]))


def _chip(layout: SlipLayout, record: PaymentRecord, chip: ChipFacts) -> Iterator[str]:
    """What a card that made no cryptogram has not said is not there."""
    yield layout.rule()
    if chip.cryptogram:
        yield from layout.labelled(f"{chip.kind}: ", chip.cryptogram)
    yield from layout.pair(*_ends(("TVR", chip.tvr), ("TSI", chip.tsi)))
    yield from layout.labelled("AID: ", chip.aid)
    yield from layout.pair(*_ends(("ATC", chip.atc), ("CSN", f"0{record.sequence}")))
    for name, text in (("APP LABEL", chip.label), ("APP NAME", chip.name)):
        if text:
            yield from layout.wrapped(f"{name}: {text}")
    yield from layout.pair(*_ends(("UNPR NUM", chip.unpredictable), ("AIP", chip.aip)))
    if chip.issuer_data:
        yield from layout.wrapped(f"IAD: {chip.issuer_data}")
    yield from layout.pair(*_ends(("Term Capa", chip.capabilities), ("CVMR", chip.cvm)))


def _ends(*named: tuple[str, str]) -> tuple[str, str]:
    """Both, or the one that there is."""
    left, right = (f"{name}: {text}" if text else "" for name, text in named)
    return (left, right) if left else (right, "")
