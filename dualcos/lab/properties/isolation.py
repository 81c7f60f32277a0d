"""F1 to F4, F6, F16, F19, F20: what happens in one environment neither shows in nor changes the other.

Form: two prefixes and one suffix. Compared with the bare excursion (SELECT of f alone), never with nothing, because
that it was left is what an environment may notice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dualcos.explain.memory_cells import DIRECTORY_REGION
from dualcos.lab.properties.property_and_violation import Violation, same_answers
from dualcos.lab.properties.specimen import BASE, LabBench, PlayedExchange, Player, Specimen, changed
from dualcos.lab.properties.traffic_steps import Do, Raw, Step, printed_by_its_repr
from dualcos.lab.properties.traffic_strategies import steps
from firewall.hardware.chip import CHIP_REGION


@printed_by_its_repr
class IsolationCase(NamedTuple):
    """``prefix`` is f's traffic, ``rest`` e's; ``before`` is e's traffic in front of the excursion (F4)."""

    f: str
    e: str
    prefix: list[Step]
    rest: list[Step]
    before: list[Step]

    def __repr__(self) -> str:
        parts = ((self.e, self.before), (self.f, self.prefix), (self.e, self.rest))
        return "; ".join(f"{label}: {', '.join(map(str, traffic))}" for label, traffic in parts if traffic)


def cases(
    specimen: Specimen,
    *,
    before: bool = False,
    power: bool = True,
    pairs: Callable[[Specimen], tuple[tuple[str, str], ...]] = lambda specimen: specimen.pairs,
) -> SearchStrategy[IsolationCase]:
    """Cases over every ordered pair of sides, or over those of ``pairs``."""
    sides = specimen.bench().sides
    nothing: SearchStrategy[list[Step]] = st.just([])
    return st.one_of(
        [
            st.builds(
                IsolationCase,
                st.just(f),
                st.just(e),
                steps(sides[f], (sides[e],), ends=True, power=power),
                steps(sides[e], (sides[f],), power=power),
                steps(sides[e], (sides[f],), power=power) if before else nothing,
            )
            for f, e in pairs(specimen)
        ]
    )


def run(bench: LabBench, case: IsolationCase, prefix: list[Step]) -> tuple[Player, int]:
    """Before, excursion, rest on a fresh card; the player and where the rest begins in its record."""
    bench.fresh()
    player = Player(bench)
    if case.before:
        player.enter(case.e)
        player.play(case.e, case.before)
    player.enter(case.f)
    player.play(case.f, prefix)
    mark = len(player.record)
    player.events.clear()
    player.enter(case.e)
    player.play(case.e, case.rest)
    return player, mark


def _two_prefixes(identity: str, specimen: Specimen, case: IsolationCase) -> tuple[Player, Player] | None:
    """Both runs, for what else there is to compare; None where they could be compared in part only."""
    bench = specimen.bench()
    player, mark = run(bench, case, case.prefix)
    dump = bench.card.dump().get(case.e)
    bare, bare_mark = run(bench, case, [])
    record = player.record
    what = f"{case.e} behaves differently after traffic in {case.f}"
    if not same_answers(identity, what, player.observed(case.e, mark), bare.observed(case.e, bare_mark), record):
        return None
    for region, key in changed({case.e: dump or {}}, {case.e: bench.card.dump().get(case.e, {})}):
        raise Violation(identity, f"cell {key.hex()} of {region} depends on traffic in {case.f}", record)
    specimen.tally.judge(case.e)
    return player, bare


def prefix_independence(specimen: Specimen, case: IsolationCase) -> None:
    """F1."""
    _two_prefixes("F1", specimen, case)


def excursion_neutrality(specimen: Specimen, case: IsolationCase) -> None:
    """F4."""
    _two_prefixes("F4", specimen, case)


def same_trace(specimen: Specimen, case: IsolationCase) -> None:
    """F20."""
    both = _two_prefixes("F20", specimen, case)
    if both is None:
        return
    player, bare = both
    for one, other in zip(player.noted(case.e), bare.noted(case.e), strict=False):
        if one != other:
            raise Violation(
                "F20", f"{case.e}'s trace says {one!r} after traffic in {case.f}, else {other!r}", player.record
            )
    if len(player.noted(case.e)) != len(bare.noted(case.e)):
        raise Violation("F20", f"{case.e}'s trace is longer or shorter after traffic in {case.f}", player.record)


def secret_variation(specimen: Specimen, case: IsolationCase) -> None:
    """F2: the same trace on two cards that differ in f's keys, PIN, counters and contents."""
    if case.f not in specimen.variants:
        return
    results = []
    for variant in (BASE, case.f):
        bench = specimen.bench(variant)
        player, _ = run(bench, case, case.prefix)
        results.append((player, bench.card.dump().get(case.e, {})))
    (player, dump), (other, other_dump) = results
    what = f"{case.e} behaves differently with other secrets in {case.f}"
    if not same_answers("F2", what, player.observed(case.e), other.observed(case.e), player.record):
        return
    for region, key in changed({case.e: dump}, {case.e: other_dump}):
        raise Violation("F2", f"cell {key.hex()} of {region} depends on the secrets of {case.f}", player.record)
    specimen.tally.judge(case.e)


_MANAGED = frozenset((DIRECTORY_REGION, CHIP_REGION))
"""What the root has besides its own cells."""


def local_respect(specimen: Specimen, case: IsolationCase) -> None:
    """F3: after every command, only the cells of where it was executed may differ."""
    bench = specimen.bench()
    bench.fresh()
    roots = {side.label for side in bench.sides.values() if side.root}
    dumps = [bench.card.dump()]

    def own(label: str) -> frozenset[str]:
        return _MANAGED | {label} if label in roots else frozenset((label,))

    def watch(exchange: PlayedExchange) -> None:
        now = bench.card.dump()
        allowed = own(exchange.side) | own(exchange.after)
        for region, key in changed(dumps[0], now):
            if region not in allowed:
                text = f"a command in {exchange.side} changed cell {key.hex()} of {region}"
                raise Violation("F3", text, player.record)
        specimen.tally.judge(exchange.side)
        dumps[0] = now

    player = Player(bench, watch)
    for label, traffic in ((case.e, case.before), (case.f, case.prefix), (case.e, case.rest)):
        player.enter(label)
        player.play(label, traffic)


# --- F6, F19: prefixes that are as strong as they can be --------------------------------------------------------------


def everything_earned(bench: LabBench, label: str) -> list[Step]:
    """All of a side's earning macros, over the choices they are swept with."""
    return [Do(macro.name, choice) for macro in bench.sides[label].tagged("earns") for choice in macro.sweep]


def everything_spoilt(bench: LabBench, label: str) -> list[Step]:
    """Every key and PIN locked, every application blocked, and at last the environment itself."""
    side = bench.sides[label]
    wrong = [Do(macro.name, choice) for macro in side.tagged("spends") for choice in macro.sweep for _ in range(16)]
    return [
        *wrong,
        *(Do(macro.name, choice) for macro in side.tagged("ends") if macro.traffic for choice in macro.sweep),
    ]


def _all_of(bench: LabBench, label: str) -> list[Step]:
    side = bench.sides[label]
    macros = [Do(macro.name, choice) for macro in side.macros.values() if macro.traffic for choice in macro.sweep[:3]]
    return [*(Raw(command) for command in side.pool), *macros]


def no_carried_authority(specimen: Specimen, _case: None) -> None:
    """F6: with everything earned in f, all that e can be asked is answered as if nothing had been."""
    bench = specimen.bench()
    for f, e in specimen.pairs:
        _two_prefixes("F6", specimen, IsolationCase(f, e, everything_earned(bench, f), _all_of(bench, e), []))


def availability(specimen: Specimen, _case: None) -> None:
    """F19: with f locked and blocked, e serves as before."""
    bench = specimen.bench()
    for f, e in specimen.pairs:
        _two_prefixes("F19", specimen, IsolationCase(f, e, everything_spoilt(bench, f), _all_of(bench, e), []))
