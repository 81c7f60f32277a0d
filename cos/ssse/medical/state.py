"""States of the medical commands: idle 空闲, load 划入, purchase 消费 (SSC-5 §7, table 49).

A session holds one ``Medical``. INITIALIZE opens a transaction, only the matching CREDIT or DEBIT ends it well; what
table 49 does not list, and every failure, brings idle. GET RESPONSE that fetches the answer of a medical command is
part of that command; any other command with its instruction, and one with nothing to fetch, is none of table 49.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from apdu.command import CommandAPDU
from apdu.status import StatusWord
from keys.handle import KeyHandle

CLASS = 0xB0
GET_BALANCE, INITIALIZE, CREDIT, DEBIT, GET_PROOF, STARTING_DAY = 0x26, 0x28, 0x2A, 0x2C, 0x2E, 0x56
_KEEPS = frozenset((GET_BALANCE, GET_PROOF))


class State(Enum):
    """The three states of table 49."""

    IDLE = "idle"
    LOAD = "load"
    PURCHASE = "purchase"


class OpenLoad(NamedTuple):
    """What INITIALIZE FOR LOAD leaves for CREDIT: amount and terminal, MAC1 of the card, SESLK, DTK."""

    amount: int
    terminal: bytes
    mac1: bytes
    session: KeyHandle
    dtk: KeyHandle


class OpenPurchase(NamedTuple):
    """What INITIALIZE FOR PURCHASE leaves for DEBIT: three amounts and terminal, random number, DPK, DTK."""

    account: int
    self_paid: int
    pooled: int
    terminal: bytes
    random: bytes
    dpk: KeyHandle
    dtk: KeyHandle


NEEDED = ((CREDIT, State.LOAD, "INITIALIZE FOR LOAD"), (DEBIT, State.PURCHASE, "INITIALIZE FOR PURCHASE"))


class Medical:
    """Where a session stands. ``ended_by`` tells a person which command ended the last transaction."""

    __slots__ = ("_next_only", "ended_by", "load", "purchase")

    def __init__(self, *, next_command_only: bool) -> None:
        self._next_only = next_command_only
        self.load: OpenLoad | None = None
        self.purchase: OpenPurchase | None = None
        self.ended_by = ""

    @property
    def state(self) -> State:
        """The state of table 49."""
        if self.load is not None:
            return State.LOAD
        return State.IDLE if self.purchase is None else State.PURCHASE

    def begin(self, load: OpenLoad | None = None, purchase: OpenPurchase | None = None) -> None:
        """INITIALIZE was accepted."""
        self.load, self.purchase, self.ended_by = load, purchase, ""

    def after(self, command: CommandAPDU, sw: StatusWord) -> None:
        """A command was answered with ``sw``: keep the state or fall back to idle."""
        if self.load is None and self.purchase is None:
            return
        done = command.cla == CLASS and sw.is_success
        if done and (command.ins == INITIALIZE or (command.ins in _KEEPS and not self._next_only)):
            return
        completed = done and command.ins in (CREDIT, DEBIT)
        self.end("" if completed else f"{command.cla:02X} {command.ins:02X} answered {sw}")

    def end(self, by: str) -> None:
        """Idle; ``by``: what ended a transaction before its time, empty if it came to its end."""
        if self.load is not None or self.purchase is not None:
            self.load = self.purchase = None
            self.ended_by = by
