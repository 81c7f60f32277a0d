"""The order of checks on the bank side, and how files, keys and TLV errors are said.

Card blocked, class, instruction, feature there at all, P1 P2, lengths, state; then the handler: secure messaging,
object, execution. Lengths come before the state (conformance: CARD BLOCK of wrong length straight after SELECT is
6700), and the rest of the order is inferred: no clause gives one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW, StatusWord
from cos.kernel.command_rows import CommandRow
from cos.kernel.engine import GateCheck, length_gate, parameters_gate, strict_le_gate
from cos.kernel.refusal import ErrorWord, Gate, Refusal, but_for
from cos.kernel.transmission import TransmissionOptions
from cos.pse.commands.gpo_and_generate_ac import pdol_data
from cos.pse.current_directory import MAC_KEY
from cos.pse.data.data_groups import BadGroup
from cos.pse.issued_data import Dol
from cos.pse.security.issuer_scripts import MAC_LENGTH, IssuerScript, record
from cos.pse.session import PseSession, Stage
from cos.pse.transaction.command_effects import ScriptEvent, blocked_word, deciding, state_word, unsupported_word
from cos.pse.transaction.transaction_states import Command, TransactionState
from keys.sm2 import Sm2Missing

ERRORS: tuple[ErrorWord, ...] = (
    ErrorWord(BadGroup, SW.WRONG_DATA, Gate.DATA),
    ErrorWord(Sm2Missing, SW.FUNCTION_NOT_SUPPORTED, Gate.TARGET, "no SM2 here"),
)

BankRow = CommandRow[PseSession]
FirstCheck = Callable[[PseSession, CommandAPDU], None]
_MESSAGING, _SECURED = 0x0F, 0x04  # low nibble of a class that announces a MAC


def first_check(stage: Stage, here: Iterable[BankRow], everywhere: Iterable[BankRow]) -> FirstCheck:
    """What is asked in ``stage``, where the rows ``here`` exist, before there is a row for the command."""
    if stage is Stage.APPLICATION:
        return _in_application(here)
    return _in_directory(here, everywhere) if stage is Stage.DIRECTORY else _alive


def _alive(session: PseSession, command: CommandAPDU) -> None:  # noqa: ARG001 - the checks' common shape
    """Refuse everything after CARD BLOCK with 6A81 (PBOC-5 B.4.1, §17.5)."""
    if session.blocked:
        raise Refusal(SW.FUNCTION_NOT_SUPPORTED, Gate.LIFE_CYCLE, "payment environment blocked", "PBOC-5 B.4.1")


def _in_application(here: Iterable[BankRow]) -> FirstCheck:
    """The transaction that CARD BLOCK was part of may still have its second cryptogram. And a script command whose
    class says "no secure messaging" leaves its mark before the class refuses it (PBOC-5 figure 23).
    """
    events = {row.ins: row.event for row in here if isinstance(row.event, Command)}
    scripts = frozenset(ins for ins, event in events.items() if event is Command.SCRIPT)

    def check(session: PseSession, command: CommandAPDU) -> None:
        if session.blocked and not (session.at.tx.continued and session.closing):
            event = events.get(command.ins, Command.SELECT_ADF)
            if blocked_word(event, session.counters._replace(card_blocked=True), session.transaction) is not None:
                _alive(session, command)
        if command.ins in scripts and command.cla & _MESSAGING != _SECURED:
            record(session, ScriptEvent.NOT_SECURED)

    return check


def _in_directory(here: Iterable[BankRow], everywhere: Iterable[BankRow]) -> FirstCheck:
    """What is not there is an unknown instruction, whatever class of the bank it comes with. An instruction that the
    application has too is known by class and length: anything but a master key's 8 bytes is the application's.
    """
    rows = {row.ins: row for row in here}
    classes = frozenset(row.cla for row in everywhere)
    masters = frozenset((row.cla, row.ins) for row in everywhere if Stage.DIRECTORY in row.life) - {
        (row.cla, row.ins) for row in here
    }
    shared = frozenset(row.ins for row in everywhere if Stage.APPLICATION in row.life)

    def check(session: PseSession, command: CommandAPDU) -> None:
        _alive(session, command)
        row = rows.get(command.ins)
        known = row is not None and (row.ins not in shared or (command.cla == row.cla and len(command.data) in row.lc))
        if not known and command.cla in classes:
            refusal = Refusal(
                SW.INS_NOT_SUPPORTED,
                Gate.INSTRUCTION,
                "instruction of an application",
                "PBOC-5 B; conformance cases INI080, IAU120",
                received=command.ins,
            )
            masked = (command.cla, command.ins) in masters and not session.options.master_key_in_use
            raise but_for(refusal, session.options, "master_key_in_use", True) if masked else refusal

    return check


def feature_gate(session: PseSession, row: BankRow, command: CommandAPDU) -> None:  # noqa: ARG001 - the gates' common shape
    """Refuse what this card, as it was personalised, does not have (PBOC-5 table 3)."""
    if isinstance(row.event, Command):
        word = unsupported_word(row.event, session.risk, session.transaction, session.options)
        if word is not None:
            refusal = Refusal(word, Gate.INSTRUCTION, "feature the card does not have")
            pin = row.event is Command.VERIFY
            raise but_for(refusal, session.options, "verify_without_offline_pin") if pin else refusal


def message_gate(session: PseSession, row: BankRow, command: CommandAPDU) -> None:
    """Lengths: those of the row; those the card's lists, elements and records ask for; a MAC where one is needed."""
    if isinstance(row.handler, IssuerScript):
        _script_length(session, row, row.handler, command)
        return
    length_gate(session, row, command)
    wanted = _list(session, row, command)
    if wanted is not None and len(command.data) != wanted.length:
        raise Refusal(
            SW.WRONG_LENGTH,
            Gate.LENGTH,
            "list length",
            needed=wanted,
            received=len(command.data),
        )


def _list(session: PseSession, row: BankRow, command: CommandAPDU) -> Dol | None:
    """The list whose data this command brings, None if none rules it now."""
    match row.event:
        case Command.GET_PROCESSING_OPTIONS:
            pdol_data(session, command)
        case Command.INTERNAL_AUTHENTICATE:
            return session.current.issued.ddol
        case Command.GENERATE_AC if session.transaction.state is TransactionState.INITIATED:
            return session.current.issued.cdol1
        case Command.GENERATE_AC if session.transaction.state is TransactionState.ONLINE:
            return session.current.issued.cdol2
    return None


def _script_length(session: PseSession, row: BankRow, script: IssuerScript, command: CommandAPDU) -> None:
    fits = script.fits is None or script.fits(session, command)
    if fits and len(command.data) in row.lc and not command.extended:
        return
    record(session, ScriptEvent.MAC_MISSING)
    refusal = Refusal(
        session.options.missing_mac_word,
        Gate.LENGTH,
        "script length",
        received=len(command.data),
        needed=MAC_LENGTH,
        ref=session.current.named(MAC_KEY),
        directory=session.current.fid,
    )
    raise but_for(refusal, session.options, "missing_mac_word")


def state_gate(session: PseSession, row: BankRow, command: CommandAPDU) -> None:  # noqa: ARG001 - as above
    """Refuse what the transaction's state does not allow with 6985 (chapter by chapter in ``transaction_states``)."""
    if not isinstance(row.event, Command) or row.event is Command.EXTERNAL_AUTHENTICATE:
        return  # the refusal of EXTERNAL AUTHENTICATE has effects: the handler asks
    word = state_word(row.event, session.risk, session.transaction, session.options)
    if word is not None:
        state = session.transaction.state
        refusal = Refusal(word, Gate.STATE, "not in this state", state=state, event=state.entered_by)
        for name, would in deciding(row.event, session.risk, session.transaction, session.options):
            but_for(refusal, session.options, name, would)
        raise refusal


def gates(transmission: TransmissionOptions) -> tuple[GateCheck[PseSession], ...]:
    """The gates of an application in use, in their order."""
    first: tuple[GateCheck[PseSession], ...] = (feature_gate, parameters_gate, message_gate)
    return (*first, *(() if transmission.trailing_le == "ignore" else (strict_le_gate,)), state_gate)


def personalised(session: PseSession, command: CommandAPDU) -> ResponseAPDU:  # noqa: ARG001 - handlers share a shape
    """The personalisation commands of an application that is done (PBOC-10 §6.3)."""
    refusal = Refusal(StatusWord(session.options.personalised_word), Gate.LIFE_CYCLE, "application made already")
    raise but_for(refusal, session.options, "personalised_word")
