"""Every property of docs/properties.md is a function under its number, and can be asked of a profile."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from hypothesis import Phase, given, seed, settings

from dualcos.lab import fuzzing
from dualcos.lab.conformance.requirement_names import requirement_called
from dualcos.lab.fuzzing import PROPERTIES, CannotAsk, DrawnProperty, specimen_of

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs/properties.md").read_text("utf-8")
LISTED = re.findall(r"(?m)^\| ([FTM]\d+[a-d]?) \|", PAGE.partition("<!-- properties -->")[2].partition("<!-- end")[0])
SWEEP = ("T1", "T3", "T4", "T5", "T8")
"""One sweep over every cut asks them together; ``tests/properties/test_tearing.py`` runs it."""
CARDS = ("psam-3des", "social-1.0", "dual-2.0-3des")
"""From small to large: each property is asked of the first that it asks anything of."""


@cache
def card(name):
    return specimen_of(name)


def test_all_that_are_listed_are_there():
    assert [each for each in PROPERTIES if each not in SWEEP] == LISTED
    assert set(PROPERTIES) - set(LISTED) == set(SWEEP)


def test_without_hypothesis_a_sentence_names_what_brings_it(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("dualcos.lab.fuzzing")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(ImportError, match=r"needs the package hypothesis: `pip install 'dualcos\[hypothesis\]'`"):
        importlib.import_module("dualcos.lab.fuzzing")
    with (ROOT / "pyproject.toml").open("rb") as file:
        assert "hypothesis" in tomllib.load(file)["project"]["optional-dependencies"]


@pytest.mark.parametrize("identity", PROPERTIES)
def test_each_says_what_it_claims_and_what_it_takes(identity):
    claim = getattr(fuzzing, identity)
    assert claim is PROPERTIES[identity]
    told = requirement_called(identity)
    assert (claim.identity, claim.sentence, claim.clause) == (told.identity, told.sentence, told.clause)
    takes = ["specimen", "case"] if isinstance(claim, DrawnProperty) else ["specimen"]
    assert list(inspect.signature(claim).parameters) == takes
    assert hasattr(claim, "cases") == isinstance(claim, DrawnProperty)
    assert claim.sentence in repr(claim)


def ask(claim, of):
    """As a test of one's own would, with two cases."""
    if not isinstance(claim, DrawnProperty):
        claim(of)
        return
    test = given(claim.cases(of))(lambda case: claim(of, case))
    seed(3)(settings(max_examples=2, database=None, phases=(Phase.generate,))(test))()


@pytest.mark.parametrize("identity", [each for each in PROPERTIES if each not in SWEEP])
def test_each_is_asked_and_holds(identity):
    refused = []
    for name in CARDS:
        try:
            ask(PROPERTIES[identity], card(name))
        except CannotAsk as sentence:
            refused.append(str(sentence))
        else:
            break
    assert len(refused) < len(CARDS)
    assert all(sentence.startswith(f"{identity} asks nothing of ") for sentence in refused)
