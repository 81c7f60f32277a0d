"""F26: every stored counter, amount and total at its edges: a declared word, and none comes round to a small number.

Which numbers there are, and how each moves, their owners declare beside the layout of the cells. A number is set at
rest in all cells of its kind at once, then each dialogue that uses it is played. A dialogue that makes a number rise on
the card as it is must not lower it at the edge; what never comes again is never lower.

The numbers of a personalisation channel are asked of the bank's side while it is made (``unfinished_bank``). A number
that no dialogue counts stands in a list of the tests, with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from dualcos.lab.conformance.coverage import family, words_of
from dualcos.lab.properties import bank_macros
from dualcos.lab.properties.counters_only_go_down import frugal
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.region_memory import Cells
from dualcos.lab.properties.specimen import LabBench, PlayedExchange, Player, Side, Specimen, named
from dualcos.lab.properties.traffic_steps import Do, Macro, Played
from dualcos.lab.properties.unfinished_bank import unfinished_bank
from firewall.cellkind import CellKind, Count, Counting, kind_of

_MOST_CHOICES = 2
_DAMAGED = frozenset((0x6581, 0x6D00))  # it was found, or what was damaged could not be entered
_PASSED = frozenset((0x61, 0x6C))  # that data wait, or how many there are: no verdict
_FAILURES = (Counting.TRIES, Counting.FAILURES)


class Number(NamedTuple):
    """A number of the card: what it is, and the cells that have one."""

    kind: CellKind
    counted: Count
    cells: tuple[bytes, ...]

    @property
    def failures(self) -> bool:
        """True if it counts failures."""
        return self.counted.counting in _FAILURES

    @property
    def edges(self) -> tuple[int, ...]:
        """The values to try: the largest, where there is room that behind it, which none may be, and that before it.
        Of tries also the last one and none.
        """
        most = self.counted.most
        beyond = (most + 1,) if most < self.counted.room else ()
        return (most, *beyond, most - 1, *((1, 0) if self.counted.counting is Counting.TRIES else ()))

    def begun(self, before: Cells, after: Cells) -> bool:
        """True if in some cell it was nothing and is something."""
        read = self.counted.read
        return any(not read(before.get(key, b"")) and read(after[key]) for key in self.cells)


class NumberSetting(NamedTuple):
    """A number at an edge."""

    number: Number
    value: int

    @property
    def damaged(self) -> bool:
        """True if no card can have counted so far."""
        return self.value > self.number.counted.most

    def __str__(self) -> str:
        return f"{self.number.counted.name} at {self.value}"


class _Ran(NamedTuple):
    """A dialogue as it went, with the memory of its environment before and behind it."""

    record: Sequence[PlayedExchange]
    before: Cells
    after: Cells

    @property
    def pairs(self) -> list[tuple[bytes, bytes]]:
        return [(exchange.command, exchange.answer) for exchange in self.record]


def _numbers(side: Side, cells: Cells) -> tuple[Number, ...]:
    """Every number in these cells."""
    kinds = [kind for kind in side.memory.kinds if kind.counts]
    found: dict[tuple[CellKind, Count], list[bytes]] = {}
    for key in sorted(cells):
        kind = kind_of(kinds, key, cells)
        for count in kind.counts if kind is not None else ():
            if kind is not None and count.read(cells[key]) is not None:
                found.setdefault((kind, count), []).append(key)
    return tuple(Number(kind, count, tuple(keys)) for (kind, count), keys in found.items())


def _dialogues(side: Side) -> Iterator[tuple[Macro, Do]]:
    for macro in side.macros.values():
        for choice in macro.sweep[:_MOST_CHOICES]:
            yield macro, Do(macro.name, choice)


def numbers_at_their_edges(specimen: Specimen, _case: None) -> None:
    """F26, enumerated: every number of every environment at every edge, in every dialogue that uses it."""
    for stay in stays_asked(specimen):
        for _ in numbers_asked(stay):
            specimen.tally.judge(stay.side.label)


class NumbersStay(NamedTuple):
    """One environment, and what is to be done there first: a bank's limits raised, so that its counters can rise."""

    bench: LabBench
    side: Side
    prepare: Callable[[], Played] | None = None


def numbers_asked(stay: NumbersStay) -> Iterator[NumberAsked]:
    """Each number that a dialogue uses, once it was at its edges there. Raises Violation."""
    asked = _Asked(stay)
    for macro, step in _dialogues(stay.side):
        for number in asked.used(macro, step):
            yield NumberAsked(number, asked.judge(macro, step, number))


class NumberAsked(NamedTuple):
    """A number in one dialogue. ``counted``: there it has moved its own way, as it was or at an edge: of tries one was
    used up, anything else has risen.
    """

    number: Number
    counted: bool


def stays_asked(specimen: Specimen) -> Iterator[NumbersStay]:
    """The environments of the issued card, and the bank's while it is made."""
    bench = specimen.bench()
    pse = specimen.profile.pse if isinstance(specimen, ProfileSpecimen) else None
    for side in bench.sides.values():
        if pse is None or side.label != bank_macros.LABEL:
            yield NumbersStay(bench, side)
    if pse is None or not isinstance(specimen, ProfileSpecimen):
        return
    unfinished = unfinished_bank(specimen)
    if unfinished is not None:
        yield NumbersStay(unfinished.bench, unfinished.side)
    issuer, side = bank_macros.issuer_of(specimen.profile, pse), bench.sides[bank_macros.LABEL]
    whole = side._replace(macros={**bank_macros.counting(issuer), **side.macros})
    sides = {**bench.sides, side.label: whole}
    yield NumbersStay(bench._replace(sides=sides), whole, partial(bank_macros.raise_limits, issuer))


class _Asked:
    """One environment, on a card that has been used: what a first transaction leaves behind is there."""

    def __init__(self, stay: NumbersStay) -> None:
        bench, side, prepare = self._bench, self._side, _ = stay
        bench.fresh()
        if prepare is not None:
            player = Player(bench)
            player.enter(side.label)
            player.drive(prepare())
        bench.card.power_off()
        self._start = bench.card.snapshot()
        self._numbers = _numbers(side, self._memory())
        for macro, step in 2 * tuple(_dialogues(side)):  # some need what a later one leaves behind
            if macro.traffic and not macro.ends:
                self._use(step)
        self._plain = {step: self._run(step) for _, step in _dialogues(side)}

    def _memory(self) -> dict[bytes, bytes]:
        return self._bench.card.dump()[self._side.label]

    def _use(self, step: Do) -> None:
        """Go on from the card behind ``step`` if it has made a number more than nothing."""
        ran = self._run(step)
        found = _numbers(self._side, ran.after)
        if any(not number.failures and number.begun(ran.before, ran.after) for number in found):
            self._bench.card.power_off()
            self._start, self._numbers = self._bench.card.snapshot(), found

    def _run(self, step: Do, settings: Sequence[NumberSetting] = ()) -> _Ran:
        bench, label = self._bench, self._side.label
        bench.card.restore(self._start)
        cells = self._memory()
        for number, value in settings:
            for key in number.cells:
                cells[key] = number.counted.write(cells[key], value)
                bench.card.overwrite(label, key, cells[key])
        bench.card.power_on()
        bench.trace.take()
        dumps = [bench.card.dump()]

        def watch(exchange: PlayedExchange) -> None:
            dumps.append(bench.card.dump())
            if exchange.refused:
                frugal(bench, exchange, dumps[-2], dumps[-1], player)

        player = Player(bench, watch)
        player.enter(label)
        mark = len(player.record)
        player.macro(label, step)
        return _Ran(tuple(player.record[mark:]), dumps[mark][label], dumps[-1].get(label, {}))

    def used(self, macro: Macro, step: Do) -> Iterator[Number]:
        """The numbers in cells that the dialogue uses."""
        presents = macro.presents or macro.spends or macro.muddles or macro.restores
        for kind in dict.fromkeys(number.kind for number in self._numbers):
            numbers = [number for number in self._numbers if number.kind == kind]
            used = self._uses(step, numbers)
            yield from (number for number in numbers if used or (presents and number.failures))

    def _uses(self, step: Do, numbers: Sequence[Number]) -> bool:
        """True if the dialogue changes such a cell, or goes another way with all these numbers at their largest."""
        plain = self._plain[step]
        if any(plain.before.get(key) != plain.after.get(key) for number in numbers for key in number.cells):
            return True
        largest = [NumberSetting(number, number.counted.most) for number in numbers if not number.failures]
        return bool(largest) and self._run(step, largest).pairs != plain.pairs

    def judge(self, macro: Macro, step: Do, number: Number) -> bool:
        """Play the dialogue with that number at its edges; whether it has moved its own way. Raises Violation."""
        plain = self._plain[step]
        largest, *others = number.edges
        ran = self._at(macro, step, NumberSetting(number, largest))
        runs = [plain, ran]
        matters = number.failures or ran.pairs != plain.pairs or any(_moved(number, each) for each in runs)
        values = [value for value in others if matters or value > largest]
        runs += [self._at(macro, step, NumberSetting(number, value)) for value in values]
        way = -1 if number.counted.counting is Counting.TRIES else 1
        return any(way * moved > 0 for each in runs for moved in _moved(number, each).values())

    def _at(self, macro: Macro, step: Do, setting: NumberSetting) -> _Ran:
        plain, ran = self._plain[step], self._run(step, (setting,))
        where = f"{step} in {self._side.label} with {setting}"
        for exchange in ran.record:
            self._declared(exchange, setting, where, ran.record)
        for number in self._numbers:
            rose = _moved(number, plain)
            for key, moved in _moved(number, ran).items():
                if self._wrong(number, moved, rose.get(key, 0), macro):
                    raise Violation("F26", f"{where}: {number.counted.name} moved by {moved}", ran.record)
        return ran

    @staticmethod
    def _wrong(number: Number, moved: int, plain: int, macro: Macro) -> bool:
        """True if so the number must not move. ``plain``: how it moves on the card as it is."""
        counting = number.counted.counting
        if counting in _FAILURES:
            raised = moved if counting is Counting.TRIES else -moved
            return raised > 0 and not macro.restores
        return moved < 0 and (counting is Counting.NUMBER or (counting is Counting.AMOUNT and plain > 0))

    def _declared(
        self, exchange: PlayedExchange, setting: NumberSetting, where: str, record: Sequence[PlayedExchange]
    ) -> None:
        said = family(exchange.sw)
        if said >> 8 in _PASSED or (said in _DAMAGED and setting.damaged):
            return
        if exchange.side == self._side.label and said not in self._words(exchange.command):
            text = f"{where}: {named(exchange.command)} was answered {said:04X}, which it does not declare"
            raise Violation("F26", text, record)

    def _words(self, command: bytes) -> set[int]:
        rows = [row for row in self._side.rows if (row.cla, row.ins) == (command[0], command[1])]
        fitting = [row for row in rows if command[2] in row.p1 and command[3] in row.p2]
        return {word for row in fitting or rows for word in words_of(self._side.stack or self._side.label, row)}


def _moved(number: Number, ran: _Ran) -> dict[bytes, int]:
    """By how much the number has moved, by cell where it has."""
    found = {}
    for key in number.cells:
        if ran.before.get(key) != ran.after.get(key):
            before, after = (number.counted.read(cells.get(key, b"")) for cells in (ran.before, ran.after))
            if before is not None and after is not None and before != after:
                found[key] = after - before
    return found
