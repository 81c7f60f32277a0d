"""``dualcos terminal full``: a cashier's day, of bills that are settled and paid by one card, or not."""

from __future__ import annotations

import pytest

from dualcos.cli.main import run
from dualcos.leash.leash_rules import LeashRule
from dualcos.messages.social_services import PremiumPaid, ServiceRefused
from tests.dualcos.cli.full_desk import CARD, lines, said, states, stops, told

__all__ = ["lines", "said", "told"]  # fixtures
IN_STORE = "--storage full.db"
SETTLED = ("sign-on", "settle 200 --own 15")


# --- done -------------------------------------------------------------------------------------------------------------


def test_a_settlement_and_its_rest_are_of_one_bill(told, lines):
    code, sheets = told(*SETTLED)
    assert (code, stops(sheets)) == (0, [None, None])
    (bill,) = sheets[1]["bills"]
    shares = bill["shares"]
    assert (bill["kind"], bill["state"], bill["total"], bill["own"]) == ("settlement", "paid", 20000, 1500)
    assert sum(shares.values()) == 20000
    assert bill["holder"] == shares["self_paid"] + 1500 == lines.gone
    (paid,) = sheets[1]["payments"]
    assert (paid["state"], paid["amount"], bill["voucher"]) == ("approved", bill["holder"], paid["voucher"])
    assert sheets[1]["card"]["cryptogram"] == "TC"
    assert [each["mti"] for each in sheets[1]["messages"]].count("0200") == 1
    assert sum(lines.desk.books.balances().values()) == 0


def test_both_copies_of_one_slip_have_both_parts(told):
    code, sheets = told(*SETTLED)
    assert (code, len(sheets[1]["slips"])) == (0, 2)
    for slip in sheets[1]["slips"]:
        paper = "\n".join(slip["lines"])
        assert "个人账户支付" in paper
        assert "批次号" in paper


def test_what_is_left_for_later_is_paid_later(told, lines):
    code, sheets = told("sign-on", "settle 0 --own 30 --later", "bills", "pay 1", "bills", "bills --all")
    assert (code, stops(sheets)) == (0, [None] * 6)
    assert [states(each) for each in sheets[1:-1]] == [["due"], ["due"], ["paid"], [], ["paid"]]
    assert lines.gone == 3000


def test_a_premium_is_paid_and_the_back_end_hears_of_it(told, lines):
    code, sheets = told("sign-on", "premium", "bills --all")
    assert (code, states(sheets[1])) == (0, ["paid"])
    (bill,) = sheets[1]["bills"]
    assert (bill["kind"], bill["holder"], bill["waiting"]) == ("premium", lines.gone, [])
    assert bill["premium"]["voucher"]


def test_a_premium_that_the_back_end_has_not_heard_of_waits_for_upload(told, lines):
    code, sheets = told("sign-on", "premium --later", more=IN_STORE)
    assert (code, states(sheets[1])) == (0, ["due"])
    lines.refusing[PremiumPaid] = _late
    code, sheets = told("pay 1", "bills", more=IN_STORE)
    assert code == 0
    assert [each["bills"][0]["waiting"] for each in sheets[:-1]] == [["premium-paid"]] * 2
    lines.refusing.clear()
    code, sheets = told("upload", "bills", more=IN_STORE)
    assert (code, states(sheets[1])) == (0, [])


def _late(running: int) -> ServiceRefused:
    return ServiceRefused(running=running, code="running-number-used", zh="流水号已用", en="the number is used")


def test_a_premium_that_the_back_end_does_not_take_is_to_be_given_back(told, lines):
    lines.refusing[PremiumPaid] = lambda running: ServiceRefused(
        running=running, code="paid", zh="已缴", en="it is paid"
    )
    code, sheets = told("sign-on", "try premium", "bills", "take-back 1")
    assert (code, stops(sheets)) == (0, [None, "refused-by-back-end", None, None])
    assert "`take-back 1`" in sheets[1]["stop"]["advice"]
    assert states(sheets[2]) == ["paid"]
    assert (states(sheets[3]), lines.gone) == (["cancelled"], 0)


def test_a_payment_is_taken_back_and_the_settlement_after_it(told, lines):
    code, sheets = told(*SETTLED, "try cancel 1", "take-back 1", "cancel 1", "bills --all")
    assert (code, stops(sheets)) == (0, [None, None, "take-back-first", None, None, None])
    assert [states(each) for each in sheets[3:-1]] == [["due"], ["cancelled"], ["cancelled"]]
    assert lines.gone == 0
    assert sum(lines.desk.books.balances().values()) == 0


def test_what_was_paid_in_a_settled_batch_is_refunded_and_due_again(told, lines):
    code, sheets = told(*SETTLED, "bank settle", "take-back 1", "cancel 1", more=IN_STORE)
    assert (code, stops(sheets)) == (0, [None] * 5)
    assert [states(each) for each in sheets[3:-1]] == [["due"], ["cancelled"]]
    assert lines.gone == 0


def test_a_refund_that_the_bank_has_not_taken_yet_is_waited_for(said, told, lines):
    said(*SETTLED, "bank settle", more=IN_STORE)
    lines.host.leash.exchange((LeashRule(match={"message": "refund"}, drop="before commit"),))
    code, sheets = told("try take-back 1", "bills", more=IN_STORE)
    assert (states(sheets[0]), sheets[0]["bills"][0]["waiting"]) == (["paid"], ["refund"])
    assert "`upload`" in sheets[0]["stop"]["advice"]
    assert states(sheets[1]) == ["paid"]
    lines.bank_is("")
    code, sheets = told("upload", "bills", more=IN_STORE)
    assert (code, states(sheets[1]), lines.gone) == (0, ["due"], 0)


def test_a_step_of_one_side_that_is_about_a_bill_changes_the_bill(told, lines):
    _, sheets = told(*SETTLED, more=IN_STORE)
    voucher = sheets[1]["bills"][0]["voucher"]
    code, sheets = told(f"bank void {voucher}", "bills", "social journal", "bank journal", more=IN_STORE)
    assert (code, stops(sheets)) == (0, [None] * 4)
    assert (states(sheets[1]), lines.gone) == (["due"], 0)
    assert len(sheets[2]["details"]) == 1
    assert [each["state"] for each in sheets[3]["payments"]] == ["voided", "approved"]


def test_both_sides_are_read_in_one_insertion(told):
    code, sheets = told("read", "social inquire DF01EF05", "bank read")
    names = {each["name"] for each in sheets[0]["details"]}
    assert code == 0
    assert {"card number", "Application Label"} <= names


def test_a_card_with_no_bank_side_is_told_so(told):
    code, sheets = told("read", card="social-2.0")
    assert (code, sheets[0]["stop"]["side"]) == (1, "bank")
    assert sheets[0]["details"]


def test_a_slip_is_printed_again_and_says_so(told):
    code, sheets = told(*SETTLED, "slip 1")
    assert code == 0
    for slip in sheets[2]["slips"]:
        assert any("重打印" in line for line in slip["lines"])


# --- not done ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("way", "kind"), [("cash", "settlement"), ("other-card", "settlement"), ("cash", "premium")])
def test_what_the_bank_declines_is_paid_otherwise(told, lines, way, kind):
    lines.bank_is("not-enough")
    step = "settle 200 --own 15" if kind == "settlement" else "premium"
    code, sheets = told("sign-on", f"try {step}", f"{way} 1", "bills --all")
    assert (code, states(sheets[1]), states(sheets[2])) == (0, ["due"], ["elsewhere"])
    assert (sheets[1]["stop"]["side"], sheets[1]["stop"]["code"], sheets[1]["stop"]["bill"]) == ("bank", "51", 1)
    assert "`pay 1`" in sheets[1]["stop"]["advice"]
    assert "`cash 1`" in sheets[1]["stop"]["advice"]
    assert (sheets[2]["bills"][0]["elsewhere"], lines.gone) == (way, 0)


def test_a_premium_is_not_paid_by_another_card(told):
    code, sheets = told("premium --later", "other-card 1")
    assert (code, sheets[1]["stop"]["cause"]) == (1, "not-for-premiums")


def test_a_bill_that_is_not_done_ends_the_script(told, lines):
    lines.bank_is("not-enough")
    code, sheets = told("sign-on", "settle 200 --own 15", "bills")
    assert (code, sheets[-1]["done"], sheets[-1]["left"]) == (1, 1, 1)
    assert sheets[-1]["stop"]["cause"] == "declined"


def test_nothing_is_settled_where_the_back_end_is_silent_and_it_must_not_be(told, lines):
    lines.social_down = True
    code, sheets = told("sign-on", "settle 200 --mode 1", "bills --all")
    assert (code, states(sheets[1]), sheets[1]["stop"]["cause"]) == (1, ["not-settled"], "no-back-end")


def test_a_silent_bank_leaves_the_bill_due_and_the_settlement_stands(said, told, lines):
    said("sign-on", more=IN_STORE)
    lines.bank_down = True
    code, sheets = told("try settle 200 --own 15", "bills", more=IN_STORE)
    assert (code, stops(sheets), states(sheets[0])) == (0, ["not-sent", None], ["due"])
    assert "`--host HOST:PORT`" in sheets[0]["stop"]["advice"]
    assert "`pay 1`" in sheets[0]["stop"]["advice"]
    assert lines.gone == 0


def test_without_a_sign_on_nothing_is_settled_but_what_is_paid_later(told):
    _, sheets = told("try settle 200 --own 15", "settle 200 --own 15 --later")
    assert (states(sheets[0]), sheets[0]["stop"]["cause"]) == ([], "not-signed-on")
    assert "`sign-on`" in sheets[0]["stop"]["advice"]
    assert states(sheets[1]) == ["due"]


@pytest.mark.parametrize(
    ("step", "cause"),
    [
        ("pay 7", "no-such-bill"),
        ("cash 7", "no-such-bill"),
        ("slip 7", "no-such-bill"),
        ("take-back 7", "no-such-bill"),
    ],
)
def test_what_there_is_not_is_refused(told, step, cause):
    code, sheets = told(step)
    assert (code, sheets[0]["stop"]["cause"], sheets[0]["stop"]["side"]) == (1, cause, "bill")


# --- pulled out, put back ---------------------------------------------------------------------------------------------


def test_a_card_pulled_in_the_bank_half_is_put_back_and_pays_once(told, lines):
    code, sheets = told("sign-on", "pull 80AE", "try settle 200 --own 15", "bills", "insert", "resume", "bills")
    assert (code, states(sheets[2]), states(sheets[3])) == (0, ["due"], ["due"])
    assert (sheets[2]["stop"]["side"], sheets[2]["stop"]["cause"]) == ("bank", "no-card")
    assert (states(sheets[5]), states(sheets[6]), lines.gone) == (["paid"], [], 1500)
    assert sheets[5]["bills"][0]["record"] == sheets[2]["bills"][0]["record"]


@pytest.mark.parametrize(("command", "state", "then"), [("B02C", "settling", "paid"), ("0020", "not-settled", None)])
def test_a_card_pulled_in_the_social_half_is_put_back_and_settles_once(told, lines, command, state, then):
    pulled = f"pull {command}", "try settle 200 --own 15", "insert", "resume", "social journal"
    code, sheets = told("sign-on", *pulled)
    assert (code, states(sheets[2]), sheets[2]["stop"]["side"]) == (0, [state], "social")
    assert states(sheets[4]) == ([then] if then else [])
    assert lines.gone == (1500 if then else 0)
    assert len(sheets[5]["details"]) == (1 if then else 0)


def test_until_the_card_is_back_it_is_said_so(told):
    code, sheets = told("sign-on", "pull B02C", "try settle 200 --own 15", "bills", "try pay 1", "try cash 1")
    assert (code, stops(sheets)) == (0, [None, None, "no-card", None, "no-card", "nothing-to-pay"])
    assert "`resume`" in sheets[2]["stop"]["advice"]
    assert states(sheets[3]) == ["settling"]


def test_whoever_is_killed_while_the_bank_answers_is_told_of_it_at_the_next_start(said, told, lines):
    said("sign-on", more=IN_STORE)
    lines.killed_at_bank = 0
    said("settle 200 --own 15", more=IN_STORE)
    code, sheets = told("upload", "resume", "bills --all", more=IN_STORE)
    assert sheets[0]["step"] == "power-up"
    assert states(sheets[0]) == ["due"]
    assert sheets[0]["slips"]
    assert (code, states(sheets[2]), lines.gone) == (0, ["paid"], 1500)


def test_steps_of_the_bank_side_are_advised_by_their_names_here(told):
    _, sheets = told("sign-on", "try bank void 9", "try bank settle")
    assert "`bank journal`" in sheets[1]["stop"]["advice"]
    assert "bank journal" in sheets[1]["stop"]["advice_zh"]


def test_programs_are_told_too_which_side_was_at_work(told):
    _, lines_told = told("sign-on", "settle 200 --own 15", "bank read", "social read", more="--explain")
    sides = [each for each in lines_told if each["schema"] in ("dualcos.terminal.full.side/1", "dualcos.exchange/1")]
    assert [each["side"] for each in sides if "side" in each] == ["social", "bank", "social"]
    side = ""
    for each in sides:
        side = each.get("side", side)
        if each.get("command", "").startswith("80AE"):  # GENERATE AC
            assert side == "bank"
        if each.get("command", "").startswith(("B02C", "B02A")) and not each.get("slot"):
            assert side == "social"
    assert {each["command"][:4] for each in sides if "command" in each} >= {"80AE", "B02C"}


def test_what_is_due_is_called_so_as_long_as_it_is(told, lines):
    lines.bank_is("not-enough")
    _, sheets = told("sign-on", "try settle 200 --own 15", "bills", "cash 1", "bills --all", "cancel 1", "bills --all")
    parts = [{row["name"] for row in sheet["details"]} & {"due", "holder's part"} for sheet in sheets[:-1]]
    assert [parts[1], parts[3]] == [{"due"}, {"holder's part"}]
    rows = [[row["text"] for row in sheet["details"]] for sheet in (sheets[2], sheets[4], sheets[6])]
    assert ["due 15.00" in row for (row,) in rows] == [True, False, False]
    assert ["holder's part 15.00" in row for (row,) in rows] == [False, True, True]


def test_one_silent_side_is_not_in_the_way_of_the_other_and_an_upload_is_done_when_nothing_waits(told, lines):
    told("sign-on", "premium --later", more=IN_STORE)
    lines.social_down = True
    told("cash 1", more=IN_STORE)
    _reversal_waits(told, lines)
    lines.bank_is("")
    code, sheets = told("try upload", "bank upload", more=IN_STORE)
    assert (code, stops(sheets)) == (0, ["no-back-end", None])
    assert "bank: 1 sent, 0 still to be sent" in sheets[0]["en"]
    lines.social_down = False
    code, sheets = told("upload", more=IN_STORE)
    assert (code, sheets[0]["en"].count(" 0 waiting")) == (0, 2)


def test_a_bank_that_is_silent_leaves_an_upload_undone(told, lines):
    told("sign-on", more=IN_STORE)
    _reversal_waits(told, lines)
    lines.bank_down = True
    code, sheets = told("try upload", "try bank upload", more=IN_STORE)
    assert (code, stops(sheets)) == (0, ["no-line"] * 2)


def _reversal_waits(told, lines):
    lost = LeashRule(match={"message": "purchase"}, drop="after commit")
    lines.host.leash.exchange((lost, LeashRule(match={"message": "reversal"}, refuse="91")))
    told("try bank purchase 12.34 --online", more=IN_STORE)


def test_where_nothing_was_left_open_nothing_is_told_at_the_start(told):
    told(*SETTLED, more=IN_STORE)
    code, sheets = told("bills --all", more=IN_STORE)
    assert (code, [each.get("step") for each in sheets]) == (0, ["bills --all", None])


# --- in words ---------------------------------------------------------------------------------------------------------


def test_explained_it_says_which_side_is_at_work(said):
    code, out, _ = said(*SETTLED, more="--explain")
    assert code == 0
    social, bank = out.index("── 社保侧 social side ──"), out.index("── 银行侧 bank side ──")
    assert social < out.index("VERIFY", social) < bank < out.index("GENERATE AC", bank) < out.index("✓ settle")
    assert out.index("0200", bank) > bank
    assert "TVR 95" in out


def test_a_card_in_a_file_keeps_what_was_settled(said, told):
    run(("issue", CARD, "-o", "my.card"))
    said(*SETTLED, card="my.card", more=IN_STORE)
    code, sheets = told("social log", card="my.card", more=IN_STORE)
    assert (code, len(sheets[0]["details"])) == (0, 1)
