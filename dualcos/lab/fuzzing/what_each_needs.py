"""What must be seen of a card to ask a property of it, and who is refused, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dualcos.lab.fuzzing.rehearsed_dialogues import wrongly_marked
from dualcos.lab.properties import list_of_properties
from dualcos.lab.properties.sight_needed import Sight, SightNeeded
from dualcos.lab.properties.specimen import Specimen


class CannotAsk(Exception):
    """What is wanted cannot be asked of this card; the message says why, and of which it can."""


_SIGHTS = tuple(Sight)
OUTSIDE = tuple(each.identity for each in list_of_properties.PROPERTIES if each.needs.sight is Sight.ANSWERS)
"""What can be asked of any card, whoever has made it."""
_INSTEAD: Mapping[Sight, str] = MappingProxyType(
    {
        Sight.ANSWERS: f"what can be asked of it: {', '.join(OUTSIDE)}",
        Sight.MEMORY: "a profile has them: `specimen_of(profile)`",
    }
)


def need(identity: str) -> SightNeeded:
    """What the property of that identity takes."""
    return list_of_properties.find(identity).needs


def sight_of(specimen: Specimen) -> Sight:
    """What is seen of it: all, unless it says otherwise."""
    sight: Sight = getattr(specimen, "sight", Sight.SIBLINGS)
    return sight


def demand(identity: str, specimen: Specimen) -> Specimen:
    """``specimen`` itself, if the property can be asked of it. Raises CannotAsk."""
    if not hasattr(specimen, "bench"):
        kind = type(specimen).__name__
        raise CannotAsk(f"{identity} is asked of a specimen, and this is a {kind}: `specimen_of(…)` makes one of it")
    wanted, seen = need(identity), sight_of(specimen)
    if _SIGHTS.index(wanted.sight) > _SIGHTS.index(seen):
        looks, shows = wanted.sight.value, seen.value
        raise CannotAsk(f"{identity} looks at {looks}, and {specimen.name} shows {shows}; {_INSTEAD[seen]}")
    if wanted.flags and not any(side.tagged(flag) for side in specimen.bench().sides.values() for flag in wanted.flags):
        flags = " or ".join(f"`{flag}`" for flag in wanted.flags)
        raise CannotAsk(f"{identity} plays dialogues that are marked {flags}, and {specimen.name} has none")
    for flag in (*wanted.flags, *wanted.plays):
        _demand_rightly_marked(identity, specimen, flag, seen)
    return specimen


def _demand_rightly_marked(identity: str, specimen: Specimen, flag: str, seen: Sight) -> None:
    """Of a card of anybody's making every dialogue; of one of this COS, which may have been used, one at least. Those
    of profiles are tried where dualcos is tested.
    """
    if seen is Sight.SIBLINGS:
        return
    found = wrongly_marked(specimen, flag)
    wrong = next(filter(None, found), "")
    if wrong and (seen is Sight.ANSWERS or all(found)):
        raise CannotAsk(f"{identity} would show nothing of {specimen.name}: {wrong}")
