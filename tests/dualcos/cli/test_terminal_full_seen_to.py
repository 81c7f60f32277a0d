"""``dualcos terminal full``: what the back end does not say of a bill, or says otherwise, is said to whoever stands
there, and ends with exit code 1.
"""

from __future__ import annotations

from typing import Any

import pytest

from dualcos.cli.main import run
from dualcos.messages.social_services import (
    PremiumAsked,
    ServiceDone,
    ServiceRefused,
    SettlementCancelled,
    SettlementTakenBack,
)
from tests.dualcos.cli.full_desk import CARD, lines, said, states, stops, told

__all__ = ["lines", "said", "told"]  # fixtures


def test_a_premium_that_nobody_answers_for_is_still_due_when_its_card_is_back(said, told, lines):
    told("premium --later", more="--storage full.db")
    lines.social_down = True
    code, sheets = told("resume", more="--storage full.db")
    assert (code, stops(sheets), states(sheets[0])) == (1, ["no-back-end"], ["due"])
    assert "`--backend HOST:PORT`" in sheets[0]["stop"]["advice"]
    _, out, err = said("resume", more="--storage full.db")
    assert "nothing of this card was open" not in out + err
    assert "后台无应答" in out + err
    code, sheets = told("resume --later", more="--storage full.db")
    assert (code, stops(sheets), states(sheets[0])) == (0, [None], ["due"])


def test_each_bill_that_is_due_is_told_when_its_card_is_back(told):
    code, sheets = told("settle 0 --own 3 --later", "settle 0 --own 4 --later", "sign-on", "try resume", "try resume")
    assert (code, [states(each) for each in sheets[3:5]]) == (0, [["due", "paid"], ["paid"]])
    assert stops(sheets)[3:] == ["due", None]


def test_a_premium_that_is_not_wanted_any_more_is_not_to_be_paid(told, lines):
    told("premium --later", more="--storage full.db")
    lines.refusing[PremiumAsked] = lambda running: ServiceRefused(
        running=running, code="nothing-due", zh="没有应缴的保险费", en="nothing is due"
    )
    for step in ("resume", "pay 1"):
        code, sheets = told(step, more="--storage full.db")
        assert (code, stops(sheets), sheets[0]["stop"]["bill"]) == (1, ["not-wanted"], 1)
        assert "nothing is due" in sheets[0]["stop"]["en"]
        assert "cash" not in sheets[0]["stop"]["advice"]


def test_a_premium_that_is_refused_names_the_clause_of_premiums(told, lines):
    lines.refusing[PremiumAsked] = lambda running: ServiceRefused(running=running, code="no", zh="否", en="no")
    code, sheets = told("premium --later")
    assert (code, sheets[0]["stop"]["cause"]) == (1, "back-end-refused")
    assert sheets[0]["stop"]["clause"] == "总体方案 二（二）"


@pytest.mark.parametrize("period", ["202600", "202613", "20261"])
def test_a_period_is_a_month_or_a_year(said, period):
    code, _, err = said(f"premium --period {period}")
    assert code == 2
    assert "YYYYMM" in err


def test_what_was_taken_back_is_told_by_the_back_ends_number(told):
    code, sheets = told("settle 200 --own 15 --later", "cash 1", "cancel 1")
    (bill,) = sheets[2]["bills"]
    back, shares = bill["taken_back"], bill["shares"]
    assert (code, back["as_settled"], back["to_load"]) == (0, True, 0)
    assert {name: back[name] for name in shares} == shares
    paper = "".join("".join(slip["lines"]) for slip in sheets[2]["slips"])
    assert back["cancellation"] in paper
    assert "请退还现金" in paper


def test_what_was_taken_back_otherwise_is_not_done_and_stays_on_the_list(told, lines):
    lines.refusing[SettlementCancelled] = lambda running: SettlementTakenBack(
        running=running, voucher="S1", cancellation="C1", account=1, pooled=2, self_paid=3
    )
    code, sheets = told("settle 200 --own 15 --later", "cash 1", "try cancel 1", "bills", "slip 1")
    assert (code, stops(sheets)[2], states(sheets[3])) == (0, "taken-back-otherwise", ["cancelled"])
    assert sheets[2]["bills"][0]["taken_back"]["as_settled"] is False
    assert "before anything is given back" in sheets[2]["stop"]["advice"]
    assert "人工核实前勿退款" in "".join(sheets[4]["slips"][0]["lines"])


def test_an_answer_of_another_kind_takes_nothing_back(told, lines):
    lines.refusing[SettlementCancelled] = lambda running: ServiceDone(running=running)
    code, sheets = told("settle 200 --own 15 --later", "try cancel 1", "bills")
    assert (code, states(sheets[2]), sheets[2]["bills"][0]["taken_back"]) == (0, ["cancelling"], None)


# --- what a cashier reads ---------------------------------------------------------------------------------------------


def rows(step: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["text"] for each in step["details"]}


def test_a_bill_that_is_resumed_has_the_insurances_part_and_one_total(told):
    code, sheets = told("sign-on", "settle 200 --own 15 --later", "resume")
    first, then = rows(sheets[1]), rows(sheets[2])
    part = ("settled", "from the account", "from the fund", "from the holder", "TAC", "own expense", "total")
    assert (code, [first[each] for each in part]) == (0, [then[each] for each in part])
    assert (first["settled"], first["total"]) == ("200.00", "215.00")
    assert any(line.split() == ["费用总额", "RMB", "215.00"] for line in sheets[2]["slips"][0]["lines"])


def test_an_earlier_bill_that_comes_to_its_end_first_is_told_as_resume_would(told):
    _, sheets = told("sign-on", "pull B02C", "try settle 200 --own 15", "insert", "try settle 10")
    assert sheets[4]["stop"]["cause"] == "earlier"
    slips = ["\n".join(each["lines"]) for each in sheets[4]["slips"]]
    assert slips
    assert all("账单号：000001" in each and "待支付" in each for each in slips)


def test_a_slip_tells_payments_that_were_made_from_those_that_were_not(told, lines):
    lines.bank_is("")
    _, sheets = told("sign-on", "settle 200 --own 15", "take-back 1", "cash 1", "cancel 1")
    slip = "\n".join(sheets[4]["slips"][0]["lines"])
    assert "已撤销的支付：" in slip
    assert "未成的支付：" not in slip
    assert "请退还现金15.00元" in slip


def test_settled_off_line_is_said(said, told, lines):
    run(("issue", CARD, "-o", "my.card"))
    ways: Any = {"more": "--storage full.db", "card": "my.card"}
    said("sign-on", "social update DF04EF06 90=1 92=00 93=00", "social load 300", **ways)
    lines.social_down = True
    _, sheets = told("try settle 50 --mode 2", **ways)
    assert rows(sheets[0])["settled how"] == "临时脱网 off line for once"


def test_what_was_cancelled_says_so_when_it_is_cancelled_again(told):
    _, sheets = told("settle 0 --own 5 --later", "cancel 1", "try cancel 1")
    assert "结算已撤销" in sheets[2]["stop"]["zh"]
