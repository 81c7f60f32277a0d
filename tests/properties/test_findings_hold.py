"""What a listener is told of any traffic: at most three findings, the surest first; nothing certain of a command that
was accepted, nor of a right session, nor of what was never meant as a command; never a piece of a key or PIN, never an
exception; at most so many inputs tried. And of a card whose keys are not marked as test keys the name of none.

``DUALCOS_SESSIONS``: sessions drawn for each card, with ten times as many commands that nobody meant (``make
findings``: 10,000 over all cards).
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from listening import Room, key_names

from dualcos.explain import Exchange, Explainer
from dualcos.explain.diagnosis.laboratory_view import NO_VIEW
from dualcos.lab.properties.explained_beside import dialogue, raw, spoiled_once
from dualcos.lab.properties.numbered_traffic import NumberedCase, NumberedStay
from dualcos.lab.properties.profile_specimens import CANARY, ProfileSpecimen
from dualcos.lab.properties.specimen import LabBench
from dualcos.lab.properties.traffic_steps import Do
from firewall.hardware.randomness import SeededRng

SESSIONS = int(os.environ.get("DUALCOS_SESSIONS", "10"))
GARBAGE = 10 * SESSIONS
_NONE_FITS = "inputs.none-fits"


@pytest.fixture
def profiled(specimen) -> ProfileSpecimen:
    if not isinstance(specimen, ProfileSpecimen):
        pytest.skip("the toy's keys are no keys")
    return specimen


def wrong(stay: NumberedStay) -> bool:
    """True if somebody in it errs on purpose."""
    return any(isinstance(step, Do) and step.macro.endswith(("_bad", "_muddled")) for step in stay.steps)


def test_sessions(profiled, monkeypatch):
    """Dialogues of hosts that have the keys, and well-formed commands between them."""
    room = Room(profiled, monkeypatch)
    for number in range(SESSIONS):
        player, listener = room.listener()
        case = NumberedCase(number, 2)
        for stay in case.traffic(player.bench.sides, power=True):
            player.enter(stay.label)
            player.play(stay.label, stay.steps)
        assert not listener.complaints(), case
        if not any(wrong(stay) for stay in case.traffic(player.bench.sides, power=True)):
            assert not listener.certain, case


def spoiled_dialogues(bench: LabBench) -> Iterator[tuple[str, list[bytes]]]:
    """All that a host of this card computes, the last proof, MAC or cryptogram of each dialogue one bit off."""
    for label, side in bench.sides.items():
        for macro in side.macros.values():
            for choice in macro.sweep[:1]:
                yield f"{macro.name} in {label}", spoiled_once(dialogue(bench, label, macro, choice))


def test_every_dialogue_right_and_spoiled(profiled, monkeypatch):
    """And a card that is not marked: who listens is not told the name of a key."""
    room = Room(profiled, monkeypatch)
    told = 0
    for name, sent in list(spoiled_dialogues(profiled.bench(CANARY))):
        player, listener = room.listener()
        for command in sent:
            player.exchange(command)
        assert not listener.complaints(), name
        told += listener.found[_NONE_FITS]
        unmarked = Explainer(under=room.under, view=NO_VIEW)
        for exchange in player.record:
            happening = unmarked.explain(raw(exchange))
            assert isinstance(happening, Exchange)
            assert not [key for found in happening.findings for key in key_names(found)]
            assert _NONE_FITS not in {found.kind for found in happening.findings}
    assert told


def test_what_nobody_meant(profiled, monkeypatch):
    """Any bytes, some of them behind a header that this card takes."""
    player, listener = Room(profiled, monkeypatch).listener()
    rng, sides = SeededRng(b"anything"), tuple(player.bench.sides.values())
    for number in range(GARBAGE):
        side = sides[number // 20 % len(sides)]
        if not number % 20:
            player.enter(side.label)
        row = side.rows[rng.bytes(1)[0] % len(side.rows)]
        data = rng.bytes(rng.bytes(1)[0] % 40)
        head = bytes((row.cla, row.ins, min(row.p1), min(row.p2))) if number % 2 else rng.bytes(4)
        player.exchange(head + bytes((len(data),)) + data if number % 3 else head + data)
    assert not listener.complaints()
    assert not listener.certain
