"""Reasons of the PSAM."""

from __future__ import annotations

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording

REASONS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "no application of the PSAM",
        Wording(
            "{command} works inside the application: SELECT D15600000590 first",
            "{command} 只能在应用内使用：请先选择 D15600000590",
        ),
        Wording(
            "The PSAM was powered on and used at once; keys and terminal files lie in the application of its "
            "environment.",
            "PSAM 上电后直接使用；密钥和终端文件在其环境的应用中。",
        ),
        Wording(
            "SELECT the environment if there are two (SM4 lies in the second), then `00A4040006D15600000590`.",
            "有两个环境时先选择环境（SM4 在第二环境），再发送 `00A4040006D15600000590`。",
        ),
        ("SSC-9 §9",),
    ),
    CatalogueEntry(
        "the MF exists",
        Wording("the MF exists: the chip is not blank", "MF 已存在：不是空白芯片"),
        Wording(
            "SET SERIAL, SET ATR or CREATE MF was sent to a PSAM that has got its MF.",
            "对已有 MF 的 PSAM 发送了写序列号、写 ATR 或建 MF。",
        ),
        Wording(
            "These belong to a blank chip; go on with the environments and applications.",
            "这些命令只用于空白芯片；继续建立环境和应用。",
        ),
    ),
    CatalogueEntry(
        "not the MF",
        Wording("only the MF's environment does that", "只有 MF 所在的环境才能执行"),
        Wording(
            "A command of the chip's maker (transport key, serial number, ATR) was sent inside another environment of "
            "the PSAM.",
            "在 PSAM 的其他环境中发送了芯片制造命令（传输密钥、序列号、ATR）。",
        ),
        Wording("SELECT 3F00 first.", "先选择 3F00。"),
    ),
    CatalogueEntry(
        "no transport key any more",
        Wording("there is no transport key any more", "传输密钥已不存在"),
        Wording(
            "The MF's master key has replaced it: the transport key is for the first step only.",
            "MF 主控密钥装入后即取代传输密钥：传输密钥只用于第一步。",
        ),
        Wording("Prove the MF's master key by EXTERNAL AUTHENTICATION (P2 00).", "用 MF 主控密钥外部鉴别（P2 = 00）。"),
    ),
    CatalogueEntry(
        "transport key not proved",
        Wording("{command} needs proof of the transport key", "{command} 需要先认证传输密钥"),
        Wording(
            "MF and first master key are made under the transport key; a reset in between forgets the proof.",
            "建立 MF 和装入首个主控密钥须在传输密钥认证之后；中间复位会丢失认证。",
        ),
        Wording(
            "TRANSPORT KEY AUTHENTICATION (80 E0 03 00 08 …), then the command, without reset.",
            "先做传输密钥认证（80 E0 03 00 08 …），不复位，再发送命令。",
        ),
    ),
    CatalogueEntry(
        "no purchase key",
        Wording(
            "no purchase key of version {version:02X} for algorithm {algorithm:02X}",
            "没有版本 {version:02X}、算法 {algorithm:02X} 的消费密钥",
        ),
        Wording(
            "INIT SAM takes key version and algorithm from the card's answer to INITIALIZE FOR PURCHASE (its last "
            "bytes before the random number); they were swapped, fixed in the program, or the PSAM lies in the "
            "environment of the other cipher.",
            "INIT SAM 的密钥版本和算法应取自用户卡消费初始化的应答（随机数之前两字节）；常见为颠倒、写死，或选错了 "
            "PSAM 中另一算法的环境。",
        ),
        Wording(
            "Copy both bytes from the card's answer; select the PSAM environment of that algorithm.",
            "从用户卡应答原样取这两字节；选择该算法对应的 PSAM 环境。",
        ),
    ),
    CatalogueEntry(
        "no key in the key files",
        Wording(
            "no key of type {kind:02X} with identifier {kid:02X} in the key files",
            "密钥文件中没有类型 {kind:02X}、标识 {kid:02X} 的密钥",
        ),
        Wording(
            "P1 is a usage byte: steps in its upper three bits, type in its lower five (RKSSSE of a national PSAM is "
            "67/0A, of a provincial 47/0A, of a city's 27/0A). A number of another tier, or of a PSAM for another "
            "business, was used.",
            "P1 为用途字节：高三位为分散级数，低五位为类型（RKSSSE：国家级 67/0A，省级 47/0A，市级 27/0A）；用了别的级"
            "别，或其他业务的 PSAM。",
        ),
        Wording(
            "Try the usage bytes of the other tiers in turn, or look into the PSAM's key list (`dualcos inspect`).",
            "依次尝试其他级别的用途字节，或查看 PSAM 的密钥清单（`dualcos inspect`）。",
        ),
    ),
    CatalogueEntry(
        "no key in the key file",
        Wording(
            "no key {kind:02X}/{kid:02X} in {fid:04X} of {directory:04X}",
            "{directory:04X} 的 {fid:04X} 中没有密钥 {kind:02X}/{kid:02X}",
        ),
        Wording(
            "CHANGE KEY replaces what is there; the key was never created, or lies in another of the key files 0011 to "
            "0013.",
            "修改密钥只替换已有的密钥；该密钥未建立，或在另一密钥文件（0011 至 0013）中。",
        ),
        Wording(
            "CREATE KEY first (P1 00), or give the SFI of the file that has it in P2.",
            "先建立密钥（P1 = 00），或在 P2 给出所在文件的 SFI。",
        ),
    ),
    CatalogueEntry(
        "key for purchases only",
        Wording(
            "keys of type {kind:02X} serve purchases only, not calculations",
            "类型 {kind:02X} 的密钥只用于消费，不能用于数据计算",
        ),
        Wording(
            "DELIVERY SESSION KEY was asked for a purchase key (type 02) or another key of the medical account (09, "
            "0C); the session key of a purchase is made inside INIT SAM and is never delivered.",
            "对消费密钥（类型 02）或医保账户的其他密钥（09、0C）使用了分散过程密钥；消费的过程密钥在 INIT SAM 中产生，"
            "不交付。",
        ),
        Wording(
            "INIT SAM FOR PURCHASE (80 70) and CREDIT SAM (80 72).",
            "使用消费初始化（80 70）和消费确认（80 72）。",
        ),
        ("SSC-9 §6.3",),
    ),
    CatalogueEntry(
        "steps unlike the key's",
        Wording(
            "this PSAM's key of this type and identifier is {expected} step(s) from the card; P1 says {steps} and the "
            "data have {received} bytes (8 for each step, then the session factor)",
            "本 PSAM 中该类型和标识的密钥到用户卡为 {expected} 级；P1 表示 {steps} 级，数据为 {received} 字节（每级 8 "
            "字节，再加过程因子）",
        ),
        Wording(
            "The tier in P1 is not this PSAM's (a city's PSAM has fewer steps than the national one), a factor is "
            "missing (card factor, city, province), or the session factor has 8 bytes where a 16-byte cipher wants 16.",
            "P1 中的级别与本 PSAM 不符（市级比国家级少级数），缺少分散因子（卡片、城市、省），或 16 字节算法的过程因子"
            "只给了 8 字节。",
        ),
        Wording(
            "Send as many factors of 8 bytes as the key has steps, the card's first, then the session factor as long "
            "as the cipher's block.",
            "按密钥级数发送 8 字节的分散因子（卡片在前），最后是与分组等长的过程因子。",
        ),
    ),
    CatalogueEntry(
        "no delivered key",
        Wording(
            "no key is delivered: DELIVERY SESSION KEY must come before",
            "没有已分散的过程密钥：须先执行 DELIVERY SESSION KEY",
        ),
        Wording(
            "The delivered key is gone: SELECT, a failed delivery and a change of the key files end it, and with one "
            "setting a single calculation does.",
            "过程密钥已失效：选择目录、分散失败、密钥文件变更都会使其结束；按某种设置一次计算后即失效。",
        ),
        Wording(
            "DELIVERY SESSION KEY (BF DE) directly before CIPHER DATA.",
            "在数据计算之前立即执行分散过程密钥（BF DE）。",
        ),
    ),
    CatalogueEntry(
        "delivered key served otherwise",
        Wording(
            "the delivered key, gone now, served otherwise ({state}): {needed} must bring it anew",
            "该过程密钥已用于另一类计算（{state}），现已失效：须由 {needed} 重新取得",
        ),
        Wording(
            "One delivered key serves one type of calculation: enciphering (P1 00, 02) or MAC (05, 07, 03, 01), not "
            "both.",
            "一个过程密钥只用于一类计算：加密（P1 = 00、02）或 MAC（05、07、03、01），不能混用。",
        ),
        Wording("Deliver the key again for the second type.", "第二类计算前重新分散过程密钥。"),
    ),
    CatalogueEntry(
        "key for another calculation",
        Wording("a key of type {kind:02X} is not for {needed}", "类型 {kind:02X} 的密钥不用于 {needed}"),
        Wording(
            "The type in the usage byte decides: 06 makes MACs, 07 enciphers (authentication), 08 does both (STK).",
            "由用途字节中的类型决定：06 只做 MAC，07 只加密（鉴别），08 两者皆可（STK）。",
        ),
        Wording("Deliver a key whose type serves this calculation.", "使用类型相符的密钥。"),
        ("SSC-9 §6.3",),
    ),
    CatalogueEntry(
        "another number of blocks",
        Wording(
            "{least} to {most} blocks of {block} bytes are wanted, {received} bytes came",
            "需要 {least} 至 {most} 个 {block} 字节的分组，收到 {received} 字节",
        ),
        Wording(
            "The PSAM pads nothing; in P1 05 and 07 the first block is the start value, so one block alone has no "
            "data.",
            "PSAM 不做填充；P1 = 05、07 时第一个分组是初始值，只有一个分组就没有数据。",
        ),
        Wording(
            "Pad with 80 00… yourself, put the start value (zeros or random) in front, send at most eight blocks and "
            "go on with 07, 03, 01.",
            "自行用 80 00… 填充，前面放初始值（全零或随机数）；每次最多八个分组，更长用 07、03、01 分段。",
        ),
    ),
    CatalogueEntry(
        "no MAC begun",
        Wording("P1 03 and 01 continue a MAC: {needed} must come before", "P1 03、01 用于继续 MAC：须先执行 {needed}"),
        Wording(
            "The first part of a long MAC was sent with 05 (whole) or 03 instead of 07.",
            "长 MAC 的第一段用了 05（整段）或 03，而不是 07。",
        ),
        Wording(
            "07 with the start value, then 03 for the middle, 01 for the end.",
            "第一段（含初始值）用 07，中间用 03，末段用 01。",
        ),
    ),
    CatalogueEntry(
        "factors unlike steps",
        Wording(
            "the purchase key is {expected} steps from the card, {received} factors came",
            "消费密钥到用户卡为 {expected} 级，收到 {received} 个分散因子",
        ),
        Wording(
            "The factors behind the 1C fixed bytes are not as many as the PSAM's tier has steps to the card.",
            "1C 字节固定数据之后的分散因子个数与本 PSAM 的级数不符。",
        ),
        Wording(
            "Card factor first, then city, then province, only as many as the steps that are named.",
            "先卡片因子，再城市、省，个数与所示级数一致。",
        ),
    ),
    CatalogueEntry(
        "terminal files too short",
        Wording(
            "terminal number or sequence have no room for 6 and 4 bytes",
            "终端机编号或终端交易序号文件不足 6、4 字节",
        ),
        Wording(
            "Files 0016 (terminal number, 6 bytes) and 0019 (terminal sequence, 4 bytes) were made shorter.",
            "文件 0016（终端机编号，6 字节）或 0019（终端交易序号，4 字节）建得过短。",
        ),
        Wording("Make them with 6 and 4 bytes at least.", "建文件时至少为 6 字节和 4 字节。"),
    ),
    CatalogueEntry(
        "terminal sequence at its end",
        Wording("the terminal sequence is at its end", "终端交易序号已到最大值"),
        Wording(
            "File 0019 stands at FFFFFFFF: a test wrote it, or the PSAM is used up.",
            "文件 0019 为 FFFFFFFF：测试写入所致，或 PSAM 已用尽。",
        ),
        Wording("Take another PSAM; the number may not turn over.", "更换 PSAM；序号不得回绕。"),
    ),
    CatalogueEntry(
        "no purchase initialised",
        Wording("{needed} must come just before", "须先紧接着执行 {needed}"),
        Wording(
            "Any command to the PSAM between INIT SAM and CREDIT SAM ends the purchase, refused ones too; GET RESPONSE "
            "for the answer is no command of its own.",
            "INIT SAM 与 CREDIT SAM 之间对 PSAM 的任何命令（包括被拒绝的）都会结束消费；取响应不算。",
        ),
        Wording(
            "Talk to the card only between 80 70 and 80 72; begin again with 80 70.",
            "80 70 与 80 72 之间只与用户卡通信；从 80 70 重新开始。",
        ),
    ),
    CatalogueEntry(
        "wrong MAC2 of the card",
        Wording(
            "MAC2 is not the card's under the session {key}: hand out no goods, the card may be debited",
            "MAC2 不是用户卡在过程密钥 {key} 下的值：不得交付货物，用户卡可能已扣款",
        ),
        Wording(
            "TAC and MAC2 of the card's answer were taken for one another (DEBIT answers TAC ‖ MAC2), or amounts or "
            "time of the PSAM and of the card differ.",
            "把用户卡应答中的 TAC 与 MAC2 弄反（应答为 TAC ‖ MAC2），或 PSAM 与用户卡收到的金额、时间不同。",
        ),
        Wording(
            "Send the last four bytes of the card's answer; give both cards the same amounts, type, date and time.",
            "发送用户卡应答的后四字节；两卡使用相同的金额、交易类型、日期和时间。",
        ),
        ("SSC-9 §9.10.1",),
    ),
    CatalogueEntry(
        "no such algorithm",
        Wording("no algorithm with number {algorithm:02X}", "没有编号为 {algorithm:02X} 的算法"),
        Wording(
            "The fourth attribute byte of CREATE KEY is 02 (SSF33, not public) or is the key version.",
            "建立密钥的第四个属性字节为 02（SSF33，未公开），或误放了密钥版本。",
        ),
        Wording("01 for 3DES and DES, 03 for SM4.", "3DES、DES 用 01，SM4 用 03。"),
    ),
    CatalogueEntry(
        "key of another length",
        Wording(
            "a {algorithm} key has {needed} bytes, not {received}",
            "{algorithm} 密钥为 {needed} 字节，收到 {received} 字节",
        ),
        Wording(
            "Half a key was sent (single DES, one component), or the padding was counted as part of the value.",
            "只发送了半个密钥（单 DES、分量），或把填充算作密钥值。",
        ),
        Wording(
            "Send the whole value; LD counts eight attribute bytes and the value.",
            "发送完整密钥值；LD 为 8 字节属性加密钥值。",
        ),
    ),
    CatalogueEntry(
        "no such usage",
        Wording(
            "usage {received:02X} is no number of steps and type of key",
            "{received:02X} 不是有效的分散级数和类型",
        ),
        Wording(
            "More than three steps, or a type that part 9 does not have, often because usage and identifier were "
            "swapped.",
            "级数大于三，或第 9 部分没有的类型，常因用途与标识颠倒。",
        ),
        Wording("Usage first: steps × 20 + type, then the identifier.", "先用途（级数×20h + 类型），后标识。"),
    ),
    CatalogueEntry(
        "key there already",
        Wording(
            "key {kind:02X}/{kid:02X} exists: CHANGE KEY replaces its value",
            "已有密钥 {kind:02X}/{kid:02X}：用修改密钥替换其值",
        ),
        Wording(
            "CREATE KEY was run twice for one usage and identifier of one cipher.",
            "对同一用途、标识和算法重复建立密钥。",
        ),
        Wording("CHANGE KEY (P1 01), which keeps usage and cipher.", "使用修改密钥（P1 = 01），用途和算法不变。"),
    ),
    CatalogueEntry(
        "key file full",
        Wording("key file {fid:04X} holds {count} keys", "密钥文件 {fid:04X} 可存 {count} 个密钥"),
        Wording(
            "The file was created for fewer keys: each takes 18 (hex) bytes of its size.",
            "建文件时预留的密钥数不足：每个密钥占 18（十六进制）字节。",
        ),
        Wording(
            "Use another of the key files 0011 to 0013, or make it larger.",
            "使用另一密钥文件（0011 至 0013），或建得更大。",
        ),
        ("SSC-9 §6",),
    ),
    CatalogueEntry(
        "new value of another length",
        Wording(
            "key {kind:02X}/{kid:02X} has {needed} bytes, not {received}",
            "密钥 {kind:02X}/{kid:02X} 为 {needed} 字节，收到 {received} 字节",
        ),
        Wording(
            "The new value has another cipher's length, or the attributes of CREATE KEY (8 bytes) were sent where "
            "CHANGE KEY has 3.",
            "新值长度属于另一算法，或按建立密钥发送了 8 字节属性（修改密钥为 3 字节）。",
        ),
        Wording(
            "Usage, identifier, 00, then a value as long as the old one.",
            "用途、标识、00，再跟与原值等长的新值。",
        ),
    ),
    CatalogueEntry(
        "16 bytes asked of an 8-byte cipher",
        Wording("16 bytes are for environments of 16-byte ciphers", "只有 16 字节分组算法的环境才给出 16 字节随机数"),
        Wording("Le 10 was sent in the 3DES environment of the PSAM.", "在 PSAM 的 3DES 环境中发送了 Le = 10。"),
        Wording("Le 08, or select the environment of the 16-byte cipher.", "Le 用 08，或选择 16 字节算法的环境。"),
    ),
    CatalogueEntry(
        "no province",
        Wording(
            "{received} is not the first byte of a card identification code: two digits",
            "{received} 不是卡识别码的首字节：应为两位数字",
        ),
        Wording(
            "INITIALIZE ENVIRONMENT wants the first byte of the card's identification code in BCD (11 for Beijing), "
            "not a number in binary or ASCII.",
            "初始化环境要求卡识别码的首字节（BCD，北京为 11），不是二进制数或 ASCII。",
        ),
        Wording(
            "Read EF05 item 01 of the user card and send its first byte.",
            "读用户卡 EF05 的 01 项，发送其首字节。",
        ),
    ),
    CatalogueEntry(
        "no such key file",
        Wording("no key file {sfi:02X} in {directory:04X}", "{directory:04X} 下没有密钥文件 {sfi:02X}"),
        Wording(
            "P2 is the SFI of an ordinary file, or of a key file of another directory.",
            "P2 是普通文件的 SFI，或另一目录的密钥文件。",
        ),
        Wording(
            "Select the application; P2 is the SFI of its key file 0011, 0012 or 0013.",
            "先选择应用；P2 为其密钥文件 0011、0012 或 0013 的 SFI。",
        ),
    ),
)
