"""What commands of the MF and the social side mean, and what they carry (社会保障（个人）卡规范 part 5)."""

from __future__ import annotations

import re

from apdu.command import CommandAPDU
from cos.explain import places
from cos.explain.details import Detail, elements, fields, hexed
from cos.explain.tracker import Tracker
from cos.kernel import dialect
from cos.kernel.keyloading import forms
from cos.ssse.tables import describe, ssse

_MODES = (
    "first with identifier {0:02X}",
    "last with identifier {0:02X}",
    "next with identifier {0:02X}",
    "previous with identifier {0:02X}",
    "record {0}",
    "records from {0} to the last",
    "records from the last to {0}",
    "P2 mode 7",
)
_SECURE = 0x04
_MAC = 4
_TEMPLATES = frozenset((0x61, 0x6F, 0x70))
_AUTHENTICATION = (
    ("authentication data", "鉴别数据", 8),
    ("original information", "原始信息", 8),
    ("key version", "密钥版本", 1),
)
_INTERNAL = (("process factor", "过程因子", 8), ("original information", "原始信息", 8), ("key version", "密钥版本", 1))
_BALANCES = ("", "account 账户", "self-paid total 自付累计", "pooled total 统筹累计")
_LOAD = (("key index", "密钥索引", 1), ("amount, fen", "金额", 4), ("terminal number", "终端机编号", 6))
_PURCHASE = (
    ("key index", "密钥索引", 1),
    ("account amount, fen", "账户金额", 4),
    ("self-paid amount, fen", "自付金额", 4),
    ("pooled amount, fen", "统筹金额", 4),
    ("terminal number", "终端机编号", 6),
)
_LOAD_ANSWER = (
    ("balance, fen", "余额", 4),
    ("load counter", "划入交易序号", 2),
    ("key version", "密钥版本", 1),
    ("algorithm", "算法标识", 1),
    ("random number", "随机数", 4),
    ("MAC1", "MAC1", 4),
)
_PURCHASE_ANSWER = (
    ("balance, fen", "余额", 4),
    ("self-paid total, fen", "自付累计", 4),
    ("pooled total, fen", "统筹累计", 4),
    ("year", "年度", 2),
    ("purchase counter", "消费交易序号", 2),
    ("key version", "密钥版本", 1),
    ("algorithm", "算法标识", 1),
    ("random number", "随机数", 4),
)
_CREDIT = (("host date and time", "主机日期时间", 7), ("MAC2", "MAC2", 4))
_DEBIT = (("terminal sequence", "终端交易序号", 4), ("terminal date and time", "终端日期时间", 7), ("MAC1", "MAC1", 4))
_KEY_IN_REASON = re.compile(r"KID ([0-9A-F]{2})(?: or [0-9A-F]{2})* of (SSSE|[0-9A-F]{4})\b")


def meaning(command: CommandAPDU, at: Tracker) -> str:
    """P1 P2 and what they point at, in words."""
    p1, p2 = command.p1, command.p2
    match command.ins:
        case 0xA4:
            return _selected(command, at)
        case 0xB2 | 0xDC:
            return f"{_file(command, at)}, {_MODES[p2 & 7].format(p1)}"
        case 0xB0 | 0xD6 if command.cla != 0xB0:
            offset = p2 if p1 & 0x80 else command.p1p2
            return f"{_file(command, at)}, from byte {offset}"
        case 0x82:
            return places.key_name(at.spot.directory, p2, at.version)
        case 0x88:
            return "IRK 内部认证密钥"
        case 0x84:
            return f"{command.le or 8} bytes"
        case 0x20:
            return "PIN 个人密码" if command.data else "how many tries are left? 询问剩余次数"
        case 0x5E if p1 == 1:
            return "old PIN ‖ FF ‖ new PIN 旧密码与新密码"
        case 0x24:
            return "set a new PIN 重装密码" if p2 == 1 else "unblock, PIN stays 解锁密码"
        case 0x1E:
            return f"{places.short_directory(at.spot.directory or 0)}, for good 永久锁定"
        case 0xD4:
            return _key_load(command, at)
        case 0xE0 if p1 == 2:
            return places.short_directory(at.spot.directory or 0)
        case 0xE1:
            return _by_fid(command.data, at)
        case 0xD2:
            return f"record {p1} of SFI {p2:02X}"
        case 0x26:
            return _BALANCES[p2] if p2 < len(_BALANCES) else ""
        case 0x2E:
            return f"type {p2:02X}"
        case _:
            return ""


def _selected(command: CommandAPDU, at: Tracker) -> str:
    if command.p1 == 0x04:
        further = ", next 下一个" if command.p2 == 2 else ""
        return places.name_of_df(command.data, at.version) + further
    return _by_fid(command.data, at)


def _by_fid(data: bytes, at: Tracker) -> str:
    if data in (b"", b"\x3f\x00"):
        return "MF 主文件"
    if len(data) != 2:
        return hexed(data)
    fid = int.from_bytes(data, "big")
    directory = places.by_fid(fid, at.version)
    if directory is not None:
        return places.directory_name(directory)
    return places.file_name(at.spot.directory, fid, at.version)


def _file(command: CommandAPDU, at: Tracker) -> str:
    fid = at.target(command)
    return "no file selected 未选文件" if fid is None else places.file_name(at.spot.directory, fid, at.version)


def _key_load(command: CommandAPDU, at: Tracker) -> str:
    form = forms(command.cla)
    what = "master key 主控密钥" if command.p1 == 1 else "key or PIN 密钥或个人密码"
    how = "enciphered 加密" if form.enciphered else "plain 明文"
    return f"{what} of {at.spot.short}, {how}{', with MAC 带MAC' if form.authenticated else ''}"


def sent(command: CommandAPDU, at: Tracker) -> tuple[Detail, ...]:
    """What the data field says. For secret commands it has been blanked before."""
    data = command.data
    match command.ins:
        case 0xDC | 0xD6:
            return _written(command, at)
        case 0x82:
            return fields(data, _AUTHENTICATION)
        case 0x88:
            return fields(data, _INTERNAL)
        case 0x1E | 0x16:
            return fields(data, (("MAC", "MAC", 4),))
        case 0xE0 if command.p1 == 1:
            return _created(data)
        case 0xD2:
            return elements(data, at.version) if data[:1] != b"\x70" else elements(data[5:], at.version)
        case 0x28 if command.cla == 0xB0:
            return fields(data, _PURCHASE if command.p1 == 1 else _LOAD)
        case 0x2A if command.cla == 0xB0:
            return fields(data, _CREDIT)
        case 0x2C if command.cla == 0xB0:
            return fields(data, _DEBIT)
        case 0x2E if command.cla == 0xB0:
            return fields(data, (("transaction counter", "交易序号", 2),))
        case 0x56 if command.cla == 0xB0:
            return fields(data, (("starting day, mmdd", "年度起始日期", 2),))
        case _:
            return ()


def _written(command: CommandAPDU, at: Tracker) -> tuple[Detail, ...]:
    data, mac = command.data, b""
    if command.cla & _SECURE:
        data, mac = data[:-_MAC], data[-_MAC:]
    tail = (Detail("MAC", "MAC", hexed(mac)),) if mac else ()
    if not data:
        return tail
    return (contents(command, data, at) if command.ins == 0xDC else _bytes(data)) + tail


def _bytes(data: bytes) -> tuple[Detail, ...]:
    return (Detail(f"{len(data)} bytes", "数据", hexed(data)),)


def _created(data: bytes) -> tuple[Detail, ...]:
    """Creation data of the personalisation dialect."""
    try:
        if dialect.is_directory(data):
            header = dialect.parse_directory(data)
            name = f"{hexed(header.name)}{places.printable(header.name)}" if header.name else "none"
            return (
                Detail("directory", "目录文件", f"{header.fid:04X} {header.kind.name}"),
                Detail("name", "名称", name),
                Detail("level to block it", "锁定权限", f"{header.block_level:02X}"),
            )
        file = dialect.parse_file(data)
    except dialect.LayoutError as error:
        return (Detail("creation data", "建立数据", f"{hexed(data)}  ({error})"),)
    kind = file.structure.name.replace("_", " ").lower()
    return (
        Detail("file", "文件", f"{file.fid:04X}, SFI {file.sfi:02X}, {kind}, {file.size} bytes"),
        Detail(
            "access words", "存取权限", f"read {hexed(file.access[1:3])}, write {hexed(file.access[3:5])}, "
            f"SCW {file.access[0]:02X}"
        ),
    )  # fmt: skip


def received(command: CommandAPDU, data: bytes, at: Tracker) -> tuple[Detail, ...]:
    """What the answer to ``command`` says."""
    match command.ins:
        case 0xA4:
            return elements(data, at.version)
        case 0xB2:
            return contents(command, data, at)
        case 0xB0:
            return _bytes(data)
        case 0x84:
            return (Detail("random number", "随机数", hexed(data)),)
        case 0x88:
            return (Detail("authentication data", "鉴别数据", hexed(data)),)
        case 0x28 if command.cla == 0xB0:
            return fields(data, _PURCHASE_ANSWER if command.p1 == 1 else _LOAD_ANSWER)
        case 0x26 if command.cla == 0xB0:
            fen = int.from_bytes(data[:4], "big")
            return (
                Detail("amount", "金额", f"{fen // 100}.{fen % 100:02d} 元"),
                *fields(data[4:], (("year", "年度", 2),)),
            )
        case 0x2A if command.cla == 0xB0:
            return fields(data, (("TAC", "交易验证码", 4),))
        case 0x2C if command.cla == 0xB0:
            return fields(data, (("TAC", "交易验证码", 4), ("MAC2", "MAC2", 4)))
        case 0x2E if command.cla == 0xB0:
            return fields(data, (("MAC", "MAC", 4), ("TAC", "交易验证码", 4)))
        case _:
            return (Detail("data", "数据", hexed(data)),)


def contents(command: CommandAPDU, record: bytes, at: Tracker) -> tuple[Detail, ...]:
    """A record in words: by the file tables, or as TLV for the card's own directory list."""
    fid, directory = at.target(command), at.spot.directory
    if fid is None or directory is None or places.file_of(directory, fid, at.version) is None:
        if record[:1] and record[0] in _TEMPLATES:
            return elements(record, at.version)
        return (Detail("record", "记录", hexed(record)),)
    known = places.directories(at.version)
    lines = describe.describe((directory, fid), record, at.version, known)
    return tuple(Detail(one.name_en, one.name_zh, one.text) for one in lines)


def advice(reason: str, at: Tracker) -> tuple[str, ...]:
    """What would have helped, for a refusal that names a key or the PIN."""
    found = []
    for kid, owner in dict.fromkeys(_KEY_IN_REASON.findall(reason)):
        number = int(kid, 16)
        directory = ssse.FID if owner == "SSSE" else int(owner, 16)
        row = places.key_row(directory, number, at.version) if number & 0x0F else None
        if row is None:
            continue
        psam = ", ".join(f"{usage:02X}/{identifier:02X}" for usage, identifier in row.psam)
        where = f", in a PSAM {psam}" if psam else ""
        found.append(
            f"{row.name} {row.purpose_zh}{where}: send 00 84 00 00 08, then 00 82 00 {kid} 10 and authentication data"
        )
    if "the PIN (VERIFY)" in reason.partition(";")[0]:
        found.append("PIN 个人密码: send 00 20 00 00, Lc and the PIN")
    return tuple(found)
