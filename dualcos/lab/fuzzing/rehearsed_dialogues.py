"""Dialogues tried out before a property plays them: one that does not do what it is marked with would show nothing."""

from __future__ import annotations

from functools import lru_cache

from apdu.command import MalformedAPDU, parse
from dualcos.explain.command_names import INS_GET_RESPONSE
from dualcos.lab.properties.counted_card import carried_out
from dualcos.lab.properties.specimen import CardDied, LabBench, PlayedExchange, Player, Side, Specimen
from dualcos.lab.properties.traffic_steps import Macro, Played

_HEADER = 4
_OFTEN = 16
"""As often as F19 plays what spends a try."""


@lru_cache(maxsize=64)
def wrongly_marked(specimen: Specimen, flag: str) -> tuple[str, ...]:
    """Of every dialogue marked ``flag`` what is wrong with that, played on the card as it is at first; empty: nothing.

    What ``earns``, ``ends`` or is ``guarded`` must be accepted; what ``spends`` refused, and show that it costs
    something; what is ``guarded`` must have data that can be spoilt.
    """
    bench = specimen.bench()
    return tuple(
        _in_a_sentence(bench, side, macro, flag) for side in bench.sides.values() for macro in side.tagged(flag)
    )


class _NoCommand(Exception):
    """A dialogue has sent what nobody could take for a command."""


def _in_a_sentence(bench: LabBench, side: Side, macro: Macro, flag: str) -> str:
    try:
        reasons = [_wrong(bench, side, macro, choice, flag) for choice in macro.sweep]
    except _NoCommand:
        reasons = ["sends something that is no command: bytes are wanted, four at least"]
    except CardDied:  # F17 is violated, and the property will say so
        reasons = []
    reason = next(filter(None, reasons), "")
    return reason and f"{macro.name} of {side.label} is marked `{flag}`, and {reason}"


def _wrong(bench: LabBench, side: Side, macro: Macro, choice: int, flag: str) -> str:
    record = _entered(bench, side, macro, choice).record[1:]
    sent = [each.command for each in record if each.command[1] != INS_GET_RESPONSE]
    if not sent:
        return "sends nothing"
    answered = f"its last command is answered {record[-1].sw:04X}"
    if flag == "spends":
        return f"{answered}, {free}" if (free := _costs_nothing(bench, side, macro, choice, record[-1])) else ""
    if not carried_out(record[-1].answer):
        return f"{answered}: it is to be accepted"
    if flag == "guarded" and not _has_data(sent[-1]):
        return "its last command has no data, or those of an extended one: a cryptogram is to begin them"
    return ""


def _costs_nothing(bench: LabBench, side: Side, macro: Macro, choice: int, last: PlayedExchange) -> str:
    if not last.refused:
        return "and a wrong presentation is to be refused"
    often = _entered(bench, side, macro, choice, _OFTEN)
    if often.record[-1].sw != last.sw or _declared(often, side) != _declared(_entered(bench, side), side):
        return ""
    return f"and all that is declared is answered behind {_OFTEN} of them as at first: no try is seen to be spent"


def _entered(bench: LabBench, side: Side, macro: Macro | None = None, choice: int = 0, times: int = 1) -> Player:
    """A fresh card in that environment, and behind so many of a dialogue."""
    bench.fresh()
    player = Player(bench)
    player.enter(side.label)
    if macro is not None:
        for _ in range(times):
            player.drive(_commands(macro.play(choice)))
    return player


def _declared(player: Player, side: Side) -> list[int]:
    """How all that is declared is answered now. Status words alone: random numbers move on whatever happens."""
    return [int.from_bytes(player.exchange(command)[-2:], "big") for command in side.pool]


def _commands(play: Played) -> Played:
    """A dialogue as far as it sends commands."""
    try:
        command = next(play)
        while True:
            if not isinstance(command, bytes) or len(command) < _HEADER:
                raise _NoCommand
            command = play.send((yield command))
    except StopIteration as ended:
        return ended.value


def _has_data(command: bytes) -> bool:
    try:
        sent = parse(command)
    except MalformedAPDU:
        return False
    return bool(sent.data) and not sent.extended
