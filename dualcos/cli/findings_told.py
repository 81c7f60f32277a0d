"""Findings in input rows as a person and a program get them: all levels, the first of each column; a file takes all."""

from __future__ import annotations

import csv
import io
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import IO

from dualcos.cli.facts.issuance_facts import FindingFacts, MoreFindings
from dualcos.cli.file_arguments import add_output
from dualcos.explain.control_characters import harmless
from dualcos.issuance.exchange.input_findings import Finding, Level

SHOWN: Mapping[Level, int] = MappingProxyType({"error": 1000, "warning": 20, "note": 5})
"""How many of a level are shown for a column of a file: what a whole column has in common is said soon enough."""


def add_findings(parser: ArgumentParser) -> None:
    """Declare --findings."""
    add_output(parser, "--findings", metavar="FILE", help="every finding of every row, as CSV")


class FindingsTold:
    """What was shown; ``more`` counts what was not. ``errors``: there was one."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, Level]] = Counter()
        self.shown: list[FindingFacts] = []

    def tell(self, findings: Iterable[Finding], into: IO[bytes] | None = None) -> None:
        """Print the first of each kind on stderr; all of them go ``into`` a file, as CSV. Raises OSError."""
        if into is not None:
            into.write(_line(Finding._fields))
        for finding in findings:
            if into is not None:
                into.write(_line(harmless(str(cell)) for cell in finding))
            self._note(finding)
        for each in self.more:
            where = f" column {each.column}" if each.column else ""
            hint = "" if into else "; `--findings FILE` takes all"
            print(f"{each.source}{where}: {each.count} more {each.level}s{hint}", file=sys.stderr)

    def _note(self, finding: Finding) -> None:
        kind = finding.source, finding.column, finding.level
        self._counts[kind] += 1
        if self._counts[kind] <= SHOWN[finding.level]:
            self.shown.append(FindingFacts.of(finding))
            print(finding, file=sys.stderr)

    @property
    def errors(self) -> bool:
        """True if a row has one."""
        return any(level == "error" for _, _, level in self._counts)

    @property
    def more(self) -> list[MoreFindings]:
        """What was not shown, by file, column and level."""
        return list(self._more())

    def _more(self) -> Iterator[MoreFindings]:
        for (source, column, level), count in sorted(self._counts.items()):
            if count > SHOWN[level]:
                yield MoreFindings(source=source, column=column, level=level, count=count - SHOWN[level])


def _line(cells: Iterable[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()
