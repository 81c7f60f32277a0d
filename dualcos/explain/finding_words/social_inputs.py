"""Findings about what a host of the social side, its PSAM and a card's maker compute: what was got wrong."""

from __future__ import annotations

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording

_KEY = Wording(
    "{computation}: computed with {received}; this needs {expected}",
    "{computation}：用了 {received}，应为 {expected}",
)
_VALUE = Wording(
    "{computation}: with {input} {received}; right is {expected}",
    "{computation}：{input}用了 {received}，应为 {expected}",
)
_WITH = Wording(
    "{computation}: made with {received}; right is {expected}",
    "{computation}：用的是{received}，应为{expected}",
)


def _changed(en: str, zh: str) -> Wording:
    """The right key, altered."""
    return Wording(f"{{computation}}: made with {{expected}}, {en}", f"{{computation}}：密钥 {{expected}} {zh}")


_TREE = "SSC-9 §7"
_PROCESS = "SSC-4 §8.4"

_KEYS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "key.another-kind",
        _KEY,
        Wording("a key of the same directory that serves another purpose", "取了同一目录中另一种用途的密钥"),
        Wording("take the key that the command names or implies", "改用该命令对应的密钥"),
    ),
    CatalogueEntry(
        "key.another-place",
        _KEY,
        Wording(
            "the key of another directory or environment was taken: P2 with bit 8 means the current application's own",
            "取了其他目录或环境的密钥：P2 的 b8 为 1 时指当前应用自己的密钥",
        ),
        Wording(
            "take the key of the directory that is selected, or mend bit 8 of P2",
            "改用当前目录的密钥，或改正 P2 的 b8",
        ),
        (_TREE, "SSC-5 §6.4"),
    ),
    CatalogueEntry(
        "key.tier-above",
        _KEY,
        Wording(
            "the master of a tier was used as it is: at least one step of diversification is missing",
            "直接使用了上一级密钥，少做了至少一级分散",
        ),
        Wording(
            "derive the card's key first: city's factor F2, then the card's F3",
            "先分散出卡片密钥：先用城市因子 F2，再用卡片因子 F3",
        ),
        (_TREE,),
    ),
    CatalogueEntry(
        "key.another-factor",
        _KEY,
        Wording(
            "the key was derived with other factors: another card's, wrongly cut, or in another order",
            "分散因子不对：用了别的卡的、截取位置不对或顺序不对",
        ),
        Wording(
            "F1 province, F2 city, F3 historical bytes 6 to 13 of this card's ATR, one after the other",
            "依次使用省因子 F1、城市因子 F2、本卡 ATR 历史字节第 6 至 13 字节 F3",
        ),
        (f"{_TREE}.3.3",),
    ),
    CatalogueEntry(
        "key.halves-swapped",
        _changed("its halves swapped", "左右两半对调"),
        Wording(
            "the key was put together from two 8-byte halves in the wrong order, or derived as NOT F ‖ F",
            "两个 8 字节半密钥拼接顺序颠倒，或按 F 取反在前分散",
        ),
        Wording("left half first; F before NOT F", "左半在前；分散时 F 在前、取反在后"),
        (_TREE,),
    ),
    CatalogueEntry(
        "key.bytes-reversed",
        _changed("its bytes from the last to the first", "字节顺序颠倒"),
        Wording("the key was read as a number of the other byte order", "密钥被当作另一字节序的数读取"),
        Wording("take its bytes as they stand", "按原有字节顺序使用"),
    ),
    CatalogueEntry(
        "key.another-cipher",
        Wording(
            "{computation}: made under another cipher, {received}; right is {expected}",
            "{computation}：算法不对，用了 {received}，应为 {expected}",
        ),
        Wording(
            "the host has one cipher for all cards; 9F0C in the answer to SELECT tells which one a card has",
            "主机对所有卡使用同一算法；应按 SELECT 应答中 9F0C 所示的算法",
        ),
        Wording("take the cipher of the key that is expected", "改用该密钥的算法"),
        ("SSC-9 §6.1",),
    ),
    CatalogueEntry(
        "key.left-half",
        _changed(
            "its left half alone, as single DES (or derived over F ‖ F, not F ‖ NOT F)",
            "只用左半做了单 DES（或按 F ‖ F 而非 F ‖ F 取反分散）",
        ),
        Wording("only the first 8 bytes of a 16-byte key were used", "16 字节密钥只用了前 8 字节"),
        Wording("compute with the whole key as 3DES", "用完整 16 字节密钥做 3DES"),
        (_PROCESS,),
    ),
    CatalogueEntry(
        "session.key-itself",
        _WITH,
        Wording(
            "no process key was derived: the card's key itself was used",
            "没有产生过程密钥，直接使用了卡片密钥",
        ),
        Wording(
            "encipher the card's random number under the key first; the result is the key to compute with",
            "先用密钥加密卡片随机数，得到过程密钥再计算",
        ),
        (_PROCESS,),
    ),
    CatalogueEntry(
        "session.other-derivation",
        _WITH,
        Wording("the process key was derived in the way of another kind of command", "过程密钥按另一类命令的方式产生"),
        Wording(
            "user commands: the key over the random number; key loading: the master key itself, random number as start "
            "value",
            "用户命令：密钥加密随机数得过程密钥；装载密钥：主控密钥本身，随机数作初始值",
        ),
        (_PROCESS, "SSC-9 §7.1"),
    ),
)

_RANDOMS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "random.zero",
        Wording(
            "{computation}: zeros were taken for the random number; right is {expected}",
            "{computation}：随机数用了全零，应为 {expected}",
        ),
        Wording("the random number was never filled in", "随机数没有填入，仍为零"),
        Wording("use what GET CHALLENGE answered", "使用取随机数的应答"),
    ),
    CatalogueEntry(
        "random.doubled",
        Wording(
            "{computation}: the random number was repeated, {received}; right is {expected}, filled with 00",
            "{computation}：随机数被重复为 {received}，应为 {expected} 右补 00",
        ),
        Wording("the random number was repeated to fill a block", "随机数被重复以填满分组"),
        Wording("fill it with 00 on the right", "右侧补 00"),
        (_PROCESS,),
    ),
    CatalogueEntry(
        "random.truncated",
        Wording(
            "{computation}: only {received} of the random number was taken; right is {expected}",
            "{computation}：随机数只用了 {received}，应为 {expected}",
        ),
        Wording("only a part of the random number was used", "只用了随机数的一部分"),
        Wording("use all of it, or ask GET CHALLENGE for fewer bytes", "使用全部字节，或取较短的随机数"),
        (_PROCESS,),
    ),
    CatalogueEntry(
        "random.filled-in-front",
        Wording(
            "{computation}: the random number was filled in front, {received}; right is {expected}, filled behind",
            "{computation}：随机数左补为 {received}，应为 {expected} 右补 00",
        ),
        Wording("the random number was filled with 00 on the left", "随机数在左侧补了 00"),
        Wording("fill it with 00 on the right", "右侧补 00"),
        (_PROCESS,),
    ),
    CatalogueEntry(
        "random.reversed",
        Wording(
            "{computation}: the random number was taken from behind, {received}; right is {expected}",
            "{computation}：随机数字节颠倒为 {received}，应为 {expected}",
        ),
        Wording("the random number was read as a number of the other byte order", "随机数字节顺序颠倒"),
        Wording("take its bytes as the card answered them", "按卡片应答的字节顺序使用"),
    ),
    CatalogueEntry(
        "challenges.turned-round",
        Wording(
            "{computation}: the numbers of card and host are exchanged: {received} stands where {expected} belongs",
            "{computation}：卡片与主机的随机数颠倒：应为 {expected} 之处用了 {received}",
        ),
        Wording(
            "the terminal's own number was taken as process factor, the card's as original",
            "把终端的数当作过程因子，把卡片随机数当作原始信息",
        ),
        Wording("the process key comes of the card's last random number", "过程密钥由卡片最近的随机数产生"),
        ("SSC-4 §9.5",),
    ),
    CatalogueEntry(
        "proof.not-folded",
        Wording(
            "{computation}: the left half of the enciphered 16-byte block was sent; both its halves XORed are right",
            "{computation}：发送了 16 字节加密结果的左 8 字节；应为左右两半异或",
        ),
        Wording("a 16-byte cipher was cut as a block of 8 bytes", "16 字节分组算法的结果被截成 8 字节"),
        Wording("XOR left and right half of the block", "把分组的左右两半异或"),
        ("SSC-4 §9.5",),
    ),
    CatalogueEntry(
        "original.another",
        _VALUE,
        Wording(
            "authentication data were made over other bytes than the original that was sent behind them",
            "计算鉴别数据所用的原始信息与随后发送的不同",
        ),
        Wording("send the 8 bytes that were enciphered", "发送参与计算的那 8 字节原始信息"),
        ("SSC-4 §9.5, SSC-5 §6.4",),
    ),
    CatalogueEntry(
        "fields.swapped",
        Wording(
            "{computation}: the fields are in another order, {received}; right is {expected}",
            "{computation}：字段顺序不对，为 {received}；应为 {expected}",
        ),
        Wording("two fields are exchanged", "两个字段的顺序颠倒"),
        Wording("put them into the order of the clause", "按规范规定的顺序排列"),
    ),
)

_MAKING: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "padding.at-the-other-end",
        _VALUE,
        Wording("the 00 stand behind the serial number", "00 补在了序列号后面"),
        Wording("0000 in front of the last six historical bytes", "在最后六个历史字节前补 0000"),
        ("SSC-10 §5.2",),
    ),
    CatalogueEntry(
        "serial.another-part",
        _VALUE,
        Wording("other historical bytes than the last six were enciphered", "加密的不是最后六个历史字节"),
        Wording(
            "0000 and historical bytes 8 to 13: region 2, serial number 4",
            "0000 加历史字节第 8 至 13：地区 2、序列号 4",
        ),
        ("SSC-10 §5.2",),
    ),
    CatalogueEntry(
        "load.p1",
        Wording(
            "a key of type {kind:02X} is written with P1 {expected:02X}, not {received:02X}",
            "类型 {kind:02X} 的密钥应以 P1 {expected:02X} 写入，而不是 {received:02X}",
        ),
        Wording(
            "P1 01 is for master keys (type 00), P1 00 for all others", "P1 01 用于主控密钥（类型 00），其他用 P1 00"
        ),
        Wording("mend P1", "改正 P1"),
        ("SSC-10 §5.2",),
    ),
    CatalogueEntry(
        "load.length",
        Wording(
            "the key header says {received} bytes, its last byte, and {expected} follow",
            "密钥头最后一字节称值长 {received} 字节，实际随后 {expected} 字节",
        ),
        Wording("the eighth byte of the key header is not the length of the value", "密钥头第 8 字节不是值的长度"),
        Wording(
            "put the length there; 8-byte values are filled with FF to 16", "填入值长；8 字节的值用 FF 补到 16 字节"
        ),
        ("SSC-10 §5.2",),
    ),
)

FINDINGS: tuple[CatalogueEntry, ...] = (*_KEYS, *_RANDOMS, *_MAKING)
