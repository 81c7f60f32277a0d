"""The page of the state machines says what the tables say."""

from __future__ import annotations

from pathlib import Path

import pytest

from dualcos.explain.state_diagrams import MACHINES, PAGE, diagram, page


def test_the_page_is_current():
    assert (Path(__file__).parents[3] / PAGE).read_text("utf-8") == page(), (
        "python -m dualcos.explain.state_diagrams writes it anew"
    )


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_each_machine_is_whole_and_says_why(machine):
    assert len(machine.cells) == len(machine.states) * len(machine.events)
    assert {*machine.states} == {*type(machine.start)}
    for cell in machine.cells.values():
        assert cell.why
        assert (cell.sw is None) == bool(cell.to)
    reached = {machine.start} | {to for cell in machine.cells.values() for to in cell.to}
    assert reached == {*machine.states}


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_what_is_written_on_a_diagram_does_not_end_its_line(machine):
    """To Mermaid a colon begins the text of a line and a semicolon ends it."""
    for line in diagram(machine).splitlines()[1:]:
        assert line.count(":") <= 1
        assert ";" not in line
