"""Findings from the wire: what a row takes, which step is missing, whose a command, a name or a file is."""

from __future__ import annotations

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording

FINDINGS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "taken.class",
        Wording("{command} takes class {expected}; {received} came", "{command} 的 CLA 为 {expected}，收到 {received}"),
        Wording(
            "the class of another specification, a logical channel, or secure messaging announced where there is none",
            "用了其他规范的 CLA、逻辑通道，或在不用安全报文处声明了安全报文",
        ),
        Wording("send the class that the row has", "使用该命令的 CLA"),
    ),
    CatalogueEntry(
        "taken.p1-p2",
        Wording(
            "{command} takes {expected}; P1 P2 = {received} came",
            "{command} 的参数为 {expected}，收到 P1 P2 = {received}",
        ),
        Wording(
            "a short file identifier not shifted by three, a mode of another specification, P1 and P2 exchanged",
            "短文件标识符未左移三位、用了其他规范的方式，或 P1 与 P2 互换",
        ),
        Wording("take P1 and P2 from what is told", "按给出的范围设置 P1 P2"),
    ),
    CatalogueEntry(
        "taken.length",
        Wording(
            "{command} takes {expected} bytes of data; {received} came",
            "{command} 的数据为 {expected} 字节，收到 {received} 字节",
        ),
        Wording(
            "a field or the MAC is missing, stands twice or is cut, or Lc counts something else",
            "缺少字段或 MAC、字段重复或被截断，或 Lc 计算有误",
        ),
        Wording("compare each field with the command's clause", "按条款核对每个字段"),
    ),
    CatalogueEntry(
        "taken.short-length",
        Wording(
            "{command} takes {expected} bytes of data with Lc in one byte; Lc came in three",
            "{command} 的数据为 {expected} 字节，Lc 占一字节；收到三字节的 Lc",
        ),
        Wording("the host library sends extended length", "主机程序使用了扩展长度"),
        Wording("send Lc and Le in one byte each", "Lc 和 Le 各用一字节"),
    ),
    CatalogueEntry(
        "taken.le",
        Wording("{command} takes Le {expected}; {received} came", "{command} 的 Le 为 {expected}，收到 {received}"),
        Wording("Le was left out, or has the length of another card", "缺少 Le，或 Le 为其他卡片的长度"),
        Wording("send one of the Le that are told", "使用给出的 Le"),
    ),
    CatalogueEntry(
        "taken.key",
        Wording(
            "WRITE KEY takes here {expected}; {received} came", "此处 WRITE KEY 可装载 {expected}；收到 {received}"
        ),
        Wording(
            "P1 of a master key for another key, a type or number of another directory, or a key of another length",
            "P1 与密钥类型不符、类型或标识属于其他目录，或密钥长度不符",
        ),
        Wording("compare the key's header with what is told", "按给出的范围核对密钥头"),
    ),
    CatalogueEntry(
        "step.missing",
        Wording("{command} comes behind {expected}", "{command} 应在 {expected} 之后"),
        Wording(
            "a command was left out, was refused unnoticed, or a selection, a reset or another command has ended it",
            "漏发了命令、未注意命令已被拒绝，或选择、复位、其他命令已使其失效",
        ),
        Wording("send what is missing, then this command again", "补发缺少的命令后重发"),
    ),
    CatalogueEntry(
        "step.otherwise",
        Wording("{command} is sent otherwise", "{command} 的发送方式不对"),
        Wording("the form of another card or transmission protocol", "用了其他卡片或传输协议的方式"),
        Wording("send it as is told", "按给出的方式发送"),
    ),
    CatalogueEntry(
        "whose.psam-command",
        Wording("{command} is a PSAM's command; here is {place}", "{command} 是 PSAM 的命令；当前为 {place}"),
        Wording("it was sent to the user card's slot", "命令发到了用户卡卡槽"),
        Wording("send it to the PSAM, in its own slot", "发送到 PSAM 所在卡槽"),
    ),
    CatalogueEntry(
        "whose.social-command",
        Wording(
            "{command} as it came is the social side's command; here is {place}",
            "{command} 是社会保障侧的命令；当前为 {place}",
        ),
        Wording("another environment, or the other card, is in place", "当前为其他环境或其他卡片"),
        Wording("select SSSE first, or take the user card's slot", "先选择社会保障系统环境，或发送到用户卡卡槽"),
    ),
    CatalogueEntry(
        "whose.bank-command",
        Wording(
            "{command} as it came is the bank's command; here is {place}", "{command} 是金融侧的命令；当前为 {place}"
        ),
        Wording("another environment, or the other card, is in place", "当前为其他环境或其他卡片"),
        Wording("select the bank's application first", "先选择金融应用"),
    ),
    CatalogueEntry(
        "whose.pki-command",
        Wording(
            "{command} as it came is the PKI environment's command; here is {place}",
            "{command} 是证书环境的命令；当前为 {place}",
        ),
        Wording("another environment is in place", "当前为其他环境"),
        Wording("select the PKI environment, then SS.CERT.ADF1", "先选择证书环境，再选择 SS.CERT.ADF1"),
    ),
    CatalogueEntry(
        "whose.maker-command",
        Wording(
            "{command} is a command for making a card; {place} takes it no more, or not yet",
            "{command} 是制卡命令；{place} 已不再或尚未接受",
        ),
        Wording("a finished card is treated as one to be made", "把已制作完成的卡片当作待制卡片"),
        Wording("use a blank card, or leave the command out", "换用空白卡，或不发送该命令"),
    ),
    CatalogueEntry(
        "whose.sfi-of-another",
        Wording(
            "{place} has no SFI {received}; it is that of {expected}",
            "{place} 无短文件标识符 {received}；它属于 {expected}",
        ),
        Wording("another directory than the file's is current", "当前目录不是该文件所在目录"),
        Wording("select the file's directory first", "先选择文件所在目录"),
    ),
    CatalogueEntry(
        "whose.file-of-another",
        Wording("{place} has no {received}; it is {expected}", "{place} 无 {received}；它是 {expected}"),
        Wording("another directory or environment than the file's is current", "当前目录或环境不是该文件所在处"),
        Wording("select the environment, then the file's directory", "先选择环境，再选择文件所在目录"),
    ),
    CatalogueEntry(
        "whose.aid-short",
        Wording("{received} is too short; {name} is called {expected}", "{received} 太短；{name} 的名称为 {expected}"),
        Wording(
            "a byte was lost, or only the registered part of the name is sent", "丢失字节，或只发送了名称的注册部分"
        ),
        Wording("send the whole name", "发送完整名称"),
    ),
    CatalogueEntry(
        "whose.aid-long",
        Wording("{received} is too long; {name} is called {expected}", "{received} 太长；{name} 的名称为 {expected}"),
        Wording("a byte of Le, a string's end or a space went along", "多带了 Le、字符串结束符或空格"),
        Wording("send the name alone", "只发送名称"),
    ),
    CatalogueEntry(
        "whose.name-of-another",
        Wording("{expected} is the name of {name}, which is not here", "{expected} 是 {name} 的名称，此处没有"),
        Wording(
            "it lies on another card, in an environment that must be selected before, or is not on this card",
            "它在其他卡片上、须先选择其环境，或本卡没有",
        ),
        Wording("select it where it is", "在其所在处选择"),
    ),
    CatalogueEntry(
        "whose.name-in-other-letters",
        Wording(
            "{name} is called {expected}: capital and small letters are not the same",
            "{name} 的名称为 {expected}：区分大小写",
        ),
        Wording("the name was written in other letters", "名称大小写不符"),
        Wording("send the name byte by byte as declared", "按声明逐字节发送名称"),
    ),
    CatalogueEntry(
        "text.utf-8",
        Wording(
            "a text in UTF-8, GBK is wanted: {expected}, not {received}",
            "文本用了 UTF-8，应为 GBK：{expected}，而非 {received}",
        ),
        Wording("strings are UTF-8 in the host program", "主机程序的字符串为 UTF-8"),
        Wording("encode texts in GBK", "文本按 GBK 编码"),
    ),
    CatalogueEntry(
        "text.utf-16",
        Wording(
            "a text in UTF-16, GBK is wanted: {expected}, not {received}",
            "文本用了 UTF-16，应为 GBK：{expected}，而非 {received}",
        ),
        Wording("strings are UTF-16 in the host program", "主机程序的字符串为 UTF-16"),
        Wording("encode texts in GBK", "文本按 GBK 编码"),
    ),
    CatalogueEntry(
        "text.hex-digits",
        Wording(
            "hexadecimal digits came as characters; {name} is called {expected}",
            "十六进制数字按字符发送；{name} 的名称为 {expected}",
        ),
        Wording("the digits of a constant were sent, not its bytes", "发送的是十六进制字符串而非其字节"),
        Wording("turn the digits into bytes", "先把十六进制转换为字节"),
    ),
)
