"""The kinds of terminal, the forms that each may have, and what each of these may do (总体方案 一（二）), as a table.

What a form forbids is refused by a value that says why. An unattended form has no operator: there a holder does what
is his own (SSC-7 §5.10), and settles or pays. SERVICE, by which a terminal is run, is refused to whoever stands at its
keys, not to whoever asks for it on a command line. What no document decides is ``inferred``. What a terminal must be
made of: ``dualcos.terminal.terminal_hardware``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from dualcos.terminal.terminal_parts import PartText


class TerminalKind(Enum):
    """The three kinds (总体方案 一（二）)."""

    SOCIAL = PartText("社保业务功能终端", "social terminal")
    FINANCIAL = PartText("金融业务功能终端", "financial terminal")
    FULL = PartText("全业务功能终端", "full-function terminal")


class TerminalReach(Enum):
    """What the last digit of 9F35 says (PBOC-6 table A.1)."""

    ONLINE_ONLY = 1
    BOTH = 2
    OFFLINE_ONLY = 3


class FormRow(NamedTuple):
    """``option``: as ``--form`` has it. ``types``: 9F35 of its payment side, the usual one first: a merchant's before a
    bank's (1x); a holder's own device (3x) is no terminal of these forms, and 14 to 16 are an ATM where they pay cash.
    ``capabilities``, ``additional``: 9F33 and 9F40 (PBOC-6 A.1 to A.3).
    """

    option: str
    zh: str
    en: str
    attended: bool
    types: tuple[str, ...]
    capabilities: int
    additional: int


_ATTENDED, _UNATTENDED = ("22", "21", "23", "12", "11", "13"), ("25", "24", "26", "15", "14", "16")


class FormFactor(Enum):
    """The forms: POS, PC with a reader and a PIN pad, self-service terminal, cash machine."""

    POS = FormRow("pos", "POS终端", "a POS", True, _ATTENDED, 0xE0E1C8, 0x6000F0A001)
    PC = FormRow("pc", "PC加读写器", "a PC with a reader", True, _ATTENDED, 0xE0E1C8, 0x6000F0A001)
    KIOSK = FormRow("kiosk", "自助终端", "a kiosk", False, _UNATTENDED, 0x60C8C8, 0x6800B05001)
    ATM = FormRow("atm", "自动柜员机", "an ATM", False, ("14", "15", "16"), 0x604020, 0x8E80B05000)

    @property
    def row(self) -> FormRow:
        """What is declared of it."""
        return self.value

    @property
    def words(self) -> PartText:
        """For people."""
        return PartText(self.row.zh, self.row.en)

    @classmethod
    def of_option(cls, option: str) -> FormFactor:
        """The form that ``--form`` calls so."""
        return cls[option.upper()]


FORM_OPTIONS = tuple(form.row.option for form in FormFactor)
"""As ``--form`` has them."""


class BusinessRow(NamedTuple):
    """``kind``: the kind of terminal whose business it is, None for every kind; a full-function terminal has all.
    ``operator``: the clause by which it takes an operator, empty where the holder alone will do.
    """

    kind: TerminalKind | None
    zh: str
    en: str
    clause: str
    operator: str = ""


_S, _F, _X = TerminalKind
_BY_OPERATOR = "SSC-7 §5.10"
_TOGETHER = "总体方案 二（二）"


class TerminalBusiness(Enum):
    """What a terminal may be asked for."""

    INQUIRY = BusinessRow(_S, "查询", "inquiry", "SSC-7 §6")
    PIN_CHANGE = BusinessRow(_S, "更改个人密码", "change of the PIN", "SSC-7 §9")
    ONLINE_UPDATE = BusinessRow(_S, "联机更改应用信息", "on-line update", "SSC-7 §8")
    UPDATE = BusinessRow(_S, "更改应用信息", "update", "SSC-7 §7", _BY_OPERATOR)
    PIN_SERVICE = BusinessRow(_S, "个人密码解锁、重置", "unblocking of a PIN", "SSC-7 §13.3", _BY_OPERATOR)
    CARD_BLOCK = BusinessRow(_S, "卡片锁定", "card block", "SSC-7 §13.1", _BY_OPERATOR)
    APPLICATION_BLOCK = BusinessRow(_S, "应用锁定", "application block", "SSC-7 §13.2", _BY_OPERATOR)
    SETTLEMENT = BusinessRow(_S, "医疗消费", "medical settlement", "SSC-7 §12")
    LOAD = BusinessRow(_S, "账户划入", "load", "SSC-7 §11")

    BALANCE = BusinessRow(_F, "余额查询", "balance", "PBOC-6 A.3")
    PURCHASE = BusinessRow(_F, "消费", "purchase", "PBOC-6 A.3")
    VOID = BusinessRow(_F, "消费撤销", "void", "inferred", "inferred")
    REFUND = BusinessRow(_F, "退货", "refund", "inferred", "inferred")
    WITHDRAWAL = BusinessRow(_F, "取款", "withdrawal", "PBOC-6 A.3")
    DEPOSIT = BusinessRow(_F, "存款", "deposit", "PBOC-6 A.3")
    TRANSFER = BusinessRow(_F, "转账", "transfer", "PBOC-6 A.3")
    BANK_PIN_CHANGE = BusinessRow(_F, "改密", "change of the bank's PIN", "inferred")

    COMBINED = BusinessRow(_X, "结算并支付自付部分", "settlement with payment of the rest", _TOGETHER)
    PREMIUM = BusinessRow(_X, "社会保险费缴纳", "payment of a premium", _TOGETHER)
    CANCELLING = BusinessRow(_X, "撤销结算", "cancelling of a settlement", "inferred", "inferred")
    PAID_OTHERWISE = BusinessRow(_X, "其他方式支付自付部分", "payment of the rest otherwise", "inferred", "inferred")

    SERVICE = BusinessRow(None, "终端管理", "running of the terminal", "inferred", "inferred")

    @property
    def row(self) -> BusinessRow:
        """What is declared of it."""
        return self.value


class FormRefusal(NamedTuple):
    """Why a terminal of this kind and form does not do it, or may not stand. ``forms``: in which its kind does."""

    zh: str
    en: str
    clause: str
    forms: tuple[FormFactor, ...] = ()


class FormCell(NamedTuple):
    """One kind in one form. ``clause``: by which ``businesses`` are not more."""

    kind: TerminalKind
    form: FormFactor
    businesses: frozenset[TerminalBusiness]
    clause: str

    @property
    def is_attended(self) -> bool:
        """有服务员."""
        return self.form.row.attended

    @property
    def takes_signatures(self) -> bool:
        """A payment's slip is signed where somebody compares it (PBOC-6 A.2); a social one has no signature."""
        return self.is_attended and self.kind is not TerminalKind.SOCIAL

    @property
    def said(self) -> PartText:
        """The terminal, for people."""
        return PartText(
            f"{self.kind.value.zh}（{self.form.row.zh}）", f"a {self.kind.value.en} that is {self.form.row.en}"
        )

    def may(self, business: TerminalBusiness) -> bool:
        """True if it is done here."""
        return business in self.businesses

    def refusal(self, *one_of: TerminalBusiness) -> FormRefusal | None:
        """Why none of them is done here; None if one is, or none is named."""
        if not one_of or any(map(self.may, one_of)):
            return None
        others = tuple(form for form in FormFactor if any(map(cell_of(self.kind, form).may, one_of)))
        return self._why_not(one_of[0])._replace(forms=others)

    def _why_not(self, business: TerminalBusiness) -> FormRefusal:
        row, form, kind = business.row, self.form.row, self.kind.value
        if row.kind is not None and self.kind not in (row.kind, TerminalKind.FULL):
            return FormRefusal(f"{kind.zh}不办{row.zh}", f"no {row.en} at a {kind.en}", "总体方案 一（二）")
        if row.operator and not self.is_attended:
            return FormRefusal(
                f"{form.zh}无操作员，不办{row.zh}",
                f"no {row.en} at {form.en}, where there is no operator",
                row.operator,
            )
        return FormRefusal(f"{form.zh}不办{row.zh}", f"no {row.en} at {form.en}", self.clause)


_B = TerminalBusiness
_HOLDERS_OWN = frozenset((_B.INQUIRY, _B.PIN_CHANGE, _B.ONLINE_UPDATE, _B.SETTLEMENT, _B.LOAD))
_OPERATORS = frozenset((_B.UPDATE, _B.PIN_SERVICE, _B.CARD_BLOCK, _B.APPLICATION_BLOCK))
_PAYING = frozenset((_B.BALANCE, _B.PURCHASE))
_TAKING_BACK = frozenset((_B.VOID, _B.REFUND))
_CASH = frozenset((_B.BALANCE, _B.WITHDRAWAL, _B.DEPOSIT, _B.TRANSFER, _B.BANK_PIN_CHANGE))
_BOTH_SIDES = frozenset((_B.COMBINED, _B.PREMIUM))
_CASHIERS = frozenset((_B.CANCELLING, _B.PAID_OTHERWISE))
_RUNNING = frozenset((_B.SERVICE,))

_SOCIAL = {
    FormFactor.POS: _HOLDERS_OWN | _OPERATORS | _RUNNING,
    FormFactor.PC: _HOLDERS_OWN | _OPERATORS | _RUNNING,
    FormFactor.KIOSK: _HOLDERS_OWN,
    FormFactor.ATM: frozenset((_B.INQUIRY,)),
}
_FINANCIAL = {
    FormFactor.POS: _PAYING | _TAKING_BACK | _RUNNING,
    FormFactor.PC: _PAYING | _TAKING_BACK | _RUNNING,
    FormFactor.KIOSK: _PAYING,
    FormFactor.ATM: _CASH,
}
# An ATM settles nothing and sells nothing, so no business of both sides is there.
_TOGETHER_ONLY = {
    FormFactor.POS: _BOTH_SIDES | _CASHIERS,
    FormFactor.PC: _BOTH_SIDES | _CASHIERS,
    FormFactor.KIOSK: _BOTH_SIDES,
    FormFactor.ATM: frozenset[TerminalBusiness](),
}


def _cell(kind: TerminalKind, form: FormFactor) -> FormCell:
    match kind:
        case TerminalKind.SOCIAL:
            return FormCell(kind, form, _SOCIAL[form], "inferred")
        case TerminalKind.FINANCIAL:
            return FormCell(kind, form, _FINANCIAL[form], "PBOC-6 A.3")
        case TerminalKind.FULL:  # 同时符合以上两种
            return FormCell(kind, form, _SOCIAL[form] | _FINANCIAL[form] | _TOGETHER_ONLY[form], "inferred")


CELLS: Mapping[tuple[TerminalKind, FormFactor], FormCell] = MappingProxyType(
    {(kind, form): _cell(kind, form) for kind in TerminalKind for form in FormFactor}
)
"""Every kind may have every form."""


def cell_of(kind: TerminalKind, form: FormFactor) -> FormCell:
    """One kind in one form."""
    return CELLS[kind, form]
