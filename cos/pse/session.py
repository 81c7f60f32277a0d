"""The payment system environment PSE (支付系统环境): one stay in it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from cos.kernel.directory_headers import (
    DirectoryHeader,
    DirectoryKind,
    Life,
    own_header,
    readable_headers,
    stored_header,
)
from cos.kernel.engine import Engine
from cos.kernel.files import FileSystem
from cos.kernel.security_state import SecurityState, Standing
from cos.kernel.stack import Tenant
from cos.pse.current_directory import BankDirectory
from cos.pse.data.data_groups import INTERNATIONAL
from cos.pse.options import BankOptions
from cos.pse.transaction.risk_data import RiskData
from cos.pse.transaction.transaction_memory import AuthenticationStep, Counters, Transaction, selected
from cos.pse.transaction.transaction_states import TransactionState
from firewall.grant import CardBlocked, CardClosing, Outcome
from firewall.partition import Partition
from firewall.trace import Noted
from keys.bank_cryptography import ScriptContext
from keys.cps_channel import CpsKeys
from keys.key_handle import KeyHandle

SHORTEST_NAME = 5
_SELECT = 0xA4
_NOTHING_PROVED = SecurityState()


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


Pse = Tenant[BankOptions, Mapping[Stage, Engine["PseSession"]]]


def applications(nvm: Partition) -> tuple[DirectoryHeader, ...]:
    """The applications' headers that can be read, in the order a terminal finds them."""
    return tuple(each for each in readable_headers(FileSystem(nvm)) if each.kind == DirectoryKind.ADF)


class PseSession:
    """One stay in PSE. Everything here dies with it.

    ``at``: where it stands; each selection begins anew there (PBOC-5 §6.4). ``home`` is the environment's own
    directory, ``current`` the selected one with its ``counters``; ``transaction`` and ``run`` are the transaction in
    progress. ``closing``: the transaction that a CARD BLOCK caught has had its last answer.
    """

    __slots__ = (
        "_directories",
        "_risk",
        "at",
        "chain",
        "channel",
        "closing",
        "counters",
        "current",
        "environment",
        "home",
        "options",
        "run",
        "transaction",
    )

    def __init__(self, environment: Pse) -> None:
        self.environment = environment
        self.options = environment.options
        nvm = environment.grant.nvm
        own = own_header(nvm)
        self.at = Standing(environment.grant, environment.transmission, own)
        self._directories: dict[int, BankDirectory] = {}
        self._risk: RiskData | None = None
        self.home = self._directories[own.fid] = BankDirectory(nvm, own)
        self.chain: Chain | None = None
        self.enter(self.home)

    def directory(self, fid: int) -> BankDirectory:
        """The directory ``fid``, opened once per session. Raises FileNotFound, DamagedCell."""
        known = self._directories.get(fid)
        if known is None:
            header = stored_header(self.at.files, fid)
            known = self._directories[fid] = BankDirectory(self.at.nvm, header)
        return known

    def enter(self, directory: BankDirectory) -> None:
        """Make ``directory`` current; everything volatile is gone (PBOC-5 §6). Raises DamagedCell, nothing changed."""
        counters = directory.counters()
        at = self.at
        at.directory = directory.header
        at.security = _NOTHING_PROVED
        at.challenge.drop()
        self.current = directory
        directory.suite = INTERNATIONAL
        self.counters: Counters = counters
        self.transaction: Transaction = selected(pse=not directory.is_application)
        self.run: Run | None = None
        self.channel: OpenChannel | None = None
        self.closing = False

    def stand_on(self, directory: BankDirectory) -> None:
        """Make it current; the right of whoever has made it goes along."""
        held = self.at.security
        self.enter(directory)
        self.at.security = held

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
            known = self._risk = RiskData(self.counters, issued.limits, issued.aip, offline_pin=issued.offline_pin)
        return known

    @property
    def running(self) -> Run:
        """The transaction in progress; the state gate lets nobody ask before GET PROCESSING OPTIONS."""
        assert self.run is not None  # noqa: S101 - see above
        return self.run

    def commit(self, counters: Counters) -> None:
        """Make the application's counters durable; part of the open transaction if there is one."""
        if counters != self.counters:
            self.at.nvm.put_all({self.current.counters_cell: counters.to_bytes()})
            self.counters = counters

    def settle(self, topic: str, step: AuthenticationStep) -> None:
        """Keep what ``step`` changed, also when its command is refused."""
        self.commit(step.counters)
        self.transaction = step.transaction
        self.note(topic, *step.explanation)

    def note(self, topic: str, *texts: str | tuple[object, ...]) -> None:
        """Tell the trace."""
        trace = self.environment.grant.trace
        for text in texts:
            trace.note(Noted(topic, text))

    def handle(self, command: CommandAPDU) -> Outcome:
        """Answer one command."""
        environment = self.environment
        response = environment.engine[self.stage].handle(self, command, environment.grant.trace)
        if command.ins != _SELECT and not self.at.tx.continued:
            self.chain = None  # the next SELECT does not follow the last one directly (PBOC-3 §11.3.5)
        if environment.card_wide and self.blocked and type(response) is ResponseAPDU:
            return CardClosing(response) if self._may_close() else CardBlocked(response)
        return response

    def _may_close(self) -> bool:
        """True while the transaction that CARD BLOCK caught has its last answer before it (PBOC-5 §17.5)."""
        return self.at.tx.waits if self.closing else self.transaction.state is TransactionState.ONLINE

    def refused_elsewhere(self) -> None:
        """As a SELECT that this environment refuses: what waits is dropped, the transaction and the chain go on."""
        self.at.tx.drop()
