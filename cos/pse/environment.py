"""The payment system environment PSE (支付系统环境) as an environment: memory, sessions, first contents."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from cos.kernel.challenge import Challenge
from cos.kernel.dialect import DirectoryHeader, DirectoryKind, Life
from cos.kernel.engine import Engine
from cos.kernel.files import FileSystem
from cos.kernel.transmission import Transmission, TransmissionOptions
from cos.pse.directory import INTERNATIONAL, MASTER_REF, Directory
from cos.pse.options import BankOptions
from cos.pse.transaction.counters import Counters
from cos.pse.transaction.current import Transaction, selected
from cos.pse.transaction.risk import RiskData
from firewall.grant import CardBlocker, Grant
from firewall.partition import Partition
from firewall.trace import Noted, NullTrace
from keys.bank import ScriptContext
from keys.cps import CpsKeys
from keys.handle import KeyHandle
from keys.store import KeyHeader

CAPACITY = 32 * 1024
SHORTEST_NAME = 5
_OWN = b"self"
_SELECT = 0xA4


def initialise(nvm: Partition, material: bytes) -> None:
    """Fill a fresh partition with what the environment is born with: its directory header and master key."""
    born, key_header, value = (tlv.find(material, tag) or b"" for tag in (0x80, 0x81, 0x82))
    header = DirectoryHeader.decode(born)
    with nvm.transaction():
        FileSystem(nvm).put_directory(header.fid, header.encode())
        nvm.put(_OWN, header.fid.to_bytes(2, "big"))
        master = KeyHeader.decode(key_header)._replace(
            kind=MASTER_REF.kind, kid=MASTER_REF.kid, version=MASTER_REF.version
        )
        Directory(nvm, header).keys.put(master, value)


def is_blocked(nvm: Partition) -> bool:
    """True after CARD BLOCK."""
    home = FileSystem(nvm).directory(int.from_bytes(nvm.get(_OWN) or b"", "big"))
    return DirectoryHeader.decode(home).life == Life.BLOCKED


class Stage(Enum):
    """Which commands exist where the session stands."""

    PRE_PERSONALISATION = "master key and personalisation channel"
    SKELETON = "master key only: the directory itself is personalised already"
    PERSONALISATION = "personalisation channel only: pre-personalisation has ended"
    DIRECTORY = "the environment in use"
    APPLICATION = "an application in use"


class Run(NamedTuple):
    """The transaction in progress beside its decisions: what the terminal sent, keys of this ATC.

    ``received`` holds the values by tag of each list, oldest first; ``raw`` the same as bytes, for the hash of CDA.
    ``cryptogram`` is the one of the first GENERATE AC.
    """

    atc: bytes
    received: tuple[Mapping[int, bytes], ...] = ()
    raw: bytes = b""
    session_ac: KeyHandle | None = None
    cryptogram: bytes = b""
    script: ScriptContext | None = None


class OpenChannel(NamedTuple):
    """A personalisation channel: session keys, previous C-MAC, level, number of the next STORE DATA.

    Before EXTERNAL AUTHENTICATE ``host`` is the cryptogram the host must show, None afterwards. ``unfinished`` is the
    beginning of a group that goes on in the next command.
    """

    keys: CpsKeys
    host: bytes | None
    previous: bytes = b""
    level: int = 0
    number: int = 0
    unfinished: bytes = b""


class Chain(NamedTuple):
    """Selection by a partial name: the name, the directories found so far."""

    name: bytes
    found: tuple[int, ...]


class Pse(NamedTuple):
    """The environment: what it was granted, its options, its engines. No volatile state."""

    grant: Grant
    options: BankOptions
    transmission: TransmissionOptions
    engines: Mapping[Stage, Engine[PseSession]]
    blocker: CardBlocker | None = None

    def open(self) -> PseSession:
        """A fresh session; the environment itself is the current directory."""
        return PseSession(self)

    def claims(self, name: bytes) -> bool:
        """An application's name, or its beginning of at least 5 bytes (PBOC-5 §6.4.2, PBOC-3 §11.3.5)."""
        return len(name) >= SHORTEST_NAME and any(
            header.name.startswith(name) for header in applications(self.grant.nvm)
        )


def applications(nvm: Partition) -> tuple[DirectoryHeader, ...]:
    """The applications' headers, in the order a terminal finds them."""
    headers = (DirectoryHeader.decode(raw) for _, raw in FileSystem(nvm).directories())
    return tuple(header for header in headers if header.kind == DirectoryKind.ADF)


class PseSession:
    """One stay in PSE. Everything here dies with it.

    ``home`` is the environment's own directory, ``current`` the selected one with its ``counters``; ``transaction``
    and ``run`` are the transaction in progress. ``proved``: the environment's master key has been shown in the
    current directory. ``closing``: the transaction that a CARD BLOCK caught has had its last answer.
    """

    __slots__ = (
        "_directories",
        "_risk",
        "chain",
        "challenge",
        "channel",
        "closing",
        "counters",
        "current",
        "environment",
        "files",
        "home",
        "nvm",
        "options",
        "proved",
        "run",
        "transaction",
        "tx",
    )

    def __init__(self, environment: Pse) -> None:
        self.environment = environment
        self.options = environment.options
        self.nvm = environment.grant.nvm
        self.files = FileSystem(self.nvm)
        self.tx = Transmission(environment.transmission)
        self.challenge = Challenge(environment.grant.rng)
        self._directories: dict[int, Directory] = {}
        self._risk: RiskData | None = None
        self.home = self.directory(int.from_bytes(self.nvm.get(_OWN) or b"", "big"))
        self.chain: Chain | None = None
        self.enter(self.home)

    def directory(self, fid: int) -> Directory:
        """The directory ``fid``, opened once per session. Raises FileNotFound."""
        known = self._directories.get(fid)
        if known is None:
            header = DirectoryHeader.decode(self.files.directory(fid))
            known = self._directories[fid] = Directory(self.nvm, header)
        return known

    def enter(self, directory: Directory) -> None:
        """Make ``directory`` current; everything volatile is gone (PBOC-5 §6)."""
        self.current = directory
        directory.choose(INTERNATIONAL)
        self.counters: Counters = directory.counters()
        self.transaction: Transaction = selected(pse=not directory.is_application)
        self.run: Run | None = None
        self.channel: OpenChannel | None = None
        self.challenge.drop()
        self.proved = False
        self.closing = False

    def put_header(self, header: DirectoryHeader) -> None:
        """Change a directory's header."""
        self.files.put_directory(header.fid, header.encode())
        self.directory(header.fid).header = header

    def forget_directory(self, fid: int) -> None:
        """A directory was deleted."""
        self._directories.pop(fid, None)

    @property
    def blocked(self) -> bool:
        """True after CARD BLOCK."""
        return self.home.header.life == Life.BLOCKED

    @property
    def stage(self) -> Stage:
        """Which commands exist now."""
        current, open_skeleton = self.current, self.home.header.life == Life.PERSONALISATION
        if current.personalised:
            if current.is_application:
                return Stage.APPLICATION
            return Stage.SKELETON if open_skeleton else Stage.DIRECTORY
        return Stage.PRE_PERSONALISATION if open_skeleton else Stage.PERSONALISATION

    @property
    def risk(self) -> RiskData:
        """What the decisions look at on the card's side."""
        issued, known = self.current.issued, self._risk
        if known is None or known.counters is not self.counters or known.limits is not issued.limits:
            aip = issued.aip_number
            known = self._risk = RiskData(self.counters, issued.limits, aip, offline_pin=issued.offline_pin)
        return known

    @property
    def running(self) -> Run:
        """The transaction in progress; the state gate lets nobody ask before GET PROCESSING OPTIONS."""
        assert self.run is not None  # noqa: S101 - see above
        return self.run

    def commit(self, counters: Counters) -> None:
        """Make the application's counters durable; part of the open transaction if there is one."""
        if counters != self.counters:
            self.nvm.put_all({self.current.counters_cell: counters.to_bytes()})
            self.counters = counters

    def note(self, topic: str, *texts: str) -> None:
        """Tell the trace."""
        trace = self.environment.grant.trace
        for text in texts:
            trace.note(Noted(topic, text))

    @property
    def told(self) -> bool:
        """True if somebody reads the trace; for explanations that cost more than the command itself."""
        return not isinstance(self.environment.grant.trace, NullTrace)

    def handle(self, command: CommandAPDU) -> ResponseAPDU:
        """Answer one command."""
        environment = self.environment
        response = environment.engines[self.stage].handle(self, command, environment.grant.trace)
        if command.ins != _SELECT and not self.tx.continued:
            self.chain = None  # the next SELECT does not follow the last one directly (PBOC-3 §11.3.5)
        return response

    def refused_elsewhere(self) -> None:
        """As a SELECT that this environment refuses: what waits is dropped, the transaction and the chain go on."""
        self.tx.drop()
