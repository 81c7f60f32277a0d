"""Steps of a till that need no host: a card is read, or taken through a transaction of which nobody hears."""

from __future__ import annotations

from collections.abc import Iterator

from dualcos.cli.facts.terminal_facts import TerminalDetail
from dualcos.cli.standing.amounts_typed import some_fen
from dualcos.cli.standing.step_kinds import SERVICE, StepDone, StepKind, detail, yuan
from dualcos.cli.standing.steps_asked import StepAsked
from dualcos.cli.till.kernel_told import card_details, list_lines
from dualcos.cli.till.till_at_work import TillAtWork
from dualcos.explain.card_texts import card_text
from dualcos.terminal.financial.kernel.debit_kernel import CardVerdict, Verdict
from dualcos.terminal.terminal_parts import PartText

_INQUIRY, _GOODS = "31", "00"
_VERDICTS = {
    Verdict.APPROVED: PartText("脱机批准", "approved off line"),
    Verdict.DECLINED: PartText("脱机拒绝", "declined off line"),
    Verdict.ONLINE: PartText("请求联机", "the issuer is to be asked"),
}


def read(till: TillAtWork, asked: StepAsked) -> StepDone:
    """应用选择, 应用初始化, 读应用数据 (PBOC-6 §7.2 to §7.4)."""
    del asked
    kernel = till.kernel(_INQUIRY, 0)
    try:
        selected = kernel.read()
    finally:
        kernel.release()
    label = selected.candidate.label
    record = till.seen.kernel = kernel.record
    return StepDone(
        PartText(f"已读：{label}", f"read: {label}"), tuple(card_details(record)), lines=tuple(list_lines(record))
    )


def trial(till: TillAtWork, asked: StepAsked) -> StepDone:
    """A purchase up to the card's last word with no host behind it: nothing is sent, nothing is stored."""
    amount = some_fen(asked)
    kernel = till.kernel(_GOODS, amount)
    try:
        kernel.read()
        first = kernel.begin()
        last = kernel.complete(None) if first.verdict is Verdict.ONLINE else first
    finally:
        kernel.release()
    said, till.seen.kernel = _VERDICTS[first.verdict], kernel.record
    return StepDone(
        PartText(f"{said.zh}（试验，不发送不记账）", f"{said.en} (a trial: nothing is sent or booked)"),
        (detail("金额", "amount", yuan(amount)), *_unreached(first, last)),
    )


def _unreached(first: CardVerdict, last: CardVerdict) -> Iterator[TerminalDetail]:
    if last is not first:
        said = _VERDICTS[last.verdict]
        yield detail("不能联机时", "as nobody was reached", f"{said} {card_text(last.code) or ''}")


READING_STEPS: tuple[StepKind[TillAtWork], ...] = (
    StepKind("read", "", PartText("读卡，无需后台", "read a card as a purchase would, up to its records"), read,
             needs_card=True),
    StepKind("trial", "YUAN", PartText("试验消费，不发送不记账", "a purchase that no host hears of"),
             trial, 1, 1, check=some_fen, needs_card=True, businesses=SERVICE),
)  # fmt: skip
