"""The engine: one command through the gates, into its handler, and the one place that catches a refusal.

Order of the gates that are the same everywhere: life cycle, class, instruction. What follows (state, P1 P2,
lengths) is a tuple of gates each stack puts in the order its specification has; target, rule, random number and
secure messaging are checked by the handler. The answer leaves through the session's transmission.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW, StatusWord
from cos.kernel.command_rows import CommandRow, CommandTable
from cos.kernel.refusal import COMMON_ERRORS, ErrorWord, Gate, Refusal, but_for
from cos.kernel.security_state import Stay
from cos.kernel.transmission import Transmission, TransmissionOptions
from firewall.grant import Outcome
from firewall.trace import Reason, Refused, Trace

S = TypeVar("S", bound=Stay)
GateCheck = Callable[[S, CommandRow[S], CommandAPDU], None]


class Engine(Generic[S]):
    """Runs the commands of one stack. Holds policy only; all state is in the session it is given."""

    __slots__ = ("_alive", "_caught", "_errors", "_fetch_ins", "_gates", "_table")

    def __init__(
        self,
        rows: Iterable[CommandRow[S]],
        alive: Callable[[S, CommandAPDU], None],
        gates: Sequence[GateCheck[S]],
        errors: Sequence[ErrorWord] = (),
    ) -> None:
        self._table = CommandTable(rows)
        self._fetch_ins = self._table.fetching.ins if self._table.fetching is not None else None
        self._alive = alive
        self._gates = tuple(gates)
        self._errors = (*errors, *COMMON_ERRORS)
        self._caught = tuple(entry.error for entry in self._errors)

    def handle(self, session: S, command: CommandAPDU, trace: Trace) -> Outcome:
        """Answer ``command``. A refusal becomes its status word and an event of ``trace``."""
        tx = session.at.tx
        fetching = self._table.fetching if command.ins == self._fetch_ins else None
        tx.continued = fetching is not None and tx.fetched_by(command.cla)
        row: CommandRow[S] | None = None
        response: Outcome
        try:
            self._alive(session, command)
            row = self._table.row(command) if fetching is None else _fetch(fetching, command, tx)
            for gate in self._gates:
                gate(session, row, command)
            for need in row.needs:
                need.check(session, row)
            response = row.handler(session, command)
        except Refusal as refusal:
            response = _refused(trace, row, refusal.sw, refusal.reason)
        except self._caught as error:
            word = next(entry for entry in self._errors if isinstance(error, entry.error))
            response = _refused(trace, row, word.sw, word.reason(error))
        tx.row = row
        # GET RESPONSE answers as it is, and of whatever class leaves waiting what waits (JR/T 0025.3 §9.3.1.3).
        if type(response) is ResponseAPDU:
            return tx.shape(command, response) if fetching is None else response
        return response


def _fetch(row: CommandRow[S], command: CommandAPDU, tx: Transmission) -> CommandRow[S]:
    """The row of GET RESPONSE, if it is taken under this class."""
    if command.cla != row.cla and not tx.continued:
        refusal = Refusal(
            SW.CLA_NOT_SUPPORTED,
            Gate.CLASS,
            "fetched under neither class" if tx.same_class else "fetched under another class",
            row=row.name,
            needed=row.cla,
            received=command.cla,
        )
        fetches = tx.waits_under(command.cla) and not tx.same_class
        raise but_for(refusal, tx.options, "get_response", "same class") if fetches else refusal
    return row


def _refused(trace: Trace, row: CommandRow[S] | None, sw: StatusWord, reason: Reason) -> ResponseAPDU:
    """What has no clause of its own, as mechanism common to all stacks has none, is refused by the row's."""
    if row is not None and not reason.clause:
        reason = reason._replace(clause=row.ref)
    trace.note(Refused(row.name if row is not None else "", sw, reason))
    return ResponseAPDU(b"", sw)


def always(session: Stay, command: CommandAPDU) -> None:
    """Nothing blocks the environment as a whole."""


def get_response(session: Stay, command: CommandAPDU) -> ResponseAPDU:
    """GET RESPONSE, the handler of every stack's row of that name."""
    return session.at.tx.get_response(command)


def parameters_gate(session: S, row: CommandRow[S], command: CommandAPDU) -> None:  # noqa: ARG001 - the gates' common shape
    """Refuse P1 P2 outside the row with 6A86."""
    if command.p1 not in row.p1 or command.p2 not in row.p2:
        raise Refusal(SW.WRONG_P1P2, Gate.PARAMETERS, "P1 P2 not taken", row=row.name, p1=command.p1, p2=command.p2)


def length_gate(session: S, row: CommandRow[S], command: CommandAPDU) -> None:  # noqa: ARG001 - the gates' common shape
    """Refuse lengths outside the row, and extended length, with 6700."""
    if len(command.data) not in row.lc or command.extended:
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "length not taken", row=row.name, received=len(command.data))
    if row.le is not None and command.le not in row.le:
        if command.le is None:
            raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "Le missing", row=row.name)
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "Le not taken", row=row.name, received=command.le)


def strict_le_gate(session: S, row: CommandRow[S], command: CommandAPDU) -> None:
    """Refuse a Le behind the data of a command that answers without data (profile: trailing_le = "6700")."""
    if command.le is not None and command.data and not row.answers:
        refusal = Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "Le without answer", row=row.name)
        raise but_for(refusal, session.at.tx.options, "trailing_le", "ignore")


def standard_gates(transmission: TransmissionOptions) -> tuple[GateCheck[S], ...]:
    """P1 P2, then lengths; with the profile's strictness about a superfluous Le."""
    gates: tuple[GateCheck[S], ...] = (parameters_gate, length_gate)
    return gates if transmission.trailing_le == "ignore" else (*gates, strict_le_gate)
