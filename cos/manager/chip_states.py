"""The life of the chip (芯片生命周期) as one table: C0 blank, C1 initialised, C2 closed (SSC-10 §5)."""

from __future__ import annotations

from enum import Enum

from apdu.status import SW
from cos.kernel.state_tables import StateCell, StateTable, leads, refused, state_cells


class ChipState(Enum):
    """Card-level life state."""

    BLANK = "C0"
    INITIALISED = "C1"
    CLOSED = "C2"


class ChipEvent(Enum):
    """The commands that the chip's state decides about."""

    TRANSPORT_KEY = "TRANSPORT KEY AUTHENTICATION"
    SET_SERIAL = "SET SERIAL"
    SET_ATR = "SET ATR"
    CREATE_MF = "CREATE FILE of the MF"
    WRITE_KEY = "WRITE KEY, the card master key"
    MASTER_KEY = "EXTERNAL AUTHENTICATION"
    CREATE = "CREATE FILE in the MF"
    APPEND_FCI = "APPEND FCI"
    END = "END"
    DELETE_MF = "DELETE FILE of the MF"


_CREATION = "SSC-10 §5.2"
_BLANK, _OPEN, _CLOSED = (leads(state, why=_CREATION) for state in ChipState)
_FIRST = leads(ChipState.INITIALISED, why="SSC-10 §5.2; until a card master key is there (inferred)")
_WIPED = leads(ChipState.BLANK, why="SSC-10 §5.1.1")
_NO: StateCell[ChipState] = refused(SW.CONDITIONS_NOT_SATISFIED, _CREATION)
_NO_KEY: StateCell[ChipState] = refused(SW.REFERENCED_DATA_NOT_FOUND, "a blank chip has no card master key; inferred")
_NO_PROOF: StateCell[ChipState] = refused(
    SW.SECURITY_NOT_SATISFIED, "no card master key could have been proved; inferred"
)

TABLE: StateTable[ChipState, ChipEvent] = StateTable(
    "life of the chip",
    "芯片生命周期",
    "a command that is refused, or that fails, leaves the state as it was",
    ChipState.BLANK,
    state_cells(
        ChipState,
        (
            (ChipEvent.TRANSPORT_KEY, (_BLANK, _FIRST, _NO)),
            (ChipEvent.SET_SERIAL, (_BLANK, _NO, _NO)),
            (ChipEvent.SET_ATR, (_BLANK, _NO, _NO)),
            (ChipEvent.CREATE_MF, (_OPEN, _NO, _NO)),
            (ChipEvent.WRITE_KEY, (_NO, _OPEN, _CLOSED)),
            (ChipEvent.MASTER_KEY, (_NO_KEY, _OPEN, _CLOSED)),
            (ChipEvent.CREATE, (_NO, _OPEN, _NO)),
            (ChipEvent.APPEND_FCI, (_NO, _OPEN, _NO)),
            (ChipEvent.END, (_NO, _CLOSED, _NO)),
            (ChipEvent.DELETE_MF, (_NO_PROOF, _WIPED, _WIPED)),
        ),
    ),
)
"""Every state with every event; rights are asked behind it."""
