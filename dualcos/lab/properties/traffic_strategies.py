"""Hypothesis strategies for traffic, from the command rows: near-valid first, one field broken, then garbage."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from cos.kernel.command_rows import CommandRow
from dualcos.explain.command_names import FAMILIAR, Familiar
from dualcos.lab.properties.specimen import Side
from dualcos.lab.properties.traffic_steps import Cut, Do, Raw, Reset, Step, without_secrets


class CommandForm(Enum):
    """How near a drawn command is to a right one."""

    RIGHT = "one that hits what is there"
    FOREIGN = "one that hits what is there in another environment"
    WITHIN = "header and lengths of a row, any data"
    NEIGHBOUR = "one field outside of its row: class, instruction, P1, P2, Lc, or a bit of the class"
    MALFORMED = "a byte too few or too many"
    ANY_BYTES = "up to 40 bytes of anything"


_OUTSIDE, _UNEVEN = (0, 1, 2, 3, 4, 7), (5, 6)
"""What ``_broken`` breaks: a field, or the lengths."""
_BYTE = st.integers(0, 255)
_NUMBERS = st.integers(0, 0xFFFF)
_FILLING = st.binary(max_size=8)
_CHOICE = st.integers(0, 199)
_TICKS = st.integers(0, 120)
_MOST = 12


class _Values(NamedTuple):
    """A row's fields as lists to choose from: allowed and not allowed."""

    row: CommandRow[Any]
    p1: tuple[int, ...]
    p2: tuple[int, ...]
    lc: tuple[int, ...]
    le: tuple[int | None, ...]
    bad_p1: tuple[int, ...]
    bad_p2: tuple[int, ...]
    bad_lc: tuple[int, ...]


def _outside(allowed: Collection[int], limit: int = 256) -> tuple[int, ...]:
    """Values just outside first, then all others."""
    near = [n for good in sorted(allowed) for n in (good + 1, good - 1) if 0 <= n < limit and n not in allowed]
    return tuple(dict.fromkeys(near + [n for n in range(limit) if n not in allowed])) or (0,)


def _values(row: CommandRow[Any]) -> _Values:
    le: tuple[int | None, ...] = (
        (None, 256, 8, 1) if row.le is None else (*sorted(row.le, key=lambda le: le or 0), None, 256, 1)
    )
    return _Values(
        row,
        tuple(sorted(row.p1)),
        tuple(sorted(row.p2)),
        tuple(sorted(row.lc)),
        le,
        _outside(row.p1),
        _outside(row.p2),
        _outside(row.lc),
    )


def encode(cla: int, ins: int, p1: int, p2: int, data: bytes, le: int | None) -> bytes:
    """The bytes of a short command, well-formed or nearly so."""
    head = bytes((cla, ins, p1, p2))
    body = bytes((len(data),)) + data if data else b""
    return head + body + (b"" if le is None else bytes((le & 0xFF,)))


def _near(values: _Values, a: int, b: int, c: int, filling: bytes) -> bytes:
    lc = values.lc[c % len(values.lc)]
    data = (filling * 256)[:lc] if filling else bytes(lc)
    le = values.le[(a + b) % len(values.le)]
    row = values.row
    return encode(row.cla, row.ins, values.p1[a % len(values.p1)], values.p2[b % len(values.p2)], data, le)


def _broken(values: _Values, what: int, n: int, filling: bytes) -> bytes:
    """One field out of its row."""
    row, pick = values.row, n % 256
    good = _near(values, n, n >> 4, n >> 8, filling)
    if what == 0:
        return bytes((pick,)) + good[1:]
    if what == 1:
        return good[:1] + bytes((pick,)) + good[2:]
    if what == 2:
        return good[:2] + bytes((values.bad_p1[n % len(values.bad_p1)],)) + good[3:]
    if what == 3:
        return good[:3] + bytes((values.bad_p2[n % len(values.bad_p2)],)) + good[4:]
    if what == 4:
        lc = values.bad_lc[n % len(values.bad_lc)]
        return encode(row.cla, row.ins, values.p1[0], values.p2[0], ((filling or b"\0") * 255)[:lc], None)
    if what == 5:
        return good[:-1]
    if what == 6:
        return good + bytes((pick,))
    # Chaining bit, logical channels, secure messaging bits.
    return bytes((row.cla ^ (0x10, 0x01, 0x03, 0x04, 0x08, 0x0C, 0x80)[n % 7],)) + good[1:]


class _Pool:
    """Commands of one side as functions of small numbers. Hypothesis prints strategies; this keeps them short."""

    def __init__(
        self,
        rows: tuple[CommandRow[Any], ...],
        known: tuple[bytes, ...],
        foreign: tuple[bytes, ...],
        familiar: Familiar = FAMILIAR,
    ) -> None:
        self._table = tuple(_values(row) for row in rows)
        self._known = known
        self._foreign = foreign or known
        self._familiar = familiar

    def __repr__(self) -> str:
        return f"<{len(self._table)} rows>"

    def _raw(self, command: bytes) -> Raw:
        return Raw(command) if self._familiar is FAMILIAR else Raw(command, without_secrets(command, self._familiar))

    def known(self, n: int) -> Raw:
        """A command that hits what is there."""
        return self._raw(self._known[n % len(self._known)])

    def foreign(self, n: int) -> Raw:
        """A command that would hit what is there in another environment."""
        return self._raw(self._foreign[n % len(self._foreign)])

    def near(self, row: int, a: int, b: int, filling: bytes) -> Raw:
        """A command within its row."""
        return self._raw(_near(self._table[row % len(self._table)], a, b, b >> 8, filling))

    def broken(self, row: int, what: int, n: int, filling: bytes) -> Raw:
        """A command with one field out of its row."""
        return self._raw(_broken(self._table[row % len(self._table)], what, n, filling))

    def strategy(self) -> SearchStrategy[Raw]:
        """All of these, then garbage."""
        known = self.form(CommandForm.RIGHT)
        foreign, near = self.form(CommandForm.FOREIGN), self.form(CommandForm.WITHIN)
        broken = st.builds(self.broken, _BYTE, st.integers(0, 7), _NUMBERS, _FILLING)
        return st.one_of(known, known, foreign, near, broken, self.form(CommandForm.ANY_BYTES))

    def form(self, form: CommandForm) -> SearchStrategy[Raw]:
        """Those of one form."""
        match form:
            case CommandForm.RIGHT:
                return st.builds(self.known, _NUMBERS)
            case CommandForm.FOREIGN:
                return st.builds(self.foreign, _NUMBERS)
            case CommandForm.WITHIN:
                return st.builds(self.near, _BYTE, _NUMBERS, _NUMBERS, _FILLING)
            case CommandForm.NEIGHBOUR:
                return st.builds(self.broken, _BYTE, st.sampled_from(_OUTSIDE), _NUMBERS, _FILLING)
            case CommandForm.MALFORMED:
                return st.builds(self.broken, _BYTE, st.sampled_from(_UNEVEN), _NUMBERS, _FILLING)
            case CommandForm.ANY_BYTES:
                return st.builds(self._raw, st.binary(max_size=40))


def commands(side: Side, others: tuple[Side, ...] = (), forms: Collection[CommandForm] = ()) -> SearchStrategy[Raw]:
    """Raw commands for ``side``, of all forms or of some; ``others`` lend theirs, which mean nothing here or something
    else.
    """
    pool = _Pool(side.rows, side.pool, tuple(command for other in others for command in other.pool), side.known)
    return st.one_of([pool.form(form) for form in forms]) if forms else pool.strategy()


@st.composite
def _one_step(draw: st.DrawFn, kinds: tuple[SearchStrategy[Any], ...]) -> Step:
    """One of ``kinds``, each as likely as it occurs. (``one_of`` would count every branch inside a kind.)"""
    step: Step = draw(kinds[draw(st.integers(0, len(kinds) - 1))])
    return step


def macro_steps(side: Side, *, ends: bool = False) -> SearchStrategy[Step]:
    """Macros fit for traffic; with ``ends`` also those that block something for good."""
    names = tuple(macro.name for macro in side.macros.values() if macro.traffic and (ends or not macro.ends))
    return st.builds(Do, st.sampled_from(names), _CHOICE)


def tries(side: Side, others: tuple[Side, ...] = ()) -> SearchStrategy[list[Step]]:
    """Traffic that is mostly right and wrong presentations, resets and cuts (F9)."""
    wrong = tuple(macro.name for macro in side.tagged("spends"))
    right = tuple(macro.name for macro in side.tagged("presents"))
    few, power = st.integers(0, 3), st.builds(Reset) | st.builds(Cut, st.integers(0, 8))
    kinds: tuple[SearchStrategy[Any], ...] = (power, macro_steps(side, ends=True), commands(side, others))
    if wrong:
        kinds = (st.builds(Do, st.sampled_from(wrong), few), *kinds, st.builds(Do, st.sampled_from(wrong), few))
    if right:
        kinds = (*kinds, st.builds(Do, st.sampled_from(right), few))
    return st.lists(_one_step(kinds), min_size=1, max_size=_MOST)


def steps(
    side: Side,
    others: tuple[Side, ...] = (),
    *,
    ends: bool = False,
    power: bool = True,
    macros: bool = True,
    most: int = _MOST,
) -> SearchStrategy[list[Step]]:
    """Traffic of one environment: macros, where it has any, as often as raw commands; with ``power`` also resets and,
    of a card whose power can be cut at a byte, cuts.
    """
    raw = commands(side, others)
    kinds: tuple[SearchStrategy[Any], ...] = (raw,) * 7
    if macros and any(macro.traffic and (ends or not macro.ends) for macro in side.macros.values()):
        macro = macro_steps(side, ends=ends)
        kinds = (macro, raw, macro, raw, macro, raw, macro)
    if power:
        resets = st.builds(Reset)
        kinds = (*kinds, resets | st.builds(Cut, _TICKS) if side.cut else resets)
    return st.lists(_one_step(kinds), min_size=1, max_size=most)
