"""Strategies for tests of one's own: single commands of a stack or card, traffic of a card, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from cos.kernel.stack import Stack
from dualcos.lab.fuzzing.what_each_needs import CannotAsk
from dualcos.lab.properties import plain_stack
from dualcos.lab.properties.counters_only_go_down import CountedStay, play_all
from dualcos.lab.properties.specimen import PlayedExchange, Player, Side, Specimen
from dualcos.lab.properties.traffic_steps import Raw
from dualcos.lab.properties.traffic_strategies import CommandForm, commands, steps

_MOST_STAYS = 3


def commands_of(
    what: Stack | Specimen, *environments: str, forms: Collection[CommandForm] = tuple(CommandForm)
) -> SearchStrategy[bytes]:
    """Single commands, from the rows of a stack, or from those of a specimen's environments and what is there.

    ``environments``: labels, none for all. ``forms``: how near to a right one; simpler ones come first, and what fails
    shrinks to them. No command is under a key: that takes a dialogue, ``traffic_of``. Raises CannotAsk.
    """
    sides = plain_stack.sides(what) if isinstance(what, Stack) else what.bench().sides
    chosen = _chosen(sides, environments)
    if not forms:
        raise CannotAsk("no form of command is to be drawn: name one of `CommandForm`")
    return st.one_of([commands(side, _others(sides, side), forms).map(_bytes) for side in chosen])


def traffic_of(
    specimen: Specimen, *environments: str, keys: bool = True, power: bool = True, most: int = 12
) -> SearchStrategy[CountedStay]:
    """Up to three stays, each entered by its SELECT, of at most ``most`` steps: commands of all forms, the dialogues
    that the specimen's keys allow (with ``keys``), resets and power cuts (with ``power``; of a card seen from outside
    resets only).

    ``environments``: labels, none for all. ``F8``, ``F10``, ``F14`` and ``F18`` judge such traffic, ``play`` plays it.
    Raises CannotAsk.
    """
    sides = specimen.bench().sides
    stays = [
        st.tuples(
            st.just(side.label), steps(side, _others(sides, side), ends=True, macros=keys, power=power, most=most)
        )
        for side in _chosen(sides, environments)
    ]
    return st.builds(CountedStay, st.lists(st.one_of(stays), min_size=1, max_size=_MOST_STAYS))


def play(specimen: Specimen, traffic: CountedStay) -> tuple[PlayedExchange, ...]:
    """Every command and answer, on the card as it is at first. Raises CardDied if the card's code raises anything."""
    bench = specimen.bench()
    bench.fresh()
    player = Player(bench)
    play_all(player, traffic)
    return tuple(player.record)


def _chosen(sides: Mapping[str, Side], environments: tuple[str, ...]) -> list[Side]:
    unknown = [label for label in environments if label not in sides]
    if unknown:
        raise CannotAsk(f"there is no environment {', '.join(unknown)}; there are {', '.join(sides)}")
    return [side for label, side in sides.items() if label in environments or not environments]


def _others(sides: Mapping[str, Side], side: Side) -> tuple[Side, ...]:
    return tuple(other for other in sides.values() if other.label != side.label)


def _bytes(raw: Raw) -> bytes:
    return raw.command
