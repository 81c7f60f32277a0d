"""What one sitting of the laboratory (一次测试) has found out already and need not find out again.

A card answers by its memory, its random numbers and the commands of its session, and by nothing else. So where the same
card is brought to the same place by the same setup, it is left standing there (``cos.card.Standstill``) and goes on as
often as a vector begins so. Only a card that nobody has put anything around, and nothing of it changes its program.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from dualcos.lab.conformance.answer_plan import AnswerPlan
from dualcos.lab.conformance.card_on_bench import Dump, WhiteBox
from dualcos.lab.conformance.command_template import Bound
from dualcos.lab.conformance.vector_file import Case
from dualcos.lab.conformance.vector_schema import Routine, VectorStep

_MOST_PLACES = 128


class Place(NamedTuple):
    """Where a run of a vector stands: before step ``at`` of all its steps. ``card``: where the card does; ``known``:
    values kept; ``answers``: since power-on; ``before``: memory before what is judged.
    """

    at: int
    card: object
    known: Mapping[str, bytes | Bound]
    answers: tuple[bytes, ...]
    before: Dump


class _Setup(NamedTuple):
    """What brings a card to a place: the card, its random numbers, the steps and the routines they call."""

    lab: int
    random: bytes
    routines: int
    steps: bytes


class _Led(NamedTuple):
    """A place that a setup led to, with whatever its name is made of: it lives as long."""

    place: Place
    lab: WhiteBox
    routines: Mapping[str, Routine]


class Sitting:
    """Places that setups have led to, the latest ones. For vectors played one behind the other, by one program."""

    def __init__(self) -> None:
        self.plans: dict[int, tuple[VectorStep, AnswerPlan]] = {}  # by the identity of the step
        self._places: dict[_Setup, _Led] = {}

    def reached(self, case: Case, lab: WhiteBox) -> Place | None:
        """The farthest place on the way of ``case`` that is known; None if none is."""
        for setup in reversed(tuple(_ways(case, lab).values())):
            led = self._places.pop(setup, None)
            if led is not None:
                self._places[setup] = led  # used last
                return led.place
        return None

    def leads(self, case: Case, lab: WhiteBox, place: Place) -> None:
        """The setup of ``case``, as far as it has come, leads to ``place``."""
        if len(self._places) >= _MOST_PLACES:
            del self._places[next(iter(self._places))]
        self._places[_ways(case, lab)[place.at]] = _Led(place, lab, case.routines)


def stops(case: Case) -> tuple[int, ...]:
    """Before which steps of ``case`` places are kept: where power is on, where its unit's setup ends, and its own."""
    unit, own = len(case.unit.setup), len(case.vector.setup)
    return tuple(sorted({0, unit, unit + own}))


def _ways(case: Case, lab: WhiteBox) -> dict[int, _Setup]:
    """The way to each place that is worth keeping, by the step before which it is; the shortest first."""
    random, setup = msgspec.json.encode(case.vector.random), case.setup
    return {at: _Setup(id(lab), random, id(case.routines), _told(setup[:at])) for at in stops(case)}


def _told(steps: tuple[VectorStep, ...]) -> bytes:
    return msgspec.json.encode(steps)
