"""账户划入 (SSC-7 §11): money from the holder's account at the back end onto the card. On line only."""

from __future__ import annotations

from dualcos.messages.social_services import LoadAsked, LoadGranted
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.hsm_path import BackEndRefused, said_of, unfit_answer
from dualcos.terminal.social.medical_entry import demand_account
from dualcos.terminal.social.medical_means import MedicalMeans, terminal_number
from dualcos.terminal.social.medical_record_states import RecordEvent, RecordState
from dualcos.terminal.social.medical_records import MedicalRecord
from dualcos.terminal.social.medical_reports import booked
from dualcos.terminal.social.medical_settlement import proof_behind
from dualcos.terminal.social.purchase_steps import LoadBegun, begin_load, credit
from dualcos.terminal.social.terminal_journal import StoredRecord
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped

_MAC1_REFUSED = "mac1-wrong"


def load_account(means: MedicalMeans, at: CardAtTerminal, amount: int) -> StoredRecord:
    """One load, credited by the card. Raises TerminalStopped: MAC1_WRONG, where the host does not take the card's."""
    if amount <= 0:
        raise TerminalStopped(StopCause.AMOUNT)
    demand_account(at, means.terms)
    at.demand_pin()
    terminal = terminal_number(at)
    begun = begin_load(at, amount, bytes.fromhex(terminal), means.terms.load_index)
    granted = ask_load(means, means.journal.begin(_record(means, at, amount, terminal, begun)))
    stored, mac2 = granted
    time = bytes.fromhex(stored.record.time)
    stored = means.journal.step(stored, RecordEvent.SENT, told=False)
    try:
        tac, recovered, event = credit(at, time, mac2), False, RecordEvent.MAC2_RIGHT
    except TerminalStopped as stopped:
        (_, tac), in_log = proof_behind(means, at, stored, stopped)
        recovered, event = True, RecordEvent.MAC2_RIGHT if in_log else RecordEvent.NOT_CHECKED
    stored = means.journal.step(stored, RecordEvent.ANSWERED, tac=tac.hex().upper(), recovered=recovered)
    return means.journal.step(stored, event, booked)


def ask_load(means: MedicalMeans, stored: StoredRecord) -> tuple[StoredRecord, bytes]:
    """The load as the back end has granted it, and MAC2, which is not stored; asked again, it says the same.

    Raises TerminalStopped: while there is no answer, it stays asked.
    """
    request = stored.record.asked
    assert isinstance(request, LoadAsked)  # noqa: S101 - a load that is asked has its request
    try:
        answer = means.ask(request)
    except BackEndRefused as refused:
        means.journal.step(stored, RecordEvent.REFUSED, asked=None, refusal=refused.refusal)
        if refused.refusal.code == _MAC1_REFUSED:
            raise TerminalStopped(StopCause.MAC1_WRONG) from None
        raise
    if not isinstance(answer, LoadGranted):
        raise unfit_answer()
    agreed = means.journal.step(stored, RecordEvent.AGREED, asked=None, voucher=answer.voucher, time=answer.time)
    return agreed, bytes.fromhex(answer.mac2)


def _record(means: MedicalMeans, at: CardAtTerminal, amount: int, terminal: str, begun: LoadBegun) -> MedicalRecord:
    card, kind = said_of(at.environment), f"{means.terms.kind_of_load:02X}"
    asked = LoadAsked(
        terminal=terminal,
        running=means.journal.next_running(),
        card=card,
        key_index=means.terms.load_index,
        amount=amount,
        balance=begun.balance,
        sequence=begun.sequence.hex().upper(),
        key_version=f"{begun.version:02X}",
        random=begun.random.hex().upper(),
        mac1=begun.mac1.hex().upper(),
        kind=kind,
    )
    return MedicalRecord(
        state=RecordState.ASKED,
        card=card,
        terminal=terminal,
        key_index=means.terms.load_index,
        key_version=asked.key_version,
        account=amount,
        total=amount,
        kind=kind,
        sequence=asked.sequence,
        balance=asked.balance,
        asked=asked,
    )
