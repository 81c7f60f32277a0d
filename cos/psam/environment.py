"""One environment of a PSAM: memory, sessions, first contents. The MF's has powers the other lacks."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from cos.kernel.access import SecurityState
from cos.kernel.challenge import Challenge
from cos.kernel.dialect import MF_FID, DirectoryHeader, DirectoryKind
from cos.kernel.engine import Engine
from cos.kernel.files import ElementaryFile, FileNotFound, FileSystem
from cos.kernel.transmission import Transmission, TransmissionOptions
from cos.psam.options import PsamOptions
from cos.psam.security.delivered import Delivered, OpenPurchase
from firewall.grant import Grant
from firewall.mint import Mint
from firewall.partition import Partition
from keys.store import KeyHeader, KeyStore

CAPACITY = 64 * 1024
_OWN = b"self"
_KEYS, _KEY_FILES = b"K", b"k"
_INIT_SAM = (0x80, 0x70)


class ChipData(Protocol):
    """The hardware's own data that the chip maker writes."""

    historical: bytes


class Powers(NamedTuple):
    """What only the MF can do: give birth to DDF1 (``names``: DF name to kind), write the chip maker's bytes."""

    mint: Mint
    chip: ChipData
    names: tuple[tuple[bytes, str], ...]

    def kind_of(self, name: bytes) -> str | None:
        """The kind of environment this COS makes under ``name``."""
        return next((kind for known, kind in self.names if known == name), None)


def initialise(nvm: Partition, material: bytes) -> None:
    """Fill a fresh partition with what DDF1 is born with: its directory header and master key."""
    born, key_header, value = (tlv.find(material, tag) or b"" for tag in (0x80, 0x81, 0x82))
    header = DirectoryHeader.decode(born)
    with nvm.transaction():
        FileSystem(nvm).put_directory(header.fid, header.encode())
        nvm.put(_OWN, header.fid.to_bytes(2, "big"))
        KeyStore(nvm, _KEYS + header.fid.to_bytes(2, "big")).put(KeyHeader.decode(key_header), value)


def home_header(files: FileSystem, nvm: Partition) -> DirectoryHeader | None:
    """The environment's own directory; None on a blank chip."""
    own = nvm.get(_OWN)
    try:
        return DirectoryHeader.decode(files.directory(int.from_bytes(own, "big") if own else MF_FID))
    except FileNotFound:
        return None


class Psam(NamedTuple):
    """The environment: what it was granted, options, engine; ``powers`` for the MF's. No volatile state."""

    grant: Grant
    options: PsamOptions
    transmission: TransmissionOptions
    engine: Engine[PsamSession]
    powers: Powers | None = None

    def open(self) -> PsamSession:
        """A fresh session; the environment itself is the current directory."""
        return PsamSession(self)

    def claims(self, name: bytes) -> bool:
        """Its own name and those of its applications: both environments may be entered at any time (SSC-9 §5)."""
        directories = FileSystem(self.grant.nvm).directories()
        return any(DirectoryHeader.decode(raw).name == name for _, raw in directories)


class PsamSession:
    """One stay. Everything here dies with it.

    ``home``: the environment's own directory, None on a blank chip. ``awaiting``: DDF1 created, its master key not
    yet loaded. ``delivered``: the key DELIVERY SESSION KEY made. ``purchase``: 80 70 was the last command.
    ``wide``: BF EC has picked 16-byte (True) or 8-byte ciphers (False).
    """

    __slots__ = (
        "awaiting",
        "challenge",
        "delivered",
        "directory",
        "environment",
        "file",
        "files",
        "home",
        "purchase",
        "security",
        "stores",
        "transport_proved",
        "tx",
        "wide",
    )

    def __init__(self, environment: Psam) -> None:
        self.environment = environment
        self.files = FileSystem(environment.grant.nvm)
        self.tx = Transmission(environment.transmission)
        self.stores: dict[bytes, KeyStore] = {}
        self.home = home_header(self.files, environment.grant.nvm)
        self.directory = self.home or DirectoryHeader(
            MF_FID, DirectoryKind.DDF, 0, 0, card_block_reaches_mf=False, name=b""
        )
        self.security = SecurityState()
        self.awaiting: DirectoryHeader | None = None
        self.transport_proved = False
        self.wide: bool | None = None
        self.file: ElementaryFile | None = None
        self.challenge = Challenge(environment.grant.rng)
        self.delivered: Delivered | None = None
        self.purchase: OpenPurchase | None = None

    @property
    def nvm(self) -> Partition:
        """The environment's memory."""
        return self.environment.grant.nvm

    @property
    def in_application(self) -> bool:
        """True while an application, not the environment itself, is current."""
        return self.directory.kind == DirectoryKind.ADF

    def keys(self, directory: int) -> KeyStore:
        """Master keys and external-authentication keys of a directory."""
        return self._store(_KEYS + directory.to_bytes(2, "big"))

    def key_file(self, file: ElementaryFile) -> KeyStore:
        """The keys inside a key file."""
        return self._store(_KEY_FILES + file.directory.to_bytes(2, "big") + file.descriptor.fid.to_bytes(2, "big"))

    def chip_keys(self) -> KeyStore:
        """Where the chip maker put the transport key."""
        return self._store(_KEYS)

    def _store(self, prefix: bytes) -> KeyStore:
        store = self.stores.get(prefix)
        if store is None:
            store = self.stores[prefix] = KeyStore(self.nvm, prefix)
        return store

    def enter(self, header: DirectoryHeader) -> None:
        """Make ``header`` the current directory; another one ends rights, random number and delivered key."""
        if header.fid != self.directory.fid:
            self.security = SecurityState()
            self.challenge.drop()
            self.wide = None
        self.directory = header
        self.awaiting = None
        self.file = None
        self.delivered = None

    def put_header(self, header: DirectoryHeader) -> None:
        """Write a directory's header, and what the session knows of it."""
        self.files.put_directory(header.fid, header.encode())
        if self.home is None or header.fid == self.home.fid:
            self.home = header
        self.directory = header

    def handle(self, command: CommandAPDU) -> ResponseAPDU:
        """Answer one command."""
        environment = self.environment
        response = environment.engine.handle(self, command, environment.grant.trace)
        initialised = (command.cla, command.ins) == _INIT_SAM and response.sw.is_success
        if not initialised and not self.tx.continued:
            self.purchase = None  # CREDIT SAM follows INIT SAM directly (SSC-9 §9.10)
        return response

    def refused_elsewhere(self) -> None:
        """As a SELECT that this environment refuses: what waits is dropped, CREDIT SAM does not follow directly."""
        self.tx.drop()
        self.purchase = None
