"""The manager: one stay at the MF, the life of the chip it reads there, the environments that wait for their first key.

C0 blank (transport key only), C1 initialised (MF and card master key), C2 closed (no more environments), and what the
manager's commands make of it (SSC-10 §5).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from enum import Enum

from msgspec import Struct

from apdu.command import CommandAPDU
from apdu.status import SW
from cos.kernel.directory_headers import MASTER, MF_FID, NO_MF, DirectoryHeader, LayoutError, Life, root_header
from cos.kernel.engine import Engine
from cos.kernel.files import DIRECTORY_PART
from cos.kernel.security_state import KEYS, Standing
from cos.kernel.stack import Powers, Tenant
from cos.kernel.state_tables import StateCell, StateTable, leads, refused, state_cells
from firewall.cellkind import CellKind
from firewall.grant import Outcome
from firewall.mint import NameTaken
from firewall.partition import DamagedCell, Partition
from keys.card_key_store import KeyStore


class ManagerOptions(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The docstring below a field gives the reading that is not the default."""

    plain_first_key: bool = True
    """The first card master key may come unprotected under the transport key right (default), or enciphered only."""


_PENDING = b"P"
WAITING_CELLS = (CellKind("environment {directory} waiting for its first key", _PENDING, (DIRECTORY_PART,)),)
"""The headers of environments in state E1."""


class ChipState(Enum):
    """Card-level life state."""

    BLANK = "C0"
    INITIALISED = "C1"
    CLOSED = "C2"


class ChipEvent(Enum):
    """The commands that the chip's state decides about."""

    TRANSPORT_KEY = "TRANSPORT KEY AUTHENTICATION"
    SET_SERIAL = "SET SERIAL"
    SET_ATR = "SET ATR"
    CREATE_MF = "CREATE FILE of the MF"
    WRITE_KEY = "WRITE KEY, the card master key"
    MASTER_KEY = "EXTERNAL AUTHENTICATION"
    CREATE = "CREATE FILE in the MF"
    APPEND_FCI = "APPEND FCI"
    END = "END"
    DELETE_MF = "DELETE FILE of the MF"


_CREATION = "SSC-10 §5.2"
_BLANK, _OPEN, _CLOSED = (leads(state, why=_CREATION) for state in ChipState)
_FIRST = leads(ChipState.INITIALISED, why="SSC-10 §5.2; until a card master key is there (inferred)")
_WIPED = leads(ChipState.BLANK, why="SSC-10 §5.1.1")
_NO: StateCell[ChipState] = refused(SW.CONDITIONS_NOT_SATISFIED, _CREATION)
_NO_KEY: StateCell[ChipState] = refused(SW.REFERENCED_DATA_NOT_FOUND, "a blank chip has no card master key; inferred")
_NO_PROOF: StateCell[ChipState] = refused(
    SW.SECURITY_NOT_SATISFIED, "no card master key could have been proved; inferred"
)

TABLE: StateTable[ChipState, ChipEvent] = StateTable(
    "life of the chip",
    "芯片生命周期",
    "a command that is refused, or that fails, leaves the state as it was",
    ChipState.BLANK,
    state_cells(
        ChipState,
        (
            (ChipEvent.TRANSPORT_KEY, (_BLANK, _FIRST, _NO)),
            (ChipEvent.SET_SERIAL, (_BLANK, _NO, _NO)),
            (ChipEvent.SET_ATR, (_BLANK, _NO, _NO)),
            (ChipEvent.CREATE_MF, (_OPEN, _NO, _NO)),
            (ChipEvent.WRITE_KEY, (_NO, _OPEN, _CLOSED)),
            (ChipEvent.MASTER_KEY, (_NO_KEY, _OPEN, _CLOSED)),
            (ChipEvent.CREATE, (_NO, _OPEN, _NO)),
            (ChipEvent.APPEND_FCI, (_NO, _OPEN, _NO)),
            (ChipEvent.END, (_NO, _CLOSED, _NO)),
            (ChipEvent.DELETE_MF, (_NO_PROOF, _WIPED, _WIPED)),
        ),
    ),
)
"""Every state with every event; rights are asked behind it."""


class ManagerProof(Enum):
    """What has been proved to the manager in this session."""

    NOTHING = "nothing"
    TRANSPORT_KEY = "transport key"
    MASTER_KEY = "card master key"


class Pending:
    """Environments that were created and wait for their first master key (state E1).

    ``names``: what an environment of this COS can be called.
    """

    __slots__ = ("_names", "_nvm")

    def __init__(self, nvm: Partition, names: Collection[bytes]) -> None:
        self._nvm = nvm
        self._names = names

    def all(self) -> tuple[DirectoryHeader, ...]:
        """The waiting ones. Raises DamagedCell if one cannot be read."""
        return tuple(self._decoded(cell) for cell in self._cells())

    def readable(self) -> Iterator[DirectoryHeader]:
        """The waiting ones that can be read."""
        for cell in self._cells():
            try:
                yield self._decoded(cell)
            except DamagedCell:
                continue

    def find(self, fid: int) -> DirectoryHeader | None:
        """The waiting environment with this file identifier. Raises DamagedCell."""
        cell = _waiting_cell(fid)
        return self._decoded(cell) if cell in self._nvm else None

    def named(self, name: bytes) -> DirectoryHeader | None:
        """The waiting environment with this name, among those that can be read."""
        return next((header for header in self.readable() if header.name == name), None)

    def add(self, header: DirectoryHeader) -> None:
        """Enter E1."""
        self._nvm.put_all({_waiting_cell(header.fid): header.encode()})

    def remove(self, fid: int) -> None:
        """Leave E1: owned, or deleted."""
        self._nvm.delete(_waiting_cell(fid))

    def _cells(self) -> tuple[bytes, ...]:
        return tuple(key for key in self._nvm.keys(_PENDING) if len(key) == len(_waiting_cell(0)))

    def _decoded(self, cell: bytes) -> DirectoryHeader:
        try:
            header = DirectoryHeader.decode(self._nvm.get(cell) or b"")
        except LayoutError:
            header = None
        if header is None or _waiting_cell(header.fid) != cell or header.name not in self._names:
            fid = cell[len(_PENDING) :].hex().upper()
            raise DamagedCell(cell, f"the header of the environment {fid}, which waits for its first key, is none")
        return header


def _waiting_cell(fid: int) -> bytes:
    return _PENDING + fid.to_bytes(2, "big")


Manager = Tenant[ManagerOptions, Engine["ManagerSession"]]


class ManagerSession:
    """Where it stands. ``current`` is the MF or an environment awaiting its first key; ``pending`` those that wait."""

    __slots__ = ("at", "current", "environment", "keys", "pending", "powers", "proof")

    def __init__(self, environment: Manager, powers: Powers) -> None:
        self.environment = environment
        self.powers = powers
        nvm = environment.grant.nvm
        self.at = Standing(environment.grant, environment.transmission, NO_MF)
        self.keys = KeyStore(nvm, KEYS)
        self.pending = Pending(nvm, powers.labels)
        self.proof = ManagerProof.NOTHING
        self.current = MF_FID

    @property
    def state(self) -> ChipState:
        """The chip's life state. Raises DamagedCell: a chip that has a card master key is not blank."""
        header = root_header(self.at.files, self.has_master_key)
        if header is None:
            return ChipState.BLANK
        return ChipState.CLOSED if header.life == Life.USER else ChipState.INITIALISED

    def has_master_key(self) -> bool:
        """True once the card master key is there, of whatever version."""
        return any(ref.kind == MASTER.kind for ref in self.keys.by_kid(MASTER.kid))

    def handle(self, command: CommandAPDU) -> Outcome:
        """Answer one command sent while the MF is current."""
        environment = self.environment
        return environment.engine.handle(self, command, environment.grant.trace)

    def refused_elsewhere(self) -> None:
        """As a SELECT that the MF refuses: what waits is dropped."""
        self.at.tx.drop()


def arrive(environment: Manager) -> ManagerSession:
    """A fresh stay. A hand-over that lost power behind the birth is finished first: who exists waits for nothing."""
    assert environment.powers is not None  # noqa: S101 - the manager is the root
    session = ManagerSession(environment, environment.powers)
    mint, labels = session.powers.mint, session.powers.labels
    for header in session.pending.readable():
        try:
            mint.check(labels[header.name], header.fid.to_bytes(2, "big"), header.name)
        except NameTaken:
            session.pending.remove(header.fid)
    return session
