"""Steps of a cashier about bills: both sides of a card in one insertion, or what becomes of a bill without them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

from dualcos.cli.cashier.bill_told import BillNotDone, bill_row, bill_said, outcome_details
from dualcos.cli.cashier.full_at_work import FullAtWork
from dualcos.cli.counter.money_steps import mode_asked
from dualcos.cli.standing.amounts_typed import fen
from dualcos.cli.standing.step_kinds import SERVICE, StepDone, StepKind, counted
from dualcos.cli.standing.steps_asked import StepAsked
from dualcos.cli.till.payment_told import slip_lines
from dualcos.cli.user_faults import without_hex
from dualcos.messages.social_services import PERIOD
from dualcos.terminal.full.bill_outcome import BillOutcome
from dualcos.terminal.full.bill_record import CASH, OTHER_CARD
from dualcos.terminal.full.bill_states import BillKind, BillState
from dualcos.terminal.full.whole_bill import WholeBill, whole_bill
from dualcos.terminal.social.medical_records import SettlementMode
from dualcos.terminal.social.purchase_steps import OrderAmounts
from dualcos.terminal.terminal_forms import TerminalBusiness
from dualcos.terminal.terminal_parts import PartText
from dualcos.textforms.whole_texts import whole as whole_text

_NUMBER = re.compile(whole_text("[1-9][0-9]{0,8}"))
_SCHEME = re.compile(whole_text("[0-9]{3}"))
_PERIOD = re.compile(PERIOD)
_HOLDS = {"taken": True, "not-taken": False}
_DONE = (BillState.PAID, BillState.COVERED, BillState.ELSEWHERE)
_OVER = (*_DONE, BillState.NOT_SETTLED, BillState.CANCELLED)


# --- both sides -------------------------------------------------------------------------------------------------------


def settle(full: FullAtWork, asked: StepAsked) -> StepDone:
    """医疗费用结算, and the rest paid by the same card in the same insertion."""
    total, own, (mode, amounts) = _ordered(asked)
    at = full.card()
    return _came(
        full, asked, full.terminal.settle(at, full.counter.desk_in(mode), total, own, amounts, pays=_now(asked))
    )


def _ordered(asked: StepAsked) -> tuple[int, int, tuple[SettlementMode | None, OrderAmounts | None]]:
    """What is to be settled, what is the holder's own besides, and how. Raises Fault."""
    total = fen(asked, asked.words[1])
    own = fen(asked, str(asked.options["own"]), "--own") if "own" in asked.options else 0
    if not total + own:
        raise asked.fault(
            PartText(
                "settle 0要有自费金额：settle 0 --own 金额",
                "settle 0 takes what is the holder's own: settle 0 --own YUAN",
            )
        )
    return total, own, mode_asked(asked, total)


def premium(full: FullAtWork, asked: StepAsked) -> StepDone:
    """社会保险费缴纳 by the card of whom it is for."""
    scheme, period = _premium_asked(asked)
    return _came(full, asked, full.terminal.premium(full.card(), scheme, period, pays=_now(asked)))


def _premium_asked(asked: StepAsked) -> tuple[str, str]:
    """Which scheme and period, empty for any. Raises Fault."""
    scheme, period = (str(asked.options.get(name, "")) for name in ("scheme", "period"))
    if scheme and not _SCHEME.fullmatch(scheme):
        typed = f"premium --scheme {without_hex(scheme)}"
        raise asked.fault(
            PartText(f"{typed}：险种为三位数字，如310", f"{typed}: a scheme 险种 is three digits, as 310")
        )
    if period and not _PERIOD.fullmatch(period):
        typed = f"premium --period {without_hex(period)}"
        raise asked.fault(
            PartText(
                f"{typed}：费款所属期为年月六位，如202611，或年份四位",
                f"{typed}: a period 费款所属期 is YYYYMM, or YYYY for a year",
            )
        )
    return scheme, period


def resume(full: FullAtWork, asked: StepAsked) -> StepDone:
    """The card is back: what was cut off is brought to its end, and what is due is paid."""
    at = full.card()
    came = [
        _came(full, asked, each, over=_OVER, resumed=True)
        for each in full.terminal.resume(at, full.counter.desk, pays=_now(asked))
    ]
    full.counter.left()
    if not came:
        return StepDone(PartText("此卡没有未完成的账单", "nothing of this card was open"))
    return StepDone(
        PartText("；".join(each.said.zh for each in came), "; ".join(each.said.en for each in came)),
        tuple(row for each in came for row in each.details),
        next((each.but for each in came if each.but is not None), None),
        tuple(line for each in came for line in each.lines),
    )


def pay(full: FullAtWork, asked: StepAsked) -> StepDone:
    """What is due of a bill, by its card."""
    return _came(full, asked, full.terminal.pay(full.card(), bill_of(asked)))


def take_back(full: FullAtWork, asked: StepAsked) -> StepDone:
    """撤销支付 of a bill, by its card."""
    full.forget()
    return _came(full, asked, full.terminal.take_back(bill_of(asked)), over=(BillState.DUE, BillState.CANCELLED))


def _now(asked: StepAsked) -> bool:
    return "later" not in asked.options


# --- without a card ---------------------------------------------------------------------------------------------------


def cash(full: FullAtWork, asked: StepAsked) -> StepDone:
    """收现金 for a bill."""
    return _came(full, asked, full.terminal.paid_elsewhere(bill_of(asked), CASH))


def other_card(full: FullAtWork, asked: StepAsked) -> StepDone:
    """用他卡: it was paid by another card."""
    return _came(full, asked, full.terminal.paid_elsewhere(bill_of(asked), OTHER_CARD))


def give_back(full: FullAtWork, asked: StepAsked) -> StepDone:
    """退还: what was taken for a bill otherwise than by its card."""
    over = BillState.DUE, BillState.CANCELLED
    return _came(full, asked, full.terminal.give_back(bill_of(asked)), over=over)


def cancel(full: FullAtWork, asked: StepAsked) -> StepDone:
    """撤销结算 at the back end."""
    return _came(full, asked, full.terminal.cancel(bill_of(asked)), over=(BillState.CANCELLED,))


def found_out(full: FullAtWork, asked: StepAsked) -> StepDone:
    """人工核实: a person has asked the acquirer."""
    number, holds = _found_out(asked)
    return _came(full, asked, full.terminal.found_out(number, holds=holds), over=(*_DONE, BillState.DUE))


def _found_out(asked: StepAsked) -> tuple[int, bool]:
    """Which bill, and whether the bank has the money. Raises Fault."""
    if asked.words[2] not in _HOLDS:
        known = "|".join(_HOLDS)
        raise asked.fault(
            PartText(
                f"found-out 账单号 {known}：银行收到了持卡人的钱没有？",
                f"found-out BILL {known}: has the bank the holder's money for it?",
            )
        )
    return bill_of(asked), _HOLDS[asked.words[2]]


def slip(full: FullAtWork, asked: StepAsked) -> StepDone:
    """重打印."""
    outcome = full.terminal.reprint(bill_of(asked))
    full.saw(outcome, whole_bill(full.terminal.journal, outcome.stored))
    return StepDone(PartText("重打印", "printed again"), lines=tuple(slip_lines(outcome.slips)))


def bills(full: FullAtWork, asked: StepAsked) -> StepDone:
    """账单: those that are not over, or all."""
    full.terminal.catch_up()
    journal = full.terminal.journal
    found = [whole_bill(journal, each) for each in journal.bills()]
    found = [each for each in found if "all" in asked.options or _is_open(each)]
    full.bills.extend(found)
    return StepDone(bills_told(found), tuple(map(bill_row, found)))


def bills_told(found: Sequence[WholeBill]) -> PartText:
    """How many there are."""
    return PartText(f"{len(found)}笔账单", counted(len(found), "bill"))


def bill_of(asked: StepAsked) -> int:
    """The number of a bill behind a step. Raises Fault."""
    if not _NUMBER.fullmatch(asked.words[1]):
        step = asked.words[0]
        raise asked.fault(
            PartText(
                f"{step}：应写账单号，见bills或凭条",
                f"{step}: a bill is named by its number, as `bills` and its slip have it",
            )
        )
    return int(asked.words[1])


# ----------------------------------------------------------------------------------------------------------------------


def _is_open(whole: WholeBill) -> bool:
    bill = whole.bill
    return bill.state not in _OVER or bool(bill.reports or bill.refund) or _is_seen_to(whole)


def _is_seen_to(whole: WholeBill) -> bool:
    """True for what a person has to see to: a premium that was paid, and that the back end does not take; a payment
    that the acquirer does not take up; a settlement that the back end has refused since, or has taken back otherwise.
    """
    bill = whole.bill
    not_taken = bill.kind is BillKind.PREMIUM and bill.state in _DONE and bill.refusal is not None
    return not_taken or bill.distrusted or whole.left_to_persons or whole.taken_back_otherwise


def _came(
    full: FullAtWork,
    asked: StepAsked,
    outcome: BillOutcome,
    *,
    over: Collection[BillState] = _DONE,
    resumed: bool = False,
) -> StepDone:
    """What a step says of a bill, whose card has no power any more; ``but`` where it came to something else than was
    asked for: ``over``, and where it is not to be paid now, due.
    """
    full.counter.left()
    all_of_it = whole_bill(full.terminal.journal, outcome.stored)
    full.saw(outcome, all_of_it)
    bill = outcome.stored.bill
    is_over = bill.state in over or (bill.state is BillState.DUE and not _now(asked))
    but = None if is_over and not _is_seen_to(all_of_it) else BillNotDone(outcome, all_of_it)
    details = outcome_details(outcome, all_of_it, full.till.terminal.journal, resumed=resumed)
    return StepDone(bill_said(all_of_it), tuple(details), but, tuple(slip_lines(outcome.slips)))


def _billing(
    name: str, usage: str, said: PartText, run: Callable[[FullAtWork, StepAsked], StepDone],
    *businesses: TerminalBusiness, options: tuple[str, ...] = (), check: Callable[[StepAsked], object] = lambda _: None,
    needs_card: bool = False,
) -> StepKind[FullAtWork]:  # fmt: skip
    words = len(usage.split())
    if usage == _BILL:
        check = bill_of
    return StepKind(
        name,
        usage,
        said,
        run,
        words,
        words,
        options,
        check=check,
        needs_card=needs_card,
        businesses=businesses,
    )


_BILL = "BILL"
_OWN_ASKED = PartText("自费金额（回车为无）", "own expense in yuan, Enter for none")
BILL_STEPS: tuple[StepKind[FullAtWork], ...] = (
    _billing("settle", "YUAN", PartText("结算并支付", "settle, and pay the rest by the same card"), settle,
             TerminalBusiness.COMBINED, options=("own", "mode", "account", "pooled", "later"), check=_ordered,
             needs_card=True)._replace(more=(("own", _OWN_ASKED),)),
    _billing("premium", "", PartText("缴费", "pay the social insurance premium that is due"), premium,
             TerminalBusiness.PREMIUM, options=("scheme", "period", "later"), check=_premium_asked, needs_card=True),
    _billing("resume", "", PartText("插回原卡，继续", "the card is back: end what was cut off, pay the rest"), resume,
             TerminalBusiness.COMBINED, TerminalBusiness.PREMIUM, options=("later",), needs_card=True),
    _billing("pay", _BILL, PartText("本卡支付", "pay what is due of a bill, by its card"), pay,
             TerminalBusiness.COMBINED, TerminalBusiness.PREMIUM, needs_card=True),
    _billing("cash", _BILL, PartText("收现金", "it is paid in cash"), cash, TerminalBusiness.PAID_OTHERWISE),
    _billing("other-card", _BILL, PartText("用他卡", "it is paid by another card"), other_card,
             TerminalBusiness.PAID_OTHERWISE),
    _billing("take-back", _BILL, PartText("撤销支付", "take its payment back, with its card"), take_back,
             TerminalBusiness.VOID, needs_card=True),
    _billing("give-back", _BILL, PartText("退还款项", "cash, or what another card paid, was given back"), give_back,
             TerminalBusiness.PAID_OTHERWISE),
    _billing("cancel", _BILL, PartText("撤销结算", "have the back end take its settlement back"), cancel,
             TerminalBusiness.CANCELLING),
    _billing("found-out", "BILL taken|not-taken", PartText("人工核实", "what the acquirer says of a try in doubt"),
             found_out, TerminalBusiness.PAID_OTHERWISE, check=_found_out),
    _billing("bills", "", PartText("账单", "bills that are not over"), bills, *SERVICE, options=("all",)),
    _billing("slip", _BILL, PartText("重打印", "print its slip again"), slip, *SERVICE),
)  # fmt: skip
