"""Every check of host code has a case that alone sees it, or a reason why none can; `make checks` looks for them.

A run leaves out no check (that takes half an hour, on a quiet machine): it holds that the table is of the checks and
the tests that there are.
"""

from __future__ import annotations

import re
from functools import cache

import pytest

from tests.lone_checks import cases, sites, switch

THERE = tuple(sites.sites())
MUST = tuple(site for site in THERE if not sites.is_comparison(site))
"""What refuses, answers and demands. Of the smallest differences only those stand in the table that a test knows."""


@cache
def functions(path: str) -> frozenset[str]:
    text = (sites.ROOT / path).read_text("utf-8") if (sites.ROOT / path).exists() else ""
    return frozenset(re.findall(r"def (test_\w+)\(", text))


def listed(names: set[str]) -> str:
    return "".join(f"\n  {name}" for name in sorted(names))


def test_every_check_has_a_case_or_a_reason():
    missing = set(MUST) - cases.read().keys() - cases.reasons().keys()
    assert not missing, f"make checks finds the case of each, or says that there is none: {listed(missing)}"


def test_the_table_is_of_checks_and_tests_that_there_are():
    table, reasons = cases.read(), cases.reasons()
    gone = (table.keys() | reasons.keys()) - set(THERE)
    assert not gone, f"make checks takes out what is gone: {listed(gone)}"
    assert not table.keys() & reasons.keys()
    assert all(reasons.values())
    lost = {case for case in table.values() if re.split(r"::|\[", case)[1] not in functions(case.partition("::")[0])}
    assert not lost, f"tests that are gone or called otherwise: {listed(lost)}"


# --- what is left out is what is said -------------------------------------------------------------------------------


@pytest.fixture
def leaving_out(monkeypatch):
    def choose(site: str) -> None:
        monkeypatch.setattr(switch, "left_out", site)

    yield choose
    switch.reached.clear()


def test_a_refusal_left_out_lets_pass_and_an_answer_is_the_other(leaving_out):
    asked = [("refuses", True, True), ("accepts", False, False), ("answers", True, True), ("answers", False, False)]
    for name, value, kept in asked:
        ask = {"refuses": switch.refuses, "accepts": switch.accepts}.get(name)
        told = ask("s", value) if ask else switch.answers("no", "yes", value)
        assert told is kept
        leaving_out("s" if ask else "yes" if value else "no")
        told = ask("s", value) if ask else switch.answers("no", "yes", value)
        assert told is (not kept)
        leaving_out("")


@pytest.mark.parametrize(
    ("left", "right", "nearest", "beginning"),
    [
        (b"abc", b"abd", True, False),
        (b"abc", b"ab", False, True),
        (b"abc", b"", False, True),
        (b"abc", b"axd", False, False),
        ("A1", "a1", True, False),
        ("01", "1", True, False),
        (4, 5, True, False),
        (4, 6, False, False),
        (None, b"", False, False),
    ],
)
def test_what_is_nearly_the_same(leaving_out, left, right, nearest, beginning):
    assert not switch.equal("n", "b", left, right)
    for site, alike in (("n", nearest), ("b", beginning)):
        leaving_out(site)
        assert switch.equal("n", "b", left, right) is alike


def test_a_range_loses_its_edge_only(leaving_out):
    leaving_out("s")
    assert [switch.edge("s", "<", each, 5) for each in (4, 5, 6)] == [True, True, False]
    assert [switch.edge("s", "<=", each, 5) for each in (4, 5, 6)] == [True, False, False]


def test_a_demand_left_out_asks_nothing(leaving_out):
    asked = []
    switch.demand("s", lambda: asked.append(1))
    leaving_out("s")
    switch.demand("s", lambda: asked.append(2))
    assert asked == [1]


def test_a_demand_that_raises_nothing_is_noted_as_passed():
    """It may blame all the same: its case is looked for among the tests that passed it."""
    switch.passed.clear()
    switch.demand("met", lambda: None)
    with pytest.raises(ZeroDivisionError):
        switch.demand("not met", lambda: 1 // 0)
    assert switch.passed == {"met"}
    switch.passed.clear()
    switch.reached.clear()
