"""What is wrong with an input row, by row and column; a value that identifies a person is never shown whole."""

from __future__ import annotations

from typing import Literal, NamedTuple

Level = Literal["error", "warning", "note"]


class InputError(Exception):
    """The whole file cannot be used: no header, unknown columns, not text. Single bad rows are findings instead."""


class Finding(NamedTuple):
    """One remark on one place. ``row`` counts data rows from 1; the header is row 0."""

    source: str
    row: int
    column: str
    text: str
    level: Level = "error"

    def __str__(self) -> str:
        row = f"row {self.row}" if self.row else "header"
        where = f"{self.source} {row}" + (f" column {self.column}" if self.column else "")
        return f"{where}: {self.text}" + ("" if self.level == "error" else f" ({self.level})")


def masked(number: str) -> str:
    """The first six and last two characters of an identifying number."""
    return number if len(number) <= 8 else f"{number[:6]}{'*' * (len(number) - 8)}{number[-2:]}"
