"""The manager as an environment: its memory, what it may do across the wall, and its sessions."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from cos.kernel.challenge import Challenge
from cos.kernel.dialect import MF_FID
from cos.kernel.engine import Engine
from cos.kernel.files import FileSystem
from cos.kernel.transmission import Transmission, TransmissionOptions
from cos.manager.state import KIND_MASTER, ChipState, ManagerOptions, Pending, Proof, chip_state
from firewall.grant import Grant
from firewall.mint import Mint, NameTaken
from firewall.partition import DamagedCell
from keys.store import KeyStore

_KEYS = b"K"


class ChipData(Protocol):
    """The hardware's own data that the chip maker writes through the manager."""

    historical: bytes


class Manager(NamedTuple):
    """Everything the manager holds: like any environment, and the mint and the chip data besides."""

    grant: Grant
    mint: Mint
    chip: ChipData
    options: ManagerOptions
    transmission: TransmissionOptions
    engine: Engine[ManagerSession]

    def open(self) -> ManagerSession:
        """A fresh stay at the MF."""
        self._tidy()
        return ManagerSession(self)

    def _tidy(self) -> None:
        """Finish a hand-over that lost power behind the birth: an environment that exists waits for nothing."""
        pending = self.pending()
        for header in pending.readable():
            try:
                self.mint.check(self.options.environments[header.name], header.fid.to_bytes(2, "big"), header.name)
            except NameTaken:
                pending.remove(header.fid)

    def pending(self) -> Pending:
        """The environments that still wait for their first key."""
        return Pending(self.grant.nvm, self.options.environments)

    def claims(self, name: bytes) -> bool:
        """The MF's own name, and environments that still wait for their first key."""
        return self.pending().named(name) is not None


class ManagerSession:
    """One stay at the MF. ``current`` is the MF or an environment awaiting its first key."""

    __slots__ = ("challenge", "current", "files", "keys", "manager", "pending", "proof", "tx")

    def __init__(self, manager: Manager) -> None:
        self.manager = manager
        nvm = manager.grant.nvm
        self.files = FileSystem(nvm)
        self.keys = KeyStore(nvm, _KEYS)
        self.pending = manager.pending()
        self.tx = Transmission(manager.transmission)
        self.proof = Proof.NOTHING
        self.current = MF_FID
        self.challenge = Challenge(manager.grant.rng)

    @property
    def state(self) -> ChipState:
        """The chip's life state. Raises DamagedCell: a chip that has a card master key is not blank."""
        state = chip_state(self.files)
        if state is ChipState.BLANK and any(ref.kind == KIND_MASTER for ref in self.keys.by_kid(0)):
            raise DamagedCell(FileSystem.header_cell(MF_FID), f"the header of directory {MF_FID:04X} is missing")
        return state

    def handle(self, command: CommandAPDU) -> ResponseAPDU:
        """Answer one command sent while the MF is current."""
        manager = self.manager
        return manager.engine.handle(self, command, manager.grant.trace)

    def refused_elsewhere(self) -> None:
        """As a SELECT that the MF refuses: what waits is dropped."""
        self.tx.drop()
