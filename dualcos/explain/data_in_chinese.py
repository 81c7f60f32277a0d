"""Data of reasons in Chinese: what the card names in English where it refuses, as a Chinese sentence has it.

Commands and environments are named as their rows and stacks name them; all else stands here, texts with numbers in them
as templates. Total: what has no Chinese stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from cos.pse.data.data_elements import BY_TAG
from cos.stacks import STACKS

_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "this command": "本命令",
        "nothing": "无",
        "unknown": "未知",
        # secrets, by what people call them
        "the PIN": "个人密码",
        "the PUK": "PUK",
        "the key": "密钥",
        "the card master key": "卡片主控密钥",
        "card master key": "卡片主控密钥",
        "the environment's master key": "环境主控密钥",
        "the master key": "主控密钥",
        "the transport key": "传输密钥",
        "transport key": "传输密钥",
        "the manager PIN": "管理员口令",
        "the manager PIN's key": "管理员口令的密钥",
        "the user PIN's key": "用户口令的密钥",
        # states
        "idle": "空闲",
        "load": "划入",
        "purchase": "消费",
        "power-on or warm reset; no directory of the bank is current": "上电或热复位，尚未选择银行侧目录",
        "SELECT of the payment system environment or another DDF": "选择支付系统环境或其他 DDF",
        "SELECT of the application, also with 6283": "选择应用（含 6283）",
        "first GENERATE AC answered ARQC": "第一次 GENERATE AC 返回 ARQC",
        "first GENERATE AC answered AAC": "第一次 GENERATE AC 返回 AAC",
        "first GENERATE AC answered TC": "第一次 GENERATE AC 返回 TC",
        "second GENERATE AC answered": "第二次 GENERATE AC 已应答",
        "none": "无",
        "delivered": "已分散",
        "enciphers": "加密",
        "mac": "MAC",
        "mac begun": "MAC 已开始",
        # calculations of a PSAM
        "CIPHER DATA 00 or 02 (encipher)": "CIPHER DATA 00、02（加密）",
        "CIPHER DATA 05 (MAC in one piece)": "CIPHER DATA 05（整段 MAC）",
        "CIPHER DATA 07 (begin a MAC)": "CIPHER DATA 07（开始 MAC）",
        "CIPHER DATA 03 (go on)": "CIPHER DATA 03（继续）",
        "CIPHER DATA 01 (end)": "CIPHER DATA 01（结束）",
        # sets of algorithms
        "international": "国际",
        "SM": "国密",
        # forms of data
        "no data": "无数据",
        "no life state": "没有生命周期状态",
        "a cyclic file needs a record length and room for a record": "循环文件需要记录长度，且空间至少容纳一条记录",
        "Lc 00 followed by one byte": "Lc 00 之后只有一字节",
        "tag longer than three bytes": "标签超过三字节",
        "ends inside a tag": "在标签中间结束",
        "ends inside a length": "在长度中间结束",
        "list ends behind a tag": "列表在标签之后结束",
        "SM2 needs the library gmssl: `pip install 'dualcos[sm]'`": "SM2 需要 gmssl 库：`pip install 'dualcos[sm]'`",
        "the cell that names the environment's own directory is none": "指明环境自身目录的单元无效",
    }
)

_TEXTS = (
    ("<{} key, KCV {}>", "<{} 密钥，校验值 {}>"),
    ("<RSA private key, {} bits, {}>", "<RSA 私钥，{} 位，{}>"),
    ("<SM2 private key, public {}>", "<SM2 私钥，公钥 {}>"),
    ("{} bytes ({})", "{} 字节（{}）"),
    # commands and data
    ("{} bytes; a command has at least 4", "{} 字节；命令至少 4 字节"),
    ("extended Lc announces {} bytes, {} follow", "扩展 Lc 声明 {} 字节，其后有 {} 字节"),
    ("Lc {} announces {} bytes, {} follow", "Lc {} 声明 {} 字节，其后有 {} 字节"),
    ("tag {} announces {} bytes, {} follow", "标签 {} 声明 {} 字节，其后有 {} 字节"),
    ("length byte {} is not supported", "不支持长度字节 {}"),
    ("length {} does not fit", "长度 {} 放不下"),
    ("the list asks for {} bytes, {} came", "列表要求 {} 字节，收到 {} 字节"),
    ("ends inside the item at offset {}", "在偏移 {} 处的数据项中间结束"),
    ("{} bytes are no directory's creation data", "{} 字节不是目录的建立数据"),
    ("a name has 5 to 16 bytes, not {}", "名称为 5 至 16 字节，而不是 {} 字节"),
    ("an elementary file's creation data have 16 bytes, not {}", "基本文件的建立数据为 16 字节，而不是 {} 字节"),
    ("file type {} is unknown", "文件类型 {} 不存在"),
    ("{} bytes wanted for an atomic update, {} free", "原子更新需要 {} 字节，剩余 {} 字节"),
    ("{} bytes wanted, {} free", "需要 {} 字节，剩余 {} 字节"),
    # memory
    ("the header of directory {} is none", "目录 {} 的目录头无效"),
    ("the header of directory {} is missing", "目录 {} 的目录头缺失"),
    ("the header of the environment {}, which waits for its first key, is none", "等待首个密钥的环境 {} 的目录头无效"),
    ("the environment's own directory {} has no header", "环境自身目录 {} 没有目录头"),
    ("the descriptor of {} of {} is none", "{1} 下 {0} 的文件描述无效"),
    ("the record count of {} of {} is missing beside records", "{1} 下 {0} 有记录而缺少记录数"),
    ("the record count of {} of {} is none of such a file", "{1} 下 {0} 的记录数无效"),
    ("the content of {} of {} has {} bytes, not the announced {}", "{1} 下 {0} 的内容为 {2} 字节，声明为 {3} 字节"),
    ("record {} of {} of {} is missing", "{2} 下 {1} 的记录 {0} 缺失"),
    ("record {} of {} of {} is longer than any", "{2} 下 {1} 的记录 {0} 过长"),
    ("record {} of {} of {} has {} bytes, not the announced {}", "{2} 下 {1} 的记录 {0} 为 {3} 字节，声明为 {4} 字节"),
    ("key {} of {} holds no reference PIN block", "{1} 的密钥 {0} 中不是参考 PIN 块"),
    ("key {} of {} is no record of it", "{1} 的密钥 {0} 的记录无效"),
    ("key {} of {} has no try counter of one byte", "{1} 的密钥 {0} 没有单字节错误计数器"),
    ("key {} of {} has a try counter and no record", "{1} 的密钥 {0} 有错误计数器而没有记录"),
    ("the counters of {} are no such thing, or missing", "{} 的计数器无效或缺失"),
    ("the state of the personalisation channel of {} are no such thing, or missing", "{} 的个人化通道状态无效或缺失"),
    ("KEYDATA of {} are no such thing, or missing", "{} 的 KEYDATA 无效或缺失"),
    ("group {} of {} is missing or is none of that number", "{1} 的数据分组 {0} 缺失或无效"),
    ("the private key {} and its public key make no pair", "私钥 {} 与其公钥不成对"),
)


def _named() -> Iterator[tuple[str, str]]:
    """What stacks, rows and elements name themselves."""
    for stack in STACKS:
        yield from ((place.label, place.short) for place in stack.places)
        yield from ((row.name, f"{row.name.partition(' (')[0]} {row.zh}") for row in stack.rows)
    yield from ((element.name, element.chinese) for element in BY_TAG.values())


@cache
def _known() -> Mapping[str, str]:
    return MappingProxyType({**dict(_named()), **_WORDS})


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(re.escape(text).replace(r"\{\}", "(.+)")), chinese) for text, chinese in _TEXTS)


def in_chinese(text: str) -> str:
    """``text`` as a Chinese sentence has it."""
    known = _known().get(text)
    if known is not None:
        return known
    found = ((chinese, pattern.fullmatch(text)) for pattern, chinese in _patterns())
    return next((chinese.format(*match.groups()) for chinese, match in found if match is not None), text)
