"""Findings from the wire about what was accepted and is hardly meant."""

from __future__ import annotations

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording

_DATES = Wording("set the terminal's clock, and check the card's dates", "校准终端时钟，并检查卡片日期")

FINDINGS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "accepted.fields-swapped",
        Wording(
            "process factor and original information are swapped: the card's last random number is the process factor",
            "过程因子与原始信息互换：卡片最近的随机数应为过程因子",
        ),
        Wording(
            "the two random numbers were put in the order in which they were drawn", "两个随机数按取得的先后顺序排列"
        ),
        Wording("send process factor ‖ original information", "发送 过程因子 ‖ 原始信息"),
    ),
    CatalogueEntry(
        "accepted.zero-padding",
        Wording(
            "what is MACed or enciphered here ends in {received} with no {expected} in front: cards pad with 80 00…",
            "参与计算或加密的数据以 {received} 结尾而无 {expected}：卡片以 80 00… 填充",
        ),
        Wording("the PSAM pads nothing, and the host has filled up with 00", "PSAM 不填充，主机以 00 填充"),
        Wording(
            "append 80, then 00 to a whole block, also to data that fill one", "先补 80 再补 00 至整块，整块数据也要补"
        ),
    ),
    CatalogueEntry(
        "accepted.factor-order",
        Wording(
            "the factors stand as {received}, the province's or city's before the card's: a PSAM takes the card's "
            "first, {expected}, unless its setting factor_order says otherwise; it has delivered another key",
            "分散因子顺序为 {received}，省、市因子在卡片因子之前；PSAM 应先给卡片因子：{expected}"
            "（除非其设置 factor_order 另有规定），否则分散出的是另一个密钥",
        ),
        Wording("factors were put down in the order in which the tree derives", "按密钥树由上而下的顺序排列了分散因子"),
        Wording("card's factor first, then city's, then province's", "依次给出卡片、城市、省的分散因子"),
        ("SSC-9 §9.7",),
    ),
    CatalogueEntry(
        "accepted.no-date",
        Wording("{name}: {received} is no {expected}", "{name}：{received} 不是有效的 {expected}"),
        Wording("a binary, a shorter or an unset date", "日期为二进制、位数不足或未设置"),
        Wording("send packed digits in the order year, month, day", "按年、月、日顺序发送压缩数字"),
    ),
    CatalogueEntry(
        "accepted.before-effective",
        Wording(
            "{received} lies before {expected}, from when the card is valid", "{received} 早于卡片生效日期 {expected}"
        ),
        Wording("the terminal's clock is wrong", "终端时钟有误"),
        _DATES,
    ),
    CatalogueEntry(
        "accepted.expired",
        Wording(
            "{received} lies behind {expected}, until when the card is valid", "{received} 晚于卡片失效日期 {expected}"
        ),
        Wording(
            "the terminal's clock is wrong, or the card's date was not checked", "终端时钟有误，或未检查卡片有效期"
        ),
        _DATES,
    ),
    CatalogueEntry(
        "accepted.amount-not-bcd",
        Wording("{name}: {received} is no amount in packed digits", "{name}：{received} 不是压缩数字金额"),
        Wording("the amount is sent as a binary number", "金额按二进制发送"),
        Wording("send twelve packed digits, in fen", "以分为单位发送十二位压缩数字"),
    ),
    CatalogueEntry(
        "accepted.list-not-read",
        Wording(
            "the list {expected} that rules these data was not read: they are not taken apart",
            "未读取规定这些数据的列表 {expected}，故不分解",
        ),
        Wording("the host has the list of one card built in", "主机内置了某一张卡的列表"),
        Wording(
            "read all records that the AFL names, and build the data from their list",
            "读取 AFL 指定的全部记录，按其中的列表组织数据",
        ),
    ),
    CatalogueEntry(
        "accepted.tries-never-lock",
        Wording(
            "{received} tries left again: this counter does not count, and never locks",
            "仍剩 {received} 次：该计数器不递减，永不锁定",
        ),
        Wording(
            "the key was loaded without a limit, or is one that never locks",
            "密钥装载时未设次数限制，或属于永不锁定的密钥",
        ),
        Wording("do not take the number for tries that are left", "不要把该数字当作剩余次数"),
    ),
)
