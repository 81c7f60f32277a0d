"""F9, F10, F14: try counters only go down between successes, refusals change nothing, numbers are used once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from cos.kernel.rows import Row
from terminal.assurance.bench import Bench, Exchange, Player, Side, Specimen, changed
from terminal.assurance.generate import steps
from terminal.assurance.steps import Do, Reset, Step
from terminal.assurance.verdict import Violation


class Stay(NamedTuple):
    """Traffic in one environment after another."""

    stays: list[tuple[str, list[Step]]]

    def __repr__(self) -> str:
        return "; ".join(f"{label}: {', '.join(map(str, traffic))}" for label, traffic in self.stays)


def stays(specimen: Specimen) -> SearchStrategy[Stay]:
    """A few stays, in any order."""
    sides = specimen.bench().sides
    others = {label: tuple(side for side in sides.values() if side.label != label) for label in sides}
    one = st.one_of(
        [st.tuples(st.just(label), steps(side, others[label], ends=True, most=10)) for label, side in sides.items()]
    )
    return st.builds(Stay, st.lists(one, max_size=3))


def play_all(player: Player, stay: Stay) -> None:
    """Enter and play each stay."""
    for label, traffic in stay.stays:
        player.enter(label)
        player.play(label, traffic)


# --- F9 --------------------------------------------------------------------------------------------------------------


def tries(bench: Bench) -> dict[tuple[str, bytes], int]:
    """Every try counter of the card."""
    dump = bench.card.dump()
    return {
        (label, key): left for label, side in bench.sides.items() for key, left in side.counters(dump.get(label, {})).items()
    }


def try_counters(specimen: Specimen, stay: Stay) -> None:
    """F9, against a model: a counter rises only in its own environment by a macro that proved something; a wrong
    presentation costs exactly one try, and the answer tells the truth.
    """
    bench = specimen.bench()
    bench.fresh()
    player = Player(bench)
    for label, traffic in stay.stays:
        player.enter(label)
        for step in traffic:
            before = tries(bench)
            mark = len(player.record)
            player.play(label, (step,))
            _judge(bench, label, step, before, player, mark)


def _judge(
    bench: Bench, label: str, step: Step, before: Mapping[tuple[str, bytes], int], player: Player, mark: int
) -> None:
    after = tries(bench)
    macro = bench.sides[label].macros[step.macro] if isinstance(step, Do) else None
    lowered = []
    for counter, was in before.items():
        now = after.get(counter, was)
        if now > was and not (macro is not None and macro.restores and counter[0] == label):
            raise Violation("F9", f"{step} raised try counter {counter[1].hex()} from {was} to {now}", player.record)
        if now < was:
            lowered.append((counter, was, now))
        if now != was and counter[0] != label:
            raise Violation("F9", f"{step} in {label} moved a try counter of {counter[0]}", player.record)
    if macro is None or not macro.spends or len(player.record) == mark:
        return
    word = _last_presentation(player.record[mark:])
    if word >> 4 == 0x63C and [(was - now, now) for _, was, now in lowered] != [(1, word & 15)]:
        text = f"a wrong presentation was answered {word:04X}, counters lowered: {[(w, n) for _, w, n in lowered]}"
        raise Violation("F9", text, player.record)


def _last_presentation(record: Iterable[Exchange]) -> int:
    words = [exchange.sw for exchange in record if exchange.sw >> 4 == 0x63C]
    return words[-1] if words else 0


# --- F10 -------------------------------------------------------------------------------------------------------------


def row_of(side: Side, command: bytes) -> Row[Any] | None:
    """The row a command belongs to, as the engine finds it."""
    rows = [row for row in side.rows if len(command) >= 4 and (row.cla, row.ins) == (command[0], command[1])]
    return next((row for row in rows if command[2] in row.p1 and command[3] in row.p2), rows[0] if rows else None)


def frugal_refusals(specimen: Specimen, stay: Stay) -> None:
    """F10: a refused command changes no cell but the counters its row declares."""
    bench = specimen.bench()
    bench.fresh()
    dumps = [bench.card.dump()]

    def watch(exchange: Exchange) -> None:
        now = bench.card.dump()
        if exchange.refused:
            _frugal(bench, exchange, dumps[0], now, player)
        dumps[0] = now

    player = Player(bench, watch)
    play_all(player, stay)


def _frugal(
    bench: Bench,
    exchange: Exchange,
    before: dict[str, dict[bytes, bytes]],
    after: dict[str, dict[bytes, bytes]],
    player: Player,
) -> None:
    side = bench.sides.get(exchange.side)
    row = row_of(side, exchange.command) if side is not None else None
    for region, key in changed(before, after):
        counters = side.counters(after.get(region, {})) if side is not None and region == side.label else {}
        if row is None or not row.writes or key not in counters:
            text = f"refused with {exchange.sw:04X}, yet cell {key.hex()} of {region} changed"
            raise Violation("F10", text, player.record)


def resets(stay: Stay) -> int:
    """How many resets a case holds (for reports)."""
    return sum(isinstance(step, Reset) for _, traffic in stay.stays for step in traffic)
