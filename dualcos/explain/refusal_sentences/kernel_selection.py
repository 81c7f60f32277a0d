"""Reasons of every stack: selecting directories and files, and what is read from an offset; rights."""

from __future__ import annotations

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording

REASONS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "length of an identifier",
        Wording(
            "selection by file identifier takes 2 bytes, {received} came",
            "按文件标识符选择需要 2 字节，收到 {received} 字节",
        ),
        Wording(
            'P1 says "by identifier" (00, 01, 02) while the data are a name (AID), or nothing.',
            "P1 表示按标识符选择（00、01、02），数据却是名称（AID）或为空。",
        ),
        Wording(
            "P1 = 04 for a name of 5 to 16 bytes, P1 = 00 or 02 for two bytes.",
            "名称（5 至 16 字节）用 P1 = 04；两字节标识符用 P1 = 00 或 02。",
        ),
    ),
    CatalogueEntry(
        "length of a name",
        Wording("a name has 5 to 16 bytes, {received} came", "名称为 5 至 16 字节，收到 {received} 字节"),
        Wording(
            "Two bytes of a file identifier were sent with P1 04, or a name was cut.",
            "用 P1 = 04 发送了两字节的文件标识符，或名称被截短。",
        ),
        Wording(
            "P1 = 00 or 02 for identifiers; else send the whole name, in GBK for SSSE "
            "(`7378312E73682EC9E7BBE1B1A3D5CF`).",
            "标识符用 P1 = 00 或 02；否则发送完整名称，SSSE 的名称为 GBK 编码（`7378312E73682EC9E7BBE1B1A3D5CF`）。",
        ),
    ),
    CatalogueEntry(
        "next without a name",
        Wording("P2 02 goes on with a name, an identifier is none", "P2 = 02（下一个）只用于按名称选择"),
        Wording(
            "A bank terminal's habit (P2 02 goes on through applications of one name) used with a file identifier.",
            "把银行终端按名称续选的习惯（P2 = 02）用在了文件标识符上。",
        ),
        Wording("P2 = 00 when selecting by identifier.", "按标识符选择时 P2 = 00。"),
    ),
    CatalogueEntry(
        "no further name",
        Wording("no further DF carries this name", "没有同名的下一个目录"),
        Wording(
            "A loop over P2 02 has reached its end: in these environments each name is there once.",
            "用 P2 = 02 循环选择到了末尾：这些环境中每个名称只有一个。",
        ),
        Wording(
            "Take 6A82 as the end of the list and go on with what was found.",
            "把 6A82 当作列表结束，继续处理已找到的目录。",
        ),
    ),
    CatalogueEntry(
        "a file of the COS",
        Wording(
            "{fid:04X} is a file of the COS itself: SELECT does not open it, its commands name it",
            "{fid:04X} 是 COS 的内部文件：不能用 SELECT 打开，由专用命令访问",
        ),
        Wording(
            "Keys, FCI records and the medical amounts lie in internal files; programs that list a directory try to "
            "open them like the others.",
            "密钥、FCI 记录和医保金额存于内部文件；遍历目录的程序会误当普通文件打开。",
        ),
        Wording(
            "Use the command that is made for it: GET BALANCE for the amounts, SELECT of the directory for the FCI, "
            "WRITE KEY for keys.",
            "使用专用命令：金额用查询余额，FCI 由选择目录返回，密钥用装载密钥。",
        ),
    ),
    CatalogueEntry(
        "no current EF",
        Wording("no EF is selected and none is named", "没有当前 EF，命令也未指定 SFI"),
        Wording(
            'The SFI in P2 (or P1) is 0, which means "the current file", but no file was selected since the directory '
            "was.",
            "P2（或 P1）中的 SFI 为 0，表示当前文件，但选择目录之后还没有选择过文件。",
        ),
        Wording(
            "Select the EF first (00 A4 02 00 02 EFxx) or put its SFI into the command: P2 = SFI × 8 + 4.",
            "先选择 EF（00 A4 02 00 02 EFxx），或在命令中给出 SFI：P2 = SFI×8 + 4。",
        ),
    ),
    CatalogueEntry(
        "no records by number",
        Wording(
            "{fid:04X} of {directory:04X} has no records to read or write by number",
            "{directory:04X} 下的 {fid:04X} 没有可按记录号读写的记录",
        ),
        Wording(
            "READ or UPDATE RECORD was sent to a transparent, cyclic or internal file.",
            "对透明文件、循环文件或内部文件发送了读、写记录。",
        ),
        Wording(
            "READ BINARY and UPDATE BINARY for a transparent file; check the SFI in P2.",
            "透明文件用读、写二进制；并核对 P2 中的 SFI。",
        ),
    ),
    CatalogueEntry(
        "Le beyond the end",
        Wording("{expected} bytes are left from offset {offset}", "从偏移 {offset} 起只剩 {expected} 字节"),
        Wording(
            "The program asks for a fixed block (often FF or 80) at the end of the file.",
            "在文件末尾仍按固定块长（常见为 FF、80）读取。",
        ),
        Wording(
            'Ask for what is left (6Cxx says it), or for 00, which means "up to the end".',
            "按剩余长度读取（6Cxx 已给出），或用 00 表示读到末尾。",
        ),
    ),
    CatalogueEntry(
        "read rule not met",
        Wording(
            "reading {fid:04X} of {directory:at} needs {needed:rule}; {held:held}",
            "读 {directory:at} 的 {fid:04X} 需要 {needed:rule}；{held:held}",
        ),
        Wording(
            "The proof was never given, was given in another directory (selecting a directory drops what keys have "
            "earned), or failed and nobody looked at 63Cx. 3.0 cards want RKSSSE (KID 0A) before EF06, which 2.0 cards "
            "show freely.",
            "没有做相应的鉴别，或鉴别之后又选择了别的目录（由密钥取得的权限随之丧失），或忽略了 63Cx。3.0 卡读 EF06 前"
            "须用 RKSSSE（KID 0A）外部鉴别，2.0 卡可自由读。",
        ),
        Wording(
            "Select the directory, GET CHALLENGE, EXTERNAL AUTHENTICATION with the key that is named, then read, "
            "without another SELECT of a directory between.",
            "选择目录、取随机数、用指定密钥外部鉴别，然后读；其间不要再选择其他目录。",
        ),
        ("SSC-4 §6", "SSC-4 §6, V2.0 §5", "SSC-9 §5, §6"),
    ),
    CatalogueEntry(
        "write rule not met",
        Wording(
            "writing {fid:04X} of {directory:at} needs {needed:rule}; {held:held}",
            "写 {directory:at} 的 {fid:04X} 需要 {needed:rule}；{held:held}",
        ),
        Wording(
            "Reading and writing have different keys: the key that opened the file for reading (RK) does not open it "
            "for writing (UK). Or a directory was selected after the proof.",
            "读与写使用不同的密钥：读密钥（RK）不能用于写，写要更新密钥（UK）；或鉴别之后又选择了目录。",
        ),
        Wording(
            "Prove the key that is named, in this directory, directly before the update.",
            "在该目录中用指定的密钥外部鉴别，随后立即更新。",
        ),
        ("SSC-4 §6", "SSC-4 §6, V2.0 §5", "SSC-9 §5, §6"),
    ),
    CatalogueEntry(
        "right not held",
        Wording("{command} needs {needed:rule}; {held:held}", "{command} 需要 {needed:rule}；{held:held}"),
        Wording(
            "A proof that must come first in this session is missing: the PIN for the medical account, PUK for "
            "unblocking, BK or LK for blocking, the master key for making files and keys.",
            "缺少本次会话中必须先完成的鉴别：医保账户要校验个人密码，解锁要 PUK，锁定要 BK 或 LK，建文件和装载密钥要主"
            "控密钥。",
        ),
        Wording(
            "Give the proof that is named, and do not select another directory before the command.",
            "先完成所述鉴别，且在本命令之前不要选择其他目录。",
        ),
        ("SSC-7 §11, §12", "SSC-7 §13.1", "SSC-7 §13.2", "SSC-7 §13.3", ""),
    ),
)
