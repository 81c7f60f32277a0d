"""The order of checks on the social side, and how files, keys and TLV errors are said.

Card blocked, application blocked, class, instruction, medical state, P1 P2, lengths; then the handler: file,
structure, right, random number, secure messaging, record, execution (SSC-5 §6.2.1, §7; SSC-7 §5.8, §6.6, §7.4, §13.2;
the rest is inferred).
"""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW
from cos.kernel.dialect import Life
from cos.kernel.engine import GateCheck, standard_gates
from cos.kernel.refusal import Gate, Refusal
from cos.kernel.rows import Row
from cos.kernel.transmission import TransmissionOptions
from cos.kernel.words import ErrorWord
from cos.ssse.environment import SsseSession
from cos.ssse.medical.amounts import Damaged
from cos.ssse.medical.state import CLASS, NEEDED

_SELECT, _BLOCK = 0xA4, 0x1E

ERRORS: tuple[ErrorWord, ...] = (
    # Commands that only ask do not list 6581 (SSC-5 tables 60 to 78); those that pay turn it into 6581 themselves.
    ErrorWord(Damaged, SW.CONDITIONS_NOT_SATISFIED, Gate.DATA),
)


def alive(session: SsseSession, command: CommandAPDU) -> None:
    """Refuse everything after CARD BLOCK (6A81), everything but another SELECT in a blocked application (9303)."""
    if session.blocked:
        raise Refusal(
            SW.FUNCTION_NOT_SUPPORTED, Gate.LIFE_CYCLE, "the environment is blocked by CARD BLOCK", "SSC-5 §6.2.1"
        )
    if session.directory.life == Life.BLOCKED and command.ins != _SELECT:
        if command.ins == _BLOCK and session.environment.options.blocked_twice == "9000":
            return
        raise Refusal(
            SW.APPLICATION_BLOCKED,
            Gate.LIFE_CYCLE,
            f"application {session.directory.fid:04X} is permanently blocked",
            "SSC-7 §13.2",
        )


def medical_gate(session: SsseSession, row: Row[SsseSession], command: CommandAPDU) -> None:
    """Refuse CREDIT and DEBIT with 6901 unless their INITIALIZE came before (SSC-5 §7, table 49)."""
    if command.cla != CLASS:
        return
    medical = session.medical
    for instruction, state, opener in NEEDED:
        if command.ins == instruction and medical.state is not state:
            since = f"; {medical.ended_by} ended the last one" if medical.ended_by else ""
            raise Refusal(
                SW.WRONG_STATE,
                Gate.STATE,
                f"{row.name} needs {opener} just before, the state is {medical.state.value}{since}",
                "SSC-5 §7, table 49",
            )


def gates(transmission: TransmissionOptions) -> tuple[GateCheck[SsseSession], ...]:
    """What a command of this side passes behind class and instruction, in order."""
    behind: tuple[GateCheck[SsseSession], ...] = standard_gates(transmission)
    return (medical_gate, *behind)


def get_response(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """GET RESPONSE (SSC-5 §6.6)."""
    try:
        return session.tx.get_response(command)
    except Refusal as refusal:
        if refusal.sw == SW.NO_PRECISE_DIAGNOSIS and session.environment.options.get_response_nothing == "6400":
            raise Refusal(SW.EXECUTION_ERROR, refusal.reason.gate, refusal.reason.text, "SSC-2 table 19") from None
        raise
