"""The PKI environment (证书环境): one stay in it, and its states.

A public key that was named, a session key that was brought; all inferred. Where sources disagree would be an option:
nowhere so far.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from msgspec import Struct

from apdu.command import CommandAPDU
from apdu.status import SW
from cos.kernel.directory_headers import own_header
from cos.kernel.engine import Engine
from cos.kernel.files import ElementaryFile
from cos.kernel.security_state import Standing, Ways, level_of
from cos.kernel.stack import Tenant
from cos.kernel.state_tables import StateCell, StateTable, leads, refused, state_cells
from firewall.grant import Outcome
from keys.card_key_store import KeyRef, KeyStore
from keys.key_handle import KeyHandle


class PkiOptions(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Choices of the COS maker: none."""


class PkiKeyState(Enum):
    """What waits for its second command."""

    NOTHING = "nothing"
    NAMED = "public key named"
    BROUGHT = "session key brought"
    BOTH = "both"


class PkiKeyEvent(Enum):
    """The commands in two steps, and what ends them."""

    NAME = "EXPORT PUBLIC KEY (which)"
    FETCH = "EXPORT PUBLIC KEY (fetch)"
    BRING = "IMPORT SESSION KEY"
    IMPORT = "IMPORT PRIVATE KEY"
    LEAVE = "another directory, or the user PIN locked or changed"


_FIELD = "field: two issuing programs and one complete run"
_NOTHING, _NAMED, _BROUGHT, _BOTH = (leads(state, why=_FIELD) for state in PkiKeyState)
_ENDS = leads(PkiKeyState.NOTHING)
_NO: StateCell[PkiKeyState] = refused(SW.CONDITIONS_NOT_SATISFIED)

TABLE: StateTable[PkiKeyState, PkiKeyEvent] = StateTable(
    "keys on the way in the PKI environment",
    "证书环境的密钥传递",
    "a command that is refused, or that fails, leaves the state as it was; the user PIN is asked for first",
    PkiKeyState.NOTHING,
    state_cells(
        PkiKeyState,
        (
            (PkiKeyEvent.NAME, (_NAMED, _NAMED, _BOTH, _BOTH)),
            (PkiKeyEvent.FETCH, (_NO, _NAMED, _NO, _BOTH)),
            (PkiKeyEvent.BRING, (_BROUGHT, _BOTH, _BROUGHT, _BOTH)),
            (PkiKeyEvent.IMPORT, (_NO, _NO, _BROUGHT, _BOTH)),
            (PkiKeyEvent.LEAVE, (_ENDS, _ENDS, _ENDS, _ENDS)),
        ),
    ),
)
"""What waits, with every command in two steps."""


Pki = Tenant[PkiOptions, Engine["PkiSession"]]
PIN_KIND = 0x01
USER_PIN, MANAGER_PIN = KeyRef(PIN_KIND, 1, 0), KeyRef(PIN_KIND, 2, 0)
PINS: Mapping[int, KeyRef] = MappingProxyType({0x81: USER_PIN, 0x00: MANAGER_PIN})
"""By P2 of VERIFY."""

_WAYS = Ways(rules="SSC-4 §6")


class PkiSession:
    """Where it stands. ``exported``: the public key 80 C9 has named; ``transport``: the key 80 4A has brought for a
    private key.
    """

    __slots__ = ("at", "environment", "exported", "transport")

    def __init__(self, environment: Pki) -> None:
        self.environment = environment
        grant = environment.grant
        self.at = Standing(grant, environment.transmission, own_header(grant.nvm), _WAYS)
        self.exported: ElementaryFile | None = None
        self.transport: KeyHandle | None = None

    @property
    def keys(self) -> KeyStore:
        """The keys and PINs of the current directory; master keys and PINs are all SM4 keys."""
        return self.at.keys(self.at.directory.fid)

    @property
    def state(self) -> PkiKeyState:
        """What waits for its second command."""
        if self.exported is None:
            return PkiKeyState.NOTHING if self.transport is None else PkiKeyState.BROUGHT
        return PkiKeyState.NAMED if self.transport is None else PkiKeyState.BOTH

    @property
    def levels(self) -> frozenset[int]:
        """The levels proved in the current directory."""
        return frozenset(level_of(each) for each in self.at.security.rights)

    def shut(self, ref: KeyRef) -> None:
        """``ref`` of the current directory is locked or has another value: what it opened closes."""
        self.at.forfeit(self.at.directory.fid, ref)
        if ref == USER_PIN:
            self.drop_keys()

    def drop_keys(self) -> None:
        """Keys that were named or brought end with what let them in."""
        self.exported = self.transport = None

    def handle(self, command: CommandAPDU) -> Outcome:
        """Answer one command."""
        environment = self.environment
        return environment.engine.handle(self, command, environment.grant.trace)

    def refused_elsewhere(self) -> None:
        """As a SELECT that this environment refuses: what waits is dropped."""
        self.at.tx.drop()
