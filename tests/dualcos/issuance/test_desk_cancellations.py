"""撤销结算: a settlement that is taken back has moved nothing in the end, in every mode; once, by whoever made it, and
only one that the card has proved.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
from msgspec import structs

from dualcos.issuance.bureau.terminal_services.registered_cards import RegionTerms
from dualcos.issuance.bureau.terminal_services.settlement_service import SettlementPaper
from dualcos.issuance.bureau.terminal_services.terminal_desk import TerminalDesk
from dualcos.messages.social_services import (
    LoadGranted,
    ServiceDone,
    ServiceRefused,
    SettlementCancelled,
    SettlementGivenUp,
    SettlementReported,
    SettlementTaken,
    SettlementTakenBack,
)
from tests.demonstration_desk import OPENING, demonstration_desk
from tests.desk_cards import DeskCard, desk_card

PROFILE = "social-2.0"
NUMBERS = ("time", "terminal_sequence", "sequence", "tac")


@pytest.fixture
def card():
    return desk_card(PROFILE)


@pytest.fixture
def desk():
    made = demonstration_desk([PROFILE])
    yield made
    made.close()


def said(answer: object) -> str:
    return answer.code if isinstance(answer, ServiceRefused) else type(answer).__name__


def moved(desk: TerminalDesk) -> dict[str, int]:
    balances = desk.books.balances()
    assert sum(balances.values()) == 0
    return {name: fen for name, fen in balances.items() if fen}


def by_voucher(card: DeskCard, voucher: str) -> SettlementCancelled:
    return SettlementCancelled(**card.about(voucher=voucher))


def by_numbers(card: DeskCard, report: SettlementReported, **changed: Any) -> SettlementCancelled:
    told = {name: getattr(report, name) for name in NUMBERS}
    return SettlementCancelled(**card.about(**(told | changed)))


def settled(desk: TerminalDesk, card: DeskCard, total: int = 11_000, **more: Any) -> tuple[SettlementReported, str]:
    """One on line: what was reported, its voucher."""
    report = card.settlement(desk.ask(card.pre_settlement(total)), **more)
    assert isinstance(desk.ask(report), SettlementTaken)
    return report, report.voucher


def off_line(desk: TerminalDesk, card: DeskCard, total: int = 300) -> tuple[SettlementReported, str]:
    report = card.debited(0, total, total)
    taken = desk.ask(report)
    assert isinstance(taken, SettlementTaken)
    return report, taken.voucher


# --- what comes back --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [1, 2])
def test_account_and_fund_have_their_money_again(card, mode):
    """Fund 7000, account 1000, holder 3000 of 11000: the account is short, as the rest went onto the card."""
    desk = demonstration_desk([PROFILE], terms=RegionTerms(mode=mode))
    desk.ask(card.load(OPENING - 1000))
    before = moved(desk)
    _, voucher = settled(desk, card)
    assert moved(desk) != before
    answer = desk.ask(by_voucher(card, voucher))
    assert isinstance(answer, SettlementTakenBack)
    assert (answer.account, answer.pooled, answer.self_paid, answer.to_load) == (1000, 7000, 3000, 0)
    assert answer.voucher == voucher
    assert moved(desk) == before
    (paper,) = desk.books.papers(SettlementPaper)
    assert (paper.state, paper.cancellation) == ("cancelled", answer.cancellation)
    assert desk.ask(card.pre_settlement(11_000)).account == 1000
    desk.close()


def test_what_the_cards_own_account_paid_is_loaded_onto_it_again(card):
    """Mode 3: the card stays debited. Its money goes where all money on it came from, and comes by the next load."""
    desk = demonstration_desk([PROFILE], opening=10_000, terms=RegionTerms(mode=3))
    asked = card.load(8000)
    desk.ask(card.credit(asked, desk.ask(asked)))
    granted = desk.ask(card.pre_settlement(9000))
    assert (granted.account, granted.pooled, granted.self_paid) == (3400, 5600, 0)
    report = card.debited(3400, 0, 5600, voucher=granted.voucher)
    desk.ask(report)
    answer = desk.ask(by_voucher(card, granted.voucher))
    assert (answer.account, answer.pooled, answer.self_paid, answer.to_load) == (3400, 5600, 0, 3400)
    purse, holder = f"purse/{card.read.identification}", f"holder/{card.social_number}"
    assert moved(desk) == {"opening": -10_000, holder: 5400, purse: 4600}
    card.balance -= 3400
    again = card.load(3400, random=b"\1\2\3\4")
    granted_again = desk.ask(again)
    assert isinstance(granted_again, LoadGranted)
    assert isinstance(desk.ask(card.credit(again, granted_again)), ServiceDone)
    assert moved(desk) == {"opening": -10_000, holder: 2000, purse: card.balance}
    desk.close()


def test_a_settlement_off_line_is_named_by_its_numbers(desk, card):
    before = desk.ask(card.pre_settlement(1)), moved(desk)
    report, voucher = off_line(desk, card)
    answer = desk.ask(by_numbers(card, report))
    assert isinstance(answer, SettlementTakenBack)
    assert (answer.voucher, answer.account, answer.pooled, answer.self_paid) == (voucher, 300, 0, 0)
    assert moved(desk) == before[1]


def test_cards_off_line_figures_stay_as_they_are(desk, card):
    """Mode 2: the card has settled off line, and it has come in; whether somebody took it back is another matter."""
    report, _ = off_line(desk, card)
    assert isinstance(desk.ask(by_numbers(card, report)), SettlementTakenBack)
    older = card.pre_settlement(100, offline_flag="1", offline_amount=0, offline_count=0)
    assert said(desk.ask(older)) == "offline-figures-older"
    granted = desk.ask(card.pre_settlement(100, offline_flag="1", offline_amount=300, offline_count=1))
    taken = desk.ask(card.settlement(granted))
    assert (taken.offline_flag, taken.offline_amount, taken.offline_count) == ("1", 0, 0)


def test_a_settlement_found_is_taken_back_as_it_was_booked(desk, card):
    """These books never knew who pays: nobody has anything back but the holder, and nobody is owed."""
    before = desk.ask(card.pre_settlement(1)), moved(desk)
    report = card.debited(0, 5000, 4000, voucher="S0000000009-FFFFFFFF")
    desk.ask(report)
    answer = desk.ask(by_numbers(card, report, voucher=report.voucher))
    assert isinstance(answer, SettlementTakenBack)
    assert (answer.account, answer.pooled, answer.self_paid) == (0, 0, 1000)
    assert moved(desk) == before[1]


# --- named and refused ------------------------------------------------------------------------------------------------


def test_both_names_are_one_settlements(desk, card):
    report, voucher = settled(desk, card)
    other, other_voucher = settled(desk, card)
    assert said(desk.ask(by_numbers(card, report, voucher=other_voucher))) == "settlement-differs"
    assert isinstance(desk.ask(by_numbers(card, report, voucher=voucher)), SettlementTakenBack)
    assert isinstance(desk.ask(by_numbers(card, other)), SettlementTakenBack)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("time", "20260115100001", "settlement-not-reported"),
        ("time", "", "settlement-not-reported"),
        ("terminal_sequence", "00000002", "settlement-not-reported"),
        ("terminal_sequence", "", "settlement-not-reported"),
        ("sequence", "0002", "settlement-differs"),
        ("sequence", "", "settlement-differs"),
        ("tac", "00000000", "settlement-differs"),
        ("tac", "", "settlement-differs"),
    ],
)
def test_each_number_must_be_its_own(desk, card, name, value, code):
    report, _ = off_line(desk, card)
    booked = moved(desk)
    assert said(desk.ask(by_numbers(card, report, **{name: value}))) == code
    assert moved(desk) == booked


@pytest.mark.parametrize("name", NUMBERS)
def test_one_number_alone_is_no_name_and_does_not_help_a_voucher(desk, card, name):
    report, voucher = settled(desk, card)
    alone = dict.fromkeys(NUMBERS, "") | {name: getattr(report, name)}
    assert said(desk.ask(by_numbers(card, report, voucher=voucher, **alone))) == "settlement-not-reported"


def test_nothing_named_is_nothing(desk, card):
    settled(desk, card)
    assert said(desk.ask(SettlementCancelled(**card.about()))) == "voucher-unknown"
    assert said(desk.ask(by_voucher(card, "S0000000009-FFFFFFFF"))) == "voucher-unknown"


def test_another_cards_numbers_are_none(desk, card):
    report, voucher = off_line(desk, card)
    stolen = structs.replace(card.read, identification="00" * 16, number="")
    for request in (by_numbers(card, report), by_voucher(card, voucher)):
        assert said(desk.ask(structs.replace(request, card=stolen))) in ("settlement-differs", "voucher-of-another")


def test_another_terminal_does_not_take_it_back(desk, card):
    _, voucher = settled(desk, card)
    assert said(desk.ask(by_voucher(desk_card(PROFILE, "990000000002"), voucher))) == "voucher-of-another"


@pytest.mark.parametrize("unknown", [None, False, True])
def test_what_has_not_come_in_cannot_be_taken_back(desk, card, unknown):
    """Open, given up, or nobody knows: there is nothing in the books."""
    granted = desk.ask(card.pre_settlement(5000))
    if unknown is not None:
        desk.ask(SettlementGivenUp(**card.about(voucher=granted.voucher, unknown=unknown)))
    assert said(desk.ask(by_voucher(card, granted.voucher))) == "settlement-not-reported"
    assert isinstance(desk.ask(card.settlement(granted)), SettlementTaken)


def test_a_settlement_under_dispute_stays_there(desk, card):
    _, voucher = settled(desk, card, mac2_wrong=True)
    booked = moved(desk)
    assert said(desk.ask(by_voucher(card, voucher))) == "settlement-disputed"
    assert moved(desk) == booked


def test_once_is_enough(desk, card):
    """The same request again is answered as before; asked anew, it has been taken back."""
    report, voucher = settled(desk, card)
    request = by_voucher(card, voucher)
    answer = desk.ask(request)
    back = moved(desk)
    assert desk.ask(request) == answer
    assert said(desk.ask(by_voucher(card, voucher))) == said(desk.ask(by_numbers(card, report))) == "cancelled-already"
    assert moved(desk) == back


def test_what_was_taken_back_does_not_come_again(desk, card):
    """Its report once more is the report it was; nothing else settles under its voucher."""
    report, voucher = settled(desk, card)
    desk.ask(by_voucher(card, voucher))
    back = moved(desk)
    again = structs.replace(report, running=card.about()["running"])
    assert isinstance(desk.ask(again), SettlementTaken)
    assert said(desk.ask(card.debited(0, 11_000, 11_000, voucher=voucher))) == "voucher-used"
    assert said(desk.ask(SettlementGivenUp(**card.about(voucher=voucher)))) == "voucher-used"
    assert moved(desk) == back


def test_a_settlement_of_a_card_that_was_lost_since(desk, card):
    _, voucher = settled(desk, card)
    at = card.read.identification
    register: Any = desk._means.cards
    register[at] = structs.replace(register[at], state="2")
    assert isinstance(desk.ask(by_voucher(card, voucher)), SettlementTakenBack)


def test_it_is_taken_back_once_across_a_restart(tmp_path, card):
    path = tmp_path / "books.db"
    first = demonstration_desk([PROFILE], path=path)
    _, voucher = settled(first, card)
    request = by_voucher(card, voucher)
    answer = first.ask(request)
    back = moved(first)
    first.close()
    second = demonstration_desk([PROFILE], path=path, series=b"after")
    assert second.ask(request) == answer
    assert said(second.ask(by_voucher(card, voucher))) == "cancelled-already"
    assert moved(second) == back
    second.close()


@pytest.mark.parametrize("seed", range(15))
def test_after_any_history_only_what_stands_has_moved(seed):
    """Settlements on line and off line, some taken back at once or later or twice: the rest alone is owed."""
    rng = random.Random(seed)  # noqa: S311 - histories to be had again
    card, desk = desk_card(PROFILE), demonstration_desk([PROFILE], terms=RegionTerms(mode=rng.choice((1, 2))))
    standing: dict[str, int] = {}
    every: list[tuple[SettlementReported, str]] = []
    for _ in range(40):
        if not every or rng.random() < 0.6:
            make = rng.choice((settled, off_line))
            report, voucher = make(desk, card, rng.randrange(1, 9000))
            every.append((report, voucher))
            standing[voucher] = report.self_paid
        else:
            report, voucher = rng.choice(every)
            request = rng.choice((by_numbers(card, report), by_voucher(card, voucher)))
            answer = desk.ask(request)
            assert said(answer) == ("SettlementTakenBack" if voucher in standing else "cancelled-already")
            standing.pop(voucher, None)
            assert desk.ask(request) == answer
        assert moved(desk).get(f"provider/{card.terminal}", 0) == sum(standing.values())
    desk.close()
