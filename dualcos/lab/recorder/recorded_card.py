"""The card that a record names, made again in this process, which tells what it draws (抽取的随机数).

From the profile and the seed of the record it is the same card, with the same random numbers. Without the seed (a card
in a reader, true randomness) it is the same but for these, and may be told what it drew then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cos.card import Standstill
from dualcos.lab.conformance.card_on_bench import ScriptedRng
from dualcos.profile.card_of_profile import personalised_card
from dualcos.profile.schema import Profile
from firewall.hardware.randomness import SeededRng

_SOME_SEED = b"record"


class Draw(NamedTuple):
    """A random number that the stream of ``label`` gave."""

    label: str
    value: bytes


class _TellingRng:
    """A stream that can be told what to give first, and notes all that it gives."""

    def __init__(self, under: ScriptedRng, told: list[Draw], label: str = "") -> None:
        self._under = under
        self._told = told
        self._label = label
        self.forks: dict[str, _TellingRng] = {}

    def bytes(self, length: int) -> bytes:
        given = self._under.bytes(length)
        self._told.append(Draw(self._label, given))
        return given

    def fork(self, label: str) -> _TellingRng:
        if label not in self.forks:
            self.forks[label] = _TellingRng(self._under.fork(label), self._told, label)
        return self.forks[label]

    @property
    def script(self) -> ScriptedRng:
        return self._under

    @property
    def position(self) -> int:
        return self._under.position

    def seek(self, position: int) -> None:
        self._under.seek(position)


class StandingCard(NamedTuple):
    """The card before a command: with its session, and what it was told to draw next."""

    card: Standstill
    scripts: Mapping[str, bytes]
    ticks: int


class RecordedCard:
    """The card of ``profile``, from the stream of ``seed``; None: from any. Powered off at first.

    ``ticks``: how many bytes it has programmed since then, in the life that led here. Raises as ``personalised_card``.
    """

    def __init__(self, profile: Profile, seed: str | None) -> None:
        self.profile = profile
        self._told: list[Draw] = []
        stream = ScriptedRng(SeededRng(_SOME_SEED if seed is None else seed.encode()))
        self._rng = _TellingRng(stream, self._told)
        self.card = personalised_card(profile, rng=self._rng)
        self._told.clear()
        self._ticks = self.card.rail.ticks
        self._first = self.card.dump()

    @property
    def ticks(self) -> int:
        """See the class."""
        return self.card.rail.ticks - self._ticks

    @property
    def changed(self) -> bool:
        """True if its memory is not as it was made."""
        return self.card.dump() != self._first

    def drawn(self) -> tuple[Draw, ...]:
        """All draws since the last call."""
        drawn = tuple(self._told)
        self._told.clear()
        return drawn

    def draw_next(self, draw: Draw) -> None:
        """``draw`` is what its stream gives next."""
        self._rng.fork(draw.label).script.script(draw.value)

    def standing(self) -> StandingCard:
        """Where it stands, to go on from."""
        scripts = {label: fork.script.left for label, fork in self._rng.forks.items()}
        return StandingCard(self.card.standstill(), scripts, self.ticks)

    def go_on(self, standing: StandingCard) -> None:
        """Stand there again."""
        self.card.rail.cut_after(None)
        self.card.go_on(standing.card)
        for label, fork in self._rng.forks.items():
            fork.script.script(standing.scripts.get(label, b""))
        self._told.clear()
        self._ticks = self.card.rail.ticks - standing.ticks


def otherwise(profile: Mapping[str, Any], than: Mapping[str, Any]) -> dict[str, Any]:
    """What ``profile`` says otherwise ``than`` another, both as ``plain_values`` gives them: a vector's overrides."""
    found: dict[str, Any] = {}
    for name in (*profile, *(name for name in than if name not in profile)):
        mine, other = profile.get(name), than.get(name)
        if isinstance(mine, dict) and isinstance(other, dict):
            below = otherwise(mine, other)
            if below:
                found[name] = below
        elif mine != other:
            found[name] = mine
    return found
