"""Why the issuer says no, each reason once: its response code (field 39) and both languages.

Codes are those of ISO 8583:1987 as bank cards use them in China; which of several fitting ones is inferred.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

APPROVED = "00"


class DeclineReason(NamedTuple):
    """One reason for people, and its code."""

    code: str
    zh: str
    en: str


DECLINES: Mapping[str, DeclineReason] = MappingProxyType(
    {
        # For a bank's own rules; none of ``RISK_RULES`` sends the holder to his bank.
        "refer": DeclineReason("01", "请联系发卡行", "the holder must ask his bank"),
        "declined-by-card": DeclineReason("05", "卡片未请求联机授权", "the card has not asked for this transaction"),
        "declined-on-line": DeclineReason("05", "联机已拒绝", "the issuer has declined this transaction on line"),
        "original-not-valid": DeclineReason(
            "12", "原交易无效", "what it belongs to was declined, undone, or is another"
        ),
        "original-of-another-day": DeclineReason("12", "原交易非当日交易", "a void is of the same business day only"),
        "refund-reversed": DeclineReason("12", "退货不可冲正", "a refund is never reversed"),
        "same-account": DeclineReason("12", "转入转出账户相同", "a transfer to the account that it comes from"),
        "business-not-the-cards": DeclineReason(
            "12", "交易类型与卡片密文不符", "the cryptogram is of another business"
        ),
        "date-not-the-cards": DeclineReason("12", "日期与卡片密文不符", "the cryptogram is of another day"),
        "amount-wrong": DeclineReason("13", "金额无效", "no amount, or none where one belongs"),
        "amount-not-the-cards": DeclineReason("13", "金额与卡片密文不符", "the cryptogram is over another amount"),
        "price-wrong": DeclineReason("13", "优惠价不符", "not the price that was agreed with this merchant"),
        "more-than-open": DeclineReason("13", "退货金额超过可退金额", "more than is left of the purchase"),
        "card-unknown": DeclineReason("14", "无此卡", "no such card"),
        "card-cancelled": DeclineReason("14", "卡已注销或更换", "the card is cancelled, or has a successor"),
        "sequence-wrong": DeclineReason("14", "卡序列号不符", "another card with this number"),
        "issuer-unknown": DeclineReason("15", "非本行卡", "not a card of this bank"),
        "card-inactive": DeclineReason("21", "卡未激活", "the card has not been activated at a counter"),
        "original-of-another": DeclineReason("22", "原交易属于另一卡", "the original is another card's"),
        "original-unknown": DeclineReason("25", "无原交易", "the books have no such original"),
        "chip-data-missing": DeclineReason("30", "缺少芯片数据", "a chip's transaction without field 55"),
        "chip-data-unreadable": DeclineReason("30", "芯片数据格式错", "field 55 is not what it should be"),
        "track-unreadable": DeclineReason("30", "磁道数据格式错", "track 2 is none, or another card's"),
        "track-missing": DeclineReason("30", "缺少磁道数据", "a stripe's transaction without track 2"),
        "entry-unknown": DeclineReason("30", "服务点输入方式未知", "no way in which a card is read"),
        "script-results-unreadable": DeclineReason("30", "脚本结果格式错", "DF31 is not five bytes a script"),
        "pin-tries-at-machine": DeclineReason("38", "密码错误次数超限", "wrong PINs too often, at a cash machine"),
        "not-offered": DeclineReason("40", "不支持的交易", "not a business of this bank"),
        "card-lost": DeclineReason("41", "挂失卡", "the card is reported lost"),
        "account-unknown": DeclineReason("14", "无此账户", "no account to transfer to"),
        "card-stolen": DeclineReason("43", "被窃卡", "the card is reported stolen"),
        "not-enough": DeclineReason("51", "余额不足", "the account has less than that"),
        "card-expired": DeclineReason("54", "过期卡", "the card has expired, or has another date"),
        "pin-wrong": DeclineReason("55", "密码错", "the PIN is wrong"),
        "pin-missing": DeclineReason("55", "缺少密码", "nothing proves the holder"),
        "currency-foreign": DeclineReason("57", "仅限人民币境内交易", "renminbi and China only"),
        "stripe-of-chip-card": DeclineReason("57", "芯片卡不允许使用磁条", "a chip card's stripe, not as a fallback"),
        "service-not-allowed": DeclineReason("57", "卡片不允许此服务", "the card does not allow this service"),
        "card-not-read": DeclineReason("58", "自助设备不接受手工输入", "typed in at a machine that reads cards"),
        "merchant-not-agreed": DeclineReason("58", "商户无增值服务协议", "no agreement with this merchant"),
        "cryptogram-wrong": DeclineReason("59", "应用密文错", "the cryptogram is not this card's"),
        "over-limit": DeclineReason("61", "超出单笔限额", "over the limit of one transaction"),
        "over-day-limit": DeclineReason("61", "超出当日限额", "over the limit of the day"),
        "card-stopped": DeclineReason("62", "受限制的卡", "the card is stopped"),
        "refund-to-another": DeclineReason("63", "退货卡非原交易卡", "a refund goes to the card that paid"),
        "amount-not-the-originals": DeclineReason("64", "与原交易金额不符", "not the amount of the original"),
        "too-often": DeclineReason("65", "超出当日次数", "too many times on this day"),
        "pin-tries-exceeded": DeclineReason("75", "密码错误次数超限", "wrong PINs too often"),
        "number-used": DeclineReason("94", "重复交易", "this number was another message's"),
        "reversed-before": DeclineReason("94", "冲正先于原交易到达", "its reversal came before it"),
        "reversed-since": DeclineReason("94", "原交易已冲正", "it has been reversed"),
        "cryptogram-used": DeclineReason("94", "密文重放", "the card's counter has been at this number before"),
        "pin-block-unreadable": DeclineReason("99", "密码格式错", "no PIN block under the key of this line"),
    }
)


class IssuerDecline(Exception):
    """The issuer says no; ``reason`` is a key of ``DECLINES``."""

    def __init__(self, reason: str) -> None:
        super().__init__(DECLINES[reason].en)
        self.reason = reason
