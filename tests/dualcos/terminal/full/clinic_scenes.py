"""Scenes at a clinic's terminals, one in each random history: what comes by chance too seldom to be waited for, a
mishap and what people do about it. Everything else that goes wrong goes wrong beside it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from types import MappingProxyType

from dualcos.terminal.financial.payment_refused import PaymentRefused
from dualcos.terminal.financial.payment_states import PaymentState
from dualcos.terminal.full.bill_record import CASH, OTHER_CARD
from dualcos.terminal.full.bill_refused import BillRefused
from dualcos.terminal.full.full_journal import StoredBill
from dualcos.terminal.social.terminal_stopped import TerminalStopped
from tests.dualcos.terminal.financial.failing_till import PULLED_BEHIND
from tests.dualcos.terminal.full.clinic_cashier import ClinicCashier
from tests.dualcos.terminal.full.failing_full_terminal import REFUSED, FailingFullTerminal
from tests.dualcos.terminal.full.full_mishaps import NOT_TAKEN_UP, WRONG_TAC, ClinicMishap

Turn = tuple[str, ClinicMishap | None]
"""What is done, by the method's name, and what goes wrong at it."""
_NOT_CANCELLED = ClinicMishap("bureau line", "settlement-cancelled", REFUSED)
_UNANSWERED = ClinicMishap("bank line", "purchase", "answer lost")
SCENES = MappingProxyType(
    {
        "due, not cancelled": (("settle_later", None), ("cancel_it", _NOT_CANCELLED)),
        "covered, not cancelled": (("settle_covered", None), ("cancel_it", _NOT_CANCELLED)),
        "cash, not cancelled": (("settle_later", None), ("cash_for_it", None), ("cancel_it", _NOT_CANCELLED)),
        "cash, cancelled": (("settle_later", None), ("cash_for_it", None), ("cancel_it", None)),
        "another card, cancelled": (("settle_later", None), ("other_card_for_it", None), ("cancel_it", None)),
        "distrusted": (("settle_later", ClinicMishap("card", "2C", WRONG_TAC)), ("upload", None)),
        "given up": (("settle_paying", ClinicMishap("card", "2C", PULLED_BEHIND)), ("give_up", None)),
        "reversal left to a person": (("settle_paying", _UNANSWERED), ("resolve_it", None)),
        "premium's reversal left to a person": (("pay_premium", _UNANSWERED), ("resolve_it", None)),
        "not taken up": (
            ("settle_off_line", None), ("settle_off_line", None),
            ("send", ClinicMishap("bank line", "offline sale", NOT_TAKEN_UP)),
        ),
        "refund refused": (
            ("settle_paying", None), ("end_of_day", None),
            ("take_it_back", ClinicMishap("bank line", "refund", NOT_TAKEN_UP)),
        ),
        "refund left to a person": (
            ("settle_paying", None), ("end_of_day", None),
            ("take_it_back", ClinicMishap("bank line", "refund", "answer lost")), ("resolve_refund", None),
        ),
        "voided without its bill": (("settle_paying", None), ("void_it", None)),
        "refunded without its bill": (("settle_paying", None), ("end_of_day", None), ("refund_it", None)),
    }
)  # fmt: skip


_NAMES, _MODES = tuple(sorted(SCENES)), 3


def seeds_of(scene: str) -> Iterator[int]:
    """Of histories that have it, in all modes."""
    for times in count():
        first = _MODES * (_NAMES.index(scene) + times * len(_NAMES))
        yield from range(first, first + _MODES)


class ClinicScenes(ClinicCashier):
    """``scene``: what is left of this history's."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.scene: deque[Turn] = deque(SCENES[_NAMES[seed // _MODES % len(_NAMES)]])
        self.stage = self.draw.choice(self.tills), self.draw.choice(self.cards)

    @property
    def its(self) -> StoredBill | None:
        """The newest bill of the scene's card at the scene's terminal."""
        till, held = self.stage
        bills = till.journal.bills()
        return next((each for each in bills[::-1] if each.bill.card.identification == held.identification), None)

    def with_its(self, act: Callable[[StoredBill], object]) -> None:
        """Nothing if the scene has no bill."""
        if (its := self.its) is not None:
            act(its)

    # --- what is done in scenes ---

    def settle_so(self, till: FailingFullTerminal, own: int, *, pays: bool) -> None:
        total = 1_000 * self.draw.randrange(1, 15) + 500  # as much as nobody wants (``asked_for``)
        self.note(till.full.settle(till.admitted(), till.desk, total, own, self.amounts(total), pays=pays))

    def settle_later(self, till: FailingFullTerminal) -> None:
        self.settle_so(till, 10 * self.draw.randrange(1, 100), pays=False)

    def settle_covered(self, till: FailingFullTerminal) -> None:
        self.settle_so(till, 0, pays=True)

    def settle_paying(self, till: FailingFullTerminal) -> None:
        self.settle_so(till, 10 * self.draw.randrange(1, 100), pays=True)

    def settle_off_line(self, till: FailingFullTerminal) -> None:
        """Card and terminal may approve alone what nobody answers."""
        till.line.down = True
        self.settle_paying(till)
        till.line.down = False

    def pay_premium(self, till: FailingFullTerminal) -> None:
        self.note(till.full.premium(till.admitted()))

    def cancel_it(self, till: FailingFullTerminal) -> None:
        self.with_its(lambda its: self.note(till.full.cancel(its.number)))

    def cash_for_it(self, till: FailingFullTerminal) -> None:
        self.with_its(lambda its: self.note(till.full.paid_elsewhere(its.number, CASH)))

    def other_card_for_it(self, till: FailingFullTerminal) -> None:
        self.with_its(lambda its: self.note(till.full.paid_elsewhere(its.number, OTHER_CARD)))

    def take_it_back(self, till: FailingFullTerminal) -> None:
        self.with_its(lambda its: self.note(till.full.take_back(its.number)))

    def give_up(self, till: FailingFullTerminal) -> None:
        """The holder has gone with the card."""
        for stored in till.journal.social.open_records():
            till.desk.give_card_up(stored.number)
        till.full.catch_up()

    def end_of_day(self, till: FailingFullTerminal) -> None:
        till.full.catch_up()
        till.full.bank.settle()
        till.full.catch_up()

    def resolve_it(self, till: FailingFullTerminal) -> None:
        """A person sees to the newest reversal that waits."""
        waiting = till.journal.payments.waiting()
        paid = till.journal.payments.payment(waiting[-1].payment) if waiting else None
        if paid is not None:
            till.full.bank.resolve(paid.record.voucher)
        till.full.catch_up()

    resolve_refund = resolve_it

    def void_it(self, till: FailingFullTerminal) -> None:
        """At the bank half alone."""
        till.full.catch_up()
        paid = till.journal.payments.payment(self.its.bill.payment) if self.its is not None else None
        if paid is not None:
            till.full.bank.void(paid.record.voucher)
        till.full.catch_up()

    def refund_it(self, till: FailingFullTerminal) -> None:
        """The same."""
        till.full.catch_up()
        paid = till.journal.payments.payment(self.its.bill.payment) if self.its is not None else None
        if paid is not None and paid.record.reference:
            self.give_back(till, paid.record)
        till.full.catch_up()

    # --- what people find out ---

    def see_to_doubt(self, till: FailingFullTerminal) -> None:
        """A person has what was left to him sent again, or asks the bank, and says what he heard."""
        payments = till.journal.payments
        for stored in payments.payments():
            record = stored.record
            bills = [each for each in till.journal.bills() if stored.number in (*each.bill.tries, each.bill.refund)]
            known = any(stored.number in each.bill.cleared for each in bills)  # and is not sent again behind that
            if known or record.state not in (PaymentState.MANUAL, PaymentState.NOT_TAKEN):
                continue
            if not bills or self.draw.random() < 0.4:
                with suppress(PaymentRefused):
                    till.full.bank.resend(record.voucher)
                    self.seen["sent again"] += 1
                    continue
            for each in bills:
                with suppress(BillRefused, TerminalStopped):
                    holds = self.holds(each, till)
                    till.full.found_out(each.number, holds=holds)
                    self.seen[f"found out, {'held' if holds else 'not held'}"] += 1
                    self.seen["found out of a refund"] += stored.number == each.bill.refund
        till.full.catch_up()

    def holds(self, stored: StoredBill, till: FailingFullTerminal) -> bool:
        """Whether the bank holds the holder's money for a bill, by its own books."""
        tries = map(till.journal.payments.payment, stored.bill.tries)
        names = {(each.record.merchant, each.record.terminal, each.record.batch, each.record.voucher)
                 for each in tries if each is not None}  # fmt: skip
        return any(each.name in names for each in self.purchases_standing())
