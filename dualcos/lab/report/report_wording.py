"""What stands in records in English alone, for a page in both languages: verdicts, kinds, what decided, in words.

Total: a text that has no Chinese here stands as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from apdu.status import StatusWord, meaning
from cos.kernel.refusal import Gate
from dualcos.explain.catalogue_entry import Wording
from dualcos.lab.evidence.campaign_records import VectorJudged
from dualcos.lab.report.record_texts import RECORD_TEXTS

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
GATES: Mapping[str, Wording] = MappingProxyType(
    {
        Gate.APDU: Wording(Gate.APDU, "APDU 格式"),
        Gate.LIFE_CYCLE: Wording(Gate.LIFE_CYCLE, "生命周期"),
        Gate.CLASS: Wording(Gate.CLASS, "类别"),
        Gate.INSTRUCTION: Wording(Gate.INSTRUCTION, "指令"),
        Gate.STATE: Wording(Gate.STATE, "状态"),
        Gate.PARAMETERS: Wording(Gate.PARAMETERS, "参数 P1 P2"),
        Gate.LENGTH: Wording(Gate.LENGTH, "长度"),
        Gate.TARGET: Wording(Gate.TARGET, "对象"),
        Gate.STRUCTURE: Wording(Gate.STRUCTURE, "文件结构"),
        Gate.RIGHT: Wording(Gate.RIGHT, "访问权限"),
        Gate.RANDOM: Wording(Gate.RANDOM, "随机数"),
        Gate.MESSAGING: Wording(Gate.MESSAGING, "安全报文"),
        Gate.AUTHENTICATION: Wording(Gate.AUTHENTICATION, "鉴别"),
        Gate.DATA: Wording(Gate.DATA, "数据"),
        Gate.SPACE: Wording(Gate.SPACE, "空间"),
        Gate.MEMORY: Wording(Gate.MEMORY, "存储"),
    }
)
_MOST_WITHIN = 12
_WORDS: Mapping[str, Wording] = MappingProxyType({**VERDICTS, **ENDS})
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
    return Wording(text, _in_chinese(text))


def _in_chinese(text: str, within: int = 0) -> str:
    """``within``: how many texts it stands in; deeper than any of ours it is left as it is."""
    if within > _MOST_WITHIN:
        return text
    if text in _WORDS:
        return _WORDS[text].zh
    for pattern, zh in RECORD_TEXTS:
        found = pattern.fullmatch(text)
        if found is not None:
            said = {name: _in_chinese(part, within + 1) for name, part in found.groupdict("").items()}
            return zh.format(text, *found.groups(""), **said)
    return text


def verdict_in_both(judged: VectorJudged) -> Wording:
    """Why a verdict is what it is. What the card or its answer says besides is left to whoever shows these: they have
    Chinese of their own.
    """
    text, answer = judged.text or judged.kind, judged.answer
    told = answer is not None and (answer.reason is not None or bool(answer.findings))
    head, behind, _ = text.partition(f", came {answer.came} (") if answer is not None and told else (text, "", "")
    return Wording(text, _in_chinese(f"{head}, came {answer.came}" if answer is not None and behind else text))


def injected_in_both(injected: str) -> Wording:
    """What a fault script made of an answer, behind the name of its rule."""
    said = injected.removeprefix("FAULT injected: ")
    rule, _, text = said.partition(": ")
    chinese = _in_chinese(text)
    return Wording(said, said if chinese == text else f"{rule}：{chinese}")


def gate_in_both(gate: str) -> Wording:
    """What refused a command."""
    return GATES.get(gate, Wording(gate, gate))


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
