"""Findings about MACs and enciphered data of the social side: covered, padded, cut or enciphered otherwise."""

from __future__ import annotations

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording

_VALUE = Wording(
    "{computation}: with {input} {received}; right is {expected}",
    "{computation}：{input}用了 {received}，应为 {expected}",
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


def _over_header(en: str, zh: str) -> Wording:
    return Wording(
        f"{{computation}}: made over the header {{received}}, {en}; right is {{expected}}",
        f"{{computation}}：计算时命令头为 {{received}}，{zh}；应为 {{expected}}",
    )


_MAC = "SSC-4 §8.2"
_CIPHER = "SSC-4 §8.3"

FINDINGS: tuple[CatalogueEntry, ...] = (
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
        "iv.first-block",
        Wording(
            "{computation}: the first block, {received}, was the start value and was not MACed; right is {expected}",
            "{computation}：首分组 {received} 被当作初始值而未参与计算；初始值应为 {expected}",
        ),
        Wording(
            "CIPHER DATA of the PSAM was sent the data alone: it takes its first block as start value",
            "发送给 PSAM 数据计算命令的只有数据：PSAM 把首分组当作初始值",
        ),
        Wording("put a block of zeros in front", "在数据前加一个全零分组作初始值"),
        ("SSC-9 §9.8",),
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
