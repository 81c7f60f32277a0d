"""A slip: one step of a host's recipe done wrongly, and what a finding must say of it; and steps so wrong that nobody
lists them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.erring_terminal.host_recipes import Recipe, Values
from tests.erring_terminal.mistake_case import ANY, CERTAIN, NONE_FITS, NOTE, Expected, MistakeCase, Scene

KEY, SESSION, PIN_KEY, ATC, SEQUENCE = "key", "session key", "PIN key", "ATC", "sequence"
ARC, CRYPTOGRAM, HEADER, DATA = "response code", "cryptogram", "header", "data"
PADDING, START, MAC, CHAIN, ENCIPHERMENT = "padding", "start value", "MAC length", "chain", "encipherment"
RANDOM, CARD_CHALLENGE, HOST_CHALLENGE = "random number", "card challenge", "host challenge"
CIPHER, MAC_CUT = "cipher", "MAC"  # what a master key protects
"""Names of inputs in findings."""


class Known(NamedTuple):
    """What the host knows after its command: all steps as they are right, and as it has done them."""

    right: Values
    done: Values


Told = Callable[[Known], Any]


def unsaid(_: Known) -> Any:
    """Not looked at."""
    return ANY


def right(step: str) -> Told:
    """As the step is right."""
    return lambda known: known.right[step]


def done(step: str) -> Told:
    """As the host has done it."""
    return lambda known: known.done[step]


def number(told: Told) -> Told:
    """The bytes as a number."""
    return lambda known: int.from_bytes(told(known), "big")


class Slip(NamedTuple):
    """``steps`` done wrongly. ``right``, ``wrong``: what the finding says of it, from what the host knows."""

    name: str
    steps: Recipe
    finding: str
    input: str = ""
    right: Told = unsaid
    wrong: Told = unsaid
    certainty: str = CERTAIN

    def case(self, scene: Scene, sw: int) -> MistakeCase:
        """In a scene, which ends in ``sw`` then."""

        def expected(known: Known) -> Expected:
            return Expected(self.input, self.right(known), self.wrong(known))

        name = f"{scene.name}: {self.name}"
        return MistakeCase(name, scene, self.steps, sw, self.finding, self.certainty, expected)


def in_scene(scene: Scene, sw: int, *slips: Slip) -> tuple[MistakeCase, ...]:
    """All of them there."""
    return tuple(each.case(scene, sw) for each in slips)


def odd(scene: Scene, sw: int, name: str, steps: Recipe, inputs: Callable[[Known], dict[str, Any]]) -> MistakeCase:
    """A mistake of a kind that nobody lists: all right inputs are told, and nothing is certain."""
    return MistakeCase(
        f"{scene.name}: {name}", scene, steps, sw, NONE_FITS, NOTE, lambda known: Expected(inputs=inputs(known))
    )
