"""Commands by name, and the rows that may take them: what the stacks say.

What the current stack has no row for is looked up in the others, so that a command in the wrong environment, or to a
real card of another make, still has a name, and its secret still is one (``secret_parts``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from apdu.command import CommandAPDU
from cos.kernel.command_rows import ANY, CommandRow, Secret
from cos.kernel.stack import Stacks
from cos.kernel.what_commands_say import COMMON, NOTHING, OTHER, Field, Says
from cos.stacks import STACKS

_EVERYBODYS = "ssse"
"""Whose words stand in where the stack does not speak of a command, or is not known."""

INS_GET_CHALLENGE, INS_GET_RESPONSE = 0x84, 0xC0
_CARRYING = frozenset((0x20, 0x21, 0x24, 0x25, 0x26, 0x28, 0x2A, 0x2B, 0x2C, 0x2D, 0x2E, 0x2F, 0xD8, 0xE2, 0xE3))
"""What carries PINs, biometric data and keys besides: ISO 7816-4 §11.6, ISO 7816-8 §5, GlobalPlatform 2.3 §11.8 and
§11.11 (PUT KEY, STORE DATA)."""


class Name(NamedTuple):
    """How a command is called. ``here``: it is one of the environment's own commands."""

    name: str
    zh: str
    ref: str
    here: bool = True


_UNKNOWN = Name("unknown command", "未知命令", "", here=False)


class Familiar(NamedTuple):
    """The commands of all stacks: ``own`` by label and instruction, ``everywhere`` by instruction; what each says.

    ``instructions``: all that are known, ``innocent`` those of them under which no stack and no standard carries a
    secret; ``plain``: class and instruction of the commands that stacks have under these; ``classes``: all that rows
    have. ``public``: the lengths taken behind headers that carry no secret though other rows of their instruction do.
    """

    own: Mapping[str, Mapping[int, tuple[CommandRow[Any], ...]]]
    everywhere: Mapping[int, tuple[CommandRow[Any], ...]]
    says: Mapping[str, Mapping[str, Says]]
    instructions: frozenset[int]
    innocent: frozenset[int]
    plain: frozenset[bytes]
    classes: frozenset[int]
    public: Mapping[bytes, frozenset[int]]

    @classmethod
    def of(cls, stacks: Stacks) -> Familiar:
        """What ``stacks`` accept and say."""
        rows = [row for stack in stacks for row in stack.rows]
        carrying = _CARRYING | {row.ins for row in rows if row.secret is Secret.DATA}
        innocent = frozenset(row.ins for row in rows) - carrying
        return cls(
            MappingProxyType({stack.label: _by_instruction(stack.rows) for stack in stacks}),
            _by_instruction(rows),
            MappingProxyType({stack.label: stack.says for stack in stacks}),
            carrying | innocent,
            innocent,
            frozenset(bytes((row.cla, row.ins)) for row in rows if row.ins in innocent),
            frozenset(row.cla for row in rows),
            _public(row for row in rows if row.ins in carrying),
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

    def fitting(self, environment: str | None, command: CommandAPDU) -> list[tuple[str, CommandRow[Any]]]:
        """The rows that have class, instruction, P1 and P2 of ``command``, with their stack: those of the environment,
        else, or if it is not known, those of all stacks.
        """
        own = self._taking(environment, command) if environment else []
        return own or [one for label in self.own for one in self._taking(label, command)]

    def _taking(self, label: str, command: CommandAPDU) -> list[tuple[str, CommandRow[Any]]]:
        return [(label, row) for row in self._coded(label, command) if command.p1 in row.p1 and command.p2 in row.p2]

    def sent(self, label: str, row: CommandRow[Any]) -> tuple[Field, ...]:
        """What the stack says of the data that its row takes."""
        return (self._said(label, row) or NOTHING).sent

    def takes_parameters(self, ins: int, p1: int, p2: int) -> bool:
        """True if these are P1 and P2 of that instruction somewhere, or the reference of a PIN (ISO 7816-4 §11.6).

        A row that takes any P1 says nothing about it.
        """
        rows = [row for row in self.everywhere.get(ins, ()) if len(row.p1) < len(ANY)]
        return (p1 == 0 and not p2 & 0x60) or any(p1 in row.p1 and p2 in row.p2 for row in rows)

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


def _public(rows: Iterable[CommandRow[Any]]) -> Mapping[bytes, frozenset[int]]:
    """Of rows whose instruction carries a secret elsewhere those that carry none: header, and the lengths they take."""
    found: dict[bytes, frozenset[int]] = {}
    secret: set[bytes] = set()
    for row in rows:
        if len(row.p1) * len(row.p2) < len(ANY):
            for header in (bytes((row.cla, row.ins, p1, p2)) for p1 in row.p1 for p2 in row.p2):
                found[header] = found.get(header, frozenset(row.lc)) & frozenset(row.lc)
        if row.secret is Secret.DATA:
            secret.add(bytes((row.cla, row.ins)))
    return MappingProxyType({header: lengths for header, lengths in found.items() if header[:2] not in secret})


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
