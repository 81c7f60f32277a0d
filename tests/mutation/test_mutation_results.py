"""The counting behind ``make mutate``: no survivor goes by unexplained, no reason outlives its mutant."""

from __future__ import annotations

import ast
import textwrap

import pytest

from tests.mutation.plain import plain
from tests.mutation.results import Mutant, Score, compare, mutant, page, reasons, scores, statuses, total

PRINTED = """
    firewall.mint.xǁMintǁcheck__mutmut_1: killed
    firewall.mint.xǁMintǁcheck__mutmut_2: survived
    firewall.mint.xǁMintǁend__mutmut_1: no tests
    cos.kernel.access.x_right__mutmut_1: timeout
    cos.kernel.access.x_right__mutmut_2: suspicious
"""
DIFF = """\
--- firewall/mint.py
+++ firewall/mint.py
@@ -1,4 +1,4 @@
 def check(self):
-        if entry.kind == kind:
+        if entry.kind != kind:
             raise NameTaken
"""
CHECK = Mutant("firewall.mint Mint.check", "if entry.kind == kind:", "if entry.kind != kind:")


def test_every_mutant_is_counted_once():
    status_of = statuses(PRINTED)
    assert len(status_of) == 5
    assert scores(status_of) == [Score("cos.kernel.access", 2, 1), Score("firewall.mint", 3, 1)]
    everything = total(scores(status_of))
    assert (everything.mutants, everything.killed, everything.survived, everything.percent) == (5, 2, 3, 40.0)


def test_a_score_is_never_rounded_up():
    assert Score("x", 10_000, 9_999).percent == 99.9
    assert Score("x", 3, 3).percent == 100.0


def test_a_mutant_is_named_by_what_it_changes():
    assert mutant("firewall.mint.xǁMintǁcheck__mutmut_7", DIFF) == CHECK
    assert mutant("cos.kernel.access.x_right__mutmut_1", "").where == "cos.kernel.access right"


def test_survivors_and_reasons_are_compared_both_ways():
    other = CHECK._replace(now="if True:")
    assert compare([CHECK, other], [CHECK]) == ((other,), ())
    assert compare([CHECK], [CHECK, other]) == ((), (other,))


def test_an_empty_reason_is_none():
    entry = {**CHECK._asdict(), "reason": "it is equivalent because …"}
    assert reasons({"survivor": [entry]}) == {CHECK: "it is equivalent because …"}
    for spoilt in ({**entry, "reason": " "}, CHECK._asdict(), {**entry, "because": "no such field"}):
        with pytest.raises(ValueError, match="a reason"):
            reasons({"survivor": [spoilt]})
    assert reasons({}) == {}


def test_the_page_says_what_the_table_says():
    score = {"module": "firewall.mint", "mutants": 120, "killed": 117, "survived": 3, "percent": 97.5}
    table = {
        "tool": "mutmut 3",
        "python": "3.11",
        "wanted": 95.0,
        "sources_sha256": "ab" * 32,
        "in_parts": False,
        "survivors_with_reason": 2,
        "modules": [score],
        "all": {**score, "module": "all"},
    }
    text = page(table)
    assert "117 of 120 mutants killed, 97.5 % (aim 95.0 %); 2 of 3 survivors have a reason" in text
    assert "tried again" not in text
    assert "tried again" in page({**table, "in_parts": True})
    assert "| firewall.mint | 120 | 117 | 3 | 97.5 |\n| all | 120 | 117 | 3 | 97.5 |\n" in text


def test_decorated_functions_are_spelled_out_and_stay_what_they_were():
    source = textwrap.dedent('''
        """A module."""
        from contextlib import contextmanager

        class Box:
            @property
            def value(self):
                """What is in it."""
                return 7

            @property
            def settable(self):
                return self._x

            @settable.setter
            def settable(self, x):
                self._x = x

            @staticmethod
            def twice(x):
                return 2 * x

            @contextmanager
            def open(self):
                yield self.value
    ''')
    world: dict[str, type] = {}
    exec(compile(plain(source), "plain", "exec"), world)  # noqa: S102 - the text above
    box = world["Box"]()
    box.settable = 5
    assert (box.value, box.settable, box.twice(4)) == (7, 5, 8)
    with box.open() as value:
        assert value == 7
    left = [
        ast.unparse(decorator)
        for node in ast.walk(ast.parse(plain(source)))
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
    ]
    assert left == ["settable.setter", "staticmethod"]
