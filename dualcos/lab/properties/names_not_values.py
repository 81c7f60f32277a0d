"""F22: what separates keys separates them by name, whatever bytes they have.

Two cards that differ in one thing: on one of them all keys have the same bytes. Each is played with its own keys, the
same dialogues by the same names. Whoever asks for a key by its name can tell no difference: word for word the answers
are alike, as long as each other, and so are the cells, the try counters and the transaction numbers. Whoever asks by
value does: a right earned with one key then opens what another guards, two counters are one, a cryptogram of one
command serves another.

Not a difference: what a key computes, and what holds it. Alike by the standards' own computation, so not asked: that a
key proves itself as another one of the same bytes in the same command (authentication data are made of key and random
number, and of no name: SSC-7 §6.6; PBOC-5 annex C, D).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dualcos.lab.properties.numbered_traffic import NumberedCase, in_turn_played, one_of
from dualcos.lab.properties.presented_secrets import Between, Shown, played, shown
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.region_memory import Memory
from dualcos.lab.properties.specimen import BASE, COUNTERPART, LabBench, PlayedExchange, Player, Side, Specimen
from dualcos.lab.properties.traffic_steps import Do, Played
from firewall.cellkind import Counting
from keys.algorithms import BadBlocks

_CARDS = (BASE, COUNTERPART)
_CHALLENGE, _SELECT, _EXTERNAL = b"\x00\x84", 0xA4, 0x82
_SECURED = 0x04
_DONE = b"\x90\x00"
_KEYS, _SOME, _TURNS = 60, 12, 8
_NUMBERS = (Counting.NUMBER, Counting.TRIES, Counting.FAILURES)

Seen = list[tuple[bytes, str, int, int, str]]
"""Of each exchange what no value of a key shows in: class to P2, where, word, length of the answer, where then."""


def seen_of(record: Sequence[PlayedExchange]) -> Seen:
    """What is compared of answers."""
    return [(each.command[:4], each.side, each.sw, len(each.answer), each.after) for each in record]


def _cells(memory: Memory, cells: dict[bytes, bytes]) -> dict[bytes, tuple[int | None, ...]]:
    """What is compared of a region: which cells there are, how long they are if they hold no secret, their counts."""
    found: dict[bytes, tuple[int | None, ...]] = {}
    for key, value in cells.items():
        kind = memory.kind(key)
        counts = kind.counts if kind is not None else ()
        numbers = tuple(count.read(value) for count in counts if count.counting in _NUMBERS)
        found[key] = (-1 if kind is not None and kind.secret else len(value), *numbers)
    return found


def _alike(identity: str, what: str, one: Sequence[PlayedExchange], other: Sequence[PlayedExchange]) -> None:
    """Raise Violation unless both cards have said the same."""
    for at, (mine, its) in enumerate(zip(seen_of(one), seen_of(other), strict=False)):
        if mine != its:
            text = f"{what}: {other[at].command[:4].hex().upper()} is answered {other[at].sw:04X} where the keys"
            raise Violation(identity, f"{text} are otherwise, {one[at].sw:04X} here", one[: at + 1])
    if len(one) != len(other):
        raise Violation(identity, f"{what}: the dialogue goes another way where the keys are otherwise", one)


def names_only(specimen: Specimen, case: NumberedCase) -> None:
    """F22, drawn: any traffic of any environments; a proof, then what it may open; another key's proof in its place."""
    (_any_traffic, _after_a_proof, _any_traffic, _another_proof)[case.pick("kind") % 4](specimen, case)


def _any_traffic(specimen: Specimen, case: NumberedCase) -> None:
    records, dumps = [], []
    for variant in _CARDS:
        bench = specimen.bench(variant)
        bench.fresh()
        player = Player(bench)
        records.append(in_turn_played(player, case.traffic(bench.sides, ends=True)))
        dumps.append(bench.card.dump())
    _alike("F22", "any traffic", *records)
    for label, side in specimen.bench().sides.items():
        mine, its = (_cells(side.memory, dump.get(label, {})) for dump in dumps)
        for key in sorted(mine.keys() | its.keys()):
            if mine.get(key) != its.get(key):
                text = f"cell {key.hex()} of {label} is {mine.get(key)}, where the keys are otherwise {its.get(key)}"
                raise Violation("F22", text, records[0])
    for exchange in records[0]:
        specimen.tally.judge(exchange.side)


# --- rights ----------------------------------------------------------------------------------------------------------


def _picked(case: NumberedCase, side: Side, what: str) -> Do:
    """One of the proofs of ``side``, with any of the keys there are."""
    earning = [macro for macro in side.macros.values() if macro.earns or macro.presents]
    return Do(one_of(earning or tuple(side.macros.values()), case.pick(what)).name, case.pick(what, "key") % _KEYS)


def _after_a_proof(specimen: Specimen, case: NumberedCase) -> None:
    """The proof, then commands of the pool that leave it standing; then those of another environment."""
    labels = tuple(specimen.bench().sides)
    here, there = (one_of(labels, case.pick(which)) for which in ("here", "there"))
    proof = _picked(case, specimen.bench().sides[here], "proof")
    records = []
    for variant in _CARDS:
        bench = specimen.bench(variant)
        bench.fresh()
        player = Player(bench)
        player.enter(here)
        player.macro(here, proof)
        for command in _some(case, bench.sides[here].pool):
            if command[1:2] not in (bytes((_SELECT,)), bytes((_EXTERNAL,))):
                player.exchange(command)
        player.enter(there)
        for command in _some(case, bench.sides[there].pool):
            player.exchange(command)
        records.append(player.record)
    _alike("F22", f"{proof} in {here}, then anything else", *records)
    for label in (here, there):
        specimen.tally.judge(label)


def _some(case: NumberedCase, pool: Sequence[bytes]) -> Sequence[bytes]:
    """Part of a pool, those beside each other: they are about one directory."""
    start = case.pick("some") % max(len(pool) - _SOME, 1)
    return pool[start : start + _SOME]


def _another_proof(specimen: Specimen, case: NumberedCase) -> None:
    """A dialogue that needs a proof, with that of another key of the same directory in its place."""
    bench = specimen.bench()
    side = one_of(tuple(bench.sides.values()), case.pick("side"))
    macros = [macro for macro in side.macros.values() if macro.traffic or macro.ends]
    one = shown(bench, side, one_of(macros, case.pick("needs")), case.pick("choice") % _KEYS)
    if not one.proofs:
        return
    proof = one_of(one.proofs, case.pick("which"))
    for turn in range(_TURNS):
        other = _picked(case, side, f"other {turn}")
        lent = shown(bench, side, side.macros[other.macro], other.choice)
        if _selected(lent.commands) == _selected(one.commands[:proof]) and lent.final[:4] != one.commands[proof][:4]:
            records = [_exchanged(specimen.bench(variant), side.label, one, proof, other) for variant in _CARDS]
            specimen.tally.judge(side.label)
            _alike("F22", f"{one} in {side.label} with the proof of {other}", *records)
            return


def _selected(commands: Sequence[bytes]) -> list[bytes]:
    return [each for each in commands if each[1:2] == bytes((_SELECT,))]


def _exchanged(bench: LabBench, label: str, one: Shown, proof: int, other: Do) -> list[PlayedExchange]:
    side = bench.sides[label]
    lent: list[PlayedExchange] = []

    def prove(player: Player) -> None:
        before = len(player.record)
        player.drive(_without_selections(side.macros[other.macro].play(other.choice)))
        lent.extend(player.record[before:])

    own = played(bench, side, side.macros[one.macro.name], one.choice, Between(proof, prove), without=proof)
    return [*own[:proof], *lent, *own[proof + 1 :]]


def _without_selections(dialogue: Played) -> Played:
    """What selects is taken as done."""
    try:
        command = next(dialogue)
        while True:
            answer = _DONE if command[1:2] == bytes((_SELECT,)) else (yield command)
            command = dialogue.send(answer)
    except StopIteration as ended:
        return ended.value


# --- F22a: cryptograms -----------------------------------------------------------------------------------------------


class _Sealed(NamedTuple):
    """A dialogue whose last command proves something about itself; by card how many commands stand in front of it."""

    label: str
    macro: str
    choice: int
    command: bytes
    before: tuple[int, ...]


def _sealed(specimen: Specimen, label: str, macro: str, choice: int) -> _Sealed:
    found = []
    for variant in _CARDS:
        bench = specimen.bench(variant)
        side = bench.sides[label]
        found.append(shown(bench, side, side.macros[macro], choice))
    return _Sealed(label, macro, choice, found[0].final, tuple(each.last for each in found))


def cryptograms_by_use(specimen: Specimen, _case: None) -> None:
    """F22a: what one command proves itself with is nothing in another: each guarded command with the data that another
    one would carry at that moment, made from the same random number, transaction and key bytes.
    """
    guarded = [
        _sealed(specimen, label, macro.name, choice)
        for label, side in specimen.bench().sides.items()
        for macro in side.tagged("guarded")
        for choice in macro.sweep[:1]
    ]
    for one in guarded:
        specimen.tally.judge(one.label)
        for other in guarded:
            if _of_another_use(specimen, one, other):
                records = [_lent(specimen.bench(each), one, other, at) for at, each in enumerate(_CARDS)]
                what = f"{one.macro} in {one.label} with what {other.macro} of {other.label} shows"
                _alike("F22a", what, *records)
                for record in records:
                    if record[-1].command[:4] == one.command[:4] and not record[-1].refused:
                        raise Violation("F22a", f"{what}: accepted", record)


def _of_another_use(specimen: Specimen, one: _Sealed, other: _Sealed) -> bool:
    """True for another command of that length. Without a MAC a proof is of no name (see above) and may come from a key
    of the same command; environments with the same commands show the same.
    """
    sides = specimen.bench().sides
    mine, its = (sides[each.label].stack or each.label for each in (one, other))
    if len(one.command) != len(other.command) or (mine == its and one.label != other.label):
        return False
    ins = one.command[1] != other.command[1]
    return ins or (bool(one.command[0] & _SECURED) and one.command[2:4] != other.command[2:4])


def _lent(bench: LabBench, one: _Sealed, other: _Sealed, card: int) -> list[PlayedExchange]:
    """``one`` up to its last command, which goes with the data of ``other``'s."""
    bench.fresh()
    player = Player(bench)
    player.enter(one.label)
    play = bench.sides[one.label].macros[one.macro].play(one.choice)
    command = next(play)
    for _ in range(one.before[card]):
        command = play.send(player.exchange(command))
    data = _made_of(bench.sides[other.label].macros[other.macro].play(other.choice), player.record)
    if len(data) == len(command):
        player.exchange(command[:5] + data[5:])
    return player.record


def _made_of(dialogue: Played, record: Sequence[PlayedExchange]) -> bytes:
    """The last command of a dialogue that meets the card's answers: to the same command the same, to any GET CHALLENGE
    the last random number, to all else that it was done. Empty where such a number does not serve its key.
    """
    known = {each.command: each.answer for each in record}
    random = next((each.answer for each in reversed(record) if each.command[:2] == _CHALLENGE), _DONE)
    command = next(dialogue)
    try:
        while True:
            answer = random if command[:2] == _CHALLENGE else known.get(command, _DONE)
            command = dialogue.send(answer)
    except StopIteration:
        return command
    except BadBlocks:
        return b""
