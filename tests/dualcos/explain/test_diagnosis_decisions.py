"""Every phrase of a refusal is decided on, and everything that a finding names has its words."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest
from reason_decisions import ELSEWHERE

from cos.manager.session import ManagerProof
from cos.psam.security.delivered_key_states import KEY_TABLE, DeliveredKeyEvent, DeliveredKeyState
from cos.pse.transaction.transaction_states import MACHINE, Command, TransactionState
from cos.ssse.medical.medical_states import TABLE, MedicalEvent, MedicalState
from cos.stacks import STACKS
from dualcos.explain.diagnosis import missing_steps
from dualcos.explain.diagnosis.missing_steps import FIRST_STEPS, STEPS, way_to
from dualcos.explain.diagnosis.what_is_taken import BY_REASON, TakenNumbers
from dualcos.explain.diagnosis.whose_command import OWNERS
from dualcos.explain.finding_words import FINDINGS, NEXT_STEPS, wire_forms, wire_notes, wire_rows
from dualcos.explain.refusal_sentences import REASONS

HERE = Path(missing_steps.__file__).parent
WIRE = (
    "accepted_commands",
    "data_objects",
    "missing_steps",
    "pin_mistakes",
    "what_is_taken",
    "whose_command",
    "whose_names",
)
NODES = tuple(node for name in WIRE for node in ast.walk(ast.parse((HERE / f"{name}.py").read_text("utf-8"))))
TEXTS = frozenset(node.value for node in NODES if isinstance(node, ast.Constant) and isinstance(node.value, str))
KINDS = frozenset(
    each for each in TEXTS if re.fullmatch(r"(taken|step|whose|pin|text|tlv|list|accepted)\.[a-z0-9-]+", each)
)


def test_every_phrase_is_decided_on_once():
    decided = [*STEPS, *BY_REASON, *ELSEWHERE]
    assert sorted(decided) == sorted(each.name for each in REASONS)


def test_every_kind_has_its_entry_and_every_entry_its_kind():
    written = {entry.name for table in (wire_rows, wire_forms, wire_notes) for entry in table.FINDINGS}
    assert written == KINDS


def test_every_step_has_its_words_and_every_words_their_step():
    calls = (each for each in NODES if isinstance(each, ast.Call) and ast.unparse(each.func) == "MissingStep")
    first = [node for call in calls for node in ast.walk(call.args[0]) if isinstance(node, ast.Constant)]
    named = {node.value for node in first if node.value} | {*FIRST_STEPS.values()}
    named |= {step for owner in OWNERS.values() for step in owner[1:]}
    assert sorted(step for step in named if step not in NEXT_STEPS) == []
    assert sorted(NEXT_STEPS.keys() - TEXTS) == []


def _fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@pytest.mark.parametrize("name", sorted(KINDS))
def test_both_languages_tell_the_same(name):
    says = FINDINGS[name].says
    assert _fields(says.en) == _fields(says.zh)
    assert re.search(r"[\u4e00-\u9fff]", says.zh)


@pytest.mark.parametrize("step", sorted(NEXT_STEPS))
def test_both_languages_send_the_same(step):
    """The same fields, and the same bytes."""
    words = NEXT_STEPS[step]
    assert _fields(words.en) == _fields(words.zh)
    hexadecimal = re.compile(r"\b[0-9A-F]{2}(?: [0-9A-F]{2})+\b")
    assert sorted(hexadecimal.findall(words.en)) == sorted(hexadecimal.findall(words.zh))


def test_keys_are_taken_by_every_stack():
    assert [stack.label for stack in STACKS if not stack.keys_taken] == []


@pytest.mark.parametrize(
    ("state", "event", "way"),
    [
        (TransactionState.SELECTED, Command.GENERATE_AC, ["GET PROCESSING OPTIONS"]),
        (TransactionState.SELECTED, Command.SCRIPT, ["GET PROCESSING OPTIONS", "GENERATE AC"]),
        (TransactionState.FINISHED, Command.GENERATE_AC, ["SELECT ADF", "GET PROCESSING OPTIONS"]),
        (TransactionState.INITIATED, Command.GENERATE_AC, []),
    ],
)
def test_the_way_through_the_banks_states(state, event, way):
    assert [each.value for each in way_to(MACHINE, state, event)] == way


def test_steps_are_events_of_the_tables():
    events = {event.value for stack in STACKS for table in stack.machines for event in table.events}
    assert [name for name in FIRST_STEPS if name not in events] == []
    assert ManagerProof.TRANSPORT_KEY.value == missing_steps._TRANSPORT_KEY
    assert TransactionState.PSE.value == missing_steps._DIRECTORY


def test_the_way_through_the_other_tables():
    assert way_to(TABLE, MedicalState.LOAD, MedicalEvent.DEBIT) == (MedicalEvent.INITIALIZE_PURCHASE,)
    assert way_to(KEY_TABLE, DeliveredKeyState.NONE, DeliveredKeyEvent.END) == (
        DeliveredKeyEvent.DELIVER,
        DeliveredKeyEvent.BEGIN,
    )


@pytest.mark.parametrize(
    ("values", "counts", "told"),
    [
        ((0, *range(0x80, 0x88)), False, "00, 80..87"),
        (range(4, 17), True, "4..16"),
        ((0, 2, *range(5, 17)), True, "0, 2, 5..16"),
        (range(256), False, "00..FF"),
        ([sfi << 3 | 4 for sfi in range(1, 31)], False, "0C, 14, 1C … F4"),
    ],
)
def test_ranges_are_told_compactly(values, counts, told):
    assert str(TakenNumbers.of(values, counts=counts)) == told
