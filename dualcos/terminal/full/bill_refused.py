"""Why a full-function terminal does not do with a bill what was asked: each cause once."""

from __future__ import annotations

from enum import Enum

from dualcos.terminal.terminal_parts import PartText


class BillRefusal(Enum):
    """The causes."""

    NO_SUCH_BILL = PartText("无此账单", "there is no such bill")
    NOTHING_TO_PAY = PartText("此账单无须支付", "nothing is to be paid for that bill")
    OTHER_CARD = PartText("不是此账单的卡", "that is not the card of the bill")
    EARLIER = PartText("先处理此卡较早的账单", "an earlier bill of this card is to be dealt with first")
    SEE_TO_IT = PartText("先核实前次支付结果", "find out first what the bank did at the last try")
    NOT_IN_DOUBT = PartText("此账单无待核实的支付", "no payment of that bill is in doubt")
    NOT_PAID = PartText("此账单未支付", "that bill is not paid")
    TAKE_BACK_FIRST = PartText("先撤销支付", "take the payment back first")
    GIVE_BACK_FIRST = PartText("先退还所收款项", "give back first what was taken")
    NOT_CANCELLABLE = PartText("此账单不能撤销结算", "the settlement of that bill cannot be taken back")
    NOT_WANTED = PartText("后台已不要求此笔缴费", "the back end does not want this premium any more")
    NOTHING_WANTED = PartText("后台所报应缴金额为零", "the back end says that a premium of nothing is due")
    NOT_FOR_PREMIUMS = PartText("缴费只能用本卡或现金支付", "a premium is paid by its card or in cash")
    AMOUNT = PartText("金额不对", "the amount is not possible")


class BillRefused(Exception):
    """Nothing was changed. ``bill``: the number of the bill that it is about, 0 for none; ``detail``: more."""

    def __init__(self, cause: BillRefusal, bill: int = 0, detail: tuple[str, str] = ("", "")) -> None:
        self.cause, self.bill = cause, bill
        self.zh = f"{cause.value.zh}{detail[0] and '：'}{detail[0]}"
        self.en = f"{cause.value.en}{detail[1] and ': '}{detail[1]}"
        super().__init__(f"{self.zh} {self.en}")
