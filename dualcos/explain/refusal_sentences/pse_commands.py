"""Reasons of the bank side in use: what exists, selection, reading, what scripts write."""

from __future__ import annotations

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording

REASONS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "payment environment blocked",
        Wording("the payment environment is blocked by CARD BLOCK", "支付系统环境已被卡片锁定命令锁定"),
        Wording(
            "The issuer's script CARD BLOCK was executed; every command of the bank side is answered 6A81 from then "
            "on, for good.",
            "已执行发卡行脚本的卡片锁定；此后银行侧所有命令都返回 6A81，不可恢复。",
        ),
        Wording(
            "Take another card; the social side is not touched unless the card is set so.",
            "更换卡片；除非另有设置，社保侧不受影响。",
        ),
        ("PBOC-5 B.4.1",),
    ),
    CatalogueEntry(
        "instruction of an application",
        Wording(
            "instruction {received:02X} does not exist in the environment itself: select an application",
            "环境本身没有指令 {received:02X}：请先选择应用",
        ),
        Wording(
            "The PSE (1PAY.SYS.DDF01) was selected and the transaction begun at once; GPO, GENERATE AC, GET DATA and "
            "the like exist in an application only.",
            "选择 PSE（1PAY.SYS.DDF01）之后直接开始交易；GPO、GENERATE AC、GET DATA 等只在应用中存在。",
        ),
        Wording(
            "Read the directory file (SFI 01), then SELECT the AID found there, A000000333010101.",
            "先读目录文件（SFI 01），再选择其中的 AID（A000000333010101）。",
        ),
        ("PBOC-5 B; conformance cases INI080, IAU120",),
    ),
    CatalogueEntry(
        "feature the card does not have",
        Wording("{command} does not exist on a card with these features", "本卡的个人化不含此功能，没有 {command}"),
        Wording(
            "The AIP says what the card can do: EXTERNAL AUTHENTICATE needs issuer authentication (bit 3), VERIFY an "
            "offline PIN; the terminal sends it without looking.",
            "AIP 表明卡片能力：外部认证需要发卡行认证（第 3 位），VERIFY 需要脱机 PIN；终端未检查就发送。",
        ),
        Wording(
            "Follow AIP and CVM list; on a card without issuer authentication the ARPC goes unused.",
            "按 AIP 和 CVM 列表处理；卡片不支持发卡行认证时不使用 ARPC。",
        ),
    ),
    CatalogueEntry(
        "list length",
        Wording(
            "{command}: the card's data object list asks for {needed}; {received} came",
            "{command}：卡片的数据对象列表要求 {needed}；收到 {received} 字节",
        ),
        Wording(
            "The data were built from a list of another card or fixed in the program, or CDOL1 data were sent in the "
            "second GENERATE AC, where CDOL2 rules (8A in front).",
            "数据按其他卡的列表或写死的格式组成，或第二次 GENERATE AC 仍用 CDOL1（此时应按 CDOL2，前面有 8A）。",
        ),
        Wording(
            "Read 8C, 8D, 9F49 of this card and fill each element to the length that the list names: amounts BCD, "
            "unknown ones with zeros.",
            "读取本卡的 8C、8D、9F49，按列表规定的长度逐项填充：金额为 BCD，未知项填零。",
        ),
    ),
    CatalogueEntry(
        "script length",
        Wording(
            "{command} does not take {received} bytes of data; a MAC of {needed} belongs to it",
            "{command} 不接受 {received} 字节的数据域；其中应含 {needed} 字节 MAC",
        ),
        Wording(
            "The MAC is missing or has eight bytes; PUT DATA and UPDATE RECORD carry the value of the right length and "
            "then four bytes of MAC.",
            "缺少 MAC 或 MAC 为八字节；PUT DATA、UPDATE RECORD 为规定长度的值加 4 字节 MAC。",
        ),
        Wording(
            "Value, then the left four bytes of the MAC; Lc counts both.",
            "先值，后取 MAC 左边 4 字节；Lc 为两者之和。",
        ),
    ),
    CatalogueEntry(
        "not in this state",
        Wording(
            "{command} is not allowed now; the last event was: {event}",
            "现在不允许 {command}；最近的事件：{event}",
        ),
        Wording(
            "A step of the transaction is missing or came twice: GENERATE AC before GPO, GPO twice in one selection, a "
            "script after a TC, a third GENERATE AC.",
            "交易步骤缺失或重复：GPO 之前发 GENERATE AC，同一次选择中两次 GPO，TC 之后发脚本，第三次 GENERATE AC。",
        ),
        Wording(
            "SELECT of the application begins a new transaction; then GPO, records, first GENERATE AC, EXTERNAL "
            "AUTHENTICATE, second GENERATE AC, scripts (docs/states.md).",
            "重新选择应用即开始新交易；随后 GPO、读记录、第一次 GENERATE AC、外部认证、第二次 GENERATE AC、脚本（见 "
            "docs/states.md）。",
        ),
    ),
    CatalogueEntry(
        "application made already",
        Wording(
            "personalisation ended with the last STORE DATA; this application is made already",
            "最后一条存储数据已结束个人化；该应用已完成",
        ),
        Wording(
            "A bureau's script is run again on a card that is finished, or the wrong application is current.",
            "对已完成的卡重新运行个人化脚本，或当前应用不对。",
        ),
        Wording("Nothing is to be done; a new card is needed for other data.", "无需处理；数据不同须用新卡。"),
    ),
    CatalogueEntry(
        "no SELECT to go on from",
        Wording("P2 02 must follow a SELECT by the same name directly", "P2 = 02 须紧跟按同一名称的选择"),
        Wording(
            "Another command (READ RECORD, GPO) came between, or the name is not the same as in the SELECT before.",
            "其间插入了其他命令（读记录、GPO），或名称与上一条 SELECT 不同。",
        ),
        Wording(
            "Repeat 00 A4 04 00 with the name, then 00 A4 04 02 with the same name, nothing between.",
            "先用该名称发 00 A4 04 00，紧接着用同一名称发 00 A4 04 02。",
        ),
        ("PBOC-3 §11.3.5",),
    ),
    CatalogueEntry(
        "no application of that name",
        Wording("no application's name begins {name}", "没有名称以 {name} 开头的应用"),
        Wording(
            "The AID is of another scheme or of e-cash (0106), of which this debit card has none, or has a digit "
            "wrong.",
            "AID 属于其他卡组织或电子现金（0106），本借记卡没有；或有一位写错。",
        ),
        Wording(
            "A000000333010101 is the debit application; A0000003330101 finds it by its beginning.",
            "借记应用为 A000000333010101；用 A0000003330101 可按前缀选到。",
        ),
        ("PBOC-5 §6.4, B.13; PBOC-3 §11.3.5",),
    ),
    CatalogueEntry(
        "no further application of that name",
        Wording("no further application's name begins {name}", "没有名称以 {name} 开头的其他应用"),
        Wording(
            "A list of AIDs by P2 02 has come to its end; this is how a terminal learns it.",
            "用 P2 = 02 逐个选择已到末尾；终端由此得知结束。",
        ),
        Wording("Go on with the applications that were found.", "继续处理已找到的应用。"),
        ("PBOC-5 §6.4, B.13; PBOC-3 §11.3.5",),
    ),
    CatalogueEntry(
        "not the directory file",
        Wording("SFI {sfi:02X}: the directory file is {expected}", "SFI {sfi:02X}：目录文件是 {expected}"),
        Wording(
            "In the environment only the file that tag 88 of its FCI names can be read; application files need their "
            "application.",
            "在环境下只能读其 FCI 中 88 所指的文件；应用文件须先选择应用。",
        ),
        Wording("Take the SFI from 88, or SELECT the application first.", "按 88 给出的 SFI 读取，或先选择应用。"),
    ),
    CatalogueEntry(
        "no such record of the SFI",
        Wording("record {number} of SFI {sfi:02X} does not exist", "SFI {sfi:02X} 没有记录 {number}"),
        Wording(
            "The terminal reads on until it is refused, or does not follow the AFL, which names first and last record "
            "of each file.",
            "终端一直读到被拒绝，或没有按 AFL（给出每个文件的首末记录）读取。",
        ),
        Wording("Read what the AFL lists, no more.", "只读 AFL 列出的记录。"),
    ),
    CatalogueEntry(
        "element not readable",
        Wording("{tag:X} ({name}) is not there or not readable", "{tag:X}（{name}）不存在或不可读"),
        Wording(
            "GET DATA gives counters and limits (9F36, 9F13, 9F17, 9F4F, 9F5x); elements of records (5A, 57, 8C) are "
            "read as records. Or a setting of the card keeps it private.",
            "GET DATA 只给出计数器和限额（9F36、9F13、9F17、9F4F、9F5x）；记录中的数据元（5A、57、8C）须读记录。或由卡"
            "片设置保密。",
        ),
        Wording(
            'READ RECORD for elements of records; treat 6A88 as "not there".',
            "记录中的数据元用读记录；6A88 按不存在处理。",
        ),
    ),
    CatalogueEntry(
        "element scripts do not write",
        Wording(
            "{tag:X} is none of the elements PUT DATA writes on this card",
            "{tag:X} 不是本卡 PUT DATA 可写的数据元",
        ),
        Wording(
            "PUT DATA changes risk limits (9F58, 9F59, 9F53, 9F72, 9F54, 9F75, 9F73, 9F5C) that the card was "
            "personalised with; it adds none and does not write counters.",
            "PUT DATA 只修改个人化时已有的风险参数（9F58、9F59、9F53、9F72、9F54、9F75、9F73、9F5C），不能新增，也不写"
            "计数器。",
        ),
        Wording(
            "Write an element that the card has, or UPDATE RECORD for data of records.",
            "写卡上已有的数据元；记录中的数据用 UPDATE RECORD。",
        ),
        ("PBOC-5 §17.5, table B.16",),
    ),
    CatalogueEntry(
        "record scripts do not write",
        Wording("scripts do not write record {number} of SFI {sfi:02X}", "脚本不能写 SFI {sfi:02X} 的记录 {number}"),
        Wording(
            "Signed records (file 03, certificates) cannot be changed after issue; track data, the CVM list apart and "
            "terminal limits can.",
            "签名记录（文件 03、证书）发行后不可改；磁道数据、单独的 CVM 列表和终端限额可改。",
        ),
        Wording(
            "Write records 0101, 0102, 0303, 0401 or those of value-added services (file 15).",
            "可写记录为 0101、0102、0303、0401 及增值服务文件（15）。",
        ),
        ("PBOC-10 §6.4",),
    ),
    CatalogueEntry(
        "length of a record",
        Wording("the record has {expected} bytes, {received} came", "该记录为 {expected} 字节，收到 {received} 字节"),
        Wording(
            "UPDATE RECORD replaces the whole record with template 70; the new one must be as long as the old one.",
            "UPDATE RECORD 整条替换，含模板 70；新记录须与原记录等长。",
        ),
        Wording(
            "Read the record first and change its values in place, filling shorter ones.",
            "先读出记录，在原位修改，不足处填充。",
        ),
    ),
    CatalogueEntry(
        "record without template",
        Wording("a record of file {sfi:02X} is one template 70", "文件 {sfi:02X} 的记录应为一个模板 70"),
        Wording(
            "The data objects were sent without 70 and length around them, or something stands behind the template.",
            "数据对象外没有 70 和长度，或模板之后还有数据。",
        ),
        Wording("70, length, data objects, nothing else.", "70、长度、数据对象，此外没有其他内容。"),
        ("PBOC-5 B.14.3",),
    ),
)
