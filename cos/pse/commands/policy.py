"""The order of checks on the bank side, and how files, keys and TLV errors are said.

Card blocked, class, instruction, feature there at all, P1 P2, lengths, state; then the handler: secure messaging,
object, execution. Lengths come before the state (conformance: CARD BLOCK of wrong length straight after SELECT is
6700), and the rest of the order is inferred: no clause gives one.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW, StatusWord
from cos.kernel.engine import GateCheck, length_gate, parameters_gate, strict_le_gate
from cos.kernel.refusal import Gate, Refusal
from cos.kernel.rows import Row
from cos.kernel.transmission import TransmissionOptions
from cos.kernel.words import ErrorWord
from cos.pse.commands.processing import pdol_data
from cos.pse.data.elements import PUT_DATA_LENGTHS
from cos.pse.directory import Dol
from cos.pse.environment import PseSession, Stage
from cos.pse.files.writing import stored_length
from cos.pse.security.messaging import MAC_LENGTH, record
from cos.pse.transaction.gates import blocked_word, state_word, unsupported_word
from cos.pse.transaction.script import ScriptEvent
from cos.pse.transaction.states import Command, State
from keys.sm2 import Sm2Missing

ERRORS: tuple[ErrorWord, ...] = (ErrorWord(Sm2Missing, SW.FUNCTION_NOT_SUPPORTED, Gate.TARGET),)

_GET_RESPONSE = 0xC0
_AUTHENTICATE, _PUT_DATA, _UPDATE_RECORD = 0x82, 0xDA, 0xDC
_SECURED = 0x04
_CLASSES = frozenset((0x00, 0x04, 0x80, 0x84))
_IN_THE_DIRECTORY = frozenset((0xA4, 0xB2, _GET_RESPONSE))
_OF_THE_OWNER = frozenset((0x84, _AUTHENTICATE, 0xD4, 0xE1))
SCRIPTS = frozenset((0x16, 0x18, 0x1E, 0x24, _PUT_DATA, _UPDATE_RECORD))

_COMMANDS: Mapping[int, Command] = MappingProxyType(
    {
        0xB2: Command.READ_RECORD,
        0xCA: Command.GET_DATA,
        0xA8: Command.GET_PROCESSING_OPTIONS,
        0x20: Command.VERIFY,
        0x88: Command.INTERNAL_AUTHENTICATE,
        0xAE: Command.GENERATE_AC,
        0x82: Command.EXTERNAL_AUTHENTICATE,
        **dict.fromkeys(SCRIPTS, Command.SCRIPT),
    }
)


def alive(session: PseSession, command: CommandAPDU) -> None:
    """Refuse everything after CARD BLOCK with 6A81 (PBOC-5 B.4.1, §17.5).

    The transaction it was part of may still have its second cryptogram. And a script command whose class says "no
    secure messaging" leaves its mark before the class refuses it (PBOC-5 figure 23).
    """
    if session.blocked:
        _after_card_block(session, command)
    if command.ins in SCRIPTS and command.cla & 0x0F != _SECURED and session.stage is Stage.APPLICATION:
        record(session, ScriptEvent.NOT_SECURED)
    elif session.stage is Stage.DIRECTORY and command.cla in _CLASSES and not _exists_in_use(session, command):
        raise Refusal(
            SW.INS_NOT_SUPPORTED,
            Gate.INSTRUCTION,
            f"instruction {command.ins:02X} does not exist in the environment itself: select an application",
            "PBOC-5 B; conformance cases INI080, IAU120",
        )


def _exists_in_use(session: PseSession, command: CommandAPDU) -> bool:
    """What an issued environment itself knows: reading its directory, and its master key looking after itself.

    EXTERNAL AUTHENTICATE with anything but a master key's 8 bytes is the application's command and unknown here.
    """
    if command.ins in _IN_THE_DIRECTORY:
        return True
    if not session.options.master_key_in_use or command.ins not in _OF_THE_OWNER:
        return False
    return command.ins != _AUTHENTICATE or (command.cla == 0 and len(command.data) == 8)


def _after_card_block(session: PseSession, command: CommandAPDU) -> None:
    if session.tx.continued and session.closing:
        return
    which = _COMMANDS.get(command.ins, Command.SELECT_ADF)
    word = blocked_word(which, session.counters._replace(card_blocked=True), session.transaction)
    if word is not None:
        raise Refusal(word, Gate.LIFE_CYCLE, "the payment environment is blocked by CARD BLOCK", "PBOC-5 B.4.1")


def feature_gate(session: PseSession, row: Row[PseSession], command: CommandAPDU) -> None:  # noqa: ARG001 - the gates' common shape
    """Refuse what this card, as it was personalised, does not have (PBOC-5 table 3)."""
    which = _COMMANDS.get(row.ins)
    if which is None:
        return
    word = unsupported_word(which, session.risk, session.transaction, session.options)
    if word is not None:
        raise Refusal(word, Gate.INSTRUCTION, f"{row.name} does not exist on a card with these features", row.ref)


def message_gate(session: PseSession, row: Row[PseSession], command: CommandAPDU) -> None:
    """Lengths: those of the row; those the card's lists, elements and records ask for; a MAC where one is needed."""
    if row.ins in SCRIPTS:
        _script_length(session, row, command)
        return
    length_gate(session, row, command)
    wanted = _list(session, command)
    if wanted is not None and len(command.data) != wanted.length:
        raise Refusal(
            SW.WRONG_LENGTH,
            Gate.LENGTH,
            f"{row.name}: the card's data object list asks for {wanted}; {len(command.data)} came",
            row.ref,
        )


def _list(session: PseSession, command: CommandAPDU) -> Dol | None:
    """The list whose data this command brings, None if none rules it now."""
    issued, state = session.current.issued, session.transaction.state
    if command.ins == 0xA8:
        pdol_data(session, command)
    if command.ins == 0x88:
        return issued.ddol
    if command.ins == 0xAE and state in (State.INITIATED, State.ONLINE):
        return issued.cdol1 if state is State.INITIATED else issued.cdol2
    return None


def _script_length(session: PseSession, row: Row[PseSession], command: CommandAPDU) -> None:
    length = len(command.data)
    wanted = _put_length(command) if row.ins == _PUT_DATA else None
    missing = row.ins == _UPDATE_RECORD and length == stored_length(session, command.p2 >> 3, command.p1)
    right = length == wanted if wanted is not None else length in row.lc and not missing
    if right and not command.extended:
        return
    record(session, ScriptEvent.MAC_MISSING)
    raise Refusal(
        session.options.missing_mac_word,
        Gate.LENGTH,
        f"{row.name} does not take {length} bytes of data; a MAC of {MAC_LENGTH} belongs to it",
        row.ref,
    )


def _put_length(command: CommandAPDU) -> int | None:
    length = PUT_DATA_LENGTHS.get(command.p1p2)
    return None if length is None else length + MAC_LENGTH


def state_gate(session: PseSession, row: Row[PseSession], command: CommandAPDU) -> None:  # noqa: ARG001 - as above
    """Refuse what the transaction's state does not allow with 6985 (chapter by chapter in ``transaction.states``)."""
    which = _COMMANDS.get(row.ins)
    if which is None or which is Command.EXTERNAL_AUTHENTICATE:  # its refusal has effects: the handler asks
        return
    word = state_word(which, session.risk, session.transaction, session.options)
    if word is not None:
        state = session.transaction.state
        raise Refusal(
            word, Gate.STATE, f"{row.name} is not allowed now; the last event was: {state.entered_by}", row.ref
        )


def gates(transmission: TransmissionOptions) -> tuple[GateCheck[PseSession], ...]:
    """The gates of an application in use, in their order."""
    first: tuple[GateCheck[PseSession], ...] = (feature_gate, parameters_gate, message_gate)
    return (*first, *(() if transmission.trailing_le == "ignore" else (strict_le_gate,)), state_gate)


def personalised(session: PseSession, command: CommandAPDU) -> ResponseAPDU:  # noqa: ARG001 - handlers share a shape
    """The personalisation commands of an application that is done (PBOC-10 §6.3)."""
    raise Refusal(
        StatusWord(session.options.personalised_word),
        Gate.LIFE_CYCLE,
        "personalisation ended with the last STORE DATA; this application is made already",
        "PBOC-10 §6.3",
    )
