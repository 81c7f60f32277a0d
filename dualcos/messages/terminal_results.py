"""What a payment terminal has found (PBOC-6 A.4 to A.8): TVR (终端验证结果), TSI (交易状态信息), CVM results, script
results. The same bits stand in what goes to the card, in field 55 and in an issuer's rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, IntEnum
from typing import NamedTuple

TVR_LENGTH, TSI_LENGTH = 5, 2


class ResultBit(NamedTuple):
    """``byte`` from 1, ``bit`` from 8 down to 1, as the tables have them. ``ref``: where a terminal sets it."""

    byte: int
    bit: int
    zh: str
    en: str
    ref: str

    @property
    def place(self) -> str:
        """``3.6``: byte and bit."""
        return f"{self.byte}.{self.bit}"


class Tvr(Enum):
    """Bits of 95 (PBOC-6 table A.5)."""

    NOT_AUTHENTICATED = ResultBit(1, 8, "未进行脱机数据认证", "offline data authentication was not performed", "§7.5.3")
    SDA_FAILED = ResultBit(1, 7, "脱机静态数据认证失败", "SDA failed", "§7.5.4")
    DATA_MISSING = ResultBit(1, 6, "IC卡数据缺失", "ICC data missing", "§7.5, §7.7.5.1")
    EXCEPTION_FILE = ResultBit(1, 5, "卡片出现在终端异常文件中", "card on terminal exception file", "§7.8.4")
    DDA_FAILED = ResultBit(1, 4, "脱机动态数据认证失败", "DDA failed", "§7.5.5")
    CDA_FAILED = ResultBit(1, 3, "复合动态数据认证/应用密文生成失败", "CDA failed", "§7.11.4.1.1")
    VERSIONS_DIFFER = ResultBit(
        2, 8, "IC卡和终端应用版本不一致", "card and terminal have different application versions", "§7.6.3"
    )
    EXPIRED = ResultBit(2, 7, "应用已过期", "expired application", "§7.6.6")
    NOT_YET_EFFECTIVE = ResultBit(2, 6, "应用尚未生效", "application not yet effective", "§7.6.5")
    SERVICE_NOT_ALLOWED = ResultBit(2, 5, "卡片不允许所请求的服务", "requested service not allowed", "§7.6.4")
    NEW_CARD = ResultBit(2, 4, "新卡", "new card", "§7.8.9")
    CVM_FAILED = ResultBit(3, 8, "持卡人验证失败", "cardholder verification was not successful", "§7.7.5.1")
    CVM_UNKNOWN = ResultBit(3, 7, "未知的CVM", "unrecognised CVM", "§7.7.5.1")
    PIN_TRIES_EXCEEDED = ResultBit(3, 6, "PIN重试次数超限", "PIN try limit exceeded", "§7.7.5.2")
    NO_PIN_PAD = ResultBit(
        3,
        5,
        "要求输入PIN，但密码键盘不存在或工作不正常",
        "PIN entry required, PIN pad not present or not working",
        "§7.7.5",
    )
    PIN_NOT_ENTERED = ResultBit(
        3, 4, "要求输入PIN，密码键盘存在，但未输入PIN", "PIN entry required, PIN pad present, PIN not entered", "§7.7.5"
    )
    ONLINE_PIN = ResultBit(3, 3, "输入联机PIN", "online PIN entered", "§7.7.5.3")
    FLOOR_LIMIT = ResultBit(4, 8, "交易超过最低限额", "transaction exceeds floor limit", "§7.8.6")
    LOWER_LIMIT = ResultBit(4, 7, "超过连续脱机交易下限", "lower consecutive offline limit exceeded", "§7.8.8")
    UPPER_LIMIT = ResultBit(4, 6, "超过连续脱机交易上限", "upper consecutive offline limit exceeded", "§7.8.8")
    RANDOMLY_SELECTED = ResultBit(
        4, 5, "交易被随机选择联机处理", "transaction selected randomly for online processing", "§7.8.7"
    )
    FORCED_ONLINE = ResultBit(4, 4, "商户要求联机交易", "merchant forced transaction online", "§7.8.5")
    DEFAULT_TDOL = ResultBit(5, 8, "使用缺省TDOL", "default TDOL used", "§7.10.4.1")
    ISSUER_NOT_AUTHENTICATED = ResultBit(5, 7, "发卡行认证失败", "issuer authentication failed", "§7.11.4.3")
    SCRIPT_FAILED_BEFORE = ResultBit(
        5,
        6,
        "最后一次GENERATE AC命令之前脚本处理失败",
        "script processing failed before final GENERATE AC",
        "§7.12.4.5",
    )
    SCRIPT_FAILED_AFTER = ResultBit(
        5, 5, "最后一次GENERATE AC命令之后脚本处理失败", "script processing failed after final GENERATE AC", "§7.12.4.3"
    )

    @property
    def mask(self) -> int:
        """The bit in a number of five bytes."""
        return _mask(self.value, TVR_LENGTH)


class Tsi(Enum):
    """Bits of 9B (PBOC-6 table A.6)."""

    OFFLINE_AUTHENTICATION = ResultBit(1, 8, "脱机数据认证已执行", "offline data authentication performed", "§7.5.3")
    CARDHOLDER_VERIFICATION = ResultBit(1, 7, "持卡人验证已执行", "cardholder verification performed", "§7.7.5.1")
    CARD_RISK_MANAGEMENT = ResultBit(1, 6, "卡片风险管理已执行", "card risk management performed", "§7.11.4.1.2")
    ISSUER_AUTHENTICATION = ResultBit(1, 5, "发卡行认证已执行", "issuer authentication performed", "§7.11.4.3")
    TERMINAL_RISK_MANAGEMENT = ResultBit(1, 4, "终端风险管理已执行", "terminal risk management performed", "§7.8")
    SCRIPT_PROCESSING = ResultBit(1, 3, "脚本处理已执行", "script processing performed", "§7.12.4.1")

    @property
    def mask(self) -> int:
        """The bit in a number of two bytes."""
        return _mask(self.value, TSI_LENGTH)


def _mask(bit: ResultBit, length: int) -> int:
    return 1 << 8 * (length - bit.byte) + bit.bit - 1


def tvr_bits(value: bytes) -> Iterator[Tvr]:
    """The bits of a TVR, an IAC or a TAC that are 1 and have a meaning, in the table's order."""
    number = int.from_bytes(value, "big")
    return (each for each in Tvr if number & each.mask)


def tsi_bits(value: bytes) -> Iterator[Tsi]:
    """The bits of a TSI that are 1 and have a meaning."""
    number = int.from_bytes(value, "big")
    return (each for each in Tsi if number & each.mask)


class CvmOutcome(IntEnum):
    """Byte 3 of 9F34 (PBOC-6 A.4)."""

    UNKNOWN = 0
    FAILED = 1
    SUCCESSFUL = 2


class ReasonText(NamedTuple):
    """``code``: bits 3 to 1 of 9F27."""

    code: int
    zh: str
    en: str


class CryptogramReason(Enum):
    """Why a card answered that cryptogram, where it says so in 9F27 (PBOC-5 table B.9); other values are none."""

    NONE = ReasonText(0, "无信息", "no reason given")
    SERVICE_NOT_ALLOWED = ReasonText(1, "不允许服务", "service not allowed")
    PIN_TRIES_EXCEEDED = ReasonText(2, "PIN重试超限", "PIN try limit exceeded")
    ISSUER_NOT_AUTHENTICATED = ReasonText(3, "发卡行鉴定失败", "issuer authentication failed")

    @classmethod
    def of(cls, information: int) -> CryptogramReason:
        """What a value of 9F27 says."""
        return next((each for each in cls if each.value.code == information & 0x07), cls.NONE)


class ScriptOutcome(IntEnum):
    """Upper half of byte 1 of a script result (PBOC-6 A.5)."""

    NOT_PERFORMED = 0
    FAILED = 1
    SUCCESSFUL = 2


class ScriptResult(NamedTuple):
    """发卡行脚本结果, five bytes a script. ``number``: of the command that failed, 15 for more, 0 if none;
    ``identifier``: 9F18, zeros if the script has none.
    """

    outcome: ScriptOutcome
    number: int
    identifier: bytes

    @property
    def raw(self) -> bytes:
        """As it is sent in DF31."""
        return bytes((self.outcome << 4 | min(self.number, 15),)) + self.identifier
