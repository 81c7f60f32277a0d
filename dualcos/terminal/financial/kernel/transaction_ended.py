"""Why a payment ends without a card's last word: each cause once (PBOC-6 §7). A decline is no such cause."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from apdu.status import StatusWord, meaning
from dualcos.terminal.financial.kernel.kernel_record import KernelRecord


class EndRow(NamedTuple):
    """``ref``: the clause."""

    zh: str
    en: str
    ref: str


class EndCause(Enum):
    """The causes."""

    NO_CARD = EndRow("无卡，或卡已拔出", "there is no card, or it was pulled out", "§5.3")
    NO_ANSWER = EndRow("卡无应答", "the card does not answer", "§7")
    READER = EndRow("读卡器连接错", "the reader cannot be reached", "§5.3")
    CARD_BLOCKED = EndRow("卡已锁定", "the card is blocked", "§7.2.4.1")
    NO_APPLICATION = EndRow("卡与终端没有共同的应用", "card and terminal have no application in common", "§7.2.5.3")
    APPLICATION_BLOCKED = EndRow("应用已锁定", "the application is blocked", "§7.2.4.2")
    NOTHING_CHOSEN = EndRow("未选择应用", "no application was chosen", "§7.2.5.2")
    NOT_INITIATED = EndRow("应用初始化失败", "the application was not initiated", "§7.3.4")
    RECORD = EndRow("读记录失败", "a record cannot be read", "§7.4.4")
    FORMAT = EndRow("卡片数据格式错", "the card's data are malformed", "§7.4.4")
    DUPLICATE = EndRow("数据元重复", "a data element stands there twice", "§7.4.4")
    MISSING = EndRow("缺少必备数据", "mandatory data are missing", "§7.4.4")
    ACCOUNT = EndRow("主账号与磁道数据不符", "account number and track data differ", "§7.4.4")
    CRYPTOGRAM = EndRow("应用密文错", "the answer to GENERATE AC is none", "§7.11.4.1.2")
    HIGHER_CRYPTOGRAM = EndRow("卡片提高了密文等级", "the card answered more than was asked for", "§7.11.4.1.2")
    ISSUER_REFUSED = EndRow("发卡行认证条件不满足", "the card refused issuer authentication (6985)", "§7.11.4.3")
    PIN_ANSWER = EndRow("VERIFY命令的非法响应", "the answer to VERIFY is none", "§7.7.5.2")
    PIN_CANCELLED = EndRow("用户取消密码输入", "PIN entry was cancelled", "§5.8")
    PIN_WRONG = EndRow("密码错误，未输入其他密码", "the PIN is wrong, and no other was entered", "§7.7.5.2")
    PIN_TIME_OUT = EndRow("密码输入操作超时", "PIN entry timed out", "§5.9")

    @property
    def row(self) -> EndRow:
        """What is declared of it."""
        return self.value


class TransactionEnded(Exception):
    """The kernel goes no further. ``sw``: the card's answer where one is the cause; ``detail``: more for people;
    ``record``: what the kernel had decided by then, without PIN and tracks.
    """

    record: KernelRecord | None = None

    def __init__(self, cause: EndCause, sw: StatusWord | None = None, detail: tuple[str, str] = ("", "")) -> None:
        self.cause, self.sw = cause, sw
        said = "" if sw is None else f" {sw}"
        meant = "" if sw is None else f" ({meaning(sw)})"
        self.zh = f"{cause.row.zh}{said}{detail[0] and '：'}{detail[0]}"
        self.en = f"{cause.row.en}{said}{meant}{detail[1] and ': '}{detail[1]}"
        super().__init__(f"{self.zh} {self.en}")


class ApplicationLeft(Exception):
    """An application is not to be used: it goes from the list of candidates, and another is chosen (§7.3.4).
    ``ref``: the clause; ``blocked``: it is on the card, and locked.
    """

    def __init__(self, zh: str, en: str, ref: str, *, blocked: bool = False) -> None:
        super().__init__(en)
        self.zh, self.en, self.ref, self.blocked = zh, en, ref, blocked
