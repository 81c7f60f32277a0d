"""Every planted fault is seen by the test that is named for it.

A row of ``faults/*.toml`` replaces a text in one file of the product, in a process of its own, and names the test that
must then fail; that the test passes without the fault, the rest of the suite shows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from itertools import chain
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


# Rooms of the product, lowest first in each step; those of the steps below the faulty file's own never import it.
STEPS = (
    ("apdu", "firewall", "keys", "cos"),
    (
        *(
            f"dualcos.{room}"
            for room in (
                "textforms",
                "cardfile",
                "sqlitefile",
                "messages",
                "dialogue",
                "explain",
                "reader",
                "profile",
                "issuance",
                "terminal",
            )
        ),
    ),
    ("dualcos.lab", "dualcos.cli", "dualcos.terminal"),
)


def rooms_below(file: str) -> tuple[str, ...]:
    name = file.replace("/", ".")
    own = next((at for at, step in enumerate(STEPS) if name.startswith(tuple(f"{room}." for room in step))), 0)
    return tuple(chain(*STEPS[:own]))


class Nursery:
    """A process that forks one for each fault (``nursery``)."""

    def __init__(self, rooms: tuple[str, ...]) -> None:
        paths = [str(HERE / "hook"), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "tests.planted.nursery", *rooms],
            cwd=ROOT,
            env=inherited | {"PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run_with(self, planted: str, test: str) -> tuple[int, str]:
        """``test`` alone, with the fault in its process and in all that it starts: exit code, what it said."""
        pytest_alone = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-profile=ci", "--tb=line"]
        self.process.stdin.write(json.dumps({"planted": planted, "arguments": [*pytest_alone, test]}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer["code"], answer["said"]

    def close(self) -> None:
        self.process.communicate()
        assert self.process.returncode == 0


@pytest.fixture(scope="module")
def nurseries():
    """By the rooms they have loaded; each starts when it is first asked for."""
    started: dict[tuple[str, ...], Nursery] = {}

    def nursery(file: str) -> Nursery:
        rooms = rooms_below(file)
        if rooms not in started:
            started[rooms] = Nursery(rooms)
        return started[rooms]

    yield nursery
    for each in started.values():
        each.close()


@pytest.mark.parametrize(("stem", "fault"), FAULTS)
def test_fault_is_seen(stem, fault, nurseries, record_property):
    record_property("fault", fault.is_)
    text = (ROOT / fault.file).read_text("utf-8")
    assert text.count(fault.old) == 1, f"{fault.file} holds this {text.count(fault.old)} times: {fault.old}"
    compile(text.replace(fault.old, fault.new), fault.file, "exec")
    code, said = nurseries(fault.file).run_with(f"{stem}#{fault.number}", fault.caught_by)
    assert (code, "1 failed" in said) == (TEST_FAILED, True), f"{fault.is_}: nobody sees it\n{said}"


@pytest.mark.parametrize("stem", TABLES)
def test_a_kind_has_two_faults_or_more(stem):
    assert len(TABLES[stem]) >= 2
    assert len({fault.old + fault.new for fault in TABLES[stem]}) == len(TABLES[stem])
