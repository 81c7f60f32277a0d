"""How the small errors of files, keys, TLV and cells are said on the wire, the same in every stack.

A stack adds the errors that are its own. The engine looks a caught error up here; nothing else maps errors to words.
"""

from __future__ import annotations

from typing import NamedTuple

from apdu.status import SW, StatusWord
from apdu.tlv import TlvError
from cos.kernel.dialect import LayoutError
from cos.kernel.files import FileExists, FileFull, FileNotFound, OffsetBeyond, RecordNotFound, WrongStructure
from cos.kernel.refusal import Gate
from firewall.hardware.cells import CellsFull
from firewall.partition import DamagedCell
from keys.store import KeyNotFound, NoTriesLeft


class ErrorWord(NamedTuple):
    """One error type: its status word, and the gate the trace names."""

    error: type[Exception]
    sw: StatusWord
    gate: str


COMMON_ERRORS: tuple[ErrorWord, ...] = (
    ErrorWord(FileNotFound, SW.FILE_NOT_FOUND, Gate.TARGET),
    ErrorWord(RecordNotFound, SW.RECORD_NOT_FOUND, Gate.TARGET),
    ErrorWord(WrongStructure, SW.WRONG_FILE_TYPE, Gate.STRUCTURE),
    ErrorWord(OffsetBeyond, SW.WRONG_OFFSET, Gate.TARGET),
    ErrorWord(FileFull, SW.NO_SPACE, Gate.SPACE),
    ErrorWord(FileExists, SW.FILE_EXISTS, Gate.TARGET),
    ErrorWord(KeyNotFound, SW.REFERENCED_DATA_NOT_FOUND, Gate.TARGET),
    ErrorWord(NoTriesLeft, SW.METHOD_BLOCKED, Gate.AUTHENTICATION),
    ErrorWord(LayoutError, SW.WRONG_DATA, Gate.DATA),
    ErrorWord(TlvError, SW.WRONG_DATA, Gate.DATA),
    ErrorWord(CellsFull, SW.NO_SPACE, Gate.SPACE),
    ErrorWord(DamagedCell, SW.MEMORY_FAILURE, Gate.MEMORY),
)
