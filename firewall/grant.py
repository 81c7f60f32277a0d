"""What an environment is given, and the two small contracts that cross the wall."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from firewall.hardware.randomness import Rng
from firewall.partition import Partition
from firewall.trace import Trace


class Grant(NamedTuple):
    """All an environment ever gets: its own memory, its own random stream, its own trace."""

    nvm: Partition
    rng: Rng
    trace: Trace


class Ended(Exception):
    """Raised by a session whose environment has ended itself under its own master key; carries the last answer.

    The dispatcher forgets the environment, wipes its memory and makes the MF current.
    """

    def __init__(self, response: ResponseAPDU) -> None:
        super().__init__()
        self.response = response


class Session(Protocol):
    """One stay in an environment. Holds all volatile state; nobody clears it, it is dropped."""

    def handle(self, command: CommandAPDU) -> ResponseAPDU:
        """Answer one command. Never raises for what a terminal sends."""
        ...

    def refused_elsewhere(self) -> None:
        """A command came that another has refused (a SELECT that led elsewhere, what is no APDU): this stay goes on, as
        if it had refused it itself.

        Without arguments: who refused, what and why, crosses no wall.
        """
        ...


class Environment(Protocol):
    """One side of the card, without any volatile state of its own."""

    def open(self) -> Session:
        """A fresh session."""
        ...

    def claims(self, name: bytes) -> bool:
        """True if SELECT by this name, sent from outside, leads here (application names, declared partial names).

        The environment's own registered names need not be answered for: the directory knows them.
        """
        ...


class CardBlocker:
    """The declared channel of CARD BLOCK with scope ``card``: one bit, from an environment to the dispatcher.

    Whoever holds it can ask for the whole card to fall silent, and can learn nothing by it.
    """

    __slots__ = ("asked",)

    def __init__(self) -> None:
        self.asked = False

    def block_card(self) -> None:
        """From the next command on every answer is 6A81, for ever."""
        self.asked = True
