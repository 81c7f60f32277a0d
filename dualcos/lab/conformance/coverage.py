"""Coverage (覆盖表): every command row, every word it may give, and the vectors in which a card gave it and had to.

Counted while playing: a step of a vector's own (not of its setup, not of a routine) that names the answer and got it.
What no vector can reach stands in ``holes.json`` with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import UNSET, Meta, Struct, field

from cos.kernel.command_rows import CommandRow
from cos.kernel.stack import Stacks
from cos.pse.commands.command_table import BANK, CHANNEL, COMMON, MADE, MAKING
from cos.stacks import STACKS, of_card, places
from dualcos.lab.conformance.own_cards import OwnCards
from dualcos.lab.conformance.playing import VectorResult, play
from dualcos.lab.conformance.playing import VectorTable as Bench
from dualcos.lab.conformance.sitting import Sitting
from dualcos.lab.conformance.vector_file import Case, VectorError
from dualcos.lab.conformance.vector_forms import EditorSchema
from dualcos.profile.schema import Profile
from dualcos.textforms.whole_texts import whole

HOLES = "holes.json"
_OK, _LENGTH, _BLOCKED_CARD, _PARAMETERS = 0x9000, 0x6700, 0x6A81, 0x6A86
_CLASS, _BLOCKED_APPLICATION = 0x6E00, 0x9303
_TRIES, _TRIES_MASK = 0x63C0, 0xFFF0
_BYTE = 256
Tables = tuple[tuple[str, tuple[CommandRow[Any], ...]], ...]
_MAKING = "pse-making"
_BANK = "pse"
# Stacks whose tables are counted in parts, by label; any other stack's rows are one table.
_PARTS: Mapping[str, Tables] = MappingProxyType(
    {_BANK: ((_BANK, (*COMMON, *BANK, *MADE)), (_MAKING, (*CHANNEL, *MAKING)))}
)
# Words of gates that stand in front of every command of a table, beside those that every card has.
_GATES: Mapping[str, tuple[int, ...]] = MappingProxyType({"ssse": (_BLOCKED_CARD, _BLOCKED_APPLICATION), _MAKING: ()})


def tables(stacks: Stacks = STACKS) -> Tables:
    """Every table of rows by the name it is counted under: its stack's, with a bank side that is being made apart."""
    return tuple(part for stack in stacks for part in _PARTS.get(stack.label, ((stack.label, stack.rows),)))


class RowId(NamedTuple):
    """A row's name: environment, class and instruction, P1 P2 where they tell rows apart."""

    environment: str
    code: str
    name: str

    def __str__(self) -> str:
        """As holes name it: ``ssse 84D4 WRITE KEY``."""
        return f"{self.environment} {self.code} {self.name}"


class Cell(NamedTuple):
    """One word of one row: the vectors that show it, or the reason why none does."""

    row: RowId
    word: int
    vectors: tuple[str, ...]
    reason: str


class Hole(Struct, frozen=True, forbid_unknown_fields=True):
    """Rows (pattern over their names) and words no vector shows, and why."""

    rows: Annotated[
        str, Meta(description="a pattern over names of rows, as `ssse 84D4 *`; `?`, `*`, `[…]` as in files")
    ]
    words: Annotated[
        list[Annotated[str, Meta(pattern=whole("[0-9A-F]{4}"))]],
        Meta(description="状态字: the status words that nothing shows; 63C0 is all of 63Cx"),
    ]
    reason: Annotated[str, Meta(description="why no vector can show them")]


class Holes(Struct, frozen=True, forbid_unknown_fields=True):
    """What no vector of a folder can show."""

    holes: Annotated[list[Hole], Meta(description="rows and words, each with its reason")]
    editor_schema: EditorSchema = field(name="$schema", default=UNSET)


class Counter:
    """Collects what vectors show. Its ``play`` takes the place of the plain one."""

    def __init__(self, stacks: Stacks = STACKS) -> None:
        self._stacks = stacks
        self._own = OwnCards(stacks)
        self._tables: dict[str, Rows] = {}
        self._shown: dict[tuple[RowId, int], list[str]] = {}

    def play(self, cases: Iterable[Case], bench: Bench, sitting: Sitting | None = None) -> Iterator[VectorResult]:
        """Play, and count what each passed vector shows; in one sitting, of theirs if it is not given."""
        cases = tuple(cases)
        sitting = sitting or Sitting(cases)
        for case in cases:
            seen: list[tuple[str, bytes, int]] = []
            profile = self._own.as_told(case)
            result = play(case, bench, lambda *what: seen.append(what), sitting)  # noqa: B023 - called within this turn only
            for environment, command, sw in seen:
                for row in _meant_of(self._rows(profile, environment), command, sw):
                    found = self._shown.setdefault((row, family(sw)), [])
                    if case.id not in found:
                        found.append(case.id)
            yield result

    def _rows(self, profile: Profile, environment: str) -> Rows:
        """The rows of the table that answers in an environment of that profile's card; looked up once."""
        stack = stack_of(profile, environment, self._stacks)
        if stack not in self._tables:
            self._tables[stack] = _rows_of(stack, self._stacks)
        return self._tables[stack]

    def cells(self, holes: Iterable[Hole] = ()) -> list[Cell]:
        """The whole table."""
        holes = tuple(holes)
        return [
            Cell(row, word, tuple(self._shown.get((row, word), ())), _reason(holes, row, word))
            for environment, rows in tables(self._stacks)
            for row, declared in named(environment, rows)
            for word in words_of(environment, declared)
        ]


def read_holes(folder: Path) -> tuple[Hole, ...]:
    """The explained holes beside the vectors, in this folder and below; none without a file. Raises VectorError."""
    found: list[Hole] = []
    for path in sorted(folder.rglob(HOLES)):
        try:
            found += msgspec.json.decode(path.read_bytes(), type=Holes).holes
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise VectorError(f"{path}: {error}") from None
    return tuple(found)


def named(environment: str, rows: tuple[CommandRow[Any], ...]) -> Iterator[tuple[RowId, CommandRow[Any]]]:
    """The rows of a stack with their names."""
    for row in rows:
        code = f"{row.cla:02X}{row.ins:02X}"
        if sum((each.cla, each.ins) == (row.cla, row.ins) for each in rows) > 1:
            code += f" {min(row.p1):02X}{min(row.p2):02X}"
        yield RowId(environment, code, row.name), row


def words_of(environment: str, row: CommandRow[Any]) -> list[int]:
    """9000, the row's own words, and those of the gates in front of it."""
    gates = [_CLASS, _LENGTH]
    if len(set(row.p1)) < _BYTE or len(set(row.p2)) < _BYTE:
        gates.append(_PARAMETERS)
    gates += _GATES.get(environment, (_BLOCKED_CARD,))
    return [_OK, *sorted({*map(family, row.words), *gates})]


def stack_of(profile: Profile, environment: str, stacks: Stacks = STACKS) -> str:
    """The table that answers in an environment of that profile's card."""
    if environment == _BANK and profile.pse is None:
        return _MAKING  # A vector that makes the bank side itself meets the commands of making it.
    known = places(of_card(profile.under(stacks), stacks))
    return next((stack.label for place, stack in known if place.label == environment), environment)


def meant(environment: str, command: bytes, sw: int, stacks: Stacks = STACKS) -> list[RowId]:
    """The rows a command is about: by class and instruction, by instruction alone where the class was refused."""
    return _meant_of(_rows_of(environment, stacks), command, sw)


Rows = tuple[tuple[RowId, CommandRow[Any]], ...]


def _rows_of(environment: str, stacks: Stacks) -> Rows:
    return tuple(pair for name, table in tables(stacks) if name == environment for pair in named(environment, table))


def _meant_of(rows: Rows, command: bytes, sw: int) -> list[RowId]:
    if len(command) < 4:
        return []
    cla, ins, p1, p2 = command[:4]
    same_code = [(name, row) for name, row in rows if (row.cla, row.ins) == (cla, ins)]
    exact = [(name, row) for name, row in same_code if p1 in row.p1 and p2 in row.p2]
    if sw == _CLASS:
        return [name for name, row in rows if row.ins == ins and row.cla != cla]
    return [name for name, _ in exact or same_code]


def family(sw: int) -> int:
    """63Cx, whatever the tries, is one word."""
    return _TRIES if sw & _TRIES_MASK == _TRIES else sw


def _reason(holes: Iterable[Hole], row: RowId, word: int) -> str:
    text = f"{word:04X}"
    return next((h.reason for h in holes if text in h.words and fnmatchcase(str(row), h.rows)), "")


def word_of(cell: Cell) -> str:
    """The status word as it is printed."""
    return "63Cx" if cell.word == _TRIES else f"{cell.word:04X}"


def lines(cells: Iterable[Cell]) -> Iterator[str]:
    """The table: a line per row and word."""
    row: RowId | None = None
    for cell in cells:
        if cell.row != row:
            row = cell.row
            yield str(row)
        word = word_of(cell)
        shown = ", ".join(cell.vectors[:3]) + (f" and {len(cell.vectors) - 3} more" if len(cell.vectors) > 3 else "")
        yield f"  {word}  {shown or (f'- {cell.reason}' if cell.reason else 'HOLE')}"
