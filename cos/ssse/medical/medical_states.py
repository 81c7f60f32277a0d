"""States of the medical commands: idle 空闲, load 划入, purchase 消费 (SSC-5 §7, table 49).

A session holds one ``Medical``. INITIALIZE opens a transaction, only the matching CREDIT or DEBIT ends it well; what
table 49 does not list, and every failure, brings idle. GET RESPONSE that fetches the answer of a medical command is
part of that command; any other command with its instruction, and one with nothing to fetch, is none of table 49.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple

from apdu.status import SW, StatusWord
from cos.kernel.command_rows import CommandRow
from cos.kernel.state_tables import StateCell, StateTable, leads, refused, state_cells
from keys.key_handle import KeyHandle


class MedicalState(Enum):
    """The three states of table 49."""

    IDLE = "idle"
    LOAD = "load"
    PURCHASE = "purchase"


class MedicalEvent(Enum):
    """What table 49 knows: the rows of its commands carry it."""

    INITIALIZE_LOAD = "INITIALIZE FOR LOAD"
    INITIALIZE_PURCHASE = "INITIALIZE FOR PURCHASE"
    CREDIT = "CREDIT FOR LOAD"
    DEBIT = "DEBIT FOR PURCHASE"
    GET_BALANCE = "GET BALANCE"
    GET_PROOF = "GET TRANSACTION PROOF"
    OTHER = "any other command"


_49, _BY_PROFILE = "SSC-5 §7, table 49", "SSC-5 §7, table 49; idle where INITIALIZE lasts for the next command only"
_IDLE, _LOAD, _PURCHASE = (leads(state, why=_49) for state in MedicalState)
_STAYS = (
    _IDLE,
    *(leads(state, MedicalState.IDLE, why=_BY_PROFILE) for state in (MedicalState.LOAD, MedicalState.PURCHASE)),
)
_NO: StateCell[MedicalState] = refused(SW.WRONG_STATE, _49)

TABLE: StateTable[MedicalState, MedicalEvent] = StateTable(
    "medical transaction",
    "医疗交易",
    "a command that is refused, or that fails, brings idle; so does a SELECT refused outside the environment",
    MedicalState.IDLE,
    state_cells(
        MedicalState,
        (
            (MedicalEvent.INITIALIZE_LOAD, (_LOAD, _LOAD, _LOAD)),
            (MedicalEvent.INITIALIZE_PURCHASE, (_PURCHASE, _PURCHASE, _PURCHASE)),
            (MedicalEvent.CREDIT, (_NO, _IDLE, _NO)),
            (MedicalEvent.DEBIT, (_NO, _NO, _IDLE)),
            (MedicalEvent.GET_BALANCE, _STAYS),
            (MedicalEvent.GET_PROOF, _STAYS),
            (MedicalEvent.OTHER, (_IDLE, _IDLE, _IDLE)),
        ),
    ),
)
"""Table 49. Of two next states the second holds where, by profile, INITIALIZE lasts for the next command only."""


class OpenLoad(NamedTuple):
    """What INITIALIZE FOR LOAD leaves for CREDIT: amount and terminal, MAC1 of the card, SESLK, DTK."""

    amount: int
    terminal: bytes
    mac1: bytes
    session: KeyHandle
    dtk: KeyHandle


class OpenMedicalPurchase(NamedTuple):
    """What INITIALIZE FOR PURCHASE leaves for DEBIT: three amounts and terminal, random number, DPK, DTK."""

    account: int
    self_paid: int
    pooled: int
    terminal: bytes
    random: bytes
    dpk: KeyHandle
    dtk: KeyHandle


class Ending(NamedTuple):
    """What ended a transaction before its time: a command by its row's name and its answer, empty if it has none."""

    row: str = ""
    sw: StatusWord = SW.OK


class Medical:
    """Where a session stands: ``opened`` is the transaction that INITIALIZE has opened, None in idle.

    ``ended_by`` tells a person what ended the last transaction, None if it was completed; ``otherwise``: the state it
    would be in if a command had not ended it that ends it by profile.
    """

    __slots__ = ("_reading", "ended_by", "opened", "otherwise")

    def __init__(self, *, next_command_only: bool) -> None:
        self._reading = -1 if next_command_only else 0  # which of two next states
        self.opened: OpenLoad | OpenMedicalPurchase | None = None
        self.ended_by: Ending | None = None
        self.otherwise: MedicalState | None = None

    @property
    def state(self) -> MedicalState:
        """The state of table 49."""
        if self.opened is None:
            return MedicalState.IDLE
        return MedicalState.LOAD if isinstance(self.opened, OpenLoad) else MedicalState.PURCHASE

    def begin(self, opened: OpenLoad | OpenMedicalPurchase) -> None:
        """INITIALIZE was accepted."""
        self.opened, self.ended_by, self.otherwise = opened, None, None

    def after(self, row: CommandRow[Any] | None, sw: StatusWord) -> None:
        """The command of ``row`` was answered with ``sw``: keep the state or fall back to idle. Not asked in idle."""
        event = row.event if row is not None and isinstance(row.event, MedicalEvent) else MedicalEvent.OTHER
        if sw.is_success:
            state = self.state  # of a transaction that this command has just opened, the one it opened
            if TABLE.cells[state, event].to[self._reading] is state:
                return
            if event in (MedicalEvent.CREDIT, MedicalEvent.DEBIT):
                self.opened = None
                return
            self.otherwise = state if TABLE.cells[state, event].to[0] is state else None
        self.end(Ending(row.name, sw) if row is not None else Ending())

    def end(self, by: Ending = Ending()) -> None:  # noqa: B008 - a value that nobody can change
        """Idle before its time; harmless without a transaction."""
        if self.opened is not None:
            self.opened, self.ended_by = None, by
