"""Findings about what a bank's host computes: transactions, scripts, new PINs."""

from __future__ import annotations

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording

FINDINGS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "key.another-set",
        Wording(
            "{computation}: computed with {received}, of the other set of algorithms; right is {expected}",
            "{computation}：用了另一套算法的密钥 {received}；本次交易应为 {expected}",
        ),
        Wording(
            "DF69 in the PDOL data chooses the set, and the host was not told",
            "PDOL 数据中的 DF69 决定算法，主机未得知",
        ),
        Wording(
            "take the set that the ALG byte of 9F10 names: 01 is 3DES, 04 is SM4",
            "按 9F10 中的算法标识选择：01 为 3DES，04 为 SM4",
        ),
        ("PBOC-5 annex F",),
    ),
    CatalogueEntry(
        "key.without-parity",
        Wording(
            "{computation}: the mask was taken from {received}; the card's key has odd parity, {expected}",
            "{computation}：掩码取自 {received}；卡内密钥为奇校验 {expected}",
        ),
        Wording(
            "the host derives the card's key anew for the mask and leaves the parity out",
            "主机重新分散卡片密钥作掩码，未调整奇校验",
        ),
        Wording("set odd parity in every byte of the derived key", "对分散所得密钥逐字节置奇校验"),
        ("PBOC-7 §11.1.4",),
    ),
    CatalogueEntry(
        "response-code.another",
        Wording(
            "{computation}: computed with response code {received}; sent is {expected}",
            "{computation}：计算时授权响应码为 {received}，发送的是 {expected}",
        ),
        Wording(
            "the host answers with one code and the terminal sends another, or one is in binary and not in characters",
            "主机用一个响应码计算，终端发送另一个；或一方用了二进制而非字符",
        ),
        Wording(
            "send the two characters of 8A with which the host computed, behind the ARPC",
            "ARPC 之后发送主机计算所用的两个字符（8A）",
        ),
        ("PBOC-5 B.5, D.3",),
    ),
    CatalogueEntry(
        "cryptogram.another",
        Wording(
            "{computation}: computed for cryptogram {received}; this transaction's first one is {expected}",
            "{computation}：按应用密文 {received} 计算；本次交易的首个密文为 {expected}",
        ),
        Wording(
            "the host answered another GENERATE AC, or its answer came late",
            "主机应答的是另一次 GENERATE AC，或应答迟到",
        ),
        Wording(
            "compute over the cryptogram of this transaction's first GENERATE AC",
            "对本次交易第一次 GENERATE AC 的密文计算",
        ),
        ("PBOC-5 C.2.4, D.3",),
    ),
    CatalogueEntry(
        "cryptogram.missing",
        Wording(
            "{computation}: the cryptogram is not in it; it stands behind the ATC",
            "{computation}：缺少应用密文；应在 ATC 之后",
        ),
        Wording(
            "the host MACs as EMV does with a session key that depends on the cryptogram",
            "主机按会话密钥依赖密文的 EMV 方式计算",
        ),
        Wording(
            "put ATC and the first cryptogram between Lc and the data",
            "在 Lc 与数据之间加入 ATC 和首个应用密文",
        ),
        ("PBOC-5 C.2.4",),
    ),
    CatalogueEntry(
        "transaction.another",
        Wording(
            "{computation}: computed for another transaction ({received}); this one is {expected}",
            "{computation}：按另一笔交易（{received}）计算；本次为 {expected}",
        ),
        Wording(
            "the host answered a request of before, or mixed up two terminals",
            "主机应答了先前的请求，或混淆了两台终端",
        ),
        Wording("answer the request of this transaction", "应答本次交易的请求"),
        ("PBOC-5 D.3",),
    ),
    CatalogueEntry(
        "atc.off-by-one",
        Wording(
            "{computation}: computed with ATC {received:04X}; this transaction has {expected:04X}",
            "{computation}：ATC 用了 {received:04X}；本次交易为 {expected:04X}",
        ),
        Wording("the host counts for itself", "主机自行计数"),
        Wording("take the ATC that the card has told in GENERATE AC", "使用卡片在 GENERATE AC 应答中给出的 ATC"),
        ("PBOC-7 §11.1.3",),
    ),
    CatalogueEntry(
        "atc.byte-order",
        Wording(
            "{computation}: computed with ATC {received:04X}, its bytes turned round; it is {expected:04X}",
            "{computation}：ATC 字节颠倒为 {received:04X}；应为 {expected:04X}",
        ),
        Wording("the ATC went through a number of another byte order", "ATC 按另一字节序转成了整数"),
        Wording("take its two bytes as the card sends them", "按卡片发送的两个字节原样使用"),
        ("PBOC-7 §11.1.3",),
    ),
    CatalogueEntry(
        "atc.another",
        Wording(
            "{computation}: computed with ATC {received:04X}; this transaction has {expected:04X}",
            "{computation}：ATC 用了 {received:04X}；本次交易为 {expected:04X}",
        ),
        Wording(
            "the ATC of another transaction, or a field that was never filled",
            "用了另一笔交易的 ATC，或该字段从未赋值",
        ),
        Wording("take the ATC that the card has told in GENERATE AC", "使用卡片在 GENERATE AC 应答中给出的 ATC"),
        ("PBOC-7 §11.1.3",),
    ),
    CatalogueEntry(
        "atc.missing",
        Wording(
            "{computation}: the ATC is not in it; it stands behind Lc",
            "{computation}：缺少 ATC；应在 Lc 之后",
        ),
        Wording("the ATC was taken for the session key only", "ATC 只用于过程密钥，未参与计算"),
        Wording(
            "put ATC and the first cryptogram between Lc and the data",
            "在 Lc 与数据之间加入 ATC 和首个应用密文",
        ),
        ("PBOC-5 C.2.4",),
    ),
    CatalogueEntry(
        "script.without-transaction",
        Wording(
            "{computation}: neither ATC nor cryptogram is in it; both stand behind Lc",
            "{computation}：缺少 ATC 和应用密文；两者均应在 Lc 之后",
        ),
        Wording("the host MACs as secure messaging outside of transactions does", "主机按非交易的安全报文计算"),
        Wording(
            "put ATC and the first cryptogram between Lc and the data",
            "在 Lc 与数据之间加入 ATC 和首个应用密文",
        ),
        ("PBOC-5 C.2.4",),
    ),
    CatalogueEntry(
        "script.second-cryptogram",
        Wording(
            "{computation}: computed over the second cryptogram {received}; it takes the first, {expected}",
            "{computation}：用了第二个应用密文 {received}；应为首个 {expected}",
        ),
        Wording("the host keeps the newest cryptogram of the transaction", "主机保存的是交易中最新的密文"),
        Wording(
            "keep the cryptogram of the first GENERATE AC for all scripts, before and behind the second",
            "保留首次 GENERATE AC 的密文，前后脚本均用它",
        ),
        ("PBOC-5 C.2.4, figure 23",),
    ),
    CatalogueEntry(
        "script.chained",
        Wording(
            "{computation}: it starts from the MAC of the script command before; each starts from zeros",
            "{computation}：以前一条脚本命令的 MAC 为初始值；每条均应以零为初始值",
        ),
        Wording("EMV and other schemes chain script commands", "EMV 等规范的脚本命令是链接的"),
        Wording("start each script command from zeros", "每条脚本命令以零为初始值"),
        ("PBOC-5 §17.6, C.2.4",),
    ),
    CatalogueEntry(
        "pin-mask.missing",
        Wording(
            "{computation}: the PIN block was not masked with bytes of the card's ENC key",
            "{computation}：PIN 块未与卡片加密密钥的字节异或",
        ),
        Wording(
            "the host enciphers a plain PIN block as for VERIFY or online PINs",
            "主机直接加密 VERIFY 或联机密码用的 PIN 块",
        ),
        Wording(
            "add bytes 5 to 8 of the card's ENC key to the last four bytes of the block, then encipher",
            "先将卡片加密密钥第 5 至 8 字节异或到 PIN 块后四字节，再加密",
        ),
        ("PBOC-5 B.10.3",),
    ),
    CatalogueEntry(
        "pin-mask.other-bytes",
        Wording(
            "{computation}: masked with {received}; wanted are {expected}",
            "{computation}：掩码用了 {received}；应为 {expected}",
        ),
        Wording(
            "the mask was cut at another place, or taken from the session key",
            "掩码截取位置不对，或取自过程密钥",
        ),
        Wording(
            "take bytes 5 to 8 of the card's own ENC key, as it is stored",
            "取卡内加密密钥本身的第 5 至 8 字节",
        ),
        ("PBOC-5 B.10.3",),
    ),
    CatalogueEntry(
        "pin-block.control-nibble",
        Wording(
            "{computation}: the block begins with control nibble 2; here it is 0",
            "{computation}：PIN 块控制半字节为 2；此处应为 0",
        ),
        Wording("the block of VERIFY was taken", "用了 VERIFY 的 PIN 块"),
        Wording("begin the block with 0 and the number of digits", "块首为 0 和位数"),
        ("PBOC-5 B.10.3",),
    ),
    CatalogueEntry(
        "current-pin.missing",
        Wording(
            "{computation}: P2 is 01, and the current PIN was not added to the block",
            "{computation}：P2 为 01，但未异或当前密码",
        ),
        Wording("the form without the current PIN was sent under P2 01", "按不含当前密码的格式组包却用了 P2=01"),
        Wording("add the current PIN, or send P2 02", "异或当前密码，或改用 P2=02"),
        ("PBOC-5 B.10.3",),
    ),
    CatalogueEntry(
        "current-pin.superfluous",
        Wording(
            "{computation}: P2 is 02, and a current PIN seems to have been added to the block",
            "{computation}：P2 为 02，但似乎异或了当前密码",
        ),
        Wording("the form with the current PIN was sent under P2 02", "按含当前密码的格式组包却用了 P2=02"),
        Wording("leave the current PIN out, or send P2 01", "去掉当前密码，或改用 P2=01"),
        ("PBOC-5 B.10.3",),
    ),
    CatalogueEntry(
        "current-pin.another",
        Wording(
            "{computation}: key, length and mask are right; the current PIN in it is another than the card's",
            "{computation}：密钥、长度和掩码正确；其中的当前密码与卡内不同",
        ),
        Wording(
            "the current PIN was typed wrongly or is an old one, or was not filled with 0",
            "当前密码输入错误、已过期，或未用 0 填充",
        ),
        Wording("ask for the current PIN again, or send P2 02 without it", "重新输入当前密码，或用 P2=02 不带当前密码"),
        ("PBOC-5 B.10.3",),
    ),
)
