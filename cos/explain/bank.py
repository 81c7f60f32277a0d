"""What commands of the bank side mean, and what they carry (JR/T 0025.5 annex B, JR/T 0025.10)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from apdu.command import CommandAPDU
from cos.explain import places, social
from cos.explain.details import Detail, by_list, element, elements, fields, hexed
from cos.explain.familiar import split_groups
from cos.explain.tracker import Tracker
from cos.pse.data.groups import group

_CRYPTOGRAMS = ("AAC, decline 拒绝", "TC, approve 批准", "ARQC, go online 联机", "reserved 预留")
_CDA = 0x10
_LAST = 0x80
_INITIALIZE_UPDATE = (
    ("KMC identifier", "KMC标识", 6),
    ("chip serial number", "芯片序列号", 4),
    ("key version", "密钥版本", 1),
    ("secure channel protocol", "安全通道协议", 1),
    ("sequence counter", "序列计数器", 2),
    ("card challenge", "卡片随机数", 6),
    ("card cryptogram", "卡片密文", 8),
)
_LEVELS: Mapping[int, str] = MappingProxyType({0x00: "none 无", 0x01: "C-MAC", 0x03: "C-MAC, enciphered 加密"})
_PIN_CHANGES = ("unblock, PIN stays 解锁", "change, old PIN in the block 修改", "change 修改")
_SECURE = 0x04


def meaning(command: CommandAPDU, at: Tracker) -> str:
    """P1 P2 and what they point at, in words."""
    p1, p2 = command.p1, command.p2
    match command.ins:
        case 0xE0 | 0xE1 | 0xD4 | 0x84:
            return social.meaning(command, at)
        case 0xA4:
            return places.name_of_df(command.data, at.version) + (", next 下一个" if p2 == 2 else "")
        case 0xB2 | 0xDC:
            log = ", transaction log 交易明细" if at.log_list(p2 >> 3) is not None else ""
            return f"SFI {p2 >> 3:02X} record {p1}{log}"
        case 0xCA | 0xDA:
            one = element(command.p1p2, b"")
            return f"{one.name} {one.zh}"
        case 0xAE:
            which = "second" if at.cryptograms else "first"
            return f"{which}: {_CRYPTOGRAMS[p1 >> 6]}{', CDA' if p1 & _CDA else ''}"
        case 0x20:
            return "PIN block 密码块"
        case 0x24:
            return _PIN_CHANGES[p2] if p2 < len(_PIN_CHANGES) else ""
        case 0x82 if command.cla & 0x80:
            return f"secure channel {_LEVELS.get(p1, f'level {p1:02X}')}"
        case 0x50:
            return f"key set {p1:02X}"
        case 0xE2:
            how = "enciphered groups 加密分组" if p1 & 0x60 else "plain groups 明文分组"
            return f"number {p2}, {how}{', last 最后一条' if p1 & _LAST else ''}"
        case _:
            return ""


def sent(command: CommandAPDU, at: Tracker) -> tuple[Detail, ...]:
    """What the data field says. For secret commands it has been blanked before."""
    data = command.data
    match command.ins:
        case 0xA8:
            values = data[2:] if data[:1] == b"\x83" and data[1:2] == bytes((len(data[2:]),)) else data
            return by_list(at.lists.get(0x9F38), values)
        case 0xAE:
            return by_list(at.lists.get(0x8D if at.cryptograms else 0x8C), data)
        case 0x88:
            return by_list(at.lists.get(0x9F49), data)
        case 0x82 if command.cla & 0x80:
            return fields(data, (("host cryptogram", "主机密文", 8), ("C-MAC", "C-MAC", 8)))
        case 0x82:
            return (*fields(data[:8], (("ARPC", "授权响应密文", 8),)), *_response_code(data[8:]))
        case 0x50:
            return fields(data, (("host challenge", "主机随机数", 8),))
        case 0x1E | 0x18 | 0x16:
            return fields(data, (("MAC", "MAC", 4),))
        case 0xDA:
            return (element(command.p1p2, data[:-4]), *fields(data[-4:], (("MAC", "MAC", 4),))) if data else ()
        case 0xDC:
            return (*elements(data[:-4]), *fields(data[-4:], (("MAC", "MAC", 4),)))
        case 0xE2:
            return _groups(command)
        case 0xE0:
            return social.sent(command, at)
        case _:
            return ()


def _response_code(data: bytes) -> tuple[Detail, ...]:
    return (
        (element(0x8A, data),) if len(data) == 2 else fields(data, (("authorisation response code", "授权响应码", 0),))
    )


def _groups(command: CommandAPDU) -> tuple[Detail, ...]:
    found: list[Detail] = []
    for number, value in split_groups(command) or ():
        known = group(number)
        found.append(Detail(f"DGI {number:04X}", "数据分组", known.content if known else f"{len(value)} bytes"))
        found += elements(value, depth=1) if known and known.tags else ()
    if command.cla & _SECURE:
        found.append(Detail("C-MAC", "C-MAC", hexed(command.data[-8:])))
    return tuple(found)


def received(command: CommandAPDU, data: bytes, at: Tracker) -> tuple[Detail, ...]:
    """What the answer to ``command`` says."""
    match command.ins:
        case 0xB2:
            layout = at.log_list(command.p2 >> 3)
            return by_list(layout, data) if layout is not None else elements(data)
        case 0xA8 if data[:1] == b"\x80":
            return (element(0x82, data[2:4]), element(0x94, data[4:]))
        case 0xAE if data[:1] == b"\x80":
            return (
                element(0x9F27, data[2:3]),
                element(0x9F36, data[3:5]),
                element(0x9F26, data[5:13]),
                element(0x9F10, data[13:]),
            )
        case 0x50:
            return fields(data, _INITIALIZE_UPDATE)
        case 0x84:
            return (Detail("random number", "随机数", hexed(data)),)
        case _:
            return elements(data)
