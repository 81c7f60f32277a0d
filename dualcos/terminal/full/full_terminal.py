"""全业务功能终端 at work: one insertion, both applications, one bill (总体方案 一（二）, 二（二）).

The social half comes first and is stored before its environment is left; the bank half is a purchase like any other,
by a kernel that knows nothing of bills. Neither is asked anything while the other is under way: a SELECT of the other
side would end it. What a bill came to is read out of the journal, so a power cut anywhere leaves it to be looked up.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace

from msgspec import structs

from dualcos.messages.social_services import PremiumAsked, PremiumDue
from dualcos.terminal.card_contacts import let_go
from dualcos.terminal.financial.financial_terminal import FinancialTerminal
from dualcos.terminal.financial.kernel.transaction_ended import EndCause, TransactionEnded
from dualcos.terminal.financial.payment_journal import StoredPayment
from dualcos.terminal.financial.payment_outcome import PaymentOutcome
from dualcos.terminal.financial.payment_refused import PaymentRefused
from dualcos.terminal.full.bill_follower import BillFollower
from dualcos.terminal.full.bill_outcome import BillOutcome
from dualcos.terminal.full.bill_press import BillPress
from dualcos.terminal.full.bill_record import CASH, Bill
from dualcos.terminal.full.bill_refused import BillRefusal, BillRefused
from dualcos.terminal.full.bill_states import FOLLOWED_STATES, BillEvent, BillKind, BillState
from dualcos.terminal.full.bill_words import REFUND_OPEN
from dualcos.terminal.full.full_journal import FullJournal, StoredBill
from dualcos.terminal.full.one_insertion import OneInsertion
from dualcos.terminal.full.whole_bill import whole_bill
from dualcos.terminal.full.withheld_paper import WithheldPaper
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.hsm_path import BackEndRefused, said_of
from dualcos.terminal.social.medical_desk import MedicalDesk
from dualcos.terminal.social.purchase_steps import MOST_FEN, OrderAmounts
from dualcos.terminal.social.social_terminal import SocialTerminal
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped, demand_by_form
from dualcos.terminal.terminal_forms import FormCell, FormFactor, TerminalBusiness, TerminalKind, cell_of
from dualcos.terminal.terminal_hardware import hardware_refusal
from dualcos.terminal.terminal_parts import PartText

AT_A_CASHIER = cell_of(TerminalKind.FULL, FormFactor.POS)
"""The usual kind and form."""
_SETTLING = PartText("正在结算，请稍候", "insurance settles, please wait")
_OPEN = (BillState.SETTLING, BillState.PAYING)
_BILLED = {BillKind.SETTLEMENT: TerminalBusiness.COMBINED, BillKind.PREMIUM: TerminalBusiness.PREMIUM}
"""For which a terminal must be to have bills of a kind."""
_NOTHING_DUE = "nothing-due"
_CANCELLABLE = (BillState.DUE, BillState.COVERED, BillState.ELSEWHERE)


class FullTerminal:
    """``social`` works on ``insertion.social``, ``bank`` on ``insertion.bank``, prints on ``paper``, and both are on
    ``journal``. Call ``power_up`` first. What a bill came to is a BillOutcome, never an exception; BillRefused where
    nothing is begun; JournalFault, and TerminalStopped with StopCause.STORAGE, where the storage fails. ``cell``: its
    kind and form. TerminalStopped with StopCause.NO_PART: a part is missing that it must have, of either half; with
    StopCause.OTHER_TERMINAL: its form is not for that.

    A card comes as ``at`` from ``social.admit()``; it has no power any more when a call returns, and is the caller's to
    leave behind what is raised. Raises ValueError for halves of other forms than ``cell``, or with another printer.
    """

    def __init__(
        self,
        insertion: OneInsertion,
        social: SocialTerminal,
        bank: FinancialTerminal,
        journal: FullJournal,
        paper: WithheldPaper | None = None,
        *,
        cell: FormCell = AT_A_CASHIER,
    ) -> None:
        missing = social.parts.missing | bank.parts.missing
        demand_by_form(StopCause.NO_PART, hardware_refusal(cell, missing, bank.settings.kernel.data.reach))
        if not social.cell.form is bank.settings.cell.form is cell.form or bank.parts.printer is not paper:
            raise ValueError("both halves are of one form, and print on one paper")
        self.cell = cell
        self.insertion, self.social, self.bank, self.journal = insertion, social, bank, journal
        self._paper = paper
        self._press = BillPress(journal, bank, social.parts.display, paper)
        self._follower = BillFollower(journal, social)

    # --- the day ------------------------------------------------------------------------------------------------------

    def power_up(self) -> tuple[tuple[StoredPayment, ...], tuple[StoredBill, ...]]:
        """Payments and bills that an earlier power cut has left open, as they stand now; slips are printed."""
        open_bills = self.journal.in_state(*_OPEN)
        self._follower.withhold_slips()
        payments = self.bank.power_up()
        self._follower.follow_all()
        self._press.tell_untold()
        found = (self.journal.bill(each.number) for each in open_bills)
        return payments, tuple(each for each in found if each is not None)

    def catch_up(self) -> None:
        """Bills stand as their settlements and payments do. To be called before either half is used by itself, and
        behind it.
        """
        self.bank.recovered()
        self._follower.follow_all()

    def send_waiting(self) -> int:
        """What the back end is still to be told or asked of bills; how many of them still wait. What waits of payments
        and of settlements has its own way (``FinancialTerminal.send_waiting``, ``MedicalDesk.upload``).
        """
        self.catch_up()
        left = self._follower.send()
        self._press.tell_untold()
        return left

    # --- both halves --------------------------------------------------------------------------------------------------

    def settle(
        self,
        at: CardAtTerminal,
        desk: MedicalDesk,
        total: int,
        own: int = 0,
        amounts: OrderAmounts | None = None,
        *,
        pays: bool = True,
    ) -> BillOutcome:
        """医疗费用结算 of ``total`` fen in the desk's mode, and the rest by the same card: what is left to the holder
        of it (自付不足额), and ``own`` fen of which insurance knows nothing (自费). ``total`` may be 0. ``amounts``: as
        for ``MedicalDesk.settle``. ``pays``: False leaves the bill due.

        Raises BillRefused: an earlier bill of this card has come to its end meanwhile, to be dealt with first;
        TerminalStopped where that is not known; PaymentRefused: it is to be paid, and the bank half takes no payment
        (not signed on, its batch closed or full).
        """
        self._demand_business(TerminalBusiness.COMBINED)
        if min(total, own) < 0 or not 0 < total + own <= MOST_FEN:
            raise BillRefused(BillRefusal.AMOUNT)
        if pays:
            self.bank.demand_open()
        self._demand_nothing_open(at, desk)
        state = BillState.SETTLING if total else BillState.DUE
        bill = self._new(BillKind.SETTLEMENT, state, at)
        outcome = BillOutcome(self.journal.begin(structs.replace(bill, total=total, own=own, due=0 if total else own)))
        if total:
            self.social.parts.display.show(_SETTLING)
            try:
                settlement = desk.settle(at, total, amounts)
            except TerminalStopped as stopped:
                return self._left(at, replace(outcome, stopped=stopped))
            outcome = replace(outcome, stored=self._follower.follow(outcome.stored), settlement=settlement)
        if pays and outcome.stored.bill.state is BillState.DUE:
            return self._paid(at, outcome)
        return self._left(at, outcome)

    def premium(self, at: CardAtTerminal, scheme: str = "", period: str = "", *, pays: bool = True) -> BillOutcome:
        """社会保险费缴纳: what the back end wants of the card's holder, by the same card. Raises TerminalStopped: it
        does not say; BillRefused: it has not heard yet of how that was paid; PaymentRefused: as for ``settle``.
        """
        self._demand_business(TerminalBusiness.PREMIUM)
        if pays:
            self.bank.demand_open()
        self.catch_up()
        self._follower.send()
        premium = self._wanted(at, scheme, period)
        if not premium.amount:
            named = f"{premium.scheme} {premium.period}"
            raise BillRefused(BillRefusal.NOTHING_WANTED, detail=(named, named))
        stored = self._waiting_bill(premium)
        if stored is None:
            bill = self._new(BillKind.PREMIUM, BillState.DUE, at)
            stored = self.journal.begin(structs.replace(bill, due=premium.amount, premium=premium))
        elif not stored.bill.of_card(said_of(at.environment)):  # another one of the same holder
            stored = self.journal.amend(stored, card=said_of(at.environment), told=False)
        outcome = BillOutcome(stored)
        return self._paid(at, outcome) if pays else self._left(at, outcome)

    def resume(self, at: CardAtTerminal, desk: MedicalDesk, *, pays: bool = True) -> tuple[BillOutcome, ...]:
        """The card is back: what was cut off is brought to its end, and its newest bill that is due is paid. What each
        of them has come to, and each other of its bills that is due: that one last. Raises TerminalStopped where the
        first is not possible.
        """
        self._demand_business(*_BILLED.values())
        card = said_of(at.environment)
        before = self.journal.of_card(card, *FOLLOWED_STATES)
        self._recovered(at, desk)
        due = [self._follower.follow(each) for each in self.journal.of_card(card, BillState.DUE)]
        found = {each.number: BillOutcome(each) for each in (*map(self._now, before), *due)}
        newest = next((each for each in reversed(due) if each.bill.state is BillState.DUE), None) if pays else None
        told = [self._told(each) for number, each in found.items() if newest is None or number != newest.number]
        if newest is None:
            self._let_go(at)
            return tuple(told)
        newest = self._now(newest)  # whose slip may have come out with theirs
        return (*told, self._paid_if_wanted(at, BillOutcome(newest)))

    def _paid_if_wanted(self, at: CardAtTerminal, outcome: BillOutcome) -> BillOutcome:
        try:
            self._demand_found_out(outcome.stored)
            self._demand_wanted(at, outcome.stored)
        except BillRefused as refused:
            self._let_go(at)
            return replace(outcome, refused=refused)
        except TerminalStopped as stopped:
            self._let_go(at)
            if stopped.cause is StopCause.STORAGE:
                raise
            return self._told(replace(outcome, stopped=stopped))
        return self._paid(at, outcome)

    def pay(self, at: CardAtTerminal, number: int) -> BillOutcome:
        """Pay what is due of bill ``number`` with its card; a premium only if the back end says that it still is.
        Raises TerminalStopped: it does not say.
        """
        stored = self._demand(number, BillState.DUE, why=BillRefusal.NOTHING_TO_PAY)
        if not stored.bill.of_card(said_of(at.environment)):
            raise BillRefused(BillRefusal.OTHER_CARD, number)
        self._demand_found_out(stored)
        self._demand_wanted(at, stored)
        return self._paid(at, BillOutcome(stored))

    # --- what becomes of a bill without both halves -------------------------------------------------------------------

    def paid_elsewhere(self, number: int, how: str) -> BillOutcome:
        """The rest was taken in cash, or from another card: ``CASH``, ``OTHER_CARD``."""
        self._demand_business(TerminalBusiness.PAID_OTHERWISE)
        stored = self._demand(number, BillState.DUE, why=BillRefusal.NOTHING_TO_PAY)
        self._demand_found_out(stored)
        if stored.bill.kind is BillKind.PREMIUM and how != CASH:
            raise BillRefused(BillRefusal.NOT_FOR_PREMIUMS, number)
        self._follower.elsewhere(stored, how, self.social.parts.clock.now())
        self._follower.send()
        return self._told(BillOutcome(self._now(stored)))

    def take_back(self, number: int) -> BillOutcome:
        """Void the payment of bill ``number`` with its card, or refund it where its batch is settled; then it is due
        again, of a refund when the bank has taken it.
        """
        self._demand_business(TerminalBusiness.VOID)
        stored = self._demand(number, BillState.PAID, why=BillRefusal.NOT_PAID)
        payments = self.journal.payments
        paid = payments.payment(stored.bill.payment)
        if paid is None or stored.bill.refund:
            raise BillRefused(BillRefusal.NOT_PAID, number, REFUND_OPEN if stored.bill.refund else ("", ""))
        self._demand_found_out(stored)
        record = paid.record
        if record.batch == payments.batch:
            outcome = _at_bank(BillOutcome(stored), lambda: self.bank.void(record.voucher))
        else:
            stored = self.journal.amend(stored, refund=payments.last_number() + 1)
            named, account = record.as_original, record.masked_pan
            outcome = _at_bank(BillOutcome(stored), lambda: self.bank.refund(record.amount, named, account))
        self._follower.follow_all()
        self._follower.send()
        return self._told(replace(outcome, stored=self._now(stored)))

    def give_back(self, number: int) -> BillOutcome:
        """What was taken for bill ``number`` in cash, or from another card, was given back: it is due again."""
        self._demand_business(TerminalBusiness.PAID_OTHERWISE)
        stored = self._demand(number, BillState.ELSEWHERE, why=BillRefusal.NOT_PAID)
        stored = self._follower.payments.taken_back(stored)
        self._follower.send()
        return self._told(BillOutcome(self._now(stored)))

    def cancel(self, number: int) -> BillOutcome:
        """Have the back end take the settlement of bill ``number`` back (撤销结算); the card has no command for that. A
        payment by its card is to be taken back first. What was never settled, and is due, is dropped.
        """
        self._demand_business(TerminalBusiness.CANCELLING)
        stored = self._demand(number)
        if stored.bill.state is BillState.PAID:
            raise BillRefused(BillRefusal.TAKE_BACK_FIRST, number)
        if stored.bill.state is BillState.ELSEWHERE and not stored.bill.record:
            raise BillRefused(BillRefusal.GIVE_BACK_FIRST, number)
        self._demand_found_out(stored)
        if stored.bill.state is BillState.DUE and not stored.bill.record:
            return self._told(BillOutcome(self.journal.step(stored, BillEvent.DROPPED)))
        record = self.journal.social.record(stored.bill.record)
        if stored.bill.state not in _CANCELLABLE or record is None:
            raise BillRefused(BillRefusal.NOT_CANCELLABLE, number, stored.bill.state.words)
        self._follower.cancel(stored, record)
        self._follower.send()
        return self._told(BillOutcome(self._now(stored)))

    def found_out(self, number: int, *, holds: bool) -> BillOutcome:
        """人工核实: a person has found out whether the bank ``holds`` the holder's money for bill ``number``, where the
        terminal cannot know: then the bill is paid, or is due.
        """
        self._demand_business(TerminalBusiness.PAID_OTHERWISE)
        stored = self._follower.payments.found_out(self._demand(number), holds=holds)
        self._follower.send()
        return self._told(BillOutcome(self._now(stored)))

    def reprint(self, number: int) -> BillOutcome:
        """重打印: the slips of a bill again, marked so."""
        self._demand_business(*_BILLED.values())
        stored = self._demand(number)
        return BillOutcome(stored, self._press.tell(stored, again=True))

    # --- inside -------------------------------------------------------------------------------------------------------

    def _demand_business(self, *one_of: TerminalBusiness) -> None:
        demand_by_form(StopCause.OTHER_TERMINAL, self.cell.refusal(*one_of))

    def _new(self, kind: BillKind, state: BillState, at: CardAtTerminal) -> Bill:
        return Bill(
            kind=kind,
            state=state,
            card=said_of(at.environment),
            terminal=at.path.terminal.hex(),
            moment=self.social.parts.clock.now(),
            records_before=self.journal.social.last_number(),
        )

    def _paid(self, at: CardAtTerminal, outcome: BillOutcome) -> BillOutcome:
        """The bank half, on the power of the social one: nothing is asked of ``at`` any more. A card that has lost that
        meanwhile, or another one, pays nothing, whoever gave it power again.
        """
        self._demand_business(_BILLED[outcome.stored.bill.kind])
        if not _still_there(at):
            return self._left(at, replace(outcome, unpaid=TransactionEnded(EndCause.NO_CARD)))
        before = self.journal.payments.last_number()
        bill = outcome.stored.bill  # told as it is, if nothing comes of it
        stored = self.journal.step(
            outcome.stored, BillEvent.PAYS, payments_before=before, why=("", ""), refusal=None, told=bill.told
        )
        at.void()
        self._press.before_paying(stored)
        with self.insertion.shared(), self._paper.withheld() if self._paper is not None else nullcontext():
            is_premium = bill.kind is BillKind.PREMIUM
            outcome = _at_bank(outcome, lambda: self.bank.purchase(bill.due, as_it_stands=is_premium))
        now = self._because(self._follower.follow(stored), outcome.unpaid, bill.why)
        self._follower.send()
        return self._told(replace(outcome, stored=self._now(now)))

    def _left(self, at: CardAtTerminal, outcome: BillOutcome) -> BillOutcome:
        """Nothing more is asked of the card."""
        self._let_go(at)
        now = self._because(self._follower.follow(outcome.stored), outcome.stopped)
        return self._told(replace(outcome, stored=now))

    def _because(
        self,
        stored: StoredBill,
        why: TerminalStopped | PaymentRefused | TransactionEnded | None,
        known: tuple[str, str] = ("", ""),
    ) -> StoredBill:
        """What ended a half before anything came of it is on the slip, too, unless somebody has one that says so."""
        if why is None or stored.bill.state not in (BillState.NOT_SETTLED, BillState.DUE):
            return stored
        said = why.zh, why.en
        return self.journal.amend(stored, why=said, told=stored.bill.told and said == known)

    def _let_go(self, at: CardAtTerminal) -> None:
        at.void()
        let_go(self.insertion.social)

    def _told(self, outcome: BillOutcome) -> BillOutcome:
        slips = self._press.tell(outcome.stored)
        self._press.tell_untold(but=outcome.stored.number)
        return replace(outcome, stored=self._now(outcome.stored), slips=slips)

    def _now(self, stored: StoredBill) -> StoredBill:
        return self.journal.bill(stored.number) or stored

    def _waiting_bill(self, premium: PremiumDue) -> StoredBill | None:
        """The bill of that premium that is due, None if there is none yet. Raises BillRefused: one is paid, or nobody
        knows; the back end has not heard of it, or has not taken it.
        """
        due = None
        for each in self.journal.of_premium(premium.voucher):
            if each.bill.state in (BillState.PAYING, BillState.PAID, BillState.ELSEWHERE):
                raise BillRefused(BillRefusal.EARLIER, each.number, each.bill.state.words)
            if each.bill.state is BillState.DUE and each.bill.due == premium.amount:
                due = each
        if due is not None:
            self._demand_found_out(due)
        return due

    def _is_found_out(self, stored: StoredBill) -> bool:
        """Whether it is known of all tries to pay it what the bank did."""
        return not whole_bill(self.journal, stored).in_doubt

    def _demand_found_out(self, stored: StoredBill) -> None:
        """Nobody pays twice, or is given back what was never taken. Raises BillRefused."""
        if not self._is_found_out(stored):
            raise BillRefused(BillRefusal.SEE_TO_IT, stored.number)

    def _demand(self, number: int, *states: BillState, why: BillRefusal = BillRefusal.NOT_PAID) -> StoredBill:
        """The bill, as it stands now; ``why`` it is refused where it is in none of ``states``. Raises BillRefused."""
        self.catch_up()
        stored = self.journal.bill(number)
        if stored is None:
            raise BillRefused(BillRefusal.NO_SUCH_BILL, number)
        stored = self._follower.follow(stored)
        if states and stored.bill.state not in states:
            raise BillRefused(why, number, stored.bill.state.words)
        return stored

    def _wanted(self, at: CardAtTerminal, scheme: str, period: str) -> PremiumDue:
        """What the back end wants of the card's holder. Raises TerminalStopped."""
        back_end = self._follower.back_end()
        numbers = {**back_end.numbers(), "terminal": at.path.terminal.hex()}
        asked = PremiumAsked(**numbers, card=said_of(at.environment), scheme=scheme, period=period)
        return back_end.answered(PremiumDue, asked)

    def _demand_wanted(self, at: CardAtTerminal, stored: StoredBill) -> None:
        """Raises BillRefused for a premium that the back end does not want any more: it may have been paid elsewhere;
        TerminalStopped: it does not say.
        """
        premium = stored.bill.premium
        if premium is None:
            return
        try:
            wanted = self._wanted(at, premium.scheme, premium.period)
        except BackEndRefused as no:
            if no.refusal.code != _NOTHING_DUE:
                raise
            raise BillRefused(BillRefusal.NOT_WANTED, stored.number, (no.refusal.zh, no.refusal.en)) from None
        if not _is_for(stored.bill, wanted):
            raise BillRefused(BillRefusal.NOT_WANTED, stored.number)

    def _demand_nothing_open(self, at: CardAtTerminal, desk: MedicalDesk) -> None:
        card = said_of(at.environment)
        self.catch_up()
        before = self.journal.of_card(card, BillState.SETTLING)
        if not before:
            return
        self._recovered(at, desk)
        for each in before:
            self._told(BillOutcome(self._now(each)))
            if (now := self._now(each)).bill.state is not BillState.NOT_SETTLED:
                raise BillRefused(BillRefusal.EARLIER, each.number, now.bill.state.words)

    def _recovered(self, at: CardAtTerminal, desk: MedicalDesk) -> None:
        desk.recover(at)
        self.catch_up()


def _at_bank(outcome: BillOutcome, act: Callable[[], PaymentOutcome]) -> BillOutcome:
    """With what the bank half came to."""
    try:
        return replace(outcome, payment=act())
    except (PaymentRefused, TransactionEnded) as unpaid:
        return replace(outcome, unpaid=unpaid)


def _still_there(at: CardAtTerminal) -> bool:
    """The social environment is selected still: on another power none is, and the card knows no such command."""
    try:
        at.pin_tries()
    except TerminalStopped as stopped:
        return stopped.cause is StopCause.PIN_LOCKED
    return True


def _is_for(bill: Bill, premium: PremiumDue) -> bool:
    return bill.premium is not None and (bill.premium.voucher, bill.due) == (premium.voucher, premium.amount)
