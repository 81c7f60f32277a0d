"""What records, their verification and idle known faults say, in Chinese: a pattern of the English text and a template.

A template names what its pattern has found: ``{1}`` stands there as it is, a group with a name is a text that has
Chinese of its own. The first pattern that fits counts.
"""

from __future__ import annotations

import re

_VERDICT_TEXTS = (
    (r"made for another card", "为另一种卡而设"),
    (r"made for this card with other settings", "为设置不同的本卡而设"),
    (r"made for this card with nothing set otherwise", "为未改设置的本卡而设"),
    (r"made for the card (.*) with nothing set otherwise", "为未改设置的卡 {1} 而设"),
    (r"made for the card (.*) with (.*)", "为卡 {1}（{2}）而设"),
    (r"made for the card (.*)", "为卡 {1} 而设"),
    (r"needs a card in a reader, and an operator", "需要读卡器中的卡和操作员"),
    (r"needs a card in process", "需要进程内的卡"),
    (r"needs a card as it was issued", "需要刚发行状态的卡"),
    (r"needs an operator", "需要操作员"),
    (r"needs (.*), and this card has none", "需要 {1}，本卡没有"),
    (r"needs another (.*)", "需要另一个 {1}"),
    (r"needs no (.*)", "不得有 {1}"),
    (r"needs (.*)", "需要 {1}"),
    (r"spoils the card: .*", "会损坏卡片（--destructive 才执行）"),
    (r"withdrawn", "已作废"),
    (r"withdrawn: (.*)", "已作废：{1}"),
    (r"interrupted", "中断"),
    (r"not judged", "未判定"),
    (r"attestation expired", "操作员答复已过期"),
    (r"attested on (.*), worth nothing since (.*)", "{1} 的答复，自 {2} 起失效"),
    (r"the session ended while it was played", "执行过程中会话结束"),
    (r"nobody is there to answer or to take the card out; nothing was sent", "无人应答或取卡，未发送任何命令"),
    (r"nobody is there to answer: (.*)", "无人应答：{1}"),
    (r"the card was not taken out while commands were sent (\d+) times over", "命令重复发送 {1} 遍，卡片未被取出"),
    (r"the operator's answer is (.*), right is (.*)", "操作员答复为 {1}，应为 {2}"),
    (r"measured (.*), right is (.*) to (.*)", "测得 {1}，应为 {2} 至 {3}"),
    (r"the command was over before the byte at which its power was to end", "命令在预定掉电的字节之前已结束"),
    (
        r"the command programs more than (\d+) bytes, and was not cut at those behind",
        "命令写入超过 {1} 字节，其后未作掉电",
    ),
    (r"the card fell silent: (.*)", "卡片无应答：{1}"),
    (r"was not answered: (?P<said>.*)", "无应答：{said}"),
    (r"killed the card: (.*)", "卡片程序异常：{1}"),
    (r"(.*) was not answered: (?P<said>.*)", "{1} 无应答：{said}"),
    (r"(.*) killed the card: (.*)", "{1} 使卡片程序异常：{2}"),
    (r"counter (.*) should move by (.*), moved by (.*)", "计数器 {1} 应变化 {2}，实际变化 {3}"),
    (r"memory of (.*) should be unchanged and is not", "{1} 的存储应不变，但已改变"),
    (r"memory of (.*) is neither as before the cut command nor as after it", "{1} 的存储既非断电前也非完成后"),
    (r"a try counter of (.*) moved that is none of (.*)", "{1} 的尝试计数器变化，且不在 {2} 之列"),
    (r"the card was silent: no answer to the reset", "卡片对复位无应答"),
    (r"the card was silent: no answer to (.*)", "卡片对 {1} 无应答"),
    (r"(\S+) of (.*) was not followed by GET RESPONSE: (?P<said>.*)", "{2} 返回 {1} 后未取应答：{said}"),
    (r"setting (.*) would answer at once \(now (.*?)\); (.*)", "设置 {1} 可立即应答（现为 {2}）；{3}"),
    (r"setting (.*) would answer this \(now (.*?)\); (.*)", "设置 {1} 可使此命令得到应答（现为 {2}）；{3}"),
    (r"the word is a setting: (.*) \(now (.*)\)", "状态字由设置决定：{1}（现为 {2}）"),
)

_INJECTED_TEXTS = (
    (r"FAULT injected \((.*)\)", "故障注入（{1}）"),
    (r"(?P<said>pulled out.*), back in (\S+) s", "{said}，{2} 秒后放回"),
    (r"pulled out", "卡片被取出"),
    (r"pulled out; the card never saw the command", "卡片被取出；命令未到达卡片"),
    (r"pulled out; the answer was (?P<had>.*)", "卡片被取出；原应答为 {had}"),
    (r"pulled out, power lost after (\d+) programmed bytes", "卡片被取出，写入 {1} 字节后掉电"),
    (r"power lost after (\d+) programmed bytes", "写入 {1} 字节后掉电"),
    (r"no answer to the reset", "对复位无应答"),
    (r"no answer; the card never saw the command", "无应答；命令未到达卡片"),
    (r"no answer; it was (?P<had>.*)", "无应答；原应答为 {had}"),
    (r"still mute, until the next reset", "仍无应答，直至下次复位"),
    (r"(\S+); the card never saw the command", "{1}；命令未到达卡片"),
    (r"(\S+) and (\d+) bytes of data", "{1} 和数据 {2} 字节"),
    (r"answered (\S+) s late", "应答延迟 {1} 秒"),
    (r"(\d+) bytes of data instead of (\d+)", "数据 {1} 字节，原为 {2} 字节"),
    (r"(\S+) instead of ([^\s,]+)", "{1}，原为 {2}"),
    (r"(\S+) instead of ([^\s,]+), (?P<said>.*)", "{1}，原为 {2}；{said}"),
    (r"TLV spoilt: (.*)", "TLV 被破坏：{1}"),
    (r"cut off: (\d+) of (\d+) bytes of data (?P<word>.*)", "截断：数据 {2} 字节只留 {1} 字节，{word}"),
    (r"with the status word", "有状态字"),
    (r"and no status word", "无状态字"),
    (r"flipped (?P<said>.*)", "比特翻转：{said}"),
    (r"(?P<said>byte .*) and (\d+) more", "{said}，另有 {2} 处"),
    (r"byte (\d+) bit (\d+), (?P<said>byte .*)", "第 {1} 字节 b{2}、{said}"),
    (r"byte (\d+) bit (\d+)", "第 {1} 字节 b{2}"),
)

_KNOWN_FAULT_TEXTS = (
    (r"known fault (.*): expired on (\S+); (?P<why>.*)", "已知缺陷 {1}：已于 {2} 过期；{why}"),
    (r"known fault (.*): (?P<why>the vector (?:has no verdict here|does not fail: .*))", "已知缺陷 {1}：{why}"),
    (r"known fault (.*): (?P<why>the vector fails otherwise: .*)", "已知缺陷 {1}：{why}"),
    (r"the failure is there", "该不通过仍存在"),
    (r"the vector has no verdict here", "本次没有该向量的结论"),
    (r"the vector does not fail: (?P<verdict>.*)", "该向量的结论不是不通过，而是{verdict}"),
    (r"the vector fails otherwise: ([^,]*), (?P<came>.*)", "该向量另有不通过：{1}，{came}"),
)

_CHAIN_TEXTS = (
    (r"record (\d+) \(verdict of (.*?)\): (?P<said>.*)", "记录 {1}（{2} 的结论）：{said}"),
    (r"record (\d+) \(begun of (.*?)\): (?P<said>.*)", "记录 {1}（{2} 的开始）：{said}"),
    (r"record (\d+) \(attested of (.*?)\): (?P<said>.*)", "记录 {1}（{2} 的操作员答复）：{said}"),
    (r"record (\d+) \(campaign(?: of .*?)?\): (?P<said>.*)", "记录 {1}（活动的开始）：{said}"),
    (r"record (\d+) \(session(?: of .*?)?\): (?P<said>.*)", "记录 {1}（会话的开始）：{said}"),
    (r"record (\d+) \(ended(?: of .*?)?\): (?P<said>.*)", "记录 {1}（会话的结束）：{said}"),
    (r"record (\d+) \((.*?)\): (?P<said>.*)", "记录 {1}（{2}）：{said}"),
    (r"record (\d+): (?P<said>.*)", "记录 {1}：{said}"),
    (r"altered: (?P<why>.*)", "被改动：{why}"),
    (r"not signed, and (?P<why>.*)", "未签名，且{why}"),
    (r"it is no line of a campaign file", "不是活动文件的行"),
    (r"it is not what was written here", "与原来所写不符"),
    (r"it has (.*) twice", "{1} 出现两次"),
    (r"behind record (\d+) are (\d+) bytes that are no whole record", "记录 {1} 之后有 {2} 字节，不成完整记录"),
    (r"(?P<torn>.*): it was cut off or is being written", "{torn}：文件被截断或正在写入"),
    (r"(?P<torn>.*), and not signed", "{torn}，且未签名"),
    (
        r"the file ends behind record (\d+), in the middle of record (\d+); signed are (\d+)",
        "文件止于记录 {1} 之后、记录 {2} 之中；已签名 {3} 条",
    ),
    (r"the file ends behind record (\d+); signed are (\d+)", "文件止于记录 {1}；已签名 {2} 条"),
    (
        r"not what was signed: records 2 to (\d+) end otherwise, so some were changed and chained anew",
        "与所签内容不符：记录 2 至 {1} 的链尾不同，有记录被改动并重新成链",
    ),
    (
        r"not signed, nor what is behind it: the signature ends with record (\d+)",
        "此记录及其后均未签名：签名止于记录 {1}",
    ),
    (r"unfinished: (.*) of (.*) vectors wait; (?P<how>.*)", "未完成：{2} 个向量中 {1} 个待测；{how}"),
    (r"the last session ended: (?P<why>.*)", "末次会话的结束：{why}"),
    (r"the last session has no end", "末次会话未正常结束"),
    (r"the clock went back before record (\d+) and (\d+) more", "时钟在记录 {1} 之前倒退，另有 {2} 处"),
    (r"the clock went back before record (\d+)", "时钟在记录 {1} 之前倒退"),
    (
        r"operators' answers have expired; worth nothing: (\d+) verdicts, the first of (.*)",
        "操作员答复已过期，{1} 个结论失效，首个为 {2}",
    ),
    (r"(.*) was played, and is not where the vectors lie", "{1} 曾被执行，但不在向量所在之处"),
    (r"(.*) is not what was played: it was changed since", "{1} 与所执行的不同，后被修改"),
    (
        r"vector files that are no part of this campaign: (\d+), the first is (.*)",
        "不属于本次活动的向量文件有 {1} 个，首个为 {2}",
    ),
    (r"the vector files have no such vector", "向量文件中没有此向量"),
)

_SIGNATURE_TEXTS = (
    (r"the signature file is not as it was written: (?P<why>.*)", "签名文件已非原样：{why}"),
    (r"it is no line of a campaign's signature", "不是活动签名的行"),
    (
        r"the signature does not fit what it stands under: .*",
        "签名与所签内容不符：文件被改动，或签名者不是其中所列的密钥",
    ),
    (
        r"the signature is of another campaign, or this one was begun anew behind it",
        "签名属于另一次活动，或本次活动在签名之后重新开始",
    ),
    (r"the signature names another laboratory than the campaign", "签名中的实验室与活动所载不同"),
    (r"by its clock it was signed before the last record was written", "按其时钟，签名早于末条记录的写入"),
    (r"it is not signed; it began (?P<began>.*)", "未签名；活动开始时{began}"),
    (r"it is not signed", "未签名"),
    (r"it began (?P<began>.*), and (?P<given>.*) was given", "活动开始时{began}，而给出的是{given}"),
    (r"it was signed with (?P<key>.*), and (?P<given>.*) was given", "由{key} 签名，而给出的是{given}"),
    (r"it was signed with (?P<key>.*), and began (?P<began>.*)", "由{key} 签名，而活动开始时{began}"),
    (r"with (?P<key>.*) to sign it", "声明由{key} 签名"),
    (r"without a key", "未声明密钥"),
    (r"the key (.*)", "密钥 {1}"),
)

_ORDER_TEXTS = (
    (
        r"a campaign file begins with what the campaign is, and this is something else",
        "活动文件应以活动的开始为首，此记录不是",
    ),
    (r"no session had begun in which it could come", "此前没有会话开始，不应出现"),
    (r"a campaign begins once, with the first record", "活动只开始一次，即首条记录"),
    (r"its root is not that of its vector files", "根摘要与其向量文件不符"),
    (r"only a vector for a card in a reader is noted before it is played", "只有读卡器中的卡才在执行前记录向量的开始"),
    (r"(.*) was under way and had not been judged", "{1} 正在执行，尚无结论"),
    (r"(.*) was under way", "{1} 正在执行"),
    (
        r"a session before had begun it and was interrupted; that is judged before it is played again",
        "此前的会话开始后中断，应先有结论才可重新执行",
    ),
    (r"it is destructive, and was played before", "是破坏性向量，此前已执行过"),
    (r"it had been judged before: (?P<verdict>.*)", "此前已有结论：{verdict}"),
    (r"nobody attends this session who could have attested it", "本次会话无人在场，不应有操作员答复"),
    (r"it had expired before it was given", "答复之前已过期"),
    (
        r"it has a verdict on a card in a reader, and was not begun in this session",
        "是对读卡器中的卡的结论，但未在本次会话中开始",
    ),
    (
        r"it stands on an operator's answer that had expired before it was begun",
        "所依据的操作员答复在其开始之前已过期",
    ),
    (r"(.*) vectors were chosen, and this is one more", "共选 {1} 个向量，此为多出的一个"),
    (r"all have a verdict now, and they are not those that were chosen", "至此均有结论，但不是所选的向量"),
    (r"its totals are not those of the verdicts before it", "合计与此前的结论不符"),
    (
        r"it says the campaign is complete, and (.*) vectors had no verdict",
        "称活动已完成，但有 {1} 个向量没有结论",
    ),
)

RECORD_TEXTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), zh)
    for pattern, zh in (
        *_INJECTED_TEXTS,
        *_KNOWN_FAULT_TEXTS,
        *_CHAIN_TEXTS,
        *_SIGNATURE_TEXTS,
        *_ORDER_TEXTS,
        *_VERDICT_TEXTS,
        (r"(.*) expected (.*), came (.*)", "{1} 期望 {2}，实际 {3}"),
    )
)
"""Compiled, in the order in which they are tried."""
