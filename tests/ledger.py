"""What each part of ``.ci/run`` takes: ``make ledger`` runs it, times it and writes the table of CONTRIBUTING.md.

``python -m tests.ledger --check SECONDS REPORT…`` does the writing, from JUnit XML of pytest. A row's words are kept as
they stand; tests and seconds are what the reports say. Tests run side by side: the parts add up to more than the whole.
"""

from __future__ import annotations

import os
import platform
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "CONTRIBUTING.md"
BEGIN, END = "<!-- ledger -->\n", "<!-- end of ledger -->\n"
CHECK, ALL = "`make check`", "all"
MINUTES = 15


class Row(NamedTuple):
    """A line of the table: what runs, what it asks, how many tests, how many seconds."""

    part: str
    words: str
    tests: str
    seconds: str


DEEP = "dualcos"
"""The folder whose rooms have a line each; what lies beside them has a line together."""


def folders() -> set[str]:
    """Every folder of tests, as the table names it."""
    tests = ROOT / "tests"
    found = [path for place in (tests, tests / DEEP) for path in place.iterdir() if any(path.rglob("*.*"))]
    return {f"`{path.relative_to(ROOT).as_posix()}`" for path in found if path.name != "__pycache__"}


def part_of(classname: str) -> str:
    """The line of the table that a test of JUnit's ``classname`` counts in."""
    _, room, *inside = classname.split(".")
    deep = room == DEEP and (ROOT / "tests" / DEEP / inside[0]).is_dir()
    return f"`tests/{room}/{inside[0]}`" if deep else f"`tests/{room}`"


def rows(text: str) -> list[Row]:
    """The table as it stands. Raises ValueError if the page has none."""
    lines = text.partition(BEGIN)[2].partition(END)[0].splitlines()
    found = [Row(*(cell.strip() for cell in line.strip("|").split("|"))) for line in lines if line.startswith("| ")]
    if not found:
        raise ValueError(f"{PAGE.name} has no ledger")
    return [row for row in found if row.part != "part"]


def measured(reports: Iterable[Path]) -> dict[str, tuple[int, float]]:
    """Tests and seconds of each folder, from JUnit XML."""
    found: dict[str, tuple[int, float]] = {}
    for report in reports:
        for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - pytest's own output
            part = part_of(case.get("classname", ""))
            tests, seconds = found.get(part, (0, 0.0))
            found[part] = tests + 1, seconds + float(case.get("time", "0"))
    return found


def elapsed(reports: Iterable[Path]) -> float:
    """Seconds from the first test to the last, on however many cores."""
    suites = (suite for report in reports for suite in ElementTree.parse(report).iter("testsuite"))  # noqa: S314 - as above
    return sum(float(suite.get("time", "0")) for suite in suites)


def renewed(text: str, took: Mapping[str, tuple[int, float]], check: int, tests_took: float, machine: str) -> str:
    """The page with the figures. A folder that no report names keeps its own: it has no tests, or was not run."""
    table = []
    for row in rows(text):
        if row.part in took:
            tests, seconds = took[row.part]
            row = row._replace(tests=str(tests), seconds=f"{seconds:.0f}")  # noqa: PLW2901 - the same row, renewed
        elif row.part == CHECK:
            row = row._replace(seconds=str(check))  # noqa: PLW2901 - likewise
        table.append(row)
    parts = [row for row in table if row.part != ALL]
    whole = check + round(tests_took)
    tests = sum(_number(row.tests) for row in parts)
    table = [*parts, Row(ALL, f"{whole // 60} min {whole % 60:02} s", str(tests), str(whole))]
    head, _, rest = text.partition(BEGIN)
    tail = rest.partition(END)[2]
    body = "".join(f"| {' | '.join(row)} |\n" for row in table)
    return f"{head}{BEGIN}| part | what it asks | tests | seconds |\n|---|---|---|---|\n{body}\n{machine}\n{END}{tail}"


def _number(cell: str) -> int:
    return int(cell) if cell.isdecimal() else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page. 1 if the whole takes longer than it may."""
    parser = ArgumentParser(prog="python -m tests.ledger", description=__doc__)
    parser.add_argument("--check", type=int, required=True, metavar="SECONDS", help="how long `make check` took")
    parser.add_argument("reports", nargs="+", type=Path, metavar="REPORT")
    args = parser.parse_args(arguments)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    load = f"load {os.getloadavg()[2]:.1f} in the last quarter of an hour (by itself it is the number of cores)"
    machine = f"{date.today()}, {os.cpu_count()} cores, {python}, {load}."  # noqa: DTZ011 - a day for people
    took = measured(args.reports)
    text = renewed(PAGE.read_text(encoding="utf-8"), took, args.check, elapsed(args.reports), machine)
    PAGE.write_text(text, encoding="utf-8")
    whole = int(next(row for row in rows(text) if row.part == ALL).seconds)
    if whole > 60 * MINUTES:
        print(f"{whole} seconds: more than the {MINUTES} minutes that .ci/run may take", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
