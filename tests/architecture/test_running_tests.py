"""Tests run as pytest is called, without special options; and those that say most answer first."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.first_verdicts import FIRST, HOLDS, ordered

ROOT = Path(__file__).parents[2]
# What anybody's pytest may be told, by people, editors and build servers; from the root and from elsewhere.
CALLS = {
    "a report": (ROOT, ["--junitxml={report}", "tests/architecture/test_running_tests.py", "-k", "kept"]),
    "from elsewhere": (
        Path("/"),
        ["-n0", "-p", "no:cacheprovider", "-q", "--junitxml={report}", f"{__file__}::test_a_property_is_kept"],
    ),
}


def test_a_property_is_kept(record_property):
    record_property("kept", "as it was said")


def run(call: str, report: Path, *more: str) -> subprocess.CompletedProcess[str]:
    folder, options = CALLS[call]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CI"))}
    return subprocess.run(  # noqa: S603 - our own tests
        [sys.executable, "-m", "pytest", *(option.format(report=report) for option in options), *more],
        cwd=folder,
        env=inherited,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("call", CALLS)
def test_plain_pytest_works(call, tmp_path):
    ran = run(call, tmp_path / "report.xml")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (kept,) = ElementTree.parse(tmp_path / "report.xml").iter("property")  # noqa: S314 - pytest's own output
    assert (kept.get("name"), kept.get("value")) == ("kept", "as it was said")


def clashing(source: str) -> bool:
    """Whether a file takes things out of a conftest: which one it gets depends on the folders that were named."""
    return bool(re.search(r"^\s*(from|import) conftest\b", source, re.MULTILINE))


def test_folders_may_be_named_in_any_order():
    files = (ROOT / "tests").rglob("*.py")
    assert [path.relative_to(ROOT) for path in files if clashing(path.read_text(encoding="utf-8"))] == []


# And the tests bite.


def test_a_family_without_properties_is_noticed(tmp_path):
    assert run("from elsewhere", tmp_path / "report.xml", "-o", "junit_family=xunit2").returncode == 1


def test_a_thing_out_of_a_conftest_is_noticed():
    assert clashing("import pytest\nfrom conftest import CORE\n")


# --- what comes first -------------------------------------------------------------------------------------------------


def test_every_row_is_of_tests_that_are_there():
    for name in (name for row in FIRST for name in row.names):
        path, _, test = name.partition("::")
        assert (ROOT / path).exists(), name
        assert not test or f"def {test.split('[')[0]}(" in (ROOT / path).read_text(encoding="utf-8"), name


NAMES = (
    *(f"tests/apdu/test_{number}.py::test" for number in range(5)),
    "tests/architecture/test_no_path.py::test",
    "tests/conformance/test_vectors.py::test[a]",
    "tests/conformance/test_vectors.py::test[b]",
    *(f"tests/keys/test_{number}.py::test" for number in range(5)),
    f"{HOLDS}[toy-F1]",
    f"{HOLDS}[dual-2.0-3des-F1]",
    f"{HOLDS}[dual-2.0-3des-F2]",
)


def shown(order: list[int]) -> list[str]:
    short = (re.sub(r"^tests/|test_|\.py|::.*?(?=\[|$)", "", NAMES[place]) for place in order)
    return [name.replace("properties/properties_hold", "") for name in short]


@pytest.mark.parametrize(
    ("workers", "heads"),
    [
        (1, [["architecture/no_path", "[dual-2.0-3des-F1]", "[dual-2.0-3des-F2]", "conformance/vectors[a]"]]),
        (
            2,
            [
                ["architecture/no_path", "conformance/vectors[a]", "conformance/vectors[b]", "apdu/0"],
                ["[dual-2.0-3des-F1]", "[dual-2.0-3des-F2]", "[toy-F1]", "keys/0"],
            ],
        ),
        (3, [["architecture/no_path", "[toy-F1]"], ["[dual-2.0-3des-F1]"], ["conformance/vectors[a]"]]),
    ],
)
def test_the_most_telling_ones_head_each_workers_slice(workers, heads):
    order = ordered(NAMES, workers)
    assert sorted(order) == list(range(len(NAMES)))
    left = shown(order)
    for worker, head in enumerate(heads):
        share = len(left) // (workers - worker)
        mine, left = left[:share], left[share:]
        assert mine[: len(head)] == head


def test_more_workers_than_tests_is_nothing_special():
    assert sorted(ordered(NAMES[:3], 8)) == [0, 1, 2]
    assert ordered([], 2) == []
