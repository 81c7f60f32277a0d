"""F21a: whoever explains a card, with its keys in view, changes nothing of it: no answer, no cell, no counter, no
random number, nothing that the session holds.

Every dialogue of every environment is played with its last command under a key spoiled in one bit, which is what makes
an explanation look for the mistake, and with a random number drawn behind. Once nobody looks; once each exchange is
explained before the next one, by a listener who sees the card as the laboratory's hand does.
"""

from __future__ import annotations

from typing import Any

from cos.card import Card
from cos.stacks import STACKS
from dualcos.explain import Explainer, RawExchange
from dualcos.explain.diagnosis.laboratory_view import LaboratoryView
from dualcos.lab.properties.counted_card import CountedCard, LabCard
from dualcos.lab.properties.process_history import GET_CHALLENGE
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.specimen import LabBench, PlayedExchange, Player, Specimen, named
from dualcos.lab.properties.traffic_steps import Do, Macro
from dualcos.profile.keys_around_card import seen_as_test_card

_SELECT = 0xA4
_SHORTEST = 4
"""Fewer bytes of data are no proof, MAC or cryptogram."""


def changes_nothing(specimen: Specimen, _case: None) -> None:
    """F21a, enumerated."""
    bench = specimen.bench()
    view = in_view(bench.card, specimen)
    for label, side in bench.sides.items():
        for macro in side.macros.values():
            for choice in macro.sweep[:1]:
                _beside(bench, view, spoiled_once(dialogue(bench, label, macro, choice)))
                specimen.tally.judge(label)


def dialogue(bench: LabBench, label: str, macro: Macro, choice: int) -> list[bytes]:
    """The commands of a dialogue in that environment, from a fresh card on."""
    bench.fresh()
    player = Player(bench)
    player.enter(label)
    player.play(label, (Do(macro.name, choice),))
    return [exchange.command for exchange in player.record]


def spoiled_once(commands: list[bytes]) -> list[bytes]:
    """The last of them that may prove something has its last byte of data turned in one bit; behind it a random number
    is drawn.
    """
    sent = list(commands)
    for at in range(len(sent) - 1, 0, -1):
        command = sent[at]
        last = 4 + command[4] if len(command) > 4 else 0
        if command[1] != _SELECT and _SHORTEST + 3 < last < len(command):
            sent[at] = command[:last] + bytes((command[last] ^ 1,)) + command[last + 1 :]
            break
    return [*sent, GET_CHALLENGE]


def in_view(card: LabCard, specimen: Specimen) -> LaboratoryView:
    """``card`` as the laboratory's hand sees it, whatever its mark."""
    inner = card.card if isinstance(card, CountedCard) else card
    profile = specimen.profile if isinstance(specimen, ProfileSpecimen) else None
    stacks = inner.stacks if isinstance(inner, Card) else STACKS
    return seen_as_test_card(inner.dump, lambda: profile, stacks)


def raw(exchange: PlayedExchange) -> RawExchange:
    """What whoever listens is told."""
    return RawExchange(exchange.command, exchange.answer, exchange.side, exchange.after, exchange.events)


def _beside(bench: LabBench, view: LaboratoryView, sent: list[bytes]) -> None:
    bench.fresh()
    alone = Player(bench)
    for command in sent:
        alone.exchange(command)
    left = _state(bench.card)
    bench.fresh()
    explainer = Explainer(view=view)

    def explained(exchange: PlayedExchange) -> None:
        before = _state(bench.card)
        explainer.explain(raw(exchange))
        if _state(bench.card) != before:
            raise Violation("F21a", f"explaining {named(exchange.command)} changes the card", beside.record)

    beside = Player(bench, explained)
    for command in sent:
        beside.exchange(command)
    for one, other in zip(alone.record, beside.record, strict=True):
        if one != other:
            text = f"{named(one.command)} is answered {other.sw:04X} or noted otherwise when it is explained"
            raise Violation("F21a", text, beside.record, [(one.command, one.answer)])
    if _state(bench.card) != left:
        raise Violation("F21a", "a card that was explained remembers otherwise", beside.record)


def _state(card: LabCard) -> Any:  # noqa: ANN401 - each card's own kind of image
    """All cells, and how far its random numbers have run where the card is one of ours."""
    inner = card.card if isinstance(card, CountedCard) else card
    return inner.snapshot().chip if isinstance(inner, Card) else card.dump()
