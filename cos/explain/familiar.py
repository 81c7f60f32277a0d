"""Commands by name, and which of them carry a secret: what the rows of the stacks say.

What the current stack has no row for is looked up in the others, so that a command in the wrong environment, or to a
real card of another make, still has a name, and its secret still is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from apdu.command import CommandAPDU, MalformedAPDU, parse
from cos.kernel.rows import Row, Secret
from cos.manager.table import ROWS as MANAGER_ROWS
from cos.pki.table import ROWS as PKI_ROWS
from cos.psam.commands.table import ROWS as PSAM_ROWS
from cos.pse.commands.table import ROWS as PSE_ROWS
from cos.pse.data.groups import SentGroup, split
from cos.ssse.commands.table import ROWS as SSSE_ROWS

MANAGER, SSSE, PSE, PSAM, PKI = "manager", "ssse", "pse", "psam", "pki"

STACKS: Mapping[str, tuple[Row[Any], ...]] = MappingProxyType(
    {MANAGER: MANAGER_ROWS, SSSE: SSSE_ROWS, PSE: PSE_ROWS, PSAM: PSAM_ROWS, PKI: PKI_ROWS}
)
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


_UNKNOWN = Name("unknown command", "未知命令", "", here=False)


def row_of(environment: str, command: CommandAPDU) -> Row[Any] | None:
    """The row the environment's engine takes for ``command``; None if it has none."""
    return _fitting(_coded(environment, command), command)


def _coded(environment: str, command: CommandAPDU) -> list[Row[Any]]:
    """The environment's rows with the command's class and instruction."""
    return [row for row in STACKS.get(environment, ()) if (row.cla, row.ins) == (command.cla, command.ins)]


def _fitting(rows: list[Row[Any]], command: CommandAPDU) -> Row[Any] | None:
    """Of rows with the same code the one whose P1 P2 and length fit best: stages of a card's life share codes."""
    by_parameters = [row for row in rows if command.p1 in row.p1 and command.p2 in row.p2]
    by_length = (row for row in by_parameters if len(command.data) in row.lc)
    return next(by_length, next(iter(by_parameters or rows), None))


def name_of(environment: str, command: CommandAPDU) -> Name:
    """What ``command`` is called where it was sent, or elsewhere; a name for every command."""
    row = row_of(environment, command)
    if row is not None:
        return Name(row.name, row.zh, row.ref)
    everywhere = [other for rows in STACKS.values() for other in rows if other.ins == command.ins]
    same_class = [other for other in everywhere if other.cla == command.cla]
    other = _fitting(same_class or everywhere, command)
    return Name(other.name, other.zh, other.ref, here=False) if other is not None else _UNKNOWN


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
    if command.ins == INS_STORE_DATA:
        return _stores_secret(command)
    if command.ins == INS_CIPHER_DATA and not command.p1 & 1:
        return True  # a PSAM enciphers PINs and keys with it; its MAC forms have P1 odd
    here = _coded(environment, command)
    everywhere = (row for rows in STACKS.values() for row in rows if row.ins == command.ins)
    return any(row.secret is Secret.DATA for row in here or everywhere)


def _stores_secret(command: CommandAPDU) -> bool:
    """STORE DATA: enciphered groups (P1 b7 b6), key and PIN groups 8xxx, and whatever cannot be read as groups."""
    if command.p1 & _ENCIPHERED_GROUPS:
        return True
    groups = split_groups(command)
    return groups is None or any(number >> 12 == 8 for number, _ in groups)


def split_groups(command: CommandAPDU) -> tuple[SentGroup, ...] | None:
    """The data groups of STORE DATA; None if the data field is something else."""
    groups, rest = split(command.data[:-_C_MAC] if command.cla & _SECURE else command.data)
    return None if rest else tuple(groups)
