"""The social-security environment SSSE (社会保障系统环境) as an environment: memory, sessions, first contents."""

from __future__ import annotations

from typing import NamedTuple

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from cos.kernel.access import SecurityState
from cos.kernel.challenge import Challenge
from cos.kernel.dialect import DirectoryHeader, Life
from cos.kernel.engine import Engine
from cos.kernel.files import ElementaryFile, FileSystem
from cos.kernel.transmission import Transmission, TransmissionOptions
from cos.ssse.medical.state import Medical
from cos.ssse.options import SocialOptions
from cos.ssse.security.keyring import key_store, starting_rights
from firewall.grant import CardBlocker, Grant
from firewall.partition import Partition
from keys.store import KeyHeader, KeyStore

CAPACITY = 64 * 1024
_OWN = b"self"


def initialise(nvm: Partition, material: bytes) -> None:
    """Fill a fresh partition with what the environment is born with: its directory header and master key."""
    born, key_header, value = (tlv.find(material, tag) or b"" for tag in (0x80, 0x81, 0x82))
    header = DirectoryHeader.decode(born)
    with nvm.transaction():
        FileSystem(nvm).put_directory(header.fid, header.encode())
        nvm.put(_OWN, header.fid.to_bytes(2, "big"))
        key_store(nvm, header.fid).put(KeyHeader.decode(key_header), value)


def home_header(nvm: Partition) -> DirectoryHeader:
    """The environment's own directory header."""
    return DirectoryHeader.decode(FileSystem(nvm).directory(int.from_bytes(nvm.get(_OWN) or b"", "big")))


def is_blocked(nvm: Partition) -> bool:
    """True after CARD BLOCK."""
    return home_header(nvm).life == Life.BLOCKED


class Ssse(NamedTuple):
    """The environment: what it was granted, its options, its engine. No volatile state."""

    grant: Grant
    options: SocialOptions
    transmission: TransmissionOptions
    engine: Engine[SsseSession]
    blocker: CardBlocker | None = None

    def open(self) -> SsseSession:
        """A fresh session; the environment itself is the current directory."""
        return SsseSession(self)

    def claims(self, name: bytes) -> bool:  # noqa: ARG002 - the contract's parameter
        """Nothing: the applications of this environment are selected from inside it (SSC-5 §6.11)."""
        return False


class SsseSession:
    """One stay in SSSE. Everything here dies with it.

    ``home`` is the environment's own directory header, ``directory`` the current one, ``file`` the current EF,
    ``pointer`` the current record (0: none), ``challenge`` the random number, ``medical`` the state of the medical
    commands.
    """

    __slots__ = (
        "challenge",
        "directory",
        "environment",
        "fci",
        "file",
        "files",
        "home",
        "medical",
        "pointer",
        "security",
        "stores",
        "tx",
    )

    def __init__(self, environment: Ssse) -> None:
        self.environment = environment
        nvm = environment.grant.nvm
        self.files = FileSystem(nvm)
        self.tx = Transmission(environment.transmission)
        self.stores: dict[int, KeyStore] = {}
        self.fci: dict[int, bytes] = {}
        self.home = home_header(nvm)
        self.directory = self.home
        self.file: ElementaryFile | None = None
        self.pointer = 0
        self.challenge = Challenge(environment.grant.rng)
        self.security = SecurityState(starting_rights(self.home.fid, self.keys(self.home.fid)))
        self.medical = Medical(next_command_only=environment.options.medical.initialize_lasts == "next command")

    @property
    def nvm(self) -> Partition:
        """The environment's memory."""
        return self.environment.grant.nvm

    @property
    def blocked(self) -> bool:
        """True after CARD BLOCK."""
        return self.home.life == Life.BLOCKED

    def keys(self, directory: int) -> KeyStore:
        """The key store of a directory, by its file identifier; opened once per session."""
        store = self.stores.get(directory)
        if store is None:
            store = self.stores[directory] = key_store(self.nvm, directory)
        return store

    def put_header(self, header: DirectoryHeader) -> None:
        """Change a directory's header, in memory and in what the session knows of it."""
        self.files.put_directory(header.fid, header.encode())
        if header.fid == self.home.fid:
            self.home = header
        if header.fid == self.directory.fid:
            self.directory = header

    def handle(self, command: CommandAPDU) -> ResponseAPDU:
        """Answer one command."""
        environment = self.environment
        response = environment.engine.handle(self, command, environment.grant.trace)
        if not self.tx.continued:
            self.medical.after(command, response.sw)
        return response

    def refused_elsewhere(self) -> None:
        """As a SELECT that this environment refuses: what waits is dropped, a medical transaction ends."""
        self.tx.drop()
        self.medical.end("a command refused outside this environment")
