"""A stack: everything about one kind of environment, as one value; a tenant: one environment as its stack runs it.

Each is declared in its own folder, all of them are in one tuple (``cos.stacks``), and whoever needs to know what
environments there are is given that tuple.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from msgspec import Struct

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW
from cos.kernel.command_rows import CommandRow
from cos.kernel.directory_headers import Life, own_header
from cos.kernel.refusal import Gate
from cos.kernel.state_tables import StateTable
from cos.kernel.transmission import TransmissionOptions
from cos.kernel.what_commands_say import COMMON, Says
from firewall.cellkind import CellKind
from firewall.grant import Environment, Grant, Session
from firewall.mint import Mint
from firewall.partition import DamagedCell, Partition
from firewall.trace import Reason, Refused, Trace

O = TypeVar("O")  # noqa: E741 - the options of a stack
E = TypeVar("E")


class DamagedSession:
    """A stay in an environment that cannot say what it is: every command is answered 6581, the trace says why."""

    __slots__ = ("_damage", "_trace")

    def __init__(self, damage: DamagedCell, trace: Trace) -> None:
        self._damage = str(damage)
        self._trace = trace

    def handle(self, command: CommandAPDU) -> ResponseAPDU:  # noqa: ARG002 - nothing can be answered, whatever it is
        """6581."""
        self._trace.note(
            Refused("", SW.MEMORY_FAILURE, Reason(Gate.MEMORY, "damaged memory", "", {"fault": self._damage}))
        )
        return ResponseAPDU(b"", SW.MEMORY_FAILURE)

    def refused_elsewhere(self) -> None:
        """Nothing is remembered here."""


class ChipData(Protocol):
    """The hardware's own data that the chip maker writes."""

    historical: bytes


class Powers(NamedTuple):
    """What only the root can do: give birth (``labels``: by DF name, what this COS can hold), write the chip's data."""

    mint: Mint
    chip: ChipData
    labels: Mapping[bytes, str]


class Tenant(NamedTuple, Generic[O, E]):
    """One environment. ``engine``: what runs its commands, one or several by stage; ``stay`` opens a session;
    ``claimed``: which names lead here besides its own; ``card_wide``: its CARD BLOCK silences the whole card.
    """

    grant: Grant
    options: O
    transmission: TransmissionOptions
    engine: E
    stay: Callable[[Tenant[O, E]], Session]
    claimed: Callable[[Tenant[O, E], bytes], bool]
    card_wide: bool
    powers: Powers | None

    def open(self) -> Session:
        """A fresh session; the environment itself is the current directory."""
        try:
            return self.stay(self)
        except DamagedCell as damage:
            return DamagedSession(damage, self.grant.trace)

    def claims(self, name: bytes) -> bool:
        """True if SELECT by ``name`` from outside leads here."""
        return self.claimed(self, name)

    @property
    def blocks_card(self) -> bool:
        """True if it has silenced the whole card, also if nobody has heard of it yet."""
        try:
            return self.card_wide and own_header(self.grant.nvm).life == Life.BLOCKED
        except DamagedCell:
            return False


class Place(NamedTuple):
    """Where a stack lives on a card: the label of its memory and trace, what people call it in short, its DF name
    (empty for an MF without one) and the file identifier it usually has; ``root``: it answers for the MF.
    """

    label: str
    short: str
    name: bytes
    fid: int
    root: bool = False


class Stack(NamedTuple):
    """One kind of environment.

    ``label``: the key of its options and of its section in a profile. ``under``: the label of the stack that answers
    for the MF of the cards it is on, its own if it does that itself. ``options``: their type, whose defaults are the
    recommended readings. ``rows``: every command it has in any stage of its life. ``cells``: every kind of cell in its
    memory, of ``capacity`` bytes.

    ``engines`` makes, once for a card, what runs its commands; ``stay`` opens a session; ``initialise`` fills fresh
    memory with what an environment is born with. ``claimed``: which names lead to it from outside besides its own;
    ``card_wide``: with which options its CARD BLOCK silences the whole card.

    For whoever explains: ``says``, by the names of its rows, what its commands say where it is not what they say in
    every stack; ``machines``, what its states allow; ``keys_taken``, the ``Takes`` of its WRITE KEY;
    ``shown``, the name of the decoder that shows its memory.

    For laboratories: ``unchanging``, kinds of value that its sessions hold, replace and never change.
    """

    label: str
    zh: str
    under: str
    places: tuple[Place, ...]
    options: type[Struct]
    rows: tuple[CommandRow[Any], ...]
    cells: tuple[CellKind, ...]
    capacity: int
    engines: Callable[[Any, TransmissionOptions], Any]
    stay: Callable[[Any], Session]
    initialise: Callable[[Partition, bytes], None]
    claimed: Callable[[Any, bytes], bool] = lambda _tenant, _name: False
    card_wide: Callable[[Any], bool] = lambda _options: False
    says: Mapping[str, Says] = COMMON
    machines: tuple[StateTable[Any, Any], ...] = ()
    keys_taken: tuple[Any, ...] = ()
    shown: str = "files and keys"
    unchanging: tuple[type, ...] = ()

    @property
    def root(self) -> Place | None:
        """Its place as the MF's environment; None if it has none."""
        return next((place for place in self.places if place.root), None)

    def build(
        self,
        grant: Grant,
        options: Any,  # noqa: ANN401 - each stack's own
        transmission: TransmissionOptions,
        engine: Any,  # noqa: ANN401 - as above
        powers: Powers | None = None,
    ) -> Environment:
        """One environment of this stack over what was granted; ``powers`` are the root's."""
        wide = self.card_wide(options)
        return Tenant(grant, options, transmission, engine, self.stay, self.claimed, wide, powers)


Stacks = tuple[Stack, ...]
