"""Reasons of every stack: keys, and proofs that are made with them."""

from __future__ import annotations

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording

REASONS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "no such key",
        Wording("no key of kind {kind:02X}, number {kid:02X}", "没有类型 {kind:02X}、标识 {kid:02X} 的密钥"),
        Wording(
            "P2's highest bit chooses the directory: KID 8x means a key of the current application, 0x one of the "
            "environment (83 is LK of DF03, 03 something else). Or the key's version in the data is not on this card.",
            "P2 最高位决定目录：8x 为当前应用的密钥，0x 为环境的密钥（83 是 DF03 的 LK，03 是另一密钥）；或数据域给出"
            "的密钥版本不在卡上。",
        ),
        Wording(
            "Check KID against the key table of the directory (`dualcos inspect` shows it), select that directory, and "
            "leave the version out to take the lowest.",
            "对照该目录的密钥表核对 KID（`dualcos inspect` 可显示），选择该目录；不带版本则取最低版本。",
        ),
    ),
    CatalogueEntry(
        "no such entry",
        Wording(
            "no key of kind {key.kind:02X}, number {key.kid:02X}, version {key.version:02X}",
            "没有类型 {key.kind:02X}、标识 {key.kid:02X}、版本 {key.version:02X} 的密钥",
        ),
        Wording(
            "The directory was made without this key or PIN: personalisation stopped early, or a 2.0 script was used "
            "for a 3.0 card.",
            "该目录没有装载此密钥或个人密码：个人化中断，或对 3.0 卡用了 2.0 的脚本。",
        ),
        Wording(
            "Load it while the directory is being made, or use a card whose profile has it; `dualcos inspect` lists "
            "the keys by directory.",
            "在个人化阶段装载，或使用含该密钥的卡；`dualcos inspect` 按目录列出密钥。",
        ),
    ),
    CatalogueEntry(
        "value is no key",
        Wording(
            "the key of kind {key.kind:02X}, number {key.kid:02X}, version {key.version:02X} is none of a known "
            "cipher: algorithm {algorithm:02X}, {length} bytes",
            "类型 {key.kind:02X}、标识 {key.kid:02X}、版本 {key.version:02X} 的值不是已知算法的密钥：算法 "
            "{algorithm:02X}，{length} 字节",
        ),
        Wording(
            "The key was loaded with an algorithm number this card has not (02 is SSF33, which is not public), or with "
            "a length that does not belong to the algorithm.",
            "装载时的算法标识本卡不支持（02 为未公开的 SSF33），或长度与算法不符。",
        ),
        Wording(
            "Load it with algorithm 01 (3DES, 16 bytes) or 03 (SM4, 16 bytes) in the sixth byte of the key header.",
            "在密钥头第六字节用算法 01（3DES，16 字节）或 03（SM4，16 字节）重新装载。",
        ),
    ),
    CatalogueEntry(
        "no tries left",
        Wording(
            "key of kind {key.kind:02X}, number {key.kid:02X}, version {key.version:02X} has no tries left",
            "类型 {key.kind:02X}、标识 {key.kid:02X}、版本 {key.version:02X} 的密钥已无剩余次数",
        ),
        Wording(
            "The key has no tries at all: its counter was loaded as 00, so not even the first proof can be spent.",
            "该密钥的错误计数器装载为 00，一次鉴别也不能进行。",
        ),
        Wording(
            "Load the key with a counter such as 33 or AA (limit and tries left, a nibble each).",
            "装载时把计数器设为 33 或 AA（高半字节为上限，低半字节为剩余次数）。",
        ),
        (),
        Wording(
            "said inside the card only: every command looks at the counter first, and a terminal sees `locked`",
            "只在卡内部出现：各命令先检查计数器，终端看到的是 `locked`",
        ),
    ),
    CatalogueEntry(
        "no such RSA key",
        Wording("no RSA private key {kid:02X}", "没有 RSA 私钥 {kid:02X}"),
        Wording(
            "The application was personalised without a private key (groups 8201 to 8205), so it cannot sign.",
            "应用个人化时没有写入私钥（数据分组 8201 至 8205），不能签名。",
        ),
        Wording(
            "Bring all five parts with STORE DATA, or leave DDA and CDA out of the AIP.",
            "用存储数据写入五个分组，或在 AIP 中去掉 DDA、CDA。",
        ),
        (),
        Wording(
            "said inside the card only: the last STORE DATA refuses an application that lacks its private key, later "
            "it is damage",
            "只在卡内部出现：缺少私钥的应用在最后一条存储数据被拒绝，之后按损坏处理",
        ),
    ),
    CatalogueEntry(
        "parts of no RSA key",
        Wording("the parts of RSA private key {kid:02X} make none", "RSA 私钥 {kid:02X} 的各部分不能组成密钥"),
        Wording(
            "CRT parts in another order (8201 is q⁻¹ mod p, 8205 is p), p and q exchanged, or parts of two cards "
            "mixed.",
            "CRT 各分量顺序有误（8201 为 q⁻¹ mod p，8205 为 p），p、q 颠倒，或混入了另一张卡的分量。",
        ),
        Wording(
            "Send 8201 q⁻¹ mod p, 8202 d mod (q−1), 8203 d mod (p−1), 8204 q, 8205 p of one key, each padded with 80.",
            "按 8201 q⁻¹ mod p、8202 d mod (q−1)、8203 d mod (p−1)、8204 q、8205 p 发送同一密钥，各补 80。",
        ),
        (),
        Wording(
            "said inside the card only: the last STORE DATA answers `parts of no private key`, later it is damage",
            "只在卡内部出现：最后一条存储数据回答 `parts of no private key`，之后按损坏处理",
        ),
    ),
    CatalogueEntry(
        "no such SM2 key",
        Wording("no SM2 private key {kid:02X}", "没有 SM2 私钥 {kid:02X}"),
        Wording("No key pair was made or imported yet under this name.", "该名称下尚未生成或导入密钥对。"),
        Wording(
            "GENERATE KEY PAIR (80 40) first, or import public and private key.",
            "先生成密钥对（80 40），或导入公钥和私钥。",
        ),
    ),
    CatalogueEntry(
        "parts of no SM2 key",
        Wording("the private and the public SM2 key {kid:02X} make no pair", "SM2 密钥 {kid:02X} 的私钥与公钥不成对"),
        Wording(
            "Groups 8501 and 8502 come from two key pairs, or the public key was sent with 04 in front.",
            "8501 与 8502 来自不同的密钥对，或公钥前带了 04。",
        ),
        Wording(
            "Send 32 bytes of private key and the 64 bytes x ‖ y that belong to it.",
            "发送 32 字节私钥及与之对应的 64 字节公钥 x ‖ y。",
        ),
        (),
        Wording(
            "said inside the card only: both are written together, so that a terminal sees damaged memory",
            "只在卡内部出现：两者同时写入，终端看到的是存储损坏",
        ),
    ),
    CatalogueEntry(
        "no master key",
        Wording("{directory:04X} has no master key", "{directory:04X} 没有主控密钥"),
        Wording(
            "P2 00 asks for the master key of a directory that has none yet, as in a card file made by hand or a "
            "making that was cut short.",
            "P2 = 00 要用主控密钥，而该目录还没有主控密钥（个人化中断的卡）。",
        ),
        Wording(
            "Load the environment's master key first (WRITE KEY P1 01).",
            "先装载该环境的主控密钥（WRITE KEY P1 = 01）。",
        ),
    ),
    CatalogueEntry(
        "no key header and value",
        Wording(
            "a key is 8 bytes of header and the value whose length they give, {received} bytes came",
            "密钥数据应为 8 字节密钥头加其长度字节所示的值，收到 {received} 字节",
        ),
        Wording(
            "The plain text of WRITE KEY is not header ‖ value: the eighth byte of the header does not say how many "
            "bytes follow, or the length byte LD in front was enciphered as part of the header.",
            "装载密钥的明文不是“密钥头 ‖ 值”：密钥头第八字节与值的长度不符，或把前面的 LD 当成密钥头的一部分。",
        ),
        Wording(
            "Build LD ‖ type, number, version, right to change, counter, algorithm, resulting state, length ‖ value ‖ "
            "80 00…, and encipher that.",
            "组成 LD ‖ 类型、标识、版本、更改权限、计数器、算法、后续状态、长度 ‖ 密钥值 ‖ 80 00…，再整体加密。",
        ),
    ),
    CatalogueEntry(
        "data do not decipher",
        Wording(
            "{received} bytes of enciphered data do not decipher under {key}",
            "{received} 字节密文用 {key} 解密后不是有效数据",
        ),
        Wording(
            "Enciphered under another key, in CBC instead of ECB, without the length byte LD in front, or padded with "
            "00 instead of 80 00…; or the field is sent plain where the card is set to expect cipher text.",
            "用错密钥，或用了 CBC 而不是 ECB，或前面缺 LD，或填充 00 而不是 80 00…；也可能本应加密的数据以明文发送。",
        ),
        Wording(
            "LD ‖ data ‖ 80 00… to whole blocks, ECB under the key whose check value is named (for secured updates a "
            "session key of the last random number).",
            "LD ‖ 数据 ‖ 80 00… 补齐分组，用所示校验值的密钥做 ECB 加密（安全报文更新用由最近随机数产生的过程密钥）。",
        ),
        ("SSC-4 §8, SSC-7 §7.4", ""),
    ),
    CatalogueEntry(
        "no random number",
        Wording("no random number: GET CHALLENGE must come first, here", "没有有效的随机数：须先在当前目录取随机数"),
        Wording(
            "Every proof uses the random number up, right or wrong; so does every MAC. Selecting another directory or "
            "environment drops it, too.",
            "每次鉴别（无论对错）和每个 MAC 都会用掉随机数；选择其他目录或环境也会使其失效。",
        ),
        Wording(
            "GET CHALLENGE (00 84 00 00 08) directly before each command that uses it, in the same directory.",
            "在同一目录下，每条使用随机数的命令之前都取随机数（00 84 00 00 08）。",
        ),
        ("SSC-10 §5.2, PBOC-10 §8.2", "SSC-4 §8, SSC-7 §7.4", "SSC-7 §6.6", "SSC-9 §9.4, table 18", ""),
    ),
    CatalogueEntry(
        "no random number just before",
        Wording("no random number: GET CHALLENGE must come just before", "没有有效的随机数：须在本命令之前取随机数"),
        Wording(
            "The proof of the master key has used the random number up; the MAC of WRITE KEY wants a fresh one for its "
            "start value.",
            "主控密钥鉴别已用掉随机数；装载密钥的 MAC 需要新的随机数作初始值。",
        ),
        Wording(
            "GET CHALLENGE again between the proof and WRITE KEY, and before every further WRITE KEY with MAC.",
            "鉴别之后、每条带 MAC 的装载密钥之前都重新取随机数。",
        ),
    ),
    CatalogueEntry(
        "unfit random number",
        Wording("a random number of {received} bytes does not serve {key}", "{received} 字节的随机数不能用于 {key}"),
        Wording(
            "GET CHALLENGE asked for 16 bytes (a program made for SM4 cards) and the key is a 3DES key; or for 4 in "
            "the bank's environment, whose master key enciphers all 8.",
            "取随机数时取了 16 字节（按 SM4 卡编写的程序），而密钥是 3DES；或在银行侧环境只取了 4 字节，其主控密钥要加"
            "密 8 字节。",
        ),
        Wording("GET CHALLENGE with Le 08.", "取随机数时 Le 用 08。"),
        ("SSC-10 §5.2, PBOC-10 §8.2", "SSC-4 §8, SSC-7 §7.4", "SSC-7 §6.6", "SSC-9 §9.4, table 18"),
    ),
    CatalogueEntry(
        "wrong authentication data",
        Wording(
            "authentication data do not match KID {kid:02X}, {key}, with the card's last random number as process "
            "factor; {left} tries left",
            "鉴别数据与 KID {kid:02X} 的 {key} 不符（过程因子为卡片最近的随机数）；剩余 {left} 次",
        ),
        Wording(
            "Another key, tier or diversification factor; the random number of an earlier GET CHALLENGE (programs "
            "fetch two: the second is the process factor); or the random number used as original information as well.",
            "密钥、级别或分散因子不对；用了较早的随机数（程序通常取两次，第二次才是过程因子）；或把随机数同时当作原始"
            "信息。",
        ),
        Wording(
            "Session key from the card's last random number, then authentication data ‖ original information; compare "
            "the key's check value with the one that is named. A good proof fills the counter again.",
            "用卡片最近的随机数产生过程密钥，发送“鉴别数据 ‖ 原始信息”；核对所示密钥校验值。鉴别成功后计数器复位。",
        ),
        ("SSC-7 §6.6", ""),
    ),
    CatalogueEntry(
        "wrong MAC",
        Wording("MAC wrong under {key}", "{key} 下的 MAC 不正确"),
        Wording(
            "The MAC of key loading runs under the static master key, not a session key, with the last random number "
            "as start value (filled with 00), over header, Lc and data as sent.",
            "装载密钥的 MAC 用主控密钥本身（不是过程密钥），以最近的随机数（不足补 00）为初始值，覆盖命令头、Lc 和所发"
            "数据。",
        ),
        Wording(
            "Compute it over CLA (with 04) INS P1 P2 Lc ‖ cipher text with padding 80, Lc including the four MAC "
            "bytes; the MAC is the left four bytes of the last block (SM4: its four words XORed).",
            "对 CLA（含 04）INS P1 P2 Lc ‖ 密文补 80 后计算，Lc 含 4 字节 MAC；MAC 取末块左边四字节（SM4 为四个字异"
            "或）。",
        ),
    ),
    CatalogueEntry(
        "locked",
        Wording(
            "{what} is locked: the try counter is at zero (key of kind {key.kind:02X}, number {key.kid:02X}, version "
            "{key.version:02X})",
            "{what}已锁定：错误计数器为零（类型 {key.kind:02X}、标识 {key.kid:02X}、版本 {key.version:02X}）",
        ),
        Wording(
            "Wrong tries have used the counter up, often by a program that tries again by itself or by tests with a "
            "wrong key.",
            "错误次数用尽，常见于程序自动重试或用错误密钥测试。",
        ),
        Wording(
            "A PIN: unblock it with PUK (84 24). A key of an application: only its owner can load it anew. Test cards: "
            "issue again.",
            "个人密码：用 PUK 解锁（84 24）；应用密钥：只能由发行方重新装载；测试卡可重新发卡。",
        ),
        ("SSC-10 §5.2, PBOC-10 §8.2", "SSC-7 §5.8", "SSC-7 §6.6", "SSC-9 §9.4, table 18", ""),
    ),
    CatalogueEntry(
        "no serial number",
        Wording("the chip has no serial number: SET SERIAL gives it one", "芯片没有序列号：须先写序列号"),
        Wording(
            "The proof of the transport key enciphers the chip's serial number, and this chip has been given none.",
            "传输密钥认证要加密芯片序列号，而该芯片尚未写入。",
        ),
        Wording("SET SERIAL (80 E0 05 00 08 …) before the proof.", "认证之前先写序列号（80 E0 05 00 08 …）。"),
    ),
)
