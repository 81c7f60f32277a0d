"""What commands of a terminal's PSAM mean, and what they carry (社会保障（个人）卡规范 part 9)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from apdu.command import CommandAPDU
from cos.explain import places, social
from cos.explain.details import Detail, fields, hexed
from cos.explain.tracker import Tracker
from cos.ssse.tables.model import KeyRow, Version

_FILES: Mapping[int, str] = MappingProxyType(
    {
        0x01: "0001 DIR 目录文件",
        0x15: "0015 public information 公共信息",
        0x16: "0016 terminal number 终端机编号",
        0x19: "0019 terminal sequence 终端交易序号",
        0x1A: "001A national information 全国信息",
        0x1B: "001B provincial information 省级信息",
        0x1C: "001C city information 市级信息",
        0x11: "0011 national key file 全国密钥文件",
        0x12: "0012 provincial key file 省级密钥文件",
        0x13: "0013 city key file 市级密钥文件",
    }
)
_MODES: Mapping[int, str] = MappingProxyType(
    {
        0x00: "encipher, last block 加密",
        0x02: "encipher, more follow 加密",
        0x05: "MAC, only block MAC计算",
        0x07: "MAC, first block MAC计算",
        0x03: "MAC, next block MAC计算",
        0x01: "MAC, last block MAC计算",
    }
)
_PURCHASE = (
    ("card random number", "卡片随机数", 4),
    ("card sequence", "卡片交易序号", 2),
    ("account amount, fen", "账户金额", 4),
    ("self-paid amount, fen", "自付金额", 4),
    ("pooled amount, fen", "统筹金额", 4),
    ("type", "交易类型", 1),
    ("date", "日期", 4),
    ("time", "时间", 3),
    ("key version", "密钥版本", 1),
    ("algorithm", "算法标识", 1),
    ("factors", "分散因子", 0),
)


def meaning(command: CommandAPDU, at: Tracker) -> str:
    """P1 P2 and what they point at, in words."""
    p1, p2 = command.p1, command.p2
    match command.ins:
        case 0xDE:
            row = held(p1, p2, at.version)
            name = f"{row.name} {row.purpose_zh}, " if row is not None else ""
            return f"{name}usage {p1:02X} identifier {p2:02X}, {p1 >> 5} steps"
        case 0xFA:
            return _MODES.get(p1, "")
        case 0x82:
            return f"master key 主控密钥 (KID {p2:02X})" if not p2 else f"KID {p2:02X}"
        case 0xB0 | 0xD6:
            return f"{_file(command, at)}, from byte {p2 if p1 & 0x80 else command.p1p2}"
        case 0xB2 | 0xDC:
            return f"{_file(command, at)}, record {p1}"
        case 0xD4 if command.cla == 0x84 and p2:
            return _FILES.get(p2, f"key file SFI {p2:02X}")
        case 0xA4 if command.p1 == 0x04:
            return places.name_of_df(command.data, at.version)
        case 0xA4:
            fid = int.from_bytes(command.data, "big")
            return "MF 主文件" if fid in (0, places.MF_FID) else _FILES.get(fid, f"{fid:04X}")
        case 0x84 | 0xE0 | 0xE1:
            return social.meaning(command, at)
        case _:
            return ""


def held(usage: int, identifier: int, version: Version) -> KeyRow | None:
    """The user card's key whose root a PSAM keeps there; the usage's step bits depend on the tier."""
    for directory in places.directories(version):
        for row in directory.keys:
            if any(kind & 0x1F == usage & 0x1F and number == identifier for kind, number in row.psam):
                return row
    return None


def file_name(fid: int) -> str:
    """``public information 公共信息``; empty for a file no table has."""
    return _FILES.get(fid & 0xFF, "").partition(" ")[2]


def _file(command: CommandAPDU, at: Tracker) -> str:
    fid = at.target(command)
    return "no file selected 未选文件" if fid is None else _FILES.get(fid & 0xFF, f"{fid & 0xFF:04X}")


def sent(command: CommandAPDU, at: Tracker) -> tuple[Detail, ...]:
    """What the data field says. For secret commands it has been blanked before."""
    data = command.data
    match command.ins:
        case 0xDE:
            count = max(0, len(data) - 1) // 8
            factors = tuple((f"factor {number}", "分散因子", 8) for number in range(1, count + 1))
            return fields(data, (*factors, ("session factor", "过程因子", 8))[: count + 1])
        case 0xFA:
            return (Detail("blocks", "数据块", hexed(data)),)
        case 0x70:
            return fields(data, _PURCHASE)
        case 0x72:
            return fields(data, (("MAC2", "MAC2", 4),))
        case 0xEC:
            return fields(data, (("first byte of the card's identification code", "卡识别码首字节", 1),))
        case 0xD6 | 0xDC:
            return (Detail(f"{len(data)} bytes", "数据", hexed(data)),)
        case _:
            return social.sent(command, at)


def received(command: CommandAPDU, data: bytes, at: Tracker) -> tuple[Detail, ...]:
    """What the answer to ``command`` says."""
    match command.ins:
        case 0x70:
            return fields(data, (("terminal sequence", "终端交易序号", 4), ("MAC1", "MAC1", 4)))
        case 0xFA:
            return (Detail("result", "结果", hexed(data)),)
        case 0xB2:
            return (Detail("record", "记录", hexed(data)),)
        case _:
            return social.received(command, data, at)
