"""One slip with both parts of a bill: what was settled, and how the rest was paid, in Chinese."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dualcos.terminal.financial.payment_journal import StoredPayment
from dualcos.terminal.financial.payment_settings import FinancialSettings
from dualcos.terminal.financial.sales_slip import SalesSlip, heading, payment_slips
from dualcos.terminal.financial.slip_layout import SlipLayout, yuan
from dualcos.terminal.full.full_journal import StoredBill
from dualcos.terminal.social.terminal_journal import StoredRecord


def bill_slips(
    stored: StoredBill,
    settled: StoredRecord | None,
    tries: Sequence[StoredPayment],
    settings: FinancialSettings,
    *,
    again: bool = False,
) -> tuple[SalesSlip, ...]:
    """All copies of a bill as it stands; ``settled``: its settlement, ``tries``: its payments. ``again``: a reprint."""
    copies = settings.slip.copies
    paid = payment_slips(tries[-1].record, settings) if tries else ()
    parts = {each.copy: each.lines for each in paid}
    return tuple(
        SalesSlip(copy, (*_lines(stored, settled, settings, copy, again=again), *parts.get(copy, ())))
        for copy in copies
    )


def _lines(
    stored: StoredBill, settled: StoredRecord | None, settings: FinancialSettings, copy: str, *, again: bool
) -> Iterator[str]:
    layout, bill, data = SlipLayout(settings.slip.width), stored.bill, settings.kernel.data
    yield layout.centred(bill.kind.words.zh)
    if again:
        yield layout.centred("重打印")
    yield layout.rule()
    yield from heading(data.merchant, data.terminal, settings)
    yield from layout.wrapped(f"账单号：{stored.number:06d}")
    yield from layout.wrapped(f"社会保障卡号：{bill.card.number}")
    if settled is not None and settled.record.shares is not None:
        account, pooled, self_paid = settled.record.shares
        yield from layout.pair("费用总额", yuan(bill.total + bill.own))
        yield from layout.pair("个人账户支付", yuan(account))
        yield from layout.pair("统筹基金支付", yuan(pooled))
        yield from layout.pair("个人自付", yuan(self_paid))
        yield from layout.pair("个人自费", yuan(bill.own))
        yield from layout.wrapped(f"TAC：{settled.record.tac}")
    yield from layout.pair("应付", yuan(bill.due))
    yield from layout.wrapped(f"状态：{bill.state.words.zh}")
    yield layout.centred(copy)
