"""Reasons of every stack: errors that tell in words of their own what they have found, in memory or in data."""

from __future__ import annotations

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording

REASONS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "damaged memory",
        Wording("{fault}", "{fault}"),
        Wording(
            "A cell of the card does not hold what its owner has written there: a card file was edited by hand or cut "
            "off, a test has overwritten the cell (`Card.overwrite`), or the chip is worn.",
            "存储单元中不是其所有者写入的内容：卡文件被手工修改或截断，测试改写了单元（`Card.overwrite`），或芯片老"
            "化。",
        ),
        Wording(
            "Go back to a copy of the card file, or issue the card again; `dualcos inspect` lists what is damaged.",
            "恢复卡文件的备份，或重新发卡；`dualcos inspect` 可列出损坏之处。",
        ),
        (),
        Wording(
            "a cell of the card does not hold what it must; the sentence names cell and file",
            "存储单元内容无效；句中给出单元和文件",
        ),
    ),
    CatalogueEntry(
        "broken creation data",
        Wording("{fault}", "{fault}"),
        Wording(
            "The data of CREATE FILE have no layout the card knows: a type of file that is none (byte 8), 16 bytes "
            "cut, a name of another length, or a cyclic file without the length of its records.",
            "建立文件的数据格式不符：文件类型（第 8 字节）不存在、不足 16 字节、名称长度不对，或循环文件没有记录长度。",
        ),
        Wording(
            "Sixteen bytes for an EF, sixteen and the name for a directory; type 01 and 02 are directories; compare "
            "with the frames in vectors/ssse/personalisation.json.",
            "EF 为 16 字节，目录为 16 字节加名称；类型 01、02 为目录；可与 vectors/ssse/personalisation.json 中的数据"
            "对照。",
        ),
        (),
        Wording(
            "the creation data have not the layout of any object; the sentence says which part",
            "建立数据不符合任何对象的格式；句中指出哪一部分",
        ),
    ),
    CatalogueEntry(
        "broken data objects",
        Wording("{fault}", "{fault}"),
        Wording(
            "A length inside the data does not fit what follows: a value was changed and its length not, a length "
            "above 127 was written in one byte, or the data were cut.",
            "数据内某个长度与其后内容不符：改了值而没有改长度，大于 127 的长度只写了一字节，或数据被截断。",
        ),
        Wording(
            "Parse the data field as tag, length, value from its first byte; 81 and a byte for lengths from 128 on.",
            "从第一字节起按标签、长度、值解析；128 及以上的长度用 81 加一字节。",
        ),
        (),
        Wording(
            "tags and lengths of the data field do not add up; the sentence says where",
            "数据域的标签与长度不符；句中指出位置",
        ),
    ),
    CatalogueEntry(
        "memory full",
        Wording("{fault}", "{fault}"),
        Wording(
            "More was written than the environment's memory holds: files of a profile that is too large, or a test "
            "that adds records and keys without end.",
            "写入内容超出环境的存储容量：模板中的文件过大，或测试不断追加记录、密钥。",
        ),
        Wording("Make the files smaller, or begin on a fresh card.", "减小文件，或换用新卡。"),
        (),
        Wording("there is no room left in the environment's memory", "环境的存储空间不足"),
    ),
    CatalogueEntry(
        "no SM2 here",
        Wording("{fault}", "{fault}"),
        Wording(
            "The card has SM2 keys, and the package that computes with them is not installed beside dualcos.",
            "卡上有 SM2 密钥，但没有安装计算 SM2 的软件包。",
        ),
        Wording(
            "Install it: `pip install 'dualcos[sm]'`; `dualcos doctor` tells what is missing.",
            "安装：`pip install 'dualcos[sm]'`；`dualcos doctor` 可检查缺少的软件包。",
        ),
        (),
        Wording("the library that computes with SM2 is not installed on this machine", "本机没有安装计算 SM2 的库"),
    ),
)
