"""State tables: which event may come in which state, and where it leads, as one table over two enumerations.

A table is read by the gate that refuses, by the step that follows an answer, by the manual and by tests.
What holds for every cell, as what a failure does, is the table's ``rule``. Mechanism only: states and events are the
stack's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeVar

from apdu.status import StatusWord

S = TypeVar("S", bound=Enum)
E = TypeVar("E", bound=Enum)


class StateCell(NamedTuple, Generic[S]):
    """One cell: ``sw`` None and the possible next states, or the word; ``why`` is clause and evidence.

    ``also``: in a word, what the refusal does besides.
    """

    sw: StatusWord | None
    to: tuple[S, ...]
    why: str
    also: str = ""


class StateTable(NamedTuple, Generic[S, E]):
    """One machine: its names, the rule for all cells, where power-on leads, and every state with every event."""

    name: str
    zh: str
    rule: str
    start: S
    cells: Mapping[tuple[S, E], StateCell[S]]

    @property
    def states(self) -> tuple[S, ...]:
        """In order."""
        return tuple(dict.fromkeys(state for state, _ in self.cells))

    @property
    def events(self) -> tuple[E, ...]:
        """In order."""
        return tuple(dict.fromkeys(event for _, event in self.cells))

    def allowing(self, event: E) -> tuple[S, ...]:
        """The states in which ``event`` may come."""
        return tuple(state for state in self.states if self.cells[state, event].sw is None)

    def openers(self, event: E) -> tuple[E, ...]:
        """The events that lead from a state where ``event`` is refused into one where it may come."""
        may = set(self.allowing(event))
        leading = (each for (state, each), cell in self.cells.items() if state not in may and may & {*cell.to})
        return tuple(dict.fromkeys(leading))


def state_cells(
    states: Iterable[S], rows: Iterable[tuple[E, Sequence[StateCell[S]]]]
) -> Mapping[tuple[S, E], StateCell[S]]:
    """The cells of a table whose rows are events and whose columns are ``states``. Raises ValueError for a gap."""
    columns = tuple(states)
    return MappingProxyType(
        {(state, event): cell for event, cells in rows for state, cell in zip(columns, cells, strict=True)}
    )


def leads(*to: S, why: str = "inferred") -> StateCell[S]:
    """A cell that lets the event come and leads to one of ``to``."""
    return StateCell(None, to, why)


def refused(sw: StatusWord, why: str = "inferred", also: str = "") -> StateCell[S]:
    """A cell that refuses the event with ``sw``."""
    return StateCell(sw, (), why, also)
