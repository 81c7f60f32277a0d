"""How far routines reach: what each comes to with all that it calls, worked out once for a file of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from dualcos.lab.conformance import command_template
from dualcos.lab.conformance.command_template import TemplateError, called
from dualcos.lab.conformance.vector_schema import Routine, VectorStep

_HEADER_DIGITS = 8
_DEEPEST = 8
_MOST_STEPS = 10_000


class RoutineReach(NamedTuple):
    """``steps`` that are played, each once; ``deep``: routines in routines; ``looks`` at memory; ``sends_less`` than
    the four bytes of a header.
    """

    steps: int = 0
    deep: int = 0
    looks: bool = False
    sends_less: bool = False


_NOTHING = RoutineReach()


@lru_cache(maxsize=8192)
def _is_less(template: str) -> bool:
    sent = "".join(template.split())
    return command_template.is_hex(sent) and len(sent) < _HEADER_DIGITS


def reach_of(steps: Iterable[VectorStep], known: Mapping[str, RoutineReach]) -> RoutineReach:
    """That of ``steps``; ``known``: those of the routines they call. Raises TemplateError if it is too much to play."""
    count, deep, looks, sends_less = 0, 0, False, False
    for step in steps:
        count += 1
        if step.send is not None:
            sends_less |= _is_less(step.send)
            continue
        looks |= step.state is not None
        inner = _NOTHING
        if step.routine is not None:
            inner = known[called(step.routine)[0]]
            deep = max(deep, inner.deep + 1)
        elif step.pull is not None:
            inner = reach_of(step.pull.send, known)
            deep = max(deep, inner.deep)
        count += inner.steps
        looks |= inner.looks
        sends_less |= inner.sends_less
    if deep > _DEEPEST:
        raise TemplateError(f"routines call routines more than {_DEEPEST} deep")
    if count > _MOST_STEPS:
        raise TemplateError(f"with the routines that are called it comes to more than {_MOST_STEPS} steps")
    return RoutineReach(count, deep, looks, sends_less)


def reaches(routines: Mapping[str, Routine]) -> Mapping[str, RoutineReach]:
    """That of every routine by name; all that are called are there.

    Raises TemplateError, which begins with the name, for one that calls itself or comes to too much.
    """
    calls = {name: [called(step.routine)[0] for step in each.steps if step.routine] for name, each in routines.items()}
    found: dict[str, RoutineReach] = {}
    try:
        for name in TopologicalSorter(calls).static_order():
            try:
                found[name] = reach_of(routines[name].steps, found)
            except TemplateError as error:
                raise TemplateError(f"{name}: {error}") from None
    except CycleError as error:
        raise TemplateError(f"{error.args[1][0]}: it calls itself") from None
    return found
