"""What a cashier does about each bill that is not done, and about each that is refused, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dualcos.cli.cashier.full_at_work import FullAtWork
from dualcos.cli.cashier.steps_named_here import of_bank_side, of_social_side
from dualcos.cli.counter.what_to_do import advice
from dualcos.cli.standing.advice_at_form import COUNTER, StepsHere
from dualcos.cli.till.till_advice import advice_at_end, advice_at_refusal
from dualcos.cli.till.till_at_work import WRONG_PIN_CODES
from dualcos.terminal.financial.kernel.transaction_ended import EndCause, TransactionEnded
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.financial.payment_states import PaymentState
from dualcos.terminal.full.bill_outcome import BillOutcome
from dualcos.terminal.full.bill_refused import BillRefusal, BillRefused
from dualcos.terminal.full.bill_states import BillKind, BillState
from dualcos.terminal.full.bill_words import bill_advice
from dualcos.terminal.full.whole_bill import WholeBill
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.terminal_parts import PartText

_BACK = PartText("插回原卡，再 resume", "put that card back, then `resume`")
_LIST = PartText("bills --all 列出全部账单", "`bills --all` has all of them")
_PAY = "pay {n}"

_ON_LINE = PartText("检查线路和后台（--host HOST:PORT）", "is an acquirer named (`--host HOST:PORT`), and does it run?")
_REVERSING = PartText("冲正待发送，线路恢复后 upload", "a reversal waits: `upload` once the line is back")
_REFUNDING = PartText(
    "勿另退款；线路恢复后 upload，再看 bills", "give nothing else back; `upload` once the line is back, then `bills`"
)
_WRONG_PIN = PartText("请持卡人核对银行卡密码", "the holder looks for his right bank PIN")
_PUT_IN_AGAIN = (EndCause.NO_CARD, EndCause.NO_ANSWER)
_STEPS: Mapping[BillState, tuple[str, ...]] = MappingProxyType(
    {
        BillState.SETTLING: ("resume",),
        BillState.PAYING: ("upload", "bills"),
        BillState.SUSPICIOUS: ("upload", "bills"),
        BillState.UNKNOWN: ("resume",),
        BillState.CANCELLING: ("upload",),
        BillState.PAID: ("take-back {n}",),
    }
)
"""By which steps that is done which is to be done about a bill; none where it is over."""
_STANDS = PartText("支付仍有效；可再撤销", "the payment stands, and may be taken back again")
_LOOK = PartText("看 bills 和 bills --all", "look at the bills")

_ASK = PartText(
    "与收单行核实后 found-out {n} taken 或 found-out {n} not-taken",
    "ask the acquirer, then `found-out {n} taken` or `found-out {n} not-taken`",
)
_FOUND_OUT = ("bank journal", "found-out {n} taken", "found-out {n} not-taken")

_OF_REFUSAL: Mapping[BillRefusal, PartText] = MappingProxyType(
    {
        BillRefusal.NO_SUCH_BILL: _LIST,
        BillRefusal.NOTHING_TO_PAY: _LIST,
        BillRefusal.OTHER_CARD: PartText("插入此账单的卡", "put in the card of that bill"),
        BillRefusal.EARLIER: PartText(
            "bills 看该账单；确需另一笔，再执行一次", "`bills` has it; the same step once more begins a new one"
        ),
        BillRefusal.SEE_TO_IT: _ASK,
        BillRefusal.NOT_IN_DOUBT: _LIST,
        BillRefusal.NOT_PAID: _LIST,
        BillRefusal.TAKE_BACK_FIRST: PartText("先 take-back {n}，再 cancel {n}", "`take-back {n}`, then `cancel {n}`"),
        BillRefusal.GIVE_BACK_FIRST: PartText("先 give-back {n}，再 cancel {n}", "`give-back {n}`, then `cancel {n}`"),
        BillRefusal.NOT_CANCELLABLE: _LIST,
        BillRefusal.NOT_FOR_PREMIUMS: PartText("本卡 pay {n}，或现金 cash {n}", "`pay {n}` by its card, or `cash {n}`"),
        BillRefusal.NOT_WANTED: PartText("premium 重新查询应缴", "`premium` asks the back end what is due"),
        BillRefusal.NOTHING_WANTED: PartText(
            "报后台；其他险种的应缴：premium --scheme 310",
            "tell whoever runs the back end; what is due of another scheme: `premium --scheme 310`",
        ),
        BillRefusal.AMOUNT: PartText("检查金额", "look at the amounts"),
    }
)
_AT_CARD: Mapping[StopCause, PartText] = MappingProxyType(
    {
        StopCause.PENDING: PartText("先插入那张卡并 resume", "put that card in and `resume`"),
        StopCause.UNCHECKED: PartText(
            "勿交付，联网 upload 后再看 bills", "hand nothing out yet; `upload`, then `bills` says"
        ),
    }
)
"""Where here it is done otherwise than at a social terminal."""


def advice_for_bill(whole: WholeBill, here: StepsHere[FullAtWork]) -> PartText:
    """What to do about a bill as it stands, and by which steps of those that this terminal is for."""
    attended = here.cell.is_attended
    if whole.bill.refund:
        return _REFUNDING
    if whole.bill.state is BillState.DUE:
        said, wanted = bill_advice(whole, attended=attended) or _LOOK, _steps_while_due(whole)
    elif whole.left_to_persons and not whole.bill.refusal:
        said, wanted = bill_advice(whole, attended=attended) or _LOOK, ("bank journal",)
    else:
        usual = _LOOK if whole.bill.state is not BillState.PAID else _STANDS if attended else COUNTER
        said, wanted = bill_advice(whole, attended=attended) or usual, _steps_behind(whole)
    steps = tuple(filter(here.are_for, wanted))
    if not steps:
        return said
    zh, en = "，".join(steps), ", ".join(f"`{each}`" for each in steps)
    return _numbered(PartText(f"{said.zh}（{zh}）", f"{said.en} ({en})"), whole.number)


def _steps_behind(whole: WholeBill) -> tuple[str, ...]:
    if whole.bill.distrusted:
        return _STEPS[BillState.SUSPICIOUS]
    if whole.bill.state is BillState.PAID and whole.in_doubt:
        return _FOUND_OUT
    return ("give-back {n}",) if _is_refused_cash(whole) else _STEPS.get(whole.bill.state, ())


def _is_refused_cash(whole: WholeBill) -> bool:
    bill = whole.bill
    return bill.kind is BillKind.PREMIUM and bill.state is BillState.ELSEWHERE and bill.refusal is not None


def _steps_while_due(whole: WholeBill) -> tuple[str, ...]:
    """Money is taken for it only where it is known that none was."""
    bill = whole.bill
    if whole.in_doubt:
        return _FOUND_OUT
    if bill.kind is BillKind.PREMIUM:
        return _PAY, "cash {n}"
    return (_PAY, "cash {n}", "other-card {n}", *(("cancel {n}",) if bill.record else ()))


def advice_before_paying(outcome: BillOutcome) -> PartText | None:
    """What was in the way of the bank half, and is to be seen to before it is tried again; never to do the step again:
    it would settle a second time. None where all is said of the bill.
    """
    unpaid, paid = outcome.unpaid, outcome.payment
    if isinstance(unpaid, PaymentRefused):
        return _ON_LINE if unpaid.cause is PaymentRefusal.NO_LINE else advice_on_bank_side(unpaid)
    if isinstance(unpaid, TransactionEnded):
        return None if unpaid.cause in _PUT_IN_AGAIN else of_bank_side(advice_at_end(unpaid))
    if paid is not None and paid.stored.record.code in WRONG_PIN_CODES:
        return _WRONG_PIN
    state = paid.stored.record.state if paid is not None else None
    return _ON_LINE if state is PaymentState.NOT_SENT else _REVERSING if state is PaymentState.REVERSING else None


def advice_at_bill_refusal(refused: BillRefused) -> PartText:
    """What to do where nothing was begun."""
    return _numbered(_OF_REFUSAL[refused.cause], refused.bill)


def advice_on_social_side(stopped: TerminalStopped, *, open_bill: bool = False, open_record: bool = False) -> PartText:
    """As at a social terminal, by the names that steps have here. ``open_bill``: there is one of which it is not known
    how it ends; ``open_record``: something else waits for its card.
    """
    if stopped.cause is StopCause.NO_CARD and open_bill:
        return _BACK
    return _AT_CARD.get(stopped.cause) or of_social_side(advice(stopped, is_open=open_record))


def advice_on_bank_side(refused: PaymentRefused) -> PartText:
    """As at a payment terminal, by the names that steps have here."""
    return of_bank_side(advice_at_refusal(refused))


def _numbered(said: PartText, number: int) -> PartText:
    return PartText(*(text.replace("{n}", str(number)) for text in said))
