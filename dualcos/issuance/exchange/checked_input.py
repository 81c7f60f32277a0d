"""One side's input file after its checks: good rows, findings, numbers of the bad rows. The same for both sides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, NamedTuple, Protocol, TypeVar

from dualcos.issuance.exchange.input_columns import Policy, RowReader
from dualcos.issuance.exchange.input_files import InputTable, RawRow
from dualcos.issuance.exchange.input_findings import Finding


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


class CheckedInput(NamedTuple, Generic[Row]):
    """A whole file: good rows, all findings, the numbers of the bad rows."""

    name: str
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
    bad: frozenset[int]


def checked(
    table: InputTable,
    policy: Policy,
    alone: Callable[[RowReader, RawRow], Row | None],
    together: Callable[[str, Mapping[int, Row]], Iterable[Finding]],
) -> CheckedInput[Row]:
    """Every row ``alone``, then what the good ones must not have in common (``together``)."""
    findings: list[Finding] = []
    rows: dict[int, Row] = {}
    for raw in table.rows:
        reader = RowReader(table.name, raw, policy)
        row = alone(reader, raw)
        findings += reader.findings
        if row is not None:
            rows[raw.number] = row
    for finding in tuple(together(table.name, rows)):
        findings.append(finding)
        if finding.level == "error":
            rows.pop(finding.row, None)
    bad = frozenset(raw.number for raw in table.rows if raw.number not in rows)
    return CheckedInput(table.name, tuple(rows.values()), tuple(findings), bad)
