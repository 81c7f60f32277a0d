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
_PART = Wording(
    "{computation}: what was sent as MAC is {received} of the block; right is {expected}",
    "{computation}：所发送的 MAC 是分组的{received}，应为{expected}",
)
_FILLED = Wording(
    "{computation}: what is MACed was padded with {received}; right is {expected}",
    "{computation}：计算 MAC 时{received}，应为{expected}",
)
_CIPHERED = Wording(
    "{computation}: enciphered {received}; right is {expected}",
    "{computation}：加密方式为{received}，应为{expected}",
)


def _changed(en: str, zh: str) -> Wording:
    """The right key, altered."""
    return Wording(f"{{computation}}: made with {{expected}}, {en}", f"{{computation}}：密钥 {{expected}} {zh}")


def _over_header(en: str, zh: str) -> Wording:
    return Wording(
        f"{{computation}}: made over the header {{received}}, {en}; right is {{expected}}",
        f"{{computation}}：计算时命令头为 {{received}}，{zh}；应为 {{expected}}",
    )


_TREE = "SSC-9 §7"
_PROCESS = "SSC-4 §8.4"
_MAC = "SSC-4 §8.2"
_CIPHER = "SSC-4 §8.3"

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
            "{computation}: the value of {expected} was used as {received}",
            "{computation}：把 {expected} 的值当作 {received} 使用",
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
        _changed("its left half alone, as single DES", "只用左半做了单 DES"),
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
            "{computation}: process factor and original information are exchanged; the process factor is the card's "
            "random number {expected}, not {received}",
            "{computation}：过程因子与原始信息颠倒；过程因子应为卡片随机数 {expected}，而不是 {received}",
        ),
        Wording(
            "the terminal's own number was taken as process factor, the card's as original",
            "把终端的数当作过程因子，把卡片随机数当作原始信息",
        ),
        Wording("the process key comes of the card's last random number", "过程密钥由卡片最近的随机数产生"),
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

_MACS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "header.class-without-04",
        _over_header("its class without the 04 that was sent", "CLA 缺少安全报文位 04"),
        Wording("the MAC was made before the class got its bit 04", "计算 MAC 时 CLA 尚未置安全报文位 04"),
        Wording("MAC the header as it is sent", "按实际发送的命令头计算 MAC"),
        (_MAC,),
    ),
    CatalogueEntry(
        "header.lc-without-mac",
        _over_header("its Lc without the MAC", "Lc 未含 MAC"),
        Wording("Lc in the MAC did not count the four bytes of the MAC", "参与计算的 Lc 没有包含 4 字节 MAC"),
        Wording("Lc counts the MAC, in what is MACed too", "Lc 应包含 MAC 的长度，参与计算时也一样"),
        (_MAC,),
    ),
    CatalogueEntry(
        "header.without-lc",
        _over_header("without Lc", "缺少 Lc"),
        Wording("the MAC covers CLA INS P1 P2 and leaves Lc out", "MAC 只覆盖 CLA INS P1 P2，漏了 Lc"),
        Wording("Lc stands between header and data in what is MACed", "计算 MAC 时命令头与数据之间应有 Lc"),
        (_MAC,),
    ),
    CatalogueEntry(
        "padding.zeros",
        _FILLED,
        Wording("what is MACed was filled with 00 alone", "计算 MAC 的数据只补了 00"),
        Wording("80 first, then 00 up to a whole block, always", "先补 80，再补 00 至整分组，任何时候都要补"),
        (_MAC,),
    ),
    CatalogueEntry(
        "padding.none",
        _FILLED,
        Wording("whole blocks were MACed without padding", "数据恰为整分组时没有填充"),
        Wording("whole blocks get a block of 80 00… too", "恰为整分组时也要补一个 80 00… 分组"),
        (_MAC,),
    ),
    CatalogueEntry(
        "padding.twice",
        _FILLED,
        Wording("host and its library padded both", "主机与其算法库各填充了一次"),
        Wording("pad once", "只填充一次"),
        (_MAC,),
    ),
    CatalogueEntry(
        "iv.random",
        _VALUE,
        Wording(
            "the random number was the start value, as in key loading; here it makes the process key",
            "把随机数当作初始值（装载密钥的方式）；此处随机数用于产生过程密钥",
        ),
        Wording("start from zeros", "初始值为全零"),
        (_MAC,),
    ),
    CatalogueEntry(
        "iv.zero",
        _VALUE,
        Wording("the MAC was started from zeros, as in user commands", "MAC 从全零开始（用户命令的方式）"),
        Wording(
            "the start value is the card's last random number, 00 behind it up to a block",
            "初始值为卡片最近的随机数，右补 00 至整分组",
        ),
        ("SSC-9 §7.1",),
    ),
    CatalogueEntry(
        "mac.three-bytes",
        _PART,
        Wording("the MAC was cut to three bytes", "MAC 截成了 3 字节"),
        Wording("send four bytes of it", "发送 4 字节 MAC"),
        (_MAC,),
    ),
    CatalogueEntry(
        "mac.eight-bytes",
        _PART,
        Wording("eight bytes of the MAC were sent, as on the bank's channel", "发送了 8 字节 MAC"),
        Wording("send four bytes of it", "发送 4 字节 MAC"),
        (_MAC,),
    ),
    CatalogueEntry(
        "mac.right-half",
        _PART,
        Wording("the last bytes of the block were sent for the first", "取了分组的后半而不是前半"),
        Wording(
            "the leftmost four bytes; of a 16-byte cipher the parts of the block XORed",
            "取最左 4 字节；16 字节算法取分组各部分异或的结果",
        ),
        (_MAC,),
    ),
    CatalogueEntry(
        "mac.not-folded",
        _PART,
        Wording(
            "of the 16-byte block the first four bytes were sent, as of an 8-byte one",
            "16 字节分组直接取了前 4 字节（8 字节算法的方式）",
        ),
        Wording("XOR the four words of the block", "把分组的四个 4 字节字异或"),
        (_MAC,),
    ),
    CatalogueEntry(
        "mac.over-plain",
        Wording(
            "{computation}: made over the plain data, not over what was sent",
            "{computation}：对明文而不是对所发送的数据计算",
        ),
        Wording("the MAC was made before the data were enciphered", "先计算 MAC 后加密数据"),
        Wording("encipher first, then MAC what is sent", "先加密，再对发送的数据计算 MAC"),
        (_CIPHER,),
    ),
    CatalogueEntry(
        "mac.missing",
        Wording(
            "class 04 announces a MAC and none is there: the data field has {length} bytes, all of them data",
            "CLA 表明带 MAC 但没有 MAC：数据域 {length} 字节，全是数据",
        ),
        Wording("the class was set and the MAC forgotten", "置了安全报文位却没有附上 MAC"),
        Wording(
            "append four bytes of MAC, or send the command with class 00 where a plain one is taken",
            "附上 4 字节 MAC；允许明文时也可改用 CLA 00",
        ),
        ("SSC-7 §7.4",),
    ),
    CatalogueEntry(
        "cipher.cbc",
        _CIPHERED,
        Wording("the blocks were chained", "分组之间做了链接 (CBC)"),
        Wording("encipher block by block (ECB)", "逐分组加密 (ECB)"),
        (_CIPHER,),
    ),
    CatalogueEntry(
        "cipher.without-length",
        _CIPHERED,
        Wording("the length byte LD in front of the data is missing", "数据前缺少长度字节 LD"),
        Wording("encipher LD ‖ data, 80 00… behind them unless aligned", "加密 LD ‖ 数据，不足整分组时补 80 00…"),
        (_CIPHER,),
    ),
    CatalogueEntry(
        "cipher.in-clear",
        _CIPHERED,
        Wording("the data went out as they are, with their LD and padding", "数据带 LD 与填充但没有加密"),
        Wording("encipher them, then make the MAC", "先加密再计算 MAC"),
        (_CIPHER,),
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

FINDINGS: tuple[CatalogueEntry, ...] = (*_KEYS, *_RANDOMS, *_MACS, *_MAKING)
