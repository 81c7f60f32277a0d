"""A step of a draft vector, and the card that it is of (草稿步骤)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from apdu.command import CommandAPDU
from dualcos.explain.command_names import INS_GET_CHALLENGE
from dualcos.lab.recorder.recorded_card import Draw, StandingCard
from dualcos.lab.recorder.stand_ins import StandIn
from dualcos.profile.schema import Profile

SUCCESS = b"\x90\x00"
CHALLENGE = "challenge"
"""The name under which vectors keep the last random number."""


class NoDraft(Exception):
    """No vector can be drafted of this record; the message names the line and says what to do."""


class NamedCard(NamedTuple):
    """The card that a record names. ``name``: the profile as a vector names it; ``plain``: that profile as it is in its
    file, ``profile`` with what was set otherwise. ``seed``: where its random numbers began, None if nobody knows.
    ``cut_at``: at which programmed byte its power was cut, None: at none.
    """

    name: str
    plain: Profile
    profile: Profile
    seed: str | None = None
    cut_at: int | None = None


@dataclass(slots=True)
class DraftStep:
    """A step of the vector to be: its ``fields``, and what they were made from. ``before``: where the card stood;
    ``sent``, ``answer``: the bytes, ``command`` what they say if they are a command; ``stand_in``: what stands for
    bytes that the record does not show.
    """

    before: StandingCard
    fields: dict[str, Any] = field(default_factory=dict)
    sent: bytes = b""
    command: CommandAPDU | None = None
    environment: str = ""
    answer: bytes = b""
    drawn: tuple[Draw, ...] = ()
    stand_in: StandIn | None = None


def is_challenge(step: DraftStep) -> bool:
    """True if the step answered a random number."""
    return step.command is not None and step.command.ins == INS_GET_CHALLENGE and step.answer[-2:] == SUCCESS
