"""Findings about the inputs of the medical account's MACs: what host, terminal or PSAM got wrong."""

from __future__ import annotations

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording

_VALUE = Wording(
    "{computation}: with {input} {received}; right is {expected}",
    "{computation}：{input}用了 {received}，应为 {expected}",
)
_CLAUSES = ("SSC-7 §11, §12",)

FINDINGS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "sequence.off-by-one",
        _VALUE,
        Wording(
            "the number was stepped before it was used, or kept from the transaction before",
            "序号先加一再使用，或仍用了上一笔的序号",
        ),
        Wording(
            "the card's number is in the answer to INITIALIZE, the terminal's in the PSAM's to INIT SAM FOR PURCHASE",
            "卡片序号取自初始化命令的应答，终端交易序号取自 PSAM 消费初始化的应答",
        ),
        _CLAUSES,
    ),
    CatalogueEntry(
        "sequence.byte-order",
        _VALUE,
        Wording("the number was kept as an integer of the other byte order", "序号按另一字节序存放"),
        Wording("high byte first, as the card answers it", "高字节在前，与卡片应答一致"),
        _CLAUSES,
    ),
    CatalogueEntry(
        "sequence.first-bytes",
        Wording(
            "{computation}: {received} went into the session key, the first two bytes of the terminal's number (or its "
            "last two, its bytes turned round); right are the last two of {expected}",
            "{computation}：过程密钥用了 {received}，即终端交易序号的前两字节（或颠倒后的末两字节）；"
            "应取 {expected} 的末两字节",
        ),
        Wording("the number was cut at the wrong end, or kept as an integer", "序号截取了错误的一端，或按整数存放"),
        Wording("the last two of its four bytes, high byte first", "取四字节序号的末两字节，高字节在前"),
        _CLAUSES,
    ),
    CatalogueEntry(
        "amount.byte-order",
        _VALUE,
        Wording("amounts were written low byte first", "金额低字节在前"),
        Wording("four bytes, binary, high byte first, in fen", "四字节二进制，高字节在前，单位为分"),
        _CLAUSES,
    ),
    CatalogueEntry(
        "amount.bcd",
        _VALUE,
        Wording("amounts were written in decimal digits, as on the bank side", "金额写成了 BCD 码（银行侧的方式）"),
        Wording("four bytes, binary, in fen", "四字节二进制，单位为分"),
        _CLAUSES,
    ),
    CatalogueEntry(
        "amount.balance-instead",
        _VALUE,
        Wording("the balance was MACed, not the amount of this transaction", "参与计算的是余额而不是交易金额"),
        Wording("MAC the amounts that were sent with INITIALIZE", "使用初始化命令中发送的金额"),
        _CLAUSES,
    ),
    CatalogueEntry(
        "date.byte-order",
        _VALUE,
        Wording("date and time were turned round", "日期时间字节顺序颠倒"),
        Wording("YYYYMMDDhhmmss, two digits a byte, as sent", "按 YYYYMMDDhhmmss，每字节两位，与发送的一致"),
        _CLAUSES,
    ),
    CatalogueEntry(
        "date.short-year",
        _VALUE,
        Wording("the year was MACed with two digits", "年份只用了两位参与计算"),
        Wording("MAC all seven bytes that are sent", "使用发送的全部 7 字节"),
        _CLAUSES,
    ),
    CatalogueEntry(
        "terminal.byte-order",
        _VALUE,
        Wording("the terminal number was turned round", "终端机编号字节顺序颠倒"),
        Wording("the six bytes that were sent with INITIALIZE", "使用初始化命令中的六字节编号"),
        _CLAUSES,
    ),
    CatalogueEntry(
        "terminal.another",
        _VALUE,
        Wording(
            "a PSAM MACs its own number, of its file 0016, whatever INITIALIZE told the card",
            "PSAM 使用自身 0016 文件中的终端机编号，与初始化命令中的无关",
        ),
        Wording(
            "read the number from the PSAM's file 0016 and send it with INITIALIZE",
            "从 PSAM 的 0016 文件读出编号，在初始化命令中发送",
        ),
        (*_CLAUSES, "SSC-9 §9.9"),
    ),
    CatalogueEntry(
        "type.another-code",
        _VALUE,
        Wording(
            "the type of the transaction was another code: 31 load, 32 settlement, as characters; on some cards 01, 02",
            "交易类型代码不对：31 划入、32 消费（字符），部分卡为 01、02",
        ),
        Wording(
            "take the code that the card reads; the setting ssse.options.medical.type_code decides",
            "改用卡片采用的代码，由设置 ssse.options.medical.type_code 决定",
        ),
        (*_CLAUSES, "V2.0 table 51"),
    ),
)
