"""Refusals: how the card says no, and why.

A handler raises ``Refusal``; one catcher in the engine turns it into a status word. Files, keys and TLV raise
small errors of their own, and the decoders of cells one for a damaged cell; the engine's table maps each type to a
word. Anything else is a bug and stays one.
"""

from __future__ import annotations

from apdu.status import StatusWord
from firewall.trace import Reason


class Refusal(Exception):
    """The command is refused with ``sw``; ``reason`` tells a person which gate refused and what was missing."""

    __slots__ = ("reason", "sw")

    def __init__(self, sw: StatusWord, gate: str, text: str, clause: str = "") -> None:
        super().__init__()
        self.sw = sw
        self.reason = Reason(gate, text, clause)


class Gate:
    """The gates a command passes, by the names the trace shows."""

    APDU = "APDU"
    LIFE_CYCLE = "life cycle"
    CLASS = "class"
    INSTRUCTION = "instruction"
    STATE = "state"
    PARAMETERS = "P1 P2"
    LENGTH = "length"
    TARGET = "target"
    STRUCTURE = "structure"
    RIGHT = "access right"
    RANDOM = "random number"
    MESSAGING = "secure messaging"
    AUTHENTICATION = "authentication"
    DATA = "data"
    SPACE = "space"
    MEMORY = "memory"
