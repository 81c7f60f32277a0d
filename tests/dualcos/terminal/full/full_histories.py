"""Random histories of one or two full-function terminals, three dual cards of two holders, a bureau, an acquirer and an
issuer, in which everything fails that can.

Cards are pulled, exchanged for others between two commands, lose power while they write or answer nonsense; terminals
lose their power at a command, a message, a durable write, a slip; bureau, acquirer and issuer lose theirs at a durable
write; messages of both lines are lost, come twice, too late, spoilt; PSAMs are taken out, printers jam, holders mistype
PINs, and a PSAM that is touched in the bank half ends the test. A cashier who was stopped begins again, as people do.
In the end all works again; what is left to pay is paid, or not; then the money is counted in three places
(``full_money``), and each bill stands where its settlement and its payment stand (``bill_rules``).

``python -m tests.dualcos.terminal.full.full_histories 1000`` (``make full-histories``).
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from dualcos.terminal.full.bill_record import CASH
from dualcos.terminal.full.bill_refused import BillRefused
from dualcos.terminal.full.bill_states import FOLLOWED_STATES, BillKind, BillState
from dualcos.terminal.full.full_journal import StoredBill
from dualcos.terminal.social.medical_records import SettlementMode
from dualcos.terminal.social.terminal_stopped import TerminalStopped
from tests.demonstration_bank import BANK_OPENING
from tests.dualcos.terminal.financial.money_counts import APPROVED, COUNTED, Key, SlipFacts, read_slip
from tests.dualcos.terminal.full.advice_rules import demand_advice
from tests.dualcos.terminal.full.bill_rules import (
    StandingPurchase,
    TerminalFiles,
    cash_in,
    demand_card,
    demand_ends,
    demand_ledger,
    demand_payments,
    demand_premiums,
    demand_settlements,
    files_of,
    purchases_at,
)
from tests.dualcos.terminal.full.card_money import on_card
from tests.dualcos.terminal.full.clinic_scenes import ClinicScenes
from tests.dualcos.terminal.full.failing_clinic import WRONG_PINS
from tests.dualcos.terminal.full.failing_full_terminal import FailingFullTerminal
from tests.dualcos.terminal.full.full_mishaps import ClinicMishap, brought_about_by, drawn
from tests.dualcos.terminal.full.full_money import (
    PaperMoney,
    at_hosts,
    demand_agreement,
    on_paper,
    read_bill,
)

STEPS = 8
_COUNTED_OTHERWISE = ("found out, held", "found out of a refund", "sent again behind the count")
"""Behind these the acquirer has counted what the terminal does not."""


class FullHistory(ClinicScenes):
    """One of them, by its seed."""

    def run(self) -> None:
        """All of it, and what must be true in the end."""
        with self._folder:
            try:
                begins = self.draw.randrange(STEPS - len(self.scene) + 1)
                for turn in range(STEPS):
                    if self.scene and turn >= begins:
                        self.play(*self.scene.popleft())
                    else:
                        self.step()
                    if turn % 2:
                        self.read_logs()
                self.put_together()
                self.check()
            finally:
                for till in self.tills:
                    till.journal.close()
                self.hosts.bank.close()

    def step(self) -> None:
        till, mishap = self.draw.choice(self.tills), drawn(self.draw)
        self.clock.disturb()
        likely = brought_about_by(mishap)
        act: Callable[[FailingFullTerminal], None] = getattr(self, likely) if likely else self.draw.choice(self.acts())
        self.insert(till, self.draw.choice(self.cards), mishap)
        self.mistype(till)
        self.attempt(till, act)
        if self.draw.random() < 0.85:  # else lines and hosts stay as bad as they are
            self.at_rest()

    def play(self, act: str, mishap: ClinicMishap | None) -> None:
        """A turn of the scene."""
        till, held = self.stage
        self.insert(till, held, mishap)
        self.attempt(till, getattr(self, act))
        self.at_rest()

    # --- the end -----------------------------------------------------------------------------------------------------

    def put_together(self) -> None:
        """Everything works; every card comes to every terminal where something is open, and what is left to pay is
        paid, or not.
        """
        self.at_rest()
        for till in self.tills:
            till.switched_on()
        for held in self.cards:
            for till in self.tills:
                if not till.journal.social.open_records() and not till.journal.in_state(*FOLLOWED_STATES):
                    continue
                self.insert(till, held)
                at = till.admitted()
                self.seen["recovered"] += len(till.desk.recover(at, override=True))
                at.leave()
                till.full.catch_up()
        for till in self.tills:
            till.full.bank.send_waiting()
            counted = till.journal.payments.settling  # by the acquirer, whatever a person sees to now
            self.see_to_doubt(till)
            if counted:
                self.seen["sent again behind the count"] += self.seen["sent again"]
            self.send_all(till)
            self.see_to_bills(till)
            self.send_all(till)
            self.see_to_doubt(till)
            self.send_all(till)
        for till in self.tills:
            done = till.full.bank.settle()
            assert done.balanced or any(self.seen[each] for each in _COUNTED_OTHERWISE), done
            assert till.journal.payments.waiting() == []

    def send_all(self, till: FailingFullTerminal) -> None:
        till.full.bank.send_waiting()
        assert till.full.bank.send_waiting() == 0
        assert till.desk.upload().waiting == 0
        till.full.send_waiting()
        assert till.full.send_waiting() == 0

    def see_to_bills(self, till: FailingFullTerminal) -> None:
        """As a cashier would: money that was taken for a premium and is not wanted goes back."""
        for stored in till.journal.in_state(BillState.DUE):
            act = self.draw.choice((self.pay_now, self.pay_now, self.leave_due, self.cash_now, self.cancel_now))
            with suppress(BillRefused, TerminalStopped):
                act(till, stored)
        for stored in till.journal.in_state(BillState.PAID):
            if stored.bill.refusal is not None and stored.bill.kind is BillKind.PREMIUM and self.draw.random() < 0.5:
                self.insert(till, self.card_of(stored.bill))
                self.seen["premium given back"] += 1
                self.give_premium_back(till, stored)

    def pay_now(self, till: FailingFullTerminal, stored: StoredBill) -> None:
        self.insert(till, self.card_of(stored.bill))
        till.full.pay(till.admitted(), stored.number)

    def leave_due(self, till: FailingFullTerminal, stored: StoredBill) -> None:
        """Nobody pays."""

    def cash_now(self, till: FailingFullTerminal, stored: StoredBill) -> None:
        till.full.paid_elsewhere(stored.number, CASH)

    def cancel_now(self, till: FailingFullTerminal, stored: StoredBill) -> None:
        till.full.cancel(stored.number)

    def give_premium_back(self, till: FailingFullTerminal, stored: StoredBill) -> None:
        """Where its batch is being settled that comes first."""
        if till.full.take_back(stored.number).stored.bill.state is BillState.PAID:
            till.full.bank.settle()
            self.insert(till, self.card_of(stored.bill))
            till.full.take_back(stored.number)

    def purchases_standing(self) -> list[StandingPurchase]:
        """At the issuer."""
        return purchases_at(self.hosts.bank.issuer.books._db)

    def check(self) -> None:
        bureau = self.hosts.bureau.desk.books._db
        journals = [till.journal._db for till in self.tills]
        files = [files_of(till.data.terminal, till.journal._db) for till in self.tills]
        for till, each in zip(self.tills, files, strict=True):
            demand_ends(each, len(till.journal.unsaid()))
        standing = self.purchases_standing()
        demand_payments(files, standing, {each.identification: each.pan for each in self.cards})
        demand_premiums(files, standing, bureau)
        demand_settlements(files, bureau)
        in_doubt = sum(
            demand_card(each.card, each.identification, journals, bureau, in_parts=self.mode is SettlementMode.OFFLINE)
            for each in self.cards
        )
        self.seen["in doubt"] += in_doubt
        if not in_doubt:
            demand_ledger(files, bureau)
        self.read_logs()
        self.check_money(files, in_doubt)
        for till, each in zip(self.tills, files, strict=True):
            demand_advice(each, on_paper(till.printer.slips).bills, standing)
            now = (read_bill(till.full.reprint(number).slips[-1].lines) for _, number in each.bills)
            demand_advice(each, {slip.number: slip for slip in now if slip}, standing, printed_now=True)
        self.check_wanted()
        self.check_secrets()

    def check_money(self, files: list[TerminalFiles], in_doubt: int) -> None:
        """Books, cards and paper."""
        bank, bureau = self.hosts.bank, self.hosts.bureau.desk.books._db
        books, in_parts = (bank.issuer.books._db, bank.host.books._db, bureau), self.mode is SettlementMode.OFFLINE
        hosts = at_hosts(*books, BANK_OPENING, in_parts=in_parts)
        rolls = {till.data.terminal: on_paper(till.printer.slips) for till in self.tills}
        bills = {f"{name}/{number}": bill for name, roll in rolls.items() for number, bill in roll.bills.items()}
        paper = PaperMoney(bills, {key: slip for roll in rolls.values() for key, slip in roll.payments.items()})
        cards = [on_card(each.card)._replace(bank=self.logs[each.pan]) for each in self.cards]
        plain = 0
        for each in files:
            of_bills = {bill["record"] for bill in each.bills.values()}
            plain += sum(
                record["state"] == "complete" and record["mode"] is not None and number not in of_bills
                for number, record in each.records.items()
            )
        in_transit = {
            record["card"]["identification"]
            for each in files
            for record in each.records.values()
            if record["mode"] is None and record["state"] == "unknown"
        }
        doubtful = in_doubt - len(hosts.disputed)
        demand_agreement(hosts, cards, paper, cash_in(files), plain, doubtful, in_transit)
        for slip in paper.payments.values():
            if slip.state in COUNTED and slip.atc:
                self.check_certificate(slip)
        self.check_said_once()

    def check_said_once(self) -> None:
        """That a payment was approved is on a slip of its own or on its bill's, and not on both unless one is marked. A
        bill's that says more than before comes anew (``on_paper``).
        """
        own: Counter[tuple[Key, str]] = Counter()
        of_bills = set()
        for printed in (slip for till in self.tills for slip in till.printer.slips):
            slip = read_slip(printed)
            if slip is None or slip.again or slip.state != APPROVED:
                continue
            if read_bill(printed) is None:
                own[slip.key, slip.copy] += 1
            else:
                of_bills.add((slip.key, slip.copy))
        assert max((own + Counter(of_bills)).values(), default=0) <= 1

    def check_certificate(self, slip: SlipFacts) -> None:
        """The card has given one for what a slip says was approved."""
        pan = next(each.pan for each in self.cards if each.pan[-4:] == slip.card[-4:])
        assert self.logs[pan][int(slip.atc, 16)].fen == slip.fen, slip
        self.seen["approved"] += 1

    def check_wanted(self) -> None:
        """What a holder wanted once is settled once at most."""
        for wanted in self.wanted:
            found = [each for each in self.bills_of(wanted) if each.state is not BillState.NOT_SETTLED]
            assert len(found) <= 1, wanted

    def check_secrets(self) -> None:
        """No digits of a PIN in storage, on the display, on paper."""
        said = "".join(f"{each}" for till in self.tills for each in (*till.display.shown, *till.printer.slips))
        for digits in WRONG_PINS.values():
            assert digits not in said
            for till in self.tills:
                stored = till.stored()
                assert digits.encode() not in stored
                assert bytes.fromhex(digits) not in stored


def main(count: int, first: int = 0) -> Counter[str]:
    """So many histories, from seed ``first``. An AssertionError names the seed that broke a rule."""
    seen: Counter[str] = Counter()
    for seed in range(first, first + count):
        try:
            history = FullHistory(seed)
            history.run()
        except BaseException as error:  # a PSAM that was touched, too
            error.add_note(f"seed {seed}")
            raise
        seen += history.seen
    return seen


if __name__ == "__main__":
    for name, times in sorted(main(*map(int, sys.argv[1:])).items()):
        print(f"{times:7} {name}")
