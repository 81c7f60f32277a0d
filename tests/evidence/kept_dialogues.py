"""Dialogues with a card, kept so that the moment before any of their commands can be reached again.

Every conformance vector is one (all that is made of a card, and all that is done with it, occurs in some vector), and
so is making a card from its profile. Random numbers come from the seed, so the same bytes get the same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

from apdu.link import AroundCard
from cos.card import Card
from dualcos.lab.conformance.applying import NotForThisCard
from dualcos.lab.conformance.card_on_bench import Target, WhiteBox
from dualcos.lab.conformance.coverage import RowId, meant, named, stack_of, tables
from dualcos.lab.conformance.own_cards import place
from dualcos.lab.conformance.playing import VectorTable, VectorVerdict, play
from dualcos.lab.conformance.vector_file import Case
from dualcos.profile.card_of_profile import blank_card, personalise
from dualcos.profile.schema import Profile, load
from firewall.hardware.randomness import SeededRng


class Action(NamedTuple):
    """What was done: a command (None: a cold reset). ``stack`` answered it; ``ticks``: bytes it programmed."""

    command: bytes | None
    stack: str = ""
    answer: bytes = b""
    ticks: int = 0

    @property
    def sw(self) -> int:
        """The status word."""
        return int.from_bytes(self.answer[-2:], "big")

    @property
    def accepted(self) -> bool:
        """True if it was carried out."""
        return self.sw >> 8 in (0x90, 0x61, 0x62)


class Dialogue(NamedTuple):
    """``begin`` puts the card back to where the dialogue started, without power."""

    name: str
    card: Card
    begin: Callable[[], None]
    actions: tuple[Action, ...]

    def approach(self, index: int) -> None:
        """Everything before action ``index`` again."""
        self.card.rail.cut_after(None)
        self.begin()
        for action in self.actions[:index]:
            if action.command is None:
                self.card.power_on()
            else:
                self.card.exchange(action.command)


class Moment(NamedTuple):
    """One command of a dialogue that programs memory: the action at ``at``."""

    row: RowId
    dialogue: Dialogue
    at: int

    @property
    def action(self) -> Action:
        """The command."""
        return self.dialogue.actions[self.at]

    def __str__(self) -> str:
        outcome = "accepted" if self.action.accepted else f"{self.action.sw:04X}"
        return f"{self.row}, {outcome}, in {self.dialogue.name}"


class _Recorder(AroundCard[Card]):
    """A card whose dialogue is kept."""

    def __init__(self, card: Card, profile: Profile) -> None:
        super().__init__(card)
        self._profile = profile
        self.actions: list[Action] = []

    def exchange(self, command: bytes) -> bytes:
        stack, start = stack_of(self._profile, self.card.environment), self.card.rail.ticks
        answer = self.card.exchange(command)
        self.actions.append(Action(command, stack, answer, self.card.rail.ticks - start))
        return answer

    def power_on(self) -> bytes:
        self.actions.append(Action(None))
        return self.card.power_on()

    def reset(self) -> bytes:
        return self.power_on()


class _OneCard(NamedTuple):
    """A bench with one card on it."""

    card: Target

    def target(self, _case: Case) -> Target:
        return self.card


def of_vectors(cases: Iterable[Case], bench: VectorTable) -> Iterator[Dialogue]:
    """One dialogue for each vector that passes and lays no hand on power or memory itself."""
    profiles: dict[str, Profile] = {}
    for case in cases:
        steps = (*case.setup, *case.vector.steps, *case.vector.after)
        if any(step.cut is not None or step.damage is not None for step in steps):
            continue
        try:
            target = bench.target(case)
        except NotForThisCard:
            continue
        lab, where = target.lab, place(case)
        if lab is None or not isinstance(target.card, Card):
            continue
        profile = profiles.get(where) or profiles.setdefault(where, load(where))
        recorder = _Recorder(target.card, profile)
        if play(case, _OneCard(target._replace(card=recorder))).verdict is VectorVerdict.PASS:
            yield Dialogue(case.id, target.card, partial(_again, lab, case), tuple(recorder.actions))


def _again(lab: WhiteBox, case: Case) -> None:
    lab.begin(case.vector.random)


def of_making(name: str) -> Dialogue:
    """Making the card of a profile from a blank chip."""
    profile = load(name)
    card = blank_card(profile, SeededRng(b"making"))
    start, recorder = card.snapshot(), _Recorder(card, profile)
    personalise(recorder, profile)
    return Dialogue(f"making {name}", card, partial(card.restore, start), tuple(recorder.actions))


def moments(dialogues: Iterable[Dialogue]) -> dict[tuple[RowId, bool], list[Moment]]:
    """Every command that programs memory, by row and whether it was accepted; the shortest way to it first."""
    found: dict[tuple[RowId, bool], list[Moment]] = {}
    for dialogue in dialogues:
        for index, action in enumerate(dialogue.actions):
            if action.command is not None and action.ticks:
                for row in meant(action.stack, action.command, action.sw):
                    found.setdefault((row, action.accepted), []).append(Moment(row, dialogue, index))
    for each in found.values():
        each.sort(key=lambda moment: (moment.at, moment.dialogue.name))
    return found


def all_rows() -> tuple[RowId, ...]:
    """Every command row of every stack."""
    return tuple(name for stack, rows in tables() for name, _ in named(stack, rows))
