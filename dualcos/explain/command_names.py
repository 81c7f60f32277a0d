"""Commands by name, and which of them carry a secret: what the rows of the stacks say.

What the current stack has no row for is looked up in the others, so that a command in the wrong environment, or to a
real card of another make, still has a name, and its secret still is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from apdu.command import CommandAPDU, MalformedAPDU, parse
from cos.kernel.command_rows import CommandRow, Secret
from cos.kernel.stack import Stacks
from cos.kernel.what_commands_say import COMMON, NOTHING, OTHER, Says
from cos.pse.data.data_groups import SentGroup, split
from cos.stacks import STACKS

_EVERYBODYS = "ssse"
"""Whose words stand in where the stack does not speak of a command, or is not known."""

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


class Familiar(NamedTuple):
    """The commands of all stacks: ``own`` by label and instruction, ``everywhere`` by instruction; what each says.

    ``secretive``: the instructions, as a byte, under which anything may be secret at all.
    """

    own: Mapping[str, Mapping[int, tuple[CommandRow[Any], ...]]]
    everywhere: Mapping[int, tuple[CommandRow[Any], ...]]
    says: Mapping[str, Mapping[str, Says]]
    secretive: frozenset[bytes]

    @classmethod
    def of(cls, stacks: Stacks) -> Familiar:
        """What ``stacks`` accept and say."""
        return cls(
            MappingProxyType({stack.label: _by_instruction(stack.rows) for stack in stacks}),
            _by_instruction(row for stack in stacks for row in stack.rows),
            MappingProxyType({stack.label: stack.says for stack in stacks}),
            frozenset(bytes((ins,)) for ins in (INS_STORE_DATA, INS_CIPHER_DATA))
            | {bytes((row.ins,)) for stack in stacks for row in stack.rows if row.secret is Secret.DATA},
        )

    def row(self, environment: str, command: CommandAPDU) -> CommandRow[Any] | None:
        """The row the environment's engine takes for ``command``; None if it has none."""
        return _fitting(self._coded(environment, command), command)

    def name(self, environment: str, command: CommandAPDU) -> Name:
        """What ``command`` is called where it was sent, or elsewhere; a name for every command."""
        row = self.row(environment, command)
        if row is not None:
            return Name(row.name, row.zh, row.ref)
        everywhere = self.everywhere.get(command.ins, ())
        same_class = [other for other in everywhere if other.cla == command.cla]
        other = _fitting(same_class or everywhere, command)
        return Name(other.name, other.zh, other.ref, here=False) if other is not None else _UNKNOWN

    def saying(self, environment: str, command: CommandAPDU) -> Says:
        """What ``command`` says by its row where it was sent, or by the row that its class misses.

        What a stack has no row for, and does not speak of, is the social side's; so is an environment nobody knows.
        Of a row of its own that it does not speak of there is nothing to say.
        """
        row = self.row(environment, command)
        if row is not None:
            return self._said(environment, row) or NOTHING
        nearest = ((label, self._nearest(label, command)) for label in (environment, _EVERYBODYS))
        return next((said for label, row in nearest if (said := self._said(label, row)) is not None), NOTHING)

    def is_secret(self, environment: str | None, command: CommandAPDU) -> bool:
        """True if the data field of ``command`` must not be shown; in no known environment: if in any it must not."""
        if command.ins == INS_STORE_DATA:
            return _stores_secret(command)
        if command.ins == INS_CIPHER_DATA and not command.p1 & 1:
            return True  # a PSAM enciphers PINs and keys with it; its MAC forms have P1 odd
        rows = self._coded(environment or "", command) or self.everywhere.get(command.ins, ())
        return any(row.secret is Secret.DATA for row in rows)

    def _instructed(self, environment: str, ins: int) -> tuple[CommandRow[Any], ...]:
        return self.own.get(environment, _NO_ROWS).get(ins, ())

    def _coded(self, environment: str, command: CommandAPDU) -> list[CommandRow[Any]]:
        """The environment's rows with the command's class and instruction."""
        return [row for row in self._instructed(environment, command.ins) if row.cla == command.cla]

    def _nearest(self, environment: str, command: CommandAPDU) -> CommandRow[Any] | None:
        """The row for the instruction: of the same class, else of a class as proprietary (b8), else of any."""
        rows = self._instructed(environment, command.ins)
        same = [row for row in rows if row.cla == command.cla]
        alike = [row for row in rows if not (row.cla ^ command.cla) & 0x80]
        return _fitting(same or alike or rows, command)

    def _said(self, environment: str, row: CommandRow[Any] | None) -> Says | None:
        name = row.name if row is not None else OTHER
        return self.says.get(environment, COMMON).get(name) or COMMON.get(name)


_NO_ROWS: Mapping[int, tuple[CommandRow[Any], ...]] = MappingProxyType({})


def _by_instruction(rows: Iterable[CommandRow[Any]]) -> Mapping[int, tuple[CommandRow[Any], ...]]:
    found: dict[int, tuple[CommandRow[Any], ...]] = {}
    for row in rows:
        found[row.ins] = (*found.get(row.ins, ()), row)
    return MappingProxyType(found)


def _fitting(rows: Sequence[CommandRow[Any]], command: CommandAPDU) -> CommandRow[Any] | None:
    """Of rows with the same code the one whose P1 P2 and length fit best: stages of a card's life share codes."""

    def fit(row: CommandRow[Any]) -> tuple[int, bool]:
        return (command.p1 in row.p1) + (command.p2 in row.p2), len(command.data) in row.lc

    return max(rows, key=fit) if len(rows) > 1 else next(iter(rows), None)


FAMILIAR = Familiar.of(STACKS)
"""The commands of this COS."""


class Masked(NamedTuple):
    """A command as it may be shown: its first bytes, and how many were cut off behind them."""

    shown: bytes
    hidden: int


def mask(environment: str | None, raw: bytes, known: Familiar = FAMILIAR) -> Masked:
    """``raw`` without its data field if that is secret: by row, else by what any specification says of the INS.

    Header and Lc stay; where the lengths contradict each other the header alone, as a PIN may stand in Lc's place.
    """
    if len(raw) < 5 or raw[1:2] not in known.secretive:
        return Masked(raw, 0)
    try:
        command = parse(raw)
    except MalformedAPDU:
        header = CommandAPDU(raw[0], raw[1], raw[2], raw[3], raw[4:])
        return Masked(raw[:4], len(raw) - 4) if known.is_secret(environment, header) else Masked(raw, 0)
    if not command.data or not known.is_secret(environment, command):
        return Masked(raw, 0)
    head = 7 if command.extended else 5
    return Masked(raw[:head], len(raw) - head)


def unmasked_form(shown: bytes, hidden: int) -> CommandAPDU | None:
    """What ``mask`` has cut, as a command with zeros for its data field; None if its lengths contradict each other."""
    if len(shown) not in (5, 7):
        return None
    extended = len(shown) == 7
    length = int.from_bytes(shown[5:] if extended else shown[4:])
    most = 0x10000 if extended else 0x100
    le = most if hidden > length else None
    return CommandAPDU(shown[0], shown[1], shown[2], shown[3], bytes(length), le, extended=extended)


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
