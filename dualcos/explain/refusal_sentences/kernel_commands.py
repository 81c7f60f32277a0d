"""Reasons of every stack: commands and answers as such."""

from __future__ import annotations

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording

REASONS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "class not supported",
        Wording("class {cla:02X} is not supported here", "此处不支持类别字节 CLA {cla:02X}"),
        Wording(
            "The command is written for another application than the one that is selected: B0 is medical (DF04), BF is "
            "a PSAM's, 80 and 84 are the bank's or of keys. A card right after reset stands in the MF.",
            "命令属于另一个应用：B0 为医保专用（DF04），BF 为 PSAM，80、84 为银行侧或密钥类命令；复位之后当前目录是 MF"
            "。",
        ),
        Wording(
            "Select the environment the command belongs to (SSSE, PSE, PKI; a PSAM is another slot), and look at which "
            "class its row has: `dualcos inspect --commands`.",
            "先选择该命令所属的环境（SSSE、PSE、PKI；PSAM 在另一个卡座），并核对该命令的 CLA：`dualcos inspect "
            "--commands`。",
        ),
    ),
    CatalogueEntry(
        "instruction of another class",
        Wording(
            "instruction {ins:02X} exists here, but not with class {cla:02X}",
            "此处有指令 {ins:02X}，但类别字节不是 {cla:02X}",
        ),
        Wording(
            "Plain and secured form were mixed up (00 D6 and 04 D6, 80 1E and 84 1E), or one instruction has two "
            "meanings by class: 00 82 proves a key, 84 82 opens the channel of personalisation.",
            "混淆了明文与安全报文形式（00 D6 与 04 D6，80 1E 与 84 1E），或同一 INS 因 CLA 不同而含义不同：00 82 为外"
            "部鉴别，84 82 打开个人化通道。",
        ),
        Wording(
            "Take the class of the command's row; 04 and 84 only with a MAC behind the data.",
            "使用该命令规定的 CLA；04、84 只用于数据域后带 MAC 的形式。",
        ),
    ),
    CatalogueEntry(
        "unknown instruction",
        Wording("instruction {ins:02X} is unknown here", "此处没有指令 {ins:02X}"),
        Wording(
            "The command exists on the other side of the card only (APPLICATION UNBLOCK 84 18 and GET DATA 80 CA are "
            "the bank's, B0 2x the social side's), or the stage has passed: maker's commands are gone once a card is "
            "in use.",
            "该命令只在卡的另一侧存在（84 18 应用解锁、80 CA 取数据属银行侧，B0 2x 属社保侧），或阶段已过：投入使用后"
            "制卡命令不再存在。",
        ),
        Wording(
            "Check which environment is current, and whether the card is past its personalisation; `dualcos inspect "
            "--commands` lists what exists where.",
            "核对当前环境以及卡片是否已完成个人化；`dualcos inspect --commands` 列出各处存在的命令。",
        ),
    ),
    CatalogueEntry(
        "fetched under another class",
        Wording(
            "{row} takes class {needed:02X}, not {received:02X}",
            "{row} 的类别字节应为 {needed:02X}，收到 {received:02X}",
        ),
        Wording(
            "A library (Java's javax.smartcardio) fetches with the class of the command, and this card is set to take "
            "class 00 only, as the specifications have it to the letter.",
            "底层库（如 Java 的 javax.smartcardio）用原命令的 CLA 取响应，而本卡设置为严格按规范只接受 CLA 00。",
        ),
        Wording(
            'Fetch with 00 C0 00 00 xx, or set `chip.transmission.get_response = "same class"`.',
            '用 00 C0 00 00 xx 取响应，或设置 `chip.transmission.get_response = "same class"`。',
        ),
    ),
    CatalogueEntry(
        "fetched under neither class",
        Wording(
            "{row} takes class {needed:02X} or that of the command whose answer waits, not {received:02X}",
            "{row} 的类别字节应为 {needed:02X} 或与等待应答的命令相同，收到 {received:02X}",
        ),
        Wording(
            "GET RESPONSE was sent with a fixed class (80, A0 of a SIM) that is not the one of the command whose "
            "answer waits.",
            "GET RESPONSE 使用了固定的 CLA（如 80，或 SIM 卡的 A0），与等待应答的命令不符。",
        ),
        Wording(
            "Fetch with 00 C0 00 00 xx; what waits is still there.",
            "用 00 C0 00 00 xx 取响应；等待的应答仍然保留。",
        ),
    ),
    CatalogueEntry(
        "P1 P2 not taken",
        Wording("{row} does not take P1 P2 = {p1:02X} {p2:02X}", "{row} 不接受 P1 P2 = {p1:02X} {p2:02X}"),
        Wording(
            'P2 of a read carries SFI × 8 and a mode (4 is "by number"): forgetting the shift or the mode is the usual '
            "slip. Else a P1 P2 of another command of the same instruction, or of another card system.",
            "读命令的 P2 = SFI×8 + 方式（4 为按记录号）：常见错误是忘了左移三位或漏了方式位；也可能用了同一 INS 的另一"
            "命令或其他卡 COS 的 P1 P2。",
        ),
        Wording(
            "Take P1 P2 from the command's row (`dualcos inspect --commands` prints what each takes).",
            "按该命令的定义设置 P1 P2（`dualcos inspect --commands` 列出各命令可用的值）。",
        ),
    ),
    CatalogueEntry(
        "length not taken",
        Wording("{row} does not take {received} bytes of data", "{row} 不接受 {received} 字节的数据域"),
        Wording(
            "The MAC (4 bytes) was left out or counted twice in Lc, an optional part (key version, the second half of "
            "a field) is there or missing, or extended length was used, which these cards do not have.",
            "Lc 漏算或重复计算了 4 字节 MAC，多了或少了可选部分（密钥版本等），或使用了此类卡没有的扩展长度。",
        ),
        Wording(
            "Make the data field as long as the row says; Lc counts data and MAC.",
            "按命令定义的长度组织数据域；Lc 为数据与 MAC 的总长。",
        ),
    ),
    CatalogueEntry(
        "Le missing",
        Wording("{row} does not take a command without Le", "{row} 需要 Le"),
        Wording(
            "The command was sent as case 1 or 3: some libraries leave Le out unless asked, and a read then asks for "
            "nothing.",
            "命令以情形 1 或 3 发送：有些库默认不发 Le，读命令就没有要求返回数据。",
        ),
        Wording(
            "Send Le: the length that the row names (4, 8 or 16 for GET CHALLENGE), 00 where any is taken.",
            "发送 Le：按命令规定的长度（取随机数为 04、08 或 10），允许任意长度时用 00。",
        ),
    ),
    CatalogueEntry(
        "Le not taken",
        Wording("{row} does not take Le = {received}", "{row} 不接受 Le = {received}"),
        Wording(
            "Le 00 (256) or the length of another form was sent where the specification fixes it: GET CHALLENGE takes "
            "04, 08, 10; GET BALANCE 04 for the balance and 06 for a total.",
            "规范规定了固定长度，却发了 00（256）或其他形式的长度：取随机数为 04、08、10；查询余额为 04，查询累计为 06"
            "。",
        ),
        Wording("Send exactly the length of this form of the command.", "按该命令形式规定的长度发送 Le。"),
    ),
    CatalogueEntry(
        "Le without answer",
        Wording("{row} returns no data, yet Le was sent", "{row} 不返回数据，却带了 Le"),
        Wording(
            "The library appends Le 00 to every command with data; this card is set to refuse that.",
            "底层库给每条带数据的命令都附加 Le 00；本卡设置为拒绝这种情形。",
        ),
        Wording(
            'Leave Le out, or set `chip.transmission.trailing_le = "ignore"`.',
            '去掉 Le，或设置 `chip.transmission.trailing_le = "ignore"`。',
        ),
    ),
    CatalogueEntry(
        "another Le",
        Wording(
            "{expected} bytes are there, Le asks for {received}",
            "实际有 {expected} 字节，Le 要求 {received} 字节",
        ),
        Wording(
            "Le is a guess, or 00: at T=0 these cards answer a wrong Le with 6C and the right length instead of "
            "cutting or filling. Records have two bytes (tag, length) more than the item's length.",
            "Le 是估计值或 00：T=0 时卡片以 6Cxx 给出正确长度，不截断也不填充；记录长度比数据项多两字节（标识、长"
            "度）。",
        ),
        Wording(
            "Send the same command again with the length from 6Cxx; libraries for T=0 do it by themselves "
            "(`chip.transmission.le00` for those that do not).",
            "用 6Cxx 给出的长度重发同一命令；T=0 的库一般自动完成（否则见 `chip.transmission.le00`）。",
        ),
    ),
    CatalogueEntry(
        "no answer waits",
        Wording("no answer is waiting", "没有等待取出的应答"),
        Wording(
            "GET RESPONSE came without 61xx before it, or another command came in between, or the library beneath has "
            "fetched the answer already (Java's does).",
            "之前没有 61xx 就发了 GET RESPONSE，或中间插入了别的命令，或底层库已自动取走应答（如 Java）。",
        ),
        Wording(
            "Send GET RESPONSE directly behind an answer 61xx only; if the library fetches by itself, leave it out.",
            "只在收到 61xx 之后立即取响应；若库已自动取响应，则不要再发。",
        ),
        ("SSC-2 table 19", ""),
    ),
    CatalogueEntry(
        "fewer bytes wait",
        Wording(
            "{expected} bytes are waiting, Le asks for {received}",
            "有 {expected} 字节等待，Le 要求 {received} 字节",
        ),
        Wording(
            "Le of GET RESPONSE was 00 or a fixed number instead of the xx of 61xx.",
            "取响应的 Le 用了 00 或固定值，而不是 61xx 中的 xx。",
        ),
        Wording(
            "Take Le from 61xx (6Cxx repeats it); the answer still waits.",
            "Le 取 61xx 中的 xx（6Cxx 会再次给出）；应答仍在等待。",
        ),
    ),
)
