"""All that is found from the wire alone, and the short way of what was accepted: few instructions are looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from dualcos.explain.diagnosis import accepted_commands
from dualcos.explain.diagnosis.computation import Situation
from dualcos.explain.diagnosis.data_objects import WRITING, broken_structure, utf_8_text
from dualcos.explain.diagnosis.finding import Diagnosis
from dualcos.explain.diagnosis.missing_steps import missing_step
from dualcos.explain.diagnosis.pin_mistakes import pin_mistake
from dualcos.explain.diagnosis.what_is_taken import what_is_taken
from dualcos.explain.diagnosis.whose_command import whose_command
from dualcos.explain.diagnosis.whose_names import whose_name

WireFinder = Callable[[Situation], Iterable[Diagnosis]]

ON_WIRE_OF_REFUSED: tuple[WireFinder, ...] = (
    pin_mistake,
    broken_structure,
    utf_8_text,
    whose_command,
    whose_name,
    missing_step,
    what_is_taken,
    accepted_commands.tries_never_lock,
)
"""In the order in which findings of one certainty are told."""

ON_WIRE_OF_ACCEPTED: Mapping[int, tuple[WireFinder, ...]] = MappingProxyType(
    {
        ins: (
            *((utf_8_text,) if ins in WRITING else ()),
            *((accepted_commands.accepted_but,) if ins in accepted_commands.INSTRUCTIONS else ()),
        )
        for ins in WRITING | accepted_commands.INSTRUCTIONS
    }
)
"""By instruction."""


def from_the_wire(situation: Situation) -> Iterable[Diagnosis]:
    """What this exchange shows without any key."""
    if situation.sw.is_success or situation.accepted:
        finders = ON_WIRE_OF_ACCEPTED.get(situation.command.ins)
        if finders is None:
            return ()
    else:
        finders = ON_WIRE_OF_REFUSED
    return [each for finder in finders for each in finder(situation)]
