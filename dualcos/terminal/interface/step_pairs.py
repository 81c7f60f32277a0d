"""What a library keeps between two steps with an HSM: the card, powered, and what it has answered (SC §1.2 to §8.2).

A pair is dead as soon as another function is called, any step fails, or the reader takes the card's power away.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from cos.ssse.tables.table_model import KeyRow
from dualcos.terminal.interface.card_device import CardDevice
from dualcos.terminal.interface.file_addresses import FileAddress
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.hsm_path import key_address
from dualcos.terminal.social.security_path import SettlementAsked
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped


class StepPair(NamedTuple):
    """``function`` has been begun, and ``step`` may follow. ``answer``: to internal authentication; ``row``: the key
    that is to be proved; ``address``: what is then read or written; ``header``: of the command for the HSM.
    """

    function: str
    step: int
    device: CardDevice
    at: CardAtTerminal
    answer: bytes = b""
    row: KeyRow | None = None
    address: FileAddress | None = None
    header: bytes = b""
    settlement: SettlementAsked | None = None

    @property
    def key(self) -> KeyRow:
        """The key that is to be proved. Raises TerminalStopped."""
        return _there(self.row)

    @property
    def file(self) -> FileAddress:
        """What is read or written. Raises TerminalStopped."""
        return _there(self.address)

    @property
    def purchase(self) -> SettlementAsked:
        """The settlement. Raises TerminalStopped."""
        return _there(self.settlement)


class Outcome(NamedTuple):
    """A function's text, and the pair that it leaves open."""

    text: str
    pair: StepPair | None = None


def proof_fields(at: CardAtTerminal, row: KeyRow) -> str:
    """``algorithm|key address|factor|original|``: the card gives the original first, so that the factor is its last
    random number.
    """
    address = key_address(row)
    original, factor = at.challenge(), at.challenge()
    return f"{at.environment.algorithm:02d}|{address}|{hexed(factor)}|{hexed(original)}|"


def hexed(raw: bytes) -> str:
    """Hex in capitals."""
    return raw.hex().upper()


T = TypeVar("T")


def _there(value: T | None) -> T:
    if value is None:
        raise TerminalStopped(StopCause.NOT_OPEN)
    return value
