"""What stands inside the fields of a switch message, as seen in the field."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from dualcos.messages.pos_subfields import SUBFIELDS, field_parts
from dualcos.messages.subfield_tables import BadSubfields, SubField, cut, put_together

_codes = MappingProxyType[str, tuple[str, str]]
_REASONS = _codes(
    {
        "0000": ("无", "none"),
        "4351": ("终端原因，全额", "caused by the terminal, whole amount"),
    }
)
_ARQC_RESULTS = _codes({"0": ("未验证", "not checked"), "1": ("验证通过", "right"), "2": ("验证失败", "wrong")})
_POS_KIND = {part.name: part for part in SUBFIELDS[60]}
SWITCH_SUBFIELDS: Mapping[int, tuple[SubField, ...]] = MappingProxyType(
    {
        22: SUBFIELDS[22],
        44: SUBFIELDS[44],
        53: (
            SubField("kind", "密钥类型或 PIN 格式", "key, or PIN format", 1, _codes(
                {"1": ("PIN 密钥；不带主账号", "PIN key; without the account"),
                 "2": ("MAC 密钥；带主账号", "MAC key; with the account")})),
            SubField("algorithm", "算法", "algorithm", 1, _codes(
                {"0": ("单倍长密钥", "single key"), "6": ("双倍长密钥", "double key")})),
            SubField("reserved", "保留", "reserved", 14),
        ),
        60: (
            SubField("reason", "报文原因代码", "reason", 4, _REASONS),
            SubField("owner_kind", "账户所有人类型", "kind of owner", 1),
            _POS_KIND["ability"],
            _POS_KIND["chip_condition"],
            SubField("reserved", "保留", "reserved", 1),
            SubField("terminal_kind", "终端类型", "kind of terminal", 2, _codes(
                {"00": ("无", "none"), "01": ("ATM", "ATM"), "03": ("POS", "POS")})),
            SubField("pin_exempt", "免密标志", "no PIN was needed", 1),
            SubField("chip_check", "IC 卡验证可靠性标志", "how sure the check of the chip is", 1),
            SubField("commerce", "电子商务标志", "e-commerce", 2),
            SubField("interaction", "交互方式", "interaction", 1),
            SubField("tariff_kind", "特殊计费类型", "kind of tariff", 2),
            SubField("tariff_step", "特殊计费档次", "step of the tariff", 1),
            SubField("tariff_reserved", "保留", "reserved; the third tells the MAC's algorithm", 3),
            SubField("part_approval", "支持部分承兑标志", "part of the amount may be approved", 1),
            SubField("initiation", "交易发起方式", "who began", 1),
            SubField("medium", "交易介质", "medium", 1),
            SubField("chip_application", "IC 卡应用类型", "kind of chip application", 1),
            SubField("settlement_kind", "账户结算类型", "how the account settles", 2),
            SubField("account_level", "账户等级", "level of the account", 1),
            SubField("product", "卡产品", "card product", 2),
        ),
        61: (
            SubField("certificate_kind", "证件类型", "kind of certificate", 2),
            SubField("certificate", "证件号", "number of the certificate", 20),
            SubField("cvv_result", "CVV 校验结果", "result of the CVV", 1),
            SubField("pvv_result", "PVV 校验结果", "result of the PVV", 1),
            SubField("centre", "中心标志", "centre", 3),
            SubField("cardless", "无卡校验值", "card-less value", 3),
            SubField("cardless_result", "无卡校验结果", "its result", 1),
            SubField("arqc_result", "ARQC 校验结果", "result of the ARQC", 1, _ARQC_RESULTS),
            SubField("centre_2", "中心标志", "centre", 3),
            SubField("text", "安全信息", "security text", 165, open_end=True),
        ),
        90: (
            SubField("mti", "原报文类型", "MTI of the original", 4),
            SubField("stan", "原系统跟踪号", "running number of the original", 6),
            SubField("time", "原传输时间", "transmission time of the original", 10),
            SubField("acquirer", "原受理机构", "acquirer of the original", 11),
            SubField("forwarder", "原发送机构", "forwarder of the original", 11),
        ),
        121: (
            SubField("reason", "应答原因", "who answered so", 1),
            SubField("conversion", "单双转换码", "single or dual messages", 1),
            SubField("card_nature", "卡性质", "nature of the card", 1),
            SubField("reserved", "保留", "reserved", 40),
            SubField("transfer", "转账标识或手续费", "ids of a transfer, or fees", 38),
        ),
        122: (
            SubField("rate", "商户费率", "rate of the merchant", 6),
            SubField("text", "附加信息", "more", 94, open_end=True),
        ),
    }
)  # fmt: skip


class PrivateUse(NamedTuple):
    """A use of a field that begins with two letters. ``secret``: what follows is a key or a PIN block."""

    zh: str
    en: str
    parts: tuple[SubField, ...] = ()
    secret: bool = False


_AMOUNT = SubField("amount", "金额", "amount, fen", 12)
_NUMBER_KINDS = (SubField("kind", "号码类型", "kind of number", 2), SubField("number", "号码", "number", 40))
PRIVATE_USES: Mapping[int, Mapping[str, PrivateUse]] = MappingProxyType(
    {
        48: MappingProxyType(
            {
                "NK": PrivateUse("新密钥", "new key", secret=True),
                "AS": PrivateUse("附加信息", "further data", (
                    SubField("mark", "标识", "mark", 2, _codes({"OA": ("原交易金额", "original amount")})),
                    SubField("length", "长度", "length", 3),
                    _AMOUNT,
                )),
                "RA": PrivateUse("折扣前金额", "price before discount", (_AMOUNT,)),
                "NP": PrivateUse("新 PIN 数据", "new PIN block", secret=True),  # our own
                "RP": PrivateUse("产品代码", "product code", (
                    SubField("product", "产品代码", "product code", 30, open_end=True),)),
                "PZ": PrivateUse("代收", "payment on behalf", (
                    *_NUMBER_KINDS,
                    SubField("area", "地区", "area", 4),
                    SubField("area_2", "地区", "second area", 4),
                    SubField("pay_flag", "支付标志", "pay flag", 1),
                    SubField("pay_kind", "支付类型", "kind of payment", 2),
                    SubField("pay_number", "支付号码", "pay number", 40),
                    SubField("mandate_period", "委托周期", "period of the mandate", 2),
                    SubField("upper_limit", "上限", "upper limit, fen", 12),
                    SubField("lower_limit", "下限", "lower limit, fen", 12),
                    SubField("pay_window", "支付时间段", "pay window", 17),
                    SubField("reserved", "保留", "reserved", 22),
                )),
                "CB": PrivateUse("代付", "payout", (
                    SubField("kind", "类型", "kind", 2),
                    SubField("code", "代码", "code", 30),
                    SubField("reason", "原因", "reason", 30, open_end=True),
                )),
                "ON": PrivateUse("订单号", "order", (SubField("order", "订单号", "order number", 40, open_end=True),)),
                "AA": PrivateUse("受理方附言", "text of the acquirer", (
                    SubField("text", "附言", "text", 510, open_end=True),)),
                "AO": PrivateUse("联动业务", "linked business", (
                    SubField("linked", "联动业务", "linked business", 2),)),
                "BC": PrivateUse("风险信息", "risk", (
                    SubField("reason", "原因", "reason", 3),
                    SubField("level", "级别", "level", 1),
                    SubField("score", "评分", "score", 3),
                )),
                "PB": PrivateUse("原输入方式", "entry", (
                    SubField("entry_mode", "输入方式", "entry mode", 3),
                    SubField("chip_condition", "IC 卡条件代码", "chip condition", 1),
                )),
            }
        ),
        57: MappingProxyType(
            {
                "AB": PrivateUse("附言", "texts", (
                    SubField("issuer_text", "发卡方附言", "text of the issuer", 20),
                    SubField("switch_text", "中心附言", "text of the switch", 20),
                    SubField("more", "附加", "more", 56, open_end=True),
                )),
                "AR": PrivateUse("附加应答", "further answer", (SubField("answer", "附加应答码", "answer", 3),)),
            }
        ),
        59: MappingProxyType(
            {
                "QL": PrivateUse("明细查询", "query of details", (SubField("next", "下一序号", "next sequence", 3),)),
                "QD": PrivateUse("明细查询", "query of details", (
                    SubField("next", "序号", "sequence", 3),
                    SubField("from", "起始日期", "from", 8),
                    SubField("to", "终止日期", "to", 8),
                )),
                "QR": PrivateUse("明细", "details", (
                    SubField("currency", "货币", "currency", 3),
                    SubField("count", "笔数", "number", 3),
                    SubField("lines", "明细", "lines of 50", 592, open_end=True),
                )),
            }
        ),
        63: MappingProxyType({"SM": PrivateUse("SM4 PIN 数据", "PIN block of SM4", secret=True)}),
    }
)  # fmt: skip
"""By field and usage code."""
USAGE = "usage"
_USAGE_LENGTH = 2


def switch_parts(number: int, text: str) -> tuple[SubField, ...]:
    """The table by which this text is cut, behind a usage code where the field has one; empty for a field without."""
    if number in PRIVATE_USES:
        return PRIVATE_USES[number].get(text[:_USAGE_LENGTH], PrivateUse("", "")).parts
    return field_parts(number, text) if number == 54 else SWITCH_SUBFIELDS.get(number, ())


def switch_parted(number: int, text: str) -> dict[str, str]:
    """The parts by name, ``usage`` in front where the field has usage codes; ``rest``: what no table names. Keys and
    PIN blocks are not cut: of those the usage alone is here.
    """
    if number not in PRIVATE_USES:
        return cut(switch_parts(number, text), text)
    usage = text[:_USAGE_LENGTH]
    if PRIVATE_USES[number].get(usage, PrivateUse("", "")).secret:
        return {USAGE: usage}
    return {USAGE: usage} | cut(switch_parts(number, text), text[_USAGE_LENGTH:]) if text else {}


def switch_joined(number: int, parts: Mapping[str, str]) -> str:
    """The text of these parts. Raises BadSubfields; also where a key or a PIN block would have to be among them."""
    if number not in PRIVATE_USES:
        repeated = 1 + sum(name.startswith("amount_") and name[7:].isdecimal() for name in parts)
        return put_together(
            field_parts(number, "0" * 20 * repeated) if number == 54 else switch_parts(number, ""), parts
        )
    usage = parts.get(USAGE, "")
    use = PRIVATE_USES[number].get(usage)
    if use is None or use.secret:
        raise BadSubfields(f"{USAGE}: field {number} has none of this name that is text")
    return usage + put_together(use.parts, {name: value for name, value in parts.items() if name != USAGE})


def new_pin_field(block: bytes) -> bytes:
    """Field 48 of a PIN change: the new PIN's block. Our own: no switch was seen to take one."""
    return b"NP" + block


def new_pin_in_field(raw: bytes) -> bytes:
    """The block in field 48; empty if it has none."""
    return raw[_USAGE_LENGTH:] if raw.startswith(b"NP") else b""
