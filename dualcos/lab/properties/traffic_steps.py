"""What traffic is made of: raw commands, macros that need an answer to go on, resets and power cuts.

A macro is a generator that yields commands and is sent the answers, so it knows nothing of cards or readers.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import NamedTuple

from dualcos.dialogue.driver import Dialogue, Result

Play = Dialogue[None]
Played = Dialogue[object]
"""Any dialogue: what comes of it is in the record."""
Reply = Generator[bytes, bytes, bytes]

_MOST_PIECES = 8
_GET_RESPONSE = bytes.fromhex("00C00000")


class Raw(NamedTuple):
    """One command, any bytes."""

    command: bytes

    def __str__(self) -> str:
        return self.command.hex().upper() or "(empty)"


class Do(NamedTuple):
    """A macro by name; ``choice`` picks the key, file or record it works on."""

    macro: str
    choice: int = 0

    def __str__(self) -> str:
        return f"{self.macro}({self.choice})"


class Reset(NamedTuple):
    """Warm reset."""

    def __str__(self) -> str:
        return "reset"


class Cut(NamedTuple):
    """Power ends after so many more programmed bytes, if the following steps write that much."""

    ticks: int

    def __str__(self) -> str:
        return f"cut after {self.ticks} ticks"


Step = Raw | Do | Reset | Cut


class Macro(NamedTuple):
    """A small dialogue with one environment, bound to the keys of one card.

    ``play(choice)`` starts it. ``sweep``: the choices an enumeration tries. ``traffic``: fit for random traffic, as its
    effect does not make later macros wrong. What an accepted run does: ``writes`` changes non-volatile memory (so it
    is swept by the tearing test); ``earns`` leaves a right; ``restores`` may legally raise a try counter; ``presents``
    proves something whose failures are counted; ``ends`` blocks something for good. ``spends``: it is a wrong
    presentation that costs exactly one try. ``muddles``: its last command is under a right MAC and refused for what is
    in it. ``replaces``: the choices that give a key another value.

    ``guarded``: its last command is under a MAC or cryptogram (F11, F15); ``uncovered``: positions in that command
    which by the specification no MAC covers; ``sealed``: it has no plain form (F12); ``repeats``: it may be sent
    again within its transaction.
    """

    name: str
    play: Callable[[int], Played]
    sweep: tuple[int, ...] = (0,)
    writes: bool = False
    earns: bool = False
    guarded: bool = False
    sealed: bool = False
    repeats: bool = False
    uncovered: tuple[int, ...] = ()
    restores: bool = False
    spends: bool = False
    presents: bool = False
    muddles: bool = False
    replaces: tuple[int, ...] = ()
    ends: bool = False
    traffic: bool = True


def spoiled(dialogue: Dialogue[Result], ins: int, flip: int, *, at: int = 5) -> Dialogue[Result]:
    """The dialogue with one byte of its commands ``ins`` turned by ``flip``: the first of the data field, unless ``at``
    says which.
    """
    try:
        command = next(dialogue)
        while True:
            if command[1] == ins:
                command = command[:at] + bytes((command[at] ^ flip,)) + command[at + 1 :]
            command = dialogue.send((yield command))
    except StopIteration as ended:
        result: Result = ended.value
        return result


def forged(play: Callable[[int], Played], ins: int) -> Callable[[int], Played]:
    """A macro's dialogue with a wrong cryptogram in its commands ``ins``; ``choice`` says how wrong."""
    return lambda choice: spoiled(play(choice), ins, 1 + choice % 255)


def send(command: bytes) -> Reply:
    """One command with its answer fetched (61xx) or asked again with the right length (6Cxx)."""
    answer = yield command
    if answer[-2] == 0x6C and len(answer) == 2:
        answer = yield command[:4] + (command[4 : 5 + command[4]] if len(command) > 5 else b"") + answer[-1:]
    data = b""
    for _ in range(_MOST_PIECES):
        if answer[-2] != 0x61:
            break
        data += answer[:-2]
        answer = yield _GET_RESPONSE + answer[-1:]
    return data + answer


def apdu(header: str, data: bytes = b"", le: int | None = None) -> bytes:
    """A short command APDU from its header in hex, data field and Le (1..256)."""
    body = bytes((len(data),)) + data if data else b""
    return bytes.fromhex(header) + body + (b"" if le is None else bytes((le & 0xFF,)))
