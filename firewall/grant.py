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


class Ended(NamedTuple):
    """The last answer of an environment that has ended itself under its own master key.

    The dispatcher forgets the environment, wipes its memory and makes the MF current.
    """

    response: ResponseAPDU


class CardBlocked(NamedTuple):
    """An answer of an environment that has silenced the whole card: the declared channel of CARD BLOCK.

    From the next command on every answer is 6A81, for ever. Nothing comes back through this channel.
    """

    response: ResponseAPDU


class CardClosing(NamedTuple):
    """The same of an environment that may end what it was at: kept for ever as of now, silent when it has ended that.

    Until it answers ``CardBlocked`` commands still reach it, and it refuses what does not belong there; no SELECT leads
    away from it any more, and a reset is silence.
    """

    response: ResponseAPDU


Outcome = ResponseAPDU | Ended | CardBlocked | CardClosing
"""What became of a command: the answer alone, or with what the dispatcher has to do about it."""


class Session(Protocol):
    """One stay in an environment. Holds all volatile state; nobody clears it, it is dropped."""

    def handle(self, command: CommandAPDU) -> Outcome:
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

    @property
    def blocks_card(self) -> bool:
        """True if its memory says that it has silenced the whole card.

        Asked at power-on: a block may have lost power before the dispatcher heard of it.
        """
        ...
