"""防拔 (SSC-7 §14): what an earlier insertion has left open is dealt with before anything else is done with a card.

The card says what became of it (``transaction_witness``).
"""

from __future__ import annotations

from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.hsm_path import said_of
from dualcos.terminal.social.medical_load import ask_load
from dualcos.terminal.social.medical_means import MedicalMeans
from dualcos.terminal.social.medical_record_states import RecordEvent, RecordState
from dualcos.terminal.social.medical_reports import booked, of_losing
from dualcos.terminal.social.medical_settlement import ask_shares, bring_figures, give_up, proof_fields
from dualcos.terminal.social.purchase_steps import begin_load
from dualcos.terminal.social.terminal_journal import StoredRecord
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.social.transaction_witness import is_in_log, witness

_AT_CARD = (RecordState.AT_CARD, RecordState.UNKNOWN)
_LEFT_ASKED = (StopCause.NO_BACK_END, StopCause.BACK_END_REFUSED, StopCause.MAC1_WRONG)


def tidy(means: MedicalMeans) -> None:
    """Close what needs neither card nor back end: what was agreed and never asked of a card has not come to be; what a
    card has booked is reported: its log or the back end, by the TAC, has to do in place of MAC2, whose time is over.
    """
    for stored in means.journal.open_records():
        if stored.record.state is RecordState.AGREED:
            give_up(means, stored)
        elif stored.record.state is RecordState.ANSWERED:
            means.journal.step(stored, RecordEvent.NOT_CHECKED, booked)


def ask_again(means: MedicalMeans) -> None:
    """Find out what became of settlements without an answer, by the same question: what is agreed to is given up.

    One silence is passed over, the second ends it. A load is asked about with its card at hand only.
    """
    silences = 0
    for stored in means.journal.open_records():
        if stored.record.state is not RecordState.ASKED or stored.record.is_load:
            continue
        try:
            agreed = ask_shares(means, stored)
        except TerminalStopped as stopped:
            if stopped.cause not in (StopCause.NO_BACK_END, StopCause.BACK_END_REFUSED):
                raise
            silences += stopped.cause is StopCause.NO_BACK_END
            if silences > 1:
                return
            continue
        give_up(means, agreed)


def recover(means: MedicalMeans, at: CardAtTerminal, *, override: bool) -> tuple[StoredRecord, ...]:
    """What is open with this card, brought to an end. Raises TerminalStopped: PENDING where another card's is open and
    ``override`` does not put that aside.
    """
    tidy(means)
    card = said_of(at.environment)
    found = means.journal.open_records()
    mine = [each for each in found if each.record.of_card(card) and each.record.state is not RecordState.ASKED]
    done = [_recovered(means, at, each) for each in mine]
    asked = [each for each in found if each.record.of_card(card) and each.record.state is RecordState.ASKED]
    done += [_closed(means, at, each) for each in asked if each.record.is_load]
    for other in found:
        if other.record.state is not RecordState.AT_CARD or other.record.of_card(card) or other.record.set_aside:
            continue
        if not override:
            number = other.record.card.number
            raise TerminalStopped(StopCause.PENDING, detail=(f"卡号{number}", f"card number {number}"))
        means.journal.amend(other, set_aside=True)
    return tuple(done)


def give_card_up(means: MedicalMeans, stored: StoredRecord) -> StoredRecord:
    """The card never comes back: the back end decides, and is told that. Raises TerminalStopped where nothing of the
    kind is open.
    """
    if stored.record.state is not RecordState.AT_CARD:
        raise TerminalStopped(StopCause.INPUT, detail=("此交易无待定状态", "that transaction waits for no card"))
    return means.journal.step(stored, RecordEvent.LOST, of_losing(stored.record))


def prove_again(means: MedicalMeans, at: CardAtTerminal, stored: StoredRecord) -> StoredRecord:
    """A transaction whose TAC the back end refused, with the TAC that the card has as proof, to be reported; as it was
    where the card has no other one. Raises TerminalStopped where the storage fails.
    """
    try:
        proof = witness(means.journal, at, stored).proof
    except TerminalStopped as stopped:
        if stopped.cause is StopCause.STORAGE:
            raise
        return stored
    if proof is None or proof[1].hex().upper() == stored.record.tac:
        return stored
    return means.journal.step(stored, RecordEvent.PROVED, booked, **proof_fields(stored.record, proof))


def _recovered(means: MedicalMeans, at: CardAtTerminal, stored: StoredRecord) -> StoredRecord:
    if stored.record.state in _AT_CARD:
        stored = _proved(means, at, stored)
    elif stored.record.state is RecordState.PROVED and is_in_log(means.journal, at, stored):
        stored = means.journal.step(stored, RecordEvent.LOGGED)
    return bring_figures(means, at, stored) if stored.record.state is RecordState.COMPLETE else stored


def _closed(means: MedicalMeans, at: CardAtTerminal, stored: StoredRecord) -> StoredRecord:
    """A load without an answer. While the card still has its number, it is asked for again and given up. A card with a
    later number has had another load meanwhile, which took its place at the back end too; asked for now, it would pass
    for a newer one, and the money of that be given back (SSC-7 §11.5).
    """
    record = stored.record
    at.demand_pin()
    begun = begin_load(at, record.account, at.path.terminal, record.key_index)
    if begun.sequence.hex().upper() != record.sequence:
        return means.journal.step(stored, RecordEvent.NOT_BOOKED, asked=None)
    try:
        agreed, _ = ask_load(means, stored)
    except TerminalStopped as stopped:
        if stopped.cause not in _LEFT_ASKED:
            raise
        return means.journal.record(stored.number) or stored
    return give_up(means, agreed)


def _proved(means: MedicalMeans, at: CardAtTerminal, stored: StoredRecord) -> StoredRecord:
    record, found = stored.record, witness(means.journal, at, stored)
    if found.proof is not None:
        event = RecordEvent.LOGGED if found.in_log else RecordEvent.PROVED
        changes = proof_fields(record, found.proof)
        return means.journal.step(stored, event, booked, **changes, set_aside=False)
    if found.not_booked:
        return give_up(means, stored)
    if record.state is RecordState.AT_CARD:
        stored = means.journal.step(stored, RecordEvent.LOST, of_losing(record))
    return bring_figures(means, at, stored) if found.in_log else stored  # booked, and its TAC is gone
