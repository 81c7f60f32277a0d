"""No chain of references leads from one environment, or its session, to another's memory.

Followed: attributes, slots, items, closures, defaults, bound selves. Not followed: classes, modules, globals; that
nothing mutable hangs there is ``test_state``'s business.
"""

from __future__ import annotations

import types
from collections.abc import Iterator

import pytest
from msgspec import structs

from cos.card import MANAGER, PSE, SSSE, Card
from cos.profile import load
from firewall.hardware.cells import Cells
from firewall.hardware.chip import Chip
from firewall.hardware.randomness import SeededRng
from firewall.mint import Mint
from firewall.partition import Partition

SELECT = {
    SSSE: bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF"),
    PSE: bytes.fromhex("00A404000E315041592E5359532E4444463031"),
}


def references(value: object) -> Iterator[object]:
    if isinstance(value, type | types.ModuleType | str | bytes | int | float | None):
        return
    if isinstance(value, dict):
        yield from value.keys()
        yield from value.values()
    elif isinstance(value, list | tuple | set | frozenset):
        yield from value
    elif isinstance(value, types.MethodType):
        yield value.__self__
        yield value.__func__
    elif isinstance(value, types.FunctionType):
        yield from (cell.cell_contents for cell in value.__closure__ or ())
        yield from value.__defaults__ or ()
        yield from (value.__kwdefaults__ or {}).values()
    elif isinstance(value, types.BuiltinMethodType):
        yield value.__self__
    if hasattr(value, "__dict__"):
        yield from vars(value).values()
    for kind in type(value).__mro__:
        for slot in getattr(kind, "__slots__", ()) if isinstance(getattr(kind, "__slots__", ()), tuple) else ():
            mangled = f"_{kind.__name__.lstrip('_')}{slot}" if slot.startswith("__") else slot
            if hasattr(value, mangled):
                yield getattr(value, mangled)


def reachable(start: object) -> list[object]:
    seen: dict[int, object] = {}
    todo = [start]
    while todo:
        value = todo.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value
        todo.extend(references(value))
    return list(seen.values())


def live_card(name: str, scope: str) -> Card:
    profile = load(name)
    sides = {
        side: structs.replace(
            getattr(profile, side), options=structs.replace(getattr(profile, side).options, card_block_scope=scope)
        )
        for side in (SSSE, PSE)
    }
    card = Card.from_profile(structs.replace(profile, **sides))
    card.power_on()
    return card


def environments(card: Card) -> dict[str, object]:
    return {kind: environment for kind, (_, environment) in card._dispatcher._environments.items()}


@pytest.fixture(
    scope="module",
    params=[("dual-3.0-sm4", "environment"), ("dual-2.0-3des", "environment"), ("dual-2.0-3des", "card")],
)
def card(request):
    return live_card(*request.param)


def memory_of(card: Card) -> dict[int, str]:
    return {id(cells): label for label, cells in card._chip._regions.items()}


@pytest.mark.parametrize("kind", [SSSE, PSE])
def test_environment_and_session_reach_only_their_own_cells(card, kind):
    card.exchange(SELECT[kind])
    assert card.environment == kind
    session = card._dispatcher._live.session
    labels = memory_of(card)
    for start in (session, environments(card)[kind]):
        found = reachable(start)
        assert {labels[id(thing)] for thing in found if isinstance(thing, Cells)} == {kind}
        assert not [thing for thing in found if isinstance(thing, Chip | Mint | Card)]
        assert len([thing for thing in found if isinstance(thing, Partition)]) == 1


@pytest.mark.parametrize("kind", [SSSE, PSE])
def test_environments_share_no_random_stream(card, kind):
    streams = {id(thing) for thing in reachable(environments(card)[kind]) if isinstance(thing, SeededRng)}
    others = {
        id(thing)
        for other, environment in environments(card).items()
        if other != kind
        for thing in reachable(environment)
        if isinstance(thing, SeededRng)
    }
    assert len(streams) == 1
    assert not streams & others


def test_the_walk_sees_what_it_should(card):
    """The manager holds the mint, so from it everything is in reach: the declared exception, and proof of the walk."""
    manager = card._dispatcher._root
    labels = memory_of(card)
    assert {labels[id(thing)] for thing in reachable(manager) if isinstance(thing, Cells)} >= {MANAGER, SSSE, PSE}
