"""The state machines of the card as a page: a table, what its cells rest on, and a diagram for each.

``python -m dualcos.explain.state_diagrams`` writes it to ``docs/states.md``; a test says when that is to be done again.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

from cos.kernel.state_tables import StateCell, StateTable
from cos.stacks import STACKS

MACHINES: tuple[StateTable[Any, Any], ...] = tuple(machine for stack in STACKS for machine in stack.machines)
"""All of them, in the order of the stacks."""

PAGE = "docs/states.md"

_HEAD = """# States

Made by `python -m dualcos.explain.state_diagrams` from the tables that the card itself reads. A cell is
the state that follows, or the status word of the refusal; of several states the outcome or the profile chooses.
"""


def page() -> str:
    """The whole page."""
    return _HEAD + "".join(_section(machine) for machine in MACHINES)


def _section(machine: StateTable[Any, Any]) -> str:
    heading, *lines = rows(machine)
    parts = (
        f"## {machine.name[0].upper()}{machine.name[1:]} {machine.zh}",
        f"It starts in {state_name(machine.start)}. For all cells: {machine.rule}.",
        "\n".join((_row(heading), _row("---" for _ in heading), *(_row(line) for line in lines))),
        "States: " + "; ".join(state_name(state) for state in machine.states) + ".",
        "What the cells rest on:\n\n" + "\n".join(_reasons(machine)),
        f"```mermaid\n{diagram(machine)}\n```",
    )
    return "".join(f"\n{part}\n" for part in parts)


def rows(machine: StateTable[Any, Any]) -> Iterator[tuple[str, ...]]:
    """The table for print: a heading line, then one line per event."""
    yield ("command", *(state.value for state in machine.states))
    for event in machine.events:
        yield (event.value, *(_cell(machine.cells[state, event]) for state in machine.states))


def _cell(cell: StateCell[Any]) -> str:
    text = "/".join(state.value for state in cell.to) if cell.sw is None else str(cell.sw)
    return f"{text} + {cell.also}" if cell.also else text


def diagram(machine: StateTable[Any, Any]) -> str:
    """The machine as a Mermaid state diagram; what leaves a state as it is, and what is refused, is not drawn."""
    arrows: dict[tuple[Enum, Enum], list[str]] = {}
    for (state, event), cell in machine.cells.items():
        for to in cell.to:
            if to is not state:
                arrows.setdefault((state, to), []).append(event.value)
    drawn = (f"    {one.name} --> {other.name}: {', '.join(events)}" for (one, other), events in arrows.items())
    named = (f"    {state.name}: {state_name(state)}" for state in machine.states)
    return "\n".join(("stateDiagram-v2", *named, f"    [*] --> {machine.start.name}", *drawn))


def state_name(state: Enum) -> str:
    """A state as people call it: its name, and its value where that is another."""
    name = state.name.replace("_", " ").lower()
    return name if name == state.value else f"{name} ({state.value})"


def _row(cells: Iterator[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"


def _reasons(machine: StateTable[Any, Any]) -> Iterator[str]:
    """For each event, the reasons of its cells, equal ones together."""
    for event in machine.events:
        why: dict[str, list[Enum]] = {}
        for state in machine.states:
            why.setdefault(machine.cells[state, event].why, []).append(state)
        told = (
            reason if len(why) == 1 else f"{', '.join(state.value for state in states)} ({reason})"
            for reason, states in why.items()
        )
        yield f"- {event.value}: {'; '.join(told)}"


if __name__ == "__main__":
    (Path(__file__).parents[2] / PAGE).write_text(page(), "utf-8")
