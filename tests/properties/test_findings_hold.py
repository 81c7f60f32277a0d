"""What a listener is told of any traffic: at most three findings, the surest first; nothing certain of a command that
was accepted, nor of a right session, nor of what was never meant as a command; never a piece of a key or PIN, never an
exception; at most so many inputs tried. And of a card whose keys are not marked as test keys the name of none.

``DUALCOS_SESSIONS``: sessions drawn for each card, with ten times as many commands that nobody meant (``make
findings``: 10,000 over all cards).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import product

import pytest
from listening import PIN, WRONG, Room, key_names

from cos.kernel.command_rows import Secret
from dualcos.explain import Exchange, Explainer
from dualcos.explain.diagnosis.laboratory_view import NO_VIEW
from dualcos.lab.properties.explained_beside import dialogue, raw, spoiled_once
from dualcos.lab.properties.numbered_traffic import NumberedCase, NumberedStay
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.properties.traffic_steps import Do
from firewall.hardware.randomness import SeededRng

_FEW = 10
SESSIONS = int(os.environ.get("DUALCOS_SESSIONS", str(_FEW)))
GARBAGE = 10 * SESSIONS
_NONE_FITS = "inputs.none-fits"
_PINS_IN_DIGITS = ("ssse", "pse")
_PIN_COMMANDS = frozenset((0x20, 0x24, 0x2C, 0x5E))


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


def test_every_dialogue(profiled, monkeypatch):
    """Every macro of every side: PINs and keys presented, changed and loaded; of few sessions, two choices of each."""
    room = Room(profiled, monkeypatch)
    masked = 0
    for label, side in room.bench.sides.items():
        for macro in side.macros.values():
            for choice in macro.sweep if SESSIONS > _FEW else {macro.sweep[0], macro.sweep[-1]}:
                player, listener = room.listener()
                player.enter(label)
                player.macro(label, Do(macro.name, choice))
                assert not listener.complaints(), (label, macro.name, choice)
                masked += listener.masked
    assert masked


def test_every_proof_spoiled(profiled, monkeypatch):
    """The last proof, MAC or cryptogram of a dialogue one bit off. And who listens to a card that is not marked is not
    told the name of a key.
    """
    room = Room(profiled, monkeypatch)
    told = 0
    for label, side in room.bench.sides.items():
        for macro in side.macros.values():
            if not (macro.guarded or macro.presents or macro.earns):
                continue
            sent = spoiled_once(dialogue(room.bench, label, macro, macro.sweep[0]))
            player, listener = room.listener()
            for command in sent:
                player.exchange(command)
            assert not listener.complaints(), (label, macro.name)
            told += listener.found[_NONE_FITS]
            unmarked = Explainer(under=room.under, view=NO_VIEW)
            for exchange in player.record:
                happening = unmarked.explain(raw(exchange))
                assert isinstance(happening, Exchange)
                assert not [key for found in happening.findings for key in key_names(found)]
                assert _NONE_FITS not in {found.kind for found in happening.findings}
    assert told


def pin_forms(pin: str) -> Iterator[bytes]:
    """How a terminal may write one, right or not."""
    packed = bytes.fromhex(pin)
    block = bytes.fromhex(f"2{len(pin):X}{pin}").ljust(8, b"\xff")
    yield from (packed, packed.ljust(8, b"\xff"), pin.encode(), pin.encode().ljust(16, b"\xff"))
    yield from (block, block[:-1], bytes.fromhex(f"2{len(pin) - 1:X}{pin}").ljust(8, b"\xff"), packed.ljust(8, b"\0"))
    yield from (bytes(int(digit) for digit in pin), packed[::-1], packed + b"\xff" + packed)


def test_pins_in_every_form(profiled, monkeypatch):
    """Every command that carries one, in every place, the right PIN and a wrong one."""
    room = Room(profiled, monkeypatch)
    for label, side in room.bench.sides.items():
        rows = {row.ins: row for row in side.rows if row.secret is Secret.DATA and row.ins in _PIN_COMMANDS}
        player, listener = room.listener()
        player.enter(label)
        for row, pin in product(rows.values(), (PIN, WRONG)):
            for data in pin_forms(pin):
                head = bytes((row.cla, row.ins, min(row.p1), min(row.p2), len(data)))
                player.exchange(head + data)
                player.exchange(bytes((row.cla ^ 0x80,)) + head[1:] + data)
        assert not listener.complaints(), label
        shown = any(kind.startswith("pin.") for kind in listener.found)
        assert shown or label not in _PINS_IN_DIGITS, label


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
