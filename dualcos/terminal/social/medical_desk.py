"""The medical business of a social terminal in one place: what an operator, or a program in his stead, calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from dualcos.messages.social_services import (
    SettlementTaken,
)
from dualcos.terminal.social import medical_recovery
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.hsm_path import said_of
from dualcos.terminal.social.medical_entry import MedicalEntry, demand_account, medical_entry
from dualcos.terminal.social.medical_load import load_account
from dualcos.terminal.social.medical_means import MedicalMeans, MedicalTerms
from dualcos.terminal.social.medical_record_states import RecordState
from dualcos.terminal.social.medical_records import CardFigures, FigureUpdate, MedicalRecord, SettlementMode
from dualcos.terminal.social.medical_settlement import bring_figures, settle
from dualcos.terminal.social.medical_uploads import UploadResult, send_waiting
from dualcos.terminal.social.purchase_steps import AccountBalances, LoggedTransaction, OrderAmounts, balances, logged
from dualcos.terminal.social.social_terminal import SocialTerminal
from dualcos.terminal.social.temporary_offline_file import read_figures
from dualcos.terminal.social.terminal_journal import StoredRecord, StoredUpload, TerminalJournal
from dualcos.terminal.social.terminal_stopped import Booked, CardBooking, StopCause, TerminalStopped
from dualcos.terminal.terminal_forms import TerminalBusiness


class MedicalOutcome(NamedTuple):
    """A transaction as it is stored, and the last report of it, None if there is nothing to report (yet)."""

    number: int
    record: MedicalRecord
    upload: StoredUpload | None


class EarlierTransaction(TerminalStopped):
    """StopCause.RECOVERED: ``outcomes`` are what came of earlier transactions of the card; nothing new was begun."""

    def __init__(self, outcomes: tuple[MedicalOutcome, ...]) -> None:
        self.outcomes = outcomes
        last = outcomes[-1]
        words, amount = last.record.state.words, f"{last.record.total // 100}.{last.record.total % 100:02d}"
        super().__init__(StopCause.RECOVERED, detail=(f"{amount}元，{words.zh}", f"{amount} yuan, {words.en}"))
        self.about(CardBooking(_booked(last.record.state), last.number))


class MedicalDesk:
    """``terminal``: its clock and back end are used; the back end's running numbers should be ``journal.next_running``.

    A card comes as ``at`` from ``terminal.admit()``. Every method may raise TerminalStopped. ``settle`` and ``load``
    first deal with what earlier insertions have left open (``recover``).
    """

    def __init__(self, terminal: SocialTerminal, journal: TerminalJournal, terms: MedicalTerms | None = None) -> None:
        self.journal = journal
        parts = terminal.parts
        self._means = MedicalMeans(journal, parts.back_end, parts.clock, terms or MedicalTerms())

    @property
    def terms(self) -> MedicalTerms:
        """What the region lays down."""
        return self._means.terms

    def enter(self, at: CardAtTerminal) -> MedicalEntry:
        """初始化医疗保险支付: the basic data, and whether the card has its own account (SSC-7 §10)."""
        return medical_entry(at, self.terms)

    def settle(self, at: CardAtTerminal, total: int, amounts: OrderAmounts | None = None) -> MedicalOutcome:
        """医疗消费 of ``total`` fen in the region's mode; ``amounts``: who pays what in mode 3, where the account pays
        all if it is None. On return the card is debited, its MAC2 right, the record stored; in modes 1 and 2 it has
        been sent to the back end if that answers. The caller leaves the card, also behind what stops.

        Raises EarlierTransaction: an earlier one of this card, whose end nobody had heard of yet, came to it, and no
        new one was begun; called again, one is. ``booking`` of any other stop says whether the card is debited, and
        behind each of them nothing may be handed out.
        """
        at.demand_business(TerminalBusiness.SETTLEMENT)
        self._demand_heard(at)
        with self._booking():
            if self.terms.mode is not SettlementMode.OFFLINE:
                self._catch_up(at)
            stored = settle(self._means, at, total, amounts)
            if stored.record.mode is SettlementMode.OFFLINE or stored.record.offline:
                return self._told(self._outcome(stored))
            return self._told(self._checked(at, self._sent(at, stored)))

    def load(self, at: CardAtTerminal, amount: int) -> MedicalOutcome:
        """账户划入 of ``amount`` fen. On return the card has credited it, and the back end been told if it answers.

        Raises as ``settle``.
        """
        at.demand_business(TerminalBusiness.LOAD)
        self._demand_heard(at)
        with self._booking():
            self._catch_up(at)
            return self._told(self._checked(at, self._sent(at, load_account(self._means, at, amount))))

    def recover(self, at: CardAtTerminal, *, override: bool = False) -> tuple[MedicalOutcome, ...]:
        """防拔: bring to an end what is open with this card; returns what was, and what has ended unheard.
        StopCause.PENDING: another card's transaction is open; with ``override`` it is put aside until that card comes,
        and what there is to return is returned then.
        """
        done = medical_recovery.recover(self._means, at, override=override)
        return tuple(self._told(self._sent(at, each)) for each in done)

    def give_card_up(self, number: int) -> MedicalOutcome:
        """The card of record ``number`` never comes back: it is unknown what it did, and the back end decides."""
        stored = self.journal.record(number)
        if stored is None:
            raise TerminalStopped(StopCause.INPUT, detail=(f"无第{number}条记录", f"there is no record {number}"))
        return self._outcome(medical_recovery.give_card_up(self._means, stored))

    def upload(self) -> UploadResult:
        """Send what waits; see ``medical_uploads.send_waiting``."""
        return send_waiting(self._means)

    def balance(self, at: CardAtTerminal) -> AccountBalances:
        """查询帐户余额, of a card whose own account is used."""
        demand_account(at, self.terms)
        at.demand_pin()
        return balances(at)

    def log(self, at: CardAtTerminal) -> tuple[LoggedTransaction, ...]:
        """查询交易明细, newest first."""
        return tuple(logged(at))

    def _catch_up(self, at: CardAtTerminal) -> None:
        """What the back end has not heard of this card changes what it agrees to: it is told first, if it answers."""
        card = said_of(at.environment)
        open_records = any(each.record.of_card(card) for each in self.journal.open_records())
        if open_records or any(each.request.card == card for each in self.journal.waiting()):
            self.upload()

    def _sent(self, at: CardAtTerminal, stored: StoredRecord) -> MedicalOutcome:
        """What came of an attempt to send what waits; the back end's off-line figures are written to the card."""
        taken = self.upload().taken
        stored = self.journal.record(stored.number) or stored
        for upload in taken:
            if upload.record == stored.number and isinstance(upload.answer, SettlementTaken):
                stored = self._with_figures(at, stored, upload.answer)
        return self._outcome(stored)

    def _demand_heard(self, at: CardAtTerminal) -> None:
        """``recover``; of what was booked unheard, whoever stands at the terminal hears before anything new begins."""
        unheard = {each.number for each in self.journal.open_records() if not each.record.told}
        done = self.recover(at)
        news = tuple(each for each in done if each.number in unheard and each.record.state in _BOOKED)
        if news:
            raise EarlierTransaction(news)

    @contextmanager
    def _booking(self) -> Iterator[None]:
        """A stop says what became of the card's money."""
        last = self.journal.last_number()
        try:
            yield
        except TerminalStopped as stopped:
            booking = self._booking_behind(last)
            if booking is not None:
                stopped.about(booking)
            raise

    def _booking_behind(self, last: int) -> CardBooking | None:
        """Of the newest record behind number ``last``; None if none was begun."""
        try:
            number = self.journal.last_number()
            stored = self.journal.record(number)
        except TerminalStopped:
            return CardBooking(Booked.UNKNOWN, last + 1)
        if stored is None or number == last:
            return None
        return CardBooking(_booked(stored.record.state), number)

    def _told(self, done: MedicalOutcome) -> MedicalOutcome:
        """``done``, which whoever called hears of now."""
        if done.record.told:
            return done
        stored = self.journal.amend(StoredRecord(done.number, done.record), told=True)
        return done._replace(record=stored.record)

    def _checked(self, at: CardAtTerminal, done: MedicalOutcome) -> MedicalOutcome:
        """A transaction of this insertion, by what the back end says of its TAC. A TAC that was spoilt on its way from
        the card is fetched again. Raises TerminalStopped: TAC_WRONG, UNCHECKED.
        """
        if done.record.state is RecordState.SUSPICIOUS:
            again = medical_recovery.prove_again(self._means, at, StoredRecord(done.number, done.record))
            done = self._sent(at, again)
        if done.record.state is RecordState.SUSPICIOUS:
            self._told(done)
            raise TerminalStopped(StopCause.TAC_WRONG)
        if done.record.state is not RecordState.COMPLETE:
            raise TerminalStopped(StopCause.UNCHECKED)
        return done

    def _with_figures(self, at: CardAtTerminal, stored: StoredRecord, answer: SettlementTaken) -> StoredRecord:
        """The figures are for the file as it was shown. The settlement is complete without them: a card that is not
        there any more gets them at its next insertion.
        """
        shown = stored.record.shown
        if shown is None or answer.offline_amount is None or answer.offline_count is None:
            return stored
        after = CardFigures(answer.offline_flag == "1", answer.offline_amount, answer.offline_count)
        try:
            if read_figures(at) != shown:
                return stored
            stored = self.journal.amend(stored, figures=FigureUpdate(before=shown, after=after, adds=False))
            return bring_figures(self._means, at, stored)
        except TerminalStopped as stopped:
            if stopped.cause is StopCause.STORAGE:
                raise
            return self.journal.record(stored.number) or stored

    def _outcome(self, stored: StoredRecord) -> MedicalOutcome:
        reports = self.journal.uploads_of(stored.number)
        return MedicalOutcome(stored.number, stored.record, reports[-1] if reports else None)


_BOOKED = (RecordState.ANSWERED, RecordState.PROVED, RecordState.COMPLETE, RecordState.SUSPICIOUS, RecordState.UNKNOWN)
_IN_DOUBT = (RecordState.AT_CARD, RecordState.UNKNOWN)


def _booked(state: RecordState) -> Booked:
    if state in _IN_DOUBT:
        return Booked.UNKNOWN
    return Booked.YES if state in _BOOKED else Booked.NO
