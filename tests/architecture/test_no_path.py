"""No chain of references leads from one environment, or its session, to another's memory.

Every kind of environment that the card itself knows (``Card.kinds``) is walked on some card here; a new kind fails
until it is. Followed: attributes, slots, items, closures, defaults, bound selves, partial functions. Not followed:
classes, modules, globals; that nothing mutable hangs there is ``test_state``'s business.

The MF's environment holds the mint, and a card manager or a PSAM's first environment the chip's data: the declared
exception. Beside those two it is asked the same.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator, Mapping

import pytest
from msgspec import structs

import dualcos
from cos.card import Card
from cos.cos_options import CosOptions
from cos.psam.options import PsamOptions
from dualcos.profile.schema import load
from firewall.hardware.cells import Cells
from firewall.hardware.chip import Chip
from firewall.hardware.randomness import SeededRng
from firewall.mint import Mint
from firewall.partition import Partition

MANAGER = "manager"

# Profiles that between them have every kind, those with CARD BLOCK with each reach it can have.
CARDS = (
    ("dual-3.0-sm4", "environment"),
    ("dual-2.0-3des", "environment"),
    ("dual-2.0-3des", "card"),
    ("social-3.0-pki", "environment"),
    ("social-3.0-pki", "card"),
    ("psam-sm4", ""),
)


def references(value: object) -> Iterator[object]:
    if isinstance(value, type | types.ModuleType | str | bytes | int | float | None):
        return
    if isinstance(value, Mapping):
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
    elif isinstance(value, functools.partial):
        yield from (value.func, *value.args, *value.keywords.values())
    if hasattr(value, "__dict__"):
        yield from vars(value).values()
    for kind in type(value).__mro__:
        for slot in getattr(kind, "__slots__", ()) if isinstance(getattr(kind, "__slots__", ()), tuple) else ():
            mangled = f"_{kind.__name__.lstrip('_')}{slot}" if slot.startswith("__") else slot
            if hasattr(value, mangled):
                yield getattr(value, mangled)


def reachable(start: object, *, but: tuple[type, ...] = ()) -> list[object]:
    """Everything on a way from ``start``; what is behind things of the types ``but`` is not looked at."""
    seen: dict[int, object] = {}
    todo = [start]
    while todo:
        value = todo.pop()
        if id(value) in seen or isinstance(value, but):
            continue
        seen[id(value)] = value
        todo.extend(references(value))
    return list(seen.values())


def live_card(name: str, scope: str) -> Card:
    profile = load(name)
    for side in ("ssse", "pse"):
        if scope and (section := profile.sections.get(side)) is not None:
            options = structs.replace(section.options, card_block_scope=scope)
            profile = profile.having(side, structs.replace(section, options=options))
    card = dualcos.card(profile)
    card.power_on()
    return card


def environments(card: Card) -> dict[str, object]:
    """All of them by label, the MF's too."""
    found = {kind: environment for kind, (_, environment) in card._dispatcher._environments.items()}
    return {MANAGER: card._dispatcher._root, **found}


def enter(card: Card, kind: str) -> object:
    """Select an environment; its session."""
    name = b"\x3f\x00" if kind == MANAGER else card._dispatcher._environments[kind][0].name
    card.exchange(bytes((0, 0xA4, 0 if kind == MANAGER else 4, 0, len(name))) + name)
    assert card.environment == kind
    return card._dispatcher._live.session


def memory_of(card: Card) -> dict[int, str]:
    return {id(cells): label for label, cells in card._chip._regions.items()}


def strays(card: Card, kind: str, start: object) -> list[str]:
    """What is in reach of ``start`` and is not its own; the MF's mint and chip data not looked behind."""
    found = reachable(start, but=(Mint, Chip) if kind == MANAGER else ())
    labels = memory_of(card)
    regions = [labels[id(thing)] for thing in found if isinstance(thing, Cells)]
    others = [type(thing).__name__ for thing in found if isinstance(thing, Chip | Mint | Card)]
    partitions = [thing for thing in found if isinstance(thing, Partition)]
    return [label for label in regions if label != kind] + others + ["a second partition"] * (len(partitions) - 1)


def streams(environment: object, kind: str) -> set[int]:
    return {
        id(thing)
        for thing in reachable(environment, but=(Mint, Chip) if kind == MANAGER else ())
        if isinstance(thing, SeededRng)
    }


def kinds() -> set[str]:
    """Every kind of environment a COS of ours can make, and the MF."""
    found = {MANAGER}
    for options in (CosOptions.of(), CosOptions.of(PsamOptions())):
        found |= Card.blank(bytes(16), options, rng=SeededRng(b"kinds")).kinds.keys()
    return found


@functools.cache
def card_of(name: str, scope: str) -> Card:
    return live_card(name, scope)


WALKS = [(name, scope, kind) for name, scope in CARDS for kind in sorted(environments(card_of(name, scope)))]


def test_every_kind_of_environment_is_walked():
    assert {kind for _, _, kind in WALKS} == kinds()


@pytest.mark.parametrize(("name", "scope", "kind"), WALKS)
def test_environment_and_session_reach_only_their_own_cells(name, scope, kind):
    card = card_of(name, scope)
    session = enter(card, kind)
    labels = memory_of(card)
    for start in (session, environments(card)[kind]):
        assert not strays(card, kind, start)
        assert kind in {labels[id(thing)] for thing in reachable(start) if isinstance(thing, Cells)}


@pytest.mark.parametrize(("name", "scope", "kind"), WALKS)
def test_environments_share_no_random_stream(name, scope, kind):
    known = environments(card_of(name, scope))
    mine = streams(known[kind], kind)
    others = set[int]().union(*(streams(environment, other) for other, environment in known.items() if other != kind))
    assert len(mine) == 1
    assert not mine & others


@pytest.mark.parametrize(("name", "scope"), CARDS)
def test_the_walk_sees_what_it_should(name, scope):
    """The MF's environment holds the mint, so from it everything is in reach: proof of the walk."""
    card = card_of(name, scope)
    labels = memory_of(card)
    found = {labels[id(thing)] for thing in reachable(card._dispatcher._root) if isinstance(thing, Cells)}
    assert found >= environments(card).keys()


# And the walk bites, in every stack.


@pytest.mark.parametrize(("name", "scope", "kind"), [walk for walk in WALKS if walk[2] != MANAGER])
def test_a_way_into_another_memory_is_found(name, scope, kind):
    """A session that kept a handle of another environment: as a partial function, in a mapping, in a closure."""
    card = card_of(name, scope)
    other = next(label for label in environments(card) if label not in (kind, MANAGER))
    foreign = environments(card)[other].grant.nvm

    def closure() -> bytes | None:
        return foreign.get(b"K")

    session = enter(card, kind)
    kept = session.at.tx
    for handle in (
        functools.partial(foreign.get, b"K"),
        types.MappingProxyType({"other": foreign}),
        closure,
    ):
        session.at.tx = handle
        assert other in strays(card, kind, session)
    session.at.tx = kept
