"""An input format as a table in Markdown: a line for each declared column, as both sides' formats have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from dualcos.issuance.exchange.input_columns import Column

_NEEDS: Mapping[str, str] = MappingProxyType({"M": "must", "C": "if", "O": "may"})
_HEAD = ("column", "", "need", "takes")


def format_table(further: Sequence[str], lines: Iterable[tuple[Column, Sequence[str]]]) -> str:
    """Every column with its term, whether it is needed, what it takes, and behind that the ``further`` cells."""
    head = (*_HEAD, *further)
    cells = ((f"`{it.name}`", it.chinese, _NEEDS[it.need], it.takes, *more) for it, more in lines)
    return "".join(map(_line, (head, ["---"] * len(head), *cells)))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
