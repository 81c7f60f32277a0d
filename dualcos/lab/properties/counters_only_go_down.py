"""F9, F10, F14: try counters only go down between successes, refusals change nothing, numbers are used once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from apdu.tlv import TlvError
from cos.kernel.command_rows import CommandRow
from dualcos.dialogue.bank import parse_cryptogram
from dualcos.lab.properties import bank_macros
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.sequence_numbers import numbered
from dualcos.lab.properties.specimen import LabBench, PlayedExchange, Player, Side, Specimen, changed
from dualcos.lab.properties.traffic_steps import Do, Raw, Step, printed_by_its_repr
from dualcos.lab.properties.traffic_strategies import steps
from dualcos.lab.properties.traffic_strategies import tries as tries_of


@printed_by_its_repr
class CountedStay(NamedTuple):
    """Traffic in one environment after another."""

    stays: list[tuple[str, list[Step]]]

    def __repr__(self) -> str:
        return "; ".join(f"{label}: {', '.join(map(str, traffic))}" for label, traffic in self.stays)


def stays(specimen: Specimen) -> SearchStrategy[CountedStay]:
    """A few stays, in any order."""
    sides = specimen.bench().sides
    others = {label: tuple(side for side in sides.values() if side.label != label) for label in sides}
    one = st.one_of(
        [st.tuples(st.just(label), steps(side, others[label], ends=True, most=10)) for label, side in sides.items()]
    )
    return st.builds(CountedStay, st.lists(one, max_size=3))


def presentations(specimen: Specimen) -> SearchStrategy[CountedStay]:
    """The same with mostly right and wrong presentations."""
    sides = specimen.bench().sides
    others = {label: tuple(side for side in sides.values() if side.label != label) for label in sides}
    one = st.one_of([st.tuples(st.just(label), tries_of(side, others[label])) for label, side in sides.items()])
    return st.builds(CountedStay, st.lists(one, min_size=1, max_size=3))


def play_all(player: Player, stay: CountedStay) -> None:
    """Enter and play each stay."""
    for label, traffic in stay.stays:
        player.enter(label)
        player.play(label, traffic)


# --- F9 --------------------------------------------------------------------------------------------------------------


def tries(bench: LabBench) -> dict[tuple[str, bytes], int]:
    """Every try counter of the card."""
    dump = bench.card.dump()
    return {
        (label, key): left
        for label, side in bench.sides.items()
        for key, left in side.memory.counters(dump.get(label, {})).items()
    }


def try_counters(specimen: Specimen, stay: CountedStay) -> None:
    """F9, against a model: a counter rises only in its own environment by a macro that proved something; a wrong
    presentation costs exactly one try, and the answer tells the truth.
    """
    bench = specimen.bench()
    bench.fresh()
    player = Player(bench)
    for label, traffic in stay.stays:
        before = tries(bench)
        player.enter(label)
        _judge(bench, label, Raw(bench.sides[label].enter), before, player, len(player.record))
        for step in traffic:
            before = tries(bench)
            mark = len(player.record)
            player.play(label, (step,))
            _judge(bench, label, step, before, player, mark)
            specimen.tally.judge(label)


def _judge(
    bench: LabBench, label: str, step: Step, before: Mapping[tuple[str, bytes], int], player: Player, mark: int
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


def _last_presentation(record: Iterable[PlayedExchange]) -> int:
    words = [exchange.sw for exchange in record if exchange.sw >> 4 == 0x63C]
    return words[-1] if words else 0


# --- F10 -------------------------------------------------------------------------------------------------------------


def row_of(side: Side, command: bytes) -> CommandRow[Any] | None:
    """The row a command belongs to, as the engine finds it."""
    rows = [row for row in side.rows if len(command) >= 4 and (row.cla, row.ins) == (command[0], command[1])]
    return next((row for row in rows if command[2] in row.p1 and command[3] in row.p2), rows[0] if rows else None)


def frugal_refusals(specimen: Specimen, stay: CountedStay) -> None:
    """F10: a refused command changes no cell but the counters its row declares."""
    bench = specimen.bench()
    bench.fresh()
    dumps = [bench.card.dump()]

    def watch(exchange: PlayedExchange) -> None:
        now = bench.card.dump()
        if exchange.refused:
            frugal(bench, exchange, dumps[0], now, player)
            specimen.tally.judge(exchange.side)
        dumps[0] = now

    player = Player(bench, watch)
    play_all(player, stay)


def frugal(
    bench: LabBench,
    exchange: PlayedExchange,
    before: dict[str, dict[bytes, bytes]],
    after: dict[str, dict[bytes, bytes]],
    player: Player,
) -> None:
    """Raise Violation if the refused command has changed more than the counters its row declares."""
    side = bench.sides.get(exchange.side)
    row = row_of(side, exchange.command) if side is not None else None
    for region, key in changed(before, after):
        counters = side.memory.counters(after.get(region, {})) if side is not None and region == side.label else {}
        cells = (exchange.command, before[region].get(key, b""), after[region].get(key, b""))
        if row is None and key in counters and region == bank_macros.LABEL and bank_macros.marked_unsecured(*cells):
            continue
        if row is None or not row.writes or key not in counters:
            text = f"refused with {exchange.sw:04X}, yet cell {key.hex()} of {region} changed"
            raise Violation("F10", text, player.record)


# --- F14 -------------------------------------------------------------------------------------------------------------

_GPO, _GENERATE, _FETCH = 0xA8, 0xAE, 0xC0


def numbers_once(specimen: Specimen, stay: CountedStay) -> None:
    """F14: from one GET PROCESSING OPTIONS to the next the transaction counter rises, power cuts and resets included;
    no two cryptograms carry the same number, position in the transaction, and other data. Likewise the sequence numbers
    of a PSAM and of a medical account (``sequence_numbers``).
    """
    bench = specimen.bench()
    bench.fresh()
    player = Player(bench)
    play_all(player, stay)
    highest = transaction = 0
    used: dict[tuple[int, int, bytes], int] = {}
    position = 0
    asked = b""
    for exchange in player.record:
        if exchange.command[1:2] != bytes((_FETCH,)):
            asked = b""
        if not exchange.answer or exchange.refused:
            continue
        if exchange.command[:2] == bytes((0x80, _GPO)):
            transaction, position = transaction + 1, 0
        elif exchange.command[:2] == bytes((0x80, _GENERATE)):
            position, asked = position + 1, exchange.command
        if not asked:
            continue
        try:
            ran = parse_cryptogram(exchange.answer[:-2])
        except TlvError:  # a piece of an answer, or none of GENERATE AC
            continue
        number = int.from_bytes(ran.atc, "big")
        if used.setdefault((number, position, ran.ac), transaction) != transaction or number < highest:
            raise Violation("F14", f"ATC {number:04X} again, after {highest:04X}", player.record)
        others = {where for (seen, _, _), where in used.items() if seen == number}
        if others != {transaction}:
            raise Violation("F14", f"ATC {number:04X} serves two transactions", player.record)
        highest, asked = number, b""
        specimen.tally.judge(exchange.side)
    _sequences_rise(specimen, player)


def _steps_with_init(specimen: Specimen) -> bool:
    psam = specimen.profile.psam if isinstance(specimen, ProfileSpecimen) else None
    return psam is None or psam.options.terminal_sequence == "80 70"


def _sequences_rise(specimen: Specimen, player: Player) -> None:
    last: dict[tuple[str, str], int] = {}
    for each in numbered(player.record, steps_with_init=_steps_with_init(specimen)):
        before = last.get((each.side, each.what), -1)
        if each.number <= before:
            raise Violation("F14", f"{each.what} {each.number:X} of {each.side} after {before:X}", player.record)
        last[each.side, each.what] = each.number
        specimen.tally.judge(each.side)
