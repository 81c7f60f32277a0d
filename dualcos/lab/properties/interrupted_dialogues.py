"""F5c, F5d: what comes between two commands of a dialogue and is refused has one effect, whoever refuses it.

Every macro of every side, interrupted before each of its commands. A SELECT that another environment refuses (or bytes
that are no command) against one that the environment itself refuses; GET RESPONSE of every class against the class that
is printed, and against a command that nobody has. Afterwards the dialogue goes on: its answers, and the memory it
leaves, are compared. Nothing is reset and nothing left out; a SELECT that is accepted is an excursion, and F4's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dualcos.dialogue.driver import apdu
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.specimen import LabBench, Player, Specimen, named
from dualcos.lab.properties.traffic_steps import Do

NOBODY = apdu("00A40400", b"NOBODY-HAS-THIS")
"""A SELECT that whoever is current answers himself."""

_UNKNOWN = apdu("FFFE0000")
_NO_COMMAND = (b"\x00\xa4", bytes.fromhex("00A4040009") + b"no")
_FETCH, _SELECT = 0xC0, 0xA4
_P2 = (0x01, 0x02, 0x03, 0x0C)


class Told(NamedTuple):
    """A macro as it goes when nothing interrupts it: commands, answers, and before which an answer waits."""

    label: str
    step: Do
    commands: tuple[bytes, ...]
    answers: tuple[bytes, ...]

    def waits_before(self, at: int) -> bool:
        """True if the card has announced data that the command at ``at`` could fetch."""
        return at > 0 and self.answers[at - 1][-2] == 0x61

    def owner(self, at: int) -> int:
        """The class of the command whose answer waits before ``at``."""
        return next(command[0] for command in reversed(self.commands[:at]) if command[1] != _FETCH)


def dialogues(bench: LabBench) -> Iterator[Told]:
    """Every macro of every side, with the first of the choices it is swept with."""
    for label, side in bench.sides.items():
        for macro in side.macros.values():
            bench.fresh()
            player = Player(bench)
            player.enter(label)
            mark = len(player.record)
            step = Do(macro.name, macro.sweep[0])
            player.macro(label, step)
            part = player.record[mark:]
            yield Told(
                label,
                step,
                tuple(exchange.command for exchange in part),
                tuple(exchange.answer for exchange in part),
            )


class After(NamedTuple):
    """What came of a dialogue behind an interruption. ``refused``: the interruption was, and left nothing."""

    refused: bool
    answers: tuple[bytes, ...]
    memory: dict[str, dict[bytes, bytes]]
    player: Player


def _go_on(bench: LabBench, told: Told, at: int, between: Sequence[bytes]) -> After:
    """The dialogue with ``between`` sent before its command number ``at``."""
    bench.fresh()
    player = Player(bench)
    player.enter(told.label)
    for command in told.commands[:at]:
        player.exchange(command)
    refused = True
    for command in between:
        player.exchange(command)
        refused &= player.record[-1].refused and bench.card.environment == told.label
    answers = tuple(player.exchange(command) for command in told.commands[at:])
    return After(refused, answers, bench.card.dump(), player)


def _same(identity: str, what: str, one: After, other: After) -> None:
    for number, (left, right) in enumerate(zip(one.answers, other.answers, strict=True)):
        if left != right:
            text = (
                f"{what}: command {number + 1} behind it is answered {left.hex().upper()}, else {right.hex().upper()}"
            )
            raise Violation(identity, text, one.player.record)
    if one.memory != other.memory:
        raise Violation(identity, f"{what}: the memory differs afterwards", one.player.record)


def elsewhere(bench: LabBench, label: str) -> Iterator[bytes]:
    """Commands that the other environments of the card refuse as long as nobody follows up a partial selection, and
    such as no environment ever sees.
    """
    for other in bench.sides.values():
        if other.label == label:
            continue
        yield from (apdu(f"00A404{p2:02X}", name) for name in other.names[-1:] for p2 in _P2)
        if other.root:
            yield from (apdu(f"00A400{p2:02X}", fid) for fid in other.fids[-1:] for p2 in _P2)
    yield from _NO_COMMAND


def refused_alike(specimen: Specimen, _case: None) -> None:
    """F5c: before every command of every macro, a SELECT that is refused elsewhere is as one refused here."""
    bench = specimen.bench()
    asked = {(label, command) for label in bench.sides for command in elsewhere(bench, label)}
    for told in dialogues(bench):
        for at in range(len(told.commands)):
            here = _go_on(bench, told, at, (NOBODY,))
            if not here.refused:
                raise Violation("F5c", f"{named(NOBODY)} was carried out in {told.label}", here.player.record)
            for command in elsewhere(bench, told.label):
                there = _go_on(bench, told, at, (command,))
                if there.refused:
                    what = f"{named(command)}, refused elsewhere, before command {at + 1} of {told.step}"
                    _same("F5c", what, there, here)
                    specimen.tally.judge(told.label)
                    asked.discard((told.label, command))
    for label, command in asked:
        raise Violation("F5c", f"{named(command)} is never refused in {label}: nothing was shown of it")


# --- F5d -------------------------------------------------------------------------------------------------------------


def _fetch(cla: int, le: int) -> bytes:
    return bytes((cla, _FETCH, 0, 0, le))


def class_of_fetching(specimen: Specimen, _case: None) -> None:
    """F5d: what waits is fetched under class 00 and, unless the setting is strict, under the class of its command,
    and that is no command of its own; GET RESPONSE of any other class is refused, costs nothing that waits, and else is
    a command that nobody has.
    """
    bench = specimen.bench()
    strict = isinstance(specimen, ProfileSpecimen) and specimen.profile.chip.transmission.get_response == "class 00"
    for told in dialogues(bench):
        for at in range(len(told.commands)):
            if told.waits_before(at):
                _waiting(bench, told, at, strict=strict)
            else:
                _nothing_waits(bench, told, at)
            specimen.tally.judge(told.label)


def _waiting(bench: LabBench, told: Told, at: int, *, strict: bool) -> None:
    le, own = told.answers[at - 1][-1], told.owner(at)
    fetching = {0} if strict else {0, own}
    if told.commands[at] != _fetch(0, le):
        return
    rest = told._replace(commands=(*told.commands[:at], *told.commands[at + 1 :]))
    plain = _go_on(bench, rest, at, (_fetch(0, le),))
    unknown = _go_on(bench, rest, at, (_fetch(0, le), _UNKNOWN))
    for cla in _classes(bench, told.label, own):
        where = f"class {cla:02X} before command {at + 1} of {told.step}"
        under = _go_on(bench, rest, at, (_fetch(cla, le),))
        fetched = under.player.record[-1 - len(under.answers)].answer
        if (fetched == told.answers[at]) != (cla in fetching):
            did = "fetches" if fetched == told.answers[at] else "does not fetch"
            raise Violation("F5d", f"{where} {did} what a command of class {own:02X} left", under.player.record)
        if cla in fetching:
            _same("F5d", f"fetched under {where}", under, plain)
            continue
        if len(fetched) != 2 or fetched[0] not in (0x6E, 0x6D):
            raise Violation("F5d", f"{where} is answered {fetched.hex().upper()}", under.player.record)
        still = _go_on(bench, rest, at, (_fetch(cla, le), _fetch(0, le)))
        if still.player.record[-1 - len(still.answers)].answer != told.answers[at]:
            raise Violation("F5d", f"{where} was refused, and what waited is gone", still.player.record)
        _same("F5d", f"refused under {where}", still, unknown)


def _nothing_waits(bench: LabBench, told: Told, at: int) -> None:
    unknown = _go_on(bench, told, at, (_UNKNOWN,))
    for cla in _classes(bench, told.label, told.commands[at][0]):
        there = _go_on(bench, told, at, (_fetch(cla, 0),))
        where = f"class {cla:02X}, nothing waiting, before command {at + 1} of {told.step}"
        if not there.refused:
            raise Violation("F5d", f"GET RESPONSE under {where} was carried out", there.player.record)
        _same("F5d", f"GET RESPONSE under {where}", there, unknown)


def _classes(bench: LabBench, label: str, own: int) -> tuple[int, ...]:
    """The classes of this side's commands, the one of the moment, one that nobody has, secure messaging and channel."""
    return tuple(sorted({row.cla for row in bench.sides[label].rows} | {own, own ^ 0x04, own ^ 0x01, 0x77}))
