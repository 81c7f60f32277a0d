"""What a command's row takes (可接受的格式), where the card refused what it does not take: class, P1 P2, lengths, Le.

Told from the rows of the stack that answers; of several rows with the same code all that may be meant. A card that
tells no reason is judged by its status word.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from apdu.status import SW
from cos.kernel.command_rows import CommandRow
from cos.making.write_key import Takes
from cos.pse.data.data_elements import BY_TAG
from cos.stacks import STACKS, by_label
from dualcos.explain.command_names import INS_GET_RESPONSE
from dualcos.explain.diagnosis.computation import Situation
from dualcos.explain.diagnosis.finding import Certainty, Diagnosis
from firewall.trace import Datum

_MOST_PIECES = 6
_BYTE = 256
_HEADER = 4
_SELECT, _BY_NAME = 0xA4, 0x04
_SHORTEST_NAME = 5
_PUT_DATA, _MAC = 0xDA, 4
_BY_SFI = {0xB2: "record-by-number", 0xDC: "record-by-number", 0xB0: "file-by-identifier", 0xD6: "file-by-identifier"}
Row = CommandRow[Any]


class TakenNumbers(NamedTuple):
    """Numbers that are taken, as ranges from the first to the last; written in hex, or as counts of bytes."""

    ranges: tuple[tuple[int, int], ...]
    counts: bool = False

    @classmethod
    def of(cls, values: Collection[int], *, counts: bool = False) -> TakenNumbers:
        """Runs joined."""
        return cls(tuple(_runs(sorted({*values}))), counts)

    def __str__(self) -> str:
        told = [self._one(low) if low == high else f"{self._one(low)}..{self._one(high)}" for low, high in self.ranges]
        return ", ".join(told) if len(told) <= _MOST_PIECES else f"{told[0]}, {told[1]}, {told[2]} … {told[-1]}"

    def _one(self, number: int) -> str:
        return str(number) if self.counts else f"{number:02X}"


class TakenHeader(NamedTuple):
    """One row's P1 and P2, with its name where another row with the same code has another."""

    p1: TakenNumbers
    p2: TakenNumbers
    row: str = ""

    def __str__(self) -> str:
        return f"P1 {self.p1} P2 {self.p2}" + (f" ({self.row})" if self.row else "")


class TakenHeaders(NamedTuple):
    """All of them."""

    headers: tuple[TakenHeader, ...]

    def __str__(self) -> str:
        return "; ".join(map(str, self.headers))


class TakenKey(NamedTuple):
    """One kind of key that WRITE KEY brings here."""

    p1: int
    kinds: TakenNumbers
    numbers: TakenNumbers
    lengths: TakenNumbers

    def __str__(self) -> str:
        return f"P1 {self.p1:02X}: type {self.kinds}, number {self.numbers}, {self.lengths} bytes"


def _runs(ordered: list[int]) -> Iterator[tuple[int, int]]:
    first = 0
    for at, value in enumerate(ordered):
        if at + 1 == len(ordered) or ordered[at + 1] != value + 1:
            yield ordered[first], value
            first = at + 1


# --- what the rows say ------------------------------------------------------------------------------------------------


def rows_here(situation: Situation) -> tuple[Row, ...]:
    """The rows of the stack that answers with the command's class and instruction; of these the one that the reason
    names, if it names one.
    """
    command = situation.command
    rows = situation.known.own.get(situation.spot.environment, _NO_ROWS).get(command.ins, ())
    coded = tuple(row for row in rows if row.cla == command.cla)
    named = situation.reason.about.get("row") if situation.reason is not None else None
    return tuple(row for row in coded if row.name == named) or coded


_NO_ROWS: Mapping[int, tuple[Row, ...]] = MappingProxyType({})


def taken_headers(rows: Iterable[Row]) -> TakenHeaders:
    """P1 and P2 of ``rows``; those that differ in P2 alone are one."""
    merged: dict[tuple[frozenset[int], str], frozenset[int]] = {}
    rows = tuple(rows)
    distinct = {(frozenset(row.p1), frozenset(row.p2)) for row in rows}
    for row in rows:
        one = frozenset(row.p1), row.name if len(distinct) > 1 and len({each.name for each in rows}) > 1 else ""
        merged[one] = merged.get(one, frozenset()) | frozenset(row.p2)
    return TakenHeaders(
        tuple(TakenHeader(TakenNumbers.of(p1), TakenNumbers.of(p2), name) for (p1, name), p2 in merged.items())
    )


def _told(
    kind: str, situation: Situation, expected: Datum, received: Datum, *, next_step: str = "", **about: Datum
) -> Diagnosis:
    reason, row = situation.reason, situation.row
    clause = (reason.clause if reason is not None else "") or (row.ref if row is not None else "")
    about = {"command": situation.known.name(situation.spot.environment, situation.command).name, **about}
    return Diagnosis(kind, Certainty.LIKELY, about, expected, received, clause, next_step)


def _class(situation: Situation) -> Iterator[Diagnosis]:
    """Nothing where the instruction does not exist here either: then it is somebody else's (``whose_command``)."""
    command = situation.command
    rows = situation.known.own.get(situation.spot.environment, _NO_ROWS).get(command.ins, ())
    classes = {row.cla for row in rows}
    if rows and command.cla not in classes:
        name = rows[0].name if len({row.name for row in rows}) == 1 else f"INS {command.ins:02X}"
        yield _told("taken.class", situation, TakenNumbers.of(classes), bytes((command.cla,)), command=name)


def _parameters(situation: Situation) -> Iterator[Diagnosis]:
    command, rows = situation.command, _of_all_lives(situation)
    shown = situation.tells(2, _HEADER)
    if rows and not (shown and any(command.p1 in row.p1 and command.p2 in row.p2 for row in rows)):
        received = bytes((command.p1, command.p2)) if shown else None
        step = _BY_SFI.get(command.ins, "")
        yield _told("taken.p1-p2", situation, taken_headers(rows), received, next_step=step)


def _of_all_lives(situation: Situation) -> tuple[Row, ...]:
    """As ``rows_here``, but whichever of several rows the card has named: it names the first."""
    command = situation.command
    rows = situation.known.own.get(situation.spot.environment, _NO_ROWS).get(command.ins, ())
    return tuple(row for row in rows if row.cla == command.cla)


def _length(situation: Situation) -> Iterator[Diagnosis]:
    command = situation.command
    if not situation.tells(0, _HEADER):
        return
    rows = [row for row in rows_here(situation) if command.p1 in row.p1 and command.p2 in row.p2]
    lengths = {length for row in rows for length in row.lc}
    length = len(command.data)
    if not rows:
        return
    if length not in lengths:
        yield _told("taken.length", situation, TakenNumbers.of(lengths, counts=True), length)
    elif command.ins == _PUT_DATA and situation.why == "script length":
        row = BY_TAG.get(command.p1p2)
        wanted = range(row.least + _MAC, row.most + _MAC + 1) if row is not None else ()
        yield _told("taken.length", situation, TakenNumbers.of(wanted, counts=True), length)
    elif command.extended:
        yield _told("taken.short-length", situation, TakenNumbers.of(lengths, counts=True), length)
    else:
        yield from _le(situation)


def _le(situation: Situation) -> Iterator[Diagnosis]:
    command = situation.command
    here = rows_here(situation)
    fitting = [row for row in here if command.p1 in row.p1 and command.p2 in row.p2]
    rows = [row for row in fitting or here if row.le is not None]
    values = {value for row in rows for value in row.le or () if value is not None}
    if values and command.le not in {value for row in rows for value in row.le or ()}:
        end = _HEADER + 1 + (len(command.data) + 1 if command.data else 0)
        shown = command.le is not None and situation.tells(end - 1, end)
        received = bytes(((command.le or 0) % _BYTE,)) if shown else None
        expected = TakenNumbers.of({value % _BYTE for value in values})
        yield _told("taken.le", situation, expected, received)


def _selection(situation: Situation) -> Iterator[Diagnosis]:
    """A name where P1 announces an identifier, an identifier where it announces a name."""
    command = situation.command
    by_name = len(command.data) >= _SHORTEST_NAME
    wanted = _BY_NAME if by_name else 0
    if command.ins == _SELECT and (by_name or len(command.data) == 2) and command.p1 != wanted:
        header = TakenHeader(TakenNumbers.of((wanted,)), TakenNumbers.of((0,)))
        step = "select-by-name" if by_name else "select-by-identifier"
        received = bytes((command.p1, command.p2))
        yield _told("taken.p1-p2", situation, TakenHeaders((header,)), received, next_step=step)


def _out_of_turn(situation: Situation) -> Iterator[Diagnosis]:
    """STORE DATA is numbered in P2."""
    command = situation.command
    due = situation.reason.about.get("expected") if situation.reason is not None else None
    if isinstance(due, int):
        header = TakenHeader(TakenNumbers.of((command.p1,)), TakenNumbers.of((due,)))
        yield _told("taken.p1-p2", situation, TakenHeaders((header,)), bytes((command.p1, command.p2)))


def _key(situation: Situation) -> Iterator[Diagnosis]:
    """Which keys WRITE KEY brings into such an environment, by its stack's own table."""
    stack = by_label(situation.spot.environment, STACKS)
    takes: tuple[Takes, ...] = stack.keys_taken if stack is not None else ()
    about = situation.reason.about if situation.reason is not None else {}
    came = [each for name in ("kind", "number", "length") if isinstance(each := about.get(name), int)]
    if takes and len(came) == len(("kind", "number", "length")):
        kind, number, length = came
        keys = TakenKeys(
            tuple(
                TakenKey(
                    each.p1,
                    TakenNumbers.of(each.kinds),
                    TakenNumbers.of(each.numbers),
                    TakenNumbers.of(each.lengths, counts=True),
                )
                for each in takes
            )
        )
        received = f"P1 {situation.command.p1:02X}: type {kind:02X}, number {number:02X}, {length} bytes"
        yield _told("taken.key", situation, keys, received)


class TakenKeys(NamedTuple):
    """All kinds of keys that are taken."""

    keys: tuple[TakenKey, ...]

    def __str__(self) -> str:
        return "; ".join(map(str, self.keys))


Look = Callable[[Situation], Iterator[Diagnosis]]
BY_REASON: Mapping[str, tuple[Look, ...]] = MappingProxyType(
    {
        "class not supported": (_class,),
        "instruction of another class": (_class,),
        "P1 P2 not taken": (_parameters,),
        "length not taken": (_length,),
        "script length": (_length,),
        "Le missing": (_le,),
        "Le not taken": (_le,),
        "length of an identifier": (_selection,),
        "length of a name": (_selection,),
        "STORE DATA out of turn": (_out_of_turn,),
        "no key for here": (_key,),
    }
)
"""Which phrases of reasons ask for what."""
_BY_WORD: Mapping[int, tuple[Look, ...]] = MappingProxyType(
    {
        SW.CLA_NOT_SUPPORTED: (_class,),
        SW.WRONG_P1P2: (_parameters,),
        SW.WRONG_LENGTH: (_length, _selection),
    }
)


def what_is_taken(situation: Situation) -> Iterable[Diagnosis]:
    """What the row takes, where the command is refused for what it does not take."""
    if situation.accepted:
        return ()
    if situation.reason is not None:
        looks = BY_REASON.get(situation.why, ())
    else:
        looks = _BY_WORD.get(situation.sw, ()) if situation.command.ins != INS_GET_RESPONSE else ()
    return [found for look in looks for found in look(situation)]
