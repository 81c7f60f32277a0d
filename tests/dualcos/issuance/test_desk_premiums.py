"""社会保险费缴纳: who asks, pays and takes back, at whatever counters, in whatever order: a premium is paid once or not
at all, and the books say by what.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
from msgspec import ValidationError, convert, structs, to_builtins

from cos.ssse.tables.code_tables import TABLES
from cos.ssse.tables.scheme_names import SCHEMES
from dualcos.issuance.bureau.terminal_services.cards_of_profiles import DUE, cards_of_profiles
from dualcos.issuance.bureau.terminal_services.desk_books import DeskBooks
from dualcos.issuance.bureau.terminal_services.premium_service import PremiumPaper
from dualcos.issuance.bureau.terminal_services.registered_cards import DuePremium
from dualcos.issuance.bureau.terminal_services.terminal_desk import TerminalDesk
from dualcos.messages.social_services import (
    BankPayment,
    PremiumAsked,
    PremiumCancelled,
    PremiumDue,
    PremiumPaid,
    ServiceDone,
    ServiceRefused,
)
from dualcos.profile.schema import load
from tests.demonstration_desk import demonstration_desk
from tests.desk_cards import TERMINAL, DeskCard, desk_card

PROFILE, OTHER = "social-2.0", "social-1.0"
ELSEWHERE = "990000000002"
RESIDENT, PENSION = DUE
TIME = "20260115093100"


def bank(number: int, **changed: str) -> BankPayment:
    """A payment by a bank's card."""
    told = {"merchant": "898990080620001", "bank_terminal": "10000001", "batch": "000001"}
    return BankPayment(**{**told, "bank_voucher": f"{number:06d}", "reference": f"{number:012d}", **changed})


class PremiumCounter:
    """One terminal that takes premiums of a card."""

    def __init__(self, desk: TerminalDesk, card: DeskCard) -> None:
        self.desk, self.card = desk, card

    def asked(self, **chosen: str) -> Any:
        return self.desk.ask(PremiumAsked(**self.card.about(**chosen)))

    def due(self, **chosen: str) -> PremiumDue:
        answer = self.asked(**chosen)
        assert isinstance(answer, PremiumDue), answer
        return answer

    def paid(self, bill: PremiumDue, payment: BankPayment | None, **changed: Any) -> Any:
        told = {"voucher": bill.voucher, "amount": bill.amount, "time": TIME, "payment": payment}
        return self.desk.ask(PremiumPaid(**self.card.about(**(told | changed))))

    def cancelled(self, bill: PremiumDue, payment: BankPayment | None, **changed: Any) -> Any:
        told = {"voucher": bill.voucher, "time": TIME, "payment": payment}
        return self.desk.ask(PremiumCancelled(**self.card.about(**(told | changed))))


def in_register(counter: PremiumCounter, **changed: Any) -> None:
    """Another word of the register on the card."""
    register, at = counter.desk._means.cards, counter.card.read.identification
    assert isinstance(register, dict)
    register[at] = structs.replace(register[at], **changed)


@pytest.fixture
def desk():
    made = demonstration_desk([PROFILE, OTHER])
    yield made
    made.close()


@pytest.fixture
def counter(desk):
    return PremiumCounter(desk, desk_card(PROFILE))


@pytest.fixture
def elsewhere(desk):
    return PremiumCounter(desk, desk_card(PROFILE, ELSEWHERE))


def said(answer: object) -> str:
    return answer.code if isinstance(answer, ServiceRefused) else type(answer).__name__


def moved(desk: TerminalDesk) -> dict[str, int]:
    """Accounts that premiums touch."""
    balances = desk.books.balances()
    assert sum(balances.values()) == 0
    return {name: fen for name, fen in balances.items() if fen and not name.startswith(("holder/", "opening"))}


# --- what is due ------------------------------------------------------------------------------------------------------


def test_what_is_due_comes_in_its_order_and_says_what_it_is_for(counter):
    first = counter.due()
    assert (first.scheme, first.period, first.amount, first.left) == ("390", "2026", RESIDENT.amount, 1)
    assert (first.scheme_zh, first.scheme_en) == ("城乡居民基本医疗保险", "medical insurance, residents")
    assert first.payee == "社会保险基金收入户"
    assert said(counter.paid(first, bank(1))) == "ServiceDone"
    second = counter.due()
    assert (second.scheme, second.period, second.amount, second.left) == ("110", "202601", PENSION.amount, 0)
    assert second.voucher != first.voucher
    assert said(counter.paid(second, bank(2))) == "ServiceDone"
    assert said(counter.asked()) == "nothing-due"


@pytest.mark.parametrize(
    ("chosen", "wanted"),
    [
        ({"scheme": "110"}, PENSION),
        ({"period": "202601"}, PENSION),
        ({"scheme": "390", "period": "2026"}, RESIDENT),
        ({"scheme": "390", "period": "202601"}, None),
        ({"scheme": "110", "period": "2026"}, None),
        ({"scheme": "310"}, None),
    ],
)
def test_a_scheme_and_a_period_choose(counter, chosen, wanted):
    answer = counter.asked(**chosen)
    if wanted is None:
        assert said(answer) == "nothing-due"
    else:
        assert (answer.scheme, answer.period, answer.left) == (wanted.scheme, wanted.period, 1)  # the other one


def test_asked_again_while_it_is_unpaid_it_is_the_same(counter, elsewhere):
    """Also at another counter, also where the due list says otherwise meanwhile: a voucher has one amount."""
    first = counter.due()
    assert counter.due() == structs.replace(first, running=counter.card.running)
    in_register(counter, premiums=(structs.replace(RESIDENT, amount=1), PENSION))
    assert elsewhere.due() == structs.replace(first, running=elsewhere.card.running)


@pytest.mark.parametrize("number", ["990000190001010024", "990000190001010017", "99000019000101001"])
def test_each_person_has_his_own(desk, counter, number):
    """Also where the numbers are nearly the same."""
    assert counter.card.social_number == "990000190001010016"
    other = PremiumCounter(desk, desk_card(OTHER, ELSEWHERE))
    in_register(other, social_number=number)
    mine, his = counter.due(), other.due()
    assert mine.voucher != his.voucher
    assert said(other.paid(mine, bank(1))) == said(other.cancelled(mine, bank(1))) == "voucher-of-another"
    assert moved(desk) == {}


def test_a_scheme_that_no_table_has_is_called_by_its_code(counter):
    in_register(counter, premiums=(DuePremium(scheme="999", period="2026", amount=5),))
    bill = counter.due()
    assert (bill.scheme, bill.scheme_zh, bill.scheme_en) == ("999", "999", "999")


def test_every_scheme_of_the_table_has_its_names():
    """In the language of the card's tables, and in English."""
    assert {code: name.zh for code, name in SCHEMES.items()} == TABLES["scheme"]
    assert all(name.en.isascii() for name in SCHEMES.values())
    assert len({name.en for name in SCHEMES.values()}) == len(SCHEMES)


@pytest.mark.parametrize(
    "wrong",
    [{"amount": 0}, {"period": "202600"}, {"period": "202613"}, {"period": "20261"}, {"period": "2026\n"}],
)
def test_what_is_no_premium_is_not_on_the_list(wrong):
    """A sum, for a month or a year; whether a program or a file says otherwise."""
    with pytest.raises(ValueError, match="premiums: "):
        structs.replace(RESIDENT, **wrong)
    with pytest.raises(ValidationError):
        convert(to_builtins(RESIDENT) | wrong, DuePremium)


@pytest.mark.parametrize("period", ["202601", "202612"])
def test_the_first_month_and_the_last(period):
    assert structs.replace(RESIDENT, period=period, amount=1).period == period


def test_a_scheme_and_period_is_on_the_list_once(counter):
    """Of two nobody could tell which one was paid."""
    with pytest.raises(ValueError, match="premiums: 390 for 2026 is listed 2 times; list it once, as one sum"):
        in_register(counter, premiums=(RESIDENT, PENSION, structs.replace(RESIDENT, amount=5_000)))


# --- paid -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("payment", "source"), [(bank(1), "collected"), (None, "counter")])
def test_what_is_paid_is_the_schemes(counter, payment, source):
    bill = counter.due()
    assert moved(counter.desk) == {}
    assert said(counter.paid(bill, payment)) == "ServiceDone"
    assert moved(counter.desk) == {"premiums/390": RESIDENT.amount, source: -RESIDENT.amount}


def test_the_same_payment_is_taken_once(counter, elsewhere):
    """Under another running number, at another terminal, with or without the bank's reference: it is its slip's."""
    bill = counter.due()
    before = counter.paid(bill, bank(1)), moved(counter.desk)
    for again in (counter.paid(bill, bank(1)), elsewhere.paid(bill, bank(1, reference=""))):
        assert (said(again), moved(counter.desk)) == (said(before[0]), before[1])


def test_a_voucher_that_was_paid_at_another_counter_is_refused_as_paid(counter, elsewhere):
    mine, his = counter.due(), elsewhere.due()
    assert mine.voucher == his.voucher
    assert said(elsewhere.paid(his, bank(1, bank_terminal="10000002"))) == "ServiceDone"
    booked = moved(counter.desk)
    assert said(counter.paid(mine, bank(1))) == "premium-paid"
    assert said(counter.paid(mine, None)) == "premium-paid"
    assert moved(counter.desk) == booked


@pytest.mark.parametrize("name", ["merchant", "bank_terminal", "batch", "bank_voucher"])
def test_each_number_of_the_slip_makes_another_payment(counter, name):
    bill = counter.due()
    other = {"merchant": "898990080620002", "bank_terminal": "10000002", "batch": "000002", "bank_voucher": "000002"}
    assert said(counter.paid(bill, bank(1))) == "ServiceDone"
    assert said(counter.paid(bill, bank(1, **{name: other[name]}))) == "premium-paid"


def test_cash_is_told_by_terminal_and_time(counter, elsewhere):
    bill = counter.due()
    assert [said(counter.paid(bill, None)) for _ in range(2)] == ["ServiceDone"] * 2
    assert said(counter.paid(bill, None, time="20260115093101")) == "premium-paid"
    assert said(elsewhere.paid(bill, None)) == "premium-paid"
    assert moved(counter.desk) == {"premiums/390": RESIDENT.amount, "counter": -RESIDENT.amount}


def test_one_payment_pays_one_premium(counter):
    first, second = counter.due(), counter.due(scheme="110")
    assert said(counter.paid(first, bank(1))) == "ServiceDone"
    booked = moved(counter.desk)
    assert said(counter.paid(second, bank(1))) == said(counter.cancelled(second, bank(1))) == "payment-of-another"
    assert moved(counter.desk) == booked


def test_batches_that_are_counted_from_the_first_again_make_other_payments(counter):
    """The storage of a terminal was made anew: the bank has taken money under numbers that an earlier payment had."""
    first, second = counter.due(), counter.due(scheme="110")
    assert said(counter.paid(first, bank(1))) == "ServiceDone"
    again, later = bank(1, reference="000000000077"), {"time": "20260116093100"}
    assert said(counter.paid(second, again, **later)) == "ServiceDone"
    assert counter.desk.books.balance("collected") == -RESIDENT.amount - PENSION.amount
    assert said(counter.cancelled(second, bank(1, reference=""), **later)) == "ServiceDone"
    assert counter.desk.books.balance("collected") == -RESIDENT.amount


def test_the_bank_tells_two_payments_of_a_day_apart(counter):
    """Whichever is told again, or taken back."""
    first, second = counter.due(), counter.due(scheme="110")
    again = bank(1, reference="000000000077")
    assert said(counter.paid(first, bank(1))) == "ServiceDone"
    assert [said(counter.paid(second, again)) for _ in range(2)] == ["ServiceDone"] * 2
    assert said(counter.paid(second, bank(1))) == said(counter.paid(first, again)) == "payment-of-another"
    assert said(counter.cancelled(second, again)) == "ServiceDone"
    assert moved(counter.desk) == {"premiums/390": RESIDENT.amount, "collected": -RESIDENT.amount}


def test_a_payment_of_which_the_bank_gave_no_name_is_known_by_its_slip(counter):
    first, second = counter.due(), counter.due(scheme="110")
    assert said(counter.paid(first, bank(1, reference=""))) == "ServiceDone"
    assert said(counter.paid(second, bank(1))) == "payment-of-another"


@pytest.mark.parametrize("wrong", [-1, 1])
def test_a_premium_is_paid_in_one_sum(counter, wrong):
    bill = counter.due()
    assert said(counter.paid(bill, bank(1), amount=bill.amount + wrong)) == "amount-differs"
    assert moved(counter.desk) == {}
    assert said(counter.paid(bill, bank(1))) == "ServiceDone"


def test_money_of_a_card_that_was_lost_meanwhile_counts(counter):
    """It has been paid; to ask what is due, the card must be in use."""
    bill = counter.due()
    in_register(counter, state="2")
    assert said(counter.asked()) == "card-not-in-use"
    assert said(counter.paid(bill, bank(1))) == "ServiceDone"


def test_whichever_of_his_cards_he_has(desk, counter):
    """A card that came in place of the first: the premium is the holder's."""
    bill, other = counter.due(), PremiumCounter(desk, desk_card(OTHER, ELSEWHERE))
    assert other.card.social_number == counter.card.social_number
    assert other.card.read.identification != counter.card.read.identification
    assert other.due().voucher == bill.voucher
    assert said(other.paid(bill, bank(1))) == "ServiceDone"


# --- taken back -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("payment", [bank(1), None])
def test_what_is_taken_back_is_due_again(counter, payment):
    bill = counter.due()
    counter.paid(bill, payment)
    assert [said(counter.cancelled(bill, payment)) for _ in range(2)] == ["ServiceDone"] * 2
    assert moved(counter.desk) == {}
    assert counter.due() == structs.replace(bill, running=counter.card.running)
    assert said(counter.paid(bill, bank(2))) == "ServiceDone"
    assert moved(counter.desk) == {"premiums/390": RESIDENT.amount, "collected": -RESIDENT.amount}
    assert said(counter.cancelled(bill, payment)) == "ServiceDone"
    assert moved(counter.desk) == {"premiums/390": RESIDENT.amount, "collected": -RESIDENT.amount}


@pytest.mark.parametrize("told_before", [False, True])
def test_a_payment_that_was_taken_back_never_counts(counter, told_before):
    """Whether its report came in front, or comes behind on some other way."""
    bill = counter.due()
    if told_before:
        counter.paid(bill, bank(1))
    assert said(counter.cancelled(bill, bank(1))) == "ServiceDone"
    assert said(counter.paid(bill, bank(1))) == "payment-cancelled"
    assert moved(counter.desk) == {}


def test_nobody_takes_back_anothers_payment(counter, elsewhere):
    """Cash is the counter's that took it. Of a bank's payment the slip says which it is."""
    bill = counter.due()
    counter.paid(bill, None)
    booked = moved(counter.desk)
    elsewhere.cancelled(bill, None)
    counter.cancelled(bill, bank(1))
    assert moved(counter.desk) == booked


def test_vouchers_of_other_books_are_unknown(counter):
    bill = structs.replace(counter.due(), voucher="P0000000009-00000000")
    assert said(counter.paid(bill, bank(1))) == said(counter.cancelled(bill, bank(1))) == "voucher-unknown"


def test_it_is_all_there_after_a_restart(tmp_path):
    path = tmp_path / "books.db"
    card, first = desk_card(PROFILE), demonstration_desk([PROFILE], path=path)
    bill = PremiumCounter(first, card).due()
    PremiumCounter(first, card).paid(bill, bank(1))
    first.close()
    second = demonstration_desk([PROFILE], path=path, series=b"after")
    counter = PremiumCounter(second, card)
    assert said(counter.paid(bill, bank(1))) == "ServiceDone"
    assert said(counter.paid(bill, bank(2))) == "premium-paid"
    assert counter.due().scheme == "110"
    assert moved(second) == {"premiums/390": RESIDENT.amount, "collected": -RESIDENT.amount}
    second.close()


# --- histories --------------------------------------------------------------------------------------------------------


class PremiumHistory:
    """Two counters and one holder with many premiums: they ask, pay twice, take back, and lose answers. What they
    have in hand in the end is counted here, without the books.
    """

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - histories to be had again
        known = cards_of_profiles([load(PROFILE)])
        (at,) = known.cards
        schemes = ("110", "390", "110", "390", "110")
        bills = tuple(DuePremium(scheme=each, period=f"20260{n}", amount=100 + n) for n, each in enumerate(schemes, 1))
        known.cards[at] = structs.replace(known.cards[at], premiums=bills)
        self.desk = TerminalDesk(
            keys=known.keys, cards=known.cards, books=DeskBooks(), now=lambda: TIME, random=self.rng.randbytes
        )
        self.counters = [PremiumCounter(self.desk, desk_card(PROFILE, each)) for each in (TERMINAL, ELSEWHERE)]
        self.vouchers: dict[str, PremiumDue] = {}
        self.made: list[tuple[PremiumDue, BankPayment | None, str]] = []
        self.kept: set[tuple[str, str]] = set()
        self.number = 0

    def ask(self) -> None:
        answer = self.rng.choice(self.counters).asked(scheme=self.rng.choice(("", "110", "390")))
        if isinstance(answer, PremiumDue):
            old = self.vouchers.setdefault(answer.voucher, answer)
            assert (old.amount, old.scheme, old.period) == (answer.amount, answer.scheme, answer.period)
            assert answer.voucher not in {voucher for voucher, _ in self.kept}

    def pay(self) -> None:
        if self.vouchers:
            self.number += 1
            bill = self.rng.choice(list(self.vouchers.values()))
            self.made.append((bill, bank(self.number), f"2026011509{self.number:04d}"))
            if self.rng.random() < 0.8:
                self.report(len(self.made) - 1)

    def report(self, which: int | None = None) -> None:
        if not self.made:
            return
        bill, payment, time = self.made[self.rng.randrange(len(self.made)) if which is None else which]
        answer = self.rng.choice(self.counters).paid(bill, payment, time=time)
        name = bill.voucher, time
        if isinstance(answer, ServiceDone):
            self.kept.add(name)
        else:
            assert said(answer) in ("premium-paid", "payment-cancelled")
            assert name not in self.kept

    def take_back(self) -> None:
        if self.made:
            bill, payment, time = self.rng.choice(self.made)
            assert said(self.rng.choice(self.counters).cancelled(bill, payment, time=time)) == "ServiceDone"
            self.kept.discard((bill.voucher, time))


@pytest.mark.parametrize("seed", range(25))
def test_after_any_history_each_premium_is_paid_once_or_not_at_all(seed):
    payer = PremiumHistory(seed)
    for _ in range(50):
        payer.rng.choice((payer.ask, payer.pay, payer.pay, payer.report, payer.take_back))()
        vouchers = [voucher for voucher, _ in payer.kept]
        assert len(vouchers) == len(set(vouchers))
        whole = sum(payer.vouchers[voucher].amount for voucher in vouchers)
        assert sum(fen for name, fen in moved(payer.desk).items() if name.startswith("premiums/")) == whole
        assert payer.desk.books.balance("collected") == -whole
    papers = payer.desk.books.papers(PremiumPaper)
    assert {each.voucher for each in papers if each.paid_by} == {voucher for voucher, _ in payer.kept}
    payer.desk.close()
