"""Steps of a till that move money, or say how much there is: each asks card, holder and acquirer."""

from __future__ import annotations

import re
from collections.abc import Callable

from dualcos.cli.standing.amounts_typed import some_fen
from dualcos.cli.standing.step_kinds import StepDone, StepKind
from dualcos.cli.standing.steps_asked import StepAsked
from dualcos.cli.till.payment_told import outcome_done
from dualcos.cli.till.till_at_work import TillAtWork
from dualcos.cli.user_faults import without_hex
from dualcos.terminal.financial.payment_outcome import PaymentOutcome
from dualcos.terminal.financial.payment_record import OriginalPayment
from dualcos.terminal.terminal_forms import TerminalBusiness
from dualcos.terminal.terminal_parts import PartText
from dualcos.textforms.whole_texts import whole

_SIX = re.compile(whole("[0-9]{1,6}"))
_DAY = re.compile(whole("[0-9]{4}"))
_REFERENCE = re.compile(whole("[0-9A-Z]{12}"))
_APPROVAL = re.compile(whole("[0-9A-Z]{6}"))
_OF_SLIP = (
    ("batch", _SIX, "批次号最多六位数字"),
    ("voucher", _SIX, "凭证号最多六位数字"),
    ("day", _DAY, "日期为月日四位数字"),
    ("reference", _REFERENCE, "参考号为12位"),
    ("approval", _APPROVAL, "授权码为6位"),
)
"""What a refund has to say of its purchase: the option, how it is written, that in Chinese."""
_ACCOUNT = re.compile(whole("[0-9]{8,28}"))


def _told(till: TillAtWork, outcome: PaymentOutcome) -> StepDone:
    till.saw(outcome)
    return outcome_done(outcome, till.terminal.journal)


def voucher_of(asked: StepAsked) -> str:
    """The voucher behind a step, six digits, with or without zeros in front. Raises Fault."""
    if not _SIX.fullmatch(asked.words[1]):
        step = asked.words[0]
        raise asked.fault(
            PartText(
                f"{step}：凭证号最多六位数字，见凭条",
                f"{step}: a voucher number is at most six digits, as its slip has it (凭证号)",
            )
        )
    return asked.words[1].zfill(6)


def _original(asked: StepAsked) -> OriginalPayment:
    """Raises Fault."""
    given = {name: str(asked.options.get(name, "")) for name, *_ in _OF_SLIP}
    for name, form, zh in _OF_SLIP:
        if given[name] and not form.fullmatch(given[name]):
            typed = f"refund --{name} {without_hex(given[name])}"
            raise asked.fault(PartText(f"{typed}：{zh}，照凭条填写", f"{typed}: it is not as a slip has it"))
    for name in ("batch", "voucher", "day"):
        if not given[name]:
            raise asked.fault(
                PartText(
                    "退货要写明原交易，照凭条：--batch批次号、--voucher凭证号、--day月日、--reference参考号",
                    "refund names what it takes back, as its slip has it: --batch, --voucher, --day MMDD, --reference",
                )
            )
    some_fen(asked)
    batch, voucher = given["batch"].zfill(6), given["voucher"].zfill(6)
    return OriginalPayment(
        batch=batch, voucher=voucher, day=given["day"], reference=given["reference"], approval=given["approval"]
    )


def _transfer(asked: StepAsked) -> str:
    """Raises Fault."""
    some_fen(asked)
    if not _ACCOUNT.fullmatch(asked.words[2]):
        raise asked.fault(
            PartText(
                "transfer 金额 账号：转入账号为8至28位数字",
                "transfer YUAN ACCOUNT: the account that it goes to is 8 to 28 digits",
            )
        )
    return asked.words[2]


def balance(till: TillAtWork, asked: StepAsked) -> StepDone:
    """余额查询."""
    del asked
    return _told(till, till.terminal.balance())


def purchase(till: TillAtWork, asked: StepAsked) -> StepDone:
    """消费."""
    return _told(till, till.terminal.purchase(some_fen(asked), forced_online="online" in asked.options))


def void(till: TillAtWork, asked: StepAsked) -> StepDone:
    """消费撤销."""
    return _told(till, till.terminal.void(voucher_of(asked)))


def refund(till: TillAtWork, asked: StepAsked) -> StepDone:
    """退货."""
    return _told(till, till.terminal.refund(some_fen(asked), _original(asked)))


def withdraw(till: TillAtWork, asked: StepAsked) -> StepDone:
    """取款."""
    return _told(till, till.terminal.withdraw(some_fen(asked)))


def deposit(till: TillAtWork, asked: StepAsked) -> StepDone:
    """存款."""
    return _told(till, till.terminal.deposit(some_fen(asked)))


def transfer(till: TillAtWork, asked: StepAsked) -> StepDone:
    """转账."""
    return _told(till, till.terminal.transfer(some_fen(asked), _transfer(asked)))


def change_pin(till: TillAtWork, asked: StepAsked) -> StepDone:
    """改密."""
    del asked
    return _told(till, till.terminal.change_pin())


def _paying(
    name: str, usage: str, said: PartText, run: Callable[[TillAtWork, StepAsked], StepDone],
    business: TerminalBusiness, options: tuple[str, ...] = (), check: Callable[[StepAsked], object] = lambda _: None,
) -> StepKind[TillAtWork]:  # fmt: skip
    words = len(usage.split())
    return StepKind(name, usage, said, run, words, words, options, check=check, needs_card=True, businesses=(business,))


PAYMENT_STEPS: tuple[StepKind[TillAtWork], ...] = (
    _paying("balance", "", PartText("余额查询", "how much the card's account has"), balance, TerminalBusiness.BALANCE),
    _paying("purchase", "YUAN", PartText("消费", "pay"), purchase, TerminalBusiness.PURCHASE, ("online",), some_fen),
    _paying("void", "VOUCHER", PartText("消费撤销", "take a purchase of this batch back, with its card"), void,
            TerminalBusiness.VOID, check=voucher_of),
    _paying("refund", "YUAN", PartText("退货", "give money back for an earlier purchase, with its card"), refund,
            TerminalBusiness.REFUND, ("batch", "voucher", "day", "reference", "approval"), _original),
    _paying("withdraw", "YUAN", PartText("取款", "cash out of an ATM"), withdraw, TerminalBusiness.WITHDRAWAL,
            check=some_fen),
    _paying("deposit", "YUAN", PartText("存款", "cash into an ATM"), deposit, TerminalBusiness.DEPOSIT,
            check=some_fen),
    _paying("transfer", "YUAN ACCOUNT", PartText("转账", "to another account"), transfer, TerminalBusiness.TRANSFER,
            check=_transfer),
    _paying("change-pin", "", PartText("改密", "the bank's PIN, not the card's"), change_pin,
            TerminalBusiness.BANK_PIN_CHANGE),
)  # fmt: skip
