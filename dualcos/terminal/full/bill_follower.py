"""Bills stand as their settlements and payments do, and the back end hears of it: both looked up in the journal."""

from __future__ import annotations

from msgspec import structs

from dualcos.messages.social_services import ServiceDone, SettlementTakenBack
from dualcos.terminal.full import bill_following
from dualcos.terminal.full.bill_following import Followed
from dualcos.terminal.full.bill_messages import premium_paid, settlement_cancelled
from dualcos.terminal.full.bill_payments import BillPayments
from dualcos.terminal.full.bill_record import Bill, PremiumReport
from dualcos.terminal.full.bill_states import FOLLOWED_STATES, BillEvent, BillKind, BillState
from dualcos.terminal.full.full_journal import FullJournal, StoredBill
from dualcos.terminal.social.hsm_path import NUMBER_USED, AskedBackEnd, BackEndRefused
from dualcos.terminal.social.medical_desk import MedicalDesk
from dualcos.terminal.social.medical_records import MedicalRecord
from dualcos.terminal.social.social_terminal import SocialTerminal
from dualcos.terminal.social.terminal_journal import StoredRecord
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped

_SILENT = (StopCause.NO_BACK_END, StopCause.BACK_END_REFUSED)
"""No answer, or none that belongs to what was asked: it is asked again another time."""
_SETTLED_AND_OVER = (BillState.PAID, BillState.COVERED, BillState.ELSEWHERE)
_CANCELLED_ALREADY = "cancelled-already"
"""What a question says whose first answer was lost and that had to be asked under another number."""


class BillFollower:
    """See the module."""

    def __init__(self, journal: FullJournal, social: SocialTerminal) -> None:
        self._journal, self._social = journal, social
        self.payments = BillPayments(journal)

    def back_end(self) -> AskedBackEnd:
        """The social back end; one that nobody named does not answer."""
        return self._social.parts.back_end or AskedBackEnd(None, self._journal.social.next_running)

    # --- what has become of them --------------------------------------------------------------------------------------

    def withhold_slips(self) -> None:
        """The slips of payments of bills that were being paid are on the bills' own paper."""
        for stored in self._journal.in_state(BillState.PAYING):
            for paid in self._journal.payments.behind(stored.bill.payments_before):
                self._journal.payments.amend(paid, told=True)

    def follow_all(self) -> None:
        """All of which it is not known how they end, and those whose settlement or payment has changed since."""
        for stored in self._journal.in_state(*FOLLOWED_STATES):
            self.follow(stored)
        for stored in self._journal.settled_in_doubt():
            self._distrust(stored)
        self.payments.follow()

    def follow(self, stored: StoredBill) -> StoredBill:
        """The bill as it stands now; nobody is at work on it."""
        if stored.bill.state is BillState.PAYING:
            return self._paid(stored)
        if stored.bill.state not in FOLLOWED_STATES:
            return stored
        found = self._record_of(stored.bill)
        followed = bill_following.settled(stored.bill, found)
        if followed is not None:
            return self._journal.step(stored, followed.event, **followed.changes)
        if found is not None and not stored.bill.record:
            return self._journal.amend(stored, record=found.number)
        return stored

    def _distrust(self, stored: StoredBill) -> None:
        """The back end has refused its settlement's TAC: what is due is due no more, what was paid is looked at."""
        if stored.bill.state is BillState.DUE:
            self._journal.step(stored, BillEvent.DISTRUSTED)
        elif stored.bill.state in _SETTLED_AND_OVER and not stored.bill.distrusted:
            self._journal.amend(stored, distrusted=True, told=False)

    def _record_of(self, bill: Bill) -> StoredRecord | None:
        """The settlement: the newest of that card and sum that was begun since, for one on line that nobody answered
        may stand before it.
        """
        social = self._journal.social
        if bill.record:
            return social.record(bill.record)
        since = map(social.record, range(social.last_number(), bill.records_before, -1))
        return next((each for each in since if each is not None and _is_of(each.record, bill)), None)

    def _paid(self, stored: StoredBill) -> StoredBill:
        payments = self._journal.payments
        found = payments.behind(stored.bill.payments_before)
        followed = bill_following.paid(stored.bill, found)
        if followed is None:
            return stored
        with self._journal.transaction():
            for each in found:
                payments.amend(each, told=True)
            standing = next((each.record for each in found if each.number == followed.changes["payment"]), None)
            if stored.bill.kind is BillKind.PREMIUM and standing is not None:
                running = self._next()
                report = premium_paid(stored.bill, running, standing.moment, standing)
                followed = _reporting(stored.bill, followed, report)
            return self._journal.step(stored, followed.event, **followed.changes)

    def elsewhere(self, stored: StoredBill, how: str, moment: str) -> StoredBill:
        """Somebody took the rest otherwise; of a premium the back end is to hear that."""
        changes: dict[str, object] = {"elsewhere": how, "elsewhere_at": moment, "refusal": None, "why": ("", "")}
        followed = Followed(BillEvent.PAID_ELSEWHERE, changes)
        with self._journal.transaction():
            if stored.bill.kind is BillKind.PREMIUM:
                report = premium_paid(stored.bill, self._next(), moment, None)
                followed = _reporting(stored.bill, followed, report)
            return self._journal.step(stored, followed.event, **followed.changes)

    def cancel(self, stored: StoredBill, settled: StoredRecord) -> StoredBill:
        """The back end is to take its settlement back."""
        with self._journal.transaction():
            asked = settlement_cancelled(settled.record, self._next())
            return self._journal.step(stored, BillEvent.CANCELS, cancel=asked, refusal=None)

    # --- what the back end hears of them ------------------------------------------------------------------------------

    def send(self) -> int:
        """All that it is still to be told or asked, in order; how many bills still wait. One silence is passed over, so
        that a request which is never answered holds up no other; the second ends it.
        """
        silences = 0
        for stored in self._journal.unsaid():
            try:
                self._said(stored)
            except TerminalStopped as stopped:
                if stopped.cause not in _SILENT:
                    raise
                silences += 1
                if silences > 1:
                    break
        return len(self._journal.unsaid())

    def _said(self, stored: StoredBill) -> None:
        """Raises TerminalStopped."""
        while stored.bill.reports:
            stored = self._reported(stored)
        if stored.bill.cancel is not None:
            self._cancelled(stored)

    def _reported(self, stored: StoredBill) -> StoredBill:
        """The first report is gone. One that is refused is seen to by a person."""
        first, *others = stored.bill.reports
        try:
            self.back_end().answered(ServiceDone, first)
        except BackEndRefused as refused:
            if refused.refusal.code == NUMBER_USED:
                self._journal.amend(stored, reports=(structs.replace(first, running=self._next()), *others))
                raise
            return self._journal.amend(stored, reports=tuple(others), refusal=refused.refusal, told=False)
        return self._journal.amend(
            stored, reports=tuple(others), **({"refusal": None} if stored.bill.state is not BillState.CANCELLED else {})
        )

    def _cancelled(self, stored: StoredBill) -> None:
        """Of what was not reported the back end takes nothing back: that goes first."""
        asked = stored.bill.cancel
        if asked is None:
            return
        if self._waits(stored.bill.record):
            MedicalDesk(self._social, self._journal.social).upload()
        if self._waits(stored.bill.record):
            raise TerminalStopped(StopCause.NO_BACK_END)
        back = None
        try:
            back = self.back_end().answered(SettlementTakenBack, asked)
        except BackEndRefused as refused:
            if refused.refusal.code == NUMBER_USED:
                self._journal.amend(stored, cancel=structs.replace(asked, running=self._next()))
                raise
            if refused.refusal.code != _CANCELLED_ALREADY:
                self._journal.step(stored, _as_before(stored.bill), cancel=None, refusal=refused.refusal)
                return
        self._journal.step(stored, BillEvent.CANCELLED, cancel=None, refusal=None, taken_back=back)

    def _waits(self, record: int) -> bool:
        """Whether a report of that settlement does."""
        return any(each.answer is None for each in self._journal.social.uploads_of(record))

    def _next(self) -> int:
        return self._journal.social.next_running()


def _reporting(bill: Bill, followed: Followed, report: PremiumReport) -> Followed:
    """The same, of which the back end is to hear."""
    return followed._replace(changes={**followed.changes, "reports": (*bill.reports, report)})


def _is_of(record: MedicalRecord, bill: Bill) -> bool:
    """A load has no total, and a bill that settles has one."""
    return record.of_card(bill.card) and record.total == bill.total


def _as_before(bill: Bill) -> BillEvent:
    """The bill as it stood before it was to be cancelled."""
    if bill.elsewhere:
        return BillEvent.STAYS_ELSEWHERE
    return BillEvent.STAYS if bill.due else BillEvent.STAYS_COVERED
