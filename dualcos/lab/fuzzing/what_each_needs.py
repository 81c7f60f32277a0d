"""What must be seen of a card to ask a property of it, and who is refused, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from dualcos.lab.properties.specimen import Specimen


class CannotAsk(Exception):
    """What is wanted cannot be asked of this card; the message says why, and of which it can."""


class Sight(Enum):
    """What is seen of a specimen: each sees what those before it see."""

    ANSWERS = "commands and answers alone"
    MEMORY = "its own memory and trace"
    SIBLINGS = "other cards of the same profile"


class SightNeeded(NamedTuple):
    """What a property takes. ``flags``: of one dialogue at least one of them, or nothing would be asked."""

    sight: Sight
    flags: tuple[str, ...] = ()


_SIGHTS = tuple(Sight)
_SEEN_FROM_OUTSIDE: Mapping[str, SightNeeded] = MappingProxyType(
    {
        "F1": SightNeeded(Sight.ANSWERS),
        "F4": SightNeeded(Sight.ANSWERS),
        "F5": SightNeeded(Sight.ANSWERS),
        "F5a": SightNeeded(Sight.ANSWERS),
        "F6": SightNeeded(Sight.ANSWERS, ("earns",)),
        "F11": SightNeeded(Sight.ANSWERS, ("guarded",)),
        "F15": SightNeeded(Sight.ANSWERS, ("guarded",)),
        "F15a": SightNeeded(Sight.ANSWERS, ("guarded",)),
        "F15b": SightNeeded(Sight.ANSWERS, ("guarded",)),
        "F17": SightNeeded(Sight.ANSWERS),
        "F18": SightNeeded(Sight.ANSWERS),
        "F19": SightNeeded(Sight.ANSWERS, ("spends", "ends")),
    }
)
OUTSIDE = tuple(_SEEN_FROM_OUTSIDE)
"""What can be asked of any card, whoever has made it."""
# They compare with a card of other secrets, without one side, or otherwise made; or they know the profile's plan.
_SIBLINGS = frozenset(
    ("F2", "F5b", "F7a", "F7b", "F7c", "F13", "F17a", "F17b", "F22", "F22a", "F24", "F27c", "T7", "M1")
)


_INSTEAD: Mapping[Sight, str] = MappingProxyType(
    {
        Sight.ANSWERS: f"what can be asked of it: {', '.join(OUTSIDE)}",
        Sight.MEMORY: "a profile has them: `specimen_of(profile)`",
    }
)


def need(identity: str) -> SightNeeded:
    """What the property of that identity takes."""
    other = SightNeeded(Sight.SIBLINGS if identity in _SIBLINGS else Sight.MEMORY)
    return _SEEN_FROM_OUTSIDE.get(identity, other)


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
    return specimen
