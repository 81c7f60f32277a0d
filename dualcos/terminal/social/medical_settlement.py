"""医疗消费 in the three modes (SSC-7 §12; 人社信息函〔2012〕38号): from who pays to a MAC2 that is the card's.

What is about to be done is stored before the card is asked; whatever ends a settlement after that is dealt with by
``medical_recovery``. Nothing is handed out before the call returns.
"""

from __future__ import annotations

from msgspec import structs

from dualcos.messages.social_services import PreSettled, PreSettlementAsked
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.hsm_path import BackEndRefused, key_address, said_of, unfit_answer
from dualcos.terminal.social.medical_entry import demand_account, eligible_basics, insured_person
from dualcos.terminal.social.medical_means import MedicalMeans, terminal_number
from dualcos.terminal.social.medical_record_states import RecordEvent, RecordState
from dualcos.terminal.social.medical_records import FigureUpdate, InsuredPerson, MedicalRecord, SettlementMode
from dualcos.terminal.social.medical_reports import booked, not_booked, of_giving_up
from dualcos.terminal.social.purchase_steps import (
    MOST_FEN,
    Debited,
    OrderAmounts,
    begin_settlement,
    debit,
    is_account_only,
    purchase_key,
    sequence_of,
)
from dualcos.terminal.social.security_path import PathKind
from dualcos.terminal.social.temporary_offline_file import (
    demand_below,
    earn_update,
    has_figures,
    is_under_way,
    one_more,
    read_figures,
    write_figures,
)
from dualcos.terminal.social.terminal_journal import StoredRecord
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.social.transaction_witness import newest_settlement, witness

_CITY_DIGITS = 4
_ACCOUNT_ONLY = "此卡只有账户金额", "this card has the account's amount only"
"""Who else pays means nothing to it (SSC-7 §12), and on line nothing else is said: such a card settles off line."""


def settle(means: MedicalMeans, at: CardAtTerminal, total: int, amounts: OrderAmounts | None) -> StoredRecord:
    """One settlement, the card debited and its MAC2 right. ``amounts``: in mode 3 who pays what, else None.

    Raises TerminalStopped. Behind MAC2_WRONG the card is debited and nothing may be handed out.
    """
    mode = means.terms.mode
    if not 0 < total <= MOST_FEN or (amounts is not None and (min(amounts) < 0 or sum(amounts) != total)):
        raise TerminalStopped(StopCause.AMOUNT)
    if mode is SettlementMode.OFFLINE:
        return _from_card(means, at, total, amounts or OrderAmounts(total, 0, 0))
    if amounts is not None:
        raise TerminalStopped(StopCause.AMOUNT, detail=("由后台分割", "the back end says who pays"))
    at.demand_pin()
    if is_account_only(at):
        raise TerminalStopped(StopCause.USE_FLAG, detail=_ACCOUNT_ONLY)
    person = insured_person(at, eligible_basics(at, means.terms))
    try:
        agreed = _pre_settled(means, at, total, person)
    except TerminalStopped as stopped:
        if mode is not SettlementMode.ONLINE_OR_OFFLINE or stopped.cause is not StopCause.NO_BACK_END:
            raise
        return _offline(means, at, total, person)
    return _debited(means, at, agreed)


# --- mode 1 and mode 2 on line ---------------------------------------------------------------------------------------


def _pre_settled(means: MedicalMeans, at: CardAtTerminal, total: int, person: InsuredPerson) -> StoredRecord:
    figures, mode = None, means.terms.mode
    if mode is SettlementMode.ONLINE_OR_OFFLINE and has_figures(at):
        figures = read_figures(at)
    record = _record(means, at, total, mode)
    asked = PreSettlementAsked(
        terminal=record.terminal,
        running=means.journal.next_running(),
        card=record.card,
        social_number=person.social_number,
        name=person.name,
        insured_at=person.insured_at,
        total=total,
        offline_flag="" if figures is None else str(int(figures.allowed)),
        offline_amount=None if figures is None else figures.amount,
        offline_count=None if figures is None else figures.times,
    )
    stored = means.journal.begin(structs.replace(record, state=RecordState.ASKED, asked=asked, shown=figures))
    return ask_shares(means, stored)


def ask_shares(means: MedicalMeans, stored: StoredRecord) -> StoredRecord:
    """The settlement as the back end has agreed to it; asked again, it says the same. Raises TerminalStopped: while
    there is no answer, it stays asked.
    """
    request = stored.record.asked
    assert isinstance(request, PreSettlementAsked)  # noqa: S101 - a settlement that is asked has its request
    try:
        answer = means.ask(request)
    except BackEndRefused as refused:
        means.journal.step(stored, RecordEvent.REFUSED, asked=None, refusal=refused.refusal)
        raise
    if not isinstance(answer, PreSettled):
        raise unfit_answer()
    shares = answer.account, answer.pooled, answer.self_paid
    if sum(shares) != stored.record.total:
        means.journal.step(stored, RecordEvent.NOT_BOOKED, not_booked, asked=None, voucher=answer.voucher)
        raise unfit_answer()
    return means.journal.step(
        stored,
        RecordEvent.AGREED,
        asked=None,
        voucher=answer.voucher,
        shares=shares,
        self_paid=stored.record.total,
        pooled=answer.account + answer.pooled,
    )


# --- mode 2 off line, mode 3 -----------------------------------------------------------------------------------------


def _offline(means: MedicalMeans, at: CardAtTerminal, total: int, person: InsuredPerson) -> StoredRecord:
    """Local cards only, with a PSAM, below the limits; the right to write the file is earned before it is needed."""
    if at.path.kind is not PathKind.PSAM:
        raise TerminalStopped(StopCause.OFFLINE_LIMIT, detail=("脱网须用PSAM卡", "a PSAM is needed off line"))
    local = means.terms.local or (terminal_number(at)[:_CITY_DIGITS],)
    if not at.environment.region.startswith(local):
        raise TerminalStopped(StopCause.OFFLINE_LIMIT, detail=("非本地卡", "not a local card"))
    before = read_figures(at)
    demand_below(means.terms.limits, before, total)
    earn_update(at)
    record = structs.replace(
        _record(means, at, total, SettlementMode.ONLINE_OR_OFFLINE),
        state=RecordState.AGREED,
        shares=(total, 0, 0),
        self_paid=total,
        pooled=total,
        figures=FigureUpdate(before=before, after=one_more(before, total), adds=True),
        person=person,
    )
    return bring_figures(means, at, _debited(means, at, means.journal.begin(record)))


def _from_card(means: MedicalMeans, at: CardAtTerminal, total: int, amounts: OrderAmounts) -> StoredRecord:
    demand_account(at, means.terms)
    at.demand_pin()
    if (amounts.self_paid or amounts.pooled) and is_account_only(at):
        raise TerminalStopped(StopCause.AMOUNT, detail=_ACCOUNT_ONLY)
    record = structs.replace(
        _record(means, at, total, SettlementMode.OFFLINE),
        state=RecordState.AGREED,
        shares=(amounts.account, amounts.pooled, amounts.self_paid),
        account=amounts.account,
        self_paid=amounts.self_paid,
        pooled=amounts.pooled,
    )
    return _debited(means, at, means.journal.begin(record))


def bring_figures(means: MedicalMeans, at: CardAtTerminal, stored: StoredRecord) -> StoredRecord:
    """Write the temporary off-line file as a complete settlement wants it, and note that. Raises TerminalStopped; then
    it is done at the card's next insertion.
    """
    update = stored.record.figures
    if update is None or update.written:
        return stored
    now, newest = read_figures(at), newest_settlement(at, stored.record.kind)
    elsewhere = update.adds and newest != update.newest  # what is in the file may be another's, figure for figure
    if not update.begun or elsewhere or not is_under_way(now, update):
        if update.adds:
            after = one_more(now, stored.record.total)
            update = structs.replace(update, before=now, after=after, begun=True, newest=newest)
        elif now == update.before:
            update = structs.replace(update, begun=True)
        else:  # another terminal's are newer
            return means.journal.amend(stored, figures=None)
        stored = means.journal.amend(stored, figures=update)
    write_figures(at, now, update.after)
    return means.journal.amend(stored, figures=structs.replace(update, written=True))


def _record(means: MedicalMeans, at: CardAtTerminal, total: int, mode: SettlementMode) -> MedicalRecord:
    index = at.path.purchase_index()
    return MedicalRecord(
        state=RecordState.AGREED,
        card=said_of(at.environment),
        terminal=terminal_number(at),
        mode=mode,
        key=key_address(purchase_key(at, index)),
        key_index=index,
        total=total,
        kind=f"{means.terms.kind_of_settlement:02X}",
    )


# --- the card --------------------------------------------------------------------------------------------------------


def _debited(means: MedicalMeans, at: CardAtTerminal, stored: StoredRecord) -> StoredRecord:
    """From INITIALIZE FOR PURCHASE to the check of MAC2. PSAM and card are asked nothing in between."""
    record, journal = stored.record, means.journal
    order = OrderAmounts(record.account, record.self_paid, record.pooled)
    terminal, kind = bytes.fromhex(record.terminal), means.terms.kind_of_settlement
    try:
        asked = begin_settlement(at, order, terminal, means.time(), record.key_index, kind)
        begun = at.path.begin_purchase(asked)
    except TerminalStopped:
        give_up(means, stored)
        raise
    stored = journal.step(
        stored,
        RecordEvent.SENT,
        told=False,
        key_version=f"{asked.begun[16]:02X}",
        sequence=sequence_of(asked).hex().upper(),
        terminal_sequence=begun.terminal_sequence.hex().upper(),
        time=begun.time.hex(),
    )
    try:
        debited = debit(at, begun)
        recovered = False
    except TerminalStopped as stopped:
        (mac2, tac), _ = proof_behind(means, at, stored, stopped)
        debited, recovered = Debited(tac, mac2), True
    said = debited.tac.hex().upper(), debited.mac2.hex().upper()
    stored = journal.step(stored, RecordEvent.ANSWERED, tac=said[0], mac2=said[1], recovered=recovered)
    if not at.path.check_purchase(asked, begun, debited.mac2):
        journal.step(stored, RecordEvent.MAC2_WRONG, booked, mac2_right=False, told=True)
        raise TerminalStopped(StopCause.MAC2_WRONG)
    return journal.step(stored, RecordEvent.MAC2_RIGHT, booked, mac2_right=True)


def give_up(means: MedicalMeans, stored: StoredRecord, **changes: object) -> StoredRecord:
    """It did not come to be; the back end is told if it knows of it. ``changes``: of other fields."""
    return means.journal.step(stored, RecordEvent.NOT_BOOKED, of_giving_up(stored.record), **changes)


def proof_behind(
    means: MedicalMeans, at: CardAtTerminal, stored: StoredRecord, stopped: TerminalStopped
) -> tuple[tuple[bytes, bytes], bool]:
    """MAC and TAC that the card has as proof, and whether its log has the transaction, too. To be asked for behind a
    DEBIT or CREDIT with no whole answer: that may be lost or garbled on its way, a refusal too (SSC-7 §14).

    Raises ``stopped``: the card has no proof, and the transaction is closed as not booked, whatever the first answer
    was; or the card does not say, and it stays open: a refusal alone closes nothing, for it may be none of the card's.
    """
    try:
        found = witness(means.journal, at, stored)
    except TerminalStopped as again:
        if again.cause is StopCause.STORAGE:
            raise
        raise stopped from None
    if found.proof is not None:
        return found.proof, found.in_log is True
    if found.not_booked:
        give_up(means, stored, told=True)
    raise stopped


def proof_fields(record: MedicalRecord, proof: tuple[bytes, bytes]) -> dict[str, object]:
    """What a record has of GET TRANSACTION PROOF. A load has no MAC2."""
    mac, tac = proof
    mac2 = "" if record.is_load else mac.hex().upper()
    return {"tac": tac.hex().upper(), "mac2": mac2, "recovered": True}
