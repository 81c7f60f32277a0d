"""A rule between fields means to a schema exactly what it means to the loader: neither takes what the other refuses."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec import Struct

from dualcos.lab.conformance.vector_schema import STEP_KINDS, Routines, Unit
from dualcos.lab.faults.fault_script import FaultScript
from dualcos.lab.schemas.struct_schema import struct_schema, structs_in
from dualcos.textforms.field_rules import broken_rule, rules_of
from tests.dualcos.lab.schemas.right_files import PROVENANCE, TITLE

FORMS = (Unit, Routines, FaultScript)
RULED = {kind.__name__: kind for form in FORMS for kind in structs_in(form) if rules_of(kind)}
WORDS = {"zh": "z", "en": "e"}
STEP: dict[str, list[Any]] = {
    "send": ["00", None],
    "routine": ["r"],
    "reset": ["warm"],
    "state": [{"unchanged": ["ssse"]}, {"atomic": ["ssse"]}, {"atomic": []}],
    "damage": [{"cell": "ssse: a", "bytes": "00"}],
    "operator": [{**WORDS, "act": "take out"}],
    "pull": [{**WORDS, "send": [{"send": "00"}]}],
    "cut": [{"tick": "each"}, {"tick": 1}],
    "expect": ["9000", [], [{"sw": "9000"}]],
    "times": ["02", ""],
    "once": [True, False],
}
DRAWN_STEP = {name: st.sampled_from(values) for name, values in STEP.items()}
BESIDES = st.fixed_dictionaries({}, optional={name: DRAWN_STEP[name] for name in STEP if name not in STEP_KINDS})
# Mostly of one kind, for else nothing but that is wrong with it.
ENTRY = st.one_of(
    *(
        st.builds(lambda kind, more: kind | more, st.fixed_dictionaries({name: DRAWN_STEP[name]}), BESIDES)
        for name in STEP_KINDS
    ),
    st.fixed_dictionaries({}, optional=DRAWN_STEP),
)
ENTRIES = st.lists(ENTRY, max_size=2)
RULE = {"name": "n", "purpose": "p", "clause": "c", "fault": {"kind": "mute"}}
# Of each class: what it must have, what it may have, given or as if left out.
DRAWN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "VectorStep": ({}, STEP),
    "VectorDamage": (
        {},
        {
            "file": ["ssse/DF04/EF81"],
            "cell": ["ssse: a", None],
            "at": [0, 1],
            "bytes": ["00"],
            "becomes": ["", "00", "erased", None],
        },
    ),
    "VectorOperator": (
        WORDS,
        {
            "act": ["take out", None],
            "choices": [{}, {"a": TITLE}],
            "right": [[], ["a"]],
            "measure": [{"unit": "mm", "least": 1, "most": 2}, None],
            "valid_days": [0, 1],
        },
    ),
    "VectorPull": (WORDS, {"send": st.lists(ENTRY, min_size=1, max_size=2)}),
    "Vector": (
        {"id": "V", "title": TITLE},
        {
            "setup": ENTRIES,
            "steps": ENTRIES,
            "after": ENTRIES,
            "status": ["active", "withdrawn"],
            "reason": ["", "why"],
        },
    ),
    "Unit": (
        {
            **dict.fromkeys(("unit", "purpose", "profile"), "U"),
            "clause": [],
            "vectors": [],
            "title": TITLE,
            "provenance": PROVENANCE,
        },
        {"setup": ENTRIES},
    ),
    "Routine": ({"title": TITLE}, {"steps": ENTRIES}),
    "Rule": (
        RULE,
        {
            "event": ["command", "reset"],
            "command": ["????????", "00B2????"],
            "environment": ["ssse", None],
            "fetched": [True, False],
        },
    ),
    "FaultScript": ({"title": "t"}, {"rule": [[], [RULE]]}),
    "Truncate": ({"kind": "truncate"}, {"keep": [0, 1], "status": [True, False]}),
    "Remove": ({"kind": "remove"}, {"executed": [True, False], "bytes": [0, 3, None]}),
}


def test_every_rule_is_drawn_for():
    assert set(RULED) == set(DRAWN)
    for name, kind in RULED.items():
        for rule in rules_of(kind):
            asked = {rule.each} if rule.each else {each.partition(".")[0] for each in rule.names}
            assert asked <= set(DRAWN[name][1]), name


@pytest.mark.parametrize("name", RULED)
def test_a_schema_refuses_exactly_what_breaks_a_rule(name):
    kind, must = RULED[name], DRAWN[name][0]
    rules = Draft202012Validator(rules_alone(kind))
    broken = set[str]()

    @settings(max_examples=250, deadline=None, database=None, derandomize=True)
    @given(objects_of(name))
    def agree(found):
        value = msgspec.convert({**must, **found}, kind)
        wrong = broken_rule(value)
        told = [error.schema["errorMessage"] for error in rules.iter_errors({**must, **found})]
        assert bool(told) == (wrong is not None)
        if wrong is not None:
            assert wrong.said in told
        broken.update(told)

    agree()
    assert broken == {rule.said for rule in rules_of(kind)}


def objects_of(name: str) -> st.SearchStrategy[dict[str, Any]]:
    if name == "VectorStep":
        return ENTRY
    required = {field.encode_name for field in msgspec.structs.fields(RULED[name]) if field.required}
    drawn = {
        each: st.sampled_from(values) if isinstance(values, list) else values for each, values in DRAWN[name][1].items()
    }
    return st.fixed_dictionaries(
        {each: values for each, values in drawn.items() if each in required},
        optional={each: values for each, values in drawn.items() if each not in required},
    )


def rules_alone(kind: type[Struct]) -> dict[str, Any]:
    whole = struct_schema(kind, {})
    return {"allOf": whole["$defs"][kind.__name__]["allOf"]}
