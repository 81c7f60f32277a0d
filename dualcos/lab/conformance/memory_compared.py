"""White box: two states of a card's memory compared as a vector's ``state`` asks, try counters apart from the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cos.kernel.stack import Stacks
from dualcos.explain.memory_cells import kinds_of
from dualcos.lab.conformance.try_counters import tries
from dualcos.lab.conformance.vector_schema import VectorState
from firewall.cellkind import kind_of

Dump = Mapping[str, Mapping[bytes, bytes]]


def moved(state: VectorState, before: Dump, now: Dump, stacks: Stacks) -> Iterator[str]:
    """What is not as ``state`` has it between its two moments, in words: counters, then regions. Raises VectorError.

    With counters named, cells that are try counters and nothing else may move, but only those of the named ones.
    """
    for name, asked in state.counter.items():
        had = tries(before, name, stacks)
        difference, wanted = tries(now, name, stacks) - had, -had if asked == "all" else asked
        if difference != wanted:
            yield f"counter {name} should move by {wanted}, moved by {difference}"
    for region in state.unchanged:
        if state.counter and not _changed(before, now, region, stacks):
            if any(not _named(key, state, before, now, region, stacks) for key in _differing(before, now, region)):
                yield f"a try counter of {region} moved that is none of {', '.join(state.counter)}"
        elif next(_differing(before, now, region), None) is not None:
            yield f"memory of {region} should be unchanged and is not"


def torn(state: VectorState, now: Dump, moments: tuple[Dump, ...], stacks: Stacks) -> Iterator[str]:
    """The regions that are as at none of ``moments``, try counters aside."""
    for region in state.atomic:
        if all(_changed(moment, now, region, stacks) for moment in moments):
            yield f"memory of {region} is neither as before the cut command nor as after it"


def _differing(before: Dump, now: Dump, region: str) -> Iterator[bytes]:
    """The cells of a region that are not the same."""
    old, new = before.get(region, {}), now.get(region, {})
    if old is not new and old != new:
        yield from sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))


def _changed(before: Dump, now: Dump, region: str, stacks: Stacks) -> bool:
    """True if anything of a region is not the same but cells that are a try counter and nothing else."""
    return any(
        not _only_failures(key, dump[region][key], region, stacks)
        for key in _differing(before, now, region)
        for dump in (before, now)
        if key in dump.get(region, {})
    )


def _only_failures(key: bytes, value: bytes, region: str, stacks: Stacks) -> bool:
    kind = kind_of(tuple(kind for kind in kinds_of(region, stacks) if kind.failures), key)
    return kind is not None and kind.only_failures(value)


def _named(key: bytes, state: VectorState, before: Dump, now: Dump, region: str, stacks: Stacks) -> bool:
    """True if the cell carries one of the counters that ``state`` names: with its new value that one moves."""
    cells = {each: value for each, value in before.get(region, {}).items() if each != key}
    if key in now.get(region, {}):
        cells[key] = now[region][key]
    without = {**before, region: cells}
    return any(tries(without, name, stacks) != tries(before, name, stacks) for name in state.counter)
