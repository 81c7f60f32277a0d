"""Findings about what a bureau computes: the personalisation channel, its groups; keys of the certificate side."""

from __future__ import annotations

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording

FINDINGS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "sequence.off-by-one",
        Wording(
            "{computation}: computed with sequence {received:04X}; it is {expected:04X}",
            "{computation}：序号用了 {received:04X}；应为 {expected:04X}",
        ),
        Wording("the host counts for itself, or counts before it computes", "主机自行计数，或先加一再计算"),
        Wording("take the number that the card has told", "使用卡片给出的序号"),
        ("EMV CPS 5.3",),
    ),
    CatalogueEntry(
        "sequence.byte-order",
        Wording(
            "{computation}: computed with sequence {received:04X}, its bytes turned round; it is {expected:04X}",
            "{computation}：序号字节颠倒为 {received:04X}；应为 {expected:04X}",
        ),
        Wording("the number went through another byte order", "序号按另一字节序转换过"),
        Wording("take its bytes as the card sends them", "按卡片发送的字节原样使用"),
        ("EMV CPS 5.3",),
    ),
    CatalogueEntry(
        "random.missing",
        Wording(
            "{computation}: the random number {expected} is not in it",
            "{computation}：缺少随机数 {expected}",
        ),
        Wording("the field was empty when it was put together", "组包时该字段为空"),
        Wording("put it in", "加入该随机数"),
    ),
    CatalogueEntry(
        "proof.social-form",
        Wording(
            "{computation}: shown in the social side's form of 16 bytes; here it is {expected}",
            "{computation}：用了社保侧的 16 字节格式；此处为 {expected}",
        ),
        Wording("one routine proves the master keys of all environments", "所有环境的主控密钥共用一个认证例程"),
        Wording(
            "encipher the 8 random bytes under the master key itself, and send these 8 bytes",
            "用主控密钥直接加密 8 字节随机数，发送这 8 字节",
        ),
        ("PBOC-10 §8.2",),
    ),
    CatalogueEntry(
        "chain.missing",
        Wording(
            "{computation}: the C-MAC of the command before, {expected}, does not stand in front",
            "{computation}：前面缺少上一条命令的 C-MAC {expected}",
        ),
        Wording("each command was MACed by itself", "各命令单独计算 MAC"),
        Wording(
            "put the last C-MAC that the card took, the opening's first, in front of the header",
            "在命令头前加上卡片最近接受的 C-MAC（首条用通道建立时的）",
        ),
        ("EMV CPS 5.4.2",),
    ),
    CatalogueEntry(
        "chain.another",
        Wording(
            "{computation}: in front stands {received}; the last C-MAC that the card took is {expected}",
            "{computation}：前面是 {received}；卡片最近接受的 C-MAC 为 {expected}",
        ),
        Wording(
            "the chain was not moved on, or was moved on over a command that the card did not take",
            "链值未更新，或按卡片未接受的命令更新了",
        ),
        Wording("keep the C-MAC of the last command whose C-MAC was right", "保存最近一条 C-MAC 正确的命令的 C-MAC"),
        ("EMV CPS 5.4.2",),
    ),
    CatalogueEntry(
        "chain.plain-lc",
        Wording(
            "{computation}: Lc in it is that of the enciphered command, {received}; it takes header and Lc {expected}",
            "{computation}：其中的 Lc 为加密后的长度：{received}；应为命令头和 Lc {expected}",
        ),
        Wording("the command was enciphered first and its Lc kept", "先加密，之后沿用了加密后的 Lc"),
        Wording("let Lc count the plain data and the C-MAC, then encipher", "Lc 按明文加 C-MAC 计，再加密"),
        ("EMV CPS 5.4.2, 5.5.2",),
    ),
    CatalogueEntry(
        "cipher.ecb",
        Wording(
            "{computation}: enciphered block by block (ECB); here it is CBC",
            "{computation}：用 ECB 模式加密；此处应为 CBC",
        ),
        Wording(
            "ECB is the library's default, or the mode of groups was taken", "库函数默认 ECB，或沿用了数据分组的模式"
        ),
        Wording("encipher in CBC mode from zeros", "以零为初始值用 CBC 模式加密"),
        ("EMV CPS 5.5.2",),
    ),
    CatalogueEntry(
        "cipher.without-padding",
        Wording(
            "{computation}: the data were not padded before they were enciphered; 80 00… stands always",
            "{computation}：加密前未填充；始终要补 80 00…",
        ),
        Wording("whole blocks were taken to need no padding", "以为整块数据无需填充"),
        Wording("append 80 00… to a whole block, always", "始终补 80 00… 至整块"),
        ("EMV CPS 5.5.2",),
    ),
    CatalogueEntry(
        "cipher.another-key",
        Wording(
            "{computation}: the command was enciphered otherwise, {received}; right is {expected}",
            "{computation}：命令加密方式不对：{received}；应为 {expected}",
        ),
        Wording("the session keys of the channel were mixed up", "混淆了通道的几个过程密钥"),
        Wording("encipher commands under SKUENC, groups under SKUDEK", "命令用 SKUENC 加密，分组用 SKUDEK 加密"),
        ("EMV CPS 5.5.2",),
    ),
    CatalogueEntry(
        "group.plain-p1",
        Wording(
            "{computation}: enciphered as it must be, but P1 {received:02X} says it is not; right is {expected:02X}",
            "{computation}：分组已正确加密，但 P1={received:02X} 表示未加密；应为 {expected:02X}",
        ),
        Wording("P1 was left as it was for open groups", "P1 沿用了明文分组的值"),
        Wording("set b7 and b6 of P1 where a command brings enciphered groups", "命令带加密分组时置 P1 的 b7、b6"),
        ("EMV CPS 3.2.7",),
    ),
    CatalogueEntry(
        "padding.superfluous",
        Wording(
            "{computation}: a block 80 00… was appended before it was sealed; this group takes none",
            "{computation}：加密前多补了一块 80 00…；该分组不填充",
        ),
        Wording("parts of private keys are padded, keys and PIN blocks are not", "私钥分量要填充，密钥和 PIN 块不填充"),
        Wording("seal the value as it is", "直接加密，不填充"),
        ("PBOC-10 §8.2",),
    ),
    CatalogueEntry(
        "check-values.another-block",
        Wording(
            "{computation}: {received} are no encipherment of zeros, or cut at another place; the keys have {expected}",
            "{computation}：{received} 不是对全零块加密所得，或截取位置不同；密钥的校验值为 {expected}",
        ),
        Wording("another rule for check values", "校验值计算方法不同"),
        Wording("encipher a block of zeros and take the first three bytes", "加密全零块，取前三字节"),
        ("PBOC-10 §8.2",),
    ),
    CatalogueEntry(
        "pin-key.another-hash",
        Wording(
            "{computation}: the PIN's key was made otherwise, {received}; it is SM3 over packed digits, 16 bytes",
            "{computation}：口令密钥生成方法不对：{received}；应对压缩数字作 SM3，取前 16 字节",
        ),
        Wording("another hash, as other programs have it", "用了其他杂凑算法"),
        Wording("hash the packed digits with SM3 and take the first 16 bytes", "对压缩数字作 SM3，取前 16 字节"),
    ),
    CatalogueEntry(
        "pin-key.ascii-digits",
        Wording(
            "{computation}: the PIN's key was made of its digits as text; the card takes two digits a byte",
            "{computation}：口令密钥由 ASCII 数字计算；卡内按压缩数字",
        ),
        Wording("the text of the PIN was hashed", "直接对口令文本作杂凑"),
        Wording("pack two digits into a byte, then hash with SM3", "先压缩成每字节两位，再作 SM3"),
    ),
)
