"""What every command of a PSAM passes first, and how small errors are said on the wire."""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.status import SW
from cos.kernel.refusal import Gate, Refusal
from cos.kernel.words import ErrorWord
from cos.psam.environment import PsamSession
from firewall.mint import NameConflict, NameTaken

_ON_A_BLANK_CHIP = frozenset((0x14, 0x84, 0xC0, 0xE0))

ERRORS: tuple[ErrorWord, ...] = (
    ErrorWord(NameTaken, SW.FILE_EXISTS, Gate.TARGET),
    ErrorWord(NameConflict, SW.WRONG_DATA, Gate.DATA),
)


def alive(session: PsamSession, command: CommandAPDU) -> None:
    """Refuse with 6A81 what a blank chip does not know."""
    if session.home is None and command.ins not in _ON_A_BLANK_CHIP:
        raise Refusal(SW.FUNCTION_NOT_SUPPORTED, Gate.LIFE_CYCLE, "the chip is blank: there is no MF", "SSC-10 §5.2")
