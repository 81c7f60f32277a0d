"""A bill as its terminal has stored it, told: what it came to, both halves of it, what is still to be reported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dualcos.cli.counter.money_steps import record_rows
from dualcos.cli.facts.full_facts import BillFacts, BillShares, BillTakenBack, PremiumFacts
from dualcos.cli.facts.terminal_facts import TerminalDetail
from dualcos.cli.standing.step_kinds import detail, yuan
from dualcos.cli.till.payment_told import payment_details
from dualcos.messages.social_services import PremiumDue, PremiumPaid, SettlementTakenBack
from dualcos.terminal.financial.payment_journal import PaymentJournal
from dualcos.terminal.full.bill_outcome import BillOutcome
from dualcos.terminal.full.bill_record import Bill
from dualcos.terminal.full.bill_states import BillState
from dualcos.terminal.full.bill_words import bill_reasons, bill_words, settled_how
from dualcos.terminal.full.whole_bill import WholeBill
from dualcos.terminal.terminal_parts import PartText

_DUE, _HOLDERS = PartText("应付", "due"), PartText("自付合计", "holder's part")


_SETTLED = PartText("结算总额", "settled")


class BillNotDone(NamedTuple):
    """A bill came to something else than was asked for. ``outcome``: what it came to; ``whole``: all of the bill."""

    outcome: BillOutcome
    whole: WholeBill


# --- for people -------------------------------------------------------------------------------------------------------


def bill_said(whole: WholeBill) -> PartText:
    """What is said of it on a line."""
    kind, said = whole.bill.kind.words, bill_words(whole)
    return PartText(f"账单{whole.number}：{kind.zh}，{said.zh}", f"bill {whole.number}: {kind.en}, {said.en}")


def outcome_details(
    outcome: BillOutcome, whole: WholeBill, payments: PaymentJournal, *, resumed: bool = False
) -> Iterator[TerminalDetail]:
    """What there is to say of both halves, and of the bill; ``resumed``: also of a settlement of an earlier step."""
    if outcome.settlement is not None:
        yield from record_rows(outcome.settlement.number, outcome.settlement.record, _SETTLED)
    elif whole.settlement is not None and resumed:
        yield from record_rows(whole.bill.record, whole.settlement, _SETTLED)
    if whole.settlement is not None and (resumed or outcome.settlement is not None):
        yield detail("结算方式", "settled how", str(settled_how(whole.settlement)))
    yield from _bill_rows(whole.bill)
    for said in bill_reasons(whole):
        yield detail("说明", "mind", str(said))
    if outcome.payment is not None:
        yield from payment_details(outcome.payment.stored, payments)


def _bill_rows(bill: Bill) -> Iterator[TerminalDetail]:
    if bill.premium is not None:
        yield from _premium_rows(bill.premium)
    if bill.taken_back is not None:
        yield from _taken_back_rows(bill.taken_back)
    if bill.own:
        yield detail("个人自费", "own expense", yuan(bill.own))
    if bill.premium is None:
        yield detail("费用总额", "total", yuan(bill.total + bill.own))
    if bill.due:
        name = _holders_part(bill)
        yield detail(name.zh, name.en, yuan(bill.due))
    for each in waiting_for(bill):
        yield detail("待报送", "still to be sent", each)


def _holders_part(bill: Bill) -> PartText:
    """What the holder's part of it is called; due only as long as it is to be paid."""
    return _DUE if bill.state is BillState.DUE else _HOLDERS


def _taken_back_rows(back: SettlementTakenBack) -> Iterator[TerminalDetail]:
    yield detail("撤销流水号", "cancellation", back.cancellation)
    yield detail("退回统筹基金", "back to the fund", yuan(back.pooled))
    yield detail("退回个人账户", "back to the account", yuan(back.account))
    if back.to_load:
        yield detail("其中下次划入卡内", "of that onto the card by its next load", yuan(back.to_load))


def _premium_rows(premium: PremiumDue) -> Iterator[TerminalDetail]:
    yield detail("险种", "scheme", f"{premium.scheme} {premium.scheme_en} {premium.scheme_zh}")
    yield detail("费款所属期", "period", premium.period)
    yield detail("缴费凭证号", "premium voucher", premium.voucher)
    yield detail("收款户名", "payee", premium.payee)
    if premium.left:
        yield detail("另有应缴", "more that are due", premium.left)


def waiting_for(bill: Bill) -> list[str]:
    """What the back end is still to be told or asked of it, and the bank to take, by kind."""
    reports = ["premium-paid" if isinstance(each, PremiumPaid) else "premium-cancelled" for each in bill.reports]
    asked = [name for name, there in (("settlement-cancelled", bill.cancel), ("refund", bill.refund)) if there]
    return [*reports, *asked]


def bill_row(whole: WholeBill) -> TerminalDetail:
    """One line of a list."""
    bill = whole.bill
    waits = ", ".join(waiting_for(bill))
    parts = (
        str(whole.number),
        f"total {yuan(bill.total + bill.own)}" if bill.premium is None else "",
        f"{_holders_part(bill).en} {yuan(bill.due)}" if bill.due else "",
        f"card {bill.card.number}",
        bill.moment,
        str(bill_words(whole)),
        f"still to be sent 待报送: {waits}" if waits else "",
    )
    return detail(bill.kind.words.zh, bill.kind.words.en, "  ".join(part for part in parts if part))


# --- for programs -----------------------------------------------------------------------------------------------------


def bill_facts(whole: WholeBill) -> BillFacts:
    """All of it."""
    bill, words, shares = whole.bill, bill_words(whole), whole.shares
    standing = whole.standing
    return BillFacts(
        number=whole.number,
        kind=bill.kind.value,
        state=bill.state.value,
        zh=words.zh,
        en=words.en,
        moment=bill.moment,
        card=bill.card.number,
        total=bill.total,
        own=bill.own,
        holder=bill.due,
        shares=None if shares is None else BillShares(account=shares[0], pooled=shares[1], self_paid=shares[2]),
        record=bill.record or None,
        voucher=standing.voucher if standing is not None else None,
        tries=[record.voucher for _, record in whole.payments],
        elsewhere=bill.elsewhere or None,
        premium=_premium_facts(bill.premium),
        waiting=waiting_for(bill),
        refusal=bill.refusal.en if bill.refusal is not None else None,
        refusal_zh=bill.refusal.zh if bill.refusal is not None else None,
        taken_back=_taken_back_facts(whole),
    )


def _taken_back_facts(whole: WholeBill) -> BillTakenBack | None:
    back = whole.bill.taken_back
    if back is None:
        return None
    return BillTakenBack(
        cancellation=back.cancellation,
        voucher=back.voucher,
        account=back.account,
        pooled=back.pooled,
        self_paid=back.self_paid,
        to_load=back.to_load,
        as_settled=not whole.taken_back_otherwise,
    )


def _premium_facts(premium: PremiumDue | None) -> PremiumFacts | None:
    if premium is None:
        return None
    return PremiumFacts(
        voucher=premium.voucher,
        scheme=premium.scheme,
        zh=premium.scheme_zh,
        en=premium.scheme_en,
        period=premium.period,
        payee=premium.payee,
    )
