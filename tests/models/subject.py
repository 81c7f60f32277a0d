"""What is learned: a card, an alphabet of small dialogues, and words for the states, drawn from what they must be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

import dualcos
from cos.card import Card, Snapshot
from dualcos.dialogue.driver import Reply, perform

RESET, POWER = "reset", "power off and on"


class Specimen(NamedTuple):
    """A card, and how it was made; every word begins there."""

    card: Card
    made: Snapshot


@cache
def specimen(profile: str) -> Specimen:
    """The card of a profile that comes with the package."""
    card = dualcos.card(profile)
    return Specimen(card, card.snapshot())


class Terminal:
    """The terminal's side of one dialogue since the last start: the card and what was noted of its answers."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self.noted: dict[str, bytes] = {}

    @property
    def session(self) -> object:
        """The card's live session; for words only."""
        return self.card._dispatcher._live.session

    @property
    def environment(self) -> str:
        return self.card.environment

    @property
    def random(self) -> bytes:
        """The random number that is pending in the session, empty if none is."""
        return self.session.at.challenge._value or b""

    def say(self, dialogue: Reply) -> bytes:
        """Play a dialogue to its end; its last answer."""
        return perform(self.card, dialogue).encode()


Letter = Callable[[Terminal], Reply]


class Subject(NamedTuple):
    """One model. ``states``: how many there are and ``why``: the count as the specification explains it.

    ``words``: the facts of the specification that tell states apart, read from the live session. No two states may
    have the same words: then the card would remember something that no clause knows of. ``seen``: answer to class.
    """

    name: str
    title: str
    clause: str
    specimen: Callable[[], Specimen]
    letters: Mapping[str, Letter]
    words: Callable[[Terminal], str]
    states: int
    why: str
    notes: tuple[str, ...] = ()
    seen: Callable[[str, bytes], str] = lambda _letter, answer: answer[-2:].hex().upper()

    def start(self) -> Terminal:
        """The card as issued, powered on."""
        card, made = self.specimen()
        card.restore(made)
        card.power_on()
        return Terminal(card)

    def step(self, terminal: Terminal, letter: str) -> str:
        """One letter; the class of its answer."""
        if letter == RESET:
            terminal.card.reset()
            return "ATR"
        if letter == POWER:
            terminal.card.power_off()
            terminal.card.power_on()
            return "ATR"
        return self.seen(letter, terminal.say(self.letters[letter](terminal)))
