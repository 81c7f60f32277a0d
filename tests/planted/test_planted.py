"""Every planted fault is seen by the test that is named for it.

A row of ``faults/*.toml`` replaces a text in one file of the product, in a process of its own, and names the test that
must then fail; that the test passes without the fault, the rest of the suite shows.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TEST_FAILED = 1


class PlantedFault(NamedTuple):
    """What is wrong, in which file, how, and who sees it."""

    number: int
    kind: str
    is_: str
    file: str
    old: str
    new: str
    caught_by: str


def table(path: Path) -> list[PlantedFault]:
    read = tomllib.loads(path.read_text("utf-8"))
    assert read.keys() == {"kind", "fault"}
    columns = ("is", "file", "old", "new", "caught_by")
    assert all(row.keys() == set(columns) for row in read["fault"]), f"{path.name}: columns are {columns}"
    return [
        PlantedFault(number, read["kind"], *(row[column] for column in columns))
        for number, row in enumerate(read["fault"])
    ]


TABLES = {path.stem: table(path) for path in sorted((HERE / "faults").glob("*.toml"))}
FAULTS = [pytest.param(stem, fault, id=f"{stem}#{fault.number}") for stem, rows in TABLES.items() for fault in rows]


def run_with(planted: str, test: str) -> subprocess.CompletedProcess[str]:
    """``test`` alone, with the fault in its process and in every process that it starts."""
    paths = [str(HERE / "hook"), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    pytest_alone = ["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-profile=ci"]
    return subprocess.run(  # noqa: S603 - our own interpreter, a test named in our own table
        [sys.executable, *pytest_alone, "--tb=line", test],
        cwd=ROOT,
        env=inherited | {"PLANTED": planted, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize(("stem", "fault"), FAULTS)
def test_fault_is_seen(stem, fault, record_property):
    record_property("fault", fault.is_)
    text = (ROOT / fault.file).read_text("utf-8")
    assert text.count(fault.old) == 1, f"{fault.file} holds this {text.count(fault.old)} times: {fault.old}"
    compile(text.replace(fault.old, fault.new), fault.file, "exec")
    ran = run_with(f"{stem}#{fault.number}", fault.caught_by)
    assert ran.returncode == TEST_FAILED, f"{fault.is_}: nobody sees it\n{ran.stdout}{ran.stderr}"


@pytest.mark.parametrize("stem", TABLES)
def test_a_kind_has_two_faults_or_more(stem):
    assert len(TABLES[stem]) >= 2
    assert len({fault.old + fault.new for fault in TABLES[stem]}) == len(TABLES[stem])
