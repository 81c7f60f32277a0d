"""What a library keeps between two steps with an HSM: the card, powered, and how it goes on (SC §1.2 to §8.2).

A pair is dead as soon as another function is called, any step fails, or the reader takes the card's power away.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from cos.ssse.tables.table_model import KeyRow
from dualcos.terminal.interface.function_inputs import ProofGiven, ill_formed
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.hsm_path import key_address


class StepPair(NamedTuple):
    """``function`` has been begun, and ``step`` may follow: ``go_on`` does it with what that step is given, and holds
    whatever the step before has to say to it.
    """

    function: str
    step: int
    at: CardAtTerminal
    go_on: Callable[[Any], Outcome]

    def __repr__(self) -> str:
        """Without what is held."""
        return f"<StepPair {self.function} {self.step}>"


class Outcome(NamedTuple):
    """A function's text, and the pair that it leaves open."""

    text: str
    pair: StepPair | None = None


class KeyWanted(NamedTuple):
    """What a first step has told of a key: the HSM is to give it back with data for this original information."""

    row: KeyRow
    original: bytes

    def present(self, at: CardAtTerminal, given: ProofGiven) -> None:
        """EXTERNAL AUTHENTICATION with them. Raises TerminalStopped (-23, at no cost, for numbers of another pair)."""
        demand_original(given, self.original)
        at.present(self.row, given.data, given.original)


def demand_original(given: ProofGiven, original: bytes) -> None:
    """-23 unless the HSM has computed with the original information of this pair's first step."""
    if given.original != original:
        raise ill_formed("原始信息非前一步骤所给", "the original information is not that of the step before")


def proof_fields(at: CardAtTerminal, row: KeyRow) -> tuple[str, KeyWanted]:
    """``algorithm|key address|factor|original|``, and what must come back: the card gives the original first, so that
    the factor is its last random number.
    """
    address = key_address(row)
    original, factor = at.challenge(), at.challenge()
    return f"{at.environment.algorithm:02d}|{address}|{hexed(factor)}|{hexed(original)}|", KeyWanted(row, original)


def hexed(raw: bytes) -> str:
    """Hex in capitals."""
    return raw.hex().upper()
