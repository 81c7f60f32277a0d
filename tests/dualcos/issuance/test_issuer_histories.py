"""Whatever is asked, in whatever order and however often: no fen comes or goes, nothing is done twice, a reversal
undoes its transaction exactly, and points fit what is still paid.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualcos.issuance.bank.authorisation.bank_ledger import BankLedger
from dualcos.issuance.bank.authorisation.issuer_core import IssuerCore
from dualcos.messages.authorisation import AuthorisationAnswer, AuthorisationRequest, Business, IssuerRequest
from tests.demonstration_bank import AGREED_MERCHANT, AGREEMENTS, BANK_OPENING, demonstration_issuer
from tests.paying_cards import ACQUIRER, PayingCard

NAMES = ("dual-2.0-3des", "dual-3.0-sm4")
RATE = AGREEMENTS[AGREED_MERCHANT].points_per_yuan
B = Business


@dataclass
class Known:
    """What the world knows of an approved transaction: enough to say what the books must hold."""

    request: AuthorisationRequest
    belongs: Known | None = None
    undone: bool = False
    given_back: list[Known] = field(default_factory=list)

    @property
    def open(self) -> int:
        """Fen that the holder has paid and not got back."""
        behind = [each for each in self.given_back if not each.undone]
        if self.undone or any(each.request.business is B.VOID for each in behind):
            return 0
        return self.request.amount - sum(each.request.amount for each in behind)


class World:
    """An issuer, a card, and everything that was asked."""

    def __init__(self, issuer: IssuerCore) -> None:
        self.issuer, self.card = issuer, PayingCard()
        self.told: list[tuple[IssuerRequest, AuthorisationAnswer]] = []
        self.known: list[Known] = []

    def ask(self, request: IssuerRequest) -> AuthorisationAnswer:
        answer = self.issuer.answer(request)
        self.told.append((request, answer))
        return answer

    def begin(self, business: Business, amount: int, **more: Any) -> None:
        request = self.card.asks(business, amount, **more)
        if self.ask(request).code == "00":
            self.known.append(Known(request))

    def give_back(self, business: Business, which: int, amount: int) -> None:
        purchases = [each for each in self.known if each.request.business is B.PURCHASE]
        if not purchases:
            return
        original = purchases[which % len(purchases)]
        whole = original.request.amount
        wanted = whole if business is B.VOID else 1 + amount % whole
        request = self.card.asks(business, wanted, original=original.request.key)
        opened = original.open
        if self.ask(request).code == "00":
            assert 0 < wanted <= opened, "more came back than was open"
            told = Known(request, original)
            original.given_back.append(told)
            self.known.append(told)

    def reverse(self, which: int) -> None:
        if self.known:
            it = self.known[which % len(self.known)]
            refund = it.request.business is B.REFUND
            assert self.ask(self.card.reverses(it.request)).code == ("12" if refund else "00")
            it.undone = not refund

    def again(self, which: int) -> None:
        if self.told:
            request, answer = self.told[which % len(self.told)]
            before = self.issuer.books.balances()
            reversed_since = any(each.undone and each.request == request for each in self.known)
            told = self.issuer.answer(request)
            assert told.code == "94" if reversed_since else told == answer
            assert self.issuer.books.balances() == before

    def must_hold(self) -> dict[str, int]:
        """Accounts as they must be."""
        own, other, owed, points = BANK_OPENING, BANK_OPENING, 0, 0
        for each in self.known:
            business, amount = each.request.business, each.request.amount
            if business is B.PURCHASE:
                own, owed = own - each.open, owed + each.open
                points += each.open // 100 * RATE if each.request.member else 0
            elif business is B.WITHDRAWAL and not each.undone:
                own, owed = own - amount, owed + amount
            elif business is B.DEPOSIT and not each.undone:
                own, owed = own + amount, owed - amount
            elif business is B.TRANSFER and not each.undone:
                own, other = own - amount, other + amount
        mine, its = (self.issuer.cards[PayingCard(name).pan].account for name in NAMES)
        found = {f"account/{mine}": own, f"account/{its}": other, f"acquirer/{ACQUIRER}": owed}
        return found | {f"points/POINTS/{mine}": points}


AMOUNT, WHICH = st.integers(1, 150_000), st.integers(0, 30)
STEPS = st.one_of(
    st.tuples(st.sampled_from([B.PURCHASE, B.WITHDRAWAL, B.DEPOSIT, B.TRANSFER]), AMOUNT),
    st.tuples(st.just("member"), AMOUNT),
    st.tuples(st.sampled_from([B.VOID, B.REFUND]), WHICH, AMOUNT),
    st.tuples(st.sampled_from(["reverse", "again"]), WHICH),
)


def carry_out(world: World, step: tuple[Any, ...]) -> None:
    what, *how = step
    if what in (B.VOID, B.REFUND):
        world.give_back(what, *how)
    elif what == "reverse":
        world.reverse(*how)
    elif what == "again":
        world.again(*how)
    elif what == "member":
        key = world.card.message(merchant=AGREED_MERCHANT)
        world.begin(B.PURCHASE, how[0], key=key, member="M1")
    else:
        target = {"account_to": PayingCard(NAMES[1]).pan} if what is B.TRANSFER else {}
        world.begin(what, how[0], **target)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=14))
def test_the_books_are_what_the_world_knows(steps):
    issuer = demonstration_issuer(NAMES)
    world = World(issuer)
    for step in steps:
        carry_out(world, step)
        assert BankLedger(issuer.books).sums_to_zero()
    balances = issuer.books.balances()
    for account, amount in world.must_hold().items():
        untouched = BANK_OPENING if account.startswith("account/") else 0
        assert balances.get(account, untouched) == amount, account
    issuer.close()


@pytest.mark.parametrize(
    ("business", "more"),
    [
        (B.PURCHASE, {}),
        (B.WITHDRAWAL, {}),
        (B.DEPOSIT, {}),
        (B.TRANSFER, {"account_to": PayingCard(NAMES[1]).pan}),
        (B.BALANCE, {}),
    ],
    ids=lambda value: value.name if isinstance(value, Business) else "",
)
def test_a_reversal_leaves_nothing_behind(business, more):
    issuer, card = demonstration_issuer(NAMES), PayingCard()
    assert issuer.answer(card.asks(B.PURCHASE, 1)).code == "00"
    before = {name: amount for name, amount in issuer.books.balances().items() if name != "opening"}
    request = card.asks(business, 0 if business is B.BALANCE else 70_000, **more)
    assert issuer.answer(request).code == "00"
    spent = issuer.books.spent(card.pan, "20260115").fen
    assert spent == (1 if business in (B.DEPOSIT, B.BALANCE) else 70_001)
    for reason in ("98", "06"):
        assert issuer.answer(card.reverses(request, reason=reason)).code == "00"
    for more_told in ({}, {"pan": ""}):  # behind a stripe no account comes
        assert issuer.answer(card.reverses(request, key=card.message(), **more_told)).code == "00"
    after = issuer.books.balances()
    assert {name: after[name] for name in before} == before
    assert issuer.books.spent(card.pan, "20260115").fen == 1
    issuer.close()


def test_what_is_given_back_twice_comes_once():
    """A purchase, partly refunded, is reversed: the holder has what he had."""
    issuer, card = demonstration_issuer(NAMES), PayingCard()
    bought = card.asks(B.PURCHASE, 1000)
    refund = card.asks(B.REFUND, 300, original=bought.key)
    for request in (bought, refund, card.reverses(bought)):
        assert issuer.answer(request).code == "00"
    account = issuer.cards[card.pan].account
    assert issuer.books.balance(f"account/{account}") == BANK_OPENING
    issuer.close()


def test_a_void_that_is_reversed_leaves_the_purchase():
    issuer, card = demonstration_issuer(NAMES), PayingCard()
    bought = card.asks(B.PURCHASE, 1000)
    void = card.asks(B.VOID, 1000, original=bought.key)
    account = f"account/{issuer.cards[card.pan].account}"
    for request, left in ((bought, 1000), (void, 0), (card.reverses(void), 1000), (card.reverses(bought), 0)):
        assert issuer.answer(request).code == "00"
        assert issuer.books.balance(account) == BANK_OPENING - left
        assert issuer.books.spent(card.pan, "20260115").fen == left
    issuer.close()


def test_a_purchase_and_its_void_that_are_both_reversed_leave_nothing():
    for order in (0, 1):
        issuer, card = demonstration_issuer(NAMES), PayingCard()
        bought = card.asks(B.PURCHASE, 1000)
        void = card.asks(B.VOID, 1000, original=bought.key)
        reversals = [card.reverses(bought), card.reverses(void)]
        for request in (bought, void, *(reversals if order else reversals[::-1])):
            assert issuer.answer(request).code == "00"
        assert issuer.books.balance(f"account/{issuer.cards[card.pan].account}") == BANK_OPENING
        issuer.close()


def test_a_pin_that_was_changed_and_reversed_is_the_old_one():
    issuer, card = demonstration_issuer(NAMES), PayingCard()
    change = card.asks(B.PIN_CHANGE, new_pin=card.pin("654321"))
    assert issuer.answer(change).code == "00"
    assert issuer.answer(card.asks(B.BALANCE)).code == "55"
    assert issuer.answer(card.asks(B.BALANCE, pin_block=card.pin("654321"))).code == "00"
    assert issuer.answer(card.reverses(change)).code == "00"
    assert issuer.answer(card.asks(B.BALANCE)).code == "00"
    again = card.asks(B.PIN_CHANGE, new_pin=card.pin("111111"))
    last = card.asks(B.PIN_CHANGE, new_pin=card.pin("222222"), pin_block=card.pin("111111"))
    for request in (again, last, card.reverses(again)):
        assert issuer.answer(request).code == "00"
    assert issuer.answer(card.asks(B.BALANCE, pin_block=card.pin("222222"))).code == "00"
    issuer.close()
