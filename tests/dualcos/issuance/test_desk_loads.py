"""What proves that a card has a load: its TAC, its next load, or the terminal that asked; nobody else (SSC-7 §11).

And histories of loads in any order: requests that come late or twice, reports that are lost, come late, or lie. When
the card has begun once more, what it has is what the books say it has, and nobody has gained.
"""

from __future__ import annotations

import random
import shutil
from typing import Any

import pytest
from msgspec import structs

from dualcos.issuance.bureau.terminal_services.load_service import LoadPaper
from dualcos.issuance.bureau.terminal_services.terminal_desk import TerminalDesk
from dualcos.messages.social_services import (
    LoadAsked,
    LoadGranted,
    LoadReported,
    ServiceDone,
    ServiceRefused,
)
from tests.demonstration_desk import demonstration_desk
from tests.desk_cards import DeskCard, desk_card

PROFILES = ("social-2.0", "dual-3.0-sm4")
TERMINALS = ("990000000001", "990000000002")
MORE_THAN_A_CARD_HOLDS = 0xFFFFFFFF


@pytest.fixture
def desk():
    made = demonstration_desk(["social-2.0"], opening=1000)
    yield made
    made.close()


@pytest.fixture
def card():
    return desk_card("social-2.0")


def money(desk: TerminalDesk, card: DeskCard) -> tuple[int, int, int]:
    """With the holder, in transit, on the card."""
    names = f"holder/{card.social_number}", "transit", f"purse/{card.read.identification}"
    return tuple(desk.books.balance(name) for name in names)  # type: ignore[return-value]


def not_credited(card: DeskCard, granted: LoadGranted) -> LoadReported:
    return LoadReported(**card.about(voucher=granted.voucher, tac=""))


def begun_again(desk: TerminalDesk, card: DeskCard, randoms: bytes = b"\1\2\3\4") -> None:
    """The card begins a load that nobody can grant: all that it proves is what was before."""
    answer = desk.ask(card.load(MORE_THAN_A_CARD_HOLDS, randoms))
    assert isinstance(answer, ServiceRefused)
    assert answer.code == ("amount-too-large" if card.balance else "not-enough")


def test_the_next_load_proves_the_one_whose_tac_was_lost(desk, card):
    asked = card.load(600)
    card.credit(asked, desk.ask(asked))
    begun_again(desk, card)
    assert money(desk, card) == (400, 0, 600)


def test_money_given_back_for_a_lie_is_debited_again(desk, card):
    """The terminal said that the card had not credited it; the card, that it had. There is not enough for more."""
    asked = card.load(600)
    granted = desk.ask(asked)
    card.credit(asked, granted)
    assert isinstance(desk.ask(not_credited(card, granted)), ServiceDone)
    assert money(desk, card) == (1000, 0, 0)
    answer = desk.ask(card.load(900, b"\1\2\3\4"))
    assert isinstance(answer, ServiceRefused)
    assert answer.code == "not-enough"
    assert money(desk, card) == (400, 0, 600)


def test_a_tac_counts_after_the_card_has_proved_the_load(desk, card):
    asked = card.load(600)
    report = card.credit(asked, desk.ask(asked))
    begun_again(desk, card)
    assert isinstance(desk.ask(report), ServiceDone)
    assert money(desk, card) == (400, 0, 600)
    (paper,) = desk.books.papers(LoadPaper)
    assert (paper.state, paper.proven) == ("credited", True)
    assert getattr(desk.ask(not_credited(card, paper)), "code", "") == "credited-already"


def test_one_beginning_is_one_load_whatever_was_said_of_it(desk, card):
    """Given back and asked for again under another number, it has the same voucher, and is paid for again."""
    asked = card.load(600)
    granted = desk.ask(asked)
    desk.ask(not_credited(card, granted))
    again = desk.ask(structs.replace(asked, running=card.about()["running"]))
    assert again == structs.replace(granted, running=card.running)
    assert money(desk, card) == (400, 600, 0)
    desk.ask(card.credit(asked, again))
    assert money(desk, card) == (400, 0, 600)


def test_another_mac1_is_another_load(desk, card):
    """The same number and random number, and another amount: the card has begun anew."""
    first = desk.ask(card.load(600))
    asked = card.load(500)
    second = desk.ask(asked)
    assert isinstance(second, LoadGranted)
    assert second.voucher != first.voucher
    assert money(desk, card) == (500, 500, 0)


def test_which_of_two_with_one_number_the_card_has_its_balance_says(desk, card):
    """The first request comes late, when the card has credited the second; both reports are lost."""
    late = card.load(600)
    asked = card.load(300, b"\5\6\7\x08")
    card.credit(asked, desk.ask(asked))
    assert isinstance(desk.ask(late), LoadGranted)
    begun_again(desk, card)
    assert money(desk, card) == (700, 0, 300)


def test_a_tac_takes_back_what_was_concluded(desk, card):
    """Two loads of one amount under one number: the card's TAC says which it was, whatever was taken for true."""
    late = card.load(300)
    asked = card.load(300, b"\5\6\7\x08")
    report = card.credit(asked, granted := desk.ask(asked))
    desk.ask(late)
    begun_again(desk, card)
    assert isinstance(desk.ask(report), ServiceDone)
    assert money(desk, card) == (700, 0, 300)
    (credited,) = [each for each in desk.books.papers(LoadPaper) if each.state == "credited"]
    assert credited.voucher == granted.voucher


def test_a_load_that_cannot_be_what_the_card_shows_comes_back(desk, card):
    """The card has more than this load could have left on it: it was another one, which these books do not know."""
    desk.ask(card.load(600))
    card.balance, card.load_sequence = 700, 2
    begun_again(desk, card)
    assert money(desk, card) == (1000, 0, 0)


def test_a_card_that_has_spent_some_of_it_proves_it_too(desk, card):
    asked = card.load(600)
    card.credit(asked, desk.ask(asked))
    card.balance -= 250
    begun_again(desk, card)
    assert money(desk, card) == (400, 0, 600)


# --- books that were restored ----------------------------------------------------------------------------------------


def test_a_load_that_restored_books_do_not_know_is_found_by_its_tac(tmp_path, card):
    books, copy = tmp_path / "books.db", tmp_path / "copy.db"
    desk = demonstration_desk(["social-2.0"], opening=1000, path=books)
    desk.close()
    shutil.copy(books, copy)
    desk = demonstration_desk(["social-2.0"], opening=1000, path=books)
    asked = card.load(600)
    granted = desk.ask(asked)
    report = card.credit(asked, granted)
    desk.close()
    desk = demonstration_desk(["social-2.0"], opening=1000, path=copy, series=b"another")
    desk.ask(card.pre_settlement(1))
    assert getattr(desk.ask(report), "code", "") == "voucher-unknown"
    told = {"amount": 600, "balance": 0, "sequence": asked.sequence, "time": granted.time}
    for changed in ("amount", "balance"):
        wrong = structs.replace(report, **(told | {changed: 599, "running": card.about()["running"]}))
        assert getattr(desk.ask(wrong), "code", "") == "tac-wrong"
    for _ in range(2):
        assert isinstance(desk.ask(structs.replace(report, running=card.about()["running"], **told)), ServiceDone)
        assert money(desk, card) == (400, 0, 600)
    (paper,) = desk.books.papers(LoadPaper)
    assert (paper.state, paper.found) == ("credited", True)
    assert [entry.kind for entry in desk.books.entries()] == ["opening balance", "load found"]
    begun_again(desk, card)
    assert money(desk, card) == (400, 0, 600)
    desk.close()


@pytest.mark.parametrize("left_out", ["amount", "balance", "sequence", "time"])
def test_a_report_that_does_not_say_all_is_of_no_load(desk, card, left_out):
    told = {"amount": 600, "balance": 0, "sequence": "0001", "time": "20260115093000"}
    del told[left_out]
    answer = desk.ask(LoadReported(**card.about(voucher="L9", tac="00000000", **told)))
    assert isinstance(answer, ServiceRefused)
    assert answer.code == "voucher-unknown"


# --- any order -------------------------------------------------------------------------------------------------------


class LoadHistory:
    """Two cards at two terminals; whatever is sent may be delivered late, again, or never."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)  # noqa: S311 - histories to be had again
        self.cards = [desk_card(profile) for profile in PROFILES]
        self.opening = 3000
        self.desk = demonstration_desk(PROFILES, opening=self.opening)
        self.running = 0
        self.at_card: dict[str, LoadAsked] = {}
        self.begun: list[tuple[DeskCard, LoadAsked]] = []
        self.reports: list[LoadReported] = []
        self.vouchers: dict[str, str] = {}

    def of(self, card: DeskCard) -> DeskCard:
        """The card at one of the terminals; running numbers are never used twice."""
        self.running += 1
        card.terminal, card.running = self.draw.choice(TERMINALS), self.running * 10
        return card

    def ask(self, request: Any) -> Any:
        answer = self.desk.ask(request)
        balances = self.desk.books.balances()
        assert sum(balances.values()) == 0
        assert balances.get("transit", 0) >= 0
        return answer

    def begin(self) -> None:
        card = self.of(self.draw.choice(self.cards))
        asked = card.load(self.draw.choice((1, 300, 300, 700, 2000)), self.draw.randbytes(4))
        self.at_card[card.read.identification] = asked
        self.begun.append((card, asked))

    def deliver(self) -> None:
        """A request, by the last that was made or one of long ago; the card credits what it has begun itself."""
        if not self.begun:
            return
        card, asked = self.begun[-1] if self.draw.random() < 0.6 else self.draw.choice(self.begun)
        again = self.draw.random() < 0.3
        sent = structs.replace(asked, running=self.of(card).about()["running"]) if again else asked
        granted = self.ask(sent)
        if not isinstance(granted, LoadGranted):
            assert granted.code in ("not-enough", "sequence-used")
            return
        assert self.vouchers.setdefault(asked.mac1 + asked.random, granted.voucher) == granted.voucher
        if self.at_card.get(card.read.identification) is asked and self.draw.random() < 0.7:
            del self.at_card[card.read.identification]
            self.of(card)
            self.reports.append(card.credit(asked, granted))
        if self.draw.random() < 0.3:  # true or not
            self.of(card)
            self.reports.append(not_credited(card, granted))

    def report(self) -> None:
        if self.reports:
            told = self.draw.choice(self.reports)
            if self.draw.random() < 0.5:
                self.reports.remove(told)
            answer = self.ask(told)
            assert isinstance(answer, ServiceDone) or answer.code in ("voucher-of-another", "credited-already")

    def play(self) -> None:
        for _ in range(50):
            self.draw.choice((self.begin, self.deliver, self.deliver, self.report))()
        for card in self.cards:
            asked = self.of(card).load(MORE_THAN_A_CARD_HOLDS, b"last")
            assert isinstance(self.ask(asked), ServiceRefused)


@pytest.mark.parametrize("seed", range(40))
def test_when_the_cards_have_begun_once_more_the_books_are_true(seed):
    history = LoadHistory(seed)
    history.play()
    balances = history.desk.books.balances()
    for card in history.cards:
        assert balances.get(f"purse/{card.read.identification}", 0) == card.balance
    assert balances.get("transit", 0) == 0
    holders = {f"holder/{card.social_number}" for card in history.cards}
    has = sum(balances[name] for name in holders) + sum(card.balance for card in history.cards)
    assert has == history.opening * len(holders)
    history.desk.close()
