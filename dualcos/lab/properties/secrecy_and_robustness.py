"""F8, F17, F18: no secret in any output, an answer to any bytes, the same answers every time."""

from __future__ import annotations

import base64
import gc
import sys
from collections.abc import Iterable, Iterator
from types import BuiltinFunctionType, FrameType, FunctionType, ModuleType
from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dualcos.lab.properties.counters_only_go_down import CountedStay, play_all
from dualcos.lab.properties.property_and_violation import Violation, same_answers
from dualcos.lab.properties.specimen import BASE, LabBench, PlayedExchange, Player, Specimen, changed, named
from dualcos.lab.properties.traffic_steps import Raw, Step, printed_by_its_repr
from dualcos.lab.properties.traffic_strategies import steps

# --- F8 --------------------------------------------------------------------------------------------------------------

_TELLING = 5  # shorter values occur by chance


def secrets_of(bench: LabBench) -> tuple[bytes, ...]:
    """Every key and PIN value in the card's cells that is long enough to be told from chance."""
    dump = bench.card.dump()
    values = (value for label, side in bench.sides.items() for value in side.memory.secrets(dump.get(label, {})))
    return tuple(dict.fromkeys(value for value in values if len(value) >= _TELLING))


def forms(secret: bytes) -> Iterator[bytes]:
    """A value as it may be written: raw, hex in both cases, spaced, reversed brackets of Python, base64."""
    text = secret.hex()
    spaced = secret.hex(" ")
    for form in (text, text.upper(), spaced, spaced.upper(), str(secret)[2:-1], str(list(secret))[1:-1]):
        yield form.encode()
    yield secret
    yield base64.b64encode(secret).rstrip(b"=")[: len(secret) * 4 // 3]


def leaks(outputs: Iterable[bytes], secrets: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Which secrets occur in which outputs. Many outputs at once cost less than one at a time."""
    needles = [(form, secret) for secret in secrets for form in forms(secret)]
    # Thousands of forms: looking at each output once, for where any of them may start, takes a tenth of the time.
    start = min((len(form) for form, _ in needles), default=0)
    starting: dict[bytes, list[tuple[bytes, bytes]]] = {}
    for form, secret in needles:
        starting.setdefault(form[:start], []).append((form, secret))
    for output in dict.fromkeys(outputs):
        pieces = {output[at : at + start] for at in range(len(output) - start + 1)}
        for piece in starting.keys() & pieces:
            yield from ((secret, output) for form, secret in starting[piece] if form in output)


def secrecy(specimen: Specimen, stay: CountedStay) -> None:
    """F8: after any traffic no key or PIN is in an answer, an event, an exception's text, or a repr."""
    bench = specimen.bench("canary")
    bench.fresh()
    secrets = secrets_of(bench)
    player = Player(bench)
    play_all(player, stay)
    secrets += secrets_of(bench)
    answers = [exchange.answer for exchange in player.record]
    events = [f"{event!r} {event}".encode() for event in player.events]
    for secret, output in leaks((*answers, *events), secrets):
        where = "an answer" if output in answers else "the trace"
        raise Violation("F8", f"a secret of {len(secret)} bytes is in {where}", player.record)
    for label, _ in stay.stays:
        specimen.tally.judge(label)


def no_secret_in_repr(specimen: Specimen, _case: None) -> None:
    """F8: nothing the card's code makes shows a secret by ``repr``, a live session with everything earned included."""
    from dualcos.lab.properties.isolation import everything_earned  # noqa: PLC0415 - isolation imports nothing from here

    bench = specimen.bench()
    for label in bench.sides:
        bench.fresh()
        player = Player(bench)
        player.enter(label)
        player.play(label, everything_earned(bench, label))
        secrets = secrets_of(bench)
        things = (*_reachable(bench.card), bench.card.snapshot())
        shown = {
            repr(thing).encode(errors="replace"): type(thing).__name__
            for thing in things
            if type(thing).__module__.split(".")[0] in _OURS
        }
        for secret, output in leaks(shown, secrets):
            raise Violation("F8", f"repr of a {shown[output]} shows a secret of {len(secret)} bytes")
        specimen.tally.judge(label)


_OURS = ("keys", "cos", "firewall", "apdu")
_CODE = (type, ModuleType, FunctionType, BuiltinFunctionType)


def _reachable(start: object) -> list[object]:
    """Every object that hangs on ``start``; code is not followed."""
    seen: dict[int, object] = {}
    todo: list[object] = [start]
    while todo:
        thing = todo.pop()
        if id(thing) not in seen and not isinstance(thing, _CODE):
            seen[id(thing)] = thing
            todo.extend(gc.get_referents(thing))
    return list(seen.values())


# --- F17 -------------------------------------------------------------------------------------------------------------

_MOST_CALLS = 20_000


@printed_by_its_repr
class NonsensicalStay(NamedTuple):
    """An environment and any traffic, sense and nonsense."""

    label: str
    traffic: list[Step]
    garbage: list[Step]

    def __repr__(self) -> str:
        return f"{self.label}: {', '.join(map(str, (*self.traffic, *self.garbage)))}"


def any_bytes(specimen: Specimen) -> SearchStrategy[NonsensicalStay]:
    """In any environment."""
    sides = specimen.bench().sides
    garbage = st.lists(st.builds(Raw, st.binary(max_size=300)), max_size=4)
    return st.one_of(
        [st.builds(NonsensicalStay, st.just(label), steps(side), garbage) for label, side in sides.items()]
    )


def total(specimen: Specimen, case: NonsensicalStay) -> None:
    """F17: any bytes get an answer of at least two bytes, within a bound of calls, and the card lives on."""
    bench = specimen.bench()
    bench.fresh()
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:  # noqa: ARG001 - a profiler's signature
        nonlocal calls
        calls += event == "call"

    def watch(exchange: PlayedExchange) -> None:
        nonlocal calls
        command, answer = named(exchange.command), exchange.answer
        if answer and (len(answer) < 2 or answer[-2] >> 4 not in (6, 9)):
            raise Violation("F17", f"{command} was answered {answer.hex().upper()}", player.record)
        if calls > _MOST_CALLS:
            raise Violation("F17", f"{command} took {calls} calls", player.record)
        specimen.tally.judge(exchange.side)
        calls = 0

    player = Player(bench, watch)
    previous = sys.getprofile()
    sys.setprofile(count)
    try:
        player.enter(case.label)
        player.play(case.label, (*case.traffic, *case.garbage))
    finally:
        sys.setprofile(previous)


# --- F18 -------------------------------------------------------------------------------------------------------------


def deterministic(specimen: Specimen, stay: CountedStay) -> None:
    """F18: two cards of the same profile and seed, the same traffic: same answers, same memory."""
    results = []
    for variant in (BASE, "twin"):
        bench = specimen.bench(variant)
        bench.fresh()
        player = Player(bench)
        play_all(player, stay)
        results.append((player, bench.card.dump()))
    (player, dump), (twin, twin_dump) = results
    mine = [(exchange.command, exchange.answer) for exchange in player.record]
    theirs = [(exchange.command, exchange.answer) for exchange in twin.record]
    same_answers("F18", "the same card answers differently", mine, theirs, player.record)
    for region, key in changed(dump, twin_dump):
        raise Violation("F18", f"cell {key.hex()} of {region} differs between two equal runs", player.record)
    for label, _ in stay.stays:
        specimen.tally.judge(label)
