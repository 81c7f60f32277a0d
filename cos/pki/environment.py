"""The PKI environment as an environment: memory, sessions, first contents."""

from __future__ import annotations

from typing import NamedTuple

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from cos.kernel.challenge import Challenge
from cos.kernel.dialect import LEVEL_MASTER, DirectoryHeader
from cos.kernel.engine import Engine
from cos.kernel.files import ElementaryFile, FileSystem
from cos.kernel.transmission import Transmission, TransmissionOptions
from firewall.grant import Grant
from firewall.partition import Partition
from keys.handle import KeyHandle
from keys.store import KeyHeader, KeyRef, KeyStore

CAPACITY = 32 * 1024
MASTER_REF = KeyRef(0x00, 0, 0)
_OWN, _KEYS = b"self", b"K"


def initialise(nvm: Partition, material: bytes) -> None:
    """Fill a fresh partition with what the environment is born with: its directory header and master key."""
    born, key_header, value = (tlv.find(material, tag) or b"" for tag in (0x80, 0x81, 0x82))
    header = DirectoryHeader.decode(born)
    key = KeyHeader.decode(key_header)._replace(kind=MASTER_REF.kind, kid=MASTER_REF.kid, version=MASTER_REF.version)
    with nvm.transaction():
        FileSystem(nvm).put_directory(header.fid, header.encode())
        nvm.put(_OWN, header.fid.to_bytes(2, "big"))
        _store(nvm, header.fid).put(key, value)


def _store(nvm: Partition, directory: int) -> KeyStore:
    return KeyStore(nvm, _KEYS + directory.to_bytes(2, "big"))


class Pki(NamedTuple):
    """The environment: what it was granted, its engine. No volatile state."""

    grant: Grant
    transmission: TransmissionOptions
    engine: Engine[PkiSession]

    def open(self) -> PkiSession:
        """A fresh session; the environment itself is the current directory."""
        return PkiSession(self)

    def claims(self, name: bytes) -> bool:  # noqa: ARG002 - the contract's parameter
        """Nothing: both programs select the application behind the environment (inferred)."""
        return False


class PkiSession:
    """One stay. Everything here dies with it.

    ``directory`` is the current one, ``file`` its current EF, ``levels`` what has been proved in it. ``exported``:
    the public key 80 C9 has named; ``transport``: the key 80 4A has brought for a private key.
    """

    __slots__ = (
        "_stores",
        "challenge",
        "directory",
        "environment",
        "exported",
        "file",
        "files",
        "home",
        "levels",
        "nvm",
        "transport",
        "tx",
    )

    def __init__(self, environment: Pki) -> None:
        self.environment = environment
        self.nvm = environment.grant.nvm
        self.files = FileSystem(self.nvm)
        self.tx = Transmission(environment.transmission)
        self.challenge = Challenge(environment.grant.rng)
        self._stores: dict[int, KeyStore] = {}
        self.home = DirectoryHeader.decode(self.files.directory(int.from_bytes(self.nvm.get(_OWN) or b"", "big")))
        self.enter(self.home)

    def enter(self, header: DirectoryHeader) -> None:
        """Make ``header`` current: what was proved and the random number are gone (inferred)."""
        self.directory = header
        self.file: ElementaryFile | None = None
        self.levels: frozenset[int] = frozenset()
        self.exported: ElementaryFile | None = None
        self.transport: KeyHandle | None = None
        self.challenge.drop()

    @property
    def keys(self) -> KeyStore:
        """The keys and PINs of the current directory; master keys and PINs are all SM4 keys."""
        return self.keys_of(self.directory)

    def keys_of(self, header: DirectoryHeader) -> KeyStore:
        """Those of a directory; opened once per session."""
        store = self._stores.get(header.fid)
        if store is None:
            store = self._stores[header.fid] = _store(self.nvm, header.fid)
        return store

    @property
    def in_application(self) -> bool:
        """True while the application is current."""
        return self.directory.fid != self.home.fid

    @property
    def master_proved(self) -> bool:
        """True once the current directory's master key has been shown."""
        return LEVEL_MASTER in self.levels

    def put_header(self, header: DirectoryHeader) -> None:
        """Change the current directory's header."""
        self.files.put_directory(header.fid, header.encode())
        self.directory = header
        if header.fid == self.home.fid:
            self.home = header

    def handle(self, command: CommandAPDU) -> ResponseAPDU:
        """Answer one command."""
        environment = self.environment
        return environment.engine.handle(self, command, environment.grant.trace)

    def refused_elsewhere(self) -> None:
        """As a SELECT that this environment refuses: what waits is dropped."""
        self.tx.drop()
