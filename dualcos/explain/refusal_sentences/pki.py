"""Reasons of the PKI environment."""

from __future__ import annotations

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording

REASONS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "a key outside the application",
        Wording(
            "an application takes its master key and PIN keys; none is current",
            "应用接受其主控密钥和口令密钥；当前没有选择应用",
        ),
        Wording(
            "WRITE KEY was sent while the PKI environment itself is current; PINs and the application's master key lie "
            "in SS.CERT.ADF1.",
            "当前目录是 PKI 环境本身；口令密钥和应用主控密钥在 SS.CERT.ADF1 中。",
        ),
        Wording(
            "CREATE FILE of the application makes it current, or SELECT it by name; then WRITE KEY.",
            "建立应用后即为当前目录，或按名称选择应用；然后装载密钥。",
        ),
    ),
    CatalogueEntry(
        "not the random number under it",
        Wording(
            "the random number is not enciphered under {what}; {left} left",
            "数据不是用{what}加密的随机数；剩余 {left} 次",
        ),
        Wording(
            "A PIN is shown here as a key: the first 16 bytes of SM3 over its packed digits encipher the random number "
            "(SM4, one block, 8 bytes filled with 00). Sent instead: the PIN itself, SM3 over ASCII digits, or an "
            "older random number.",
            "此处口令以密钥形式验证：对压缩数字做 SM3 取前 16 字节为密钥，用 SM4 加密随机数（8 字节时补 00）。常见错"
            "误：直接发口令、对 ASCII 数字做 SM3、用了较早的随机数。",
        ),
        Wording(
            "GET CHALLENGE (16 bytes), SM4-ECB of it under the key, in the directory whose PIN or master key is meant.",
            "取 16 字节随机数，用该密钥做 SM4-ECB 加密；在口令或主控密钥所在的目录中进行。",
        ),
    ),
    CatalogueEntry(
        "other data objects",
        Wording("the data are the objects {expected:02X}, in this order", "数据应依次为数据对象 {expected:02X}"),
        Wording(
            "The objects are there in another order, without their tag and length, or one of another command came "
            "along.",
            "数据对象顺序不对，缺少标识和长度，或混入了其他命令的数据对象。",
        ),
        Wording(
            "Send exactly these objects, tag, length and value, in this order.",
            "严格按此顺序发送这些数据对象（标识、长度、值）。",
        ),
    ),
    CatalogueEntry(
        "user PIN not shown",
        Wording("this needs the user PIN (00 20 01 81)", "需要先验证用户口令（00 20 01 81）"),
        Wording(
            "The manager PIN was shown instead (it changes itself, no more), or the application was selected anew "
            "after VERIFY.",
            "验证的是管理员口令（只能用来修改自己），或 VERIFY 之后又重新选择了应用。",
        ),
        Wording(
            "Select SS.CERT.ADF1, GET CHALLENGE, VERIFY with P1 01 P2 81, then the command.",
            "选择 SS.CERT.ADF1，取随机数，以 P1 = 01、P2 = 81 验证，再发送命令。",
        ),
    ),
    CatalogueEntry(
        "no public key's file",
        Wording("no public key in {received}: {expected:04X}", "{received} 中没有公钥：应为 {expected:04X}"),
        Wording(
            "C0 carries the private key's name (0013, 0015) or a certificate's file (0018, 0019).",
            "C0 给出的是私钥名（0013、0015）或证书文件（0018、0019）。",
        ),
        Wording(
            "C0 02 00 12 for the signature key, C0 02 00 14 for the encryption key.",
            "签名密钥用 C0 02 00 12，加密密钥用 C0 02 00 14。",
        ),
    ),
    CatalogueEntry(
        "no private key's name",
        Wording("no private key in {received}: {expected:04X}", "{received} 中没有私钥：应为 {expected:04X}"),
        Wording("C2 carries the public key's file (0012, 0014) instead.", "C2 给出的是公钥文件（0012、0014）。"),
        Wording(
            "C2 02 00 13 for the signature key, C2 02 00 15 for the encryption key.",
            "签名密钥用 C2 02 00 13，加密密钥用 C2 02 00 15。",
        ),
    ),
    CatalogueEntry(
        "keys of two pairs",
        Wording(
            "{public} and {private} are no pair: 0012 goes with 0013, 0014 with 0015",
            "{public} 与 {private} 不成对：0012 对 0013，0014 对 0015",
        ),
        Wording("Signature and encryption pair were mixed in one command.", "同一命令混用了签名密钥对与加密密钥对。"),
        Wording("Name both halves of one pair.", "给出同一密钥对的公钥和私钥。"),
    ),
    CatalogueEntry(
        "step missing",
        Wording("{needed} must come before", "须先执行 {needed}"),
        Wording(
            "The two commands of an export or import are one run: another directory, a reset, a locked or changed user "
            "PIN between them ends it.",
            "导出、导入由两条命令组成：其间选择其他目录、复位、用户口令锁定或修改都会使其作废。",
        ),
        Wording("Send both steps one after another in one session.", "在同一会话中连续发送两步。"),
    ),
    CatalogueEntry(
        "no cipher text",
        Wording("no cipher text for {key}: {received} bytes", "{key} 不能解密 {received} 字节的数据"),
        Wording(
            "The cipher text is C1‖C2‖C3 (old order) or has 04 in front, or was made for another public key; the card "
            "takes x ‖ y ‖ C3 ‖ C2.",
            "密文为旧的 C1‖C2‖C3 顺序，或前面带 04，或用别的公钥加密；卡片接受 x ‖ y ‖ C3 ‖ C2。",
        ),
        Wording(
            "Encipher for the public key in 0014 and reorder: 64 bytes x ‖ y, 32 bytes digest, then the cipher text.",
            "用 0014 中的公钥加密，并按 64 字节 x ‖ y、32 字节摘要、密文的顺序排列。",
        ),
    ),
    CatalogueEntry(
        "no session key",
        Wording("an SM4 key has {needed} bytes, not {received}", "SM4 密钥为 {needed} 字节，收到 {received} 字节"),
        Wording(
            "C1 holds the enciphered key (the envelope) instead of what SM2 DECIPHER gave back.",
            "C1 中放的是加密的会话密钥（信封），而不是私钥解密返回的明文。",
        ),
        Wording(
            "SM2 DECIPHER the envelope first and put the 16 bytes it answers into C1.",
            "先用私钥解密信封，把返回的 16 字节放入 C1。",
        ),
    ),
    CatalogueEntry(
        "no public key",
        Wording("a public key has {needed} bytes, not {received}", "公钥为 {needed} 字节，收到 {received} 字节"),
        Wording(
            "The point was sent with 04 in front, compressed, or as 66 bytes as READ BINARY shows the file.",
            "公钥前带 04、为压缩形式，或按 READ BINARY 所见的 66 字节发送。",
        ),
        Wording("CA 40 x ‖ y, 32 bytes each.", "CA 40 x ‖ y，各 32 字节。"),
    ),
    CatalogueEntry(
        "no private key",
        Wording(
            "what deciphers under the imported {key} is no private key: {received} bytes",
            "用导入的 {key} 解密 {received} 字节后不是私钥",
        ),
        Wording(
            "The value was enciphered under another session key, in CBC, with padding, or is not 32 bytes; or it is "
            "not below the order of the curve.",
            "使用了其他会话密钥、CBC 或填充，或不是 32 字节；或数值不小于曲线的阶。",
        ),
        Wording(
            "CB 20: the 32 bytes ECB under the SM4 key of IMPORT SESSION KEY, no padding.",
            "CB 20：用导入的 SM4 会话密钥对 32 字节做 ECB 加密，不填充。",
        ),
    ),
    CatalogueEntry(
        "no message",
        Wording(
            "the data are C1, a length byte and that many bytes; {received} came",
            "数据应为 C1、一个长度字节和相应字节数；收到 {received} 字节",
        ),
        Wording(
            "The message was sent without C1 and length, or with a length in two bytes (81 xx).",
            "消息前没有 C1 和长度，或长度用了两字节（81 xx）。",
        ),
        Wording("C1, one length byte, the message; at most 253 bytes.", "C1、一字节长度、消息；最多 253 字节。"),
    ),
    CatalogueEntry(
        "no PIN of 4 to 12 digits",
        Wording("a PIN has 4 to 12 digits", "口令应为 4 至 12 位数字"),
        Wording(
            "The new PIN was sent as ASCII digits or as the 16 bytes of its hash; the card wants packed digits, F "
            "behind an odd one.",
            "新口令以 ASCII 或 16 字节摘要发送；卡片要求压缩数字，奇数位末尾补 F。",
        ),
        Wording(
            "LD ‖ packed digits ‖ 80 00…, enciphered under the old PIN's key.",
            "LD ‖ 压缩数字 ‖ 80 00…，用旧口令的密钥加密。",
        ),
    ),
    CatalogueEntry(
        "no new master key",
        Wording(
            "a new master key is 00 00 00 and 16 bytes, not {received} bytes",
            "新主控密钥应为 00 00 00 加 16 字节，收到 {received} 字节",
        ),
        Wording(
            "The whole key header of WRITE KEY (8 bytes) was sent; here three bytes stand before the value.",
            "发送了装载密钥的 8 字节密钥头；此处值前只有三字节。",
        ),
        Wording(
            "13 00 00 00 ‖ key ‖ 80 00…, enciphered and MACed under the old master key.",
            "13 00 00 00 ‖ 密钥 ‖ 80 00…，用旧主控密钥加密并计算 MAC。",
        ),
    ),
)
