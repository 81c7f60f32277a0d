"""The command matrix (命令矩阵), straight from the rows, as it is printed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from cos.kernel.command_rows import CommandRow, Secret
from cos.kernel.stack import Stacks
from cos.stacks import STACKS


class MatrixRow(NamedTuple):
    """One command row, written out."""

    environment: str
    cla: str
    ins: str
    p1: str
    p2: str
    lc: str
    le: str
    name: str
    zh: str
    words: str
    secret: str
    clause: str


def matrix(stacks: Stacks = STACKS) -> tuple[MatrixRow, ...]:
    """Every row of every stack, in the order of the tables."""
    return tuple(_written(stack.label, row) for stack in stacks for row in stack.rows)


def _written(label: str, row: CommandRow[Any]) -> MatrixRow:
    lengths = frozenset(row.lc)
    le = "xx" if row.answers else ""
    if row.le is not None:
        le = ranges(frozenset(value & 0xFF for value in row.le if value is not None))
    return MatrixRow(
        label,
        f"{row.cla:02X}",
        f"{row.ins:02X}",
        ranges(row.p1),
        ranges(row.p2),
        "" if lengths == {0} else ranges(row.lc),
        le,
        row.name,
        row.zh,
        " ".join(word_name(word) for word in sorted(row.words)),
        "data" if row.secret is Secret.DATA else "",
        row.ref,
    )


def ranges(values: Collection[int]) -> str:
    """Numbers in hex, runs joined: ``00 04-07``; ``xx`` for all 256; more than four pieces are cut short."""
    if len(frozenset(values)) >= 255:
        return "xx"
    found = pieces(values)
    return " ".join(found) if len(found) <= 4 else f"{found[0]} {found[1]} … {found[-1]}"


def pieces(values: Collection[int]) -> list[str]:
    """All of the numbers in hex, runs joined: ``00``, ``04-07``."""
    return [f"{low:02X}" if low == high else f"{low:02X}-{high:02X}" for low, high in _runs(sorted(set(values)))]


def word_name(word: int) -> str:
    """A status word of a row; the one with the tries left is ``63Cx``."""
    return f"{word:04X}".replace("63C0", "63Cx")


def _runs(ordered: list[int]) -> Iterator[tuple[int, int]]:
    low = high = ordered[0] if ordered else -1
    for value in ordered[1:]:
        if value != high + 1:
            yield low, high
            low = value
        high = value
    if ordered:
        yield low, high
