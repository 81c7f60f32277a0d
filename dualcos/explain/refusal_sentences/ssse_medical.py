"""Reasons of the social side: the off-line medical account."""

from __future__ import annotations

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording

REASONS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "no medical account",
        Wording(
            "no off-line medical account in {directory:04X}: SELECT DF04 first",
            "{directory:04X} 没有脱机医保账户：请先选择 DF04",
        ),
        Wording(
            "Medical commands (class B0) were sent in SSSE or in another application, or on a card whose region uses "
            "no off-line account.",
            "在 SSSE 或其他应用中发送了医保命令（CLA B0），或该地区的卡没有脱机账户。",
        ),
        Wording(
            "SELECT D15600000503 (DF04) first; if it is still refused, the card has no account (card-use flag 1).",
            "先选择 D15600000503（DF04）；仍被拒绝则卡上没有账户（用卡方式标志为 1）。",
        ),
    ),
    CatalogueEntry(
        "medical files of another kind",
        Wording(
            "amounts or log of {directory:04X} are files of another kind",
            "{directory:04X} 的金额文件或交易明细文件类型不符",
        ),
        Wording(
            "A card made by hand: EF08 must be cyclic, the amounts file internal.",
            "自制的卡：EF08 应为循环文件，金额文件应为内部文件。",
        ),
        Wording(
            "Create EF08 as cyclic (records 1C or 14) and the amounts file as internal with the SFI of the "
            "environment's creation data.",
            "EF08 建为循环文件（记录长 1C 或 14），金额文件建为内部文件，其 SFI 在环境建立数据中指定。",
        ),
    ),
    CatalogueEntry(
        "medical log of another length",
        Wording(
            "records of the medical log have {received:02X} bytes, not 1C or 14",
            "医保交易明细记录为 {received:02X} 字节，应为 1C 或 14",
        ),
        Wording(
            "The record length in the creation data of EF08 is decimal (28 for 1C), or counts a status byte.",
            "EF08 建立数据中的记录长度用了十进制（28 即 1C），或多算一字节。",
        ),
        Wording("1C for an account with yearly totals, 14 for one without.", "有年度累计的账户用 1C，无累计的用 14。"),
    ),
    CatalogueEntry(
        "no amounts",
        Wording("the amounts file does not hold amounts", "金额文件中不是金额"),
        Wording(
            "The amounts file is damaged, or was written with other contents when the card was made.",
            "金额文件损坏，或制卡时写入了其他内容。",
        ),
        Wording("Take another card; a transaction on this one would block it.", "更换卡片；在本卡上交易会将其锁定。"),
    ),
    CatalogueEntry(
        "no amounts, environment blocked",
        Wording(
            "the amounts file does not hold amounts; the environment is blocked from now on",
            "金额文件中不是金额；环境从现在起锁定",
        ),
        Wording(
            "A paying command met a damaged amounts file: by the specification the card locks itself as after CARD "
            "BLOCK.",
            "交易命令遇到损坏的金额文件：按规范卡片自锁，等同卡片锁定。",
        ),
        Wording("Take another card; nothing was debited.", "更换卡片；没有扣款。"),
        ("SSC-5 table 53",),
    ),
    CatalogueEntry(
        "no medical transaction",
        Wording(
            "{row} needs {needed} just before, the state is {state}",
            "{row} 须紧跟在 {needed} 之后，现状态为{state}",
        ),
        Wording(
            "CREDIT or DEBIT without its INITIALIZE in this session, or after one that was completed: each serves one "
            "transaction.",
            "本次会话没有先做初始化，或上一笔已完成：每次初始化只用于一笔交易。",
        ),
        Wording(
            "INITIALIZE FOR LOAD (B0 28 00 01) then CREDIT; INITIALIZE FOR PURCHASE (B0 28 01 01) then DEBIT.",
            "划入初始化（B0 28 00 01）后账户划入；消费初始化（B0 28 01 01）后医疗消费。",
        ),
        ("SSC-5 §7, table 49",),
    ),
    CatalogueEntry(
        "medical transaction ended",
        Wording(
            "{row} needs {needed} just before, the state is {state}; {ended.row} ended the last one with {ended.sw}",
            "{row} 须紧跟在 {needed} 之后，现状态为{state}；{ended.row} 已结束上一笔交易，状态字 {ended.sw}",
        ),
        Wording(
            "A command outside the medical set (READ, SELECT, GET CHALLENGE), or a refused one, came between and "
            "brought the account back to idle.",
            "中间的非医保命令（读、选择、取随机数）或被拒绝的命令使账户回到空闲状态。",
        ),
        Wording(
            "Send nothing but GET BALANCE and GET TRANSACTION PROOF between; begin again with INITIALIZE.",
            "其间只能发查询余额和取交易认证；从初始化重新开始。",
        ),
        ("SSC-5 §7, table 49",),
    ),
    CatalogueEntry(
        "medical transaction left",
        Wording(
            "{row} needs {needed} just before, the state is {state}; a command that is none here ended the last one",
            "{row} 须紧跟在 {needed} 之后，现状态为{state}；此处没有的命令结束了上一笔交易",
        ),
        Wording(
            "A command that does not exist here came between, often one for the PSAM sent to the user card.",
            "中间发送了此处不存在的命令，常见为把 PSAM 的命令发给了用户卡。",
        ),
        Wording(
            "Check which slot each command goes to; begin again with INITIALIZE.",
            "核对各命令发往的卡座；从初始化重新开始。",
        ),
        ("SSC-5 §7, table 49",),
    ),
    CatalogueEntry(
        "proof of another transaction",
        Wording(
            "no proof for type {kind:02X}, sequence {sequence:04X}: the last transaction is type {last_kind:02X}, "
            "sequence {last_sequence:04X}",
            "没有类型 {kind:02X}、序号 {sequence:04X} 的交易认证：最近一笔为类型 {last_kind:02X}、序号 "
            "{last_sequence:04X}",
        ),
        Wording(
            "The sequence is one off (the proof carries the number that INITIALIZE answered), the type is 01/02 "
            "instead of the characters 31/32, or a newer transaction has replaced the proof.",
            "序号差一（认证中为初始化返回的序号），类型用了 01/02 而不是字符 31/32，或已被新的交易替换。",
        ),
        Wording(
            "P2 31 for a load, 32 for a purchase; the sequence as INITIALIZE answered it.",
            "划入 P2 = 31，消费 P2 = 32；序号用初始化返回的值。",
        ),
        ("SSC-7 §14",),
    ),
    CatalogueEntry(
        "no transaction to prove",
        Wording(
            "no proof for type {kind:02X}, sequence {sequence:04X}: there was no transaction yet",
            "没有类型 {kind:02X}、序号 {sequence:04X} 的交易认证：尚无交易",
        ),
        Wording(
            "The last CREDIT or DEBIT did not reach the card (or was refused), so nothing was booked; this is a right "
            "answer after a power cut, too.",
            "上一条账户划入或医疗消费没有到达卡片（或被拒绝），未入账；断电后的恢复流程也会得到此应答。",
        ),
        Wording(
            "Treat the transaction as not done and begin again with INITIALIZE.",
            "按未交易处理，从初始化重新开始。",
        ),
        ("SSC-7 §14",),
    ),
    CatalogueEntry(
        "account without starting day",
        Wording("an account without yearly totals has no starting day", "没有年度累计的账户没有起始日期"),
        Wording(
            "The log of this account has records of 14 (hex) bytes, account only, so there are no yearly totals to "
            "start.",
            "本账户的交易明细记录长为 14（十六进制，仅账户），没有年度累计。",
        ),
        Wording("Leave the starting day alone on such cards.", "此类卡不设置起始日期。"),
    ),
    CatalogueEntry(
        "no day of the year",
        Wording("{received} is no day mmdd", "{received} 不是 mmdd 日期"),
        Wording("The day is in binary, as ddmm, or 0000.", "日期为二进制、ddmm 顺序或 0000。"),
        Wording(
            "Two bytes BCD, month first: 01 01 for the first of January.",
            "两字节 BCD，月在前：1 月 1 日为 01 01。",
        ),
    ),
    CatalogueEntry(
        "no transaction keys",
        Wording("{key} with index {index:02X}, or DTK, is not here", "没有索引为 {index:02X} 的 {key}，或没有 DTK"),
        Wording(
            "The key index (first data byte) is not the one the card was personalised with, or is the key's version.",
            "密钥索引（数据首字节）与个人化的不同，或误用了密钥版本。",
        ),
        Wording(
            "Take the index that the business rules name (01 as a rule); `dualcos inspect` lists the keys of DF04.",
            "使用业务规定的索引（一般为 01）；`dualcos inspect` 可列出 DF04 的密钥。",
        ),
        ("SSC-7 §11.2, §12.2",),
    ),
    CatalogueEntry(
        "transaction counter at its end",
        Wording("the transaction counter stands at {sequence:04X}", "交易序号已到 {sequence:04X}"),
        Wording(
            "The account has done 65,535 transactions of this kind, or a test set the counter.",
            "本账户已做 65535 笔该类交易，或测试设置了计数器。",
        ),
        Wording("Take another card; the counter does not turn over.", "更换卡片；序号不回绕。"),
    ),
    CatalogueEntry(
        "wrong transaction MAC",
        Wording(
            "{mac} is wrong under the session {key}: compare key index, random number, both sequence numbers, amounts, "
            "type code, terminal and time",
            "{mac} 在过程密钥 {key} 下不正确：请核对密钥索引、随机数、两个交易序号、金额、类型代码、终端机编号和时间",
        ),
        Wording(
            "One input differs from the card's: the type as 02 instead of the character 32, an amount in another byte "
            "order, the session key from the card's sequence + 1, a terminal number of another message.",
            "有一项输入与卡片不同：类型用 02 而不是字符 32，金额字节序不同，过程密钥用了序号加一，终端机编号与初始化时"
            "不同。",
        ),
        Wording(
            "Take random number and sequence from the answer of this INITIALIZE, amounts and terminal as sent there, "
            "type 31 or 32.",
            "随机数和序号取自本次初始化应答，金额和终端机编号与初始化所发一致，类型为 31 或 32。",
        ),
        ("SSC-7 §11.7, §12.5",),
    ),
    CatalogueEntry(
        "insufficient funds",
        Wording(
            "{needed} fen are asked of the account, {balance} are there",
            "账户需要 {needed} 分，余额 {balance} 分",
        ),
        Wording(
            "The first amount is what the account pays; self-paid and pooled amounts come behind it and need no "
            "balance. Yuan for fen, or another byte order, makes it a hundred or 16 million times larger.",
            "第一个金额为账户支付额；其后的自付、统筹金额不占余额。元与分混淆或字节序错误会放大百倍以上。",
        ),
        Wording(
            "Amounts in fen, 4 bytes binary, highest byte first; GET BALANCE before.",
            "金额以分为单位，4 字节二进制，高字节在前；先查询余额。",
        ),
        ("SSC-7 §12.2",),
    ),
    CatalogueEntry(
        "balance overflow",
        Wording("the balance would exceed FFFFFFFF fen", "余额将超过 FFFFFFFF 分"),
        Wording("The amount of a load is in another byte order, or BCD.", "划入金额的字节序不对，或用了 BCD。"),
        Wording("Four bytes binary in fen, highest byte first.", "以分为单位，4 字节二进制，高字节在前。"),
        ("SSC-7 §11",),
    ),
    CatalogueEntry(
        "total overflow",
        Wording("a total of this payment year would exceed FFFFFFFF fen", "本年度累计将超过 FFFFFFFF 分"),
        Wording(
            "Self-paid or pooled amount in another byte order or BCD; the totals of the year add up over all "
            "purchases.",
            "自付或统筹金额字节序不对或用了 BCD；年度累计为全年消费之和。",
        ),
        Wording(
            "Four bytes binary in fen; the year's totals begin anew with the next payment year.",
            "以分为单位，4 字节二进制；下一年度重新累计。",
        ),
        ("SSC-7 §12.5",),
    ),
    CatalogueEntry(
        "no date",
        Wording(
            "the time begins {received}: no date YYYYMMDD in digits, so no payment year",
            "时间以 {received} 开头：不是 YYYYMMDD 数字，无法确定年度",
        ),
        Wording(
            "The time was sent in binary, as a two-digit year, or as FF by a terminal without clock.",
            "时间为二进制、两位年份，或没有时钟的终端填了 FF。",
        ),
        Wording(
            "Seven bytes BCD: 20 26 11 24 12 00 00; the card's MAC covers them.",
            "7 字节 BCD：20 26 11 24 12 00 00；MAC 覆盖该时间。",
        ),
        ("SSC-7 §12.5",),
    ),
)
