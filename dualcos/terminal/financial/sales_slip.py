"""签购单: what a payment terminal prints of a payment (PBOC-6 §5.5; lines as seen in the field), in Chinese.

It says 交易成功 only of what is approved. An account is masked but for its first six and last four digits. A payment
approved on line has its ARQC, one approved off line its TC.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dualcos.messages.acquirer_messages import masked_account
from dualcos.messages.authorisation import Business
from dualcos.messages.response_codes import response_code
from dualcos.terminal.financial.payment_record import ChipFacts, PaymentRecord
from dualcos.terminal.financial.payment_settings import FinancialSettings
from dualcos.terminal.financial.payment_states import COUNTED, PaymentState
from dualcos.terminal.financial.slip_layout import SlipLayout, yuan

_BY_CHIP = "I"
_OWN_COPY = 1
_ALONE = {"Y1": "脱机批准", "Y3": "不能联机，脱机批准", "Z1": "脱机拒绝", "Z3": "不能联机，脱机拒绝"}
"""What a terminal says where no host has (8A)."""


class SalesSlip(NamedTuple):
    """One copy. ``copy``: whose it is; lines are as wide as the settings say, a Chinese character takes two columns."""

    copy: str
    lines: tuple[str, ...]


def payment_slips(record: PaymentRecord, settings: FinancialSettings, *, again: bool = False) -> tuple[SalesSlip, ...]:
    """All copies of a payment as it stands; what is not approved has the holder's alone. ``again``: a reprint."""
    copies = settings.slip.copies if record.state in COUNTED and record.kind.posts else settings.slip.copies[_OWN_COPY:]
    return tuple(SalesSlip(copy, tuple(_lines(record, settings, copy, again=again))) for copy in copies)


def _lines(record: PaymentRecord, settings: FinancialSettings, copy: str, *, again: bool) -> Iterator[str]:
    layout = SlipLayout(settings.slip.width)
    yield layout.centred("银行卡签购单")
    if again:
        yield layout.centred("重打印")
    yield layout.rule()
    yield from heading(record.merchant, record.terminal, settings)
    yield layout.rule()
    yield from _card(layout, record)
    yield from _payment(layout, record)
    yield layout.rule()
    yield from _outcome(layout, record)
    if record.chip is not None:
        yield from _chip(layout, record, record.chip)
    if record.signature and record.state is PaymentState.APPROVED and copy == settings.slip.copies[0]:
        yield ""
        yield "持卡人签名："
        yield layout.rule()
        yield from layout.wrapped("本人确认以上交易，同意将其记入本卡账户")
    yield layout.centred(copy)


def heading(merchant: str, terminal: str, settings: FinancialSettings) -> Iterator[str]:
    """Merchant, terminal, operator."""
    layout = SlipLayout(settings.slip.width)
    if settings.kernel.data.merchant_name:
        yield from layout.wrapped(f"商户名称：{settings.kernel.data.merchant_name}")
    yield from layout.wrapped(f"商户编号：{merchant}")
    yield from layout.pair(f"终端编号：{terminal}", f"操作员：{settings.operator}")


def _card(layout: SlipLayout, record: PaymentRecord) -> Iterator[str]:
    if record.issuer:
        yield from layout.pair(f"发卡行：{record.issuer[:11].strip()}", f"收单行：{record.issuer[11:22].strip()}")
    yield from layout.wrapped(f"卡号：{record.masked_pan} /{_BY_CHIP}")
    if record.account_to:
        yield from layout.wrapped(f"转入账号：{masked_account(record.account_to)}")


def _payment(layout: SlipLayout, record: PaymentRecord) -> Iterator[str]:
    yield from layout.pair(f"交易类型：{record.kind.zh}", "脱机" if record.offline else "联机")
    yield from layout.pair(f"批次号：{record.batch}", f"凭证号：{record.voucher}")
    if record.original is not None:
        yield from layout.pair(f"原批次号：{record.original.batch}", f"原凭证号：{record.original.voucher}")
    if record.approval:
        yield from layout.wrapped(f"授权码：{record.approval}")
    if record.reference:
        yield from layout.wrapped(f"参考号：{record.reference}")
    at = record.moment
    yield from layout.wrapped(f"日期时间：{at[:4]}/{at[4:6]}/{at[6:8]} {at[8:10]}:{at[10:12]}:{at[12:]}")
    if record.amount:
        yield from _amount(layout, record)


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
    yield from layout.wrapped(f"交易状态：{record.state.words.zh}")
    if record.state not in COUNTED and record.code and record.code != "00":
        yield from layout.wrapped(f"应答码 {record.code} {_said_of_code(record.code)}")
    if record.note[0]:
        yield from layout.wrapped(record.note[0])
    if record.state in (PaymentState.REVERSING, PaymentState.REVERSED, PaymentState.MANUAL):
        yield from layout.wrapped(f"冲正原因 {record.reason}")
    if record.state in (PaymentState.REVERSING, PaymentState.MANUAL) and record.kind.posts:
        yield from layout.wrapped("请勿交付商品或现金")
    if record.retained:
        yield from layout.wrapped("卡片已被保留，请与发卡行联系")
    if record.balances is not None and record.kind is Business.BALANCE:
        yield from layout.pair("账面余额", yuan(record.balances[0]))
        yield from layout.pair("可用余额", yuan(record.balances[1]))


def _said_of_code(code: str) -> str:
    return _ALONE.get(code) or response_code(code).zh


def _chip(layout: SlipLayout, record: PaymentRecord, chip: ChipFacts) -> Iterator[str]:
    yield layout.rule()
    if chip.cryptogram:
        yield from layout.wrapped(f"{chip.kind}: {chip.cryptogram}")
    yield from layout.pair(f"TVR: {chip.tvr}", f"TSI: {chip.tsi}")
    yield from layout.wrapped(f"AID: {chip.aid}")
    yield from layout.pair(f"ATC: {chip.atc}", f"CSN: 0{record.sequence}")
    if chip.label:
        yield from layout.wrapped(f"APP LABEL: {chip.label}")
    if chip.name:
        yield from layout.wrapped(f"APP NAME: {chip.name}")
    yield from layout.pair(f"UNPR NUM: {chip.unpredictable}", f"AIP: {chip.aip}")
    if chip.issuer_data:
        yield from layout.wrapped(f"IAD: {chip.issuer_data}")
    yield from layout.pair(f"Term Capa: {chip.capabilities}", f"CVMR: {chip.cvm}")
