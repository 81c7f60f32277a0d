"""Command rows: each command of a stack declared once, with what it accepts, may answer, and its clause.

A row drives dispatch, the generated command matrix, the fuzzing strategies, the coverage count and the masking
of secrets in traces.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

from apdu.command import CommandAPDU
from apdu.status import SW
from cos.kernel.refusal import Gate, Refusal
from firewall.grant import Outcome

S = TypeVar("S")

ANY: Collection[int] = range(256)
ZERO: Collection[int] = frozenset((0,))
NO_DATA: Collection[int] = frozenset((0,))


class Secret(Enum):
    """What of a command's data field must never be shown: of ``DATA`` all that its saying (``Says.sent``) does not name
    as anything but ``Concealed``; and none of its answer.
    """

    NOTHING = "nothing"
    DATA = "data"


class Secured(Enum):
    """In which form a command's data travel: plain, behind a MAC, enciphered, or both."""

    NO = "plain"
    MAC = "MAC"
    ENCIPHERED = "enciphered"
    BOTH = "enciphered, MAC"


class Reach(Enum):
    """How far what a command does may reach, carried out or refused: the directory that is current, its environment
    with all its applications, or by an option of the stack (``Stack.card_wide``) the whole card.
    """

    DIRECTORY = "current directory"
    ENVIRONMENT = "environment"
    CARD = "card, by an option"


class Need(NamedTuple, Generic[S]):
    """A condition that stands before a command: what it is called, and the check, which refuses."""

    name: str
    check: Callable[[S, CommandRow[S]], None]


class CommandRow(NamedTuple, Generic[S]):
    """One command.

    ``p1``, ``p2``: values accepted, else 6A86. ``lc``: lengths of the data field in bytes, else 6700. ``le``:
    values of Le accepted (1..256, None for absent), or None where the length of the answer decides.
    ``answers``: True if data may come back. ``words``: the status words of this command besides 9000 and those
    of the gates common to its stack. ``writes``: cells a *refusal* may change (counters).
    ``life``: in which lives (of the chip, of the directory: the stack says which) the command exists, empty for all.
    ``event``: as what the stack's state table knows it, None where no state table asks. ``secured``: the form of its
    data. ``needs``: what must hold before it is carried out, asked in this order behind all gates.
    ``reach``: how far it may reach; a PIN or key of the environment that is presented in an application lies outside
    of that application.
    ``fetches``: this is GET RESPONSE, which alone leaves waiting what waits and answers as it is. Its class is the one
    printed in the specification; the class of the command whose answer waits serves as well (``Transmission``).
    """

    cla: int
    ins: int
    name: str
    zh: str
    handler: Callable[[S, CommandAPDU], Outcome]
    ref: str
    words: tuple[int, ...] = ()
    p1: Collection[int] = ZERO
    p2: Collection[int] = ZERO
    lc: Collection[int] = NO_DATA
    le: Collection[int | None] | None = None
    answers: bool = False
    secret: Secret = Secret.NOTHING
    writes: tuple[str, ...] = ()
    fetches: bool = False
    life: Collection[Enum] = ()
    event: Enum | None = None
    secured: Secured = Secured.NO
    needs: tuple[Need[Any], ...] = ()
    reach: Reach = Reach.DIRECTORY


class CommandTable(Generic[S]):
    """The rows of one stack, found by CLA and INS."""

    __slots__ = ("_by_code", "_classes", "_instructions", "fetching", "rows")

    def __init__(self, rows: Iterable[CommandRow[S]]) -> None:
        self.rows = tuple(rows)
        codes: dict[int, tuple[CommandRow[S], ...]] = {}
        for row in self.rows:
            code = row.cla << 8 | row.ins
            codes[code] = (*codes.get(code, ()), row)
        self._by_code: Mapping[int, tuple[CommandRow[S], ...]] = MappingProxyType(codes)
        self._classes = frozenset(row.cla for row in self.rows)
        self._instructions = frozenset(row.ins for row in self.rows)
        self.fetching = next((row for row in self.rows if row.fetches), None)

    def row(self, command: CommandAPDU) -> CommandRow[S]:
        """The row of a command: of several with its class and instruction the one that takes P1 P2, else the first.

        Refuses with 6E00 a class that no row has, or no row with this instruction; with 6D00 the instruction.
        """
        rows = self._by_code.get(command.cla << 8 | command.ins, ())
        if len(rows) == 1:
            return rows[0]
        for row in rows:
            if command.p1 in row.p1 and command.p2 in row.p2:
                return row
        if rows:
            return rows[0]  # the P1 P2 gate of that row will refuse
        if command.cla not in self._classes:
            raise Refusal(SW.CLA_NOT_SUPPORTED, Gate.CLASS, "class not supported", cla=command.cla)
        if command.ins in self._instructions:
            raise Refusal(
                SW.CLA_NOT_SUPPORTED, Gate.CLASS, "instruction of another class", ins=command.ins, cla=command.cla
            )
        raise Refusal(SW.INS_NOT_SUPPORTED, Gate.INSTRUCTION, "unknown instruction", ins=command.ins)
