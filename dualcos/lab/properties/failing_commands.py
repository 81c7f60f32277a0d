"""Commands that fail, of every kind that F24 knows, for one environment: from its rows, and from the dialogues of its
stack for what only somebody with keys can do wrong.

Nothing here selects anything, and what is refused is refused whatever was proved.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

from cos.kernel.command_rows import CommandRow, Secured
from dualcos.dialogue.driver import apdu
from dualcos.lab.properties import bank_macros, manager_macros, pki_macros, psam_macros, social_macros
from dualcos.lab.properties.interrupted_dialogues import NOBODY, elsewhere
from dualcos.lab.properties.items_failures_keep import Failure
from dualcos.lab.properties.items_select_keeps import CHANNEL, PIN, RANDOM, RIGHT, SessionItem
from dualcos.lab.properties.specimen import LabBench, Side
from dualcos.lab.properties.traffic_steps import Macro, Play, Played, spoiled


class Failing(NamedTuple):
    """One way to fail. ``play`` ends in the command that is refused, with one of ``words`` (none given: any refusal);
    where it is refused otherwise, this is not the failure that was meant. ``before``: what must be so before an item is
    gained. ``random``: the command computes with the random number.
    """

    play: Callable[[], Played]
    words: Collection[int] = ()
    before: Callable[[], Played] | None = None
    random: bool = False


_SELECT = 0xA4
_DONE = b"\x90\x00"
_VERIFY, _AUTHENTICATE = 0x20, 0x82
_MOST_TRIES = 15
_WRONG_PROOF = bytes(range(1, 17))
_DRAW = b"\x00\x84\x00\x00\x08"
_WRONG = frozenset(range(0x63C0, 0x63D0)) | {0x6300, 0x6982}  # of an opening; by an option of the PSAM
_NO_APDU = (b"", b"\x00", b"\x00\xb2\x01", bytes.fromhex("0020000008") + b"\x12", bytes.fromhex("00B00000000000"))


def _say(*commands: bytes, words: Collection[int] = (), before: Callable[[], Played] | None = None) -> Failing:
    def play() -> Play:
        for command in commands:  # noqa: UP028 - it is sent answers, which a tuple does not take
            yield command

    return Failing(play, words, before)


# --- from the rows ---------------------------------------------------------------------------------------------------


def _unlike(taken: Iterable[Iterable[int]], among: Iterable[int]) -> int | None:
    """The first of ``among`` that none takes."""
    known = [frozenset(each) for each in taken]
    return next((each for each in among if not any(each in values for values in known)), None)


def _body(row: CommandRow[Any]) -> bytes:
    return bytes(min(row.lc))


def classes(side: Side) -> Iterator[bytes]:
    """Each instruction under a class that nobody has, and in turn under one that others have."""
    own = {(row.cla, row.ins) for row in side.rows}
    for at, ins in enumerate(dict.fromkeys(row.ins for row in side.rows if not row.fetches)):
        other = (0xB0, 0xF0, 0x90)[at % 3]
        yield apdu(f"{0x10 if (other, ins) in own or at % 2 else other:02X}{ins:02X}0000")


def parameters(side: Side) -> Iterator[bytes]:
    """Each row with the nearest P1 and P2 that no row of its code takes."""
    for row in side.rows:
        if row.fetches or row.ins == _SELECT:
            continue
        alike = [other for other in side.rows if (other.cla, other.ins) == (row.cla, row.ins)]
        p1, p2 = min(row.p1), min(row.p2)
        other1 = _unlike((each.p1 for each in alike if p2 in each.p2), range(256))
        other2 = _unlike((each.p2 for each in alike if p1 in each.p1), range(256))
        head = f"{row.cla:02X}{row.ins:02X}"
        if other1 is not None:
            yield apdu(f"{head}{other1:02X}{p2:02X}", _body(row))
        if other2 is not None:
            yield apdu(f"{head}{p1:02X}{other2:02X}", _body(row))


def lengths(side: Side) -> Iterator[bytes]:
    """Each row with the smallest and the largest length of data that it does not take, and a Le it does not take."""
    for row in side.rows:
        if row.fetches or row.ins == _SELECT:
            continue
        head = f"{row.cla:02X}{row.ins:02X}{min(row.p1):02X}{min(row.p2):02X}"
        alike = [each.lc for each in side.rows if (each.cla, each.ins) == (row.cla, row.ins)]
        for among in (range(256), range(255, -1, -1)):
            length = _unlike(alike, among)
            if length is not None:
                yield apdu(head, bytes(length))
        if row.le is not None and 5 not in row.le:
            yield apdu(head, _body(row), 5)


def _selections(bench: LabBench, side: Side) -> Iterator[bytes]:
    yield from (NOBODY, apdu("00A40000", b"\xee\xee"), apdu("00A40200", b"\xee\xee"), apdu("00A40300", b"\x3f\x00"))
    yield from (apdu("00A40401", b"NOBODY-HAS-THIS"), apdu("00A40400", b"\xa0\x00"), apdu("00A40400", bytes(17)))
    yield from elsewhere(bench, side.label)


def _fetching() -> Iterator[bytes]:
    """Under a class that fetches nothing, and with P1 P2."""
    yield from (apdu("77C00000"), apdu("00C00100"), apdu("00C00001"))


def _forms(side: Side) -> Iterator[bytes]:
    """Commands that are secured by a MAC, too short for one."""
    for row in side.rows:
        if row.secured in (Secured.MAC, Secured.BOTH) and row.cla & 0x04:
            yield apdu(f"{row.cla:02X}{row.ins:02X}{min(row.p1):02X}{min(row.p2):02X}", b"\x01")


def _of_rows(bench: LabBench, side: Side) -> dict[Failure, tuple[Failing, ...]]:
    instructions = {row.ins for row in side.rows}
    unknown = [ins for ins in (0x0E, 0x2C, 0x70, 0xCA, 0xE4) if ins not in instructions]
    commands: dict[Failure, Iterable[bytes]] = {
        Failure.SELECTION: _selections(bench, side),
        Failure.NO_COMMAND: _NO_APDU,
        Failure.INSTRUCTION: (apdu(f"{cla:02X}{ins:02X}0000") for ins in unknown for cla in (0x00, 0x80)),
        Failure.CLASS: classes(side),
        Failure.PARAMETERS: parameters(side),
        Failure.LENGTH: (*lengths(side), *_forms(side)),
        Failure.FETCHING: _fetching(),
    }
    return {kind: tuple(map(_say, dict.fromkeys(each))) for kind, each in commands.items()}


def failing(bench: LabBench, side: Side) -> Mapping[Failure, tuple[Failing, ...]]:
    """Every kind of failure but a wrong proof of what an item itself has shown (``same_secret``)."""
    more = _BY_STACK.get(side.stack or side.label, _nothing)(side)
    return {**_of_rows(bench, side), **more}


# --- with somebody's keys --------------------------------------------------------------------------------------------


def standing(dialogue: Played) -> Play:
    """A dialogue without its selections: where the session stands."""
    command = next(dialogue)
    with suppress(StopIteration):
        while True:
            command = dialogue.send(_DONE if command[1] == _SELECT else (yield command))


def same_secret(item: SessionItem) -> tuple[Failing, ...]:
    """The proof that has earned a right, or that shows a random number, spoilt."""
    shows = item.probe if item.name == RANDOM else item.gain
    if item.name not in (RIGHT, PIN, RANDOM, CHANNEL):
        return ()
    ins = _VERIFY if item.name == PIN else _AUTHENTICATE
    return (Failing(lambda: standing(spoiled(shows(), ins, 1)), _WRONG, random=True),)


class _Held:
    """A dialogue that is stopped before its last command, ``ins``, which is sent later: under another random number."""

    def __init__(self, dialogue: Callable[[], Played], ins: int) -> None:
        self._dialogue, self._ins = dialogue, ins
        self._command = b""

    def before(self) -> Play:
        """Up to that command."""
        dialogue = standing(self._dialogue())
        command = next(dialogue)
        while command[1] != self._ins:
            command = dialogue.send((yield command))
        self._command = command
        dialogue.close()

    def play(self) -> Play:
        """That command."""
        yield self._command


def _wrong_mac(macro: Macro, ins: int, word: int = 0x6988) -> tuple[Failing, ...]:
    """The secured command at a dialogue's end: spoilt, and (its rights earned before) under another random number."""
    held = _Held(partial(macro.play, 0), ins)

    def spoilt() -> Play:
        dialogue = standing(macro.play(0))
        command = next(dialogue)
        with suppress(StopIteration):
            while True:
                if command[1] == ins:
                    command = command[:-1] + bytes((command[-1] ^ 1,))
                command = dialogue.send((yield command))

    return Failing(spoilt, (word,)), Failing(held.play, (word,), held.before, random=True)


def _proof(kid: int, ins: int = 0x82, length: int = 16, p1: int = 0) -> bytes:
    return apdu(f"00{ins:02X}{p1:02X}{kid:02X}", _WRONG_PROOF[:length])


def _other_secret(proof: bytes, *, draws: bool = True) -> tuple[Failing, ...]:
    """A wrong proof of a secret that no item has shown: with a random number of its own, and with what is there."""
    bare = Failing(_say(proof).play, _WRONG, random=draws)
    return (_say(_DRAW, proof, words=_WRONG), bare) if draws else (bare,)


def _not_compared(proof: bytes, *, draws: bool = True) -> tuple[Failing, ...]:
    """The same without a random number, and with the secret locked."""

    def lock() -> Play:
        for _ in range(_MOST_TRIES):
            if draws:
                yield _DRAW
            yield proof

    locked = _say(proof, words=(0x6983, 0x6984), before=lock)
    return (_say(proof, words=(0x6984,)), locked) if draws else (locked,)


_More = Mapping[Failure, tuple[Failing, ...]]


def _nothing(_side: Side) -> _More:
    return {}


def _each(*commands: bytes) -> tuple[Failing, ...]:
    return tuple(map(_say, commands))


def _social(side: Side) -> _More:
    """The environment's master key is what no item has shown."""
    master = _proof(0x00)
    return {
        Failure.CONDITION: _each(
            apdu("00B2FE04", le=256),
            apdu("00DC0004", b"\x01\x05\x31"),
            apdu("00B05FFF", le=1),
            apdu("841E0001", bytes(4)),
            apdu("B0560000", b"\x13\x32"),
        ),
        Failure.NOT_COMPARED: (*_each(_proof(0x0F), apdu("805E0100", bytes(4))), *_not_compared(master)),
        Failure.ANOTHER: _other_secret(master),
        Failure.MAC: _wrong_mac(side.macros["unblock_pin"], 0x24),
    }


def _manager(side: Side) -> _More:
    return {
        Failure.CONDITION: _each(apdu("00B2100C", le=256), apdu("80E10001", b"\xdd\xf9"), apdu("80E00300", bytes(8))),
        Failure.NOT_COMPARED: (_say(_proof(0x00), words=(0x6984,)),),
        Failure.MAC: _wrong_mac(side.macros["replace_by_itself"], 0xD4),
    }


def _bank(side: Side) -> _More:
    """A PIN is what no item has shown; of a card without one, an issuer in a transaction that was begun for that."""
    verify, answer = apdu("00200080", b"\x24\x98\x76" + b"\xff" * 5), apdu("00820000", bytes(10))
    answered = partial(side.macros["issuer_authentication_bad"].play, 0)
    script = apdu("841E0000", bytes(4))
    return {
        Failure.CONDITION: _each(
            apdu("00B2FF0C", le=256),
            apdu("80A80000", b"\x84\x00"),
            apdu("80AE8000", bytes(255)),
            apdu("80CA9F7E", le=256),
            apdu("80E00200"),
        ),
        Failure.NOT_COMPARED: (
            _say(_proof(0x00, length=8), words=(0x6984,)),
            *_not_compared(verify, draws=False),
            _say(answer, words=(0x6985,)),
        ),
        Failure.ANOTHER: (
            *_other_secret(verify, draws=False),
            _say(answer, words=(0x6300,)),
            Failing(lambda: standing(answered()), (0x6300,)),
        ),
        Failure.MAC: (*_wrong_mac(side.macros["replace_by_itself"], 0xD4), _say(script, words=(0x6988,))),
    }


def channel(bench: LabBench, side: Side) -> Mapping[Failure, tuple[Failing, ...]]:
    """In an unfinished application of the bank: STORE DATA with a wrong C-MAC, and without one."""
    wrong = tuple(_say(apdu(head, bytes(12)), words=(0x6982,)) for head in ("84E20000", "80E20000"))
    return {**_of_rows(bench, side), Failure.CONDITION: _each(apdu("00B2FF0C", le=256)), Failure.MAC: wrong}


def _pki(side: Side) -> _More:
    """The manager's PIN is what no item has shown."""
    manager = _proof(0x00, 0x20, p1=1)
    return {
        Failure.CONDITION: _each(apdu("00D67FFF", b"\x31"), apdu("00B07FFF", le=1), apdu("80E00200"), apdu("84D40000")),
        Failure.NOT_COMPARED: _not_compared(manager),
        Failure.ANOTHER: _other_secret(manager),
        Failure.MAC: (
            *_wrong_mac(side.macros["replace_by_itself"], 0xD4),
            *_wrong_mac(side.macros["change_pin"], 0x5E),
        ),
    }


def _psam(side: Side) -> _More:
    """The second authority's key is what no item has shown."""
    authority = _proof(0x02)
    return {
        Failure.CONDITION: _each(
            apdu("00B2FE0C", le=256),
            apdu("00D65FFF", b"\x31"),
            apdu("80700100", bytes(0x24)),
            apdu("BFEC0000", b"\xaa"),
        ),
        Failure.NOT_COMPARED: (_say(_proof(0x07)), *_not_compared(authority)),
        Failure.ANOTHER: _other_secret(authority),
        Failure.MAC: (
            *_wrong_mac(side.macros["replace_by_itself"], 0xD4),
            *_wrong_mac(side.macros["create_key"], 0xD4),
        ),
    }


_BY_STACK: Mapping[str, Callable[[Side], _More]] = MappingProxyType(
    {
        social_macros.LABEL: _social,
        manager_macros.LABEL: _manager,
        bank_macros.LABEL: _bank,
        pki_macros.LABEL: _pki,
        psam_macros.LABEL: _psam,
    }
)
