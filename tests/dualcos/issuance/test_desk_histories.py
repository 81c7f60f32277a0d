"""Whatever terminals ask, in whatever order and however often: no fen comes or goes, nothing is done twice, and what
the card has done is what the books say in the end.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
from msgspec import structs

from dualcos.issuance.bureau.terminal_services.load_service import LoadPaper
from dualcos.issuance.bureau.terminal_services.settlement_service import SettlementPaper
from dualcos.issuance.bureau.terminal_services.terminal_desk import TerminalDesk
from dualcos.messages.social_services import (
    LoadGranted,
    LoadReported,
    PreSettled,
    ServiceDone,
    ServiceRefused,
    SettlementGivenUp,
    SettlementTaken,
)
from tests.demonstration_desk import OPENING, demonstration_desk
from tests.desk_cards import DeskCard, desk_card

PROFILES = ("social-1.0", "dual-3.0-sm4")


class History:
    """A card and its terminals, who lose answers, forget, ask again and report late."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - histories to be had again
        self.card: DeskCard = desk_card(PROFILES[seed % len(PROFILES)])
        self.desk: TerminalDesk = demonstration_desk([PROFILES[seed % len(PROFILES)]])
        self.asked: list[tuple[Any, Any]] = []
        self.owed: list[Any] = []
        self.loaded = self.settled = 0

    def ask(self, request: Any) -> Any:
        answer = self.desk.ask(request)
        self.asked.append((request, answer))
        assert sum(self.desk.books.balances().values()) == 0
        return answer

    def load(self) -> None:
        asked = self.card.load(self.rng.randrange(1, 5000), self.rng.randbytes(4))
        granted = self.ask(asked)
        if not isinstance(granted, LoadGranted):
            assert granted.code == "not-enough"
        elif self.rng.random() < 0.6:  # the card gets MAC2
            self.loaded += asked.amount
            self.owed.append(self.card.credit(asked, granted))
        elif self.rng.random() < 0.5:  # it did not, and says so; else the terminal has forgotten it
            self.owed.append(LoadReported(**self.card.about(voucher=granted.voucher, tac="")))

    def settle(self) -> None:
        granted = self.ask(self.card.pre_settlement(self.rng.randrange(0, 20_000)))
        assert isinstance(granted, PreSettled)
        if self.rng.random() < 0.7:
            report = self.card.settlement(granted)
            self.settled += report.self_paid
            self.owed.append(report)
        else:
            unknown = self.rng.random() < 0.3
            self.owed.append(SettlementGivenUp(**self.card.about(voucher=granted.voucher, unknown=unknown)))

    def off_line(self) -> None:
        total = self.rng.randrange(1, 3000)
        self.settled += total
        self.owed.append(self.card.debited(0, total, total))

    def report(self) -> None:
        if self.owed:
            report = self.owed.pop(self.rng.randrange(len(self.owed)))
            assert isinstance(self.ask(report), ServiceDone | SettlementTaken)

    def again(self) -> None:
        """A request once more: the same answer, and nothing has happened."""
        if not self.asked:
            return
        request, answer = self.rng.choice(self.asked)
        before = self.desk.books.balances()
        assert self.desk.ask(request) == answer
        assert self.desk.books.balances() == before

    def again_anew(self) -> None:
        """A settlement that the terminal reports once more, as a new request: taken, and counted once."""
        reports = [pair for pair in self.asked if isinstance(pair[1], SettlementTaken)]
        if not reports:
            return
        request, answer = self.rng.choice(reports)
        before = self.desk.books.balances()
        running = self.card.about()["running"]
        assert self.ask(structs.replace(request, running=running)) == structs.replace(answer, running=running)
        assert self.desk.books.balances() == before


@pytest.mark.parametrize("seed", range(40))
def test_a_random_history_ends_with_whole_books(seed):
    history = History(seed)
    acts = (history.load, history.settle, history.off_line, history.report, history.again, history.again_anew)
    for _ in range(60):
        history.rng.choice(acts)()
    while history.owed:
        history.report()
    balances = history.desk.books.balances()
    assert balances.get(f"purse/{history.card.read.identification}", 0) == history.loaded == history.card.balance
    assert balances.get(f"provider/{history.card.terminal}", 0) == history.settled
    lost = [load for load in history.desk.books.papers(LoadPaper) if load.state == "in transit"]
    assert balances.get("transit", 0) == sum(load.amount for load in lost)
    assert balances["opening"] == -OPENING
    vouchers = [paper.voucher for paper in history.desk.books.papers(SettlementPaper)]
    assert len(vouchers) == len(set(vouchers))
    history.desk.close()


# --- one at a time ---------------------------------------------------------------------------------------------------


@pytest.fixture
def desk():
    made = demonstration_desk(["social-2.0"])
    yield made
    made.close()


@pytest.fixture
def card():
    return desk_card("social-2.0")


def holder(desk: TerminalDesk, card: DeskCard) -> int:
    return desk.books.balance(f"holder/{card.social_number}")


def test_a_load_that_no_card_has_comes_back_with_the_next(desk, card):
    """The card begins again with the same sequence number, under its MAC: it has never credited the first."""
    desk.ask(card.load(1000))
    assert holder(desk, card) == OPENING - 1000
    asked = card.load(400, random=b"\1\2\3\4")
    granted = desk.ask(asked)
    assert holder(desk, card) == OPENING - 400
    desk.ask(card.credit(asked, granted))
    assert desk.books.balance("transit") == 0


def test_the_same_beginning_under_another_number_is_the_same_load(desk, card):
    asked = card.load(1000)
    first = desk.ask(asked)
    second = desk.ask(structs.replace(asked, running=card.about()["running"]))
    assert second == structs.replace(first, running=card.running)
    assert holder(desk, card) == OPENING - 1000


def test_a_tac_counts_even_after_the_money_was_given_back(desk, card):
    asked = card.load(1000)
    granted = desk.ask(asked)
    report = card.credit(asked, granted)
    assert isinstance(desk.ask(LoadReported(**card.about(voucher=granted.voucher, tac=""))), ServiceDone)
    assert holder(desk, card) == OPENING
    assert isinstance(desk.ask(report), ServiceDone)
    assert holder(desk, card) == OPENING - 1000
    assert desk.books.balance(f"purse/{card.read.identification}") == 1000
    again = desk.ask(structs.replace(report, running=card.about()["running"]))
    assert isinstance(again, ServiceDone)
    assert holder(desk, card) == OPENING - 1000


def test_an_unknown_settlement_holds_its_money_and_one_given_up_does_not(desk, card):
    granted = desk.ask(card.pre_settlement(900_000))
    assert granted.account == 270_700
    desk.ask(SettlementGivenUp(**card.about(voucher=granted.voucher, unknown=True)))
    assert isinstance(desk.ask(card.load(OPENING - 270_699)), ServiceRefused)
    desk.ask(SettlementGivenUp(**card.about(voucher=granted.voucher)))
    assert isinstance(desk.ask(card.load(OPENING - 270_699)), LoadGranted)


def test_a_settlement_given_up_counts_when_its_tac_comes(desk, card):
    granted = desk.ask(card.pre_settlement(5000))
    desk.ask(SettlementGivenUp(**card.about(voucher=granted.voucher)))
    assert isinstance(desk.ask(card.settlement(granted)), SettlementTaken)
    assert desk.books.balance(f"provider/{card.terminal}") == 5000


def test_who_pays_what(desk, card):
    """The fund 70 % of what is beyond the deductible, the account the rest, the holder what the account lacks."""
    desk.ask(card.load(OPENING - 1000))
    granted = desk.ask(card.pre_settlement(11_000))
    assert (granted.pooled, granted.account, granted.self_paid) == (7000, 1000, 3000)
    desk.ask(card.settlement(granted))
    balances = desk.books.balances()
    assert (balances["fund"], balances["counter"]) == (-7000, -3000)
    assert holder(desk, card) == 0


def test_nobody_is_paid_for_a_settlement_whose_mac2_was_refused(desk, card):
    granted = desk.ask(card.pre_settlement(5000))
    taken = desk.ask(card.settlement(granted, mac2_wrong=True))
    assert isinstance(taken, SettlementTaken)
    assert desk.books.balance(f"provider/{card.terminal}") == 0
    assert [paper.state for paper in desk.books.papers(SettlementPaper)] == ["suspicious"]


def test_what_a_refused_mac2_leaves_is_put_aside(desk, card):
    """Account and fund have paid nobody; what is asked of them is disputed, and not there to be spent again."""
    granted = desk.ask(card.pre_settlement(5000))
    desk.ask(card.settlement(granted, mac2_wrong=True))
    balances = desk.books.balances()
    assert (granted.account, granted.pooled) == (2200, 2800)
    assert (balances["disputed"], balances["fund"], holder(desk, card)) == (5000, -2800, OPENING - 2200)
    off_line = card.debited(0, 300, 300, mac2_wrong=True)
    desk.ask(off_line)
    assert desk.books.balance("disputed") == 5300
    assert holder(desk, card) == OPENING - 2500


def test_a_refused_mac2_does_not_turn_right(desk, card):
    """The same settlement with the other word on MAC2 is another report."""
    report = card.settlement(desk.ask(card.pre_settlement(5000)), mac2_wrong=True)
    desk.ask(report)
    answer = desk.ask(structs.replace(report, running=card.about()["running"], mac2_wrong=False))
    assert isinstance(answer, ServiceRefused)
    assert answer.code == "settlement-differs"


def test_what_was_given_up_is_not_unknown_again(desk, card):
    granted = desk.ask(card.pre_settlement(900_000))
    for unknown in (False, True):
        desk.ask(SettlementGivenUp(**card.about(voucher=granted.voucher, unknown=unknown)))
    assert [paper.state for paper in desk.books.papers(SettlementPaper)] == ["given up"]
    assert isinstance(desk.ask(card.load(OPENING)), LoadGranted)
