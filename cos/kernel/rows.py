"""Command rows: each command of a stack declared once, with what it accepts, may answer, and its clause.

A row drives dispatch, the generated command matrix, the fuzzing strategies, the coverage count and the masking
of secrets in traces.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeVar

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU

S = TypeVar("S")

ANY: Collection[int] = range(256)
ZERO: Collection[int] = frozenset((0,))
NO_DATA: Collection[int] = frozenset((0,))


class Secret(Enum):
    """Which part of a command's data field must never be shown."""

    NOTHING = "nothing"
    DATA = "data"


class Row(NamedTuple, Generic[S]):
    """One command.

    ``p1``, ``p2``: values accepted, else 6A86. ``lc``: lengths of the data field in bytes, else 6700. ``le``:
    values of Le accepted (1..256, None for absent), or None where the length of the answer decides.
    ``answers``: True if data may come back. ``words``: the status words of this command besides 9000 and those
    of the gates common to its stack. ``writes``: cells a *refusal* may change (counters).
    ``fetches``: this is GET RESPONSE, which alone leaves waiting what waits and answers as it is. Its class is the one
    printed in the specification; the class of the command whose answer waits serves as well (``Transmission``).
    """

    cla: int
    ins: int
    name: str
    zh: str
    handler: Callable[[S, CommandAPDU], ResponseAPDU]
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


class Table(Generic[S]):
    """The rows of one stack, found by CLA and INS."""

    __slots__ = ("_by_code", "_classes", "_instructions", "fetching", "rows")

    def __init__(self, rows: Iterable[Row[S]]) -> None:
        self.rows = tuple(rows)
        codes: dict[int, tuple[Row[S], ...]] = {}
        for row in self.rows:
            code = row.cla << 8 | row.ins
            codes[code] = (*codes.get(code, ()), row)
        self._by_code: Mapping[int, tuple[Row[S], ...]] = MappingProxyType(codes)
        self._classes = frozenset(row.cla for row in self.rows)
        self._instructions = frozenset(row.ins for row in self.rows)
        self.fetching = next((row for row in self.rows if row.fetches), None)

    def find(self, cla: int, ins: int) -> tuple[Row[S], ...]:
        """The rows with this class and instruction; more than one where P1 tells them apart."""
        return self._by_code.get(cla << 8 | ins, ())

    def knows_class(self, cla: int) -> bool:
        """True if any row has this class byte."""
        return cla in self._classes

    def knows_instruction(self, ins: int) -> bool:
        """True if any row has this instruction byte."""
        return ins in self._instructions
