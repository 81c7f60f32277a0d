"""Settlements where something is otherwise: holds of each account, holds that end, vouchers that nobody here knows."""

from __future__ import annotations

import shutil

import pytest
from msgspec import structs

from dualcos.issuance.bureau.terminal_services.registered_cards import RegionTerms
from dualcos.issuance.bureau.terminal_services.settlement_service import SettlementPaper
from dualcos.issuance.bureau.terminal_services.terminal_desk import TerminalDesk
from dualcos.messages.social_services import (
    CardCheckAsked,
    CardChecked,
    LoadGranted,
    PreSettled,
    ServiceDone,
    ServiceRefused,
    SettlementGivenUp,
    SettlementTaken,
)
from tests.demonstration_desk import OPENING, demonstration_desk
from tests.desk_cards import DeskCard, desk_card

ON_CARD = RegionTerms(mode=3)


@pytest.fixture
def card():
    return desk_card("social-2.0")


@pytest.fixture
def desk():
    made = demonstration_desk(["social-2.0"])
    yield made
    made.close()


def code(answer: object) -> str:
    return answer.code if isinstance(answer, ServiceRefused) else type(answer).__name__


# --- holds -----------------------------------------------------------------------------------------------------------


def test_money_on_the_card_is_held_on_the_card(card):
    """Mode 3: a settlement that the purse will pay leaves the personal account free for loads, and the other way."""
    desk = demonstration_desk(["social-2.0"], opening=10_000, terms=ON_CARD)
    asked = card.load(8000)
    desk.ask(card.credit(asked, desk.ask(asked)))
    first = desk.ask(card.pre_settlement(9000))
    assert first.account == 3400
    second = desk.ask(card.pre_settlement(9000))
    assert second.account == 3400
    third = desk.ask(card.pre_settlement(9000))
    assert (third.account, third.self_paid) == (8000 - 2 * 3400, 3400 - 1200)
    assert code(desk.ask(card.load(2001, b"\1\2\3\4"))) == "not-enough"
    assert isinstance(desk.ask(card.load(2000, b"\1\2\3\4")), LoadGranted)
    desk.close()


@pytest.mark.parametrize("unknown", [False, True])
def test_a_hold_ends_when_nobody_has_spoken_for_long(card, unknown):
    """What is open, or unknown, holds for as many days as the region lays down; its TAC counts whenever it comes."""
    now = ["20260115093000"]
    desk = demonstration_desk(["social-2.0"], terms=RegionTerms(hold_days=30), now=lambda: now[0])
    granted = desk.ask(card.pre_settlement(900_000))
    if unknown:
        desk.ask(SettlementGivenUp(**card.about(voucher=granted.voucher, unknown=True)))
    now[0] = "20260214235959"
    assert code(desk.ask(card.load(OPENING))) == "not-enough"
    now[0] = "20260215000000"
    report = card.settlement(granted)
    assert isinstance(desk.ask(card.load(OPENING)), LoadGranted)
    assert isinstance(desk.ask(report), SettlementTaken)
    assert desk.books.balance(f"holder/{card.social_number}") == -granted.account
    desk.close()


# --- vouchers of other books -----------------------------------------------------------------------------------------


def restored(tmp_path, card: DeskCard, terms: RegionTerms) -> tuple[TerminalDesk, PreSettled]:
    """A desk whose books were put back to before a pre-settlement."""
    books, copy = tmp_path / "books.db", tmp_path / "copy.db"
    demonstration_desk(["social-2.0"], path=books).close()
    shutil.copy(books, copy)
    before = demonstration_desk(["social-2.0"], path=books, terms=terms)
    granted = before.ask(card.pre_settlement(10_000))
    before.close()
    assert isinstance(granted, PreSettled)
    return demonstration_desk(["social-2.0"], path=copy, terms=terms, series=b"after"), granted


@pytest.mark.parametrize("drawn_again", [False, True])
def test_a_settlement_that_restored_books_do_not_know_is_found(tmp_path, card, drawn_again):
    """The institution is owed it, as the card has paid; who else pays is not known here."""
    desk, granted = restored(tmp_path, card, RegionTerms())
    report = card.settlement(granted)
    other = desk_card("social-2.0", "990000000002")
    agreed = desk.ask(other.pre_settlement(5000))
    assert agreed.voucher != granted.voucher
    if drawn_again:
        report = structs.replace(report, voucher=agreed.voucher)
    taken = desk.ask(report)
    assert isinstance(taken, SettlementTaken)
    balances = desk.books.balances()
    assert balances[f"provider/{card.terminal}"] == 10_000
    assert balances["unforeseen"] == -(granted.account + granted.pooled)
    assert balances.get("counter", 0) == -granted.self_paid
    assert balances[f"holder/{card.social_number}"] == OPENING
    found = desk.books.paper(SettlementPaper, taken.voucher)
    assert found is not None
    assert (found.state, found.claimed) == ("found", report.voucher)
    again = desk.ask(structs.replace(report, running=card.about()["running"]))
    assert again == structs.replace(taken, running=card.running)
    assert code(desk.ask(SettlementGivenUp(**card.about(voucher=taken.voucher)))) == "voucher-used"
    assert isinstance(desk.ask(other.settlement(agreed)), SettlementTaken)
    desk.close()


def test_a_settlement_found_needs_its_tac(tmp_path, card):
    desk, granted = restored(tmp_path, card, RegionTerms())
    assert code(desk.ask(card.settlement(granted, tac="00000000"))) == "tac-wrong"
    assert "unforeseen" not in desk.books.balances()
    desk.close()


def test_a_card_that_holds_the_money_says_itself_who_pays(tmp_path, card):
    desk, granted = restored(tmp_path, card, ON_CARD)
    report = card.debited(300, 9000, 700, voucher=granted.voucher)
    assert isinstance(desk.ask(report), SettlementTaken)
    balances = desk.books.balances()
    assert (balances[f"purse/{card.read.identification}"], balances["fund"], balances["counter"]) == (-300, -700, -9000)
    assert "unforeseen" not in balances
    desk.close()


def test_a_refused_mac2_of_a_settlement_found_is_put_aside(tmp_path, card):
    desk, granted = restored(tmp_path, card, RegionTerms())
    desk.ask(card.settlement(granted, mac2_wrong=True))
    balances = desk.books.balances()
    assert balances["disputed"] == -balances["unforeseen"] == granted.account + granted.pooled
    assert f"provider/{card.terminal}" not in balances
    desk.close()


def test_figures_of_a_settlement_found_must_make_sense(desk, card):
    assert code(desk.ask(card.debited(0, 100, 101, voucher="S1"))) == "figures-differ"
    assert isinstance(desk.ask(card.debited(0, 100, 100, voucher="S1")), SettlementTaken)


# --- what should not have been ---------------------------------------------------------------------------------------


def test_an_off_line_settlement_counts_in_every_mode(card):
    """Mode 1 knows none; the card has paid nevertheless, and the account is overdrawn."""
    desk = demonstration_desk(["social-2.0"], opening=100, terms=RegionTerms(mode=1))
    assert isinstance(desk.ask(card.debited(0, 300, 300)), SettlementTaken)
    assert desk.books.balance(f"holder/{card.social_number}") == -200
    assert code(desk.ask(card.load(1))) == "not-enough"
    assert desk.ask(card.pre_settlement(500)).account == 0
    desk.close()


def test_nothing_is_kept_of_what_changes_nothing(desk, card):
    """A running number is held against a request that changed something, and no row is written for others."""
    assert isinstance(desk.ask(CardCheckAsked(**card.about())), CardChecked)
    granted = desk.ask(card.pre_settlement(100))
    assert isinstance(desk.ask(SettlementGivenUp(**card.about(voucher=granted.voucher))), ServiceDone)
    assert desk.books._ask("SELECT service FROM request ORDER BY running") == [
        ("PreSettlementAsked",),
        ("SettlementGivenUp",),
    ]
