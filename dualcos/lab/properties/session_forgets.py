"""F5, F7, F15: what a session forgets, what it can name, and what a random number is good for."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dualcos.dialogue.driver import apdu
from dualcos.lab.properties.counted_card import carried_out
from dualcos.lab.properties.isolation import IsolationCase, everything_earned, run
from dualcos.lab.properties.property_and_violation import Violation, same_answers
from dualcos.lab.properties.specimen import LabBench, PlayedExchange, Player, Specimen, changed, named
from dualcos.lab.properties.traffic_steps import Do, Raw, Step, printed_by_its_repr
from dualcos.lab.properties.traffic_strategies import commands, steps

_MEDICAL = 0xB0
IDENTIFIERS = range(0x10000)
_GET_RESPONSE = bytes.fromhex("00C0000000")

# --- F5 --------------------------------------------------------------------------------------------------------------


class Exit(Enum):
    """The ways out of an environment."""

    OTHER = "to another environment"
    RESET = "by warm reset"
    POWER = "by power off and on"


@printed_by_its_repr
class LeftStay(NamedTuple):
    """``traffic`` in e, out by ``way``, and ``probes`` in e."""

    e: str
    f: str
    traffic: list[Step]
    way: Exit
    probes: list[Step]

    def __repr__(self) -> str:
        return f"{self.e}: {', '.join(map(str, self.traffic))}; {self.way.value}; {', '.join(map(str, self.probes))}"


def exits(specimen: Specimen) -> SearchStrategy[LeftStay]:
    """Any traffic, any way out, any traffic."""
    sides = specimen.bench().sides
    return st.one_of(
        [
            st.builds(
                LeftStay,
                st.just(e),
                st.just(f),
                steps(sides[e], tuple(sides[other] for other in (f,) if other)),
                st.sampled_from(ways(f)),
                steps(sides[e], tuple(sides[other] for other in (f,) if other), power=False),
            )
            for f, e in departures(specimen)
        ]
    )


def departures(specimen: Specimen) -> tuple[tuple[str, str], ...]:
    """Ordered pairs of sides; an environment that is alone on its card is left for none ("")."""
    return specimen.pairs or tuple(("", label) for label in specimen.bench().sides)


def ways(f: str) -> tuple[Exit, ...]:
    """The ways out that there are: to ``f``, if there is another environment, and by reset and power."""
    return tuple(way for way in Exit if f or way is not Exit.OTHER)


def amnesia(specimen: Specimen, stay: LeftStay) -> None:
    """F5: behind the way out, e answers as a fresh session over the same memory does."""
    bench = specimen.bench()
    bench.fresh()
    card, player = bench.card, Player(bench)
    player.enter(stay.e)
    player.play(stay.e, stay.traffic)
    leave(player, stay.f, stay.way)
    memory = card.snapshot()
    again = Player(bench)
    waiting = player.exchange(_GET_RESPONSE) if stay.way is not Exit.OTHER else b""
    mark = len(player.record)
    # Behind a reset the root is current without a SELECT: it must have forgotten all the same.
    selects = stay.way is Exit.OTHER or card.environment != stay.e
    if selects:
        player.enter(stay.e)
    player.play(stay.e, stay.probes)
    card.restore(memory)
    card.power_on()
    if stay.way is not Exit.OTHER and again.exchange(_GET_RESPONSE) != waiting:
        raise Violation("F5", f"an answer waits behind leaving {stay.way.value}", player.record)
    if selects:
        again.enter(stay.e)
    again.play(stay.e, stay.probes)
    what = f"{stay.e} remembers something after leaving {stay.way.value}"
    fresh = again.observed(stay.e, int(stay.way is not Exit.OTHER))
    same_answers("F5", what, player.observed(stay.e, mark), fresh, player.record)
    specimen.tally.judge(stay.e)


def leave(player: Player, f: str, way: Exit) -> None:
    """Out of the current environment."""
    if way is Exit.OTHER:
        player.enter(f)
    else:
        player.restart(cold=way is Exit.POWER)


def every_rule_asks_again(specimen: Specimen, _case: None) -> None:
    """F5, enumerated: everything earned, then out; every command of the pool is answered as at first."""
    bench = specimen.bench()
    for f, e in departures(specimen):
        probes: list[Step] = [Raw(command) for command in bench.sides[e].pool]
        for way in ways(f):
            # The last command leaves an answer waiting.
            traffic = [*everything_earned(bench, e), Raw(bench.sides[e].enter)]
            amnesia(specimen, LeftStay(e, f, traffic, way, probes))


# --- F7 --------------------------------------------------------------------------------------------------------------


def no_foreign_handle(specimen: Specimen, _case: None) -> None:
    """F7: no identifier, path, partial name, next, previous or short identifier leads from e to f."""
    bench = specimen.bench()
    for f, e in specimen.pairs:
        for command in handles(bench, f, by_identifier=not bench.sides[e].root):
            _stays(bench, f, e, command)
            specimen.tally.judge(e)


def handles(bench: LabBench, f: str, *, by_identifier: bool = True) -> list[bytes]:
    """Commands that try to name something of f without its full name. From the root an identifier is in order."""
    fids = bench.sides[f].fids if by_identifier else ()
    found = [apdu(f"00A4{p1:02X}{p2:02X}", fid) for fid in fids for p1 in range(16) for p2 in range(4)]
    for name in bench.sides[f].names:
        partial = [name[:length] for length in range(len(name))] + [name + b"\0", name[1:], name.swapcase()]
        found += [apdu(f"00A404{p2:02X}", each) for each in partial for p2 in (0, 1, 2, 3) if len(each) <= 16]
    return [command for command in found if command[5:] not in (b"", b"\x3f\x00")]


def _stays(bench: LabBench, f: str, e: str, command: bytes) -> None:
    if bench.card.environment != e:
        bench.fresh()
        bench.card.exchange(bench.sides[e].enter)
    answer = bench.card.exchange(command)
    if bench.card.environment == f and command[5:] not in bench.sides[f].names:
        record = [PlayedExchange(e, command, answer, f)]
        raise Violation("F7", f"{named(command)} leads from {e} to {f}", record)


def dispensable(specimen: Specimen) -> tuple[tuple[str, str], ...]:
    """Pairs of which f can be left away. Not e the MF's: it has made the others, the declared exception."""
    sides, solos = specimen.bench().sides, getattr(specimen, "solos", ())
    return tuple((f, e) for f, e in specimen.pairs if f"without {f}" in solos and not sides[e].root)


def not_even_there(specimen: Specimen, case: IsolationCase) -> None:
    """F7, by comparison: every answer of e is that of a card on which f does not exist."""
    variant = f"without {case.f}"
    bench = specimen.bench()
    player, mark = run(bench, case, [])
    alone = specimen.bench(variant)
    alone.fresh()
    single = Player(alone, sides=bench.sides)
    single.enter(case.e)
    single.play(case.e, case.rest)
    mine, theirs = player.observed(case.e, mark), single.observed(case.e)
    specimen.tally.judge(case.e)
    same_answers("F7", f"{case.e} notices that {case.f} exists", mine, theirs, player.record)


def identifiers_found(bench: LabBench, e: str) -> dict[int, bytes]:
    """Which of the 65 536 file identifiers e answers to by SELECT P1 00 (without MF), with the answer."""
    bench.fresh()
    card, enter = bench.card, bench.sides[e].enter
    card.exchange(enter)
    found = {}
    for fid in IDENTIFIERS:
        if fid == 0x3F00:
            continue
        answer = card.exchange(b"\x00\xa4\x00\x00\x02" + fid.to_bytes(2, "big"))
        bench.trace.take()
        if carried_out(answer):
            found[fid] = answer
        if card.environment != e:
            found[fid] = b""
            card.exchange(enter)
        elif answer[-2] == 0x61:
            card.exchange(enter)
    return found


def all_identifiers(specimen: Specimen, _case: None) -> None:
    """F7, enumerated: the identifiers e answers to are those it answers to on a card without f."""
    bench = specimen.bench()
    known: dict[str, dict[int, bytes]] = {}
    for f, e in specimen.pairs:
        if bench.sides[e].root:
            continue
        found = known.get(e) or known.setdefault(e, identifiers_found(bench, e))
        if b"" in found.values():
            raise Violation("F7", f"an identifier leads out of {e}")
        specimen.tally.judge(e)
        variant = f"without {f}"
        if variant in getattr(specimen, "solos", ()):
            alone = identifiers_found(specimen.bench(variant), e)
            if found != alone:
                odd = sorted(fid for fid in found.keys() ^ alone.keys())
                raise Violation("F7", f"{e} answers to {[f'{fid:04X}' for fid in odd]} only if {f} exists")


# --- F15 -------------------------------------------------------------------------------------------------------------


@printed_by_its_repr
class Reuse(NamedTuple):
    """An accepted, guarded macro; its last command is tried again after ``noise``."""

    e: str
    macro: Do
    noise: list[Raw]
    way: Exit | None

    def __repr__(self) -> str:
        return f"{self.e}: {self.macro}, then {len(self.noise)} commands, then the same again"


def reuses(specimen: Specimen) -> SearchStrategy[Reuse]:
    """Any guarded macro of any side, any noise."""
    sides = specimen.bench().sides
    return st.one_of(
        [
            st.builds(
                Reuse,
                st.just(label),
                st.builds(Do, st.sampled_from([macro.name for macro in side.tagged("guarded")]), st.integers(0, 99)),
                st.lists(commands(side), max_size=4),
                st.sampled_from((None, None, *Exit)),
            )
            for label, side in sides.items()
            if side.tagged("guarded")
        ]
    )


def challenge_once(specimen: Specimen, reuse: Reuse) -> None:
    """F15: what a random number made acceptable is never accepted again, whatever happens in between."""
    bench = specimen.bench()
    bench.fresh()
    player = Player(bench)
    player.enter(reuse.e)
    if not player.macro(reuse.e, reuse.macro):
        return
    last = _last_guarded(player.record)
    other = next((label for label in bench.sides if label != reuse.e), "")
    for command in reuse.noise:
        player.exchange(command.command)
    repeats = bench.sides[reuse.e].macros[reuse.macro.macro].repeats
    if reuse.way is not None or repeats:
        leave(player, other, reuse.way if reuse.way in ways(other) else Exit.RESET)
    if player.bench.card.environment != reuse.e:
        player.enter(reuse.e)
    if repeats:  # another transaction, with other numbers, that has come as far
        player.macro(reuse.e, Do("issuer_authentication", reuse.macro.choice + 1))
    before = bench.card.dump()
    answer = player.exchange(last)
    if not player.record[-1].refused:
        raise Violation("F15", f"{named(last)} was accepted a second time: {answer.hex().upper()}", player.record)
    specimen.tally.judge(reuse.e)
    touched = [
        (region, key) for region, key in changed(before, bench.card.dump()) if key not in _counters(bench, region)
    ]
    if touched:
        raise Violation("F15", f"the replayed command changed {touched}", player.record)


def wrong_use_consumes(specimen: Specimen, _case: None) -> None:
    """F15: a wrong use consumes the random number as well: the right command behind it is refused."""
    bench = specimen.bench()
    for label, side in bench.sides.items():
        for macro in side.tagged("guarded"):
            for choice in () if macro.repeats else macro.sweep:
                _wrong_then_right(bench, label, Do(macro.name, choice))
                specimen.tally.judge(label)


def _wrong_then_right(bench: LabBench, label: str, step: Do) -> None:
    told, _ = rehearse(bench, label, step)
    bench.fresh()
    player = Player(bench)
    player.enter(label)
    for command in told[:-1]:
        player.exchange(command)
    right = told[-1]
    # A MAC is the end of its command (secured and medical ones); a cryptogram begins the data field.
    spoilt = len(right) - 1 if right[0] & 0x04 or right[0] == _MEDICAL else 5
    player.exchange(right[:spoilt] + bytes((right[spoilt] ^ 1,)) + right[spoilt + 1 :])
    if not player.record[-1].refused:
        raise Violation("F15", f"{step}: spoilt in one byte, it was accepted", player.record)
    player.exchange(right)
    if not player.record[-1].refused:
        raise Violation("F15", f"{step}: a wrong use left the random number usable", player.record)


def challenge_of_another(specimen: Specimen, _case: None) -> None:
    """F15: the right answer to a random number that another environment drew is refused, and proves nothing."""
    bench = specimen.bench()
    for f, e in specimen.pairs:
        for macro in bench.sides[e].tagged("guarded"):
            for choice in macro.sweep[:3]:
                if _elsewhere(bench, f, e, Do(macro.name, choice)):
                    specimen.tally.judge(e)


def _elsewhere(bench: LabBench, f: str, e: str, step: Do) -> bool:
    """Play a macro of e, but have every random number drawn in f. False if it needs none."""
    bench.fresh()
    player = Player(bench)
    player.enter(e)
    play, so_far, drawn = bench.sides[e].macros[step.macro].play(step.choice), list[bytes](), False
    try:
        command = next(play)
        while True:
            if command[:2] == b"\x00\x84":
                player.enter(f)
                answer = player.exchange(command)
                drawn = True
                player.enter(e)
                for before in so_far:
                    player.exchange(before)
            else:
                so_far.append(command)
                answer = player.exchange(command)
            command = play.send(answer)
    except StopIteration:
        pass
    if drawn and not player.record[-1].refused:
        raise Violation("F15", f"{step} of {e} was accepted on a random number of {f}", player.record)
    return drawn


def rehearse(bench: LabBench, label: str, step: Do) -> tuple[list[bytes], list[bytes]]:
    """The commands of a macro on a fresh card (the same every time, as the random numbers are), and the answers."""
    bench.fresh()
    player = Player(bench)
    player.enter(label)
    mark = len(player.record)
    player.macro(label, step)
    part = player.record[mark:]
    while part and part[-1].command[1:2] == b"\xc0":
        part.pop()
    return [exchange.command for exchange in part], [exchange.answer for exchange in part]


def _last_guarded(record: list[PlayedExchange]) -> bytes:
    return next(exchange.command for exchange in reversed(record) if exchange.command[1] != 0xC0)


def _counters(bench: LabBench, region: str) -> frozenset[bytes]:
    side = bench.sides.get(region)
    return frozenset(side.memory.counters(bench.card.dump()[region])) if side is not None else frozenset()
