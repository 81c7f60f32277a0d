"""The manager: one stay at the MF, with what was proved there and which environment's turn it is (SSC-10 §5)."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

from msgspec import Struct

from apdu.command import CommandAPDU
from cos.kernel.directory_headers import MASTER, MF_FID, NO_MF, Life, root_header
from cos.kernel.engine import Engine
from cos.kernel.security_state import KEYS, Standing
from cos.kernel.stack import Powers, Tenant
from cos.manager.chip_states import ChipState
from cos.manager.waiting_environments import WaitingEnvironments
from firewall.grant import Outcome
from firewall.mint import NameTaken
from keys.card_key_store import KeyStore


class ManagerOptions(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The docstring below a field gives the reading that is not the default."""

    path: ClassVar[str] = "manager.options"

    plain_first_key: bool = True
    """The first card master key may come unprotected under the transport key right (default), or enciphered only."""


class ManagerProof(Enum):
    """What has been proved to the manager in this session."""

    NOTHING = "nothing"
    TRANSPORT_KEY = "transport key"
    MASTER_KEY = "card master key"


Manager = Tenant[ManagerOptions, Engine["ManagerSession"]]


class ManagerSession:
    """Where it stands. ``current`` is the MF or an environment awaiting its first key; ``pending`` those that wait.

    ``fci``: what the MF answers, once it was looked up.
    """

    __slots__ = ("at", "current", "environment", "fci", "keys", "pending", "powers", "proof")

    def __init__(self, environment: Manager, powers: Powers) -> None:
        self.environment = environment
        self.powers = powers
        nvm = environment.grant.nvm
        self.at = Standing(environment.grant, environment.transmission, NO_MF)
        self.keys = KeyStore(nvm, KEYS)
        self.pending = WaitingEnvironments(nvm, powers.labels)
        self.proof = ManagerProof.NOTHING
        self.current = MF_FID
        self.fci: bytes | None = None

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
