"""Steps of a till about its acquirer, its journal and its paper: no card is asked."""

from __future__ import annotations

from collections.abc import Iterator

from dualcos.cli.facts.terminal_facts import TerminalDetail
from dualcos.cli.standing.step_kinds import SERVICE, StepDone, StepKind, counted, detail
from dualcos.cli.standing.steps_asked import StepAsked
from dualcos.cli.till.payment_steps import voucher_of
from dualcos.cli.till.payment_told import BatchNotBalanced, all_told, payment_row, slip_lines
from dualcos.cli.till.till_at_work import TillAtWork
from dualcos.terminal.financial.day_end import DayEnd
from dualcos.terminal.financial.payment_journal import StoredWaiting
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.terminal_parts import PartText


def sign_on(till: TillAtWork, asked: StepAsked) -> StepDone:
    """签到."""
    del asked
    till.terminal.sign_on()
    return StepDone(PartText("签到成功", "signed on"), (detail("批次号", "batch", till.terminal.journal.batch),))


def sign_off(till: TillAtWork, asked: StepAsked) -> StepDone:
    """签退."""
    del asked
    till.terminal.sign_off()
    return StepDone(PartText("签退成功", "signed off"))


def upload(till: TillAtWork, asked: StepAsked) -> StepDone:
    """存储转发: reversals, reports, what was approved off line."""
    del asked
    before = len(till.terminal.journal.waiting())
    left = till.terminal.send_waiting()
    said = PartText(f"已发送{before - left}份，待发送{left}份", f"{before - left} sent, {left} still to be sent")
    but = PaymentRefused(PaymentRefusal.NO_LINE) if _to_be_sent(till) else None
    return StepDone(said, tuple(_waiting(till)), but)


def _to_be_sent(till: TillAtWork) -> list[StoredWaiting]:
    """What waits, but for what is a person's."""
    left = till.terminal.for_people()
    return [each for each in till.terminal.journal.waiting() if each not in left]


def _waiting(till: TillAtWork) -> Iterator[TerminalDetail]:
    journal = till.terminal.journal
    left = till.terminal.for_people()
    for zh, en, rows in (("待发送", "to be sent", _to_be_sent(till)), ("人工处理", "for a person", left)):
        for each in rows:
            payment = journal.payment(each.payment)
            voucher = payment.record.voucher if payment is not None else "-"
            yield detail(zh, en, f"{each.kind.value}  voucher {voucher}  tried {counted(each.tries, 'time')}")


def resend(till: TillAtWork, asked: StepAsked) -> StepDone:
    """重发: what was left to a person."""
    stored = till.terminal.resend(voucher_of(asked))
    till.saw_stored(stored)
    return StepDone(PartText("待发送", "it waits again"), tuple(_waiting(till)))


def resolve(till: TillAtWork, asked: StepAsked) -> StepDone:
    """人工处理: what waits is not sent any more."""
    stored = till.terminal.resolve(voucher_of(asked))
    till.saw_stored(stored)
    return StepDone(PartText("已转人工处理", "left to a person"), tuple(_waiting(till)))


def settle(till: TillAtWork, asked: StepAsked) -> StepDone:
    """批结算."""
    del asked
    return _settled(till, till.terminal.settle())


def end_batch(till: TillAtWork, asked: StepAsked) -> StepDone:
    """人工结算."""
    del asked
    return _settled(till, till.terminal.end_batch())


def _settled(till: TillAtWork, end: DayEnd) -> StepDone:
    till.seen.slips.append(end.slip)
    said = PartText(f"批次{end.batch}结算完成", f"batch {end.batch} is settled")
    return StepDone(
        said, but=None if end.balanced else BatchNotBalanced(end.batch), lines=tuple(slip_lines((end.slip,)))
    )


def download(till: TillAtWork, asked: StepAsked) -> StepDone:
    """参数、公钥下载."""
    del asked
    came = till.terminal.download()
    return StepDone(
        PartText("参数和公钥已下载", "parameters and public keys are taken over"),
        (detail("应用参数", "applications", came.applications), detail("CA公钥", "public keys", came.keys)),
    )


def slip(till: TillAtWork, asked: StepAsked) -> StepDone:
    """重打印."""
    slips = till.terminal.reprint(voucher_of(asked))
    till.seen.slips.extend(slips)
    return StepDone(PartText("重打印", "printed again"), lines=tuple(slip_lines(slips)))


def journal(till: TillAtWork, asked: StepAsked) -> StepDone:
    """终端存储的交易: of this batch, or all."""
    stored = till.terminal.journal
    payments = stored.payments() if "all" in asked.options else stored.of_batch(stored.batch)
    for each in payments:
        till.saw_stored(each)
    return StepDone(
        all_told(len(payments)), tuple(payment_row(each, stored, named="all" in asked.options) for each in payments)
    )


LINE_STEPS: tuple[StepKind[TillAtWork], ...] = (
    StepKind("sign-on", "", PartText("签到", "the acquirer's working keys, the batch"), sign_on, businesses=SERVICE),
    StepKind("upload", "", PartText("存储转发", "send what waits: reversals, reports, off-line sales"), upload,
             businesses=SERVICE),
    StepKind("journal", "", PartText("终端交易记录", "payments of this batch as the terminal has stored them"), journal,
             options=("all",), businesses=SERVICE),
    StepKind("slip", "VOUCHER", PartText("重打印", "print a slip again"), slip, 1, 1, check=voucher_of,
             businesses=SERVICE),
    StepKind("resend", "VOUCHER", PartText("重发", "send again what was left to a person"), resend, 1, 1,
             check=voucher_of, businesses=SERVICE),
    StepKind("resolve", "VOUCHER", PartText("转人工", "what waits of a payment is a person's now, not sent any more"),
             resolve, 1, 1, check=voucher_of, businesses=SERVICE),
    StepKind("settle", "", PartText("批结算", "the day's end: totals, uploads, the next batch"), settle,
             businesses=SERVICE),
    StepKind("end-batch", "", PartText("人工结算", "end a batch that the acquirer does not settle"),
             end_batch, businesses=SERVICE),
    StepKind("download", "", PartText("参数下载", "the acquirer's parameters and public keys"), download,
             businesses=SERVICE),
    StepKind("sign-off", "", PartText("签退", "the day is over"), sign_off, businesses=SERVICE),
)  # fmt: skip
