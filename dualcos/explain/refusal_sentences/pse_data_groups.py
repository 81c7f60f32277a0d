"""Reasons of the bank side's making: data groups, and what the last command asks for."""

from __future__ import annotations

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording

REASONS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "unknown data group",
        Wording("directory {directory} has no group {group:04X}", "目录 {directory} 没有数据分组 {group:04X}"),
        Wording(
            "A group of contactless, e-cash or magnetic-stripe data, which this debit application has not; or a group "
            "of the application sent to the environment, which takes 9102 and the records of its directory file.",
            "非接、电子现金或磁条数据的分组，本借记应用没有；或把应用的分组发给了环境（环境只接受 9102 和目录文件记"
            "录）。",
        ),
        Wording("Leave the group out, or SELECT the directory it is for.", "去掉该分组，或选择其所属目录。"),
    ),
    CatalogueEntry(
        "secret group in clear",
        Wording("group {group:04X} travels enciphered only (P1 60)", "数据分组 {group:04X} 只能加密传送（P1 = 60）"),
        Wording(
            "Keys (8000, 8400), the PIN (8010) and private key parts travel enciphered under the session KDEK in a "
            "command with P1 60.",
            "密钥（8000、8400）、PIN（8010）和私钥分量须用过程 KDEK 加密，并置 P1 = 60。",
        ),
        Wording(
            "Put secret groups into commands of their own with P1 60 (E0 if last).",
            "把机密分组放在单独的命令中，P1 = 60（最后一条为 E0）。",
        ),
    ),
    CatalogueEntry(
        "group of no whole blocks",
        Wording(
            "group {group:04X}: {received} bytes are no whole blocks",
            "数据分组 {group:04X}：{received} 字节不是整分组",
        ),
        Wording(
            "With P1 60 every group of the command is deciphered, so a plain one among them is no whole blocks; or a "
            "private key part was not padded with 80.",
            "P1 = 60 时命令中所有分组都会解密，混入的明文分组就不是整分组；或私钥分量未补 80。",
        ),
        Wording(
            "Only enciphered groups in a command with P1 60; pad key parts to eight bytes.",
            "P1 = 60 的命令只放加密分组；私钥分量补足 8 字节。",
        ),
    ),
    CatalogueEntry(
        "group length",
        Wording(
            "group {group:04X} has {expected} bytes, {received} came",
            "数据分组 {group:04X} 为 {expected} 字节，收到 {received} 字节",
        ),
        Wording(
            "8000 is three keys of 16 bytes (AC, MAC, ENC), 9000 their three check values of 3 bytes, 8010 a PIN block "
            "of 8, 9010 two bytes.",
            "8000 为三个 16 字节密钥（AC、MAC、ENC），9000 为其三个 3 字节校验值，8010 为 8 字节 PIN 块，9010 为两字"
            "节。",
        ),
        Wording("Send the group with exactly this length.", "按此长度发送。"),
    ),
    CatalogueEntry(
        "group without structure",
        Wording(
            "group {group:04X} does not hold data objects that add up",
            "数据分组 {group:04X} 中的数据对象长度不符",
        ),
        Wording(
            "A length inside the group does not fit, often after a value was edited by hand or a template's length was "
            "not recomputed.",
            "分组内某个长度不对，常因手工改了值而未重算模板长度。",
        ),
        Wording(
            "Parse the group as TLV; each length must end exactly where the next tag begins.",
            "按 TLV 解析该分组；各长度必须正好相接。",
        ),
    ),
    CatalogueEntry(
        "group without template",
        Wording("group {group:04X} is one template 70", "数据分组 {group:04X} 应为一个模板 70"),
        Wording(
            "Records of files 01 to 0A travel with 70 and length around their elements; here the elements stand bare, "
            "or something follows.",
            "文件 01 至 0A 的记录外层应有 70 和长度；此处直接是数据元，或之后还有数据。",
        ),
        Wording("Wrap the elements into one template 70.", "用一个模板 70 包住数据元。"),
    ),
    CatalogueEntry(
        "record too long",
        Wording(
            "group {group:04X} has {received} bytes, a record at most {expected}",
            "数据分组 {group:04X} 为 {received} 字节，一条记录最多 {expected} 字节",
        ),
        Wording("A certificate with further elements was put into one record.", "把证书与其他数据元放进了一条记录。"),
        Wording(
            "Give the certificate a record of its own (0201, 0204) and list it in the AFL.",
            "证书单独成一条记录（0201、0204），并列入 AFL。",
        ),
    ),
    CatalogueEntry(
        "element length",
        Wording(
            "group {group:04X} {tag:X} ({name}) has {received} bytes",
            "数据分组 {group:04X} 中 {tag:X}（{name}）为 {received} 字节",
        ),
        Wording(
            "The element has a length of its own in the standard (5F24 three bytes BCD, 9F07 two, 5A up to ten); the "
            "value was given as text, or cut.",
            "该数据元的长度有规定（5F24 三字节 BCD，9F07 两字节，5A 至多十字节）；值以文本给出或被截短。",
        ),
        Wording("Code the value as PBOC-5 annex A says and send it again.", "按 PBOC-5 附录 A 编码后重发。"),
    ),
    CatalogueEntry(
        "tries above their limit",
        Wording(
            "group {group:04X} is try counter ‖ try limit, limit at most 0F",
            "数据分组 {group:04X} 为尝试计数器 ‖ 尝试上限，上限最大 0F",
        ),
        Wording(
            "Both bytes exchanged, one byte only, or a nibble form (33) of the social side.",
            "两字节颠倒、只有一字节，或用了社保侧的半字节形式（33）。",
        ),
        Wording("03 03: counter not above its limit.", "例如 03 03：计数器不大于上限。"),
    ),
    CatalogueEntry(
        "check values before their keys",
        Wording("group {group:04X} needs group {needed:04X} before it", "数据分组 {group:04X} 之前须有 {needed:04X}"),
        Wording("The check values were sent in front of the keys they check.", "校验值先于密钥发送。"),
        Wording("8000 (8400) first, then 9000 (9400).", "先 8000（8400），后 9000（9400）。"),
    ),
    CatalogueEntry(
        "wrong check values",
        Wording(
            "group {group:04X} {received}: the keys of group {keys:04X} have {expected}",
            "数据分组 {group:04X} 为 {received}：{keys:04X} 中密钥的校验值为 {expected}",
        ),
        Wording(
            "The keys arrived as others: deciphered under another KDEK, in another order (AC, MAC, ENC), or derived "
            "for another card. They are unusable until they are sent again.",
            "收到的密钥不对：KDEK 不同、顺序不对（AC、MAC、ENC），或是为别的卡分散的。重新发送之前不可用。",
        ),
        Wording(
            "Compare the check values named here with those of the issuer's own keys, key by key.",
            "将此处的校验值与发卡行密钥逐个比较。",
        ),
    ),
    CatalogueEntry(
        "no reference PIN block",
        Wording(
            "group {group:04X} is no reference PIN block 2N ‖ digits ‖ F…",
            "数据分组 {group:04X} 不是参考 PIN 块 2N ‖ 数字 ‖ F…",
        ),
        Wording(
            "The PIN was sent as digits, filled with 0, or as an ISO format-0 block with the card number mixed in.",
            "PIN 以数字串发送、填 0，或为混入卡号的 ISO 格式 0。",
        ),
        Wording(
            "2N, the digits, F to 8 bytes, enciphered under the session KDEK.",
            "2N、数字、补 F 至 8 字节，用过程 KDEK 加密。",
        ),
    ),
    CatalogueEntry(
        "private key part without padding",
        Wording("group {group:04X} is not padded with 80", "数据分组 {group:04X} 没有补 80"),
        Wording(
            "The number was enciphered as it is, cut or with zeros to whole blocks.",
            "数值未填充或补零后直接加密。",
        ),
        Wording("Value ‖ 80 00… to whole blocks, then encipher.", "值 ‖ 80 00… 补足整分组，再加密。"),
    ),
    CatalogueEntry(
        "elements missing at the end",
        Wording("personalisation is not complete: elements {missing}", "个人化不完整：缺少数据元 {missing}"),
        Wording(
            "A record that has these elements was left out, or they are in a group that belongs to another "
            "application.",
            "缺少含这些数据元的记录，或放进了其他应用的分组。",
        ),
        Wording(
            "Add them to their records (PBOC-10 tables 13, 14) before the last STORE DATA.",
            "在最后一条存储数据之前加入相应记录（PBOC-10 表 13、14）。",
        ),
    ),
    CatalogueEntry(
        "groups missing at the end",
        Wording(
            "personalisation is not complete: groups {missing} ({suite} algorithms)",
            "个人化不完整：缺少数据分组 {missing}（{suite} 算法）",
        ),
        Wording(
            "FCI (9102), AIP and AFL (9104), issuer application data (9200), keys (8000) are always needed; the "
            "private key if the AIP says DDA or CDA; 9010 beside a PIN.",
            "FCI（9102）、AIP 与 AFL（9104）、发卡行应用数据（9200）、密钥（8000）必不可少；AIP 含 DDA、CDA 时需要私"
            "钥；有 PIN 时需要 9010。",
        ),
        Wording("Send the missing groups, then the last STORE DATA again.", "补发缺少的分组，再重发最后一条存储数据。"),
    ),
    CatalogueEntry(
        "no directory file named",
        Wording(
            "personalisation is not complete: 88 in A5 names no file 1 to 10 but {received}",
            "个人化不完整：A5 中的 88 应给出文件 1 至 10，收到 {received}",
        ),
        Wording(
            "The FCI of the environment has no 88, or the AID's FCI was sent to the environment.",
            "环境的 FCI 没有 88，或把应用的 FCI 发给了环境。",
        ),
        Wording("9102 of 1PAY.SYS.DDF01 begins A5 LL 88 01 01.", "1PAY.SYS.DDF01 的 9102 以 A5 LL 88 01 01 开头。"),
    ),
    CatalogueEntry(
        "record of the AFL missing",
        Wording(
            "personalisation is not complete: record {group:04X} (SFI, number), which the AFL names ({suite} "
            "algorithms)",
            "个人化不完整：缺少 AFL 所列的记录 {group:04X}（SFI、记录号）（{suite} 算法）",
        ),
        Wording(
            "The AFL (94) names more records than were sent: a range is one too long, or an SFI is not shifted by "
            "three bits.",
            "AFL（94）列出的记录多于实际：范围多一条，或 SFI 没有左移三位。",
        ),
        Wording(
            "SFI × 8, first, last, how many are signed; send every record that it lists.",
            "SFI×8、首记录、末记录、参与签名的记录数；列出的记录都要发送。",
        ),
    ),
    CatalogueEntry(
        "no AIP",
        Wording("group {group:04X} does not say the AIP", "数据分组 {group:04X} 没有给出 AIP"),
        Wording(
            "9104 was sent as 80 L AIP AFL, or in broken TLV; here it holds 82 and 94.",
            "9104 按 80 L AIP AFL 发送或 TLV 有误；此处应含 82 和 94。",
        ),
        Wording("9104 holds 82 02 xx xx and 94 with its length.", "9104 的内容为 82 02 xx xx 和带长度的 94。"),
    ),
    CatalogueEntry(
        "no AFL",
        Wording(
            "group {group:04X} does not say the AFL: entries of SFI, first and last record, how many are signed",
            "数据分组 {group:04X} 没有给出 AFL：每项为 SFI、首记录、末记录、签名记录数",
        ),
        Wording(
            "94 is no multiple of four bytes, an SFI is 0 or above 30, or last is before first.",
            "94 不是四字节的倍数，SFI 为 0 或大于 30，或末记录在首记录之前。",
        ),
        Wording("Four bytes for each range: SFI × 8, first, last, signed.", "每段四字节：SFI×8、首、末、签名数。"),
    ),
    CatalogueEntry(
        "no issuer application data",
        Wording(
            "group {group:04X}: 9F10 is 07 and seven bytes, the last of them 01 or 04, perhaps issuer's data behind "
            "their length",
            "数据分组 {group:04X}：9F10 应为 07 加七字节，末字节 01 或 04，其后可有带长度的发卡行数据",
        ),
        Wording(
            "9F10 of another scheme (06 01 0A 03 …), or without its length byte 07.",
            "用了其他卡组织的 9F10（06 01 0A 03 …），或没有长度字节 07。",
        ),
        Wording(
            "07 ‖ derivation index ‖ cryptogram version ‖ CVR 03 00 00 00 ‖ algorithm 01 (3DES) or 04 (SM4).",
            "07 ‖ 密钥分散索引 ‖ 密文版本 ‖ CVR 03 00 00 00 ‖ 算法 01（3DES）或 04（SM4）。",
        ),
    ),
    CatalogueEntry(
        "broken list in a group",
        Wording(
            "group {group:04X} holds a data object list or log entry that is none",
            "数据分组 {group:04X} 中的数据对象列表或日志入口无效",
        ),
        Wording(
            "A list (8C, 8D, 9F38, 9F49) ends behind a tag, or 9F4D is not SFI and number of records.",
            "列表（8C、8D、9F38、9F49）在标签处结束，或 9F4D 不是 SFI 加记录数。",
        ),
        Wording(
            "Tag and one length byte for each entry; 9F4D 02 SFI number.",
            "每项为标签加一字节长度；9F4D 02 SFI 记录数。",
        ),
    ),
    CatalogueEntry(
        "list without what a cryptogram takes",
        Wording(
            "group {group:04X}: the list asks for {received} bytes of {needed:X}, a cryptogram takes {expected}",
            "数据分组 {group:04X}：列表要求 {needed:X} 为 {received} 字节，计算密文需要 {expected} 字节",
        ),
        Wording(
            "CDOL1 or CDOL2 leaves an element out that the cryptogram covers, or asks for a part of it: amounts, "
            "country, TVR, currency, date, type, unpredictable number; CDOL2 wants 8A besides.",
            "CDOL1 或 CDOL2 缺少密文要覆盖的数据元或长度不足：金额、国家、TVR、货币、日期、类型、不可预知数；CDOL2 还"
            "要 8A。",
        ),
        Wording(
            "9F02 06 9F03 06 9F1A 02 95 05 5F2A 02 9A 03 9C 01 9F37 04 in both lists.",
            "两个列表都应含 9F02 06 9F03 06 9F1A 02 95 05 5F2A 02 9A 03 9C 01 9F37 04。",
        ),
    ),
    CatalogueEntry(
        "list longer than a command",
        Wording(
            "the list in {tag:X} asks for {received} bytes of data, a command brings at most {expected}",
            "{tag:X} 的列表要求 {received} 字节，一条命令最多 {expected} 字节",
        ),
        Wording(
            "Lengths of many elements add up to more than Lc can say, or an element's length is wrong (9F4E 14 in hex "
            "is 20).",
            "各项长度之和超过 Lc 的上限，或某项长度写错（9F4E 的 14 为十六进制，即 20）。",
        ),
        Wording("Leave elements out that no check uses.", "去掉用不到的数据元。"),
    ),
    CatalogueEntry(
        "algorithm of the SM set",
        Wording(
            "9F10 in group 9201 ends in {received:02X}, SM4 is {expected:02X} (SM algorithms)",
            "9201 的 9F10 末字节为 {received:02X}，SM4 应为 {expected:02X}（SM 算法）",
        ),
        Wording(
            "The issuer application data of the international set were copied into 9201.",
            "把国际算法的发卡行应用数据复制到了 9201。",
        ),
        Wording("End 9F10 of 9201 with 04.", "9201 的 9F10 以 04 结尾。"),
    ),
    CatalogueEntry(
        "CDA with the SM set",
        Wording("CDA has no settled form with SM2 (SM algorithms)", "SM2 下的 CDA 尚无确定形式（SM 算法）"),
        Wording("The AIP in 9105 has the CDA bit of 9104.", "9105 的 AIP 沿用了 9104 的 CDA 位。"),
        Wording(
            "Clear the lowest bit of the AIP's first byte in 9105; DDA stays.",
            "清除 9105 中 AIP 首字节最低位；保留 DDA。",
        ),
    ),
    CatalogueEntry(
        "parts of no private key",
        Wording(
            "personalisation is not complete: the parts of the card's private key make none ({suite} algorithms)",
            "个人化不完整：卡片私钥的各分量不能组成密钥（{suite} 算法）",
        ),
        Wording(
            "A part is missing or of another key, p and q are exchanged, or CRT parts are in another order than 8201 "
            "q⁻¹, 8202, 8203, 8204 q, 8205 p; of SM2: 8501 and 8502 are no pair.",
            "缺少分量或属于别的密钥，p、q 颠倒，或顺序不是 8201 q⁻¹、8202、8203、8204 q、8205 p；SM2 则为 8501 与 8502 "
            "不成对。",
        ),
        Wording(
            "Send all parts of one key pair; compute n = p·q and compare it with the certificate.",
            "发送同一密钥对的全部分量；计算 n = p·q 并与证书比较。",
        ),
    ),
)
