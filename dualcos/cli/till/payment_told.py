"""A payment as its terminal has stored it, told: what it came to, what is still to be sent for it, what was printed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dualcos.cli.facts.financial_facts import PaymentFacts, SlipFacts
from dualcos.cli.facts.terminal_facts import TerminalDetail
from dualcos.cli.standing.step_kinds import StepDone, counted, detail, yuan
from dualcos.explain.rendering import pad, width
from dualcos.messages.response_codes import APPROVED
from dualcos.terminal.financial.payment_journal import PaymentJournal, StoredPayment
from dualcos.terminal.financial.payment_outcome import PaymentOutcome
from dualcos.terminal.financial.payment_record import PaymentRecord
from dualcos.terminal.financial.payment_states import PaymentState, WaitingState
from dualcos.terminal.financial.payment_words import code_words, pin_words, reason_words, state_words, todo_words
from dualcos.terminal.financial.slip_layout import SalesSlip
from dualcos.terminal.terminal_parts import PartText

_UNCONFIRMED = (PaymentState.REVERSING, PaymentState.REVERSED, PaymentState.MANUAL)
_BANK_ALONE = PartText("银行已批准，卡未确认", "the bank approved, the card did not confirm")
_WAITS = (WaitingState.WAITING, WaitingState.MANUAL)


class PaymentNotMade(NamedTuple):
    """A payment came to something else than was asked for. ``record``: as it is stored."""

    record: PaymentRecord


class BatchNotBalanced(NamedTuple):
    """A batch is settled, and terminal and acquirer have counted differently (对账不平)."""

    batch: str


def outcome_done(outcome: PaymentOutcome, journal: PaymentJournal) -> StepDone:
    """What a step says of a payment; ``but`` where it came to something else than was asked for."""
    record = outcome.stored.record
    zh, en = state_words(record)
    said = PartText(f"{record.kind.zh}：{zh}", f"{record.kind.en}: {en}")
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
        unconfirmed = record.code == APPROVED and record.state in _UNCONFIRMED
        words = _BANK_ALONE if unconfirmed else code_words(record.code)
        yield detail("应答码", "response code", f"{record.code} {words or ''}".rstrip())
    if record.reference:
        yield detail("参考号", "reference", record.reference)
    if record.approval:
        yield detail("授权码", "approval code", record.approval)
    if (reason := reason_words(record)) is not None:
        yield detail("冲正原因", "why it is reversed", str(reason))
    if (blocked := pin_words(record)) is not None:
        yield detail("密码", "PIN", str(blocked))
    if (todo := todo_words(record)) is not None:
        yield detail("请注意", "mind", str(todo))
    for waits in waiting_for(stored, journal):
        yield detail("待发送", "to be sent", waits)


def waiting_for(stored: StoredPayment, journal: PaymentJournal) -> list[str]:
    """What is to be sent for it, by kind."""
    return [each.kind.value for each in journal.waiting_of(stored.number) if each.state in _WAITS]


def payment_facts(stored: StoredPayment, journal: PaymentJournal) -> PaymentFacts:
    """The same for programs."""
    record, words = stored.record, state_words(stored.record)
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


def payment_row(stored: StoredPayment, journal: PaymentJournal, *, named: bool = False) -> TerminalDetail:
    """One of the journal, on a line; ``named``: with what a refund names it by."""
    record = stored.record
    waits = waiting_for(stored, journal)
    parts = (
        f"{record.batch}-{record.voucher}" if named else record.voucher,
        yuan(record.amount) if record.kind.posts else "-",
        record.masked_pan,
        record.moment,
        f"{record.day} {record.reference} {record.approval}".strip() if named else "",
        str(state_words(record)),
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
        if turn and slip.lines[:-1] == slips[0].lines[: len(slip.lines) - 1]:
            yield f"    {slip.copy} 同上，无签名栏 the same, with no line to sign"
            continue
        yield f"    ┌{edge}┐"
        yield from (f"    │ {pad(line, columns)} │" for line in slip.lines)
        yield f"    └{edge}┘"


def all_told(payments: int) -> PartText:
    """How many there are."""
    return PartText(f"{payments}笔交易", counted(payments, "payment"))
