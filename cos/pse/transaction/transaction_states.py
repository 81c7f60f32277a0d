"""The transaction state machine (交易状态机) as one table: state and command, allowed or status word.

Two rules. A cell either lets the command run (its outcome chooses among ``to``) or gives the status word.
A command that is refused, or that fails, leaves the state as it was.

The table drives the gates, docs/states.md and the tests. Cells whose evidence is ``inferred`` are not
covered by the standard. What flags add (blocked application, second EXTERNAL AUTHENTICATE …) is in ``steps``.
In state RESET a dual card is in its master environment, whose own rules answer; the column holds only if the bank
environment is the default one.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from apdu.status import SW
from cos.kernel.state_tables import StateCell, StateTable, leads, refused, state_cells


class TransactionState(Enum):
    """Where the bank environment stands."""

    RESET = "R"
    PSE = "P"
    SELECTED = "S"
    INITIATED = "I"
    ONLINE = "O"
    DECLINED = "D"
    APPROVED = "A"
    FINISHED = "F"

    @property
    def entered_by(self) -> str:
        """The event that leads here."""
        return _ENTERED[self.value]


_ENTERED: Mapping[str, str] = MappingProxyType(
    {
        "R": "power-on or warm reset; no directory of the bank is current",
        "P": "SELECT of the payment system environment or another DDF",
        "S": "SELECT of the application, also with 6283",
        "I": "GET PROCESSING OPTIONS",
        "O": "first GENERATE AC answered ARQC",
        "D": "first GENERATE AC answered AAC",
        "A": "first GENERATE AC answered TC",
        "F": "second GENERATE AC answered",
    }
)


class Command(Enum):
    """The commands the table knows; script commands share one row."""

    SELECT_ADF = "SELECT ADF"
    SELECT_PSE = "SELECT PSE"
    READ_RECORD = "READ RECORD"
    GET_DATA = "GET DATA"
    GET_PROCESSING_OPTIONS = "GET PROCESSING OPTIONS"
    VERIFY = "VERIFY"
    INTERNAL_AUTHENTICATE = "INTERNAL AUTHENTICATE"
    GENERATE_AC = "GENERATE AC"
    EXTERNAL_AUTHENTICATE = "EXTERNAL AUTHENTICATE, first"
    EXTERNAL_AUTHENTICATE_AGAIN = "EXTERNAL AUTHENTICATE, second"
    SCRIPT = "script command"


def _no(why: str = "inferred", also: str = "") -> StateCell[TransactionState]:
    return refused(SW.CONDITIONS_NOT_SATISFIED, why, also)


_R, _P, _S, _I, _O, _D, _A, _F = TransactionState
_COLD = _no("no application selected; inferred")
_NOT_IN_PSE: StateCell[TransactionState] = refused(
    SW.INS_NOT_SUPPORTED, "only SELECT and READ RECORD exist in the PSE; inferred"
)
_NOT_IN_PSE_SEEN: StateCell[TransactionState] = refused(SW.INS_NOT_SUPPORTED, "conformance case INI080, IAU120")
_AGAIN = _no("PBOC-5 §15.4.3 step 1, figure 14; conformance case IAU061", "flag")

# Columns: R, P, S, I, O, D, A, F.
_ROWS: tuple[tuple[Command, tuple[StateCell[TransactionState], ...]], ...] = (
    (
        Command.SELECT_ADF,
        tuple(leads(_S, why="PBOC-5 §6, B.13; success ends a running transaction") for _ in TransactionState),
    ),
    (
        Command.SELECT_PSE,
        tuple(leads(_P, why="PBOC-5 B.13; conformance case PSE090") for _ in TransactionState),
    ),
    (
        Command.READ_RECORD,
        (
            _COLD,
            leads(_P, why="PBOC-3 §12.3.2"),
            leads(_S, why="PBOC-5 §18.1; conformance cases LOG017, UPR007"),
            leads(_I, why="PBOC-5 §8"),
            *(leads(state, why="PBOC-5 §18.1; inferred") for state in (_O, _D, _A, _F)),
        ),
    ),
    (
        Command.GET_DATA,
        (
            _COLD,
            _NOT_IN_PSE,
            *(leads(state, why="PBOC-5 B.7; conformance case APG014") for state in (_S, _I, _O, _D, _A, _F)),
        ),
    ),
    (
        Command.GET_PROCESSING_OPTIONS,
        (
            _COLD,
            _NOT_IN_PSE_SEEN,
            leads(_I, why="PBOC-5 §7.4"),
            *(_no("second one in one selection; inferred") for _ in (_I, _O, _D, _A, _F)),
        ),
    ),
    (
        Command.VERIFY,
        (
            _COLD,
            _NOT_IN_PSE,
            leads(_S, why="tries count, CVR bits do not survive GPO; conformance case CRM-003"),
            leads(_I, why="PBOC-5 §11.4"),
            leads(_O),
            _no(),
            _no(),
            _no(),
        ),
    ),
    (
        Command.INTERNAL_AUTHENTICATE,
        (
            _COLD,
            _NOT_IN_PSE,
            _no("conformance case UNDOC-002"),
            leads(_I, why="PBOC-5 §9.4.4, any number of times"),
            *(_no() for _ in (_O, _D, _A, _F)),
        ),
    ),
    (
        Command.GENERATE_AC,
        (
            _COLD,
            _NOT_IN_PSE,
            _no("conformance cases IAU130, ABS014"),
            leads(_O, _D, _A, why="PBOC-5 §14.5"),
            leads(_F, why="PBOC-5 §16"),
            _no("PBOC-5 §16.4: completion follows an ARQC only"),
            _no("PBOC-5 §16.4: completion follows an ARQC only"),
            _no("third one; PBOC-5 B.6.5"),
        ),
    ),
    (
        Command.EXTERNAL_AUTHENTICATE,
        (
            _COLD,
            _NOT_IN_PSE_SEEN,
            _no(),
            _no(),
            leads(_O, why="PBOC-5 §15.4.3"),
            leads(_D, why="PBOC-5 D.3; conformance cases ABS012, OFA009, LOG004, AUS008"),
            _no(),
            _no("conformance cases IAU151, IAU152"),
        ),
    ),
    (
        Command.EXTERNAL_AUTHENTICATE_AGAIN,
        (
            _COLD,
            _NOT_IN_PSE_SEEN,
            _no("cannot happen: none was accepted"),
            _no("cannot happen: none was accepted"),
            _AGAIN,
            _AGAIN,
            _no("cannot happen: none was accepted"),
            _no("PBOC-5 §15.4.3 step 1; conformance case IAU152", "flag"),
        ),
    ),
    (
        Command.SCRIPT,
        (
            _COLD,
            _NOT_IN_PSE,
            _no("no cryptogram for the MAC yet; inferred"),
            _no("no cryptogram for the MAC yet; inferred"),
            leads(_O, why="PBOC-5 §17.6.2; conformance case CBS010"),
            leads(_D, why="conformance cases ABS012, AUS008, OFA009"),
            _no("conformance case EC014"),
            leads(_F, why="PBOC-5 §17.6; conformance cases ABK082, LOG004, AUS012"),
        ),
    ),
)

MACHINE: StateTable[TransactionState, Command] = StateTable(
    "transaction of the bank environment",
    "金融交易",
    "a command that is refused, or that fails, leaves the state as it was",
    TransactionState.RESET,
    state_cells(TransactionState, _ROWS),
)
TABLE = MACHINE.cells
"""Every state with every command: ``sw`` None if it may run, else the status word."""
