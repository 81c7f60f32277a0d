"""Why a social terminal stops: each cause once, with its words and the code that the national interface gives it."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from apdu.status import StatusWord, meaning
from dualcos.terminal.terminal_forms import FormFactor, FormRefusal


class StopRow(NamedTuple):
    """``code``: what the interface returns (SC appendix A), None where it has none. ``ref``: the clause."""

    zh: str
    en: str
    code: int | None
    ref: str


_A = "SC appendix A"


class StopCause(Enum):
    """The causes. ``REFUSED`` stands for every status word: its code is minus the word (SC appendix A)."""

    WRONG_CARD = StopRow("卡类型不对", "this is no social security card", -1, _A)
    NO_CARD = StopRow("无卡", "there is no card, or it was pulled out", -2, _A)
    NO_POWER = StopRow("有卡未上电", "the card has no power", -3, _A)
    NO_ANSWER = StopRow("卡无应答", "the card does not answer", -4, _A)
    NOT_LOADED = StopRow("加载动态库错", "the library of the reader is not loaded", -5, _A)
    READER = StopRow("读卡器连接错", "the reader cannot be reached", -11, _A)
    NOT_OPEN = StopRow("未建立连接", "the reader is not open", -12, _A)
    UNSUPPORTED = StopRow("（动态库）不支持该命令", "not supported", -13, _A)
    PARAMETER = StopRow("（发给动态库的）命令参数错", "a parameter is wrong", -14, _A)
    CHECKSUM = StopRow("信息校验和出错", "a checksum is wrong", -15, _A)
    IDENTIFICATION = StopRow("卡识别码格式错", "the card identification code is malformed", -20, _A)
    NOT_GENUINE = StopRow(
        "内部认证失败（用户卡不合法）", "internal authentication failed: the card is not genuine", -21, _A
    )
    OTHER_CARD = StopRow("传入数据与卡内不符", "the data are not this card's", -22, _A)
    INPUT = StopRow("传入数据不合法", "the data given are not allowed", -23, _A)
    PSAM_LEVEL = StopRow("PSAM卡密钥级别不够", "the PSAM's keys do not reach this card's city", -24, _A)
    PIN_CANCELLED = StopRow("用户取消密码输入", "PIN entry was cancelled", -31, _A)
    PIN_TIME_OUT = StopRow("密码输入操作超时", "PIN entry timed out", -32, _A)
    PIN_LENGTH = StopRow("输入密码长度错", "the PIN has a wrong number of digits", -33, _A)
    PINS_DIFFER = StopRow("两次输入密码不一致", "the two PINs differ", -34, _A)
    CHARACTER = StopRow("运算数据含非法字符", "a character is not allowed", -41, _A)
    LENGTH = StopRow("运算数据长度错", "a length is wrong", -42, _A)
    PIN_WRONG = StopRow("PIN校验失败", "the PIN is wrong", -51, _A)
    PIN_LOCKED = StopRow("PIN锁定", "the PIN is locked", -52, _A)
    NO_PSAM = StopRow("无PSAM卡", "there is no PSAM", -2201, _A)
    PSAM_ALGORITHM = StopRow("PSAM卡算法不支持", "the PSAM lacks the card's algorithm", -2202, _A)
    PSAM_NO_RKSSSE = StopRow("PSAM卡内没有RKSSSE密钥", "the PSAM has no key RKSSSE", -2203, _A)
    HSM_NOT_NEEDED = StopRow("不需要加密机认证", "no proof of a key is needed", -2204, _A)
    REFUSED = StopRow("卡片拒绝", "the card refused", None, _A)

    BLACKLISTED = StopRow("卡在黑名单中", "the card is on the blacklist", None, "SSC-7 §5.4")
    LIST_TOO_OLD = StopRow("黑名单已过期", "the blacklist is too old to go by", None, "inferred")
    LIST_SILENT = StopRow("黑名单不含此地区的卡", "the blacklist is not about cards of this region", None, "inferred")
    NO_APPLICATION = StopRow(
        "终端与卡没有共同的应用", "card and terminal have no application in common", None, "SSC-7 §5.11"
    )
    NOTHING_CHOSEN = StopRow("操作已取消", "nothing was chosen", None, "SSC-7 §5.10")
    OTHER_TERMINAL = StopRow("此终端不办此业务", "this kind of terminal is not for that", None, "总体方案 一（二）")
    NO_PART = StopRow("终端缺少所需部件", "the terminal lacks a part", None, "总体方案 一（二）")
    CLASS = StopRow("不支持此类卡", "this class of cards is not supported", None, "SSC-7 §5.4")
    VERSION = StopRow("不支持此规范版本", "this edition is not supported", None, "SSC-7 §5.4")
    ORGANISATION = StopRow("不支持此发卡机构", "the issuing institution is not supported", None, "SSC-7 §5.4")
    NOT_YET = StopRow("卡未到启用日期", "the card is not valid yet", None, "SSC-7 §5.4")
    EXPIRED = StopRow("卡已过有效期", "the card has expired", None, "SSC-7 §5.4")
    CARD_STATE = StopRow("卡状态不正常", "the register does not let this card be used", None, "SC appendix C")
    USE_FLAG = StopRow("用卡方式不符", "the card's mode of use does not allow this", None, "SSC-7 §10")
    NOT_ELIGIBLE = StopRow("不符合医疗保险支付条件", "medical insurance does not pay here", None, "SSC-7 §10.2")
    OFFLINE_LIMIT = StopRow("不准许脱网结算", "off-line settlement is not allowed", None, "人社信息函〔2012〕38号")
    AMOUNT = StopRow("金额不对", "the amount is not possible", None, "SSC-7 §12")
    MAC1_WRONG = StopRow("卡片MAC1错", "the card's MAC1 is wrong", None, "SSC-7 §11")
    MAC2_WRONG = StopRow("卡片MAC2错", "the card's MAC2 is wrong: hand nothing out", None, "SSC-7 §12, SSC-9 §9.10")
    TAC_WRONG = StopRow("TAC错", "the TAC is wrong: hand nothing out", None, "SSC-7 §15")
    UNCHECKED = StopRow("已记账未核对：勿交付", "booked, not checked: hand nothing out", None, "SSC-7 §14, §15")
    RECOVERED = StopRow(
        "上一笔交易已有结果，未开始新的",
        "an earlier transaction of this card has come to its end, and no new one was begun",
        None,
        "SSC-7 §14",
    )
    LIST_UNTRUSTED = StopRow("发来的黑名单均不可信", "no list came that can be trusted", None, "SSC-8 §7")
    PENDING = StopRow("有未完成的交易", "a transaction is pending: put that card in again", None, "SSC-7 §14")
    NO_BACK_END = StopRow("后台无应答", "the back end does not answer", None, "SSC-8 §6")
    BACK_END_REFUSED = StopRow("后台拒绝", "the back end refused", None, "SSC-8 §6")
    STORAGE = StopRow("终端存储错", "the terminal's storage failed", None, "SSC-8 §6.4")

    @property
    def row(self) -> StopRow:
        """What is declared of it."""
        return self.value


class Booked(Enum):
    """Whether the card has booked, debited or credited, what was under way; the value is for people."""

    NO = ("", "")
    UNKNOWN = ("卡是否已记账不明，请重新插卡", "whether the card has booked it is not known: put it in again")
    YES = ("卡已记账", "the card has booked it")


class CardBooking(NamedTuple):
    """``record``: the transaction's number in the terminal's storage."""

    booked: Booked
    record: int


class TerminalStopped(Exception):
    """The terminal goes no further. ``sw``: the card's or PSAM's answer where one is the cause; ``tries``: what is left
    of a PIN or key; ``detail``: more for people, in Chinese and English, without anything secret; ``ref``: another
    clause than the cause's. ``booking``: what became of the card's money where a transaction was stopped, else None.
    ``forms``: in which terminals of its kind may do it, where its own may not.
    """

    def __init__(
        self,
        cause: StopCause,
        sw: StatusWord | None = None,
        *,
        tries: int | None = None,
        detail: tuple[str, str] = ("", ""),
        ref: str = "",
    ) -> None:
        row = cause.row
        self.cause, self.sw, self.tries, self.ref = cause, sw, tries, ref or row.ref
        said = "" if sw is None else f" {sw}"
        tried = "try" if tries == 1 else "tries"
        left = ("", "") if tries is None else (f"，剩余次数{tries}次", f", {tries} {tried} left")
        self.zh = f"{row.zh}{said}{left[0]}{detail[0] and '：'}{detail[0]}"
        meant = "" if sw is None or cause is not StopCause.REFUSED else f" ({meaning(sw)})"
        self.en = f"{row.en}{said}{meant}{left[1]}{detail[1] and ': '}{detail[1]}"
        self.booking: CardBooking | None = None
        self.forms: tuple[FormFactor, ...] = ()
        super().__init__(f"{self.zh} {self.en}")

    def about(self, booking: CardBooking) -> None:
        """From here on it says what became of the card's money."""
        self.booking = booking
        zh, en = booking.booked.value
        if zh:
            self.zh += f"；{zh}，终端记录{booking.record}"
            self.en += f"; {en}, record {booking.record}"
            self.args = (f"{self.zh} {self.en}",)

    @property
    def code(self) -> int:
        """The interface's return code: the declared one, else minus the status word, else that of illegal input."""
        if self.cause.row.code is not None:
            return self.cause.row.code
        return -int(self.sw) if self.sw is not None else _OTHERS


_OTHERS = -23


def refused_by(sw: StatusWord, zh: str, en: str) -> TerminalStopped:
    """A status word that ends what was under way; 63Cx names the tries left. ``zh``, ``en``: which step."""
    tries = int(sw) & 0xF if int(sw) & 0xFFF0 == 0x63C0 else None
    return TerminalStopped(StopCause.REFUSED, sw, tries=tries, detail=(zh, en))


def demand_by_form(cause: StopCause, refusal: FormRefusal | None) -> None:
    """Raises TerminalStopped where the terminal's kind and form do not allow something."""
    if refusal is not None:
        stopped = TerminalStopped(cause, detail=(refusal.zh, refusal.en), ref=refusal.clause)
        stopped.forms = refusal.forms
        raise stopped
