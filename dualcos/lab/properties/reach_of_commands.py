"""F23: no command reaches further than its row declares, whatever the options say of another command.

What widens is declared: ``CommandRow.reach``, and ``Stack.card_wide``, which tells of any options whether they make a
command of reach *card* silence the whole card. The values of options that do so are found by asking it of every value
of every option; so a new option, a new command and a new stack are asked as they come.

A command of reach *directory* changes cells of the directory that is current, and no others; one of reach *environment*
cells of its environment (and the entry of one that deletes itself). A directory none of whose cells has changed is
selected with the answer that it gave before.

Left out: the MF of a user card, which is the declared exception (F3); what a card answers once a command of reach
*card* was carried out (``test_card_block``).
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from msgspec import Struct, structs

from cos.card import Card
from cos.cos_options import CosOptions, written_options
from cos.kernel.command_rows import CommandRow, Reach
from cos.kernel.directory_headers import DirectoryHeader, LayoutError
from cos.kernel.files import FILE_CELLS
from cos.kernel.stack import Stacks
from dualcos.dialogue.driver import apdu
from dualcos.explain.memory_cells import DIRECTORY_REGION
from dualcos.lab.properties.counted_card import CountedCard, carried_out
from dualcos.lab.properties.counters_only_go_down import row_of
from dualcos.lab.properties.numbered_traffic import NumberedCase, in_turn_played, one_of
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.region_memory import Cells
from dualcos.lab.properties.specimen import LabBench, PlayedExchange, Player, Side, Specimen, changed, data_of
from dualcos.lab.properties.traffic_steps import Do
from firewall.hardware.chip import CHIP_REGION
from firewall.mint import ENTRY
from firewall.trace import TraceBuffer

_HEADER = FILE_CELLS[0]
_ROOTS = (DIRECTORY_REGION, CHIP_REGION)
_SELECT, _BY_NAME = b"\x00\xa4", 0x04
_CHOICES = 1


Place = tuple[str, bytes]
"""A directory: label of its environment, file identifier."""


# --- options ---------------------------------------------------------------------------------------------------------


def values_of(kind: object) -> tuple[object, ...]:
    """What a setting of that type can be, where that can be counted."""
    if kind is bool:
        return (False, True)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return tuple(kind)
    return get_args(kind) if get_origin(kind) is Literal else ()


@cache
def _fields(kind: type[Struct]) -> tuple[tuple[str, object], ...]:
    """The settings of a stack, with their types."""
    hints = get_type_hints(kind)
    return tuple((name, hints[name]) for name in kind.__struct_fields__)


def changed_options(options: Struct) -> Iterator[tuple[str, Struct]]:
    """``options`` with each value of each setting that it does not have, by name; settings within settings too."""
    for name, kind in _fields(type(options)):
        now = getattr(options, name)
        if isinstance(now, Struct):
            for inner, changed_within in changed_options(now):
                yield f"{name}.{inner}", structs.replace(options, **{name: changed_within})
        for value in values_of(kind):
            if value != now:
                yield f"{name} = {value}", structs.replace(options, **{name: value})


class Reading(NamedTuple):
    """A card's options under a name. ``wide``: the labels of the stacks whose card-wide command reaches the card."""

    name: str
    options: CosOptions
    stacks: Stacks
    wide: frozenset[str]


def readings(specimen: Specimen, card: Card) -> Iterator[Reading]:
    """Its own options, and with each setting at each other value."""
    own, here = card.options, {side.stack or label for label, side in specimen.bench().sides.items()}
    yield _reading(card, "as it is", own)
    for stack in (each for each in card.stacks if each.label in here):
        for name, options in changed_options(own.stacks[stack.label]):
            yield _reading(card, f"{stack.label}: {name}", own._replace(stacks={**own.stacks, stack.label: options}))


def _reading(card: Card, name: str, options: CosOptions) -> Reading:
    wide = frozenset(stack.label for stack in card.stacks if stack.card_wide(options.stacks[stack.label]))
    return Reading(name, options, card.stacks, wide)


def _under(specimen: Specimen, reading: Reading) -> LabBench:
    """The same memory under a COS that reads the standards so."""
    bench = specimen.bench()
    trace, regions = TraceBuffer(), bench.start.chip.regions
    cells = {label: image.cells for label, image in regions.items()}
    made = Card.restored(written_options(reading.options), cells, "reach", trace=trace, stacks=reading.stacks)
    return bench._replace(card=CountedCard(made, specimen.tally), trace=trace, start=made.snapshot())


# --- judging ---------------------------------------------------------------------------------------------------------


def _directories(bench: LabBench) -> dict[Place, bytes]:
    """Every directory of the card with its name."""
    found: dict[Place, bytes] = {}
    for label, cells in bench.card.dump().items():
        side = bench.sides.get(label)
        for key, value in cells.items() if side is not None else ():
            if side is not None and side.memory.kind(key) == _HEADER:
                try:
                    found[label, _HEADER.split(key)["directory"]] = DirectoryHeader.decode(value).name
                except LayoutError:
                    continue
    return found


class _Before(NamedTuple):
    """A card as it was: its directories by name, what selecting each answers, its memory."""

    names: Mapping[Place, bytes]
    answers: Mapping[Place, bytes]
    dump: Mapping[str, Cells]


class _Watch:
    """Told of every exchange: where it is executed, and how far it has reached."""

    def __init__(self, bench: LabBench, before: _Before, reading: Reading, identity: str) -> None:
        self._bench, self._reading, self._identity = bench, reading, identity
        bench.fresh()
        self._names, self._answers = before.names, before.answers
        self._start = self._dump = before.dump
        self._ticks = bench.card.rail.ticks
        self._at: dict[str, bytes] = {}
        self.player = Player(bench, self.see)
        self.silenced = False
        self._changes: dict[str, list[bytes]] = {}

    def see(self, exchange: PlayedExchange) -> None:
        """One exchange."""
        ticks = self._bench.card.rail.ticks
        if ticks != self._ticks:
            row, now = self._row(exchange), self._bench.card.dump()
            reach = self._reach(exchange.side, row)
            for region, key in changed(self._dump, now) if not self.silenced else ():
                self._judge(exchange, row, reach, region, key)
            self._ticks, self._dump = ticks, now
            if reach is Reach.CARD and carried_out(exchange.answer):
                self.silenced = True
        if exchange.command[:2] == _SELECT or exchange.side != exchange.after or exchange.restarted:
            self._follow(exchange)

    def _row(self, exchange: PlayedExchange) -> CommandRow[Any] | None:
        side = self._bench.sides.get(exchange.side)
        return row_of(side, exchange.command) if side is not None else None

    def _reach(self, label: str, row: CommandRow[Any] | None) -> Reach:
        """As the row says, and the card's options."""
        if row is None:
            return Reach.DIRECTORY
        side = self._bench.sides[label]
        narrow = row.reach is Reach.CARD and (side.stack or label) not in self._reading.wide
        return Reach.ENVIRONMENT if narrow else row.reach

    def _judge(
        self, exchange: PlayedExchange, row: CommandRow[Any] | None, reach: Reach, region: str, key: bytes
    ) -> None:
        side, what = exchange.side, row.name if row is not None else exchange.command[:4].hex().upper()
        if reach is Reach.CARD or self._bench.sides[side].root:
            return
        if region == side:
            place = self._place(side, key)
            if reach is Reach.ENVIRONMENT or place in (None, self._at.get(side, self._home(side))):
                return
        entry = (region, key) == (DIRECTORY_REGION, ENTRY.key(label=side.encode()))
        if entry and reach is Reach.ENVIRONMENT:
            return
        text = f"{self._reading.name}: {what} in {side} changed cell {key.hex()} of {region}"
        raise Violation(self._identity, f"{text}, its reach is the {reach.value}", self.player.record)

    def _home(self, label: str) -> bytes:
        return next((fid for fid in self._bench.sides[label].fids if fid), b"")

    def _place(self, label: str, key: bytes) -> bytes | None:
        """The directory a cell belongs to; None if its key names none."""
        kind = self._bench.sides[label].memory.kind(key)
        return kind.split(key).get("directory") if kind is not None else None

    def _follow(self, exchange: PlayedExchange) -> None:
        """Where the next command will be executed."""
        label, command = exchange.after, exchange.command
        if label != exchange.side or exchange.restarted:
            self._at = {label: self._home(label)} if label in self._bench.sides else {}
        if command[:2] != _SELECT or not carried_out(exchange.answer) or len(command) < 5:
            return
        data = data_of(command)
        for (owner, fid), name in self._names.items():
            by_name = command[2] == _BY_NAME and bool(data) and name.startswith(data)
            if owner == label and (by_name or (command[2] != _BY_NAME and data == fid)):
                self._at[label] = fid
                return

    def others_as_before(self, *, resets: bool = True) -> None:
        """Raise Violation unless each directory whose memory is as it was is selected as before, also after a reset."""
        self._changes = self._changed_cells()
        for reset in (False, True) if resets else (False,):
            if reset:
                self.player.restart()
            for (label, fid), name in self._names.items() if self._answers else ():
                if self.silenced or not self._untouched(label, fid):
                    continue
                answer = _selected(self.player, self._bench.sides[label], name)
                if answer != self._answers[label, fid]:
                    here = f"{self._reading.name}: {fid.hex().upper()} of {label} is selected with"
                    text = f"{here} {answer.hex().upper()}, before it was {self._answers[label, fid].hex().upper()}"
                    raise Violation(self._identity, text, self.player.record)

    def _untouched(self, label: str, fid: bytes) -> bool:
        """No cell of it is otherwise but tries, and its environment's own header stands."""
        header = _HEADER.key(directory=self._home(label))
        changes = self._changes.get(label, [])
        return header not in changes and not any(self._place(label, key) == fid for key in changes)

    def _changed_cells(self) -> dict[str, list[bytes]]:
        """What is otherwise than at the beginning, but for tries."""
        found: dict[str, list[bytes]] = {}
        for label, side in self._bench.sides.items():
            start, now = self._start.get(label, {}), self._dump.get(label, {})
            for key in (start.keys() | now.keys()) if start != now else ():
                kind, value = side.memory.kind(key), now.get(key)
                tries = kind is not None and value is not None and kind.only_failures(value)
                if start.get(key) != value and not tries:
                    found.setdefault(label, []).append(key)
        return found


def _selected(player: Player, side: Side, name: bytes) -> bytes:
    """What the environment says of itself, and its directory of that name."""
    entry = player.enter(side.label)
    return entry + (player.exchange(apdu("00A40400", name)) if name and name not in side.names[:1] else b"")


def _before(bench: LabBench, *, asked: bool) -> _Before:
    bench.fresh()
    dump, names, player = bench.card.dump(), _directories(bench), Player(bench)
    answers = {at: _selected(player, bench.sides[at[0]], name) for at, name in names.items() if asked}
    return _Before(names, answers, dump)


@lru_cache(maxsize=8)
def _readings(specimen: Specimen) -> tuple[Reading, ...]:
    """Of a card of this COS; of another kind of card none."""
    card = getattr(specimen.bench().card, "card", None)
    return tuple(readings(specimen, card)) if isinstance(card, Card) else ()


@lru_cache(maxsize=64)
def _made(specimen: Specimen, number: int) -> tuple[LabBench, _Before]:
    """The card under that reading, to be played with again and again, and what it is before that."""
    reading = _readings(specimen)[number]
    under = _under(specimen, reading)
    return under, _before(under, asked=bool(reading.wide))


# --- F23, F23a -------------------------------------------------------------------------------------------------------


def declared_reach(specimen: Specimen, _case: None) -> None:
    """F23, enumerated: every dialogue under every reading that widens a command, or on the card as it is where none
    does.
    """
    known = _readings(specimen)
    for reading in [each for each in known if each.wide] or known[:1]:
        under, before = _made(specimen, known.index(reading))
        for label, side in under.sides.items():
            for macro in side.macros.values():
                for choice in macro.sweep if macro.ends else macro.sweep[:_CHOICES]:
                    watch = _Watch(under, before, reading, "F23")
                    watch.player.enter(label)
                    watch.player.macro(label, Do(macro.name, choice))
                    watch.others_as_before(resets=macro.ends)
            specimen.tally.judge(label)


def reach_in_traffic(specimen: Specimen, case: NumberedCase) -> None:
    """F23a, drawn: any traffic under any value of any option. What others answer is asked where something is wider."""
    known = _readings(specimen)
    if not known:
        return
    reading = one_of(known, case.pick("reading"))
    under, before = _made(specimen, known.index(reading))
    watch = _Watch(under, before, reading, "F23a")
    stays = case.traffic(under.sides, ends=True)
    in_turn_played(watch.player, stays)
    if reading.wide:
        watch.others_as_before()
    for stay in stays:
        specimen.tally.judge(stay.label)
