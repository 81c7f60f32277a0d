"""What every command of a PSAM passes first, and how small errors are said on the wire."""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW
from cos.kernel.dialect import LayoutError
from cos.kernel.engine import ErrorWord
from cos.kernel.files import FileExists, FileFull, FileNotFound, OffsetBeyond, RecordNotFound, WrongStructure
from cos.kernel.refusal import Gate, Refusal
from cos.psam.environment import PsamSession
from firewall.mint import NameConflict, NameTaken
from keys.store import KeyNotFound, NoTriesLeft

_ON_A_BLANK_CHIP = frozenset((0x14, 0x84, 0xC0, 0xE0))

ERRORS: tuple[ErrorWord, ...] = (
    ErrorWord(FileNotFound, SW.FILE_NOT_FOUND, Gate.TARGET),
    ErrorWord(RecordNotFound, SW.RECORD_NOT_FOUND, Gate.TARGET),
    ErrorWord(WrongStructure, SW.WRONG_FILE_TYPE, Gate.STRUCTURE),
    ErrorWord(OffsetBeyond, SW.WRONG_OFFSET, Gate.TARGET),
    ErrorWord(FileFull, SW.NO_SPACE, Gate.SPACE),
    ErrorWord(FileExists, SW.FILE_EXISTS, Gate.TARGET),
    ErrorWord(KeyNotFound, SW.REFERENCED_DATA_NOT_FOUND, Gate.TARGET),
    ErrorWord(NoTriesLeft, SW.METHOD_BLOCKED, Gate.AUTHENTICATION),
    ErrorWord(LayoutError, SW.WRONG_DATA, Gate.DATA),
    ErrorWord(NameTaken, SW.FILE_EXISTS, Gate.TARGET),
    ErrorWord(NameConflict, SW.WRONG_DATA, Gate.DATA),
)


def alive(session: PsamSession, command: CommandAPDU) -> None:
    """Refuse with 6A81 what a blank chip does not know."""
    if session.home is None and command.ins not in _ON_A_BLANK_CHIP:
        raise Refusal(SW.FUNCTION_NOT_SUPPORTED, Gate.LIFE_CYCLE, "the chip is blank: there is no MF", "SSC-10 §5.2")


def get_response(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """GET RESPONSE."""
    return session.tx.get_response(command)
