"""One environment of a PSAM: one stay in it. The MF's has powers the other lacks."""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from cos.kernel.directory_headers import MASTER, MF_FID, NO_MF, DirectoryHeader, own_header, root_header
from cos.kernel.engine import Engine
from cos.kernel.files import ElementaryFile, FileSystem
from cos.kernel.security_state import KEYS, Standing, Ways, key_store
from cos.kernel.stack import Tenant
from cos.psam.options import PsamOptions
from cos.psam.security.delivered_key_states import Delivered, DeliveredKeyState, OpenPsamPurchase, still_open
from firewall.grant import Outcome
from keys.card_key_store import KeyStore

Psam = Tenant[PsamOptions, Engine["PsamSession"]]

KEY_FILES = b"k"
"""Where the keys in key files lie; behind it directory and file."""

_WAYS = Ways(rules="SSC-9 §5, §6")


class PsamSession:
    """Where it stands. ``blank``: there is no MF yet. ``awaiting``: an environment that was created and whose master
    key is not loaded yet. ``delivered``: the key DELIVERY SESSION KEY made; ``spent``: where the one stood that is
    gone by profile, None if none is. ``purchase``: INIT SAM came last.
    ``wide``: BF EC has picked 16-byte (True) or 8-byte ciphers (False).
    """

    __slots__ = (
        "_key_files",
        "at",
        "awaiting",
        "blank",
        "delivered",
        "environment",
        "purchase",
        "spent",
        "transport_proved",
        "wide",
    )

    def __init__(self, environment: Psam) -> None:
        self.environment = environment
        nvm = environment.grant.nvm
        is_root = environment.powers is not None
        home = root_header(FileSystem(nvm), lambda: MASTER in key_store(nvm, MF_FID)) if is_root else own_header(nvm)
        self.at = Standing(environment.grant, environment.transmission, home or NO_MF, _WAYS)
        self.blank = home is None
        self._key_files: dict[bytes, KeyStore] = {}
        self.awaiting: DirectoryHeader | None = None
        self.transport_proved = False
        self.wide: bool | None = None
        self.delivered: Delivered | None = None
        self.spent: DeliveredKeyState | None = None
        self.purchase: OpenPsamPurchase | None = None

    def key_file(self, file: ElementaryFile) -> KeyStore:
        """The keys inside a key file."""
        prefix = KEY_FILES + file.directory.to_bytes(2, "big") + file.descriptor.fid.to_bytes(2, "big")
        store = self._key_files.get(prefix)
        if store is None:
            store = self._key_files[prefix] = KeyStore(self.at.nvm, prefix)
        return store

    def chip_keys(self) -> KeyStore:
        """Where the chip maker put the transport key."""
        return KeyStore(self.at.nvm, KEYS)

    def enter(self, header: DirectoryHeader) -> None:
        """Make ``header`` current; what was delivered ends with any selection, what BF EC picked with another one."""
        if self.at.enter(header):
            self.wide = None
        self.awaiting = None
        self.delivered = self.spent = None

    def handle(self, command: CommandAPDU) -> Outcome:
        """Answer one command."""
        environment = self.environment
        response = environment.engine.handle(self, command, environment.grant.trace)
        if type(response) is ResponseAPDU and not self.at.tx.continued:
            self.purchase = still_open(self.purchase, self.at.tx.row, response.sw)
        return response

    def refused_elsewhere(self) -> None:
        """As a SELECT that this environment refuses: what waits is dropped, CREDIT SAM does not follow directly."""
        self.at.tx.drop()
        self.purchase = None
