"""What a function returns: 0, or one of the codes of SC appendix A with its words.

A status word is returned negative: the table prints "2, 1, 0 tries left" beside -25536, -25537, -25538 in the reverse
of that rule, which is taken for a slip. Codes without a cause here: ``UNUSED``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from apdu.status import StatusWord
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped

SUCCESS = 0
OTHER_ERROR = "未知错误"

UNUSED: Mapping[int, str] = MappingProxyType(
    {
        -15: "checksums of serial readers; PC/SC and a card in this process have their own, and repeat by themselves",
        -35: "reserved by the standard: no card says whether its PIN is the initial one",
        -36: "reserved by the standard: no card says whether its PIN is the initial one",
    }
)
"""Code to the reason why nothing returns it."""

_OF_STATUS_WORDS: Mapping[int, str] = MappingProxyType(
    {
        -25536: "外部认证失败，剩余可尝试次数0次",
        -25537: "外部认证失败，剩余可尝试次数1次",
        -25538: "外部认证失败，剩余可尝试次数2次",
        -26368: "Lc/Le不正确",
        -26881: "命令不接受（无效状态）",
        -27009: "命令与文件结构不相符、当前文件非所需文件",
        -27010: "不满足安全条件",
        -27011: "密钥锁定（算法锁定）鉴别方法锁定",
        -27012: "引用数据无效、随机数无效",
        -27013: "不满足使用条件、应用被锁定、应用未选择、余额上溢",
        -27016: "安全报文数据项不正确、MAC不正确",
        -27264: "数据域参数不正确",
        -27265: "不支持该功能、卡中无MF、卡被锁定、应用锁定",
        -27266: "未找到文件、文件标识相重、SFI不正确",
        -27267: "未找到记录",
        -27272: "未找到引用数据、未找到密钥",
        -37634: "MAC无效",
        -37635: "应用已被永久锁定、卡片锁定",
        -37891: "PSAM卡不支持消费交易",
        -37894: "所需MAC（或/和TAC）不可用",
    }
)
_OF_OTHERS: Mapping[StopCause, int] = MappingProxyType({StopCause.VERSION: -1, StopCause.NO_BACK_END: -11})
"""What the table has no code for and a caller must not take for bad input: a card of no edition, no way to the HSM."""
_RESERVED = {-35: "初始密码不能交易", -36: "不能改为初始密码"}
RETURN_CODES: Mapping[int, str] = MappingProxyType(
    {
        **{cause.row.code: cause.row.zh for cause in StopCause if cause.row.code is not None},
        **_RESERVED,
        **_OF_STATUS_WORDS,
    }
)
"""Every code of SC appendix A."""


def is_declared(code: int) -> bool:
    """True for success, the table's codes, and the negative of any other status word, which is 未知错误."""
    return code == SUCCESS or code in RETURN_CODES or 0x6000 <= -code <= 0x9FFF


def code_of(stopped: TerminalStopped) -> int:
    """What the function returns that was stopped so."""
    return _OF_OTHERS.get(stopped.cause, stopped.code)


def text_of_stop(stopped: TerminalStopped) -> str:
    """What the caller shows: the table's words, and what more is known."""
    if stopped.cause is StopCause.REFUSED and stopped.sw is not None:
        return f"{status_text(stopped.sw)}（{stopped.zh}）"
    return stopped.zh


def status_text(sw: StatusWord) -> str:
    """What the table says of a card's status word."""
    return _OF_STATUS_WORDS.get(-int(sw), OTHER_ERROR)
