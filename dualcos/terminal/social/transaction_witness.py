"""What the card says became of a transaction that it was asked for: its proof, and its log (SSC-7 §12.6, §14).

The proof comes first, for the next command that changes an amount may discard it. Sequence numbers alone do not say
whose a transaction is, for the card may have been at another terminal since: its log does, which it writes itself.
Terminals' clocks are asked nothing: the card's own numbers say what was before what.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.medical_record_states import RecordState
from dualcos.terminal.social.medical_records import MedicalRecord
from dualcos.terminal.social.purchase_steps import ACCOUNT, LOG, LoggedTransaction, logged, transaction_proof
from dualcos.terminal.social.terminal_journal import StoredRecord, TerminalJournal
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped

_LOG_UNSEEN = (StopCause.PIN_LOCKED, StopCause.REFUSED)
_BOOKED = (RecordState.ANSWERED, RecordState.PROVED, RecordState.COMPLETE, RecordState.SUSPICIOUS)


class Witness(NamedTuple):
    """``proof``: MAC and TAC. ``in_log``: whether the log has it; None where the card does not let that be read.
    ``tells_all``: the log would have it if it had been booked.
    """

    proof: tuple[bytes, bytes] | None
    in_log: bool | None
    tells_all: bool

    @property
    def not_booked(self) -> bool:
        """True if, without a proof, it is certain that the card has not booked it."""
        return self.in_log is False and self.tells_all


def witness(journal: TerminalJournal, at: CardAtTerminal, stored: StoredRecord) -> Witness:
    """Ask the card. Raises TerminalStopped: it does not say, or has no proof and its log may not be read."""
    record = stored.record
    kind = int(record.kind, 16)
    proof = transaction_proof(at, kind, bytes.fromhex(record.sequence))
    log = _log(at, proved=proof is not None)
    if log is None:
        return Witness(proof, None, tells_all=False)
    own = _own_entry(journal, log, stored)
    if own is not None and own.sequence != record.sequence:
        proof = transaction_proof(at, kind, bytes.fromhex(own.sequence))  # a card that counts before it writes
    elif own is None and any(_has_number(each, record) for each in log):
        proof = None  # of another terminal's transaction
    return Witness(proof, own is not None, _reaches_back(log, record, at.place(ACCOUNT, LOG).file.records))


def is_in_log(journal: TerminalJournal, at: CardAtTerminal, stored: StoredRecord) -> bool:
    """True if the log says that the card has booked it. Raises TerminalStopped."""
    log = _log(at, proved=True)
    return log is not None and _own_entry(journal, log, stored) is not None


def newest_settlement(at: CardAtTerminal, kind: str) -> str:
    """The card's number of the newest transaction of that kind in its log; empty where it does not show one. Raises
    TerminalStopped.
    """
    try:
        return next((each.sequence for each in logged(at) if each.kind == kind), "")
    except TerminalStopped as stopped:
        if stopped.cause not in _LOG_UNSEEN:
            raise
        return ""


def _log(at: CardAtTerminal, *, proved: bool) -> list[LoggedTransaction] | None:
    """The card's log; None where it does not let it be read and the proof has to do for now."""
    try:
        return list(logged(at))
    except TerminalStopped as stopped:
        if proved and stopped.cause in _LOG_UNSEEN:
            return None
        raise


def _own_entry(
    journal: TerminalJournal, log: Sequence[LoggedTransaction], stored: StoredRecord
) -> LoggedTransaction | None:
    """The entry of that transaction: with its number, or the next, as the card counts before or behind it writes; not
    one of another record that is the same to the second.
    """
    alike = [each for each in log if _is(each, stored.record)]
    own = [each for each in alike if _number(each.sequence) - _number(stored.record.sequence) in (0, 1)]
    if not own or len(alike) <= _twins(journal, alike[0], stored):
        return None
    return max(own, key=lambda each: each.sequence)


def _twins(journal: TerminalJournal, entry: LoggedTransaction, stored: StoredRecord) -> int:
    """So many other records are booked, and the same in all that an entry has but its number."""
    return sum(
        each.number != stored.number
        and each.record.state in _BOOKED
        and each.record.of_card(stored.record.card)
        and _is(entry, each.record)
        for each in journal.records()
    )


def _is(entry: LoggedTransaction, record: MedicalRecord) -> bool:
    named = (entry.kind, entry.terminal, entry.time, entry.account)
    if named != (record.kind, record.terminal, record.time, record.account):
        return False
    return entry.self_paid is None or (entry.self_paid, entry.pooled) == (record.self_paid, record.pooled)


def _has_number(entry: LoggedTransaction, record: MedicalRecord) -> bool:
    return (entry.kind, entry.sequence) == (record.kind, record.sequence)


def _reaches_back(log: Sequence[LoggedTransaction], record: MedicalRecord, records: int) -> bool:
    """True if nothing of that kind that the card booked since can have been overwritten."""
    return len(log) < records or any(
        each.kind == record.kind and _number(each.sequence) <= _number(record.sequence) for each in log
    )


def _number(sequence: str) -> int:
    return int(sequence, 16)
