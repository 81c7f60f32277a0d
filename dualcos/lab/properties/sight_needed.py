"""How much of a card must be seen to ask a property of it, and which dialogues it plays."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Sight(Enum):
    """What is seen of a specimen: each sees what those before it see."""

    ANSWERS = "commands and answers alone"
    MEMORY = "its own memory and trace"
    SIBLINGS = "other cards of the same profile"


class SightNeeded(NamedTuple):
    """What a property takes.

    ``flags``: of dialogues with one of them the specimen needs at least one, or nothing would be asked; ``plays``:
    dialogues with these are played as well, if there are any.
    """

    sight: Sight
    flags: tuple[str, ...] = ()
    plays: tuple[str, ...] = ()


ANSWERS = SightNeeded(Sight.ANSWERS)
MEMORY = SightNeeded(Sight.MEMORY)
# They compare with a card of other secrets, without one side, or otherwise made; or they know the profile's plan.
SIBLINGS = SightNeeded(Sight.SIBLINGS)
AFTER_EARNING = SightNeeded(Sight.ANSWERS, plays=("earns",))
EARNED = SightNeeded(Sight.ANSWERS, ("earns",))
GUARDED = SightNeeded(Sight.ANSWERS, ("guarded",))
SPOILT = SightNeeded(Sight.ANSWERS, ("spends", "ends"))
