"""Codes inside messages of the acquirer link and what they say (ISO 8583, as seen in the field)."""

from __future__ import annotations

from types import MappingProxyType

_codes = MappingProxyType[str, tuple[str, str]]
PROCESSING_CODES = _codes(
    {
        "00": ("消费", "purchase"),
        "01": ("取款", "cash"),
        "20": ("撤销、退货", "void or refund"),
        "21": ("存款", "deposit"),
        "30": ("余额查询", "balance"),
        "31": ("余额查询", "balance"),
        "39": ("优惠价查询", "special price"),
        "40": ("转账", "transfer"),
        "70": ("改密", "PIN change"),
    }
)
"""The first two digits of field 3, and 9C."""
CONDITION_CODES = _codes(
    {
        "00": ("正常", "normal"),
        "02": ("持卡人自助", "unattended terminal, the holder operates it"),
        "06": ("预授权", "pre-authorisation"),
        "08": ("邮购、电话订购", "mail or telephone order"),
    }
)
ENTRY_MODES = _codes(
    {
        "00": ("未指明", "not told"),
        "01": ("手工", "by hand"),
        "02": ("磁条", "stripe"),
        "05": ("芯片", "chip"),
        "07": ("非接触芯片", "contactless chip"),
        "90": ("磁条", "stripe, whole track"),
        "80": ("芯片降级为磁条", "stripe, for the chip could not be read"),
    }
)
PIN_ENTRIES = _codes({"0": ("未说明", "not told"), "1": ("有 PIN", "with PIN"), "2": ("无 PIN", "without PIN")})
MESSAGE_KINDS = _codes(
    {
        "00": ("管理", "management"),
        "01": ("余额查询", "balance"),
        "02": ("取款", "withdrawal"),
        "03": ("存款", "deposit"),
        "04": ("转账", "transfer"),
        "05": ("改密", "PIN change"),
        "22": ("消费", "purchase"),
        "23": ("消费撤销", "void"),
        "25": ("退货", "refund"),
        "36": ("脱机消费上送", "upload of an off-line purchase"),
        "39": ("优惠价查询", "special price"),
    }
)
NETWORK_CODES = _codes(
    {
        "000": ("无", "none"),
        "001": ("签到，单倍长密钥", "sign-on, single keys"),
        "002": ("签退", "sign-off"),
        "003": ("签到，双倍长密钥", "sign-on, double keys"),
        "004": ("签到，双倍长密钥含磁道密钥", "sign-on, double keys and a track key"),
        "006": ("签到，国密密钥", "sign-on, SM keys"),
        "201": ("批结算、批上送", "settlement, batch upload"),
        "202": ("批上送结束，对账不平", "end of upload, not balanced"),
        "203": ("芯片交易上送，对账平", "TC upload, balanced"),
        "205": ("芯片交易上送，对账不平", "TC upload, not balanced"),
        "207": ("批上送结束，对账平", "end of upload, balanced"),
        "301": ("回响测试", "echo"),
        "370": ("公钥下载", "public key"),
        "371": ("公钥下载结束", "public keys: end"),
        "372": ("公钥查询", "public keys: query"),
        "380": ("参数下载", "parameters"),
        "381": ("参数下载结束", "parameters: end"),
        "382": ("参数查询", "parameters: query"),
        "951": ("脚本结果通知", "script report"),
    }
)
READING_ABILITIES = _codes(
    {"0": ("不明", "not told"), "2": ("磁条", "stripe"), "5": ("接触芯片", "chip"), "6": ("非接触芯片", "contactless")}
)
CHIP_CONDITIONS = _codes(
    {
        "0": ("未用或正常", "not used, or normal"),
        "1": ("上次读芯片成功", "the last chip was read"),
        "2": ("上次读芯片失败", "the last chip could not be read"),
    }
)
PIN_FORMATS = _codes(
    {"0": ("无 PIN", "no PIN"), "1": ("不带主账号", "without the account"), "2": ("带主账号", "with the account")}
)
SUPPORTED = _codes({"0": ("不支持", "no"), "1": ("支持", "yes")})
ACCOUNT_KINDS = _codes({"00": ("不指定", "not told"), "10": ("储蓄", "savings"), "20": ("支票", "current")})
BALANCE_KINDS = _codes({"01": ("账面余额", "ledger"), "02": ("可用余额", "available")})
CURRENCIES = _codes({"156": ("人民币", "CNY")})
SIGNS = _codes({"C": ("正", "credit"), "D": ("负", "debit")})
KEY_LENGTHS = _codes({"0": ("单倍长", "single"), "6": ("双倍长", "double")})
TRACK_FORMS = _codes({"0": ("不加密", "in clear"), "1": ("加密", "enciphered")})
BALANCED = _codes(
    {
        "0": ("未对账", "not compared"),
        "1": ("对账平", "balanced"),
        "2": ("对账不平", "not balanced"),
        "3": ("出错", "error"),
    }
)
SWITCH_NETWORK_CODES = _codes(
    {
        "001": ("签到", "sign-on"),
        "002": ("签退", "sign-off"),
        "101": ("密钥", "keys"),
        "201": ("日切开始", "day cut-over begins"),
        "202": ("日切结束", "day cut-over ends"),
        "301": ("回响测试", "echo"),
        "951": ("脚本结果通知", "script report"),
    }
)
"""Field 70 of the switch."""
