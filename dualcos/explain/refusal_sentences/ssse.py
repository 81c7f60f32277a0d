"""Reasons of the social side: proofs, the PIN, secure messaging, blocking, records."""

from __future__ import annotations

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording

REASONS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "authentication data turned round",
        Wording(
            "the two halves are turned round: authentication data come first, then the original",
            "两部分颠倒：应先鉴别数据，后原始信息",
        ),
        Wording(
            "The PSAM's or host's answer was put behind the original information; the proof itself is right.",
            "把 PSAM 或主机的结果放在了原始信息之后；鉴别数据本身是正确的。",
        ),
        Wording(
            "00 82 00 KID 10 ‖ authentication data 8 ‖ original information 8. One try was spent, a good proof fills "
            "it.",
            "00 82 00 KID 10 ‖ 鉴别数据 8 ‖ 原始信息 8。已消耗一次，鉴别成功后恢复。",
        ),
        ("SSC-7 §6.6",),
    ),
    CatalogueEntry(
        "PIN asked for, not presented",
        Wording(
            "asked only: a PIN is set and was not presented; {left} tries left",
            "仅查询：已设置个人密码但未提交；剩余 {left} 次",
        ),
        Wording(
            "VERIFY without data asks whether a PIN is set; no try is spent by it.",
            "不带数据的 VERIFY 只查询是否设置了密码，不消耗次数。",
        ),
        Wording(
            'Take 63Cx here as "ask the holder", 9000 as "no PIN needed".',
            "此处 63Cx 表示需要输入密码，9000 表示无需密码。",
        ),
        ("SSC-5 §6.14.5",),
    ),
    CatalogueEntry(
        "wrong PIN",
        Wording("the PIN is wrong; {left} tries left", "个人密码不正确；剩余 {left} 次"),
        Wording(
            "The form is wrong oftener than the PIN: packed digits, F behind an odd one (12345 → 12 34 5F). ASCII "
            "digits or the bank's 8-byte block never match.",
            "往往是格式错误：压缩数字，奇数位末尾补 F（12345 → 12 34 5F）；ASCII 数字或银行的 8 字节 PIN 块都不会匹"
            "配。",
        ),
        Wording(
            "00 20 00 00 03 12 34 56 for 123456. Do not try again without asking the holder.",
            "123456 应为 00 20 00 00 03 12 34 56。未经持卡人重新输入不要重试。",
        ),
        ("SSC-7 §5.8",),
    ),
    CatalogueEntry(
        "not an old and a new PIN",
        Wording(
            "the data must be old PIN ‖ FF ‖ new PIN, the new one 4 to 16 digits",
            "数据应为旧密码 ‖ FF ‖ 新密码，新密码为 4 至 16 位数字",
        ),
        Wording(
            "FF between the two is missing (an F that fills the old PIN does not count), the new one has less than "
            "four digits, or both were sent as ASCII.",
            "两者之间缺少 FF（旧密码末尾的填充 F 不算），新密码少于四位，或用了 ASCII。",
        ),
        Wording(
            "Packed digits, FF, packed digits: 12 34 56 FF 65 43 21.",
            "压缩数字、FF、压缩数字：12 34 56 FF 65 43 21。",
        ),
    ),
    CatalogueEntry(
        "unblocking with data",
        Wording("unblocking carries the MAC alone", "解锁只带 MAC"),
        Wording(
            "P2 00 (unblock) was sent with a new PIN, which belongs to P2 01.",
            "P2 = 00（解锁）带了新密码；重置新密码应为 P2 = 01。",
        ),
        Wording(
            "P2 00 with four bytes of MAC, or P2 01 with the enciphered PIN and MAC.",
            "P2 = 00 只带 4 字节 MAC；P2 = 01 带加密的新密码和 MAC。",
        ),
        ("SSC-5 table 26",),
    ),
    CatalogueEntry(
        "new PIN in clear",
        Wording("a new PIN needs an enciphered field", "新密码须加密传送"),
        Wording(
            "P2 01 came with the MAC alone, which by the other reading clears the PIN; this card is set not to allow "
            "that.",
            "P2 = 01 只带 MAC，按另一种理解为清除密码；本卡设置为不允许。",
        ),
        Wording(
            "Send LD ‖ PIN ‖ 80… enciphered, then the MAC, or set `ssse.options.unblock_may_clear_pin = true`.",
            "发送加密的 LD ‖ 密码 ‖ 80… 和 MAC，或设置 `ssse.options.unblock_may_clear_pin = true`。",
        ),
        ("SSC-5 table 26",),
    ),
    CatalogueEntry(
        "deciphered PIN is none",
        Wording("the deciphered PIN is not 4 to 16 digits", "解密所得的新密码不是 4 至 16 位数字"),
        Wording(
            "MAC and encipherment are right, the plain text is not: ASCII digits, no F behind an odd digit, or LD "
            "counts the padding.",
            "MAC 与加密正确，但明文不对：ASCII 数字、奇数位没有补 F，或 LD 含了填充。",
        ),
        Wording(
            "LD is the number of PIN bytes: 03 12 34 56 80 00 00 00.",
            "LD 为密码字节数：03 12 34 56 80 00 00 00。",
        ),
    ),
    CatalogueEntry(
        "no application selected",
        Wording("no application is selected: the environment is current", "没有选择应用：当前为环境"),
        Wording(
            "APPLICATION BLOCK blocks the application that is current; SSSE itself is blocked by CARD BLOCK.",
            "应用锁定锁定当前应用；SSSE 环境用卡片锁定。",
        ),
        Wording(
            "SELECT DF03 or DF04 first, prove its LK there, then 84 1E.",
            "先选择 DF03 或 DF04，在其中用 LK 鉴别，再发送 84 1E。",
        ),
    ),
    CatalogueEntry(
        "an application is selected",
        Wording("CARD BLOCK belongs to the environment: select SSSE first", "卡片锁定属于环境：请先选择 SSSE"),
        Wording(
            "The session still stands in an application (DF03, DF04 …) when 84 16 is sent.",
            "发送 84 16 时当前仍为应用（DF03、DF04 等）。",
        ),
        Wording(
            "SELECT SSSE by name, prove BK (KID 05), GET CHALLENGE, CARD BLOCK.",
            "按名称选择 SSSE，用 BK（KID 05）鉴别，取随机数，再卡片锁定。",
        ),
    ),
    CatalogueEntry(
        "no block key",
        Wording("directory {directory:04X} has no block key", "目录 {directory:04X} 没有锁定密钥"),
        Wording(
            "Only applications with LK can be blocked (DF03, DF04); the one that is current was made with block level "
            "00.",
            "只有带 LK 的应用（DF03、DF04）可以锁定；当前应用的锁定级别为 00。",
        ),
        Wording("Select the application that is to be blocked.", "选择要锁定的应用。"),
    ),
    CatalogueEntry(
        "environment blocked by CARD BLOCK",
        Wording("the environment is blocked by CARD BLOCK", "环境已被卡片锁定命令锁定"),
        Wording(
            "CARD BLOCK of SSSE was executed: every command in it is answered 6A81 from then on, for good; SELECT of "
            "the bank still works.",
            "已执行 SSSE 的卡片锁定：此后该环境所有命令返回 6A81，不可恢复；仍可选择银行侧。",
        ),
        Wording("Take another card.", "更换卡片。"),
        ("SSC-5 §6.2.1",),
    ),
    CatalogueEntry(
        "application permanently blocked",
        Wording("application {fid:04X} is permanently blocked", "应用 {fid:04X} 已永久锁定"),
        Wording(
            "APPLICATION BLOCK was executed for this application; the other applications of the card still serve.",
            "该应用已执行应用锁定；卡上其他应用仍可用。",
        ),
        Wording(
            "SELECT another application; there is no unblocking on the social side.",
            "选择其他应用；社保侧没有应用解锁。",
        ),
        ("SSC-7 §13.2",),
    ),
    CatalogueEntry(
        "no room for a MAC",
        Wording("the data field of {received} bytes has no room for a MAC", "{received} 字节的数据域容不下 MAC"),
        Wording(
            "Class 04 or 84 announces a MAC, but no four bytes of it were sent; Lc 00 in CARD BLOCK is the usual case.",
            "CLA 04、84 表示带 MAC，却没有 4 字节 MAC；常见为卡片锁定发 Lc = 00。",
        ),
        Wording("Append the MAC (4 bytes) and count it in Lc.", "附加 4 字节 MAC，并计入 Lc。"),
        ("SSC-4 §8, SSC-7 §7.4",),
    ),
    CatalogueEntry(
        "wrong MAC under STK",
        Wording(
            "MAC wrong: session key of STK {key} from the last random number",
            "MAC 不正确：STK {key} 由最近随机数产生的过程密钥",
        ),
        Wording(
            "The MAC runs under a session key of STK, not STK itself; start value zero; over header, Lc and data as "
            "sent. Usual: key STK of another directory (KID 82 of the application, 02 of SSSE), random number used up "
            "by the proof before.",
            "MAC 用 STK 产生的过程密钥（不是 STK 本身），初始值为零，覆盖命令头、Lc 和所发数据。常见：用了别的目录的 "
            "STK（应用为 82，SSSE 为 02），或随机数已被前面的鉴别用掉。",
        ),
        Wording(
            "GET CHALLENGE after the proof, session key from it, MAC over 84 INS P1 P2 Lc (with the 4) ‖ data, padding "
            "80; the left four bytes of the last block (SM4: its four words XORed).",
            "鉴别之后重新取随机数，产生过程密钥，对 84 INS P1 P2 Lc（含 4）‖ 数据补 80 计算，取末块左 4 字节（SM4 为四"
            "个字异或）。",
        ),
        ("SSC-4 §8, SSC-7 §7.4",),
    ),
    CatalogueEntry(
        "records too long for one answer",
        Wording("{received} bytes of records do not fit one answer", "{received} 字节的记录超出一次应答"),
        Wording(
            "READ RECORD with mode 5 or 6 joins records from P1 on; together they have more than 256 bytes.",
            "方式 5、6 的读记录从 P1 起连续返回，合计超过 256 字节。",
        ),
        Wording(
            "Read them one by one (mode 4), or begin at a later number.",
            "逐条读取（方式 4），或从较后的记录号开始。",
        ),
    ),
    CatalogueEntry(
        "record is not one item",
        Wording("{received} bytes are not one tag-length-value item", "{received} 字节不是一个“标识-长度-值”项"),
        Wording(
            "The record's length byte does not fit, two items were put into one record, or the value came without tag "
            "and length.",
            "记录的长度字节不符，一条记录放了两项，或值前没有标识和长度。",
        ),
        Wording("Tag, length, value, with Lc = length + 2.", "标识、长度、值，Lc = 长度 + 2。"),
    ),
    CatalogueEntry(
        "the MAC alone",
        Wording("the data field holds the MAC only", "数据域只有 MAC"),
        Wording(
            "UPDATE with class 04 carried no data in front of the four MAC bytes.",
            "CLA 04 的更新命令在 4 字节 MAC 之前没有数据。",
        ),
        Wording("Data first, then the MAC over header, Lc and data.", "先数据，后对命令头、Lc 和数据计算的 MAC。"),
    ),
    CatalogueEntry(
        "no such record to write",
        Wording(
            "record {number}: {most} exist, the next new one is the one behind them",
            "记录 {number}：已有 {most} 条，只能接着写下一条",
        ),
        Wording(
            "A gap would arise: the number in P1 is more than one behind the last, often a tag taken for a number.",
            "P1 的记录号超过末号加一，常因把标识当作记录号。",
        ),
        Wording(
            "Write last + 1, or by tag (mode 0, P1 = tag), which adds the item if it is not there.",
            "写末号加一；或按标识写（方式 0，P1 = 标识），不存在时自动追加。",
        ),
    ),
    CatalogueEntry(
        "security file full",
        Wording("the security file holds {most} keys", "安全文件可存 {most} 个密钥"),
        Wording(
            "The security file was created for fewer keys than the script loads: each takes 18 (hex) bytes.",
            "安全文件预留的密钥数少于脚本装载数：每个占 18（十六进制）字节。",
        ),
        Wording("Announce its size as number of keys × 18 (hex) + 2.", "长度按密钥数×18h + 2 声明。"),
    ),
    CatalogueEntry(
        "no FCI file",
        Wording("{fid:04X} is no FCI file", "{fid:04X} 不是 FCI 文件"),
        Wording(
            "P2 of APPEND FCI is the SFI of the environment's FCI file, which its creation data name; an ordinary file "
            "was given.",
            "APPEND FCI 的 P2 应为环境建立数据中指定的 FCI 文件 SFI；给出的是普通文件。",
        ),
        Wording(
            "Take the SFI from the eleventh byte of the environment's creation data.",
            "取环境建立数据第 11 字节中的 SFI。",
        ),
    ),
)
