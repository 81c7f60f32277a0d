"""Which functions a vector computes with which keys, known before anything is sent.

For a host that has no keys and must ask for each: whether it can play a vector at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from dualcos.lab.conformance import command_template
from dualcos.lab.conformance.command_template import Call, Node
from dualcos.lab.conformance.host_functions import FUNCTIONS
from dualcos.lab.conformance.vector_file import Case, expressions
from dualcos.lab.conformance.vector_schema import Routine, VectorStep


class KeyUse(NamedTuple):
    """A function of the templates and the key that it gets, by name."""

    function: str
    key: str


def key_uses(case: Case) -> frozenset[KeyUse]:
    """Every use of a key that ``case`` names, with what its routines are given in place of their parameters. A key by
    value (``tdes(…)``, ``pin(…)``) is nobody's secret and does not count.
    """
    steps = (*case.setup, *case.vector.steps, *case.vector.after)
    return frozenset(use for node in _computed(steps, case.routines, {}) for use in _uses(node))


def _computed(
    steps: Iterable[VectorStep], routines: Mapping[str, Routine], given: Mapping[str, Node]
) -> Iterator[Node]:
    """All expressions of steps and their routines; ``given``: the arguments for the names of parameters."""
    for step in steps:
        for node in expressions(step):
            yield _bound(node, given)
        if step.routine is not None:
            called = command_template.parse(step.routine)
            name, args = (called.name, called.args) if isinstance(called, Call) else (called, ())
            routine = routines[name]
            inner = {n: _bound(each, given) for n, each in zip(routine.params, args, strict=True)}
            yield from _computed(routine.steps, routines, inner)
        if step.pull is not None:
            yield from _computed(step.pull.send, routines, given)


def _bound(node: Node, given: Mapping[str, Node]) -> Node:
    if isinstance(node, str):
        return given.get(node, node)
    return Call(node.name, tuple(_bound(each, given) for each in node.args))


def _uses(node: Node) -> Iterator[KeyUse]:
    if isinstance(node, str):
        return
    function = FUNCTIONS.get(node.name)
    if function is not None and function.kinds[:1] in ("k", "s") and isinstance(node.args[0], str):
        yield KeyUse(node.name, node.args[0])
    for each in node.args:
        yield from _uses(each)
