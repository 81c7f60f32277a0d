"""Test items 检测项目 as the standards name them: those of LD/T 6001 and JR/T 0045. Vectors name what they are for by these.

Of both standards only contents lists and scopes could be read, not one body: what an item asks in detail is ours, by the
clauses the vector names, and ``vectors/SOURCES.md`` says so. An item for which there is no vector says why.
"""

# ruff: noqa: E501 - the table is read by column

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from dualcos.explain.catalogue_entry import Wording
from dualcos.lab.conformance.nearest_names import near

_OWN_NAMES = "LD/T 6001"


class KnownFrom(Enum):
    """How much of an item could be read."""

    CONTENTS = "contents list"
    SCOPE = "scope"
    TITLE = "title of its part"


class LabItem(NamedTuple):
    """``name``: the standard's code or words. ``without``: why there is no vector, None where there are some."""

    standard: str
    clause: str
    name: str
    zh: str
    en: str
    without: Wording | None = None
    known: KnownFrom = KnownFrom.CONTENTS

    @property
    def identity(self) -> str:
        """As a vector writes it. The parts of JR/T 0045 share codes, which stand there with their standard."""
        return self.name if self.standard.startswith(_OWN_NAMES) else self.whole

    @property
    def whole(self) -> str:
        """With the standard."""
        return f"{self.standard} {self.name}"


_BODY = Wording(
    "a program has no body, contacts, voltages or timing: a laboratory measures the card",
    "程序没有卡体、触点、电压和时序：由实验室对卡片测量",
)
_BLOCKS = Wording(
    "a reader speaks T=1 in blocks and hands the card whole commands", "读卡器以 T=1 分组通信，交给卡的是完整命令"
)
_BYTES = Wording(
    "a reader speaks T=0 in bytes and hands the card whole commands", "读卡器以 T=0 逐字节通信，交给卡的是完整命令"
)
_TERMINAL = Wording("it tests the program of a terminal, not a card", "检测的是终端程序，不是卡片")
_STRIPE = Wording("a program has no magnetic stripe to compare with", "程序没有磁条，无从比对")
_LD1, _LD2, _LD3, _LD4, _LD5 = (f"LD/T 6001.{part}" for part in range(1, 6))
_JR1, _JR3 = "JR/T 0045.1", "JR/T 0045.3"

LAB_ITEMS: tuple[LabItem, ...] = (
    LabItem(_LD1, "", "卡片质量物理特性", "卡片质量物理特性检测", "quality and physical properties of the card: an operator measures it", known=KnownFrom.TITLE),
    LabItem(_LD2, "", "命令功能", "命令功能", "functions of commands", known=KnownFrom.SCOPE),
    LabItem(_LD2, "", "命令参数", "命令参数", "parameters of commands", known=KnownFrom.SCOPE),
    LabItem(_LD2, "", "防火墙", "防火墙", "firewall", known=KnownFrom.SCOPE),
    LabItem(_LD2, "", "防拔", "防拔", "power cuts, the card pulled out", known=KnownFrom.SCOPE),
    LabItem(_LD2, "", "医疗消费交易", "医疗消费交易", "medical account: load and purchase", known=KnownFrom.SCOPE),
    LabItem(_LD2, "", "数字证书应用", "数字证书应用", "certificates", known=KnownFrom.SCOPE),
    LabItem(_LD2, "", "终端的兼容性", "社会保障卡终端的兼容性", "compatibility with terminals", _TERMINAL, KnownFrom.SCOPE),
    LabItem(_LD3, "6.1", "CHANGE PIN", "CHANGE PIN 命令", "CHANGE PIN"),
    LabItem(_LD3, "6.2", "复位应答", "复位应答", "answer to reset"),
    LabItem(_LD3, "7.1", "SSSE_RECORD", "SSSE 记录规范性", "records of SSSE"),
    LabItem(_LD3, "7.2", "DF01_RECORD", "DF01 记录规范性", "records of DF01"),
    LabItem(_LD3, "7.3", "DF02_RECORD", "DF02 记录规范性", "records of DF02"),
    LabItem(_LD3, "7.4", "DF03_RECORD", "DF03 记录规范性", "records of DF03"),
    LabItem(_LD3, "7.5", "DF04_RECORD", "DF04 记录规范性", "records of DF04"),
    LabItem(_LD3, "7.6", "DF05_RECORD", "DF05 记录规范性", "records of DF05"),
    LabItem(_LD3, "7.7", "DF07_RECORD", "DF07 记录规范性", "records of DF07"),
    LabItem(_LD3, "8.1", "SSSE_SAFETY", "SSSE 读写安全性", "who reads and writes SSSE"),
    LabItem(_LD3, "8.2", "DF01_SAFETY", "DF01 读写安全性", "who reads and writes DF01"),
    LabItem(_LD3, "8.3", "DF02_SAFETY", "DF02 读写安全性", "who reads and writes DF02"),
    LabItem(_LD3, "8.4", "DF03_SAFETY", "DF03 读写安全性", "who reads and writes DF03"),
    LabItem(_LD3, "8.5", "DF04_SAFETY", "DF04 读写安全性", "who reads and writes DF04"),
    LabItem(_LD3, "8.6", "DF05_SAFETY", "DF05 读写安全性", "who reads and writes DF05"),
    LabItem(_LD3, "8.7", "DF07_SAFETY", "DF07 读写安全性", "who reads and writes DF07"),
    LabItem(_LD3, "9.1", "KEY_VER1", "密钥版本 1", "keys of version 1"),
    LabItem(_LD3, "9.2", "KEY_VER2", "密钥版本 2", "keys of version 2"),
    LabItem(_LD3, "9.3", "KEY_VER3", "密钥版本 3", "keys of version 3"),
    LabItem(_LD3, "10.1", "ACSE_RECORD", "非对称认证应用的文件", "files of the asymmetric application"),
    LabItem(_LD3, "10.2", "ACSE_SAFETY", "非对称认证应用的安全性", "PINs, keys and rights of the asymmetric application"),
    LabItem(_LD3, "10.3", "CHECK_CERT", "证书检查", "certificates in the card"),
    LabItem(_LD3, "11.1", "测试项目的划分", "社会保障卡 1.0 版本和 2.0 版本的测试项目", "which items a card of edition 1.0 or 2.0 is given", Wording("it is no test: it says which items apply to an edition, as a vector's applies does", "不是检测：规定各版本适用的项目，与向量的 applies 相同")),
    LabItem(_LD4, "", "读写终端", "读写终端检测", "terminals (the title was cut short where it was seen)", _TERMINAL, KnownFrom.TITLE),
    *(
        LabItem(_LD5, "5", name, zh, en, _TERMINAL)
        for name, zh, en in (
            ("iReadCardBas", "读基本信息", "basic data, through a PSAM"),
            ("iReadCard", "通用读卡", "read, through a PSAM"),
            ("iWriteCard", "通用写卡", "write, through a PSAM"),
            ("iVerifyPIN", "PIN 校验", "PIN verified"),
            ("iChangePIN", "PIN 修改", "PIN changed"),
            ("iReloadPIN", "PIN 重置", "PIN set anew, through a PSAM"),
            ("iUnblockPIN", "PIN 解锁", "PIN unblocked, through a PSAM"),
            ("iDoDebit", "消费交易", "purchase, through a PSAM"),
            ("iReadDebitRecord", "读消费交易记录", "log of purchases"),
        )
    ),
    *(
        LabItem(_LD5, "6", f"加密机 {zh}", f"基于加密机：{zh}", f"{en}, through a back end with an HSM", _TERMINAL)
        for zh, en in (
            ("读基本信息", "basic data"),
            ("通用读卡", "read"),
            ("通用写卡", "write"),
            ("PIN 重置", "PIN set anew"),
            ("PIN 解锁", "PIN unblocked"),
            ("消费交易", "purchase"),
        )
    ),
    LabItem(_LD5, "7", "PKI_SignData", "签名", "signature", _TERMINAL),
    LabItem(_LD5, "7", "PKI_VerifySign", "验证签名", "signature verified", _TERMINAL),
    LabItem(_LD5, "7", "数字信封", "数字信封加密、解密", "digital envelope", _TERMINAL),
    LabItem(_JR1, "6.2", "TPSB", "电特性测试", "electrical properties", _BODY),
    LabItem(_JR1, "6.3", "TPSC", "卡片会话测试", "contacts switched on and off", _BODY),
    LabItem(_JR1, "6.4", "TPSE", "ATR 和字符间时间间隔测试", "ATR and times between characters", _BODY),
    LabItem(_JR1, "6.5", "TPSF", "T=0 协议测试", "protocol T=0", _BYTES),
    LabItem(_JR1, "6.6", "TPSG", "T=1 协议测试", "protocol T=1", _BLOCKS),
    LabItem(_JR1, "7.1", "标准联机交易", "标准联机交易", "the ordinary online transaction"),
    LabItem(_JR1, "7.2", "SDML", "应用锁定命令", "APPLICATION BLOCK, the command"),
    LabItem(_JR1, "7.3", "YYSD", "应用锁定", "a blocked application"),
    LabItem(_JR1, "7.4", "DQSJ", "读应用数据", "READ RECORD"),
    LabItem(_JR1, "7.5", "HQSJ", "获取应用数据", "GET DATA"),
    LabItem(_JR1, "7.6", "YYXZ", "PBOC 借记/贷记应用选择", "selection of the application"),
    LabItem(_JR1, "7.7", "JSML", "应用解锁命令", "APPLICATION UNBLOCK, the command"),
    LabItem(_JR1, "7.8", "YYJS", "应用解锁", "an application unblocked"),
    LabItem(_JR1, "7.9", "KSML", "卡片锁定命令", "CARD BLOCK, the command"),
    LabItem(_JR1, "7.10", "KPSD", "卡片锁定", "a blocked card"),
    LabItem(_JR1, "7.11", "LJPZ", "联机批准交易", "transactions approved online"),
    LabItem(_JR1, "7.12", "FHDT", "复合动态数据认证", "CDA"),
    LabItem(_JR1, "7.13", "JBSB", "上次交易发卡行脚本失败", "issuer script of the last transaction failed"),
    LabItem(_JR1, "7.14", "FXGL", "卡片风险管理", "card risk management"),
    LabItem(_JR1, "7.15", "SHJC", "双货币超累计交易金额上限检查", "cumulative limit over two currencies"),
    LabItem(_JR1, "7.16", "LJTJ", "累计脱机交易金额限制数检查 9F5C", "cumulative limit, upper: 9F5C"),
    LabItem(_JR1, "7.17", "ZFML", "支付系统环境目录", "directory of the payment environment"),
    LabItem(_JR1, "7.18", "DDCS", "DDA 测试", "DDA"),
    LabItem(_JR1, "7.19", "GXSJ", "更新卡片数据", "data of the card updated"),
    LabItem(_JR1, "7.20", "WBRZ", "EXTERNAL AUTHENTICATE 命令", "EXTERNAL AUTHENTICATE, the command"),
    LabItem(_JR1, "7.21", "RZSB", "上次联机交易发卡行认证失败", "issuer authentication of the last online transaction failed"),
    LabItem(_JR1, "7.22", "LJSB", "联机交易失败", "unable to go online"),
    LabItem(_JR3, "", "FWYD", "复位应答", "answer to reset"),
    LabItem(_JR3, "", "SJDQ", "IC 文件中强制数据的读取", "mandatory data are there and read"),
    LabItem(_JR3, "", "CTSJ", "磁条与 IC 数据的一致性", "magnetic stripe and chip agree", _STRIPE),
    LabItem(_JR3, "", "YYXZ", "应用选择", "selection of the application"),
    LabItem(_JR3, "", "YYCS", "应用初始化", "GET PROCESSING OPTIONS"),
    LabItem(_JR3, "", "JTSJ", "静态数据认证 SDA", "SDA"),
    LabItem(_JR3, "", "DTSJ", "动态数据认证 DDA", "DDA"),
    LabItem(_JR3, "", "FHSJ", "复合动态数据认证 CDA", "CDA"),
    LabItem(_JR3, "", "CKRZ", "持卡人认证", "cardholder verification"),
    LabItem(_JR3, "", "FXGL", "终端风险管理", "data for the terminal's risk management"),
    LabItem(_JR3, "", "JYMX", "交易日志", "transaction log"),
    LabItem(_JR3, "", "KXSJ", "其他数据检查", "other data"),
    LabItem(_JR3, "", "密钥", "密钥的检查", "keys"),
)  # fmt: skip
"""In the order of their documents. LD/T 6001-2023, JR/T 0045-2014."""

_BY_IDENTITY: Mapping[str, LabItem] = MappingProxyType({item.identity: item for item in LAB_ITEMS})


def item_called(identity: str) -> LabItem | None:
    """The item that a vector writes so; None if there is none."""
    return _BY_IDENTITY.get(identity)


def unknown_item(names: Iterable[str]) -> str | None:
    """What is wrong with the first of ``names`` that is no item, with those it may be meant for; None if all are."""
    for name in names:
        if name not in _BY_IDENTITY:
            return f"{name!r} is no test item of LD/T 6001 or JR/T 0045{near(name, _BY_IDENTITY)}"
    return None
