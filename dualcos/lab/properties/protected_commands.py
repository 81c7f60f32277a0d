"""F11, F12: a protected command is accepted whole or not at all, and never in a weaker form."""

from __future__ import annotations

from collections.abc import Iterator

from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.session_forgets import rehearse
from dualcos.lab.properties.specimen import LabBench, Player, Specimen, changed, named
from dualcos.lab.properties.traffic_steps import Do

_SECURE = 0x04


def _setting(bench: LabBench, label: str, commands: list[bytes]) -> Player:
    """A fresh card brought to where the last of ``commands`` would be accepted."""
    bench.fresh()
    player = Player(bench)
    player.enter(label)
    for command in commands[:-1]:
        player.exchange(command)
    return player


def _must_refuse(bench: LabBench, label: str, player: Player, command: bytes, identity: str, what: str) -> None:
    before = bench.card.dump()
    player.exchange(command)
    if not player.record[-1].refused:
        raise Violation(identity, f"{what}: {named(command)} was accepted", player.record)
    for region, key in changed(before, bench.card.dump()):
        if region != label or key not in bench.sides[label].memory.counters(before[label]):
            raise Violation(identity, f"{what}: refused, yet cell {key.hex()} of {region} changed", player.record)


def flips(command: bytes, *, sealed: bool, uncovered: tuple[int, ...] = ()) -> Iterator[bytes]:
    """The command with each single bit changed. For a command that also exists plain, not the bit that says so; for
    one without secure messaging the data field only, as nothing else is under its cryptogram.
    """
    for position in range(0 if command[0] & _SECURE else 5, len(command)):
        if position in uncovered:
            continue
        for bit in range(8):
            if position == 0 and 1 << bit == _SECURE and not sealed:
                continue
            yield command[:position] + bytes((command[position] ^ 1 << bit,)) + command[position + 1 :]


def integrity(specimen: Specimen, _case: None) -> None:
    """F11: any one bit of an accepted protected command flipped: refused, and nothing changed but counters."""
    bench = specimen.bench()
    for label, side in bench.sides.items():
        for macro in side.tagged("guarded"):
            for choice in macro.sweep[:1]:
                commands, answers = rehearse(bench, label, Do(macro.name, choice))
                if answers[-1][-2] not in (0x90, 0x61):
                    raise Violation("F11", f"{macro.name}({choice}) is not accepted in the first place")
                for flipped in flips(commands[-1], sealed=macro.sealed, uncovered=macro.uncovered):
                    player = _setting(bench, label, commands)
                    _must_refuse(bench, label, player, flipped, "F11", f"{macro.name}({choice}), one bit flipped")
                    specimen.tally.judge(label)


def weaker(command: bytes) -> Iterator[tuple[str, bytes]]:
    """Forms of a secured command with less protection."""
    head, data = command[:4], command[5 : 5 + command[4]]
    plain_class = bytes((head[0] & ~_SECURE,)) + head[1:]
    lowest = bytes((head[0] & ~0x8C,)) + head[1:]
    body = data[:-4]
    yield "class without secure messaging", _command(plain_class, data)
    yield "class without secure messaging, no MAC", _command(plain_class, body)
    yield "interindustry class", _command(lowest, data)
    yield "interindustry class, no MAC", _command(lowest, body)
    yield "no MAC", _command(head, body)
    yield "MAC of zeros", _command(head, body + bytes(4))
    for length in range(1, 4):
        yield f"MAC cut to {length} bytes", _command(head, body + data[-4:][:length])
    yield "no data", head
    yield "other secure messaging indicator", _command(bytes((head[0] ^ 0x0C,)) + head[1:], data)


def _command(head: bytes, data: bytes) -> bytes:
    return head + (bytes((len(data),)) + data if data else b"")


def no_downgrade(specimen: Specimen, _case: None) -> None:
    """F12: where protection is required every weaker form is refused, at first and straight after a success."""
    bench = specimen.bench()
    for label, side in bench.sides.items():
        for macro in side.tagged("sealed"):
            for choice in macro.sweep[:3]:
                commands, _ = rehearse(bench, label, Do(macro.name, choice))
                for what, form in weaker(commands[-1]):
                    player = _setting(bench, label, commands)
                    _must_refuse(bench, label, player, form, "F12", f"{macro.name}({choice}), {what}")
                    specimen.tally.judge(label)
                    if not macro.ends:
                        _after_success(bench, label, commands, form, f"{macro.name}({choice}), {what}, after a success")


def _after_success(bench: LabBench, label: str, commands: list[bytes], form: bytes, what: str) -> None:
    player = _setting(bench, label, commands)
    player.exchange(commands[-1])
    player.exchange(bytes.fromhex("0084000008"))
    _must_refuse(bench, label, player, form, "F12", what)
