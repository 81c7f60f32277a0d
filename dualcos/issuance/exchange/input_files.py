"""Input files: CSV (header, RFC 4180 quoting) and JSON Lines (one object a line), all values text, read row by row.

Text comes through the one door (``dualcos.textforms.text_files``), which knows encodings and line ends. What Excel
makes of a file, and is beyond doubt, is taken with a note: columns separated by semicolons or tabs, ``sep=;`` above
the header, columns with neither name nor values. Rows without any value are passed over. Else an error has its place.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec

from dualcos.explain.control_characters import spelled
from dualcos.issuance.exchange.input_findings import Finding, InputError
from dualcos.issuance.exchange.spreadsheet_damage import damages
from dualcos.textforms.json_and_toml import BadText, from_json, named_twice
from dualcos.textforms.text_files import NOBODY_SAID, Lines, SaidEncoding, UnreadableText, lines_of

_LONGEST_NAME, _MOST_NAMES = 24, 6
# White space around a value; what else Python strips are control characters, which are the row's check's business.
_BLANK = " \t\n\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_SEPARATORS: Mapping[str, str] = {",": "commas", ";": "semicolons", "\t": "tabs"}
_SEPARATOR_LINE = re.compile('"?sep=(.)"?', re.IGNORECASE)
_WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_SAVE = "save it as “CSV UTF-8 (*.csv)”"


class RawRow(NamedTuple):
    """One row as it came: number from 1, non-empty values by column, and what is wrong with its form."""

    number: int
    values: Mapping[str, str]
    fault: Finding | None = None


class InputTable(NamedTuple):
    """A file read: its name for messages, its rows, and what is to be said of the whole.

    ``rows`` of a file are read while they are taken, once; taking them may raise InputError, for text that is none.
    """

    name: str
    rows: Iterable[RawRow]
    notes: tuple[Finding, ...] = ()


def read(
    path: str | Path, columns: frozenset[str], required: frozenset[str], said: SaidEncoding = NOBODY_SAID
) -> InputTable:
    """The rows of a ``.csv`` or ``.jsonl`` file; ``said``: the encoding of one without a byte order mark.

    The header is checked at once, the file stays open until the last row is taken. Raises InputError for what concerns
    the whole file.
    """
    path = Path(path)
    form = _FORMS.get(path.suffix.lower())
    if form is None or _is_workbook(path):
        raise InputError(_no_form(path))
    notes: list[Finding] = []
    rows = form(_File(path, columns, required, notes), lines_of(path, said))
    next(rows)  # the header, row 0: with it the generator runs, and closes the file when it is dropped
    return InputTable(path.name, rows, tuple(notes))


class _File(NamedTuple):
    """What is read, what may and must be in it, and where remarks on the whole go."""

    path: Path
    columns: frozenset[str]
    required: frozenset[str]
    notes: list[Finding]

    @property
    def name(self) -> str:
        """As messages call it."""
        return self.path.name


def _is_workbook(path: Path) -> bool:
    """True for what a spreadsheet program writes for itself, whatever its name; a pipe is not looked into."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) in _WORKBOOK


def _no_form(path: Path) -> str:
    if path.is_dir():
        return f"{path} is a folder: name the file"
    if path.is_file() and _is_workbook(path):
        return f"{path.name} is a workbook: open it in Excel and {_SAVE}"
    return f"{path.name} is called neither .csv nor .jsonl: {_SAVE}, or rename it if it is one of them"


# --- CSV ----------------------------------------------------------------------------------------------------------


def _csv(file: _File, lines: Lines) -> Iterator[RawRow]:
    with closing(lines):
        try:
            yield from _csv_rows(file, lines)
        except UnreadableText as error:
            raise InputError(str(error)) from None


def _csv_rows(file: _File, lines: Lines) -> Iterator[RawRow]:
    before, first, separator = _begun(file, lines)
    reader = csv.reader(chain((first,), lines), strict=True, delimiter=separator)
    start = before + 1
    try:
        header = _Header(file, [cell.strip(_BLANK) for cell in next(reader, [])])
        yield RawRow(0, {})
        number = 0
        start = before + reader.line_num + 1
        for cells in reader:
            clean = [cell.strip(_BLANK) for cell in cells]
            if any(clean):
                number += 1
                yield header.row(number, clean)
            start = before + reader.line_num + 1
    except csv.Error as error:
        raise InputError(_no_csv(file.name, str(error), start, before + reader.line_num, separator)) from None


class _Begun(NamedTuple):
    """How many lines stand above the header, its own line, and what separates columns."""

    before: int
    header: str
    separator: str


def _begun(file: _File, lines: Lines) -> _Begun:
    said = ""
    for before, line in enumerate(lines):
        declared = _SEPARATOR_LINE.fullmatch(line.strip(_BLANK)) if not said else None
        if declared:
            said = declared[1]
        elif line.strip(_BLANK):
            separator = said or _separator(line, file.columns)
            if separator != ",":
                kind = _SEPARATORS.get(separator, f"“{_visible(separator)}”")
                file.notes.append(Finding(file.name, 0, "", f"columns are separated by {kind}", "note"))
            return _Begun(before, line, separator)
    raise InputError(f"{file.name}: the file is empty; a header row with the column names is wanted")


def _separator(line: str, columns: frozenset[str]) -> str:
    """What the header is cut by: with no other separator are so many of its names known."""

    def known(separator: str) -> int:
        return sum(name.strip(_BLANK + '"') in columns for name in line.split(separator))

    return max(_SEPARATORS, key=known)


def _no_csv(name: str, error: str, start: int, line: int, separator: str) -> str:
    """What the parser said, for who has to mend it; ``start``: the line at which the row begins."""
    if error.startswith("unexpected end"):
        return f"{name}: line {start} is not CSV: a quotation mark opens a value there or below and is never closed"
    if error.startswith("field larger"):
        limit = csv.field_size_limit()
        return (
            f"{name}: line {start} is not CSV: in its row a value is longer than {limit} characters;"
            " a quotation mark opens it that is never closed"
        )
    return (
        f"{name}: line {line} is not CSV: behind the quotation mark that closes a value {_shown(separator)} is wanted;"
        ' inside a value it is written twice ("")'
    )


def _shown(separator: str) -> str:
    return {",": "a comma", ";": "a semicolon", "\t": "a tab"}.get(separator, _visible(separator))


class _Header:
    """The first row of a table: its names, checked, and each further row by them. Raises InputError."""

    def __init__(self, file: _File, names: Sequence[str]) -> None:
        self._source, self._names, self._required = file.name, names, file.required
        named = [at for at, name in enumerate(names) if name]
        self._width = max(named, default=-1) + 1
        self._nameless = [at for at, name in enumerate(names) if not name]
        self._check(file, [name for name in names if name])
        if self._nameless:
            text = f"{_letters_of(self._nameless)} without a name: passed over, as long as nothing stands in it"
            file.notes.append(Finding(file.name, 0, "", text, "note"))

    def _check(self, file: _File, names: Sequence[str]) -> None:
        unknown = [name for name in names if name not in file.columns]
        if unknown:
            known = ", ".join(sorted(file.columns))
            raise InputError(f"{file.name}: unknown columns {_some(unknown)}; known are {known}")
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(f"{file.name}: columns twice: {_some(twice)}")
        missing = sorted(file.required - set(names))
        if missing:
            nameless = f"; {_letters_of(self._nameless)} has no name" if self._nameless else ""
            raise InputError(f"{file.name}: columns missing: {', '.join(missing)}{nameless}")

    def row(self, number: int, cells: Sequence[str]) -> RawRow:
        """One row; empty cells behind the last column say nothing."""
        values = {name: cell for name, cell in zip(self._names, cells, strict=False) if cell and name}
        fault = self._fault(number, cells)
        if fault is None or fault.level != "error":
            fault = _damage(self._source, number, values) or fault
        return RawRow(number, values, fault)

    def _fault(self, number: int, cells: Sequence[str]) -> Finding | None:
        stray = [at for at in self._nameless if at < len(cells) and cells[at]]
        beyond = any(cells[len(self._names) :])
        if len(cells) < self._width or beyond:
            text = f"{len(cells)} values, the header has {len(self._names)} columns"
            left_out = [name for name in self._names[len(cells) :] if name]
            if left_out and not self._required.intersection(left_out):
                # Excel ends the rows early where sixteen of them have nothing in the last columns.
                return Finding(self._source, number, "", f"{text}: {_some(left_out)} taken as empty", "warning")
        elif nul := next((name for name, cell in zip(self._names, cells, strict=False) if "\0" in cell), None):
            return Finding(self._source, number, nul, "there is a NUL in it, which no text has")
        elif stray:
            text = f"a value in {_letters_of(stray)}, which has no name in the header: name it or take the value out"
        else:
            return None
        return Finding(self._source, number, "", text)


def _letters_of(places: Sequence[int]) -> str:
    """Columns as a spreadsheet shows them, and counted from 1."""
    shown = [f"{_letters(at)} ({at + 1})" for at in places[:_MOST_NAMES]]
    more = f" and {len(places) - len(shown)} more" if len(places) > len(shown) else ""
    return f"column{'s' if len(places) > 1 else ''} {', '.join(shown)}{more}"


def _letters(at: int) -> str:
    """A, B … Z, AA …"""
    before, last = divmod(at, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)


def _some(columns: Sequence[str]) -> str:
    """The first of them, each as long as a name of a column is."""
    shown = [each if len(each) <= _LONGEST_NAME else f"{each[:_LONGEST_NAME]}…" for each in columns[:_MOST_NAMES]]
    more = len(columns) - len(shown)
    return ", ".join(map(_visible, shown)) + (f" and {more} more" if more else "")


def _visible(name: str) -> str:
    """A name with what cannot be seen spelled out: two that look the same are not."""
    return "".join(char if char.isprintable() else spelled(char) for char in name)


def _damage(source: str, number: int, values: Mapping[str, str]) -> Finding | None:
    """One remark for all columns in which a spreadsheet did the same: it does so to whole columns."""
    found = damages(values)
    if not found:
        return None
    first, text = next(iter(found.items()))
    others = [column for column, what in found.items() if what == text and column != first]
    return Finding(source, number, first, text + (f"; so in {', '.join(others)}" if others else ""))


# --- JSON Lines ---------------------------------------------------------------------------------------------------


def _jsonl(file: _File, lines: Lines) -> Iterator[RawRow]:
    with closing(lines):
        try:
            filled = (line for line in lines if line.strip(_BLANK))
            first = next(filled, "")
            if first.strip(_BLANK) == "[":
                raise InputError(
                    f"{file.name} is a JSON list: one object a line is wanted, with no commas between them"
                )
            yield RawRow(0, {})
            for number, line in enumerate(chain(filter(None, (first,)), filled), 1):
                yield _object(file, number, line)
        except UnreadableText as error:
            raise InputError(str(error)) from None


def _object(file: _File, number: int, line: str) -> RawRow:
    try:
        row = from_json(line, dict[str, object])
        # A name is followed by a colon: with no more colons than names none can be there twice.
        twice = named_twice(line) if line.count(":") > len(row) else ""
    except BadText as error:
        return RawRow(number, {}, Finding(file.name, number, "", f"no JSON object: {error}"))
    values: dict[str, str] = {}
    fault = Finding(file.name, number, _some([twice]), "is there twice") if twice else None
    for column, value in row.items():
        if column not in file.columns:
            fault = fault or Finding(file.name, number, _some([column]), "there is no such column")
        elif isinstance(value, str):
            values.update({column: clean} if (clean := value.strip(_BLANK)) else {})
        elif isinstance(value, dict) and column == "extra":
            values[column] = msgspec.json.encode(value).decode()
        elif value is not None:
            fault = fault or Finding(file.name, number, column, "a text in quotation marks is wanted")
    return RawRow(number, values, fault or _damage(file.name, number, values))


_FORMS: Mapping[str, Callable[[_File, Lines], Iterator[RawRow]]] = {
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
}
