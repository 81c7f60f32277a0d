"""The card (卡片): composition root of one COS with two applications, ``bytes -> bytes``.

Guarantees: deterministic from profile and seed; any byte string gets an answer of at least two bytes while power is
on; what a command wrote is durable before its answer leaves. No socket, no clock, no global state.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import NamedTuple, Protocol

from cos.cos_options import CosOptions, read_options
from cos.kernel.session_twin import UNCHANGING, TwinMaker
from cos.kernel.stack import Powers, Stack, Stacks
from cos.making.birth import deliver
from cos.stacks import STACKS, places
from firewall.dispatcher import Dispatcher
from firewall.grant import Environment, Grant
from firewall.hardware.chip import Chip, ChipImage
from firewall.hardware.power import PowerLoss, PowerRail
from firewall.hardware.randomness import Rng, SeededRng, SystemRng
from firewall.mint import EnvironmentDirectory, EnvironmentKind, Mint
from firewall.partition import Partition
from firewall.trace import NullTrace, Trace, TraceBuffer

_DIRECTORY, _DIRECTORY_BYTES = "directory", 1024


class CardOff(RuntimeError):
    """The card has no power: call ``power_on`` first."""


class Snapshot(NamedTuple):
    """A card as it lies on the table: everything that survives without power, and what is said of it."""

    chip: ChipImage
    provenance: Mapping[str, str]

    def __repr__(self) -> str:
        """Without what is said of the card: it may say how it was made."""
        return f"Snapshot({self.chip!r})"


class Standstill(NamedTuple):
    """A card in the midst of its work: what survives without power, and a twin of what does not (None without power);
    how often environments were made or ended.
    """

    snapshot: Snapshot
    dispatcher: Dispatcher | None
    changes: int


Changes = Mapping[str, Mapping[bytes, bytes | None]]
"""Cells by region that have another value than before; None: erased."""


class Keeper(Protocol):
    """Who keeps a card's cells outside of it, on a disk or elsewhere."""

    def save(self, changes: Changes) -> None:
        """Told of every change, before the answer of the command that made it leaves. What it raises goes up."""
        ...

    def close(self) -> None:
        """The card is put away."""
        ...


class Card:
    """One card: made by ``blank``, brought back by ``restored``; powered off at first.

    ``on_change``: who is told of every change of a cell from now on; None: nobody. ``provenance``: what whoever made
    it says of it, to be kept beside it; the card does not look at it.
    """

    provenance: Mapping[str, str] = MappingProxyType({})

    def __init__(
        self, chip: Chip, options: CosOptions, *, trace: TraceBuffer | None = None, stacks: Stacks = STACKS
    ) -> None:
        self._chip = chip
        self._options = options
        self._atr_form = options.transmission.atr_form
        self._stacks = tuple(stack for stack in stacks if stack.label in options.stacks)
        self._trace = trace
        self._on_change: Keeper | None = None
        self._dispatcher: Dispatcher | None = None
        self._directory = EnvironmentDirectory(Partition(chip.region(_DIRECTORY, _DIRECTORY_BYTES)))
        ((self._root, root),) = [(place, stack) for place, stack in places(self._stacks) if place.root]
        self._root_nvm = Partition(chip.region(self._root.label, root.capacity))
        self._engines = {
            stack.label: stack.engines(options.stacks[stack.label], options.transmission) for stack in self._stacks
        }
        self._mint = Mint(chip, self._directory, self.kinds, self._writer)
        self._twins = TwinMaker(UNCHANGING.union(*(stack.unchanging for stack in self._stacks)))

    # --- making ------------------------------------------------------------------------------------------------

    @staticmethod
    def blank(
        transport_key: bytes,
        options: CosOptions,
        *,
        rng: Rng,
        historical: bytes = b"",
        trace: TraceBuffer | None = None,
        stacks: Stacks = STACKS,
    ) -> Card:
        """A chip as the maker delivers it: COS in ROM, transport key (16 bytes, two-key 3DES), nothing else."""
        chip = Chip(rng)
        chip.historical = historical
        card = Card(chip, options, trace=trace, stacks=stacks)
        deliver(card._root_nvm, transport_key)
        return card

    @staticmethod
    def restored(
        options: str,
        regions: Mapping[str, Mapping[bytes, bytes]],
        seed: int | bytes | str | None = None,
        *,
        trace: TraceBuffer | None = None,
        stacks: Stacks = STACKS,
    ) -> Card:
        """A card from its settings (JSON text) and its cells, powered off. Raises CardPartsError."""
        settings = read_options(options, stacks)
        chip = Chip(randomness(seed))
        card = Card(chip, settings, trace=trace, stacks=stacks)
        capacities = {place.label: stack.capacity for place, stack in places(card._stacks)}
        for label, cells in regions.items():
            chip.region(label, capacities.get(label, 0)).load(cells)
        _take_dirty(chip)
        return card

    @property
    def on_change(self) -> Keeper | None:
        """Who is told of changes."""
        return self._on_change

    @on_change.setter
    def on_change(self, keeper: Keeper | None) -> None:
        _take_dirty(self._chip)
        self._on_change = keeper

    def close(self) -> None:
        """Power off; nobody is told of changes any more."""
        self.power_off()
        keeper, self._on_change = self._on_change, None
        if keeper is not None:
            keeper.close()

    # --- the card's contacts -------------------------------------------------------------------------------------

    @property
    def atr(self) -> bytes:
        """The ATR the next reset gives."""
        return self._atr_form.with_historical(self._chip.historical)

    def power_on(self) -> bytes:
        """Cold reset: recover what a power loss interrupted, start with no volatile state. Returns the ATR."""
        self._dispatcher = None
        try:
            self._directory.recover()
            self._root_nvm.recover()
            self._dispatcher = Dispatcher(self._answering(), self._mint)
        finally:
            self._flush()
        return self.atr

    def reset(self) -> bytes:
        """Warm reset. Returns the ATR."""
        return self.power_on()

    def power_off(self) -> None:
        """Drop all volatile state."""
        self._dispatcher = None

    @property
    def powered(self) -> bool:
        """True while power is on."""
        return self._dispatcher is not None

    def exchange(self, command: bytes) -> bytes:
        """Answer one command APDU: data, SW1, SW2. Raises CardOff without power; PowerLoss if a cut was armed."""
        dispatcher = self._dispatcher
        if dispatcher is None:
            raise CardOff("the card has no power")
        try:
            answer = dispatcher.exchange(command)
        except PowerLoss:
            self._dispatcher = None
            self._flush()
            raise
        if self._on_change is not None:
            self._flush()
        return answer

    # --- the laboratory's hand -----------------------------------------------------------------------------------

    @property
    def rail(self) -> PowerRail:
        """The power rail, to arm a power loss."""
        return self._chip.rail

    @property
    def options(self) -> CosOptions:
        """What the COS maker decided."""
        return self._options

    @property
    def environment(self) -> str:
        """The label of the current environment; empty without power."""
        dispatcher = self._dispatcher
        return "" if dispatcher is None else dispatcher.current or self._root.label

    @property
    def stacks(self) -> Stacks:
        """What runs on this card."""
        return self._stacks

    @property
    def kinds(self) -> dict[str, EnvironmentKind]:
        """How each environment that the root can give birth to comes to be, by label."""
        return {
            place.label: EnvironmentKind(stack.capacity, stack.initialise, partial(self._build, stack))
            for place, stack in places(self._stacks)
            if not place.root
        }

    def snapshot(self) -> Snapshot:
        """The card at rest, to return to."""
        return Snapshot(self._chip.image(), self.provenance)

    def restore(self, snapshot: Snapshot) -> None:
        """Become ``snapshot`` again, powered off."""
        self._dispatcher = None
        self.provenance = snapshot.provenance
        self._chip.restore(snapshot.chip)
        self._flush()

    def become(self, snapshot: Snapshot) -> None:
        """As ``restore``, of another card of the same kind: its environments are given room here too."""
        for place, stack in places(self._stacks):
            if place.label in snapshot.chip.regions:
                self._chip.region(place.label, stack.capacity)
        self.restore(snapshot)

    def standstill(self) -> Standstill:
        """The card as it stands, with its session, to go on from as often as one likes."""
        return Standstill(self.snapshot(), self._twin(self._dispatcher), self._mint.changes)

    def go_on(self, standstill: Standstill) -> None:
        """Stand where this very card stood then: what it answers from now on is what it would have answered then."""
        self.restore(standstill.snapshot)
        self._mint.changes = standstill.changes
        self._dispatcher = self._twin(standstill.dispatcher)

    def dump(self) -> dict[str, dict[bytes, bytes]]:
        """All cells by region that has any; for tests and diffs, not reachable by APDU."""
        return {label: dict(image.cells) for label, image in self._chip.image().regions.items() if image.cells}

    def overwrite(self, region: str, cell: bytes, value: bytes | None) -> None:
        """Change one cell by hand, None: erase it, under the running card or at rest, as wear or an attacker would."""
        cells = self._chip.region(region, 0)
        if value is None:
            cells.erase(cell)
        else:
            cells.program(cell, value)
        self._flush()

    # --- inside --------------------------------------------------------------------------------------------------

    def _flush(self) -> None:
        if self._on_change is not None:
            changes = _take_dirty(self._chip)
            if changes:
                self._on_change.save(changes)

    def _twin(self, dispatcher: Dispatcher | None) -> Dispatcher | None:
        return None if dispatcher is None else dispatcher.twin(self._twins.twin_of)

    def _writer(self, environment: str) -> Trace:
        return self._trace.writer(environment) if self._trace is not None else NullTrace()

    def _build(self, stack: Stack, grant: Grant, powers: Powers | None = None) -> Environment:
        options, engine = self._options.stacks[stack.label], self._engines[stack.label]
        return stack.build(grant, options, self._options.transmission, engine, powers)

    def _answering(self) -> Environment:
        """Who answers for the MF."""
        label = self._root.label
        grant = Grant(self._root_nvm, self._chip.stream(label), self._writer(label))
        names = {place.name: place.label for place, _ in places(self._stacks) if not place.root}
        (stack,) = (stack for place, stack in places(self._stacks) if place.root)
        return self._build(stack, grant, Powers(self._mint, self._chip, names))


def _take_dirty(chip: Chip) -> dict[str, dict[bytes, bytes | None]]:
    return {label: changed for label in chip.labels if (changed := chip.region(label, 0).take_dirty())}


def randomness(seed: int | bytes | str | None) -> Rng:
    """The chip's random source: the stream of that seed, or for None true randomness."""
    if seed is None:
        return SystemRng()
    return SeededRng(seed if isinstance(seed, bytes) else str(seed).encode())
