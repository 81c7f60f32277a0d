"""What stands in records in English alone, for a page in both languages: verdicts, kinds, what decided, in words.

Total: a text that has no Chinese here stands as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from apdu.status import StatusWord, meaning
from dualcos.explain.catalogue_entry import Wording

VERDICTS: Mapping[str, Wording] = MappingProxyType(
    {
        "pass": Wording("pass", "通过"),
        "fail": Wording("fail", "不通过"),
        "inconclusive": Wording("inconclusive", "无结论"),
        "not-applicable": Wording("not applicable", "不适用"),
        "waiting": Wording("waiting", "待测"),
    }
)
SAMPLES: Mapping[str, Wording] = MappingProxyType(
    {
        "each vector's own": Wording("each vector on the card it names", "每个向量用其指定的卡"),
        "profile": Wording("card of a profile", "按配置制作的卡"),
        "card file": Wording("card file", "卡文件"),
        "reader": Wording("card in a reader", "读卡器中的卡"),
    }
)
ENDS: Mapping[str, Wording] = MappingProxyType(
    {
        "complete": Wording("complete", "完成"),
        "stopped": Wording("stopped", "已停止"),
        "reader gone": Wording("reader gone", "读卡器断开"),
    }
)
CERTAINTIES: Mapping[str, Wording] = MappingProxyType(
    {"certain": Wording("certain", "确定"), "likely": Wording("likely", "可能"), "note": Wording("note", "提示")}
)
RESETS: Mapping[str, Wording] = MappingProxyType(
    {
        "cold": Wording("power on", "上电复位"),
        "warm": Wording("reset", "热复位"),
        "off": Wording("power off", "下电"),
    }
)
_PATTERNS = tuple(
    (re.compile(pattern, re.DOTALL), zh)
    for pattern, zh in (
        (r"made for another card", "为另一种卡而设"),
        (r"made for this card with other settings", "为设置不同的本卡而设"),
        (r"made for this card with nothing set otherwise", "为未改设置的本卡而设"),
        (r"made for the card (.*)", r"为卡 \1 而设"),
        (r"needs a card in a reader, and an operator", "需要读卡器中的卡和操作员"),
        (r"needs a card in process", "需要进程内的卡"),
        (r"needs a card as it was issued", "需要刚发行状态的卡"),
        (r"needs an operator", "需要操作员"),
        (r"needs (.*), and this card has none", r"需要 \1，本卡没有"),
        (r"needs another (.*)", r"需要另一个 \1"),
        (r"needs no (.*)", r"不得有 \1"),
        (r"needs (.*)", r"需要 \1"),
        (r"spoils the card: .*", "会损坏卡片（--destructive 才执行）"),
        (r"withdrawn(: .*)?", r"已作废\1"),
        (r"interrupted", "中断"),
        (r"not judged", "未判定"),
        (r"attestation expired", "操作员答复已过期"),
        (r"attested on (.*), worth nothing since (.*)", r"\1 的答复，自 \2 起失效"),
        (r"the session ended while it was played", "执行过程中会话结束"),
        (r"nobody is there to answer or to take the card out; nothing was sent", "无人应答或取卡，未发送任何命令"),
        (r"the card fell silent: (.*)", r"卡片无应答：\1"),
        (r"was not answered: (.*)", r"无应答：\1"),
        (r"killed the card: (.*)", r"卡片程序异常：\1"),
        (r"(.*) was not answered: (.*)", r"\1 无应答：\2"),
        (r"(.*) killed the card: (.*)", r"\1 使卡片程序异常：\2"),
        (r"counter (.*) should move by (.*), moved by (.*)", r"计数器 \1 应变化 \2，实际变化 \3"),
        (r"memory of (.*) should be unchanged and is not", r"\1 的存储应不变，但已改变"),
        (r"memory of (.*) is neither as before the cut command nor as after it", r"\1 的存储既非断电前也非完成后"),
        (r"a try counter of (.*) moved that is none of (.*)", r"\1 的尝试计数器变化，且不在 \2 之列"),
        (r"it is not signed; it began with the key (.*) to sign it", r"未签名；开始时声明由密钥 \1 签名"),
        (r"it is not signed(; it began without a key)?", "未签名"),
        (
            r"unfinished: (.*) of (.*) vectors wait; the last session ended: (.*)",
            r"未完成：\2 个向量中 \1 个待测；会话结束：\3",
        ),
        (
            r"unfinished: (.*) of (.*) vectors wait; the last session has no end",
            r"未完成：\2 个向量中 \1 个待测；会话未正常结束",
        ),
        (r"record (\d+) \((.*)\): altered: (.*)", r"记录 \1（\2）被改动：\3"),
        (r"record (\d+) \((.*)\): (.*)", r"记录 \1（\2）：\3"),
        (r"it began with the key (.*) to sign it, and (.*) was given", r"开始时声明由密钥 \1 签名，而给出的是 \2"),
        (r"it was signed with the key (.*), and (.*) was given", r"由密钥 \1 签名，而给出的是 \2"),
        (r"the file ends behind record (\d+)(.*); signed are (\d+)", r"文件止于记录 \1；签名包括 \3 条"),
        (r"the card was silent: no answer to (.*)", r"卡片对 \1 无应答"),
        (r"(.*) expected (.*), came (.*)", r"\1 期望 \2，实际 \3"),
    )
)
_PHRASES = tuple(
    (re.compile(pattern), zh)
    for pattern, zh in (
        (r"^of (.*)$", r"\1 的应答"),
        (r"^(\d+) bytes not shown ", r"\1 字节"),
        (r"\b(\d+) bytes\b", r"\1 字节"),
        (r", first with identifier ([0-9A-F]+)", r"，标识 \1 的首条"),
        (r", (last|next|previous) with identifier ([0-9A-F]+)", r"，标识 \2 的 \1"),
        (r"^record (\d+) of ", r"记录 \1，"),
        (r",? record (\d+)", r"，记录 \1"),
        (r", from byte (\d+)", r"，从第 \1 字节起"),
        (r"^number (\d+), plain groups ", r"第 \1 条，"),
        (r"^number (\d+), enciphered groups ", r"第 \1 条，"),
        (r", enciphered (加密)", r"，\1"),
        (r", with MAC (带MAC)", r"，\1"),
        (r"\bkey or PIN (密钥或个人密码) of (\S+)", r"\2 的\1"),
        (r"\bmaster key (主控密钥)", r"\1"),
        (r"\bfirst: (TC|ARQC|AAC), (?:approve|go online|decline) ", r"第一次：\1，"),
        (r"\bsecond: (TC|ARQC|AAC), (?:approve|go online|decline) ", r"第二次：\1，"),
        (r"\bunblock, PIN stays (解锁)", r"\1"),
        (r"\bset a new PIN (重装)", r"\1"),
        (r", for good (永久锁定)", r"，\1"),
        (r"\bno file selected (未选文件)", r"\1"),
        (r"\bthe current directory's (当前目录)", r"\1"),
        (r"\bhow many tries are left\? (询问剩余次数)", r"\1"),
        (r"\bwas not read (未读取)", r"\1"),
        (r"\bchip maker ", "芯片制造商 "),
        (r"\bcard maker ", "卡片制造商 "),
        (r"\bregion ", "地区 "),
        (r"\bserial ", "序列号 "),
        (r"\balgorithm ", "算法 "),
    )
)
_BOTH = re.compile(r"(.*) \(([^()]*[\u4e00-\u9fff].*)\)", re.DOTALL)


def text_in_both(text: str) -> Wording:
    """A record's text, and what it is in Chinese."""
    for pattern, zh in _PATTERNS:
        found = pattern.fullmatch(text)
        if found is not None:
            return Wording(text, found.expand(zh))
    return Wording(text, text)


def said_in_both(text: str) -> Wording:
    """What a command or its data say, which names things in both languages already, with its other words in Chinese."""
    chinese = text
    for pattern, zh in _PHRASES:
        chinese = pattern.sub(zh, chinese)
    return Wording(text, chinese)


def status_in_both(word: str) -> Wording:
    """What a status word means, four hex digits; nothing for anything else."""
    if re.fullmatch("[0-9A-F]{4}", word) is None:
        return Wording("", "")
    text = meaning(StatusWord(int(word, 16)))
    both = _BOTH.fullmatch(text)
    return Wording(both[1], both[2]) if both is not None else Wording(text, text)


def word_in_both(answer: str) -> Wording:
    """What an answer begins with means, right or come, where that is one status word; nothing for an ATR or a mask."""
    word = answer[:4]
    return status_in_both(word) if answer[4:5] in ("", " ") else Wording("", "")
