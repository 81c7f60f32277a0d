"""The list of cardholder verification methods (CVM列表, 8E): its methods, its conditions (PBOC-5 §11, table A.1)."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class CvmText(NamedTuple):
    """``code``: as it stands in a rule."""

    code: int
    zh: str
    en: str


class CvmMethod(Enum):
    """Methods, without the bit that lets the next rule follow."""

    FAIL = CvmText(0x00, "CVM失败", "fail")
    OFFLINE_PIN = CvmText(0x01, "卡片脱机明文PIN", "plaintext PIN by card")
    ONLINE_PIN = CvmText(0x02, "联机加密PIN", "online enciphered PIN")
    OFFLINE_PIN_AND_SIGNATURE = CvmText(0x03, "卡片脱机明文PIN和签名", "plaintext PIN by card and signature")
    SIGNATURE = CvmText(0x1E, "签名", "signature")
    NO_CVM = CvmText(0x1F, "无需CVM", "no CVM")
    IDENTITY_DOCUMENT = CvmText(0x20, "证件出示", "show identity document (证件出示)")


class CvmCondition(Enum):
    """Conditions."""

    ALWAYS = CvmText(0x00, "总是", "always")
    ATM_CASH = CvmText(0x01, "如果是ATM现金交易", "if ATM cash")
    NOT_CASH = CvmText(
        0x02, "如果不是ATM现金、有人值守现金或返现交易", "if neither ATM cash, attended cash nor cashback"
    )
    IF_SUPPORTED = CvmText(0x03, "如果终端支持该CVM", "if terminal supports it")
    MANUAL_CASH = CvmText(0x04, "如果是人工值守现金交易", "if manual cash")
    CASHBACK = CvmText(0x05, "如果是返现交易", "if cashback")
    UNDER_X = CvmText(0x06, "如果使用应用货币且小于X", "if own currency and under X")
    OVER_X = CvmText(0x07, "如果使用应用货币且大于X", "if own currency and over X")
    UNDER_Y = CvmText(0x08, "如果使用应用货币且小于Y", "if own currency and under Y")
    OVER_Y = CvmText(0x09, "如果使用应用货币且大于Y", "if own currency and over Y")


METHODS = {each.value.code: each for each in CvmMethod}
CONDITIONS = {each.value.code: each for each in CvmCondition}


class CvmRule(NamedTuple):
    """One rule of the CVM list; ``goes_on``: the next rule is tried if this one fails."""

    method: int
    goes_on: bool
    condition: int

    @property
    def known_method(self) -> CvmMethod | None:
        """None for one that PBOC does not have."""
        return METHODS.get(self.method)

    @property
    def known_condition(self) -> CvmCondition | None:
        """None for one that PBOC does not have."""
        return CONDITIONS.get(self.condition)

    @property
    def code(self) -> int:
        """Byte 1 of the rule, and of CVM results."""
        return self.method | (0x40 if self.goes_on else 0)

    def __str__(self) -> str:
        known, when = self.known_method, self.known_condition
        method = known.value.en if known else f"method {self.method:02X}"
        condition = when.value.en if when else f"condition {self.condition:02X}"
        return f"{method} {condition}{', else next' if self.goes_on else ''}"

    @property
    def zh(self) -> str:
        """The rule in Chinese."""
        known, when = self.known_method, self.known_condition
        method = known.value.zh if known else f"方法{self.method:02X}"
        condition = when.value.zh if when else f"条件{self.condition:02X}"
        return f"{condition}：{method}{'，否则下一条' if self.goes_on else ''}"


class CvmList(NamedTuple):
    """8E: amounts X and Y, then the rules (PBOC-5 §11)."""

    x: int
    y: int
    rules: tuple[CvmRule, ...]

    @classmethod
    def parse(cls, value: bytes) -> CvmList:
        """At least eight bytes and whole rules. Raises ValueError otherwise."""
        if len(value) < 8 or len(value) % 2:
            raise ValueError(f"8E has {len(value)} bytes; 8 and two per rule are needed")
        rules = tuple(
            CvmRule(value[at] & ~0x40, bool(value[at] & 0x40), value[at + 1]) for at in range(8, len(value), 2)
        )
        return cls(int.from_bytes(value[:4], "big"), int.from_bytes(value[4:8], "big"), rules)
