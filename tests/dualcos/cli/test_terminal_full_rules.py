"""What ``dualcos terminal full`` does not do: by its form, with another side's PIN, on another terminal's storage, and
what it says to whom.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dualcos.cli.cashier.bill_advice import advice_at_bill_refusal, advice_for_bill
from dualcos.cli.cashier.full_table import FULL_STEPS, TYPED_AT_CASHIER, needs_card
from dualcos.cli.counter.step_table import STEPS
from dualcos.cli.main import run
from dualcos.cli.standing.advice_at_form import StepsHere
from dualcos.cli.standing.steps_asked import StepAsked
from dualcos.cli.till.till_table import TILL_STEPS
from dualcos.messages.social_services import ReadCard
from dualcos.profile.schema import load
from dualcos.terminal.full.bill_record import Bill
from dualcos.terminal.full.bill_refused import BillRefusal, BillRefused
from dualcos.terminal.full.bill_states import BillKind, BillState
from dualcos.terminal.full.whole_bill import WholeBill
from dualcos.terminal.terminal_forms import FormFactor, TerminalKind, cell_of
from tests.dualcos.cli.full_desk import BANK_PIN, CARD, SOCIAL_PIN, lines, said, states, stops, told

__all__ = ["lines", "said", "told"]  # fixtures
IN_STORE = "--storage full.db"
SETTLE = "settle 200 --own 15"
STEP_NAMED = re.compile("`([^`]+)`")


# --- two pads ---------------------------------------------------------------------------------------------------------


def test_the_social_pin_file_is_never_offered_to_the_bank_side(told, lines):
    Path("social.pins").write_text(f"{SOCIAL_PIN}\n{BANK_PIN}\n{BANK_PIN}\n", encoding="utf-8")
    Path("bank.pins").write_text("-\n", encoding="utf-8")
    code, sheets = told("sign-on", f"try {SETTLE}", "pay 1")
    assert (code, states(sheets[1]), lines.gone) == (1, ["due"], 0)
    assert {sheets[1]["stop"]["side"], sheets[2]["stop"]["side"]} == {"bank"}


def test_the_bank_pin_file_is_never_offered_to_the_social_side(told):
    Path("social.pins").write_text("999999\n", encoding="utf-8")
    Path("bank.pins").write_text(f"{SOCIAL_PIN}\n" * 3, encoding="utf-8")
    code, sheets = told("sign-on", f"try {SETTLE}", "try social pin check", "settle 1")
    assert (code, [each["stop"]["side"] for each in sheets[1:-1]]) == (1, ["social"] * 3)


def test_a_wrong_bank_pin_is_not_sent_again_and_the_settlement_stands(told, lines):
    Path("bank.pins").write_text("9999\n9999\n9999\n", encoding="utf-8")
    code, sheets = told("sign-on", f"try {SETTLE}", "try pay 1", "bank trial 1")
    assert (states(sheets[1]), lines.gone) == (["due"], 0)
    assert sheets[1]["stop"]["cause"] == sheets[2]["stop"]["cause"] == "pin-wrong"
    assert "`pay 1`" in sheets[1]["stop"]["advice"]
    Path("bank.pins").write_text(f"{BANK_PIN}\n", encoding="utf-8")
    code, sheets = told("sign-on", SETTLE)
    assert (code, states(sheets[1])) == (0, ["paid"])


@pytest.mark.parametrize("step", [SETTLE, "settle 0 --own 5", "premium"])
def test_without_a_bank_pin_nothing_is_begun(lines, capfd, step):
    ways = f"--card {CARD} --host 127.0.0.1:9 --backend 127.0.0.1:9 --pin-file social.pins {IN_STORE}".split()
    assert run(("terminal", "full", "sign-on", *ways)) == 0
    assert run(("terminal", "full", *step.split(), *ways)) == 2
    assert "--bank-pin-file FILE" in capfd.readouterr().err
    assert run(("terminal", "full", "bills", "--all", *ways)) == 0
    assert "0 bills" in capfd.readouterr().out
    assert run(("terminal", "full", *step.split(), "--later", *ways)) == 0
    assert run(("terminal", "full", "pay", "1", *ways)) == 2
    assert lines.gone == 0


def test_where_nobody_answers_in_the_middle_the_slip_is_printed_all_the_same(lines, capfd):
    ways = f"--card {CARD} --host 127.0.0.1:9 --backend 127.0.0.1:9 --pin-file social.pins {IN_STORE}".split()
    assert run(("terminal", "full", "sign-on", *ways)) == 0
    assert run(("terminal", "full", *SETTLE.split(), "--later", *ways)) == 0
    capfd.readouterr()
    assert run(("terminal", "full", "resume", *ways)) == 2
    assert "--bank-pin-file FILE" in capfd.readouterr().err
    assert run(("terminal", "full", "bills", *ways)) == 0
    told = capfd.readouterr().out
    assert ("待支付" in told, "left open" in told, lines.gone) == (True, False, 0)


@pytest.mark.parametrize(("step", "named"), [("settle 5 --own x1", "--own x1"), ("settle x1 --own 1", "settle x1")])
def test_an_amount_that_is_none_is_named_where_it_stands(said, step, named):
    code, out, err = said(step)
    assert (code, out) == (2, "")
    assert f"{named}: an amount is in yuan" in err


def test_advice_about_a_bank_pin_names_its_own_file(told):
    Path("bank.pins").write_text("9999\n", encoding="utf-8")
    _, sheets = told("sign-on", "try bank trial 1")
    assert "`--bank-pin-file`" in sheets[1]["stop"]["advice"]


@pytest.mark.parametrize("other", ["social.pins", "./social.pins", "-"])
def test_one_file_is_not_for_both_pads(said, other):
    first = "-" if other == "-" else "social.pins"
    code, out, err = said("read", more=f"--pin-file {first} --bank-pin-file {other}")
    assert (code, out) == (2, "")
    assert "a file for each" in err


# --- forms ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [SETTLE, "premium", "pay 1", "cash 1", "cancel 1", "take-back 1", "social settle 5"])
def test_a_cash_machine_settles_and_sells_nothing(told, lines, step):
    code, sheets = told("sign-on", step, more="--form atm")
    assert (code, sheets[1]["stop"]["cause"]) == (1, "other-terminal")
    assert sheets[1]["stop"]["advice"]
    assert lines.gone == 0


@pytest.mark.parametrize(
    ("form", "step"), [("pos", "bank withdraw 100"), ("kiosk", "bank void 1"), ("pc", "bank deposit 5")]
)
def test_what_a_form_has_no_part_or_nobody_for_is_refused(told, form, step):
    code, sheets = told("sign-on", step, more=f"--form {form}")
    assert (code, sheets[1]["stop"]["side"], sheets[1]["stop"]["cause"]) == (1, "bank", "other-terminal")


def test_a_kiosk_settles_and_pays_and_takes_no_cash(told, lines):
    lines.bank_is("not-enough")
    steps = "sign-on", f"try {SETTLE}", "try cash 1", "bills", "cancel 1"
    code, sheets = told(*steps, more="--form kiosk")
    assert (code, states(sheets[1]), stops(sheets)[2], states(sheets[3])) == (1, ["due"], "other-terminal", ["due"])
    assert stops(sheets)[4] == "other-terminal"  # of a settlement that is another card's, too
    assert "cash" not in sheets[1]["stop"]["advice"]
    assert "`pay 1`" in sheets[1]["stop"]["advice"]
    lines.bank_is("")
    code, sheets = told("sign-on", SETTLE, more="--form kiosk")
    assert (code, states(sheets[1]), lines.gone) == (0, ["paid"], 1500)


def test_what_only_an_attendant_says_is_not_said_at_a_kiosk(said):
    code, _, err = said("read", more="--form kiosk --document yes")
    assert code == 2
    assert "--document" in err


# --- storage ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "others"),
    [
        ("--bank-terminal 00000001", "--bank-terminal 00000002"),
        ("--merchant 000000000000001", "--merchant 000000000000002"),
        ("--social-terminal 990000000001", "--social-terminal 990000000002"),
    ],
)
def test_a_storage_is_of_one_terminal(said, own, others):
    assert said("bills", more=f"{IN_STORE} {own}")[0] == 0
    code, out, err = said("bills", more=f"{IN_STORE} {others}")
    assert (code, out) == (2, "")
    assert err.startswith("dualcos: --storage full.db: it is ")


def test_the_social_number_of_a_storage_is_known_where_none_is_given(told):
    hsm = f"{IN_STORE} --path hsm"
    told("bills", more=f"{hsm} --social-terminal 990000000077")
    code, sheets = told("settle 0 --own 1 --later", more=hsm)
    assert code == 0
    assert any("990000000077" in line for line in sheets[0]["slips"][0]["lines"])


def test_a_storage_that_has_counted_under_no_number_is_not_another_terminals(said):
    assert said("bills", more=f"{IN_STORE} --path hsm")[0] == 0  # nobody was asked anything yet
    assert said("settle 0 --own 1 --later", more=f"{IN_STORE} --path hsm")[0] == 0
    code, out, err = said("bills", more=f"{IN_STORE} --social-terminal 990000000001")
    assert (code, out) == (2, "")
    assert "it is a terminal without number's, not social terminal 990000000001's" in err


def test_a_psam_that_was_exchanged_is_another_terminal(said):
    run(("issue", "psam-3des", "-o", "first.psam", "--set", "psam.terminal=990000000011"))
    run(("issue", "psam-3des", "-o", "second.psam", "--set", "psam.terminal=990000000012"))
    for _ in range(2):
        assert said("settle 0 --own 1 --later", more=f"{IN_STORE} --sam first.psam")[0] == 0
    for step in ("settle 0 --own 1 --later", "social read", "pay 1"):
        code, _, err = said(step, more=f"{IN_STORE} --sam second.psam")
        assert (code, "990000000011's, as its PSAM says, not social terminal 990000000012's" in err) == (2, True)
    assert said("bills", "cancel 1", more=f"{IN_STORE} --sam second.psam")[0] == 0


def test_a_number_that_is_none_is_not_kept(said):
    code, _, err = said("bills", more=f"{IN_STORE} --social-terminal 99")
    assert (code, "--social-terminal 99: 12 digits" in err) == (2, True)
    assert said("bills", more=f"{IN_STORE} --social-terminal 990000000001")[0] == 0


def test_a_storage_of_another_kind_of_terminal_is_none_of_this(said):
    Path("full.db").write_text("something else", encoding="utf-8")
    code, out, err = said("bills", more=IN_STORE)
    assert (code, out) == (2, "")
    assert "--storage" in err


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "step",
    [
        *("settle 0", "settle x", "settle", "settle 10 --own x", "settle 10 --account 5", "settle 10 --all"),
        *("premium 10", "premium --scheme x", "premium --period 20", "pay", "pay 0", "pay x", "cash 1 2", "bills 3"),
        *("bills --own 1", "social", "bank", "social nope", "bank nope", "social settle", "social purchase 1"),
        *("bank purchase x", "bank void x", "social settle 5 --own 3", "bank balance --mode 1", "pull x", "upload 1"),
    ],
)
def test_a_step_that_is_not_one_is_found_before_any_is_done(said, step):
    code, out, err = said("read", step)
    assert (code, out) == (2, "")
    assert err.startswith("dualcos: steps line 2: ")
    assert err.count("\n") == 1


HERE = StepsHere(FULL_STEPS, TYPED_AT_CASHIER, cell_of(TerminalKind.FULL, FormFactor.POS))
KIOSK = HERE._replace(cell=cell_of(TerminalKind.FULL, FormFactor.KIOSK))


def bill(state: BillState, kind: BillKind = BillKind.SETTLEMENT) -> WholeBill:
    card = ReadCard(region="990000", historical="0" * 26, algorithm="01", identification="0" * 32, number="T0000001X")
    return WholeBill(7, Bill(kind=kind, state=state, card=card, terminal="0" * 12, moment="20261129120000", record=1))


def demand_typable(text: str) -> None:
    for line in STEP_NAMED.findall(text):
        if line.startswith("--"):
            continue
        asked = TYPED_AT_CASHIER.step_in(line)
        assert asked is not None
        FULL_STEPS.kind_of(asked)


@pytest.mark.parametrize("here", [HERE, KIOSK], ids=["pos", "kiosk"])
@pytest.mark.parametrize("kind", BillKind)
@pytest.mark.parametrize("state", BillState)
def test_every_step_that_is_advised_can_be_typed(state, kind, here):
    """That it is for the form: ``test_advice_at_form``."""
    advice = advice_for_bill(bill(state, kind), here)
    assert advice.zh
    demand_typable(advice.en)


@pytest.mark.parametrize("cause", BillRefusal)
def test_every_refusal_has_its_advice(cause):
    advice = advice_at_bill_refusal(BillRefused(cause, 7))
    assert advice.zh
    demand_typable(advice.en)


BEHIND = {
    "social inquire": "DF01EF05", "social load": "1", "social settle": "1", "social update": "DF01EF05 08=1",
    "social pin": "check", "social block": "card T0000001X", "social give-up": "1", "bank purchase": "1",
    "bank balance": "", "bank void": "1", "bank trial": "1", "bank withdraw": "100",
    "bank refund": "1 --batch 1 --voucher 1 --day 1129 --reference 123456789012", "bank deposit": "100",
    "bank transfer": "1 6230580000000000000", "bank slip": "1", "bank resend": "1",
    "bank resolve": "1", "settle": "1", "pay": "1", "cash": "1", "other-card": "1", "take-back": "1", "cancel": "1",
    "slip": "1", "found-out": "1 taken", "give-back": "1",
}  # fmt: skip
"""Words that a step wants."""


def typed(line: str) -> StepAsked:
    asked = TYPED_AT_CASHIER.step_in(line)
    assert asked is not None
    return asked


def test_a_card_has_to_be_in_for_just_those_steps_that_find_none(told, lines):
    lines.bank_is("not-enough")
    names = [kind.name for kind in FULL_STEPS if kind.name not in ("social", "bank") and not kind.by_hand]
    for side, table in (("social", STEPS), ("bank", TILL_STEPS)):
        names += [f"{side} {kind.name}" for kind in table if not kind.by_hand]
    names.remove("social blacklist")  # there is none
    steps = [f"{name} {BEHIND.get(name, '')}".strip() for name in names]
    _, sheets = told("sign-on", "settle 0 --own 5 --later", "pull", *(f"try {step}" for step in steps))
    finds_none, done = set(), set()
    for step, sheet in zip(steps, sheets[3:-1], strict=True):
        (done if sheet["done"] else finds_none if sheet["stop"]["cause"] == "no-card" else set()).add(step)
    wanting = {step for step in steps if needs_card(typed(step))}
    assert finds_none <= wanting
    assert sorted(done & wanting) == []
    assert len(finds_none) > len(done) > 9


# --- what nobody sees -------------------------------------------------------------------------------------------------


def test_no_pin_and_no_account_number_is_said_and_no_pin_traced(said, lines):
    account = load(CARD).pse.elements["5A"].rstrip("Ff")
    lines.bank_is("not-enough")
    steps = "sign-on", "read", f"try {SETTLE}", "bank balance", "social pin check", "try pay 1", "bills --all", "slip 1"
    run(("issue", CARD, "-o", "my.card"))
    everything = traced = ""
    for turn, more in enumerate(("", "--explain", "--json")):
        code, out, err = said(*steps, more=f"{more} --trace t{turn}.jsonl {IN_STORE}", card="my.card")
        assert code == 0, out + err
        everything += out + err
        traced += Path(f"t{turn}.jsonl").read_text(encoding="utf-8")
    assert everything.count(f"{account[:6]}*********{account[-4:]}") > 9
    assert account not in everything
    everything += traced
    for number in ("123456789012345", "12345678"):  # a merchant's, a terminal's
        everything = everything.replace(number, "")
    for secret in (SOCIAL_PIN, f"24{BANK_PIN}FFFFFFFFFF", f"24{BANK_PIN}ffffffffff"):
        assert secret not in everything
