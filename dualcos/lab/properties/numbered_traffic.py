"""Traffic of a card from one number: stays in its environments, of dialogues and commands that its sides have.

Drawn step by step, traffic costs more than to play it; a number is drawn at once, spread over all choices, and the
same number is the same traffic on any card of the same shape.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dualcos.lab.properties.specimen import PlayedExchange, Player, Side, Specimen
from dualcos.lab.properties.traffic_steps import Cut, Do, Raw, Reset, Step

_MOST_STAYS, _MOST_STEPS = 2, 3
_CHOICES = 200
_TICKS = 120
_Each = TypeVar("_Each")


class NumberedStay(NamedTuple):
    """Traffic of one environment."""

    label: str
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return f"{self.label}: {', '.join(map(str, self.steps))}"


class NumberedCase(NamedTuple):
    """``number`` picks everything; ``stays``: how many there are."""

    number: int
    stays: int

    def pick(self, *about: object) -> int:
        """A number for a choice."""
        text = f"{self.number} {about}".encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=6).digest(), "big")

    def traffic(
        self, sides: Mapping[str, Side], about: str = "", *, power: bool = False, ends: bool = False
    ) -> tuple[NumberedStay, ...]:
        """The stays, on a card with these sides. ``about`` tells apart what one case has several of. ``power``: also
        with resets and cuts; ``ends``: also with what blocks for good.
        """
        return tuple(self._stay(sides, about, at, power=power, ends=ends) for at in range(self.stays))

    def _stay(self, sides: Mapping[str, Side], about: str, at: int, *, power: bool, ends: bool) -> NumberedStay:
        side = one_of(tuple(sides.values()), self.pick(about, at))
        macros = tuple(macro.name for macro in side.macros.values() if macro.traffic and (ends or not macro.ends))
        steps = tuple(
            self._step(side, macros, (about, at, number), power=power)
            for number in range(1 + self.pick(about, at, "steps") % _MOST_STEPS)
        )
        return NumberedStay(side.label, steps)

    def _step(self, side: Side, macros: Sequence[str], where: tuple[object, ...], *, power: bool) -> Step:
        kind, choice = self.pick(*where, "kind") % 8, self.pick(*where, "choice")
        if power and not kind:
            return Reset() if choice % 3 else Cut(choice % _TICKS)
        return Do(one_of(macros, self.pick(*where)), choice % _CHOICES) if kind % 2 else self._raw(side, where, choice)

    def _raw(self, side: Side, where: tuple[object, ...], choice: int) -> Raw:
        """A command that hits what is there, now and then with one byte turned."""
        command = one_of(side.pool, self.pick(*where))
        if choice % 4 or not command:
            return Raw(command)
        at = choice // 4 % len(command)
        return Raw(command[:at] + bytes((command[at] ^ (1 << choice // 16 % 8),)) + command[at + 1 :])


def one_of(choices: Sequence[_Each], number: int) -> _Each:
    """The choice of that number."""
    return choices[number % len(choices)]


def numbered(_specimen: Specimen) -> SearchStrategy[NumberedCase]:
    """Any case; smaller ones have fewer stays."""
    return st.builds(NumberedCase, st.integers(0, (1 << 48) - 1), st.integers(1, _MOST_STAYS))


def in_turn_played(player: Player, stays: Sequence[NumberedStay]) -> list[PlayedExchange]:
    """All of them, one after the other; what was exchanged."""
    for stay in stays:
        player.enter(stay.label)
        player.play(stay.label, stay.steps)
    return player.record
