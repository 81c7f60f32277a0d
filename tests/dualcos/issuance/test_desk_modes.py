"""The three modes of a region (人社信息函〔2012〕38号): what the card's amounts mean, what goes back to it."""

from __future__ import annotations

import pytest

from dualcos.issuance.bureau.terminal_services.registered_cards import RegionTerms, Shares
from dualcos.issuance.bureau.terminal_services.terminal_desk import TerminalDesk
from dualcos.messages.social_services import (
    BlacklistAsked,
    BlacklistSent,
    CardCheckAsked,
    CardChecked,
    PreSettled,
    ServiceRefused,
    SettlementTaken,
)
from tests.demonstration_desk import OPENING, demonstration_desk
from tests.desk_cards import DeskCard, desk_card


@pytest.fixture
def card():
    return desk_card("social-2.0")


def online(desk: TerminalDesk, card: DeskCard, amount: int, count: int) -> SettlementTaken:
    granted = desk.ask(card.pre_settlement(100, offline_flag="1", offline_amount=amount, offline_count=count))
    answer = desk.ask(card.settlement(granted))
    assert isinstance(answer, SettlementTaken)
    return answer


def figures(answer: SettlementTaken) -> tuple[str, int | None, int | None]:
    return answer.offline_flag, answer.offline_amount, answer.offline_count


def test_what_was_uploaded_goes_off_the_cards_figures(card):
    desk = demonstration_desk(["social-2.0"])
    reports = [card.debited(0, 300, 300), card.debited(0, 200, 200)]
    desk.ask(reports[0])
    assert figures(online(desk, card, 500, 2)) == ("1", 200, 1)  # one is still with its terminal
    assert figures(online(desk, card, 500, 2)) == ("1", 200, 1)  # the card was not written
    desk.ask(reports[1])
    desk.ask(reports[1])
    assert figures(online(desk, card, 200, 1)) == ("1", 0, 0)
    assert desk.books.balance(f"provider/{card.terminal}") == 800
    desk.close()


def test_a_card_that_was_written_and_settled_as_much_again(card):
    """It shows the same figures, and they are others: it has made a purchase in between (38号)."""
    desk = demonstration_desk(["social-2.0"])
    desk.ask(card.debited(0, 300, 300))
    assert figures(online(desk, card, 300, 1)) == ("1", 0, 0)
    late = card.debited(0, 300, 300)
    assert figures(online(desk, card, 300, 1)) == ("1", 300, 1)
    desk.ask(late)
    assert figures(online(desk, card, 300, 1)) == ("1", 0, 0)
    desk.close()


def test_a_card_that_was_not_written_is_told_all_that_has_come_in(card):
    desk = demonstration_desk(["social-2.0"])
    reports = [card.debited(0, 300, 300), card.debited(0, 300, 300)]
    desk.ask(reports[0])
    assert figures(online(desk, card, 600, 2)) == ("1", 300, 1)
    desk.ask(reports[1])
    for _ in range(2):
        assert figures(online(desk, card, 600, 2)) == ("1", 0, 0)
    more = card.debited(0, 50, 50)
    assert figures(online(desk, card, 650, 3)) == ("1", 50, 1)  # still not written, and one more
    desk.ask(more)
    assert figures(online(desk, card, 50, 1)) == ("1", 0, 0)
    desk.close()


def test_a_report_of_long_ago_changes_no_figures(card):
    desk = demonstration_desk(["social-2.0"])
    desk.ask(card.debited(0, 300, 300))
    late = card.settlement(desk.ask(card.pre_settlement(100, offline_flag="1", offline_amount=300, offline_count=1)))
    assert figures(online(desk, card, 300, 1)) == ("1", 0, 0)
    assert figures(desk.ask(late)) == ("", None, None)
    assert figures(online(desk, card, 0, 0)) == ("1", 0, 0)
    desk.close()


def test_money_of_the_card_is_no_figure_of_its_off_line_file(card):
    """What a card's own account has paid off line goes by no limit of the file (38号)."""
    desk = demonstration_desk(["social-2.0"])
    asked = card.load(500)
    desk.ask(card.credit(asked, desk.ask(asked)))
    desk.ask(card.debited(500, 0, 0))
    card.debited(0, 300, 300)
    assert figures(online(desk, card, 300, 1)) == ("1", 300, 1)
    desk.close()


def test_figures_are_never_less_than_nothing(card):
    desk = demonstration_desk(["social-2.0"], terms=RegionTerms(offline_difference="go on"))
    desk.ask(card.debited(0, 300, 300))
    assert figures(online(desk, card, 100, 0)) == ("1", 0, 0)
    desk.close()


def judged(desk: TerminalDesk, card: DeskCard, amount: int, count: int, total: int = 100) -> str:
    """Pre-settled, or why not."""
    asked = card.pre_settlement(total, offline_flag="1", offline_amount=amount, offline_count=count)
    answer = desk.ask(asked)
    return answer.code if isinstance(answer, ServiceRefused) else "goes on"


GOES_ON, OLDER, MISSING = "goes on", "offline-figures-older", "offline-uploads-missing"


@pytest.mark.parametrize(
    ("difference", "verdicts"),
    [
        (None, [OLDER, OLDER, GOES_ON, GOES_ON]),
        ("refuse older", [OLDER, OLDER, GOES_ON, GOES_ON]),
        ("go on", [GOES_ON] * 4),
        ("refuse any", [OLDER, OLDER, GOES_ON, MISSING]),
    ],
)
def test_a_card_that_shows_less_than_has_come_in_is_an_older_one(card, difference, verdicts):
    """Two settlements of 500 in all have come in; a card that shows more has others with terminals (38号, inferred)."""
    terms = RegionTerms() if difference is None else RegionTerms(offline_difference=difference)
    desk = demonstration_desk(["social-2.0"], terms=terms)
    for amount in (300, 200):
        desk.ask(card.debited(0, amount, amount))
    shown = [(499, 2), (500, 1), (500, 2), (501, 3)]
    assert [judged(desk, card, *figures) for figures in shown] == verdicts
    assert judged(desk, card, 500, 3) == (MISSING if difference == "refuse any" else GOES_ON)
    desk.close()


def test_a_card_that_shows_less_than_it_was_told_is_an_older_one(card):
    desk = demonstration_desk(["social-2.0"])
    desk.ask(card.debited(0, 300, 300))
    assert figures(online(desk, card, 500, 2)) == ("1", 200, 1)
    shown = [(199, 1), (200, 0), (0, 0), (200, 1), (500, 2), (600, 2)]
    assert [judged(desk, card, *each) for each in shown] == [OLDER] * 3 + [GOES_ON] * 3
    desk.close()


def test_a_report_that_comes_late_takes_no_upload_off_twice_or_never(card):
    """Pre-settled, then 300 off line elsewhere and uploaded, then the first report: the card's 300 have come in."""
    desk = demonstration_desk(["social-2.0"], terms=RegionTerms(offline_difference="refuse any"))
    granted = desk.ask(card.pre_settlement(100, offline_flag="1", offline_amount=0, offline_count=0))
    late = card.settlement(granted)
    desk.ask(card.debited(0, 300, 300))
    desk.ask(late)
    assert judged(desk, card, 300, 1) == GOES_ON
    assert figures(online(desk, card, 300, 1)) == ("1", 0, 0)
    assert judged(desk, card, 0, 0) == GOES_ON
    desk.close()


def test_a_card_that_was_not_written_has_nothing_missing(card):
    """It shows the same again, and all that came in is known."""
    desk = demonstration_desk(["social-2.0"], terms=RegionTerms(offline_difference="refuse any"))
    desk.ask(card.debited(0, 300, 300))
    assert figures(online(desk, card, 300, 1)) == ("1", 0, 0)
    assert judged(desk, card, 300, 1) == GOES_ON
    assert judged(desk, card, 0, 0) == GOES_ON
    desk.close()


@pytest.mark.parametrize("mode", [1, 3])
def test_in_another_mode_nobody_asks_what_the_card_shows(card, mode):
    desk = demonstration_desk(["social-2.0"], terms=RegionTerms(mode=mode, offline_difference="refuse any"))
    desk.ask(card.debited(0, 300, 300))
    assert judged(desk, card, 0, 0) == judged(desk, card, 900, 9) == GOES_ON
    desk.close()


def test_what_was_spent_off_line_is_not_there_to_be_spent_again(card):
    """The account has 1000; of the 700 that the card shows 300 have come in, so the account will have to pay 400."""
    desk = demonstration_desk(["social-2.0"], opening=1000, terms=RegionTerms(pooled_permille=0))
    desk.ask(card.debited(0, 300, 300))
    asked = card.pre_settlement(1000, offline_flag="1", offline_amount=700, offline_count=2)
    answer = desk.ask(asked)
    assert isinstance(answer, PreSettled)
    assert (answer.account, answer.self_paid) == (300, 700)
    desk.close()


def test_a_terminal_that_says_no_figures_gets_none(card):
    desk = demonstration_desk(["social-2.0"])
    answer = desk.ask(card.settlement(desk.ask(card.pre_settlement(100))))
    assert figures(answer) == ("", None, None)
    desk.close()


def test_no_card_settles_off_line_in_another_mode(card):
    desk = demonstration_desk(["social-2.0"], terms=RegionTerms(mode=1))
    assert figures(online(desk, card, 0, 0)) == ("0", 0, 0)
    desk.close()


def test_a_card_that_holds_the_money_pays_with_it(card):
    """Mode 3: the account's part is the card's own, the other two stand beside it (SSC-7 §12)."""
    desk = demonstration_desk(["social-2.0"], terms=RegionTerms(mode=3))
    asked = card.load(2000)
    desk.ask(card.credit(asked, desk.ask(asked)))
    granted = desk.ask(card.pre_settlement(11_000))
    assert granted == PreSettled(
        running=card.running, voucher=granted.voucher, account=2000, pooled=7000, self_paid=2000
    )
    answer = desk.ask(card.debited(granted.account, granted.self_paid, granted.pooled, voucher=granted.voucher))
    assert isinstance(answer, SettlementTaken)
    off_line = desk.ask(card.debited(0, 50, 0))
    assert isinstance(off_line, SettlementTaken)
    balances = desk.books.balances()
    assert balances[f"purse/{card.read.identification}"] == 0
    assert balances[f"holder/{card.social_number}"] == OPENING - 2000
    assert (balances["fund"], balances["counter"]) == (-7000, -2050)
    assert balances[f"provider/{card.terminal}"] == 11_050
    desk.close()


def test_a_refused_mac2_leaves_the_cards_money_disputed(card):
    desk = demonstration_desk(["social-2.0"], terms=RegionTerms(mode=3))
    asked = card.load(2000)
    desk.ask(card.credit(asked, desk.ask(asked)))
    desk.ask(card.debited(500, 0, 0, mac2_wrong=True))
    balances = desk.books.balances()
    assert (balances[f"purse/{card.read.identification}"], balances["disputed"]) == (1500, 500)
    desk.close()


@pytest.mark.parametrize(
    ("total", "available", "shares"),
    [
        (0, 0, Shares(0, 0, 0)),
        (1000, 5000, Shares(1000, 0, 0)),
        (1001, 5000, Shares(1001, 0, 0)),
        (1002, 5000, Shares(1001, 1, 0)),
        (1002, 0, Shares(0, 1, 1001)),
        (2000, -5, Shares(0, 700, 1300)),
    ],
)
def test_shares_make_the_total_and_round_down_for_the_fund(total, available, shares):
    assert RegionTerms().shares(total, available) == shares
    assert sum(shares) == total


@pytest.mark.parametrize(
    ("terminal", "file", "may"),
    [
        ("990000000001", "DF04EF05", True),
        ("990000000001", "DF04EF06", False),
        ("990000000002", "DF04EF06", True),
        ("990000000003", "DF01EF05", True),
        ("990000000003", "DF04EF05", False),
    ],
)
def test_which_terminal_may_update_what(terminal, file, may):
    terms = RegionTerms(updates={"990000000001": ("DF04EF05",), "990000000002": ("*",), "*": ("DF01EF05",)})
    assert terms.may_update(terminal, file) is may


def test_a_card_is_checked_whatever_its_state(card):
    desk = demonstration_desk(["social-2.0"])
    answer = desk.ask(CardCheckAsked(**card.about()))
    assert answer == CardChecked(running=card.running, state="1", insured_at="990000")
    desk.close()


def test_blacklists_come_from_their_publisher(card):
    class Publisher:
        def since(self, after: int, history: str, /) -> tuple[str, ...]:
            return ("one", "two")[0 if history else after :]

    desk = demonstration_desk(["social-2.0"], lists=Publisher())
    asked = {"terminal": card.terminal, "after": 1}
    assert desk.ask(BlacklistAsked(running=1, **asked)) == BlacklistSent(running=1, lists=("two",))
    assert desk.ask(BlacklistAsked(running=2, terminal=card.terminal)) == BlacklistSent(running=2, lists=("one", "two"))
    other = BlacklistAsked(running=3, history="0" * 64, **asked)
    assert desk.ask(other) == BlacklistSent(running=3, lists=("one", "two"))
    desk.close()
    empty = demonstration_desk(["social-2.0"])
    assert empty.ask(BlacklistAsked(running=1, terminal=card.terminal)) == BlacklistSent(running=1, lists=())
    empty.close()
