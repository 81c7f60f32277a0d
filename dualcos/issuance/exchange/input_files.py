"""Input files: CSV (UTF-8, header, RFC 4180 quoting) and JSON Lines (one object a line), all values text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from dualcos.issuance.exchange.input_findings import Finding, InputError
from dualcos.textforms.json_and_toml import BadText, from_json

_LONGEST_NAME, _MOST_NAMES = 24, 6


class RawRow(NamedTuple):
    """One row as it came: number from 1, non-empty values by column, and what is wrong with its form."""

    number: int
    values: Mapping[str, str]
    fault: Finding | None = None


class InputTable(NamedTuple):
    """A file read: its name for messages, its rows."""

    name: str
    rows: tuple[RawRow, ...]


def read(path: str | Path, columns: frozenset[str], required: frozenset[str]) -> InputTable:
    """The rows of a ``.csv`` or ``.jsonl`` file. Raises InputError for what concerns the whole file."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name}: byte {error.start} is not UTF-8; export the file as UTF-8") from None
    if path.suffix == ".csv":
        return InputTable(path.name, tuple(_csv(path.name, text, columns, required)))
    if path.suffix in (".jsonl", ".ndjson"):
        return InputTable(path.name, tuple(_jsonl(path.name, text, columns)))
    raise InputError(f"{path.name}: neither .csv nor .jsonl")


def _csv(name: str, text: str, columns: frozenset[str], required: frozenset[str]) -> Iterator[RawRow]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        _check_header(name, header, columns, required)
        number = 0
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            number += 1
            values = {column: cell.strip() for column, cell in zip(header, cells, strict=False) if cell.strip()}
            fault = None
            if len(cells) != len(header):
                fault = Finding(name, number, "", f"{len(cells)} values, the header has {len(header)} columns")
            yield RawRow(number, values, fault)
    except csv.Error as error:
        raise InputError(f"{name}: line {reader.line_num} is not CSV: {error}") from None


def _check_header(name: str, header: list[str], columns: frozenset[str], required: frozenset[str]) -> None:
    if not header:
        raise InputError(f"{name}: the file is empty; a header row with the column names is wanted")
    unknown = [column for column in header if column not in columns]
    if unknown:
        raise InputError(f"{name}: unknown columns {_some(unknown)}; known are {', '.join(sorted(columns))}")
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice:
        raise InputError(f"{name}: columns twice: {_some(twice)}")
    missing = sorted(required - set(header))
    if missing:
        raise InputError(f"{name}: columns missing: {', '.join(missing)}")


def _some(columns: list[str]) -> str:
    """The first of them, each as long as a name of a column is."""
    shown = [each if len(each) <= _LONGEST_NAME else f"{each[:_LONGEST_NAME]}…" for each in columns[:_MOST_NAMES]]
    more = len(columns) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _jsonl(name: str, text: str, columns: frozenset[str]) -> Iterator[RawRow]:
    number = 0
    for line in text.splitlines():
        if not line.strip():
            continue
        number += 1
        try:
            row = from_json(line, dict[str, object])
        except BadText as error:
            yield RawRow(number, {}, Finding(name, number, "", f"no JSON object: {error}"))
            continue
        values: dict[str, str] = {}
        fault = None
        for column, value in row.items():
            if column not in columns:
                fault = fault or Finding(name, number, column, "there is no such column")
            elif isinstance(value, str):
                values.update({column: value.strip()} if value.strip() else {})
            elif isinstance(value, dict) and column == "extra":
                values[column] = msgspec.json.encode(value).decode()
            elif value is not None:
                fault = fault or Finding(name, number, column, "a text in quotation marks is wanted")
        yield RawRow(number, values, fault)
