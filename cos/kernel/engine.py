"""The engine: one command through the gates, into its handler, and the one place that catches a refusal.

Order of the gates that are the same everywhere: life cycle, class, instruction. What follows (state, P1 P2,
lengths) is a tuple of gates each stack puts in the order its specification has; target, rule, random number and
secure messaging are checked by the handler. The answer leaves through the session's transmission.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW, StatusWord
from cos.kernel.refusal import Gate, Refusal
from cos.kernel.rows import Row, Table
from cos.kernel.transmission import Transmission, TransmissionOptions
from cos.kernel.words import COMMON_ERRORS, ErrorWord
from firewall.trace import Reason, Refused, Trace


class Transmits(Protocol):
    """What the engine and GET RESPONSE ask of a session."""

    @property
    def tx(self) -> Transmission:
        """What shapes its answers."""
        ...


S = TypeVar("S", bound=Transmits)
GateCheck = Callable[[S, Row[S], CommandAPDU], None]


class Engine(Generic[S]):
    """Runs the commands of one stack. Holds policy only; all state is in the session it is given."""

    __slots__ = ("_alive", "_caught", "_errors", "_gates", "table")

    def __init__(
        self,
        table: Table[S],
        alive: Callable[[S, CommandAPDU], None],
        gates: Sequence[GateCheck[S]],
        errors: Sequence[ErrorWord] = (),
    ) -> None:
        self.table = table
        self._alive = alive
        self._gates = tuple(gates)
        self._errors = (*errors, *COMMON_ERRORS)
        self._caught = tuple(entry.error for entry in self._errors)

    def handle(self, session: S, command: CommandAPDU, trace: Trace) -> ResponseAPDU:
        """Answer ``command``. A refusal becomes its status word and an event of ``trace``."""
        fetching, tx = self.table.fetching, session.tx
        is_fetch = fetching is not None and command.ins == fetching.ins
        tx.continued = is_fetch and tx.fetched_by(command.cla)
        row: Row[S] | None = None
        try:
            self._alive(session, command)
            row = self._row(command) if fetching is None or not is_fetch else _fetch(fetching, command, tx)
            for gate in self._gates:
                gate(session, row, command)
            response = row.handler(session, command)
        except Refusal as refusal:
            response = _refused(trace, row, refusal.sw, refusal.reason)
        except self._caught as error:
            word = next(entry for entry in self._errors if isinstance(error, entry.error))
            response = _refused(trace, row, word.sw, Reason(word.gate, str(error)))
        # GET RESPONSE answers as it is, and of whatever class leaves waiting what waits (JR/T 0025.3 §9.3.1.3).
        return response if is_fetch else tx.shape(command, response)

    def _row(self, command: CommandAPDU) -> Row[S]:
        rows = self.table.find(command.cla, command.ins)
        if len(rows) == 1:
            return rows[0]
        for row in rows:
            if command.p1 in row.p1 and command.p2 in row.p2:
                return row
        if rows:
            return rows[0]  # the P1 P2 gate of that row will refuse
        if not self.table.knows_class(command.cla):
            raise Refusal(SW.CLA_NOT_SUPPORTED, Gate.CLASS, f"class {command.cla:02X} is not supported here")
        if self.table.knows_instruction(command.ins):
            raise Refusal(
                SW.CLA_NOT_SUPPORTED,
                Gate.CLASS,
                f"instruction {command.ins:02X} exists here, but not with class {command.cla:02X}",
            )
        raise Refusal(SW.INS_NOT_SUPPORTED, Gate.INSTRUCTION, f"instruction {command.ins:02X} is unknown here")


def _fetch(row: Row[S], command: CommandAPDU, tx: Transmission) -> Row[S]:
    """The row of GET RESPONSE, if it is taken under this class."""
    if command.cla != row.cla and not tx.continued:
        text = f"{row.name} takes class {tx.classes}, not {command.cla:02X}"
        raise Refusal(SW.CLA_NOT_SUPPORTED, Gate.CLASS, text, row.ref)
    return row


def _refused(trace: Trace, row: Row[S] | None, sw: StatusWord, reason: Reason) -> ResponseAPDU:
    """What has no clause of its own, as mechanism common to all stacks has none, is refused by the row's."""
    if row is not None and not reason.clause:
        reason = reason._replace(clause=row.ref)
    trace.note(Refused(row.name if row is not None else "", sw, reason))
    return ResponseAPDU(b"", sw)


def get_response(session: Transmits, command: CommandAPDU) -> ResponseAPDU:
    """GET RESPONSE, the handler of every stack's row of that name."""
    return session.tx.get_response(command)


def parameters_gate(session: S, row: Row[S], command: CommandAPDU) -> None:  # noqa: ARG001 - the gates' common shape
    """Refuse P1 P2 outside the row with 6A86."""
    if command.p1 not in row.p1 or command.p2 not in row.p2:
        raise Refusal(
            SW.WRONG_P1P2,
            Gate.PARAMETERS,
            f"{row.name} does not take P1 P2 = {command.p1:02X} {command.p2:02X}",
            row.ref,
        )


def length_gate(session: S, row: Row[S], command: CommandAPDU) -> None:  # noqa: ARG001 - the gates' common shape
    """Refuse lengths outside the row, and extended length, with 6700."""
    if len(command.data) not in row.lc or command.extended:
        raise Refusal(
            SW.WRONG_LENGTH, Gate.LENGTH, f"{row.name} does not take {len(command.data)} bytes of data", row.ref
        )
    if row.le is not None and command.le not in row.le:
        came = "a command without Le" if command.le is None else f"Le = {command.le}"
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, f"{row.name} does not take {came}", row.ref)


def strict_le_gate(session: S, row: Row[S], command: CommandAPDU) -> None:  # noqa: ARG001 - the gates' common shape
    """Refuse a Le behind the data of a command that answers without data (profile: trailing_le = "6700")."""
    if command.le is not None and command.data and not row.answers:
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, f"{row.name} returns no data, yet Le was sent", row.ref)


def standard_gates(transmission: TransmissionOptions) -> tuple[GateCheck[S], ...]:
    """P1 P2, then lengths; with the profile's strictness about a superfluous Le."""
    gates: tuple[GateCheck[S], ...] = (parameters_gate, length_gate)
    return gates if transmission.trailing_le == "ignore" else (*gates, strict_le_gate)
