"""Commands by name, and which of them carry a secret. The rows of the stacks come first.

What no row names is looked up among the commands the two specifications know, so that a command in the wrong
environment, or to a real card of another make, still has a name, and its secret still is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from apdu.command import CommandAPDU, MalformedAPDU, parse
from cos.kernel.rows import Row, Secret
from cos.manager.table import ROWS as MANAGER_ROWS
from cos.ssse.commands.table import ROWS as SSSE_ROWS

MANAGER, SSSE, PSE = "manager", "ssse", "pse"

STACKS: Mapping[str, tuple[Row[Any], ...]] = MappingProxyType({MANAGER: MANAGER_ROWS, SSSE: SSSE_ROWS})
"""The command rows by environment label. A new stack is one more entry."""

INS_GET_RESPONSE = 0xC0
INS_STORE_DATA = 0xE2
INS_CIPHER_DATA = 0xFA
_ENCIPHERED_GROUPS = 0x60
_SECURE = 0x04
_C_MAC = 8


class Name(NamedTuple):
    """How a command is called. ``here``: it is one of the environment's own commands."""

    name: str
    zh: str
    ref: str
    here: bool = True


class _Familiar(NamedTuple):
    """A command of a specification; ``cla`` None: any class."""

    cla: int | None
    ins: int
    name: str
    zh: str
    ref: str
    p1: int | None = None
    secret: bool = False


# JR/T 0025.5 annex B, JR/T 0025.10; names as printed there.
_BANK: tuple[_Familiar, ...] = (
    _Familiar(0x00, 0xA4, "SELECT", "选择", "PBOC-5 §B.13"),
    _Familiar(0x00, 0xB2, "READ RECORD", "读记录", "PBOC-5 §B.12"),
    _Familiar(0x80, 0xA8, "GET PROCESSING OPTIONS", "获取处理选项", "PBOC-5 §B.8"),
    _Familiar(0x80, 0xCA, "GET DATA", "取数据", "PBOC-5 §B.7"),
    _Familiar(0x00, 0x88, "INTERNAL AUTHENTICATE", "内部认证", "PBOC-5 §B.9"),
    _Familiar(0x00, 0x20, "VERIFY", "验证", "PBOC-5 §B.15", secret=True),
    _Familiar(0x80, 0xAE, "GENERATE AC", "生成应用密文", "PBOC-5 §B.6"),
    _Familiar(0x00, 0x82, "EXTERNAL AUTHENTICATE", "外部认证", "PBOC-5 §B.5"),
    _Familiar(None, 0xC0, "GET RESPONSE", "取应答", "PBOC-3 §9.3.1"),
    _Familiar(0x84, 0x1E, "APPLICATION BLOCK", "应用锁定", "PBOC-5 §B.2"),
    _Familiar(0x84, 0x18, "APPLICATION UNBLOCK", "应用解锁", "PBOC-5 §B.3"),
    _Familiar(0x84, 0x16, "CARD BLOCK", "卡片锁定", "PBOC-5 §B.4"),
    _Familiar(0x84, 0x24, "PIN CHANGE/UNBLOCK", "PIN修改/解锁", "PBOC-5 §B.10", secret=True),
    _Familiar(0x04, 0xDA, "PUT DATA", "设置数据", "PBOC-5 §B.11"),
    _Familiar(0x04, 0xDC, "UPDATE RECORD", "修改记录", "PBOC-5 §B.14"),
    _Familiar(0x80, 0x50, "INITIALIZE UPDATE", "初始化更新", "PBOC-10 §8.2"),
    _Familiar(0x84, 0x82, "EXTERNAL AUTHENTICATE", "外部认证（个人化）", "PBOC-10 §8.2"),
    _Familiar(None, 0xE2, "STORE DATA", "存储数据", "PBOC-10 §6.4"),
    _Familiar(None, 0xD4, "WRITE KEY", "装载密钥", "SSC-9 §7.1", secret=True),
)
_SOCIAL: tuple[_Familiar, ...] = (
    _Familiar(0xB0, 0x26, "GET BALANCE", "读余额", "SSC-5 §7"),
    _Familiar(0xB0, 0x28, "INITIALIZE FOR LOAD", "初始化划入", "SSC-5 §7", 0x00),
    _Familiar(0xB0, 0x28, "INITIALIZE FOR PURCHASE", "初始化消费", "SSC-5 §7", 0x01),
    _Familiar(0xB0, 0x2A, "CREDIT FOR LOAD", "划入", "SSC-5 §7"),
    _Familiar(0xB0, 0x2C, "DEBIT FOR PURCHASE", "消费", "SSC-5 §7"),
    _Familiar(0xB0, 0x2E, "GET TRANSACTION PROOF", "取交易认证", "SSC-5 §7"),
    _Familiar(0xB0, 0x56, "UPDATE STARTING DAY", "修改年度起始日期", "SSC-5 §7.7", 0x00),
    _Familiar(0xB0, 0x56, "GET STARTING DAY", "读年度起始日期", "SSC-5 §7", 0x01),
    _Familiar(None, 0x5E, "CHANGE PIN", "修改个人密码", "SSC-5 §6.3", secret=True),
)
_SAM: tuple[_Familiar, ...] = (
    _Familiar(0xBF, 0xEC, "INITIALIZE ENVIRONMENT", "初始化环境", "SSC-9"),
    _Familiar(0xBF, 0xDE, "DELIVERY SESSION KEY", "分散过程密钥", "SSC-9 §9"),
    _Familiar(0x80, 0xFA, "CIPHER DATA", "数据计算", "SSC-9 §9.8"),
    _Familiar(0x80, 0x70, "INIT SAM FOR PURCHASE", "消费初始化", "SSC-9"),
    _Familiar(0x80, 0x72, "CREDIT SAM FOR PURCHASE", "消费确认", "SSC-9"),
)
_FAMILIAR: Mapping[str, tuple[_Familiar, ...]] = MappingProxyType(
    {PSE: _BANK + _SOCIAL + _SAM, SSSE: _SOCIAL + _SAM + _BANK}
)
_UNKNOWN = Name("unknown command", "未知命令", "", here=False)


def row_of(environment: str, command: CommandAPDU) -> Row[Any] | None:
    """The row the environment's engine takes for ``command``; None if it has none."""
    rows = [row for row in STACKS.get(environment, ()) if (row.cla, row.ins) == (command.cla, command.ins)]
    fitting = (row for row in rows if command.p1 in row.p1 and command.p2 in row.p2)
    return next(fitting, rows[0] if rows else None)


def name_of(environment: str, command: CommandAPDU) -> Name:
    """What ``command`` is called where it was sent, or elsewhere; a name for every command."""
    row = row_of(environment, command)
    if row is not None:
        return Name(row.name, row.zh, row.ref)
    known = _FAMILIAR.get(environment, _FAMILIAR[SSSE])
    for entry in known:
        if entry.ins == command.ins and entry.cla in (None, command.cla) and entry.p1 in (None, command.p1):
            return Name(entry.name, entry.zh, entry.ref, here=environment not in STACKS)
    for rows in STACKS.values():
        for other in rows:
            if other.ins == command.ins:
                return Name(other.name, other.zh, other.ref, here=False)
    other_class = next((entry for entry in known if entry.ins == command.ins), None)
    return Name(other_class.name, other_class.zh, other_class.ref, here=False) if other_class else _UNKNOWN


class Masked(NamedTuple):
    """A command as it may be shown: its first bytes, and how many were cut off behind them."""

    shown: bytes
    hidden: int


def mask(environment: str, raw: bytes) -> Masked:
    """``raw`` without its data field if that is secret: by row, else by what any specification says of the INS.

    Header and Lc stay; where the lengths contradict each other the header alone, as a PIN may stand in Lc's place.
    """
    if len(raw) < 5:
        return Masked(raw, 0)
    try:
        command = parse(raw)
    except MalformedAPDU:
        header = CommandAPDU(raw[0], raw[1], raw[2], raw[3], raw[4:])
        return Masked(raw[:4], len(raw) - 4) if is_secret(environment, header) else Masked(raw, 0)
    if not command.data or not is_secret(environment, command):
        return Masked(raw, 0)
    return Masked(raw[:5], len(raw) - 5)


def is_secret(environment: str, command: CommandAPDU) -> bool:
    """True if the data field of ``command`` must not be shown."""
    row = row_of(environment, command)
    if row is not None and row.secret is Secret.DATA:
        return True
    if command.ins == INS_STORE_DATA:
        return _stores_secret(command)
    if command.ins == INS_CIPHER_DATA and not command.p1 & 1:
        return True  # a PSAM enciphers PINs and keys with it; its MAC forms have P1 odd
    if row is not None:
        return False
    rows = (row for stack in STACKS.values() for row in stack)
    by_row = any(row.ins == command.ins and row.secret is Secret.DATA for row in rows)
    return by_row or any(entry.ins == command.ins and entry.secret for entry in _BANK + _SOCIAL + _SAM)


def _stores_secret(command: CommandAPDU) -> bool:
    """STORE DATA: enciphered groups (P1 b7 b6), key and PIN groups 8xxx, and whatever cannot be read as groups."""
    if command.p1 & _ENCIPHERED_GROUPS:
        return True
    groups = split_groups(command)
    return groups is None or any(number >> 12 == 8 for number, _ in groups)


def split_groups(command: CommandAPDU) -> tuple[tuple[int, bytes], ...] | None:
    """The data groups of STORE DATA: number and value; None if the data field is something else."""
    data = command.data[:-_C_MAC] if command.cla & _SECURE else command.data
    groups = []
    at = 0
    while at < len(data):
        start = at + 3
        length = int.from_bytes(data[at + 2 : start], "big")
        if length == 0xFF:
            start, length = at + 5, int.from_bytes(data[at + 3 : at + 5], "big")
        if start + length > len(data):
            return None
        groups.append((int.from_bytes(data[at : at + 2], "big"), data[start : start + length]))
        at = start + length
    return tuple(groups)
