"""A payment as its terminal has stored it, told: what it came to, what is still to be sent for it, what was printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from dualcos.cli.counter.step_kinds import StepDone, counted, detail, yuan
from dualcos.cli.facts.financial_facts import PaymentFacts, SlipFacts
from dualcos.cli.facts.terminal_facts import TerminalDetail
from dualcos.explain.rendering import pad, width
from dualcos.messages.response_codes import RESPONSE_CODES
from dualcos.terminal.financial.payment_journal import PaymentJournal, StoredPayment
from dualcos.terminal.financial.payment_outcome import PaymentOutcome
from dualcos.terminal.financial.payment_record import PaymentRecord
from dualcos.terminal.financial.payment_states import WaitingState
from dualcos.terminal.financial.sales_slip import SalesSlip
from dualcos.terminal.terminal_parts import PartText

REVERSAL_REASONS: Mapping[str, PartText] = MappingProxyType(
    {
        "98": PartText("未收到应答", "no answer came"),
        "A0": PartText("应答报文鉴别码错", "the answer's MAC is wrong"),
        "06": PartText("卡片拒绝或应答不合要求", "the card declined, or the answer was not fit"),
        "96": PartText("终端故障", "the terminal failed"),
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
_WAITS = (WaitingState.WAITING, WaitingState.MANUAL)


class PaymentNotMade(Exception):
    """A payment came to something else than was asked for. ``record``: as it is stored."""

    def __init__(self, record: PaymentRecord) -> None:
        self.record = record
        super().__init__(record.state.value)


class BatchNotBalanced(Exception):
    """A batch is settled, and terminal and acquirer have counted differently (对账不平)."""


def code_words(code: str) -> PartText | None:
    """What field 39 says, or the terminal's own code (8A, PBOC-6); None for a code of nobody's list, or none."""
    if code in _OWN_CODES:
        return _OWN_CODES[code]
    found = RESPONSE_CODES.get(code)
    return PartText(found.zh, found.en) if found is not None else None


def outcome_done(outcome: PaymentOutcome, journal: PaymentJournal) -> StepDone:
    """What a step says of a payment; ``but`` where it came to something else than was asked for."""
    record = outcome.stored.record
    said = PartText(f"{record.kind.zh}：{record.state.words.zh}", f"{record.kind.en}: {record.state.words.en}")
    but = None if outcome.is_approved else PaymentNotMade(record)
    return StepDone(said, tuple(payment_details(outcome.stored, journal)), but, tuple(slip_lines(outcome.slips)))


def payment_details(stored: StoredPayment, journal: PaymentJournal) -> Iterator[TerminalDetail]:
    """What there is to say of it, in short."""
    record = stored.record
    yield detail("凭证号", "voucher", f"{record.voucher} (批次 batch {record.batch})")
    yield detail("卡号", "card", record.masked_pan)
    if record.kind.posts:
        yield detail("金额", "amount", yuan(record.amount))
    if record.balances is not None:
        yield detail("账面余额", "ledger balance", yuan(record.balances[0]))
        yield detail("可用余额", "available balance", yuan(record.balances[1]))
    added = record.value_added
    if added is not None and added.before:
        yield detail("原价", "usual price", yuan(added.before))
    if added is not None and added.points is not None:
        yield detail("积分", "points", f"{added.earned or 0:+d}, {added.points} in all")
    if record.code:
        words = code_words(record.code)
        yield detail("应答码", "response code", f"{record.code} {words or ''}".rstrip())
    if record.reference:
        yield detail("参考号", "reference", record.reference)
    if record.approval:
        yield detail("授权码", "approval code", record.approval)
    if record.reason:
        words = REVERSAL_REASONS.get(record.reason)
        yield detail("冲正原因", "why it is reversed", f"{record.reason} {words or ''}".rstrip())
    for waits in waiting_for(stored, journal):
        yield detail("待发送", "to be sent", waits)


def waiting_for(stored: StoredPayment, journal: PaymentJournal) -> list[str]:
    """What is to be sent for it, by kind."""
    return [each.kind.value for each in journal.waiting_of(stored.number) if each.state in _WAITS]


def payment_facts(stored: StoredPayment, journal: PaymentJournal) -> PaymentFacts:
    """The same for programs."""
    record, words = stored.record, stored.record.state.words
    return PaymentFacts(
        batch=record.batch,
        voucher=record.voucher,
        business=record.business.lower().replace("_", "-"),
        state=record.state.value,
        zh=words.zh,
        en=words.en,
        moment=record.moment,
        day=record.day,
        account=record.masked_pan,
        amount=record.amount,
        code=record.code,
        reference=record.reference,
        approval=record.approval,
        offline=record.offline,
        waiting=waiting_for(stored, journal),
    )


def payment_row(stored: StoredPayment, journal: PaymentJournal) -> TerminalDetail:
    """One of the journal, on a line."""
    record = stored.record
    waits = waiting_for(stored, journal)
    parts = (
        record.voucher,
        yuan(record.amount) if record.kind.posts else "-",
        record.masked_pan,
        record.moment,
        str(record.state.words),
        f"to be sent 待发送: {', '.join(waits)}" if waits else "",
    )
    return detail(record.kind.zh, record.kind.en, "  ".join(part for part in parts if part))


def slip_facts(slips: tuple[SalesSlip, ...]) -> list[SlipFacts]:
    """Every copy."""
    return [SlipFacts(copy=slip.copy, lines=list(slip.lines)) for slip in slips]


def slip_lines(slips: tuple[SalesSlip, ...]) -> Iterator[str]:
    """Every copy as it is printed, on its paper; one that only says whose it is, beside the one that it is like."""
    columns = max((width(line) for slip in slips for line in slip.lines), default=0)
    edge = "─" * (columns + 2)
    for turn, slip in enumerate(slips):
        if turn and slip.lines[:-1] == slips[0].lines[:-1]:
            yield f"    {slip.copy} 同上 the same"
            continue
        yield f"    ┌{edge}┐"
        yield from (f"    │ {pad(line, columns)} │" for line in slip.lines)
        yield f"    └{edge}┘"


def all_told(payments: int) -> PartText:
    """How many there are."""
    return PartText(f"{payments}笔交易", counted(payments, "payment"))
