"""All steps of a till, by name, and what only some of them take."""

from __future__ import annotations

from dualcos.cli.standing.hand_steps import hand_steps
from dualcos.cli.standing.step_kinds import StepTable
from dualcos.cli.standing.steps_asked import StepLanguage, StepOption
from dualcos.cli.till.line_steps import LINE_STEPS
from dualcos.cli.till.payment_steps import PAYMENT_STEPS
from dualcos.cli.till.reading_steps import READING_STEPS
from dualcos.cli.till.till_at_work import TillAtWork
from dualcos.terminal.terminal_parts import PartText

# A new step is one more line in its module's table.
TILL_STEPS: StepTable[TillAtWork] = StepTable(
    (PartText("支付", "payments"), PAYMENT_STEPS),
    (PartText("读卡", "reading"), READING_STEPS),
    (PartText("线路与批次", "line and batch"), LINE_STEPS),
    (PartText("卡片", "card"), hand_steps(TillAtWork)),
)
TILL_OPTIONS = (
    StepOption("online", "", "purchase: whatever the limits say, the issuer is asked (商户要求联机)"),
    StepOption("batch", "NUMBER", "refund: the batch of what it takes back 批次号"),
    StepOption("voucher", "NUMBER", "refund: its voucher number 凭证号"),
    StepOption("day", "MMDD", "refund: its day 日期"),
    StepOption("reference", "TEXT", "refund: its reference 参考号"),
    StepOption("approval", "TEXT", "refund: its approval code 授权码"),
    StepOption("all", "", "journal: earlier batches, too"),
)
"""What only some steps take; which, the table of steps says."""
TYPED_AT_TILL = StepLanguage(TILL_OPTIONS)
