"""The tearing contract (防拔) T1 to T8: power lost at every point of every writing command.

Each writing macro is run once to count its ticks, then once per tick: a plain cut, a cut that leaves another subset of
the bytes being programmed, and second cuts in the recovery. Judged: the session is gone and only
the card's own edge saw the power loss (T4, T8); the other sides' memory is byte-identical (T4); the memory is that
before or after one of the macro's commands, counters aside (T1); no counter is better for an attacker than in the
uncut run at some moment, none rises without a success (T2, T5); recovery cut and run again ends the same (T3); an
answer that came was durable (T7).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dualcos.lab.properties.one_power_cut import Dump, Programming, cut_recovery
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.region_memory import Cells, Memory
from dualcos.lab.properties.specimen import LabBench, PlayedExchange, Player, Specimen, changed
from dualcos.lab.properties.traffic_steps import Do, Step
from firewall.hardware.power import PowerLoss


class Sweep(NamedTuple):
    """What a sweep did. ``cuts`` counts power losses, ``before`` and ``after`` the two outcomes of the last command."""

    label: str
    macro: str
    choice: int
    ticks: int
    cuts: int
    before: int
    after: int
    seconds: float


class Uncut(NamedTuple):
    """The macro without a cut: the memory after each of its commands (first: before any), and how far ticks ran."""

    commands: tuple[bytes, ...]
    answers: tuple[bytes, ...]
    dumps: tuple[Dump, ...]
    ticks: tuple[int, ...]


def rehearsed(bench: LabBench, label: str, step: Do) -> Uncut:
    """The macro on a fresh card with nothing cut."""
    bench.fresh()
    card = bench.card
    player = Player(bench)
    player.enter(label)
    start = card.rail.ticks
    dumps, ticks = [card.dump()], [0]

    def watch(_exchange: PlayedExchange) -> None:
        dumps.append(card.dump())
        ticks.append(card.rail.ticks - start)

    watched = Player(bench, watch)
    watched.macro(label, step)
    record = watched.record
    told = tuple(exchange.command for exchange in record), tuple(exchange.answer for exchange in record)
    return Uncut(*told, tuple(dumps), tuple(ticks))


class Depth(NamedTuple):
    """How thorough: every ``double``-th cut is also followed by cuts in its recovery (at most ``seconds`` of them,
    evenly spread; 0: all), every ``partial``-th is repeated with a partial write; ``choices`` per macro (0: all).
    """

    double: int = 1
    seconds: int = 0
    partial: int = 1
    choices: int = 0


FULL = Depth()
EVERY = Depth(seconds=4)
QUICK = Depth(double=32, seconds=8, partial=8, choices=2)


def sweep(bench: LabBench, label: str, step: Do, depth: Depth = FULL) -> Sweep:
    """Cut one macro at every tick. Raises Violation."""
    began = time.monotonic()
    uncut = rehearsed(bench, label, step)
    if len(uncut.commands) and uncut.ticks[-1] == 0:
        raise Violation("T1", f"{step} in {label} writes nothing: the macro table is wrong")
    cuts = before = after = 0
    watch = Programming()
    for tick in range(uncut.ticks[-1]):
        player = cut(bench, label, step, tick)
        watch.saw(bench.card.dump())
        at_rest = bench.card.snapshot()
        bench.card.power_on()
        outcome = _judge(bench, label, step, uncut, player, tick)
        cuts, before, after = cuts + 1, before + (outcome == 0), after + (outcome == 1)
        if tick % depth.double == 0:
            cuts += cut_recovery(bench.card, at_rest, f"{step} cut at {tick}", depth.seconds)
        if tick % depth.partial == 0 and watch.scatter(bench.card, at_rest):
            _judge(bench, label, step, uncut, player, tick)
            cuts += 1
    return Sweep(label, step.macro, step.choice, uncut.ticks[-1], cuts, before, after, time.monotonic() - began)


def sweeps(specimen: Specimen, depth: Depth = FULL) -> Iterator[Sweep]:
    """Every writing macro of every side."""
    bench = specimen.bench()
    for label, side in bench.sides.items():
        for macro in side.tagged("writes"):
            for choice in macro.sweep[: depth.choices or None]:
                yield sweep(bench, label, Do(macro.name, choice), depth)
                specimen.tally.judge(label)


def swept(specimen: Specimen, depth: Depth = FULL) -> tuple[tuple[Sweep, ...], Violation | None]:
    """Every sweep up to the first violation, and that."""
    done: list[Sweep] = []
    try:
        for each in sweeps(specimen, depth):
            done.append(each)  # noqa: PERF402 - what was done before a violation counts
    except Violation as found:
        return tuple(done), found
    return tuple(done), None


def contract(specimen: Specimen, _case: None) -> None:
    """T1, T3, T4, T5, T7, T8 over every cut of every writing macro. Raises the first Violation."""
    for _ in sweeps(specimen):
        pass


# --- one cut ---------------------------------------------------------------------------------------------------------


def cut(bench: LabBench, label: str, step: Do, tick: int) -> Player:
    """The macro with power lost at ``tick``, not yet powered on again."""
    bench.fresh()
    card = bench.card
    player = _Dying(bench)
    player.enter(label)
    card.rail.cut_after(tick)
    try:
        player.macro(label, step)
    except PowerLoss:
        pass
    else:
        card.rail.cut_after(None)
        raise Violation("T8", f"{step} in {label}: the power loss at tick {tick} never left the card", player.record)
    card.rail.cut_after(None)
    if card.environment:
        raise Violation("T4", f"{step} in {label}: the card still has a session without power", player.record)
    return player


class _Dying(Player):
    """A player that lets the power loss through."""

    def exchange(self, command: bytes, step: Step | None = None) -> bytes:  # noqa: ARG002 - the player's signature
        card = self.bench.card
        before = card.environment
        try:
            answer = card.exchange(command)
        except PowerLoss:
            self.record.append(PlayedExchange(before, command, b"", ""))
            raise
        self.record.append(PlayedExchange(before, command, answer, card.environment))
        return answer


# --- T2 --------------------------------------------------------------------------------------------------------------


def spent_first(specimen: Specimen, _case: None) -> None:
    """T2: a right presentation spends its try before it compares: some cut in it, the last command of its macro, leaves
    the counter one lower.

    A card that compares first writes nothing for a right value and something for a wrong one; whoever sees the
    difference cuts power in time and guesses for ever.
    """
    bench = specimen.bench()
    for label, side in bench.sides.items():
        for macro in side.tagged("presents"):
            for choice in macro.sweep:
                step = Do(macro.name, choice)
                uncut = rehearsed(bench, label, step)
                full = side.memory.counters(uncut.dumps[-2].get(label, {}))
                last = range(uncut.ticks[-2], uncut.ticks[-1])
                if not any(_lower(bench, label, step, tick, full) for tick in last):
                    raise Violation("T2", f"{step} in {label}: no try is spent before the comparison")
                specimen.tally.judge(label)


def _lower(bench: LabBench, label: str, step: Do, tick: int, full: Mapping[bytes, int]) -> bool:
    cut(bench, label, step, tick)
    bench.card.power_on()
    now = bench.sides[label].memory.counters(bench.card.dump().get(label, {}))
    return any(left == full[key] - 1 for key, left in now.items() if key in full)


# --- the verdict -----------------------------------------------------------------------------------------------------


def _judge(bench: LabBench, label: str, step: Do, uncut: Uncut, player: Player, tick: int) -> int:
    """0: the interrupted command did not happen; 1: it did. Raises Violation if neither."""
    now = bench.card.dump()
    index = next(n for n, ticks in enumerate(uncut.ticks[1:]) if ticks > tick)
    before, after = uncut.dumps[index], uncut.dumps[index + 1]
    where = f"{step} in {label}, cut at tick {tick} of {uncut.ticks[-1]}"
    if len(player.record) - 2 != index:  # the SELECT that entered, and counting from 0
        raise Violation("T7", f"{where}: the dialogue went another way than without a cut", player.record)
    _others_untouched(bench, label, now, before, where, player)
    mine, becomes, stands = (dump.get(label, {}) for dump in (before, after, now))
    _counters_safe(bench.sides[label].memory, mine, becomes, stands, where, player)
    for outcome, expected in enumerate((before, after)):
        if _alike(bench, expected, now):
            return outcome
    between = [key.hex() for region, key in changed(before, now)]
    raise Violation("T1", f"{where}: neither before nor after; cells {between} differ from before", player.record)


def _alike(bench: LabBench, expected: Dump, now: Dump) -> bool:
    """True if nothing differs but counts of failures."""
    return all(
        one == other or (region in bench.sides and bench.sides[region].memory.alike(one, other))
        for region in expected.keys() | now.keys()
        for one, other in ((expected.get(region, {}), now.get(region, {})),)
    )


def _others_untouched(bench: LabBench, label: str, now: Dump, before: Dump, where: str, player: Player) -> None:
    for other, side in bench.sides.items():
        if other != label and not side.root and now.get(other) != before.get(other):
            raise Violation("T4", f"{where}: the memory of {other} changed", player.record)


def _counters_safe(memory: Memory, before: Cells, after: Cells, now: Cells, where: str, player: Player) -> None:
    """No counter above what it was before or becomes after; and a try that was spent before comparing stays spent."""
    odd = {key: raw for key, raw in now.items() if before.get(key) != raw}
    was, becomes = (memory.counters({key: cells[key] for key in odd if key in cells}) for cells in (before, after))
    for key, left in memory.counters(odd).items():
        if key in was and left > max(was[key], becomes.get(key, was[key])):
            raise Violation("T5", f"{where}: try counter {key.hex()} stands at {left}", player.record)
