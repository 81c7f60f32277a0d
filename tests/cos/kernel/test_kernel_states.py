"""State tables: what may come before what, the table for print, the diagram."""

from __future__ import annotations

from enum import Enum

import pytest

from apdu.status import SW
from cos.kernel.state_tables import StateCell, StateTable, leads, refused, state_cells
from dualcos.explain.state_diagrams import diagram, rows, state_name


class Door(Enum):
    OPEN = "open"
    SHUT = "shut"
    LOCKED_FAST = "L"


class Act(Enum):
    PUSH = "push"
    TURN = "turn the key"
    RING = "ring"


NO: StateCell[Door] = refused(SW.WRONG_STATE, "a clause")
STAYS = tuple(leads(door) for door in Door)
ROWS = (
    (Act.PUSH, (leads(Door.SHUT), leads(Door.OPEN, Door.SHUT), NO)),
    (Act.TURN, (refused(SW.WRONG_STATE, also="noise"), leads(Door.LOCKED_FAST), leads(Door.SHUT))),
    (Act.RING, STAYS),
)
TABLE: StateTable[Door, Act] = StateTable("door", "门", "a failure changes nothing", Door.SHUT, state_cells(Door, ROWS))


def test_every_state_has_every_event():
    assert TABLE.states == tuple(Door)
    assert TABLE.events == tuple(Act)
    assert len(TABLE.cells) == 9
    with pytest.raises(ValueError, match="zip"):
        state_cells(Door, ((Act.PUSH, (NO, NO)),))


def test_what_must_come_before():
    assert TABLE.openers(Act.PUSH) == (Act.TURN,)
    assert TABLE.openers(Act.TURN) == (Act.PUSH,)
    assert TABLE.openers(Act.RING) == ()
    assert TABLE.allowing(Act.PUSH) == (Door.OPEN, Door.SHUT)


def test_the_table_for_print():
    assert list(rows(TABLE)) == [
        ("command", "open", "shut", "L"),
        ("push", "shut", "open/shut", "6901"),
        ("turn the key", "6901 + noise", "L", "shut"),
        ("ring", "open", "shut", "L"),
    ]


def test_the_diagram_has_what_changes_the_state():
    assert diagram(TABLE).splitlines() == [
        "stateDiagram-v2",
        "    OPEN: open",
        "    SHUT: shut",
        "    LOCKED_FAST: locked fast (L)",
        "    [*] --> SHUT",
        "    OPEN --> SHUT: push",
        "    SHUT --> OPEN: push",
        "    SHUT --> LOCKED_FAST: turn the key",
        "    LOCKED_FAST --> SHUT: turn the key",
    ]
    assert state_name(Door.LOCKED_FAST) == "locked fast (L)"
