"""F25: whatever the cells of f hold, e and the ATR stay whole, and f answers.

Every region of the card is an f, those of no side included: the chip's own bytes and the directory of environments
belong to the card, so there all sides but the root must stay whole, but for one that the damage may have taken away.
Cells are drawn by what their owner declares them to be and then one of that kind: of five hundred records
and one header the header is not the rarer case.

Left out: e's dialogues and most of its pool in the enumeration (F25a), as the draws have them; dialogues that block
something for good (F19 has them); the chip's own bytes in the ATR, which then says what is readable of them; what e
does from a SELECT on whose name f has only because its header is damaged (a shorter name is a name like any other).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from apdu import atr as answer_to_reset
from cos.kernel.directory_headers import DirectoryHeader, LayoutError
from cos.kernel.files import FileSystem
from cos.kernel.refusal import Gate
from dualcos.dialogue.driver import apdu
from dualcos.lab.properties.property_and_violation import Pairs, Violation, same_answers
from dualcos.lab.properties.region_memory import Cells, memory_of
from dualcos.lab.properties.specimen import LabBench, PlayedExchange, Player, Side, Specimen
from dualcos.lab.properties.traffic_steps import Do, Raw, Step
from firewall.cellkind import CellKind
from firewall.hardware.chip import CHIP_REGION
from firewall.trace import Refused

AT_REST, F_CURRENT, E_CURRENT = "at rest", "under f", "under e"
_TIMES = (AT_REST, F_CURRENT, E_CURRENT)
_GONE = frozenset((0x6A82, 0x6A81))  # what a SELECT of an environment that cannot be found is answered
_FAILS = frozenset((0x6581, 0x6F00, 0x6A81))
_BATCH = 6
_STRIDE = 7
_DIALOGUES = 4
_BY_NAME = b"\x00\xa4\x04"
_UNKNOWN_NAME = apdu("00A40400", b"NOBODY")

Pick = Callable[[bytes, Sequence[bytes], int], bytes | None]


def _noise(number: int, length: int) -> bytes:
    return hashlib.shake_256(number.to_bytes(9, "big")).digest(length)


def _flipped(value: bytes, number: int) -> bytes:
    if not value:
        return b"\x01"
    at, bit = number // 8 % len(value), 1 << number % 8
    return value[:at] + bytes((value[at] ^ bit,)) + value[at + 1 :]


KINDS: Mapping[str, Pick] = MappingProxyType(
    {
        "erased": lambda _old, _others, _n: None,
        "empty": lambda _old, _others, _n: b"",
        "one byte short": lambda old, _others, _n: old[:-1],
        "one byte long": lambda old, _others, n: old + bytes((n & 0xFF,)),
        "far too long": lambda old, _others, n: old + _noise(n, 64),
        "all 00": lambda old, _others, _n: bytes(len(old)),
        "all FF": lambda old, _others, _n: b"\xff" * len(old),
        "first byte": lambda old, _others, n: bytes((old[0] ^ (n % 255 + 1) if old else n & 0xFF,)) + old[1:],
        "a bit": lambda old, _others, n: _flipped(old, n),
        "another cell's": lambda _old, others, n: others[n % len(others)],
        "random": lambda old, _others, n: _noise(n, len(old)),
        "random, of any length": lambda _old, _others, n: _noise(n, n % 260),
    }
)
"""Damages of a cell: from what it held, what the other cells of its region hold, and a number."""

_FOREIGN = "foreign cell"


class Damage(NamedTuple):
    """One cell with another value, None: erased. ``what`` says what was done to it."""

    region: str
    cell: bytes
    what: str
    value: bytes | None

    def __str__(self) -> str:
        return f"{self.what}: cell {self.cell.hex()} of {self.region}"


class DamageCase(NamedTuple):
    """Damages, each on a fresh card; ``number`` picks dialogues."""

    time: str
    damages: tuple[Damage, ...]
    number: int

    def __repr__(self) -> str:
        return f"{self.time}, each alone: " + "; ".join(map(str, self.damages))


def _foreign(key: bytes, number: int) -> bytes:
    """A key no owner uses, or that of a cell which is not there: longer, shorter, the next one."""
    return (key + b"\0", key[:-1] or b"?", key[:-1] + bytes((key[-1] + 1 & 0xFF,)), key + _noise(number, 3))[number % 4]


class _Memory:
    """The cells of a card by region and kind, to be picked by numbers."""

    def __init__(self, dump: Mapping[str, Cells]) -> None:
        self._cells = {region: dict(cells) for region, cells in dump.items() if cells}
        self._classes = {region: self._sorted(region, cells) for region, cells in self._cells.items()}
        self.regions = tuple(sorted(self._cells))
        self._kinds = [(region, at) for region in self.regions for at in range(len(self._classes[region]))]

    def __repr__(self) -> str:
        return f"<{len(self.regions)} regions>"

    @staticmethod
    def _sorted(region: str, cells: Cells) -> tuple[tuple[bytes, ...], ...]:
        """The keys of each kind."""
        kinds: dict[CellKind | bytes, list[bytes]] = {}
        for key in sorted(cells):
            kinds.setdefault(memory_of(region).kind(key) or key, []).append(key)
        return tuple(tuple(keys) for keys in kinds.values())

    def damage(self, region: str, kind: int, at: int, what: str, number: int) -> Damage:
        """What is done to one cell."""
        keys, cells = self._classes[region][kind], self._cells[region]
        key = keys[at % len(keys)]
        if what == _FOREIGN:
            return Damage(region, _foreign(key, number), what, cells[key])
        others = [cells[other] for other in sorted(cells) if other != key] or [b"another"]
        return Damage(region, key, what, KINDS[what](cells[key], others, number))

    def case(self, number: int, missing: int) -> DamageCase:
        """The case of that number, with fewer damages the larger ``missing`` is."""
        time, pick = _noise(number, 2)
        drawn = tuple(self._drawn(number, at) for at in range(_BATCH + 1 - missing))
        return DamageCase(_TIMES[time % len(_TIMES)], drawn, pick)

    def _drawn(self, number: int, turn: int) -> Damage:
        """Kinds of cell in turn, the rest by chance."""
        (kind,) = _noise(number, 1)
        what, at, choice = struct.unpack(">HHI", _noise(number + turn, 8))
        whats = (*KINDS, _FOREIGN)
        region, place = self._kinds[(kind + turn) % len(self._kinds)]
        return self.damage(region, place, at, whats[what % len(whats)], choice)

    def every(self) -> Iterator[Damage]:
        """The first cell of each kind with every damage, then every cell with one, in turn."""
        whats = (*KINDS, _FOREIGN)
        for region in self.regions:
            for kind, keys in enumerate(self._classes[region]):
                for number, what in enumerate(whats):
                    yield self.damage(region, kind, 0, what, number * 37 + kind)
                for at in range(1, len(keys)):
                    yield self.damage(region, kind, at, whats[at % len(whats)], at * 11 + kind)


def _memory(specimen: Specimen) -> _Memory:
    bench = specimen.bench()
    bench.fresh()
    return _Memory(bench.card.dump())


def damages(specimen: Specimen) -> SearchStrategy[DamageCase]:
    """A few damages, when, and which dialogues.

    One number is drawn and spread over all choices: drawn one by one they would be small numbers most of the time.
    """
    return st.builds(_memory(specimen).case, st.integers(0, (1 << 64) - 1), st.integers(1, _BATCH))


# --- judging ---------------------------------------------------------------------------------------------------------


def _name(cell: bytes, value: bytes | None) -> bytes:
    """The name of a directory if the cell holds a header that can be read; empty if it has none."""
    if value is None or FileSystem.header_cell(int.from_bytes(cell[1:3], "big")) != cell:
        return b""
    try:
        return DirectoryHeader.decode(value).name
    except LayoutError:
        return b""


class _Judge:
    """What e answers on an undamaged card, and the comparison with a damaged one."""

    def __init__(self, specimen: Specimen, traffic: Callable[[str], Sequence[Step]]) -> None:
        self._bench: LabBench = specimen.bench()
        self._tally = specimen.tally
        self._traffic = traffic
        self._bench.fresh()
        self._atr = self._bench.card.atr
        cells = chain.from_iterable(region.items() for region in self._bench.card.dump().values())
        self._names = {_name(cell, value) for cell, value in cells}
        self._whole: dict[tuple[str, str, str], Pairs] = {}

    def judge(self, damage: Damage, time: str) -> None:
        """Raise Violation unless the damage stays where it is."""
        owners = damage.region in self._bench.sides
        gone = []
        for e, side in self._bench.sides.items():
            if e == damage.region or (not owners and side.root):
                continue
            f = damage.region if owners else next((label for label in self._bench.sides if label != e), e)
            player = self._run(f, e, time, damage)
            expected = self._expected(f, e, time)
            if not owners and player.record[-1].sw in _GONE:
                gone.append(e)
                if time == AT_REST:
                    continue
                expected = expected[:-1]  # what came before the reset it did as it always does
            both = self._before_renamed(damage, expected)
            text = f"{e} behaves differently, {damage} {time}"
            self._tally.judge(e)
            same_answers("F25", text, player.observed(e)[:both], expected[:both], player.record)
        if len(gone) > 1 and not self._blocked:
            raise Violation("F25", f"{damage} {time}: {' and '.join(gone)} are gone")
        if owners:
            self._answers(damage, time)

    def _before_renamed(self, damage: Damage, expected: Pairs) -> int | None:
        """How many exchanges come before a SELECT by a name that only the damaged header has; None: all."""
        name = _name(damage.cell, damage.value)
        if not name or name in self._names:
            return None
        select = apdu("00A40400", name)
        return next((at for at, (command, _) in enumerate(expected) if command[: len(select)] == select), None)

    @property
    def _blocked(self) -> bool:
        """True if the card says of everything that it is blocked (the mark is a cell like any other)."""
        return self._bench.card.exchange(b"\x00\xa4\x00\x00")[-2:] == b"\x6a\x81"

    def _expected(self, f: str, e: str, time: str) -> Pairs:
        key = f, e, time
        if key not in self._whole:
            self._whole[key] = self._run(f, e, time, None).observed(e)
        return self._whole[key]

    def _run(self, f: str, e: str, time: str, damage: Damage | None) -> Player:
        """Traffic of e on a card with that damage; behind it e is entered once more, unless at rest after a reset."""
        player = self._started(time, damage)
        if time == AT_REST:
            for fid in self._bench.sides[e].fids:
                player.exchange(apdu("00A40000", fid))
        else:
            player.enter(f if time == F_CURRENT else e)
            self._spoil(damage)
        player.enter(e)
        player.play(e, self._traffic(e))
        if time != AT_REST:
            self._power_on(damage)
        player.enter(e)
        return player

    def _answers(self, damage: Damage, time: str) -> None:
        """What f itself answers: anything, and where it has found the damage the right words, with a reason."""
        f = damage.region
        self._tally.judge(f)
        player = self._started(time, damage)
        player.enter(f)
        if time != AT_REST:
            self._spoil(damage)
        player.play(f, self._traffic(f))
        if time != AT_REST:
            self._power_on(damage)
            player.enter(f)
        for exchange in player.record:
            _explained(exchange, damage, time, player)

    def _started(self, time: str, damage: Damage | None) -> Player:
        bench = self._bench
        card = bench.card
        card.rail.cut_after(None)
        card.restore(bench.start)
        if time == AT_REST:
            self._spoil(damage)
        self._power_on(damage)
        bench.trace.take()
        return Player(bench)

    def _power_on(self, damage: Damage | None) -> None:
        """Raise Violation unless the card answers it with its ATR, or with one of what is readable of that."""
        try:
            atr = self._bench.card.power_on()
            answer_to_reset.parse(atr)
        except Exception as error:  # whatever it is: a card that does not answer the reset is a violation
            raise Violation("F25", f"power-on raised {type(error).__name__}, {damage}") from error
        if damage is not None and damage.region != CHIP_REGION and atr != self._atr:
            raise Violation("F25", f"the ATR is {atr.hex().upper()}, {damage}")

    def _spoil(self, damage: Damage | None) -> None:
        if damage is not None:
            self._bench.card.overwrite(damage.region, damage.cell, damage.value)


def _explained(exchange: PlayedExchange, damage: Damage, time: str, player: Player) -> None:
    """A recognised damage has its word and says where it is."""
    for _, event in exchange.events:
        if not isinstance(event, Refused) or event.reason.gate != Gate.MEMORY:
            continue
        if event.sw not in _FAILS or not event.reason.why:
            text = f"{damage} {time}: found, yet answered {event.sw:04X} because of {event.reason.why or 'nothing'}"
            raise Violation("F25", text, player.record)


def _some(side: Side, number: int, stride: int) -> list[Step]:
    """Part of a side's pool: every SELECT by a name, as it is what asks the others, and one in a few of the rest."""
    named = [command for command in side.pool if command[:3] == _BY_NAME]
    others = [command for command in side.pool if command[:3] != _BY_NAME]
    return [Raw(command) for command in (*named, _UNKNOWN_NAME, *others[number % stride :: stride])]


def contained(specimen: Specimen, case: DamageCase) -> None:
    """F25, drawn: every e answers its pool and one dialogue after another as on an undamaged card."""
    sides = specimen.bench().sides

    def traffic(label: str) -> list[Step]:
        macros = [macro for macro in sides[label].macros.values() if macro.traffic and not macro.ends]
        picked = [macros[(case.number + at) % len(macros)] for at in range(min(_DIALOGUES, len(macros)))]
        dialogues = [Do(macro.name, macro.sweep[case.number % len(macro.sweep)]) for macro in picked]
        return [*_some(sides[label], case.number, _STRIDE), *dialogues]

    judge = _Judge(specimen, traffic)
    for damage in case.damages:
        judge.judge(damage, case.time)


def everywhere(specimen: Specimen, _case: None) -> None:
    """F25a, enumerated: every kind of cell with every damage, every cell with one; parts of the pools."""
    sides = specimen.bench().sides

    def traffic(label: str) -> list[Step]:
        return _some(sides[label], 0, 3 * _STRIDE)

    judge = _Judge(specimen, traffic)
    for at, damage in enumerate(_memory(specimen).every()):
        judge.judge(damage, _TIMES[at % len(_TIMES)])
