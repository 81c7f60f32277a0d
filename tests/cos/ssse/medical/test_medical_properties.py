"""The account against a model of a few lines, under any order of commands (SSC-7 §11, §12, §14)."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from medical_card import enter, medical_card
from test_medical_account import do_load, do_purchase, initialize_load, initialize_purchase

from tests.card_in_hand import Hand

AMOUNT = st.integers(0, 3000)
DAYS = st.sampled_from(["20230101", "20231231", "20240101", "20240630", "20250101", "20251231"])


class Account(RuleBasedStateMachine):
    """What a person would keep in a notebook: balance, the year's totals by calendar year, the log."""

    @initialize()
    def begin(self):
        self.hand = Hand(medical_card(records=4))
        self.balance = self.self_paid = self.pooled = self.year = 0
        self.loads = self.purchases = 0
        self.log = []

    @rule(amount=AMOUNT)
    def load(self, amount):
        assert do_load(self.hand, amount)[1] == 0x9000
        self.log.insert(0, f"{self.loads:04X}31")
        self.balance += amount
        self.loads += 1

    @rule(account=AMOUNT, self_paid=AMOUNT, pooled=AMOUNT, day=DAYS)
    def purchase(self, account, self_paid, pooled, day):
        if account > self.balance:
            assert self.hand.sw(initialize_purchase(account, self_paid, pooled)) == 0x9401
            return
        time = bytes.fromhex(day + "093000")
        assert do_purchase(self.hand, account, self_paid, pooled, time=time)[1] == 0x9000
        year = int(day[:4])
        # A date before the payment year still counts for it: only a later year begins anew.
        if year > self.year:
            self.year, self.self_paid, self.pooled = year, 0, 0
        self.log.insert(0, f"{self.purchases:04X}32")
        self.balance -= account
        self.self_paid += self_paid
        self.pooled += pooled
        self.purchases += 1

    @rule(amount=AMOUNT)
    def broken_off(self, amount):
        assert self.hand.sw(initialize_load(amount)) == 0x9000
        self.hand("0084000008")
        assert self.hand.sw("B02A00000B" + "00" * 11) == 0x6901

    @rule()
    def reset(self):
        enter(self.hand.card)

    @invariant()
    def agrees(self):
        year = f"{self.year:04d}"
        assert self.hand("B026000104")[0] == f"{self.balance:08X}"
        assert self.hand("B026000206")[0] == f"{self.self_paid:08X}{year}"
        assert self.hand("B026000306")[0] == f"{self.pooled:08X}{year}"
        kept = [self.hand(f"00B2{number:02X}441C")[0][:6] for number in range(1, 5)]
        assert [record for record in kept if record] == self.log[:4]


TestAccount = Account.TestCase
TestAccount.settings = settings(max_examples=25, stateful_step_count=12, derandomize=True, deadline=None)
