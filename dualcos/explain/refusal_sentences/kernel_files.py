"""Reasons of every stack: directories, files, records, and how they are made."""

from __future__ import annotations

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording

REASONS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "no such directory",
        Wording("there is no directory {directory:04X}", "没有目录 {directory:04X}"),
        Wording(
            "The identifier is that of another environment or of another card (identifiers below an environment are "
            "found from inside it only), or the application was not made on this card.",
            "标识符属于另一环境或另一张卡（环境之下的目录只能在该环境内找到），或本卡没有建该应用。",
        ),
        Wording(
            "Select the environment first, or select by name (P1 04); `dualcos inspect` shows the directories of a "
            "card.",
            "先选择所属环境，或按名称选择（P1 = 04）；`dualcos inspect` 可列出卡上的目录。",
        ),
    ),
    CatalogueEntry(
        "no such file",
        Wording("there is no EF {fid:04X} in {directory:04X}", "{directory:04X} 下没有 EF {fid:04X}"),
        Wording(
            "The file lies in another directory than the current one, the edition of the card has it not, or P1 00 was "
            "meant for a directory.",
            "该文件在另一目录下，或该版本的卡没有此文件，或 P1 = 00 本是选择目录。",
        ),
        Wording(
            "Select the directory that has the file first; EF05 and EF06 lie in SSSE itself.",
            "先选择文件所在的目录；EF05、EF06 在 SSSE 环境之下。",
        ),
    ),
    CatalogueEntry(
        "no such short identifier",
        Wording(
            "there is no file with SFI {sfi:02X} in {directory:04X}",
            "{directory:04X} 下没有 SFI 为 {sfi:02X} 的文件",
        ),
        Wording(
            "P2 was not SFI × 8 + mode (SFI 5 by number is 2C), or the SFI was taken from another directory: short "
            "identifiers count within the current one only.",
            "P2 不等于 SFI×8 + 方式（SFI 5 按记录号为 2C），或用了另一目录的 SFI：短文件标识符只在当前目录内有效。",
        ),
        Wording("Compute P2 anew and check which directory is current.", "重新计算 P2，并核对当前目录。"),
    ),
    CatalogueEntry(
        "no such record",
        Wording("no record {number}: there are {count}", "没有记录 {number}：共 {count} 条"),
        Wording(
            'Reading "until 6A83" has come to its end, or the record of this person was never written. Cyclic files '
            "count from the newest.",
            "读到 6A83 即到末尾，或此人的该记录从未写入；循环文件从最新一条开始计数。",
        ),
        Wording(
            "In a loop take 6A83 as the end. Else look for the item by its tag (P2 mode 0), as records of an item need "
            "not have its number.",
            "循环读取时把 6A83 当作结束；否则按标识（P2 方式 0）查找数据项，记录号不一定对应数据项。",
        ),
    ),
    CatalogueEntry(
        "no record with that identifier",
        Wording("no record with identifier {identifier:02X}", "没有标识为 {identifier:02X} 的记录"),
        Wording(
            "The item is not on this card (optional, or of another edition), or P1 is a record number where P2 says "
            '"by identifier" (low bits 0 to 3).',
            "卡上没有该数据项（可选项或其他版本），或 P2 表示按标识（低三位 0 至 3），P1 却给了记录号。",
        ),
        Wording(
            "P1 is the item's tag with mode 0, the number with mode 4; treat a missing optional item as empty.",
            "方式 0 时 P1 为数据项标识，方式 4 时为记录号；可选项缺失按空处理。",
        ),
    ),
    CatalogueEntry(
        "no further record",
        Wording("the file holds {count} records, which is all it can", "文件已有 {count} 条记录，为上限"),
        Wording(
            "Every write adds a record: an identifier form that never matches, or number last + 1 in a loop.",
            "每次写入都在追加：按标识写从未匹配，或循环写“末号 + 1”。",
        ),
        Wording(
            "Update the record that is there; 254 is the most a file can number.",
            "更新已有记录；一个文件最多 254 条。",
        ),
    ),
    CatalogueEntry(
        "record of another length",
        Wording(
            "records of this file have {needed} bytes, not {received}",
            "该文件的记录为 {needed} 字节，收到 {received} 字节",
        ),
        Wording(
            "A text was not filled to its length, or tag and length in front of the value were forgotten or counted "
            "twice; records of fixed and cyclic files all have one length.",
            "文本未填充到规定长度，或漏写、重复写了值前的标识和长度；定长和循环文件的记录长度都相同。",
        ),
        Wording(
            "Fill the value as its item says and send tag, length and value, no more and no less.",
            "按数据项的规定填充，发送标识、长度和值，不多不少。",
        ),
    ),
    CatalogueEntry(
        "no room in the file",
        Wording("{free} bytes free, {needed} wanted", "剩余 {free} 字节，需要 {needed} 字节"),
        Wording(
            "A longer record than the announced size leaves room for: the size of a linear file is for all its records "
            "together, two bytes of it are the card's.",
            "记录超出建文件时声明的空间：线性文件的长度是全部记录之和，其中两字节由卡片占用。",
        ),
        Wording(
            "Shorten the record, or make the file larger when it is created (sum of all records + 2).",
            "缩短记录，或在建文件时加大长度（全部记录之和 + 2）。",
        ),
    ),
    CatalogueEntry(
        "memory spoken for",
        Wording("{free} bytes are not spoken for, {needed} wanted", "未分配空间 {free} 字节，需要 {needed} 字节"),
        Wording(
            "CREATE FILE sets the announced size aside at once; sizes in a script's units (blocks, bits) or too "
            "generous files use the memory up.",
            "建立文件时按声明长度立即占用空间；脚本中长度单位弄错（块、位）或文件声明过大会用尽存储器。",
        ),
        Wording(
            "Announce what the file needs; delete files made in an earlier, broken run.",
            "按实际需要声明长度；删除以前中断的个人化留下的文件。",
        ),
    ),
    CatalogueEntry(
        "file without records",
        Wording("{fid:04X} of {directory:04X} is transparent", "{directory:04X} 的 {fid:04X} 是透明文件"),
        Wording(
            "A record command was sent to a transparent file: photos, certificates, biometric data have no records.",
            "对透明文件发送了记录类命令：照片、证书、生物特征等文件没有记录。",
        ),
        Wording("READ BINARY and UPDATE BINARY, with the offset in P1 P2.", "使用读、写二进制，偏移放在 P1 P2。"),
    ),
    CatalogueEntry(
        "file with records",
        Wording("{fid:04X} of {directory:04X} has records", "{directory:04X} 的 {fid:04X} 是记录文件"),
        Wording(
            "READ or UPDATE BINARY was sent to a file of records; nearly all files of SSSE and its applications are "
            "such.",
            "对记录文件发送了读、写二进制；SSSE 及其应用的文件大多是记录文件。",
        ),
        Wording("READ RECORD and UPDATE RECORD by number or by tag.", "使用按记录号或标识的读、写记录。"),
    ),
    CatalogueEntry(
        "offset beyond the file",
        Wording("offset {offset} of {size}", "偏移 {offset} 超出文件（长度 {size}）"),
        Wording(
            "P1 P2 was meant as SFI and offset but P1 lacks bit 8, so it is read as a large offset; or a loop read one "
            "block too many.",
            "P1 本应表示 SFI，却没有置最高位，被当成很大的偏移；或循环多读了一块。",
        ),
        Wording(
            "P1 = 80 + SFI and P2 the offset, or select the file and send the offset in P1 P2; stop at the file's "
            "size.",
            "P1 = 80 + SFI、P2 为偏移；或先选择文件，P1 P2 为偏移；到文件末尾停止。",
        ),
    ),
    CatalogueEntry(
        "data beyond the file",
        Wording("offset {offset} + {received} of {size}", "偏移 {offset} 加 {received} 字节超出文件（长度 {size}）"),
        Wording(
            "The last block of a long write is as long as the others, though less is left.",
            "分块写入时最后一块仍按整块长度发送。",
        ),
        Wording(
            "Cut the last block to what is left; the file has the size it was made with.",
            "最后一块按剩余长度发送；文件长度在建立时已固定。",
        ),
    ),
    CatalogueEntry(
        "file identifier taken",
        Wording(
            "{fid:04X} of {directory:04X} has this identifier or short identifier",
            "{directory:04X} 的 {fid:04X} 已使用该标识符或短标识符",
        ),
        Wording(
            "A personalisation script was run again on a card that was made half; or two files were given one SFI.",
            "在做了一半的卡上重新运行个人化脚本；或两个文件用了同一 SFI。",
        ),
        Wording(
            "Delete the directory and begin anew, or go on behind the file; give each file its own SFI (0: none).",
            "删除目录重新开始，或从下一个文件继续；各文件使用不同的 SFI（0 表示无）。",
        ),
    ),
    CatalogueEntry(
        "directory name taken",
        Wording("{fid:04X} has this identifier or name", "{fid:04X} 已使用该标识符或名称"),
        Wording(
            "The application exists already: the script runs a second time, or two applications of a profile have one "
            "AID.",
            "该应用已存在：脚本重复运行，或模板中两个应用用了同一 AID。",
        ),
        Wording(
            "Go on with the application that is there, or delete it while its making has not ended.",
            "继续使用已有应用，或在个人化结束前将其删除。",
        ),
    ),
    CatalogueEntry(
        "environment name taken",
        Wording("the file identifier or name is that of {environment}", "该文件标识符或名称属于 {environment}"),
        Wording(
            "The environment was handed over before: from its first master key on it belongs to that key alone and "
            "cannot be made again.",
            "该环境已移交：装入首个主控密钥之后只归该密钥管理，不能重新建立。",
        ),
        Wording(
            "Let the environment delete itself under its own master key first, or take another chip.",
            "先在该环境下用其自己的主控密钥删除环境，或换一张卡。",
        ),
    ),
    CatalogueEntry(
        "one name begins the other",
        Wording("of this name and that of {environment} one begins the other", "该名称与 {environment} 的名称互为前缀"),
        Wording(
            "Names are found by their beginning on the bank side; two of which one begins the other could not be told "
            "apart.",
            "银行侧按名称前缀查找；互为前缀的两个名称无法区分。",
        ),
        Wording("Give the environment the name that the plan prints for it.", "使用总体方案规定的环境名称。"),
        (),
        Wording(
            "said inside the card only, today: no name that this COS gives an environment begins another",
            "目前只在卡内部出现：本 COS 的环境名称互不为前缀",
        ),
    ),
    CatalogueEntry(
        "no such name",
        Wording("nothing here is called {name}", "此处没有名为 {name} 的目录"),
        Wording(
            "The name is cut, in UTF-8 instead of GBK, or of an application that is below another environment or not "
            "on this card; D15600000503 is found inside SSSE only.",
            "名称被截短，或用了 UTF-8 而不是 GBK，或该应用在另一环境之下、不在本卡上；D15600000503 只能在 SSSE 内找"
            "到。",
        ),
        Wording(
            "Select the environment by its whole name first, then the application; `dualcos inspect` prints the names "
            "of a card.",
            "先按完整名称选择环境，再选择应用；`dualcos inspect` 可列出卡上的名称。",
        ),
    ),
    CatalogueEntry(
        "not the current environment",
        Wording("an environment deletes itself only, while it is current", "环境只能在成为当前环境时删除自己"),
        Wording(
            "DELETE FILE names an environment while the MF or another environment is current, or names an application "
            "of it.",
            "删除文件时当前目录是 MF 或另一环境，或给出的是应用的标识符。",
        ),
        Wording(
            "Select the environment by name, prove its master key, then send its own identifier.",
            "按名称选择该环境，用其主控密钥外部鉴别，然后发送该环境自己的标识符。",
        ),
    ),
)
