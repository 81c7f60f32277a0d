"""Properties and violations: what is claimed, how a counterexample is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from hypothesis.strategies import SearchStrategy

from dualcos.lab.properties.sight_needed import SIBLINGS, SightNeeded
from dualcos.lab.properties.specimen import AWAY, STAYED, PlayedExchange, Specimen, named, show

Pairs = Sequence[tuple[bytes, bytes]]


class Violation(AssertionError):
    """A property does not hold. ``record`` is the traffic that shows it, ``expected`` what should have come."""

    def __init__(self, identity: str, text: str, record: Sequence[PlayedExchange] = (), expected: Pairs = ()) -> None:
        self.identity = identity
        self.text = text
        self.record = tuple(record)
        self.expected = tuple(expected)
        super().__init__(identity, text)

    def __str__(self) -> str:
        return f"{self.identity}: {self.text}\n{show(self.record)}"


class Property(NamedTuple):
    """One claim. ``cases`` draws what ``check`` judges; with ``cases`` None, ``check`` enumerates by itself.

    ``needs``: what must be seen of a specimen; who asks of profiles alone need not look.
    """

    identity: str
    sentence: str
    clause: str
    check: Callable[[Specimen, Any], None]
    cases: Callable[[Specimen], SearchStrategy[Any]] | None = None
    needs: SightNeeded = SIBLINGS


def first_difference(left: Pairs, right: Pairs) -> int | None:
    """Index of the first exchange that differs, None if the lists are equal."""
    for index, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return index
    return None if len(left) == len(right) else min(len(left), len(right))


def same_answers(identity: str, what: str, left: Pairs, right: Pairs, record: Sequence[PlayedExchange]) -> bool:
    """Raise Violation unless both observations are equal; ``right`` is what was expected. True if they are to the end.

    False if another environment, by its own state, once let itself be selected and once did not: from there on one stay
    has ended and the other goes on, so nothing further can be compared. Up to there all is, that command included.
    """
    index = first_difference(left, right)
    if index is None:
        return True
    both = min(len(left), len(right))
    if index < both and left[index][0] == right[index][0] and {left[index][1], right[index][1]} == {AWAY, STAYED}:
        return False
    if index < min(len(left), len(right)):
        command, answer = left[index]
        text = f"{what}: {named(command)} -> {answer.hex().upper()}, expected {right[index][1].hex().upper()}"
        if right[index][0] != command:
            text = f"{what}: the dialogue itself went another way at command {index + 1}"
    else:
        text = f"{what}: {len(left)} exchanges, expected {len(right)}"
    raise Violation(identity, text, record, [pair for pair in right if pair[1] not in (AWAY, STAYED)])
