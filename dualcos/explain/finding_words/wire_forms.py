"""Findings from the wire about forms: of PINs, of which no digit is said, of texts, data objects and lists."""

from __future__ import annotations

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording

_PACKED = Wording(
    "send the digits packed, two a byte, F as the last nibble of an odd number, nothing else",
    "按压缩数字发送，每字节两位，奇数位以 F 补最后半字节，此外不填充",
)
_BLOCK = Wording(
    "send 8 bytes: 2, the number of digits, the digits, filled with F",
    "发送 8 字节：2、位数、各位数字，其余填 F",
)

FINDINGS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "pin.ascii",
        Wording("{pin}: characters came, {expected} are wanted", "{pin}：收到字符形式，应为 {expected}"),
        Wording("the digits were sent as the text that the holder typed", "把输入的文本直接作为密码发送"),
        Wording("social side: packed digits; bank: a format-2 block", "社会保障侧用压缩数字；金融侧用格式 2 密码块"),
    ),
    CatalogueEntry(
        "pin.block-of-bank",
        Wording(
            "{pin}: a bank's {received} came, {expected} are wanted", "{pin}：收到金融侧的 {received}，应为 {expected}"
        ),
        Wording("one routine for PINs serves both sides", "两侧共用一段密码处理程序"),
        _PACKED,
    ),
    CatalogueEntry(
        "pin.packed-of-social",
        Wording(
            "{pin}: the social side's {received} came, a {expected} is wanted",
            "{pin}：收到社会保障侧的 {received}，应为 {expected}",
        ),
        Wording("one routine for PINs serves both sides", "两侧共用一段密码处理程序"),
        _BLOCK,
    ),
    CatalogueEntry(
        "pin.length-nibble",
        Wording(
            "{pin}: the length nibble is not the number of digits before the F",
            "{pin}：长度半字节与 F 之前的数字个数不符",
        ),
        Wording("the length counts bytes, or is a constant", "长度按字节计，或用了固定值"),
        _BLOCK,
    ),
    CatalogueEntry(
        "pin.not-filled",
        Wording("{pin}: behind the digits stands something else than F", "{pin}：数字之后不是 F"),
        Wording("the block was filled with 00", "密码块以 00 填充"),
        _BLOCK,
    ),
    CatalogueEntry(
        "pin.block-0",
        Wording("{pin}: a {received} came, a {expected} is wanted", "{pin}：收到 {received}，应为 {expected}"),
        Wording("the block of on-line PINs, with the account number over it", "用了联机密码的密码块（与主账号异或）"),
        _BLOCK,
    ),
    CatalogueEntry(
        "pin.bcd",
        Wording("{pin}: {received} came, {expected} are wanted", "{pin}：收到 {received}，应为 {expected}"),
        Wording("the digits were not packed", "数字未压缩"),
        Wording("social side: packed digits; bank: a format-2 block", "社会保障侧用压缩数字；金融侧用格式 2 密码块"),
    ),
    CatalogueEntry(
        "pin.filled",
        Wording("{pin}: filled up with F; only the digits are wanted", "{pin}：以 F 填充；只应发送数字"),
        Wording("the PIN is kept in a field of fixed length", "密码按固定长度存放"),
        _PACKED,
    ),
    CatalogueEntry(
        "pin.length",
        Wording("{pin}: {received}; a PIN has 4 to 16 digits", "{pin}：{received}；密码为 4 至 16 位"),
        Wording("Lc is cut, or the entry was not checked", "Lc 被截断，或未检查输入"),
        _PACKED,
    ),
    CatalogueEntry(
        "pin.no-digits",
        Wording("{pin}: what came has no digits; {expected} are wanted", "{pin}：收到的不是数字，应为 {expected}"),
        Wording("an enciphered PIN, or one in another coding", "发送了加密的密码，或用了其他编码"),
        Wording("send the PIN in clear, in the form of its side", "按所在侧的格式发送明文密码"),
    ),
    CatalogueEntry(
        "pin.no-separator",
        Wording("nothing parts the old PIN from the new one; FF stands between", "新旧密码之间缺少分隔符 FF"),
        Wording("the two PINs follow each other directly, or have fixed lengths", "两个密码直接相连或按固定长度排列"),
        Wording("send old PIN ‖ FF ‖ new PIN", "发送 旧密码 ‖ FF ‖ 新密码"),
    ),
    CatalogueEntry(
        "pin.digits",
        Wording("{pin}: its form is right, so its digits are wrong", "{pin}：格式正确，数字不对"),
        Wording("a mistyped PIN, or that of another card", "密码输入有误，或为其他卡片的密码"),
        Wording("ask the holder again", "请持卡人重新输入"),
    ),
    CatalogueEntry(
        "tlv.length-beyond",
        Wording(
            "data object {tag} at offset {offset} announces {expected} bytes, {received} are there",
            "偏移 {offset} 处的数据对象 {tag} 声明 {expected} 字节，实有 {received} 字节",
        ),
        Wording(
            "the length counts tag or length as well, or the data were cut, or a MAC's bytes were counted",
            "长度计入了标签或长度字节、数据被截断，或计入了 MAC",
        ),
        Wording("make length and data agree", "使长度与数据一致"),
    ),
    CatalogueEntry(
        "tlv.rest",
        Wording(
            "behind data object {tag} stand {received} bytes that belong to none, from offset {offset}",
            "数据对象 {tag} 之后自偏移 {offset} 起有 {received} 字节不属于任何数据对象",
        ),
        Wording("filling, Le in the data, or a length that is too small", "数据中混入了填充或 Le，或长度偏小"),
        Wording("send the object alone", "只发送该数据对象"),
    ),
    CatalogueEntry(
        "tlv.another-tag",
        Wording("the data begin with {received}, {expected} is wanted", "数据以 {received} 开头，应为 {expected}"),
        Wording("the template was left out, or another was taken", "缺少模板，或用了其他模板"),
        Wording("put the data into the template that is told", "把数据放入给出的模板"),
    ),
    CatalogueEntry(
        "list.element",
        Wording(
            "{element} has {expected} bytes, {received} came: all behind it is shifted",
            "{element} 为 {expected} 字节，收到 {received} 字节：其后各项错位",
        ),
        Wording("an element was left out, or filled to another length", "漏了数据元，或长度不符"),
        Wording(
            "build the data from the list that this card has given, element by element", "按本卡给出的列表逐项组织数据"
        ),
    ),
    CatalogueEntry(
        "list.length",
        Wording(
            "by the card's list {expected} bytes are wanted, {received} came; they end in {element}",
            "按卡片的列表应为 {expected} 字节，收到 {received} 字节，止于 {element}",
        ),
        Wording("the data were built from another card's list", "按其他卡片的列表组织了数据"),
        Wording(
            "build the data from the list that this card has given, element by element", "按本卡给出的列表逐项组织数据"
        ),
    ),
    CatalogueEntry(
        "list.another",
        Wording(
            "the data were built from list {received}, {expected} rules them now",
            "数据按列表 {received} 组织，现应按 {expected}",
        ),
        Wording(
            "the second GENERATE AC goes by CDOL2, the first by CDOL1", "第一次 GENERATE AC 按 CDOL1，第二次按 CDOL2"
        ),
        Wording("build the data from the list that rules now", "按当前的列表组织数据"),
    ),
    CatalogueEntry(
        "list.group-cut",
        Wording(
            "data group {tag} at offset {offset} announces {expected} bytes, {received} are there",
            "偏移 {offset} 处的数据分组 {tag} 声明 {expected} 字节，实有 {received} 字节",
        ),
        Wording(
            "the group's length is wrong, or the last command came too early", "分组长度有误，或过早发送了最后一条命令"
        ),
        Wording("make the group's length and its data agree", "使分组长度与数据一致"),
    ),
)
