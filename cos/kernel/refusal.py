"""Refusals: how the card says no, and why.

A handler raises ``Refusal``; one catcher in the engine turns it into a status word. Files, keys and TLV raise
small errors of their own, and the decoders of cells one for a damaged cell: ``COMMON_ERRORS`` has a word for each, the
same in every stack, and a stack adds the errors that are its own. Anything else is a bug and stays one.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple, Protocol, TypeVar

from apdu.status import SW, StatusWord
from apdu.tlv import TlvError
from cos.kernel.directory_headers import LayoutError
from cos.kernel.files import FileExists, FileFull, FileNotFound, OffsetBeyond, RecordNotFound, WrongStructure
from firewall.hardware.cells import CellsFull
from firewall.mint import NameConflict, NameTaken
from firewall.partition import DamagedCell
from firewall.trace import Datum, Reason, Reasoned, Setting
from keys.card_key_store import KeyNotFound, NoTriesLeft


class Refusal(Exception):
    """The command is refused with ``sw``; ``reason`` is which gate refused, why, and of what that is said.

    Without a clause of its own the reason has its row's.
    """

    __slots__ = ("reason", "sw")

    def __init__(self, sw: StatusWord, gate: str, why: str, clause: str = "", /, **about: Datum) -> None:
        super().__init__()
        self.sw = sw
        self.reason = Reason(gate, why, clause, about)


class Choices(Protocol):
    """A group of settings of the COS, as each stack has them; ``path``: where they stand in a profile."""

    path: ClassVar[str]


R = TypeVar("R", bound=Refusal | Reasoned)


def decided_by(refused: R, *settings: Setting) -> R:
    """The same refusal, naming settings that it rests on."""
    if isinstance(refused, Refusal):
        refused.reason = refused.reason._replace(settings=(*refused.reason.settings, *settings))
    else:
        refused.settings = (*refused.settings, *settings)
    return refused


def but_for(refused: R, choices: Choices, name: str, would: int | str | None = None) -> R:
    """The same refusal, naming the setting ``name`` of ``choices``: but for it, the command would be answered.

    ``would``: the value it would be answered under; None: the setting has only chosen the status word.
    """
    return decided_by(refused, setting(choices, name, would))


def setting(choices: Choices, name: str, would: int | str | None = None) -> Setting:
    """The setting ``name`` of ``choices`` as it is now, and the value that was wanted of it."""
    return Setting(f"{choices.path}.{name}", getattr(choices, name), would)


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


class ErrorWord(NamedTuple):
    """One error type: its status word, and the gate the trace names. ``why``: the phrase of an error that has none of
    its own; what it says is told as the ``fault``.
    """

    error: type[Exception]
    sw: StatusWord
    gate: str
    why: str = ""

    def reason(self, error: Exception) -> Reason:
        """What the error says, as the reason of a refusal."""
        if isinstance(error, Reasoned):
            return Reason(self.gate, error.why, "", error.about, error.settings)
        return Reason(self.gate, self.why, "", {"fault": str(error)})


COMMON_ERRORS: tuple[ErrorWord, ...] = (
    ErrorWord(FileNotFound, SW.FILE_NOT_FOUND, Gate.TARGET),
    ErrorWord(RecordNotFound, SW.RECORD_NOT_FOUND, Gate.TARGET),
    ErrorWord(WrongStructure, SW.WRONG_FILE_TYPE, Gate.STRUCTURE),
    ErrorWord(OffsetBeyond, SW.WRONG_OFFSET, Gate.TARGET),
    ErrorWord(FileFull, SW.NO_SPACE, Gate.SPACE),
    ErrorWord(FileExists, SW.FILE_EXISTS, Gate.TARGET),
    ErrorWord(KeyNotFound, SW.REFERENCED_DATA_NOT_FOUND, Gate.TARGET),
    ErrorWord(NoTriesLeft, SW.METHOD_BLOCKED, Gate.AUTHENTICATION),
    ErrorWord(LayoutError, SW.WRONG_DATA, Gate.DATA, "broken creation data"),
    ErrorWord(TlvError, SW.WRONG_DATA, Gate.DATA, "broken data objects"),
    ErrorWord(CellsFull, SW.NO_SPACE, Gate.SPACE, "memory full"),
    ErrorWord(NameTaken, SW.FILE_EXISTS, Gate.TARGET),
    ErrorWord(NameConflict, SW.WRONG_DATA, Gate.DATA),
    ErrorWord(DamagedCell, SW.MEMORY_FAILURE, Gate.MEMORY, "damaged memory"),
)
