"""Reasons of the bank side's making: master key, and the channel of personalisation."""

from __future__ import annotations

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording

REASONS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "wrong master key cryptogram",
        Wording(
            "the master key's cryptogram is wrong; {left} tries left",
            "环境主控密钥的认证数据不正确；剩余 {left} 次",
        ),
        Wording(
            "The bank's form has 8 bytes and no original information; sent: the social side's 16 bytes cut, another "
            "key's value, or the random number of another GET CHALLENGE.",
            "银行侧的形式为 8 字节，没有原始信息；常见错误：截取社保侧的 16 字节、密钥不对、用了别的随机数。",
        ),
        Wording(
            "GET CHALLENGE 08, encipher it under the environment's master key, send 8 bytes (00 82 00 00 08).",
            "取 8 字节随机数，用环境主控密钥加密，发送 8 字节（00 82 00 00 08）。",
        ),
    ),
    CatalogueEntry(
        "the master key replaces itself only",
        Wording(
            "pre-personalisation has ended: the master key may only replace itself",
            "预个人化已结束：主控密钥只能替换自己",
        ),
        Wording(
            "Channel keys (types 10, 11, 12) were to be loaded after END of the environment.",
            "在环境结束预个人化之后装载通道密钥（类型 10、11、12）。",
        ),
        Wording(
            "Load KENC, KMAC, KDEK and KEYDATA before END; an issued card takes P1 01 only.",
            "在结束之前装载 KENC、KMAC、KDEK 和 KEYDATA；发行后只接受 P1 = 01。",
        ),
    ),
    CatalogueEntry(
        "an application ends with STORE DATA",
        Wording(
            "an application ends with its last STORE DATA; select the environment",
            "应用由最后一条存储数据结束；请选择环境",
        ),
        Wording(
            "END (80 E0 02) was sent while an application is current; it ends the pre-personalisation of the "
            "environment.",
            "在应用为当前目录时发送了结束（80 E0 02）；它结束的是环境的预个人化。",
        ),
        Wording(
            "SELECT 1PAY.SYS.DDF01, prove its master key, END; the application's end is P1 80 in its last STORE DATA.",
            "选择 1PAY.SYS.DDF01，鉴别主控密钥，再发送结束；应用的结束是最后一条存储数据的 P1 = 80。",
        ),
        ("PBOC-10 §6.3",),
    ),
    CatalogueEntry(
        "no unfinished application",
        Wording(
            "only an unfinished application can be deleted, {fid:04X} is none",
            "只能删除未完成的应用，{fid:04X} 不是",
        ),
        Wording(
            "The application is personalised already, or the identifier is that of the environment or of a file.",
            "该应用已完成个人化，或标识符是环境或文件的。",
        ),
        Wording(
            "A finished application is ended with the environment only (DELETE FILE under its master key).",
            "已完成的应用只能随环境一起删除（在其主控密钥下）。",
        ),
    ),
    CatalogueEntry(
        "channel counter used up",
        Wording("the channel's counter is used up", "通道计数器已用尽"),
        Wording(
            "The sequence counter of the personalisation channel stands at FFFF.",
            "个人化通道的序列计数器已到 FFFF。",
        ),
        Wording("Delete the unfinished application and make it again.", "删除未完成的应用，重新建立。"),
    ),
    CatalogueEntry(
        "no KEYDATA yet",
        Wording(
            "{fid:04X} has no KEYDATA yet: its pre-personalisation is not finished",
            "{fid:04X} 还没有 KEYDATA：预个人化未完成",
        ),
        Wording(
            "The channel was to be opened before KEY DATA (80 E0 06) was written into this directory.",
            "在写入密钥标识数据（80 E0 06）之前打开通道。",
        ),
        Wording(
            "Write KEYDATA and the channel keys in every directory that is personalised, the environment too.",
            "在每个要个人化的目录（包括环境）写入 KEYDATA 和通道密钥。",
        ),
    ),
    CatalogueEntry(
        "channel not initialised",
        Wording("INITIALIZE UPDATE must come just before", "须先紧接着执行 INITIALIZE UPDATE"),
        Wording(
            "EXTERNAL AUTHENTICATE was repeated after a failure, or another SELECT came between: each opening needs "
            "its own INITIALIZE UPDATE.",
            "失败后重发外部认证，或其间又选择了应用：每次打开通道都须重新 INITIALIZE UPDATE。",
        ),
        Wording(
            "80 50, then 84 82 with cryptogram and C-MAC of this opening.",
            "先 80 50，再用本次的密文和 C-MAC 发送 84 82。",
        ),
    ),
    CatalogueEntry(
        "channel locked",
        Wording("{number} openings of the channel have failed", "通道打开已失败 {number} 次"),
        Wording(
            "A script with wrong channel keys was tried again and again; ten failures in a row lock the directory's "
            "channel.",
            "用错误的通道密钥反复尝试；连续失败十次后该目录的通道锁定。",
        ),
        Wording(
            "Delete the application (or environment) under the environment's master key and make it again.",
            "在环境主控密钥下删除该应用（或环境），重新建立。",
        ),
    ),
    CatalogueEntry(
        "wrong host cryptogram",
        Wording("the host cryptogram is wrong", "主机密文不正确"),
        Wording(
            "KMC or its derivation is another: KEYDATA's last six bytes and F0/0F 01, 02, 03 for KENC, KMAC, KDEK; or "
            "the session keys were not made with the counter that INITIALIZE UPDATE answered.",
            "KMC 或其分散不对：KEYDATA 后六字节加 F0/0F 01、02、03 得 KENC、KMAC、KDEK；或过程密钥没有使用 INITIALIZE "
            "UPDATE 返回的计数器。",
        ),
        Wording(
            "Check the card cryptogram of INITIALIZE UPDATE first: if that is wrong, too, the keys are. Then CBC under "
            "the session ENC key over counter 2 ‖ card challenge 6 ‖ host challenge 8, padding 80; the last block.",
            "先核对 INITIALIZE UPDATE 的卡片密文：若也不对则密钥有误。再用过程 ENC 密钥对计数器 2 ‖ 卡片随机数 6 ‖ 主"
            "机随机数 8 补 80 做 CBC，取末块。",
        ),
    ),
    CatalogueEntry(
        "wrong C-MAC of the opening",
        Wording("the C-MAC is wrong", "打开通道的 C-MAC 不正确"),
        Wording(
            "The host cryptogram is right, the C-MAC is not: it covers 84 82 P1 00 10 ‖ host cryptogram under the "
            "session MAC key, start value zero, Lc 10.",
            "主机密文正确而 C-MAC 不对：应在过程 MAC 密钥下覆盖 84 82 P1 00 10 ‖ 主机密文，初始值为零，Lc = 10。",
        ),
        Wording(
            "Compute over the header with class 84 and Lc 10, padding 80, single DES with a last triple one (retail "
            "MAC).",
            "对 CLA 84、Lc = 10 的命令头计算，补 80，单 DES 链加末块 3DES。",
        ),
        ("EMV CPS 5.4.2",),
    ),
    CatalogueEntry(
        "no channel open",
        Wording(
            "no personalisation channel is open: INITIALIZE UPDATE, then EXTERNAL AUTHENTICATE",
            "没有打开的个人化通道：先 INITIALIZE UPDATE，再 EXTERNAL AUTHENTICATE",
        ),
        Wording(
            "SELECT, reset or one wrong C-MAC has closed the channel; the script went on with STORE DATA.",
            "选择应用、复位或一次错误的 C-MAC 关闭了通道；脚本仍继续存储数据。",
        ),
        Wording("Stop at the first refusal and open the channel anew.", "遇到第一次拒绝即停，重新打开通道。"),
    ),
    CatalogueEntry(
        "C-MAC missing",
        Wording(
            "level {needed:02X} asks for a C-MAC on every command (class 84); the channel is closed",
            "级别 {needed:02X} 要求每条命令带 C-MAC（CLA 84）；通道已关闭",
        ),
        Wording(
            "The channel was opened with P1 01 or 03, and STORE DATA came with class 80.",
            "通道以 P1 = 01 或 03 打开，存储数据却用了 CLA 80。",
        ),
        Wording(
            "Class 84 and eight bytes of C-MAC behind the data, or open with P1 00.",
            "用 CLA 84 并在数据后加 8 字节 C-MAC，或以 P1 = 00 打开通道。",
        ),
        ("EMV CPS 5.4.2",),
    ),
    CatalogueEntry(
        "no room for a C-MAC",
        Wording("{received} bytes have no room for a C-MAC of 8", "{received} 字节容不下 8 字节 C-MAC"),
        Wording(
            "Class 84 was set, but no C-MAC appended (or four bytes of one).",
            "置了 CLA 84，却没有附加 C-MAC（或只有 4 字节）。",
        ),
        Wording("Append all eight bytes.", "附加完整的 8 字节。"),
        ("EMV CPS 5.4.2",),
    ),
    CatalogueEntry(
        "channel command does not decipher",
        Wording(
            "the enciphered command of {received} bytes does not decipher; the channel is closed",
            "{received} 字节的加密命令无法解密；通道已关闭",
        ),
        Wording(
            "Level 03 enciphers the whole data field, padded with 80 to blocks, before the C-MAC is appended; here it "
            "is plain, no whole blocks, or under KDEK.",
            "级别 03 要求整个数据域补 80 后加密，再附加 C-MAC；此处为明文、非整分组，或用了 KDEK。",
        ),
        Wording(
            "CBC under the session ENC key of the padded data, C-MAC over the plain data; or open with level 01.",
            "用过程 ENC 密钥对填充后的数据做 CBC 加密，C-MAC 对明文计算；或用级别 01。",
        ),
        ("EMV CPS 5.4.2",),
    ),
    CatalogueEntry(
        "wrong C-MAC",
        Wording(
            "the C-MAC is wrong; it covers the previous C-MAC, header, Lc and plain data; the channel is closed",
            "C-MAC 不正确；应覆盖上一个 C-MAC、命令头、Lc 和明文数据；通道已关闭",
        ),
        Wording(
            "The chain is broken: the C-MAC of the command before was not put in front (also that of EXTERNAL "
            "AUTHENTICATE), a command was left out, or Lc was taken before C-MAC and padding were added.",
            "链断开：没有把上一条命令（包括外部认证）的 C-MAC 放在前面，漏了命令，或 Lc 取了加 C-MAC、填充之前的值。",
        ),
        Wording(
            "Previous C-MAC ‖ 84 E2 P1 P2 Lc (as of plain data + 8) ‖ plain data, padding 80; keep the result for the "
            "next.",
            "上一个 C-MAC ‖ 84 E2 P1 P2 Lc（明文长度 + 8）‖ 明文，补 80；结果留给下一条。",
        ),
        ("EMV CPS 5.4.2",),
    ),
    CatalogueEntry(
        "STORE DATA out of turn",
        Wording(
            "STORE DATA {expected:02X} is due, not {received:02X}",
            "应为存储数据 {expected:02X}，收到 {received:02X}",
        ),
        Wording(
            "P2 numbers the commands of one opening from 00; a command was repeated, left out, or the count went on "
            "from the last channel.",
            "P2 从 00 起为本次通道中的命令编号；重复、遗漏，或沿用了上次通道的编号。",
        ),
        Wording(
            "Begin at 00 after each opening and add one for every command, also for parts of a long group.",
            "每次打开通道从 00 开始，每条命令加一，分段发送的也计数。",
        ),
    ),
    CatalogueEntry(
        "end inside a group",
        Wording(
            "the last command ends inside a group, of which {received} bytes came",
            "最后一条命令在分组中间结束，只收到 {received} 字节",
        ),
        Wording(
            "The length in front of a group is larger than what was sent, or P1 80 was set although a part follows.",
            "分组前的长度大于实际发送，或还有后续部分就置了 P1 = 80。",
        ),
        Wording(
            "Set bit 8 of P1 in the command that carries the last byte of the last group.",
            "只在含最后分组最后一字节的命令中置 P1 最高位。",
        ),
    ),
)
