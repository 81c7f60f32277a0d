"""What a terminal must be made of, by kind, form and reach (SSC-8 table 6, PBOC-6 table 1, 总体方案 一（二）).

A part that is a must and is missing keeps a terminal from standing; ``hardware_refusal`` names it.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum, IntEnum
from typing import NamedTuple

from dualcos.terminal.terminal_forms import FormCell, FormFactor, FormRefusal, TerminalKind, TerminalReach


class PartNeed(IntEnum):
    """How much a standard wants a part; of two standards the higher counts."""

    NOT_ASKED = 0
    OPTIONAL = 1
    RECOMMENDED = 2
    MUST = 3


_MARKS = {"-": PartNeed.NOT_ASKED, "O": PartNeed.OPTIONAL, "R": PartNeed.RECOMMENDED, "M": PartNeed.MUST}


class HardwareRow(NamedTuple):
    """Marks: M 必备, R 推荐, O 可选, - not asked. ``financial``: as table 1 has its columns, attended, unattended, each
    on line only, both, off line only; then an ATM. ``clause``: of the first two; ``bank_clause``: of the third.
    """

    zh: str
    en: str
    social: str
    full: str
    financial: str
    clause: str
    bank_clause: str = "PBOC-6 table 1"


class TerminalPart(Enum):
    """The parts. Where the plan names one that SSC-8 leaves open, the plan counts: PIN pad, storage."""

    DISPLAY = HardwareRow("显示器", "a display", "M", "M", "MMM RRR M", "SSC-8 §6.1, §6.2.1")
    CARD_READER = HardwareRow("IC卡接口", "a card interface", "M", "M", "MMM MMM M", "SSC-8 table 6")
    KEYBOARD = HardwareRow("键盘", "a keyboard", "M", "M", "MMM RRR M", "SSC-8 table 6")
    PIN_PAD = HardwareRow("密码键盘", "a PIN pad", "M", "M", "MMM MOO M", "总体方案 一（二）")
    SAM_SLOT = HardwareRow(
        "安全存取模块", "a slot for a PSAM", "M", "M", "--- --- -", "总体方案 一（二）", "总体方案 一（四）"
    )
    STORAGE = HardwareRow("存储设备", "storage", "M", "M", "MMM MMM M", "总体方案 一（二）", "PBOC-6 §5.1")
    PRINTER = HardwareRow("打印机", "a printer", "O", "M", "MMM RRR R", "SSC-8 §6.2.6")
    NETWORK = HardwareRow("通信模块", "a line", "O", "O", "MMO MMO M", "SSC-8 table 6")
    CLOCK = HardwareRow("时钟", "a clock", "M", "M", "RMM RMM R", "SSC-8 table 6")
    STRIPE_READER = HardwareRow("磁条阅读器", "a stripe reader", "-", "M", "MMM MMM M", "SSC-8 table 6")

    @property
    def row(self) -> HardwareRow:
        """What is declared of it."""
        return self.value


def need_of(part: TerminalPart, cell: FormCell, reach: TerminalReach = TerminalReach.BOTH) -> PartNeed:
    """How much a terminal of that kind and form needs a part. ``reach``: of its payment side."""
    row = part.row
    if cell.kind is TerminalKind.SOCIAL:
        return _MARKS[row.social]
    of_bank = _MARKS[_column(row.financial, cell.form, reach)]
    return of_bank if cell.kind is TerminalKind.FINANCIAL else max(of_bank, _MARKS[row.full])


def _column(marks: str, form: FormFactor, reach: TerminalReach) -> str:
    attended, unattended, atm = marks.split(" ")
    if form is FormFactor.ATM:
        return atm
    return (attended if form.row.attended else unattended)[reach.value - 1]


def hardware_refusal(
    cell: FormCell, missing: Collection[TerminalPart], reach: TerminalReach = TerminalReach.BOTH
) -> FormRefusal | None:
    """Why a terminal without ``missing`` may not stand; None if all of them may be left out."""
    musts = [part.row for part in TerminalPart if part in missing and need_of(part, cell, reach) is PartNeed.MUST]
    if not musts:
        return None
    clauses = dict.fromkeys(clause for row in musts for clause in _clauses(row, cell.kind))
    return FormRefusal(
        f"{cell.said.zh}须有{'、'.join(row.zh for row in musts)}",
        f"{cell.said.en} must have {', '.join(row.en for row in musts)}",
        "; ".join(clauses),
    )


def _clauses(row: HardwareRow, kind: TerminalKind) -> tuple[str, ...]:
    match kind:
        case TerminalKind.SOCIAL:
            return (row.clause,)
        case TerminalKind.FINANCIAL:
            return (row.bank_clause,)
        case TerminalKind.FULL:
            return row.clause, row.bank_clause
