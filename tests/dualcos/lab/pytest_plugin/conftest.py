"""A project of a terminal developer, and pytest on it as he runs it: with the plug-in alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import pytest

# Loaded before any inner run: what those load for the first time they load again in the next one.
from dualcos.lab.pytest_plugin import reader_under_test, vector_items  # noqa: F401

PLUGIN = ("-p", "dualcos.lab.pytest_plugin", "-p", "no:cacheprovider")
_COUNTED = re.compile(r"(\d+) (passed|xfailed|failed|skipped|error|deselected)s?\b")
_NEXT = re.compile("^(?:[_=]{3,}|-{3,} Captured)", re.MULTILINE)


class Ran(NamedTuple):
    """What an inner run ended with: exit code, what it printed, how many of each outcome."""

    code: int
    out: str
    err: str

    @property
    def outcomes(self) -> dict[str, int]:
        last = next((line for line in reversed(self.out.splitlines()) if _COUNTED.search(line)), "")
        return {kind: int(number) for number, kind in _COUNTED.findall(last)}

    def section(self) -> str:
        """What is told of the exchanges of the first failure."""
        return _NEXT.split(self.out.partition("dualcos: what passed")[2])[0]


@pytest.fixture
def inner(pytester: pytest.Pytester, monkeypatch) -> Callable[..., Ran]:
    """Writes files of tests (by name, or one test file as text) and runs pytest on them, in this process."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("CI", raising=False)
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)

    def run(source: str = "", *args: str, apart: bool = False, **files: str) -> Ran:
        for name, text in files.items():
            (pytester.path / name.replace("__", "/").replace("_dot_", ".")).write_text(text, "utf-8")
        if source:
            (pytester.path / "test_inner.py").write_text(source, "utf-8")
        start = pytester.runpytest_subprocess if apart else pytester.runpytest_inprocess
        result = start(*PLUGIN, *args)
        return Ran(int(result.ret), result.stdout.str(), result.stderr.str())

    return run
