"""The data elements of the debit application: one table, every tag with name, format, length and access.

Sources: PBOC-5 tables A.1 and A.2 (names, formats, lengths), B.10 (GET DATA), B.16 (PUT DATA), PBOC-10 tables 1-22
(groups). The table itself never judges a value's meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from cos.pse.options import BankOptions


class Format(Enum):
    """Value formats (PBOC-5 A.1). They decide how a short value is filled."""

    N = "n"
    CN = "cn"
    AN = "an"
    ANS = "ans"
    B = "b"


class ElementAccess(Enum):
    """Who may read with GET DATA (PBOC-5 table B.10); ``readable`` applies the options."""

    NONE = "not readable"
    FREE = "any terminal"
    ATC = "any terminal, unless the issuer keeps it private"
    PTC = "any terminal or nobody"
    LIMIT = "limits of group 0D01, which PUT DATA writes"
    STATIC = "group 0E01"


class Element(NamedTuple):
    """One row. Lengths in bytes, ``most`` inclusive; the group an element is personalised with is in ``groups``.

    ``mandatory``: personalisation may not end without it (PBOC-10 tables 2-22, with 82 and 94).
    """

    tag: int
    name: str
    chinese: str
    form: Format
    least: int
    most: int
    get: ElementAccess = ElementAccess.NONE
    mandatory: bool = False


_N, _CN, _AN, _ANS, _B = Format
_LIMIT, _STATIC = ElementAccess.LIMIT, ElementAccess.STATIC

ELEMENTS: tuple[Element, ...] = (
    # Cardholder, account
    Element(0x57, "Track 2 Equivalent Data", "磁条2等效数据", _B, 1, 19, mandatory=True),
    Element(0x5F20, "Cardholder Name", "持卡人姓名", _ANS, 2, 26),
    Element(0x9F1F, "Track 1 Discretionary Data", "磁条1自定义数据", _ANS, 0, 252),
    Element(0x9F0B, "Cardholder Name Extended", "持卡人姓名扩展", _ANS, 1, 19),
    Element(0x9F61, "Cardholder ID Number", "持卡人证件号", _AN, 1, 40),
    Element(0x9F62, "Cardholder ID Type", "持卡人证件类型", _CN, 1, 1),
    Element(0x9F63, "Card Product Identification", "卡产品标识信息", _B, 16, 16),
    Element(0x5A, "Application Primary Account Number (PAN)", "应用主账号", _CN, 1, 10, mandatory=True),
    Element(0x5F34, "PAN Sequence Number", "应用主账号序列号", _N, 1, 1),
    Element(0x5F24, "Application Expiration Date", "应用失效日期", _N, 3, 3, mandatory=True),
    Element(0x5F25, "Application Effective Date", "应用生效日期", _N, 3, 3),
    Element(0x5F28, "Issuer Country Code", "发卡行国家代码", _N, 2, 2),
    Element(0x5F30, "Service Code", "服务码", _N, 2, 2),
    # Terminal's rules
    Element(0x9F07, "Application Usage Control", "应用用途控制", _B, 2, 2),
    Element(0x9F08, "Application Version Number", "应用版本号", _B, 2, 2, mandatory=True),
    Element(0x9F42, "Application Currency Code", "应用货币代码", _N, 2, 2),
    Element(0x9F44, "Application Currency Exponent", "应用货币指数", _N, 1, 1),
    Element(0x9F05, "Application Discretionary Data", "应用自定义数据", _B, 1, 32),
    Element(0x8E, "Cardholder Verification Method (CVM) List", "持卡人验证方法列表", _B, 8, 252),
    Element(0x9F0D, "Issuer Action Code - Default", "发卡行行为代码－缺省", _B, 5, 5, mandatory=True),
    Element(0x9F0E, "Issuer Action Code - Denial", "发卡行行为代码－拒绝", _B, 5, 5, mandatory=True),
    Element(0x9F0F, "Issuer Action Code - Online", "发卡行行为代码－联机", _B, 5, 5, mandatory=True),
    Element(0x8C, "Card Risk Management Data Object List 1", "卡片风险管理数据对象列表1", _B, 0, 252, mandatory=True),
    Element(0x8D, "Card Risk Management Data Object List 2", "卡片风险管理数据对象列表2", _B, 0, 252, mandatory=True),
    Element(0x97, "Transaction Certificate Data Object List", "交易证书数据对象列表", _B, 0, 252),
    Element(0x9F14, "Lower Consecutive Offline Limit (terminal)", "连续脱机交易下限", _B, 1, 1),
    Element(0x9F23, "Upper Consecutive Offline Limit (terminal)", "连续脱机交易上限", _B, 1, 1),
    # Offline data authentication
    Element(0x8F, "Certification Authority Public Key Index", "CA公钥索引", _B, 1, 1),
    Element(0x90, "Issuer Public Key Certificate", "发卡行公钥证书", _B, 64, 248),
    Element(0x92, "Issuer Public Key Remainder", "发卡行公钥余数", _B, 0, 248),
    Element(0x9F32, "Issuer Public Key Exponent", "发卡行公钥指数", _B, 1, 3),
    Element(0x93, "Signed Static Application Data", "签名的静态应用数据", _B, 64, 248),
    Element(0x9F4A, "Static Data Authentication Tag List", "静态数据认证标签列表", _B, 0, 252),
    Element(0x9F46, "ICC Public Key Certificate", "IC卡公钥证书", _B, 64, 247),
    Element(0x9F47, "ICC Public Key Exponent", "IC卡公钥指数", _B, 1, 3),
    Element(0x9F48, "ICC Public Key Remainder", "IC卡公钥余数", _B, 0, 248),
    Element(0x9F49, "Dynamic Data Authentication Data Object List", "动态数据认证数据对象列表", _B, 0, 252),
    # Card risk management, static
    Element(0x9F51, "Application Currency Code (card)", "应用货币代码", _N, 2, 2, _STATIC),
    Element(0x9F52, "Application Default Action (ADA)", "应用缺省行为", _B, 2, 2, _STATIC),
    Element(0x9F56, "Issuer Authentication Indicator", "发卡行认证指示位", _B, 1, 1, _STATIC),
    Element(0x9F57, "Issuer Country Code (card)", "发卡行国家代码", _N, 2, 2, _STATIC),
    Element(0x9F76, "Secondary Application Currency Code", "第二应用货币代码", _N, 2, 2, _STATIC),
    # Card risk management, changed by PUT DATA
    Element(0x9F53, "Consecutive Transaction Limit (International - Currency)", "连续脱机交易限制数（国际－货币）",
            _B, 1, 1, _LIMIT),
    Element(0x9F72, "Consecutive Transaction Limit (International - Country)", "连续脱机交易限制数（国际－国家）",
            _B, 1, 1, _LIMIT),
    Element(0x9F54, "Cumulative Total Transaction Amount Limit", "累计脱机交易金额限制", _N, 6, 6, _LIMIT),
    Element(0x9F5C, "Cumulative Total Transaction Amount Upper Limit", "累计脱机交易金额上限", _N, 6, 6, _LIMIT),
    Element(0x9F75, "Cumulative Total Transaction Amount Limit (Dual Currency)", "累计脱机交易金额限制（双货币）",
            _N, 6, 6, _LIMIT),
    Element(0x9F58, "Lower Consecutive Offline Limit (card)", "连续脱机交易下限", _B, 1, 1, _LIMIT),
    Element(0x9F59, "Upper Consecutive Offline Limit (card)", "连续脱机交易上限", _B, 1, 1, _LIMIT),
    Element(0x9F73, "Currency Conversion Factor", "货币转换因子", _N, 4, 4, _LIMIT),
    Element(0x9F4F, "Log Format", "交易明细格式", _B, 0, 252, ElementAccess.FREE),
    # Counters
    Element(0x9F36, "Application Transaction Counter (ATC)", "应用交易计数器", _B, 2, 2, get=ElementAccess.ATC),
    Element(0x9F13, "Last Online ATC Register", "上次联机应用交易计数器寄存器", _B, 2, 2, get=ElementAccess.ATC),
    Element(0x9F17, "PIN Try Counter", "PIN尝试计数器", _B, 1, 1, ElementAccess.PTC),
    # Answers
    Element(0x82, "Application Interchange Profile (AIP)", "应用交互特征", _B, 2, 2, mandatory=True),
    Element(0x94, "Application File Locator (AFL)", "应用文件定位器", _B, 4, 252, mandatory=True),
    Element(0x9F10, "Issuer Application Data", "发卡行应用数据", _B, 8, 32, mandatory=True),
    Element(0x9F26, "Application Cryptogram", "应用密文", _B, 8, 8),
    Element(0x9F27, "Cryptogram Information Data", "密文信息数据", _B, 1, 1),
    Element(0x9F4B, "Signed Dynamic Application Data", "签名的动态应用数据", _B, 64, 248),
    Element(0x9F45, "Data Authentication Code", "数据认证码", _B, 2, 2),
    Element(0x9F4C, "ICC Dynamic Number", "IC动态数", _B, 2, 8),
    # File control information and directory
    Element(0x84, "DF Name", "DF名", _B, 5, 16),
    Element(0x4F, "Application Identifier (AID)", "应用标识符", _B, 5, 16),
    Element(0x9D, "Directory Definition File (DDF) Name", "目录定义文件名", _B, 5, 16),
    Element(0x50, "Application Label", "应用标签", _ANS, 1, 16),
    Element(0x87, "Application Priority Indicator", "应用优先指示器", _B, 1, 1),
    Element(0x88, "Short File Identifier (SFI)", "短文件标识符", _B, 1, 1),
    Element(0x9F38, "Processing Options Data Object List (PDOL)", "处理选项数据对象列表", _B, 0, 252),
    Element(0x5F2D, "Language Preference", "首选语言", _AN, 2, 8),
    Element(0x9F11, "Issuer Code Table Index", "发卡行代码表索引", _N, 1, 1),
    Element(0x9F12, "Application Preferred Name", "应用首选名称", _ANS, 1, 16),
    Element(0x9F4D, "Log Entry", "交易明细入口", _B, 2, 2),
    Element(0x5F50, "Issuer URL", "发卡行URL", _ANS, 0, 222),
    # What the terminal sends
    Element(0x86, "Issuer Script Command", "发卡行脚本命令", _B, 0, 261),
    Element(0x9F18, "Issuer Script Identifier", "发卡行脚本标识符", _B, 4, 4),
    Element(0x8A, "Authorisation Response Code", "授权响应码", _AN, 2, 2),
    Element(0x91, "Issuer Authentication Data", "发卡行认证数据", _B, 8, 16),
    Element(0x95, "Terminal Verification Results (TVR)", "终端验证结果", _B, 5, 5),
    Element(0x98, "Transaction Certificate Hash Value", "交易证书哈希值", _B, 20, 20),
    Element(0x9A, "Transaction Date", "交易日期", _N, 3, 3),
    Element(0x9C, "Transaction Type", "交易类型", _N, 1, 1),
    Element(0x5F2A, "Transaction Currency Code", "交易货币代码", _N, 2, 2),
    Element(0x9F02, "Amount, Authorised", "授权金额", _N, 6, 6),
    Element(0x9F03, "Amount, Other", "其它金额", _N, 6, 6),
    Element(0x9F1A, "Terminal Country Code", "终端国家代码", _N, 2, 2),
    Element(0x9F21, "Transaction Time", "交易时间", _N, 3, 3),
    Element(0x9F33, "Terminal Capabilities", "终端性能", _B, 3, 3),
    Element(0x9F37, "Unpredictable Number", "不可预知数", _B, 4, 4),
    Element(0x9F4E, "Merchant Name and Location", "商户名称", _ANS, 0, 252),
    Element(0x9F7A, "Electronic Cash Terminal Support Indicator", "电子现金终端支持指示器", _N, 1, 1),
    # What the terminal says of itself; cards ask for it by their lists (PBOC-6 table 38)
    Element(0x81, "Amount, Authorised (Binary)", "授权金额（二进制）", _B, 4, 4),
    Element(0x99, "Transaction PIN Data", "交易PIN数据", _B, 0, 252),
    Element(0x9B, "Transaction Status Information (TSI)", "交易状态信息", _B, 2, 2),
    Element(0x5F36, "Transaction Currency Exponent", "交易货币指数", _N, 1, 1),
    Element(0x5F57, "Account Type", "账户类型", _N, 1, 1),
    Element(0x9F01, "Acquirer Identifier", "收单行标识", _N, 6, 6),
    Element(0x9F04, "Amount, Other (Binary)", "其它金额（二进制）", _B, 4, 4),
    Element(0x9F06, "Application Identifier (AID) - Terminal", "应用标识（终端）", _B, 5, 16),
    Element(0x9F09, "Application Version Number (terminal)", "应用版本号（终端）", _B, 2, 2),
    Element(0x9F15, "Merchant Category Code", "商户分类码", _N, 2, 2),
    Element(0x9F16, "Merchant Identifier", "商户标识", _ANS, 15, 15),
    Element(0x9F1B, "Terminal Floor Limit", "终端最低限额", _B, 4, 4),
    Element(0x9F1C, "Terminal Identification", "终端标识", _AN, 8, 8),
    Element(0x9F1E, "Interface Device (IFD) Serial Number", "接口设备序列号", _AN, 8, 8),
    Element(0x9F34, "Cardholder Verification Method (CVM) Results", "持卡人验证方法结果", _B, 3, 3),
    Element(0x9F35, "Terminal Type", "终端类型", _N, 1, 1),
    Element(0x9F39, "Point-of-Service (POS) Entry Mode", "销售点输入方式", _N, 1, 1),
    Element(0x9F3A, "Amount, Reference Currency", "参考货币金额", _B, 4, 4),
    Element(0x9F3C, "Transaction Reference Currency Code", "交易参考货币代码", _N, 2, 2),
    Element(0x9F3D, "Transaction Reference Currency Exponent", "交易参考货币指数", _N, 1, 1),
    Element(0x9F40, "Additional Terminal Capabilities", "附加终端性能", _B, 5, 5),
    Element(0x9F41, "Transaction Sequence Counter", "交易序列计数器", _N, 2, 4),
    # What issued cards ask for or announce besides; no text of JR/T 0025-2010 names them (seen in the field)
    Element(0xDF60, "CAPP Transaction Indicator", "扩展应用交易指示位", _B, 1, 252),
    Element(0xDF61, "Segmented Fare Support Indicator", "分段扣费应用标识", _B, 1, 252),
    Element(0xDF4D, "Load Log Entry", "圈存日志入口", _B, 2, 2),
    Element(0xDF69, "SM Algorithm Support Indicator", "SM算法支持指示器", _B, 1, 1),
    # Templates
    Element(0x61, "Application Template", "应用模板", _B, 0, 252),
    Element(0x6F, "File Control Information (FCI) Template", "文件控制信息模板", _B, 0, 252),
    Element(0x70, "Record Template", "记录模板", _B, 0, 252),
    Element(0x71, "Issuer Script Template 1", "发卡行脚本模板1", _B, 0, 255),
    Element(0x72, "Issuer Script Template 2", "发卡行脚本模板2", _B, 0, 255),
    Element(0x73, "Directory Discretionary Template", "目录自定义模板", _B, 0, 252),
    Element(0xA5, "FCI Proprietary Template", "FCI专用模板", _B, 0, 252),
    Element(0xBF0C, "FCI Issuer Discretionary Data", "FCI发卡行自定义数据", _B, 0, 222),
)  # fmt: skip
"""Every tag of the application, terminal values and templates included."""

BY_TAG: Mapping[int, Element] = MappingProxyType({each.tag: each for each in ELEMENTS})

MANDATORY: frozenset[int] = frozenset(each.tag for each in ELEMENTS if each.mandatory)
"""What must be there when personalisation ends, besides the FCI and the keys (PBOC-10 tables 2-22)."""

ISSUED_SHORTER: Mapping[int, int] = MappingProxyType({0x9F12: 0})
"""Least lengths of elements that issued cards carry shorter than their document allows: ``9F1200``, an empty preferred
name, in the FCI of an issued debit application (PBOC-3 table 47 and EMV book 1 table 43: 1 to 16 bytes)."""

PUT_DATA_LENGTHS: Mapping[int, int] = MappingProxyType(
    {each.tag: each.most for each in ELEMENTS if each.get is ElementAccess.LIMIT}
)
"""The tags PUT DATA writes, with their lengths (PBOC-5 table B.16, §17.5)."""


def may_be(tag: int, length: int) -> bool:
    """True if a card may carry that many bytes of element ``tag``: by its document, or as issued cards do."""
    element = BY_TAG.get(tag)
    return element is None or ISSUED_SHORTER.get(tag, element.least) <= length <= element.most


def readable(tag: int, options: BankOptions) -> bool:
    """True if GET DATA may answer ``tag``; otherwise 6A88 (PBOC-5 B.7)."""
    access = BY_TAG[tag].get if tag in BY_TAG else ElementAccess.NONE
    if access in _BY_SETTING:
        return bool(getattr(options, _BY_SETTING[access]))
    return access is ElementAccess.FREE


def hidden_by(tag: int, options: BankOptions) -> str:
    """The name of the setting that keeps ``tag`` from GET DATA; empty if none does."""
    name = _BY_SETTING.get(BY_TAG[tag].get, "") if tag in BY_TAG else ""
    return name if name and not getattr(options, name) else ""


_BY_SETTING: Mapping[ElementAccess, str] = MappingProxyType(
    {
        ElementAccess.ATC: "get_data_atc",
        ElementAccess.PTC: "get_data_ptc",
        ElementAccess.LIMIT: "get_data_limits",
        ElementAccess.STATIC: "get_data_static",
    }
)
"""Elements that the issuer may keep private."""


def fill(tag: int, value: bytes, length: int) -> bytes:
    """``value`` cut or padded to ``length`` by the DOL rule (EMV book 3 §5.4).

    Too long: n keeps its right part, all others their left part. Too short: n is filled with 00 on the left, cn with
    FF on the right, all others with 00 on the right.
    """
    form = BY_TAG[tag].form if tag in BY_TAG else Format.B
    if form is Format.N:
        return value[max(len(value) - length, 0) :].rjust(length, b"\0")
    return value[:length].ljust(length, b"\xff" if form is Format.CN else b"\0")


def from_n(value: bytes) -> int:
    """The number a packed decimal field holds. Total: a nibble above 9 counts with its value, as an adder would."""
    digits = value.hex()
    if digits.isdecimal():
        return int(digits)
    number = 0
    for byte in value:
        number = number * 100 + (byte >> 4) * 10 + (byte & 15)
    return number
