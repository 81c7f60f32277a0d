"""One side's input file after its checks: good rows, findings, numbers of the bad rows. The same for both sides.

Rows are checked one by one as they come from the file, and wait where a million of them fit (``enciphered_spool``).
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from dualcos.issuance.exchange.enciphered_spool import Computed, EncipheredSpool
from dualcos.issuance.exchange.input_columns import Policy, RowReader
from dualcos.issuance.exchange.input_files import InputTable, RawRow
from dualcos.issuance.exchange.input_findings import Finding, Level
from dualcos.issuance.exchange.value_index import ValueIndex

_SURROGATE = re.compile("[\ud800-\udfff]")


class CheckedRow(Protocol):
    """A good row of either side, as far as the other parties may look into it."""

    @property
    def number(self) -> int:
        """Counted from 1."""
        ...

    @property
    def values(self) -> Mapping[str, str]:
        """By column."""
        ...


Row = TypeVar("Row", bound=CheckedRow)


class BadRow(NamedTuple):
    """A row that is not used: its number, and what could be read of it, by column."""

    number: int
    values: Mapping[str, str]

    def __repr__(self) -> str:
        return f"<BadRow {self.number}>"


class CheckedInput(NamedTuple, Generic[Row]):
    """A whole file: good rows and all findings, each made when it is asked for; the numbers of the bad rows.

    ``spoiled``: the bad rows, as far as they could be read: whoever is in one is in the file.
    """

    name: str
    rows: Sequence[Row]
    findings: Sequence[Finding]
    bad: frozenset[int]
    spoiled: Sequence[BadRow] = ()


class RowRules(NamedTuple, Generic[Row]):
    """How one side's rows are read: ``kind`` of a good row, the check of each ``alone`` (None: bad), and together.

    ``unique``: columns no two rows may have alike, and how bad it is if they have; ``same``: columns all have alike;
    ``optional``: those of them that a row may leave empty; ``once``: columns of which nobody knows which row is right
    if two have them alike, so that both are bad.
    """

    kind: type[Row]
    alone: Callable[[RowReader, RawRow], Row | None]
    unique: Mapping[str, Callable[[Row, Row], Level]]
    same: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


def checked(table: InputTable, policy: Policy, rules: RowRules[Row]) -> CheckedInput[Row]:
    """Every row alone, then what the good ones must not have in common. Raises InputError, OSError."""
    heap = _Heap(table, rules)
    try:
        for raw in table.rows:
            reader = RowReader(table.name, raw, policy)
            heap.take(raw.number, rules.alone(reader, raw), reader)
        return heap.sorted_out()
    finally:
        heap.close()


class _Heap(Generic[Row]):
    """Rows that are good alone, while the file is read."""

    def __init__(self, table: InputTable, rules: RowRules[Row]) -> None:
        self._name = table.name
        self._rules = rules
        self._rows = EncipheredSpool(rules.kind)
        self._numbers = array("Q")
        self._findings = EncipheredSpool(Finding, table.notes)
        self._bad: set[int] = set()
        self._spoiled = EncipheredSpool(BadRow)
        self._indexes = {column: ValueIndex() for column in (*rules.unique, *rules.once)}
        self._first: Row | None = None
        self._differing = EncipheredSpool(Finding)

    def take(self, number: int, row: Row | None, reader: RowReader) -> None:
        """The next row of the file and what was found in it."""
        for finding in reader.findings:
            self._findings.append(finding)
        if row is None:
            self._spoil(number, reader.values)
            return
        place = len(self._rows)
        self._rows.append(row)
        self._numbers.append(number)
        for column, index in self._indexes.items():
            value = row.values.get(column, "")
            if value or column not in self._rules.optional:
                index.note((value,), place)
        first = self._first = self._first or row
        for column in self._rules.same:
            if row.values[column] != first.values[column]:
                text = f"differs from row {first.number}; one file is one batch"
                self._differing.append(Finding(self._name, number, column, text))

    def _spoil(self, number: int, values: Mapping[str, str]) -> None:
        if number not in self._bad:
            self._bad.add(number)
            # Half a surrogate pair is no text, and no value that anybody else has.
            kept = {column: value for column, value in values.items() if not _SURROGATE.search(value)}
            self._spoiled.append(BadRow(number, kept))

    def sorted_out(self) -> CheckedInput[Row]:
        """The file, rows that others exclude left out."""
        for finding in self._together():
            self._findings.append(finding)
            if finding.level == "error":
                self._spoil(finding.row, self._rows[bisect_left(self._numbers, finding.row)].values)
        return CheckedInput(self._name, self._good(), self._findings, frozenset(self._bad), self._spoiled)

    def _together(self) -> Iterator[Finding]:
        for column, level in self._rules.unique.items():
            for first, place in self._indexes[column].repeats():
                text = f"is the same as in row {self._numbers[first]}"
                how_bad = level(self._rows[first], self._rows[place])
                yield Finding(self._name, self._numbers[place], column, text, how_bad)
        for column in self._rules.once:
            yield from self._several(column)
        yield from self._differing

    def _several(self, column: str) -> Iterator[Finding]:
        index = self._indexes[column]
        for group in index.groups(0):
            numbers = [self._numbers[place] for place in index.places(group, 0)] if group.counts[0] > 1 else []
            for number in numbers:
                others = ", ".join(str(other) for other in numbers if other != number)
                yield Finding(self._name, number, column, f"is the same as in row {others}: which of them is right?")

    def _good(self) -> Sequence[Row]:
        places = array("Q", range(len(self._rows)))
        for number in self._bad:
            at = bisect_left(self._numbers, number)
            if at < len(self._numbers) and self._numbers[at] == number:
                places[at] = len(self._rows)
        kept = array("Q", (place for place in places if place < len(self._rows)))
        rows = self._rows
        return Computed(len(kept), lambda at: rows[kept[at]])

    def close(self) -> None:
        for index in self._indexes.values():
            index.close()
