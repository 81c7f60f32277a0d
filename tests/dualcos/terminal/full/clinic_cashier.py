"""What people do at the full-function terminals of a clinic, one method each: cashiers who are stopped begin again."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from dualcos.terminal.financial.payment_record import OriginalPayment, PaymentRecord
from dualcos.terminal.financial.payment_states import PaymentState
from dualcos.terminal.full.bill_outcome import BillOutcome
from dualcos.terminal.full.bill_record import CASH, OTHER_CARD, Bill
from dualcos.terminal.full.bill_states import BillKind, BillState
from dualcos.terminal.full.full_journal import StoredBill
from dualcos.terminal.social.medical_records import SettlementMode
from dualcos.terminal.social.purchase_steps import OrderAmounts
from tests.dualcos.terminal.full.failing_clinic import Clinic, HeldCard
from tests.dualcos.terminal.full.failing_full_terminal import FailingFullTerminal


class WantedOnce(NamedTuple):
    """A settlement that a holder wanted once, and the bill that was the last before it."""

    till: FailingFullTerminal
    card: HeldCard
    total: int
    own: int
    before: int


class ClinicCashier(Clinic):
    """``wanted``: settlements that somebody wanted once."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.wanted: list[WantedOnce] = []

    def acts(self) -> list[Callable[[FailingFullTerminal], None]]:
        """What is done at a terminal, as often as it is named."""
        return [
            *[self.settle] * 9, *[self.premium] * 2, *[self.pay] * 3, *[self.resume] * 3, *[self.elsewhere] * 2,
            *[self.take_back] * 2, *[self.cancel] * 2, self.reprint, *[self.purchase] * 2, self.void, self.refund,
            self.balance, *[self.settle_alone] * 2, self.load, self.upload, self.send, self.day_end,
        ]  # fmt: skip

    # --- with both halves ---

    def settle(self, till: FailingFullTerminal) -> None:
        """A holder wants it once. A cashier who is stopped, or sees nothing settled, begins again half the time."""
        draw = self.draw
        total, own = self.asked_for()
        amounts, pays = self.amounts(total), draw.random() < 0.85
        held = self.inserted
        before = till.journal.bills()[-1].number if till.journal.bills() else 0
        wanted = WantedOnce(till, held, total, own, before)
        self.wanted.append(wanted)

        def begin(_: FailingFullTerminal) -> None:
            self.note(till.full.settle(till.admitted(), till.desk, total, own, amounts, pays=pays))

        begin.__name__ = "settlement begun"
        if (self.attempt(till, begin) and self.bills_of(wanted)[-1].state.is_decided) or draw.random() < 0.4:
            return
        self.at_rest()
        self.insert(till, held)
        states = [each.state for each in self.bills_of(wanted)]
        if not states or states[-1] in (BillState.NOT_SETTLED, BillState.SETTLING):
            self.seen["settled again"] += 1
            self.attempt(till, begin)

    def asked_for(self) -> tuple[int, int]:
        """Total and own expense, never the same again."""
        draw, before = self.draw, {(each.total, each.own) for each in self.wanted}
        while True:
            total = 0 if draw.random() < 0.08 else 1_000 * draw.randrange(1, 30)
            own = 0 if total and draw.random() < 0.3 else 10 * draw.randrange(1, 600)
            if (total, own) not in before:
                return total, own

    def amounts(self, total: int) -> OrderAmounts | None:
        """In mode 3 the institution says who pays what."""
        if self.mode is not SettlementMode.OFFLINE or not total:
            return None
        account = 10 * self.draw.randrange(total // 10 + 1)
        self_paid = 10 * self.draw.randrange((total - account) // 10 + 1)
        return OrderAmounts(account, self_paid, total - account - self_paid)

    def bills_of(self, wanted: WantedOnce) -> list[Bill]:
        """What came of it."""
        return [
            stored.bill
            for stored in wanted.till.journal.bills()
            if stored.number > wanted.before
            and (stored.bill.total, stored.bill.own) == (wanted.total, wanted.own)
            and stored.bill.card.identification == wanted.card.identification
            and stored.bill.kind is BillKind.SETTLEMENT
        ]

    def premium(self, till: FailingFullTerminal) -> None:
        self.note(till.full.premium(till.admitted(), pays=self.draw.random() < 0.85))

    def pay(self, till: FailingFullTerminal) -> None:
        """What is due of a bill, mostly with its card."""
        found = self.bill_in(till, BillState.DUE)
        if found is None:
            return self.settle(till)
        if self.draw.random() < 0.85:
            self.insert_again(till, self.card_of(found.bill))
        self.note(till.full.pay(till.admitted(), found.number))
        return None

    def resume(self, till: FailingFullTerminal) -> None:
        found = self.bill_in(till, BillState.SETTLING, BillState.PAYING, BillState.DUE)
        if found is not None and self.draw.random() < 0.7:
            self.insert_again(till, self.card_of(found.bill))
        for each in till.full.resume(till.admitted(), till.desk, pays=self.draw.random() < 0.7):
            self.note(each)

    def elsewhere(self, till: FailingFullTerminal) -> None:
        found = self.bill_in(till, BillState.DUE)
        if found is None:
            return self.settle(till)
        self.note(till.full.paid_elsewhere(found.number, self.draw.choice((CASH, CASH, OTHER_CARD))))
        return None

    def take_back(self, till: FailingFullTerminal) -> None:
        """Mostly with its card."""
        found = self.bill_in(till, BillState.PAID)
        if found is None:
            return self.settle(till)
        if self.draw.random() < 0.9:
            self.insert_again(till, self.card_of(found.bill))
        self.note(till.full.take_back(found.number))
        return None

    def cancel(self, till: FailingFullTerminal) -> None:
        found = self.bill_in(till, BillState.COVERED, BillState.ELSEWHERE, BillState.DUE) or self.bill_in(till)
        if found is None:
            return self.settle(till)
        self.note(till.full.cancel(found.number))
        return None

    def reprint(self, till: FailingFullTerminal) -> None:
        found = self.bill_in(till)
        if found is not None:
            till.full.reprint(found.number)

    def note(self, outcome: BillOutcome) -> None:
        self.seen[f"bill {outcome.stored.bill.kind.value} {outcome.stored.bill.state.value}"] += 1

    def bill_in(self, till: FailingFullTerminal, *states: BillState) -> StoredBill | None:
        """One that stands so; any without states."""
        found = till.journal.in_state(*states) if states else till.journal.bills()
        return self.draw.choice(found) if found else None

    def card_of(self, bill: Bill) -> HeldCard:
        return next(each for each in self.cards if each.identification == bill.card.identification)

    # --- with one of them ---

    def purchase(self, till: FailingFullTerminal) -> None:
        """An amount that no bill has: it ends in 7."""
        till.full.catch_up()
        amount = 10 * self.draw.randrange(1, 2_500) + 7
        till.full.bank.purchase(amount, forced_online=self.draw.random() < 0.3)
        till.full.catch_up()

    def void(self, till: FailingFullTerminal) -> None:
        """Of the last ordinary purchase in this batch that can be."""
        till.full.catch_up()
        found = [each for each in self.purchases(till) if each.batch == till.journal.payments.batch]
        if not found:
            return self.purchase(till)
        self.insert_again(till, self.card_with(found[-1].pan))
        till.full.bank.void(found[-1].voucher)
        till.full.catch_up()
        return None

    def refund(self, till: FailingFullTerminal) -> None:
        """Of an ordinary purchase."""
        till.full.catch_up()
        found = self.purchases(till)
        if not found:
            return self.purchase(till)
        paid = self.draw.choice(found)
        self.insert_again(till, self.card_with(paid.pan))
        self.give_back(till, paid)
        till.full.catch_up()
        return None

    def give_back(self, till: FailingFullTerminal, paid: PaymentRecord) -> None:
        """By what the holder's slip says."""
        original = OriginalPayment(
            batch=paid.batch, voucher=paid.voucher, day=paid.moment[4:8], reference=paid.reference
        )
        till.full.bank.refund(paid.amount, original)

    def purchases(self, till: FailingFullTerminal) -> list[PaymentRecord]:
        """Ordinary ones that stand, and have a reference on their slips."""
        records = (each.record for each in till.journal.payments.payments())
        return [
            each
            for each in records
            if each.amount % 10 == 7 and each.state is PaymentState.APPROVED and each.reference and each.pan
            and each.business == "PURCHASE"
        ]  # fmt: skip

    def card_with(self, pan: str) -> HeldCard:
        return next(each for each in self.cards if each.pan[-4:] == pan[-4:])

    def balance(self, till: FailingFullTerminal) -> None:
        till.full.catch_up()
        till.full.bank.balance()
        till.full.catch_up()

    def settle_alone(self, till: FailingFullTerminal) -> None:
        """At the social half, without a bill."""
        till.full.catch_up()
        total = 1_000 * self.draw.randrange(1, 20)
        at = till.admitted()
        try:
            till.desk.settle(at, total, self.amounts(total))
        finally:
            at.leave()
        till.full.catch_up()

    def load(self, till: FailingFullTerminal) -> None:
        """Of a card with an account of its own."""
        if self.mode is not SettlementMode.OFFLINE:
            return self.settle_alone(till)
        till.full.catch_up()
        at = till.admitted()
        try:
            till.desk.load(at, 10 * self.draw.randrange(1, 3_000))
        finally:
            at.leave()
        till.full.catch_up()
        return None

    def upload(self, till: FailingFullTerminal) -> None:
        till.desk.upload()
        till.full.catch_up()

    def send(self, till: FailingFullTerminal) -> None:
        till.full.bank.send_waiting()
        till.full.send_waiting()

    def day_end(self, till: FailingFullTerminal) -> None:
        till.full.catch_up()
        till.full.bank.settle()
        till.full.catch_up()
        if self.draw.random() < 0.5:
            self.clock.next_day()
