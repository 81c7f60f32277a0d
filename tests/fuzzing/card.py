"""The whole card: bytes cut into APDUs, dialogues, resets and power cuts, at every make of card (F17)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from dualcos.lab.properties import profile_specimens
from dualcos.lab.properties.specimen import LabBench, PlayedExchange, Player
from dualcos.lab.properties.traffic_steps import Cut, Do, Raw, Reset, Step
from tests.fuzzing.target import Target

PROFILES = (
    "social-2.0",
    "social-1.0",
    "social-3.0",
    "bank-cda",
    "dual-3.0-sm4",
    "psam-3des",
    "blank",
    "social-3.0-pki",
)
_ENTER, _DIALOGUE, _CUT, _RESET, _LONG = 0xF8, 0xF9, 0xFA, 0xFB, 0xFF
_ANSWERS = (0x6, 0x9)


@cache
def _bench(name: str) -> LabBench:
    return profile_specimens.specimen(name).bench()


def steps(bench: LabBench, data: bytes) -> Iterator[tuple[str, Step | None]]:
    """One byte says what comes: 00 to F7 the length of a command that follows (FF: length in two bytes), F8 n enters
    side n, F9 n m plays its dialogue n with choice m, FA n cuts power after n ticks, FB resets.
    """
    labels = tuple(bench.sides)
    label, at = labels[0], 0
    while at < len(data):
        code, more = data[at], (*data[at + 1 : at + 3], 0, 0)
        at += 1
        if code == _ENTER:
            label, at = labels[more[0] % len(labels)], at + 1
            yield label, None
        elif code == _DIALOGUE:
            names = tuple(bench.sides[label].macros)
            at += 2
            if names:
                yield label, Do(names[more[0] % len(names)], more[1])
        elif code == _CUT:
            at += 1
            yield label, Cut(more[0])
        elif code == _RESET:
            yield label, Reset()
        else:
            length = code
            if code == _LONG:
                length, at = int.from_bytes(bytes(more[:2]), "big"), at + 2
            yield label, Raw(data[at : at + length])
            at += length


def _proper(exchange: PlayedExchange) -> None:
    if exchange.answer:
        assert exchange.answer[-2] >> 4 in _ANSWERS, exchange
        assert len(exchange.answer) <= 65538, exchange


def whole_card(data: bytes) -> None:
    """The first byte chooses the card. Whatever comes, every command gets an answer and the card lives on."""
    bench = _bench(PROFILES[data[0] % len(PROFILES)] if data else PROFILES[0])
    bench.fresh()
    player = Player(bench, _proper)
    for label, step in steps(bench, data[1:]):
        if step is None:
            player.enter(label)
        elif isinstance(step, Raw):
            player.exchange(step.command)
        elif isinstance(step, Reset):
            player.restart()
        elif isinstance(step, Cut):
            bench.card.rail.cut_after(step.ticks)
        elif bench.card.environment == label:
            player.macro(label, step)
    player.restart()
    assert player.enter(next(iter(bench.sides)))


def _sides(number: int) -> bytes:
    """Everything the sides of a card know to say: each command of the pool, each dialogue."""
    bench, said = _bench(PROFILES[number]), bytes((number,))
    for position, side in enumerate(bench.sides.values()):
        said += bytes((_ENTER, position))
        said += b"".join(bytes((len(command),)) + command for command in side.pool[:12] if len(command) < _ENTER)
        said += b"".join(bytes((_DIALOGUE, at, at)) for at in range(len(side.macros)))
    return said


def _seeds() -> list[bytes]:
    return [_sides(number) for number in range(len(PROFILES))]


TARGETS = (
    Target(
        "card",
        whole_card,
        (),
        "every command gets an answer of at least two bytes, 6xxx or 9xxx at its end; the card lives on",
        _seeds,
        400,
        slow=True,
    ),
)
