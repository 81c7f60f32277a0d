"""Field 39 (应答码): what issuer or acquirer say of a request. Three lists seen in the field agree on the texts."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class ResponseCode(NamedTuple):
    """``takes_card``: an ATM keeps the card; ``signs_on``: the terminal must sign
    on anew before it goes on.
    """

    zh: str
    en: str
    takes_card: bool = False
    signs_on: bool = False


APPROVED = "00"
APPROVING = (APPROVED, "10", "11")
"""Answers that something was booked by: what they are to a request is its kernel's (``APPROVED_CODES``)."""
RESPONSE_CODES: Mapping[str, ResponseCode] = MappingProxyType(
    {
        APPROVED: ResponseCode("交易成功", "approved"),
        "01": ResponseCode("请持卡人与发卡银行联系", "refer to the issuer"),
        "02": ResponseCode("请持卡人与发卡银行联系（特殊情况）", "refer to the issuer, special condition"),
        "03": ResponseCode("无效商户", "merchant unknown"),
        "04": ResponseCode("此卡被没收", "card is to be kept", takes_card=True),
        "05": ResponseCode("持卡人认证失败，不予承兑", "declined"),
        "06": ResponseCode("出错", "error; of a reversal: the card declined, or another reason"),
        "10": ResponseCode("部分金额批准", "approved for a part of the amount"),
        "11": ResponseCode("批准（VIP客户）", "approved (VIP)"),
        "12": ResponseCode("无效交易", "transaction not valid"),
        "13": ResponseCode("无效金额", "amount not valid"),
        "14": ResponseCode("无效卡号", "no such card"),
        "15": ResponseCode("此卡无对应发卡方", "no such issuer"),
        "21": ResponseCode("该卡未初始化或睡眠卡", "card not activated"),
        "22": ResponseCode("故障怀疑，原交易不匹配", "does not match the original"),
        "25": ResponseCode("找不到原始交易", "original not found"),
        "30": ResponseCode("报文格式错误", "format error"),
        "34": ResponseCode("有作弊嫌疑的卡，吞卡", "suspected fraud", takes_card=True),
        "38": ResponseCode("密码错误次数超限", "PIN tries exceeded", takes_card=True),
        "40": ResponseCode("不支持的交易类型", "function not supported"),
        "41": ResponseCode("挂失卡，没收", "lost card", takes_card=True),
        "42": ResponseCode("无此账户", "no such account"),
        "43": ResponseCode("被窃卡，没收", "stolen card", takes_card=True),
        "51": ResponseCode("可用余额不足", "not enough money"),
        "54": ResponseCode("该卡已过期", "expired card"),
        "55": ResponseCode("密码错", "wrong PIN"),
        "57": ResponseCode("不允许此卡交易", "not permitted to this card"),
        "58": ResponseCode("终端不允许此交易", "not permitted to this terminal"),
        "59": ResponseCode("卡片校验错", "card check failed"),
        "61": ResponseCode("交易金额超限", "over the amount limit"),
        "62": ResponseCode("受限制的卡", "restricted card"),
        "63": ResponseCode("违反安全保密规定", "security violation"),
        "64": ResponseCode("交易金额与原交易不匹配", "amount differs from the original"),
        "65": ResponseCode("超出取款次数限制", "too many withdrawals"),
        "68": ResponseCode("发卡行超时", "no answer from the issuer in time"),
        "75": ResponseCode("密码错误次数超限", "PIN tries exceeded"),
        "77": ResponseCode("操作员未签到，请重新签到", "sign on again", signs_on=True),
        "89": ResponseCode("终端密钥失效，请重新签到", "keys are stale: sign on again", signs_on=True),
        "90": ResponseCode("系统日切，稍后重试", "day cut-over: try later"),
        "91": ResponseCode("发卡方状态不正常", "issuer does not work"),
        "92": ResponseCode("发卡方线路异常", "no line to the issuer"),
        "94": ResponseCode("重复交易", "sent twice"),
        "96": ResponseCode("系统异常", "system error; of a reversal: a fault in the terminal"),
        "97": ResponseCode("终端号未登记", "terminal unknown"),
        "98": ResponseCode("收不到发卡方应答", "no answer from the issuer; of a reversal: no answer came"),
        "99": ResponseCode("PIN 格式错，请重新签到", "PIN block not readable: sign on again", signs_on=True),
        "A0": ResponseCode("MAC 校验错", "MAC error; of a reversal: the MAC of the answer was wrong", signs_on=True),
    }
)
"""By code."""
UNKNOWN_CODE = ResponseCode("未知应答码", "a code that no list has")


def response_code(code: str) -> ResponseCode:
    """What the code says; ``UNKNOWN_CODE`` for others."""
    return RESPONSE_CODES.get(code, UNKNOWN_CODE)
