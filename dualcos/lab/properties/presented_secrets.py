"""F27: what presenting a secret costs, and how long what it earned lasts. Every side, from its macros and command rows.

A dialogue is driven up to its last part (a random number and the command that uses it, or that command alone),
something is put in between (wrong presentations, refusals, the last try, another key), and the dialogue goes on. What
the last command must say without a right is what it says when the proof is left out of the same dialogue.

Left out: keys that never lock, as nothing ends with their tries; applications that are made anew on cards in use, where
none can be made (``F27c`` asks an environment that was just handed over).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from dualcos.lab.conformance.try_counters import COUNTED
from dualcos.lab.properties.counters_only_go_down import row_of, tries
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.region_memory import Memory
from dualcos.lab.properties.specimen import LabBench, PlayedExchange, Player, Side, Specimen
from dualcos.lab.properties.traffic_steps import Macro

Counter = tuple[str, bytes]
Meanwhile = Callable[[Player], None]
_MOST_TRIES = 16
_CHALLENGE, _FETCH, _MEDICAL = b"\x00\x84", 0xC0, 0xB0
_DONE = b"\x90\x00"
# Words that are said before anything is compared, or where nothing was: they cost no try.
_BEFORE = frozenset(
    (
        *(0x6700, 0x6901, 0x6981, 0x6983, 0x6984, 0x6985, 0x6986, 0x6987),
        *(0x6A80, 0x6A81, 0x6A82, 0x6A86, 0x6A88, 0x6B00, 0x6D00, 0x6E00),
    )
)
_MOST_CHOICES = 2


class Between(NamedTuple):
    """What is done in front of command ``at`` of a dialogue."""

    at: int
    do: Meanwhile


class Shown(NamedTuple):
    """A macro as it went: its commands, where its last part begins, which earlier commands present something."""

    macro: Macro
    choice: int
    commands: tuple[bytes, ...]
    start: int
    last: int
    proofs: tuple[int, ...]
    word: int

    @property
    def final(self) -> bytes:
        """The command it is about."""
        return self.commands[self.last]

    @property
    def draw(self) -> tuple[bytes, ...]:
        """What the last part begins with: GET CHALLENGE, or nothing."""
        return self.commands[self.start : self.last]

    def before(self, at: int) -> tuple[bytes, ...]:
        """GET CHALLENGE in front of command ``at``, if it is there."""
        return self.commands[at - 1 : at] if at and self.commands[at - 1][:2] == _CHALLENGE else ()

    def __str__(self) -> str:
        return f"{self.macro.name}({self.choice})"


def _counts(side: Side, command: bytes) -> bool:
    row = row_of(side, command)
    return row is not None and bool(COUNTED & set(row.writes))


def shown(bench: LabBench, side: Side, macro: Macro, choice: int) -> Shown:
    """The macro on a fresh card."""
    record = played(bench, side, macro, choice)
    commands = tuple(exchange.command for exchange in record)
    last = max(at for at, command in enumerate(commands) if command[1:2] != bytes((_FETCH,)))
    start = last - 1 if last and commands[last - 1][:2] == _CHALLENGE else last
    proofs = tuple(at for at in range(start) if _counts(side, commands[at]))
    return Shown(macro, choice, commands, start, last, proofs, record[last].sw)


def played(
    bench: LabBench,
    side: Side,
    macro: Macro,
    choice: int,
    between: Between | None = None,
    *,
    without: int = -1,
    judge: _Judge | None = None,
) -> list[PlayedExchange]:
    """The macro's own exchanges on a fresh card. Its command ``without`` is not sent, and taken as if it had been
    accepted.
    """
    bench.fresh()
    player = Player(bench, judge.watch if judge is not None else None)
    player.enter(side.label)
    if judge is not None:
        judge.begins(player)
    own: list[PlayedExchange] = []
    play, number = macro.play(choice), 0
    try:
        command = next(play)
        while True:
            if between is not None and number == between.at:
                between.do(player)
            if number == without:
                answer = _DONE
                own.append(PlayedExchange(side.label, command, answer, side.label))
            else:
                answer = player.exchange(command)
                own.append(player.record[-1])
            number += 1
            command = play.send(answer)
    except StopIteration:
        return own


def spoilt(command: bytes) -> bytes:
    """The command with one bit of what it proves turned: a MAC is its end, a cryptogram or PIN its beginning."""
    at = len(command) - 1 if command[0] & 0x04 or command[0] == _MEDICAL else 5
    return command[:at] + bytes((command[at] ^ 1,)) + command[at + 1 :]


class _Judge:
    """Told of every exchange: no refusal gives a try back, and one before the comparison costs none."""

    def __init__(self, bench: LabBench, what: str) -> None:
        self._bench = bench
        self.what = what
        self._before: dict[Counter, int] = {}
        self._player: Player | None = None

    def begins(self, player: Player) -> None:
        """The dialogue starts now."""
        self._player, self._before = player, tries(self._bench)

    def watch(self, exchange: PlayedExchange) -> None:
        """One exchange."""
        if self._player is None:
            return
        now = tries(self._bench)
        for counter, was in self._before.items():
            left = now.get(counter, was)
            if exchange.refused and (left > was or (left < was and exchange.sw in _BEFORE)):
                moved = f"try counter {counter[1].hex()} from {was} to {left}"
                text = f"{self.what}: refused with {exchange.sw:04X}, {moved}"
                raise Violation("F27", text, self._player.record)
        self._before = now


def presented(bench: LabBench, side: Side, commands: tuple[bytes, ...]) -> Counter | None:
    """Send ``commands``, a wrong presentation; the counter it lowered, None if none."""
    before = tries(bench)
    for command in commands:
        bench.card.exchange(command)
    now = tries(bench)
    lower = [counter for counter, was in before.items() if now.get(counter, was) == was - 1]
    return lower[0] if len(lower) == 1 and lower[0][0] == side.label else None


# --- F27: refusals -------------------------------------------------------------------------------------------------


def twists(one: Shown) -> Iterator[tuple[str, tuple[bytes, ...]]]:
    """Presentations that must be refused before anything is compared, or are wrong in an ordinary way."""
    final, draw = one.final, one.draw
    yield "the random number is used up" if draw else "again", (final,)
    if draw:
        for length in (4, 8, 16):
            yield f"a random number of {length} bytes", (b"\x00\x84\x00\x00" + bytes((length,)), spoilt(final))
    for at, name in ((0, "class"), (2, "P1"), (3, "P2")):
        for bit in (0x10, 0x40, 0x01):
            yield f"another {name}", (*draw, final[:at] + bytes((final[at] ^ bit,)) + final[at + 1 :])
    body = final[5 : 5 + final[4]]
    for data in (body[:-1], body + b"\x7e", body[: len(body) // 2], b""):
        if data != body:
            yield f"{len(data)} bytes of data", (*draw, final[:4] + (bytes((len(data),)) + data if data else b""))


def refusals_are_free(specimen: Specimen, _case: None) -> None:
    """F27: wrong presentations until the secret is locked, refusals between them; then the right one is refused."""
    bench = specimen.bench()
    for side in bench.sides.values():
        for macro in (*side.tagged("presents"), *side.tagged("muddles")):
            for choice in macro.sweep[:_MOST_CHOICES]:
                one = shown(bench, side, macro, choice)
                if _counts(side, one.final):
                    specimen.tally.judge(side.label)
                    _one_secret(bench, side, one)


def _one_secret(bench: LabBench, side: Side, one: Shown) -> None:
    wrong = (*one.draw, spoilt(one.final))
    for what, refused in twists(one):
        judge = _Judge(bench, f"{one} in {side.label}, {what}")
        locks: list[Counter] = []

        def between(player: Player, refused: tuple[bytes, ...] = refused, locks: list[Counter] = locks) -> None:
            for number in range(_MOST_TRIES):
                before = tries(bench)
                for command in wrong:
                    player.exchange(command)
                now = tries(bench)
                lower = [counter for counter, was in before.items() if now.get(counter, was) == was - 1]
                if not number and not lower:
                    raise Violation("F27", f"{one} in {side.label}: a wrong presentation costs no try", player.record)
                locks.extend(each for each in lower if not now[each])
                if one.macro.muddles or locks:
                    return
                for command in refused if number in (0, 1) else ():
                    player.exchange(command)

        own = played(bench, side, one.macro, one.choice, Between(one.start, between), judge=judge)
        if locks and not own[-1].refused:
            raise Violation("F27", f"{judge.what}: all tries are used up, yet the right one was accepted", own)


# --- F27a, F27b: rights --------------------------------------------------------------------------------------------


class Right(NamedTuple):
    """What a proof opens: the dialogue, which of its commands is the proof, its counter, the word without it.

    ``word`` is 0 where the dialogue ends earlier without the proof: then its last command must be refused, no more.
    """

    one: Shown
    proof: int
    counter: Counter
    word: int


def rights(bench: LabBench, side: Side) -> Iterator[Right]:
    """Every right a macro's last command needs, of keys whose failures are counted."""
    for macro in side.macros.values():
        for choice in macro.sweep[:_MOST_CHOICES]:
            one = shown(bench, side, macro, choice)
            if one.word >> 8 not in (0x90, 0x61) or (macro.presents and macro.earns):  # a proof needs no right
                continue
            for proof in one.proofs:
                bare = played(bench, side, macro, choice, without=proof)
                word = bare[-1].sw if len(bare) == len(one.commands) else 0
                counter = _counter_of(bench, side, one, proof)
                if counter is not None and word >> 8 not in (0x90, 0x61, 0x63):  # 63: it is a proof itself
                    yield Right(one, proof, counter, word)


def _counter_of(bench: LabBench, side: Side, one: Shown, proof: int) -> Counter | None:
    found: list[Counter | None] = []
    wrong = (*one.before(proof), spoilt(one.commands[proof]))
    tried = Between(one.start, lambda _: found.append(presented(bench, side, wrong)))
    played(bench, side, one.macro, one.choice, tried)
    return found[0]


def _ends(bench: LabBench, side: Side, right: Right, identity: str, what: str, meanwhile: Meanwhile) -> None:
    one = right.one
    own = played(bench, side, one.macro, one.choice, Between(one.start, meanwhile))
    said = own[one.last].sw
    if said != right.word and (right.word or not own[one.last].refused):
        text = f"{one} in {side.label}: {what}, yet it was answered {said:04X}, without its right {right.word:04X}"
        raise Violation(identity, text, own)


def end_with_their_tries(specimen: Specimen, _case: None) -> None:
    """F27a: when the last try of a key is used up, in whatever way, nothing it opened is carried out any more."""
    bench = specimen.bench()
    for side in bench.sides.values():
        known = [shown(bench, side, macro, choice) for macro in side.tagged("presents") for choice in macro.sweep]
        others = {(*one.draw, spoilt(one.final)): None for one in known if _counts(side, one.final)}
        for right in rights(bench, side):
            own = (*right.one.before(right.proof), spoilt(right.one.commands[right.proof]))
            for wrong in {own: None, **others}:
                if _locks(bench, side, right, wrong):
                    specimen.tally.judge(side.label)
                    what = f"its key was locked by {wrong[-1][:4].hex().upper()}"
                    _ends(bench, side, right, "F27a", what, partial(_lock, bench, right, wrong))


def _locks(bench: LabBench, side: Side, right: Right, wrong: tuple[bytes, ...]) -> bool:
    """True if ``wrong``, sent where the right is held, costs a try of its key."""
    found: list[Counter | None] = []
    one = right.one
    tried = Between(one.start, lambda _: found.append(presented(bench, side, wrong)))
    played(bench, side, one.macro, one.choice, tried)
    return found[0] == right.counter


def _lock(bench: LabBench, right: Right, wrong: tuple[bytes, ...], player: Player) -> None:
    for _ in range(_MOST_TRIES):
        if not tries(bench).get(right.counter, 0):
            return
        for command in wrong:
            player.exchange(command)
    raise Violation("F27", f"{right.one}: wrong presentations do not lock {right.counter[1].hex()}", player.record)


def end_with_their_keys(specimen: Specimen, _case: None) -> None:
    """F27b: when a key is replaced, nothing the old one opened is carried out any more."""
    bench = specimen.bench()
    for side in bench.sides.values():
        replacers = _replacers(bench, side)
        for right in rights(bench, side) if replacers else ():
            for macro, choice in replacers.get(right.counter, ()):
                specimen.tally.judge(side.label)
                what = f"its key was replaced by {macro.name}({choice})"
                _ends(bench, side, right, "F27b", what, partial(_replace, macro, choice))


def _replace(macro: Macro, choice: int, player: Player) -> None:
    player.drive(macro.play(choice))


def _replacers(bench: LabBench, side: Side) -> Mapping[Counter, list[tuple[Macro, int]]]:
    """Which macro gives which key another value; keys by their counter."""
    found: dict[Counter, list[tuple[Macro, int]]] = {}
    for macro in side.macros.values():
        for choice in macro.replaces:
            bench.fresh()
            before = bench.card.dump().get(side.label, {})
            own = played(bench, side, macro, choice)
            now = bench.card.dump().get(side.label, {})
            if own[-1].refused:
                raise Violation("F27b", f"{macro.name}({choice}) in {side.label} replaces nothing", own)
            for cell in now:
                if now[cell] != before.get(cell, now[cell]):
                    for counter in side.memory.counters(now):
                        if _same_entry(side.memory, cell, counter):
                            found.setdefault((side.label, counter), []).append((macro, choice))
    return found


def _same_entry(memory: Memory, record: bytes, counter: bytes) -> bool:
    """Both are about the same key: one holds its value, the other its tries."""
    kinds = memory.kind(record), memory.kind(counter)
    if kinds[0] is None or kinds[1] is None or not kinds[0].secret or kinds[0].prefix != kinds[1].prefix:
        return False
    return kinds[0].split(record) == kinds[1].split(counter)
