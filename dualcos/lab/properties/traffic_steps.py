"""What traffic is made of: raw commands, macros that need an answer to go on, resets and power cuts.

A macro is a generator that yields commands and is sent the answers, so it knows nothing of cards or readers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeVar

from dualcos.dialogue.driver import Dialogue, Result
from dualcos.explain.command_names import FAMILIAR, Familiar
from dualcos.explain.secret_parts import secret_parts
from dualcos.explain.trace_file_lines import dotted

Play = Dialogue[None]
Played = Dialogue[object]
"""Any dialogue: what comes of it is in the record."""
OTHER_MASTER = bytes.fromhex("A5C3E1F70918273645546372819F0E1D")  # an invented test key, in the place of another


class _Printer(Protocol):
    def text(self, text: str, /) -> None: ...


def _by_its_repr(case: object, printer: _Printer, _cycle: bool) -> None:
    printer.text(repr(case))


_PRINTS = "_repr_pretty_"
_Case = TypeVar("_Case")


def printed_by_its_repr(kind: type[_Case]) -> type[_Case]:
    """Hypothesis prints failing examples by the calls that have built them; these by what they say of themselves."""
    setattr(kind, _PRINTS, _by_its_repr)
    return kind


@printed_by_its_repr
class Raw(NamedTuple):
    """One command, any bytes. ``shown``: how reports show it; else with dots for what the rows of this COS hide."""

    command: bytes
    shown: str = ""

    def __str__(self) -> str:
        return self.shown or without_secrets(self.command, FAMILIAR)

    def __repr__(self) -> str:
        return f"Raw({self})"


def without_secrets(command: bytes, known: Familiar, environment: str | None = None) -> str:
    """A command's hex digits, dots for what is secret to those who have the commands ``known``."""
    return dotted(command, secret_parts(environment, command, known).spans) or "(empty)"


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


def in_turn(*dialogues: Played) -> Play:
    """One dialogue after the other, whatever comes of each."""
    for dialogue in dialogues:
        yield from dialogue


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


def forged(play: Callable[[int], Played], ins: int = 0x82) -> Callable[[int], Played]:
    """A macro's dialogue with a wrong cryptogram in its commands ``ins`` (as a rule EXTERNAL AUTHENTICATION);
    ``choice`` says how wrong.
    """
    return lambda choice: spoiled(play(choice), ins, 1 + choice % 255)
