"""Why a terminal does not begin what was asked, or stops before anything was booked: each cause once."""

from __future__ import annotations

from enum import Enum

from dualcos.terminal.terminal_forms import FormFactor, FormRefusal
from dualcos.terminal.terminal_parts import PartText


class PaymentRefusal(Enum):
    """The causes."""

    NOT_SIGNED_ON = PartText("未签到", "the terminal is not signed on")
    NO_LINE = PartText(
        "通讯失败，或有报文未获答复", "the acquirer cannot be reached, or has not answered what it must first"
    )
    SIGN_ON_REFUSED = PartText("签到被拒绝", "the acquirer refused the sign-on")
    KEYS_WRONG = PartText("工作密钥校验不符", "the check value of a working key is wrong")
    REFUSED = PartText("后台拒绝", "the acquirer refused")
    UNFIT_ANSWER = PartText("应答报文不合要求", "the answer is not what was asked for")
    SETTLE_FIRST = PartText("批结算未完成，请先结算", "the batch is being settled; finish that first")
    NOT_CLOSED = PartText("批次未进入结算", "the batch is not being settled")
    BATCH_FULL = PartText("本批次已满，请先结算", "the batch is full; settle it first")
    STILL_WAITING = PartText("有待发报文，暂不能结算", "messages wait to be sent; nothing can be settled yet")
    AMOUNT = PartText("金额不合法", "the amount is not allowed")
    NO_SUCH_PAYMENT = PartText("无此交易", "there is no such payment in this batch")
    NOT_VOIDABLE = PartText("此交易不可撤销", "that payment cannot be voided")
    OTHER_CARD = PartText("卡号与原交易不符", "that is not the card of the original payment")
    ORIGINAL = PartText("原交易信息不合法", "what names the original payment is malformed")
    UNWRITABLE = PartText("报文无法编写", "no message can be made of what the card says")
    OTHER_TERMINAL = PartText("此终端不办此业务", "this kind of terminal is not for that")
    ACCOUNT = PartText("转入账号不合法", "the account that it goes to is malformed")
    NO_PART = PartText("终端缺少所需部件", "the terminal lacks a part for this")
    NOTES = PartText("钞票未收入", "the notes were not taken in")
    PIN = PartText("未输入密码", "no PIN was entered")
    PIN_LENGTH = PartText("新密码须为6位数字", "the new PIN has to have 6 digits")
    SAME_PIN = PartText("新密码与原密码相同", "the new PIN is the old one")
    PINS_DIFFER = PartText("两次输入密码不一致", "the two new PINs differ")


class PaymentRefused(Exception):
    """Nothing was booked. ``code``: field 39 where the acquirer said why; ``detail``: more for people; ``clause``: that
    lays it down, empty for none; ``forms``: in which terminals of its kind may do it, where its own may not.
    """

    def __init__(
        self, cause: PaymentRefusal, code: str = "", detail: tuple[str, str] = ("", ""), clause: str = ""
    ) -> None:
        self.cause, self.code, self.clause = cause, code, clause
        self.forms: tuple[FormFactor, ...] = ()
        said = f" {code}" if code else ""
        self.zh = f"{cause.value.zh}{said}{detail[0] and '：'}{detail[0]}"
        self.en = f"{cause.value.en}{said}{detail[1] and ': '}{detail[1]}"
        super().__init__(f"{self.zh} {self.en}")


def refused_by_form(cause: PaymentRefusal, refusal: FormRefusal) -> PaymentRefused:
    """What the terminal's kind and form do not allow."""
    refused = PaymentRefused(cause, detail=(refusal.zh, refusal.en), clause=refusal.clause)
    refused.forms = refusal.forms
    return refused
