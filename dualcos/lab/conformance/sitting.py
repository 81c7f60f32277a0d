"""What one sitting of the laboratory (一次测试) has found out already and need not find out again.

A card answers by its memory, its random numbers and the commands of its session, and by nothing else. So where vectors
begin alike on the same card, it is left standing where they part (``cos.card.Standstill``), and the others go on from
there. Only a card that nobody has put anything around, and nothing of it changes its program.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

import msgspec

from dualcos.lab.conformance.answer_plan import AnswerPlan
from dualcos.lab.conformance.card_on_bench import Dump, WhiteBox
from dualcos.lab.conformance.command_template import Bound
from dualcos.lab.conformance.vector_file import Case
from dualcos.lab.conformance.vector_schema import VectorStep

_MOST_PLACES = 512


class Witnessed(NamedTuple):
    """A step that was judged right: environment, command, status word."""

    environment: str
    command: bytes
    sw: int


class ReachedPlace(NamedTuple):
    """Where a run of a vector stands: before step ``at`` of its setup and steps. ``card``: where the card does;
    ``known``: values kept; ``answers``: since power-on; ``before``: memory before what is judged; ``told``: what
    witnesses were told on the way.
    """

    at: int
    card: object
    known: Mapping[str, bytes | Bound]
    answers: tuple[bytes, ...]
    before: Dump
    told: tuple[Witnessed, ...]


class Sitting:
    """Places where vectors part, kept until all of ``cases`` that come by have. Of other cases, where setups end.

    For vectors played one behind the other, by one program.
    """

    def __init__(self, cases: Iterable[Case] = ()) -> None:
        self.plans: dict[int, tuple[VectorStep, AnswerPlan]] = {}  # by the identity of the step
        self._numbers: dict[tuple[object, ...], int] = {}  # of ways: what a way goes on from, and the step
        self._places: dict[
            tuple[int, int], tuple[WhiteBox, ReachedPlace]
        ] = {}  # by the identity of the box, and the way
        self._cases = tuple(case for case in cases if case.vector.status == "active")
        self._ways = {id(case): self._way(case) for case in self._cases}
        self._to_come = _parting(self._ways.values())  # who comes by each place where vectors part

    def reached(self, case: Case, lab: WhiteBox) -> ReachedPlace | None:
        """The farthest place on the way of ``case`` where this card stands; None if there is none."""
        way = self._ways.get(id(case)) or self._way(case)
        for number in reversed(way):
            led = self._places.get((id(lab), number))
            if led is not None:
                return led[1]
        return None

    def stops(self, case: Case) -> Mapping[int, int]:
        """Before which steps of ``case`` its card is to be left standing, for others that come by: by step, the place's
        number.
        """
        way = self._ways.pop(id(case), None)
        if way is None:
            way = self._way(case)
            ends = 0, len(case.unit.setup), len(case.setup)
            return {at: way[at] for at in ends if at < len(way)}
        found = {}
        for at, number in enumerate(way):
            if number in self._to_come:
                self._to_come[number] -= 1
                if self._to_come[number]:
                    found[at] = number
                else:
                    self._forget(number)
        return found

    def leads(self, number: int, lab: WhiteBox, place: ReachedPlace) -> None:
        """A way leads to ``place``."""
        if len(self._places) >= _MOST_PLACES:
            del self._places[next(iter(self._places))]
        self._places[id(lab), number] = lab, place

    def _forget(self, number: int) -> None:
        """Nobody else comes by."""
        for key in [key for key in self._places if key[1] == number]:
            del self._places[key]

    def _way(self, case: Case) -> tuple[int, ...]:
        """A number for each place on the way of ``case``, up to the first step that is cut: the same for all that begin
        with the same card, random numbers and steps.
        """
        begins = case.profile, case.path.parent, *map(msgspec.json.encode, (case.overrides, case.vector.random))
        number = self._number(*begins, id(case.routines))
        way, setup = [number], case.setup
        for at, step in enumerate((*setup, *case.vector.steps)):
            if step.cut is not None:
                break
            number = self._number(number, msgspec.json.encode(step), at >= len(setup))
            way.append(number)
        return tuple(way)

    def _number(self, *what: object) -> int:
        return self._numbers.setdefault(what, len(self._numbers))


def _parting(ways: Iterable[tuple[int, ...]]) -> Counter[int]:
    """How many ways come by each place from which not all of them go on to the same one."""
    come, gone_on = Counter[int](), Counter[tuple[int, int]]()
    for way in ways:
        come.update(way)
        gone_on.update(pairwise(way))
    together = {place for (place, _), times in gone_on.items() if times == come[place]}
    return Counter({place: times for place, times in come.items() if times > 1 and place not in together})
